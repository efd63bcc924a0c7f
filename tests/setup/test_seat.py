"""The seat without a wire in the guided first run, on a real broker with replayed messages."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor.commands import main
from sensor.daemon.clock import MachineClock
from sensor.errors import HardwareError
from sensor.hardware import chips
from sensor.languages import translation
from sensor.settings.loading import load
from sensor.setup import broker, seat_lesson
from sensor.setup.new_settings import NewSettings
from sensor.setup.system import System
from sensor.setup.wizard import Wizard
from tests.kit import MosquittoStarter, Observer
from tests.setup.kit import Volunteer
from tests.setup.test_seat_learning import binary, listed

TOPIC = "zigbee2mqtt/office/desk chair"
SITS = '{"battery":97,"contact":false,"linkquality":112,"presence_delay":30,"voltage":2985}'
GONE = '{"battery":97,"contact":true,"linkquality":112,"presence_delay":30,"voltage":2985}'
ONLINE = '{"state":"online"}'
PARTS = ("seat", "mat", "buzzer", "broker")


@pytest.fixture(autouse=True)
def _no_time_to_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sitter of a test is quick; brokers of this machine are not found."""
    monkeypatch.setattr(broker, "USUAL", ())
    for name in ("EMPTY", "SEATED", "STILL"):
        monkeypatch.setattr(seat_lesson, name, 0.1)


@pytest.fixture
def _no_chip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that is not a Pi."""
    monkeypatch.setattr(chips, "DEVICES", tmp_path / "nothing")


@pytest.fixture
def home(mosquitto: MosquittoStarter) -> Iterator[tuple[int, Observer]]:
    """A broker with what Zigbee2MQTT retains: a list of devices that is long, and its state."""
    port = mosquitto().port
    told = Observer(port)
    exposes = [binary(f"key {number}", 2) for number in range(1000)]
    devices = [
        listed("office/desk chair", binary("contact"), *exposes),
        listed("hall", binary("vibration")),
    ]
    told.publish("zigbee2mqtt/bridge/devices", json.dumps(devices), retain=True)
    told.publish("zigbee2mqtt/bridge/state", ONLINE, retain=True)
    yield port, told
    told.close()


def sitter(told: Observer, person: Any, seated: str = SITS, empty: str = GONE) -> Any:
    """Let the person sit down and get up as asked, on a sensor that tells it."""
    person.deeds |= {
        "Now sit down.": lambda: told.publish(TOPIC, seated),
        "Sit down once more.": lambda: told.publish(TOPIC, seated),
        "Now get up.": lambda: told.publish(TOPIC, empty),
    }
    return person


def led(person: Any, file: Path | None = None) -> Wizard:
    """Lead the wizard on a machine without pins."""

    def none(_chip: int | None) -> Any:
        raise HardwareError("no pins here")

    wizard = Wizard(NewSettings(file), person, System(person.say, dry=False), MachineClock(), none)
    wizard.run(PARTS)
    return wizard


@pytest.mark.usefixtures("_no_chip")
def test_from_the_list_on_a_machine_without_pins(
    home: tuple[int, Observer], volunteer: type[Volunteer], settings_file: Path
) -> None:
    """Wireless is proposed, the device is chosen by number, its values are found inverted."""
    port, told = home
    told.publish(f"{TOPIC}/availability", ONLINE, retain=True)
    person = sitter(told, volunteer(broker=f"127.0.0.1:{port}", seat_topic="1"))

    wizard = led(person)

    assert wizard.left == []
    written = tomllib.loads(settings_file.read_text())
    assert written["pins"] == {"buzzer": "none"}
    assert written["seat"] == {
        "topic": TOPIC,
        "key": "contact",
        "seated": ["false"],
        "availability": [f"{TOPIC}/availability", "zigbee2mqtt/bridge/state"],
    }
    config = load(config_file=settings_file, environ={})
    assert config.seat.seated == ("false",)
    assert (config.pins.mat, config.pins.buzzer) == (None, None)
    assert f"   1  {TOPIC}: contact (Aqara MCCGQ11LM)" in person.said
    assert "   -  zigbee2mqtt/hall: vibration is there only while something moves" in person.told
    assert "contact: false while somebody sits, true on an empty chair." in person.said
    assert f"Nothing is retained on {TOPIC}" in person.told
    assert "presence_delay in the sensor adds" in person.told
    assert "switch on availability" not in person.told


def test_another_sensor_and_a_mistake(
    home: tuple[int, Observer], volunteer: type[Volunteer], settings_file: Path
) -> None:
    """A wrong topic is asked again; with a chip the mat is proposed, and the answer counts."""
    port, told = home
    topics = ["zigbee2mqtt/#", TOPIC]
    person = volunteer(seat="wireless", broker=f"127.0.0.1:{port}", seat_topic=topics)
    sitter(told, person, "ON", "OFF")

    wizard = led(person)

    assert [each.said() for each in wizard.left] == ["mat and buzzer not tested"]
    assert "Leave out + and #" in person.told
    written = tomllib.loads(settings_file.read_text())
    assert written["seat"] == {"topic": TOPIC, "availability": ["zigbee2mqtt/bridge/state"]}
    assert "pins" not in written
    assert "switch on availability" in person.told


@pytest.mark.usefixtures("_no_chip")
def test_home_assistant(
    home: tuple[int, Observer], volunteer: type[Volunteer], settings_file: Path
) -> None:
    """The chair's own topic needs no lesson: the blueprint is named."""
    port, _ = home
    person = volunteer(broker=["none", f"127.0.0.1:{port}"], seat_topic="homeassistant")

    assert led(person).left == []

    assert tomllib.loads(settings_file.read_text())["seat"] == {
        "topic": "chair-sensor/desk/seat/set"
    }
    assert "heard through a broker: name one" in person.told
    assert "blueprint seat_from_entity" in person.told
    assert load(config_file=settings_file, environ={}).seat.key == "seated"


