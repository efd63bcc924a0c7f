"""A broker of one's own: configured for real in a folder, and run."""

import os
from pathlib import Path

import pytest

from sensor.daemon.ports import Publication
from sensor.errors import ChairSensorError
from sensor.mqtt.probe import Probe
from sensor.mqtt.topics import Topics
from sensor.settings.config import Mqtt
from sensor.settings.unit import ONE, Unit
from sensor.setup import mosquitto as room
from sensor.setup.system import System
from tests.kit import MosquittoStarter
from tests.setup.kit import Volunteer

TOPICS = Topics(chair_id="desk")
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can install a broker")


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for /etc/mosquitto; systemctl only writes down what it is asked."""
    (tmp_path / "conf.d").mkdir()
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def test_it_works(etc: Path, mosquitto: MosquittoStarter, volunteer: type[Volunteer]) -> None:
    """A real mosquitto takes the chair with its password, and nobody else."""
    person = volunteer()

    password = room.install(System(person.say, dry=False), TOPICS, etc=etc)

    configured = (etc / "conf.d" / "chair-sensor.conf").read_text()
    options = [line for line in configured.splitlines() if line[:8] not in ("listener", "")]
    broker = mosquitto(*options)
    home = Mqtt(host="127.0.0.1", port=broker.port, username="chair", password=password)
    with Probe(home, purpose="test", topics=["#"]) as probe:
        for topic in ("chair-sensor/desk/state", "chair-sensor/sofa/state"):
            probe.send([Publication(topic=topic, payload="{}", retain=True)])
    with Probe(home, purpose="test", topics=["#"]) as probe:
        assert list(probe.retained()) == ["chair-sensor/desk/state"]
    with pytest.raises(ChairSensorError, match="wrong user"):
        Probe(Mqtt(host="127.0.0.1", port=broker.port), purpose="test").__enter__()
    assert "listener 1883 127.0.0.1\n" in configured
    assert configured.count("listener") == 1
    assert (etc / "asked").read_text() == "enable mosquitto\nrestart mosquitto\n"
    assert password not in person.told


def test_rights_are_those_of_the_example(etc: Path, volunteer: type[Volunteer]) -> None:
    """Who may do what is the same in the file that is there to be copied."""
    example = Path(__file__).parents[2] / "systemd" / "mosquitto.acl"

    room.install(System(volunteer().say, dry=False), TOPICS, etc=etc)

    said, meant = [
        [
            line
            for line in path.read_text().splitlines()
            if line.startswith(("user", "topic", "#topic"))
        ]
        for path in (etc / "chair-sensor.acl", example)
    ]
    assert said == meant


def test_of_another_chair(
    etc: Path, settings_file: Path, volunteer: type[Volunteer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rights of a chair of this machine are not overwritten by the setup of another one."""
    monkeypatch.setattr(room, "BOOTED", etc)
    monkeypatch.setattr(room, "which", lambda *_, **__: "/usr/bin/it")
    system = System(volunteer().say, dry=False)
    settings_file.parent.mkdir()
    settings_file.touch()

    free = room.hindrance(system, Unit("sofa"), etc)
    room.install(system, TOPICS, etc=etc)

    assert free is None
    assert "another chair has set it up" in str(room.hindrance(system, Unit("sofa"), etc))
    assert room.hindrance(system, ONE, etc) is None


class TestMoreRights:
    """What a sensor on the broker needs, in the rights that setup has written."""

    SENSOR = ("topic read zigbee2mqtt/desk chair", "topic read zigbee2mqtt/bridge/state")

    def test_the_sensor_is_heard(
        self, etc: Path, mosquitto: MosquittoStarter, volunteer: type[Volunteer]
    ) -> None:
        """The chair reads it then, and no other; once is enough."""
        password = room.install(System(volunteer().say, dry=False), TOPICS, etc=etc)
        changed = room.with_rights("chair", self.SENSOR, etc)
        assert changed is not None
        file, text = changed
        file.write_text(text + "\nuser chair\ntopic write zigbee2mqtt/#\n")
        configured = (etc / "conf.d" / "chair-sensor.conf").read_text().splitlines()
        broker = mosquitto(*(line for line in configured if line[:8] not in ("listener", "")))
        home = Mqtt(host="127.0.0.1", port=broker.port, username="chair", password=password)

        with Probe(home, purpose="test") as probe:
            for name in ("desk chair", "hall"):
                message = Publication(topic=f"zigbee2mqtt/{name}", payload="{}", retain=True)
                probe.send([message])
        with Probe(home, purpose="test", topics=["zigbee2mqtt/#"]) as probe:
            assert list(probe.retained()) == ["zigbee2mqtt/desk chair"]
        assert room.with_rights("chair", self.SENSOR, etc) is None

    def test_below_its_user(self, etc: Path, volunteer: type[Volunteer]) -> None:
        """All other lines stay as they are; a user without rights gets a part of its own."""
        room.install(System(volunteer().say, dry=False), TOPICS, etc=etc)
        before = (etc / room.RIGHTS_FILE).read_text()

        [(_, chair), (_, sofa)] = [
            changed
            for user in ("chair", "sofa")
            if (changed := room.with_rights(user, self.SENSOR[:1], etc))
        ]

        last = f"#{self.SENSOR[1]}\n"
        assert chair == before.replace(last, f"{last}{self.SENSOR[0]}\n")
        assert sofa == f"{before}\nuser sofa\n{self.SENSOR[0]}\n"

    def test_of_somebody_else(self, etc: Path) -> None:
        """Without that file nothing is written."""
        assert room.with_rights("chair", self.SENSOR, etc) is None