@pytest.mark.usefixtures("_no_chip")
def test_given_up(
    home: tuple[int, Observer],
    volunteer: type[Volunteer],
    settings_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sensor that is not heard: try again, or leave it; setup is not finished then."""
    monkeypatch.setattr(seat_lesson, "PATIENCE", 0.1)
    port, _ = home
    person = volunteer(broker=f"127.0.0.1:{port}", seat_topic="1", retry=[True, False])

    wizard = led(person)

    assert [each.said() for each in wizard.left] == ["the seat"]
    assert person.told.count(f"Nothing came on {TOPIC}") == 2
    assert tomllib.loads(settings_file.read_text())["seat"]["topic"] == TOPIC


@pytest.mark.parametrize("pins", ["", '[pins]\nmat = "none"\n', "[pins]\nmat = 6\n"])
def test_back_to_the_mat(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], settings_file: Path, pins: str
) -> None:
    """The sensor leaves the settings; the mat is on the pin that it had, or on the usual one."""
    port = mosquitto().port
    settings_file.parent.mkdir()
    settings_file.write_text(f'{pins}[seat]\ntopic = "{TOPIC}"\nkey = "contact"\n')
    person = volunteer(translate=translation("de"), seat="Kabel", broker=f"127.0.0.1:{port}")

    led(person)

    config = load(config_file=settings_file, environ={})
    assert config.seat.topic is None
    assert config.pins.mat == (6 if "6" in pins else 5)


def test_a_wrong_word(mosquitto: MosquittoStarter, volunteer: type[Volunteer]) -> None:
    """Only two answers are taken."""
    broker = f"127.0.0.1:{mosquitto().port}"
    person = volunteer(seat=["cable", "wired"], broker=broker)

    led(person)

    assert "Please answer wired or wireless." in person.said


class TestUnattended:
    """`chair-sensor setup --yes`."""

    @staticmethod
    def setup(file: Path, *options: str) -> int:
        """Run it, without a buzzer."""
        return main.main(
            ["setup", "--yes", "--config", str(file), *options, "--skip=mat", "--skip=buzzer"]
        )

    def test_topic(self, home: tuple[int, Observer], tmp_path: Path) -> None:
        """Key and availability are those of what the broker retains."""
        port, told = home
        told.publish("pad/state", '{"battery": 97, "water_leak": false}', retain=True)
        told.publish("pad/online", "true", retain=True)
        file = tmp_path / "config.toml"

        code = self.setup(file, "--broker", f"127.0.0.1:{port}", "--seat-topic", "pad/state")

        assert code == 0
        assert tomllib.loads(file.read_text())["seat"] == {
            "topic": "pad/state",
            "key": "water_leak",
            "availability": ["pad/online"],
        }

    def test_topic_of_which_nothing_is_known(
        self, home: tuple[int, Observer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The topic is written, and setup is not finished."""
        port, _ = home
        file = tmp_path / "config.toml"

        code = self.setup(file, "--broker", f"127.0.0.1:{port}", "--seat-topic", "pad/state")

        assert code == 1
        assert "not finished: the seat" in capsys.readouterr().err
        assert tomllib.loads(file.read_text())["seat"]["topic"] == "pad/state"

    def test_all_settings(self, home: tuple[int, Observer], tmp_path: Path) -> None:
        """What --set says stays as it is."""
        port, _ = home
        file = tmp_path / "config.toml"
        seat = (f"--set=seat.topic={TOPIC}", "--set=seat.key=contact", "--set=seat.seated=false")

        assert self.setup(file, "--broker", f"127.0.0.1:{port}", *seat) == 0

        assert tomllib.loads(file.read_text())["seat"] == {
            "topic": TOPIC,
            "key": "contact",
            "seated": "false",
        }

    @pytest.mark.usefixtures("_no_chip")
    def test_nothing_is_said_of_it(self, tmp_path: Path) -> None:
        """With nobody there the seat stays as it is set, on any machine."""
        file = tmp_path / "config.toml"

        assert self.setup(file, "--broker", "none") == 0

        assert "seat" not in tomllib.loads(file.read_text())

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--seat", "cable"], "--seat 'cable' is neither wired nor wireless"),
            (["--seat", "wired", "--seat-topic", "a"], "--seat-topic changes nothing with --seat"),
            (["--skip=seat", "--seat-topic", "a"], "--seat-topic changes nothing with --skip seat"),
            (["--set=seat.topic=a", "--seat-topic=b"], "--seat-topic changes nothing beside --set"),
            (["--seat", "wireless", "--broker", "none"], "heard through a broker: name one"),
            (["--seat-topic", "a/#"], "Leave out + and #"),
        ],
    )
    def test_mistakes(
        self,
        home: tuple[int, Observer],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        options: list[str],
        message: str,
    ) -> None:
        """One line, and nothing is written."""
        if "none" not in options:
            options = [*options, "--broker", f"127.0.0.1:{home[0]}"]

        assert self.setup(tmp_path / "config.toml", *options) == 2

        assert message in capsys.readouterr().err
        assert not (tmp_path / "config.toml").exists()