def test_no_message_fills_the_memory(
    etc: Path, mosquitto: MosquittoStarter, volunteer: type[Volunteer]
) -> None:
    """A message that is longer than any of a chair's reaches nobody."""
    password = room.install(System(volunteer().say, dry=False), TOPICS, etc=etc)

    lines = (etc / "conf.d" / "chair-sensor.conf").read_text().splitlines()
    broker = mosquitto(*(line for line in lines if line[:8] not in ("listener", "")))
    home = Mqtt(host="127.0.0.1", port=broker.port, username="chair", password=password)
    with Probe(home, purpose="test", topics=["#"]) as probe:
        for topic, length in (("event", 70_000), ("state", 21_000)):
            long = Publication(
                topic=f"chair-sensor/desk/{topic}", payload="x" * length, retain=True
            )
            probe.send([long])
    with Probe(home, purpose="test", topics=["#"]) as probe:
        assert list(probe.retained()) == ["chair-sensor/desk/state"]


def test_open_to_the_network(
    etc: Path, mosquitto: MosquittoStarter, volunteer: type[Volunteer]
) -> None:
    """Others get in over TLS alone, by the name in the certificate; its key is the broker's."""
    person = volunteer()

    password = room.install(System(person.say, dry=False), TOPICS, host="localhost", etc=etc)

    certificate, key = room.certificates(etc)
    assert key.stat().st_mode & 0o777 == 0o640
    lines = (etc / "conf.d" / "chair-sensor.conf").read_text().splitlines()
    assert "listener 8883" in lines
    broker = mosquitto(*(line for line in lines if not line.startswith("listener")))
    home = Mqtt(
        host="localhost",
        port=broker.port,
        username="chair",
        password=password,
        tls=True,
        ca_file=certificate,
    )
    with Probe(home, purpose="test"):
        pass


@pytest.mark.usefixtures("mosquitto")
def test_the_passwords_are_for_the_broker_alone(etc: Path, volunteer: type[Volunteer]) -> None:
    """Root writes the file, mosquitto reads it, nobody else does; no password is in clear."""
    password = room.install(System(volunteer().say, dry=False), TOPICS, etc=etc)

    file = etc / "chair-sensor.passwords"
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.group() == "mosquitto"
    assert password not in file.read_text()


@pytest.mark.parametrize("name", ["home.conf", "chair-sensor.conf"])
def test_somebody_elses_broker(etc: Path, volunteer: type[Volunteer], name: str) -> None:
    """A broker that is set up already is not touched, whatever its file is called."""
    (etc / "conf.d" / name).write_text("listener 8883\n")

    with pytest.raises(ChairSensorError, match="is already set up here"):
        room.install(System(volunteer().say, dry=False), TOPICS, etc=etc)

    assert (etc / "conf.d" / name).read_text() == "listener 8883\n"
    assert not (etc / "chair-sensor.passwords").exists()
    assert not (etc / "asked").exists()


@pytest.mark.usefixtures("mosquitto")
def test_again(etc: Path, volunteer: type[Volunteer]) -> None:
    """What setup itself has written is renewed; other users of the broker stay."""
    hands = System(volunteer().say, dry=False)
    room.install(hands, TOPICS, etc=etc)
    file = etc / "chair-sensor.passwords"
    before = file.read_text()
    file.write_text(f"{before}homeassistant:$7$hash\n")

    room.install(hands, TOPICS, etc=etc)

    [other, chair] = file.read_text().splitlines()
    assert other == "homeassistant:$7$hash"
    assert chair.startswith("chair:")
    assert chair != before.strip()


def test_dry(etc: Path, volunteer: type[Volunteer]) -> None:
    """Dry hands tell each step and do none."""
    person = volunteer()

    room.install(System(person.say, dry=True), TOPICS, etc=etc)

    assert "would run: systemctl restart mosquitto" in person.said
    assert f"would write {etc}/conf.d/chair-sensor.conf" in person.said
    assert sorted(path.name for path in etc.iterdir()) == ["conf.d", "systemctl"]


def test_a_program_fails(tmp_path: Path, volunteer: type[Volunteer]) -> None:
    """A step that fails is named, with its exit code."""
    hands = System(volunteer().say, dry=False)
    (tmp_path / "file").touch()

    with pytest.raises(ChairSensorError, match="false: failed with exit code 1"):
        hands.run("false")
    with pytest.raises(ChairSensorError, match="nosuchprogram: No such file"):
        hands.run("nosuchprogram")
    with pytest.raises(ChairSensorError, match="cannot be written"):
        hands.write(tmp_path / "file" / "below", "")
