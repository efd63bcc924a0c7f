"""The guided first run as a whole: a simulated chair, a real broker, files and a service."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from gpiozero import DigitalOutputDevice

from sensor.errors import ChairSensorError, HardwareError, SettingsError
from sensor.settings.loading import load
from sensor.setup import PARTS
from sensor.setup import broker as rooms
from sensor.setup.new_settings import NewSettings
from sensor.setup.system import System
from sensor.setup.wizard import NOT_TESTED, Wizard
from tests.kit import MosquittoStarter, Stage
from tests.setup.kit import Volunteer

MAT = 5
SECRET = "hunter2-is-my-password"  # noqa: S105  (that is the point)


@pytest.fixture(autouse=True)
def _no_broker_nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brokers of this machine are not found."""
    monkeypatch.setattr(rooms, "USUAL", ())


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let systemd run the machine, with the unit running; returns what systemctl was asked."""
    asked = tmp_path / "asked"
    asked.touch()
    systemctl = tmp_path / "systemctl"
    shown = "LoadState=loaded\nActiveState=active\nUnitFileState=disabled"
    systemctl.write_text(
        f'#!/bin/sh\ncase "$1" in show) printf "{shown}\\n" ;; *) echo "$@" >> {asked} ;; esac\n'
    )
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path)
    return asked


def seated(stage: Stage, person: Any) -> Any:
    """Let the person sit down and get up as asked."""
    stage.wires.pull(MAT, True)
    person.deeds["Now sit down."] = lambda: stage.pull(MAT, True, after=2)
    person.deeds["Now get up."] = lambda: stage.pull(MAT, False, after=2)

    def get_up_again() -> None:
        stage.pull(MAT, False, after=1)
        stage.pull(MAT, True, after=6)

    person.deeds["The mat detects you."] = get_up_again
    return person


def led(stage: Stage, person: Any, file: Path | None = None, *, dry: bool = False) -> Wizard:
    """Lead the wizard."""
    hands = System(person.say, dry=dry)
    return Wizard(NewSettings(file), person, hands, stage, stage.factory)


def test_from_nothing_to_a_running_service(
    stage: Stage,
    volunteer: type[Volunteer],
    mosquitto: MosquittoStarter,
    settings_file: Path,
    unit: Path,
) -> None:
    """Mat, buzzer, broker, file and service, and in the end the settings that were found."""
    port = mosquitto().port
    person = seated(stage, volunteer(name="Sofa", broker=f"127.0.0.1:{port}"))

    wizard = led(stage, person)
    wizard.run()

    assert wizard.left == []
    assert tomllib.loads(settings_file.read_text()) == {
        "leave_confirm": "15s",
        "chair": {"name": "Sofa", "id": "desk"},
        "mqtt": {"host": "127.0.0.1", "port": port},
    }
    assert load(config_file=settings_file, environ={}).rules().leave_confirm == 15
    assert settings_file.stat().st_mode & 0o777 == 0o644
    assert unit.read_text().splitlines() == [
        "stop chair-sensor",
        "enable chair-sensor",
        "restart chair-sensor",
    ]


def test_password_of_the_unit(
    stage: Stage,
    volunteer: type[Volunteer],
    mosquitto: MosquittoStarter,
    settings_file: Path,
    tmp_path: Path,
) -> None:
    """The unit's password becomes root's own credential, and is in no other file."""
    port = mosquitto().port
    settings_file.parent.mkdir()
    settings_file.write_text('# mine\n[mqtt]\npassword = "old"\nprotocol = "5"\n')
    wizard = led(stage, volunteer())
    wizard._settings.take({("mqtt", "host"): "127.0.0.1", ("mqtt", "port"): port})
    wizard._settings.take_user("chair", SECRET)

    wizard.run([])

    credential = tmp_path / "credstore" / "chair-sensor.mqtt_password"
    assert credential.read_text() == f"{SECRET}\n"
    assert credential.stat().st_mode & 0o777 == 0o600
    text = settings_file.read_text()
    assert SECRET not in text
    assert text.startswith("# mine\n")
    assert tomllib.loads(text)["mqtt"] == {
        "protocol": "5",
        "host": "127.0.0.1",
        "port": port,
        "username": "chair",
    }


def test_certificate_of_the_unit(
    stage: Stage, volunteer: type[Volunteer], settings_file: Path, tmp_path: Path
) -> None:
    """A client certificate goes to the credentials: the unit's user cannot read root's files."""
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text(f"{name}\n")
    person = volunteer()
    wizard = led(stage, person)
    wizard._settings.take(
        {
            ("mqtt", "host"): "broker.lan",
            ("mqtt", "cert_file"): str(tmp_path / "cert.pem"),
            ("mqtt", "key_file"): str(tmp_path / "key.pem"),
        }
    )

    wizard.run([])

    key = tmp_path / "credstore" / "chair-sensor.mqtt_key"
    assert f"  and {key}" in person.said
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("key.pem\n", 0o600)
    assert tomllib.loads(settings_file.read_text())["mqtt"] == {"host": "broker.lan"}
    assert NewSettings(None).config.mqtt.key_file == key


def test_renewed_authority(
    stage: Stage, volunteer: type[Volunteer], settings_file: Path, tmp_path: Path
) -> None:
    """Another authority in the old place is a change, though the settings stay as they are."""
    copy = settings_file.with_name("ca.pem")
    copy.parent.mkdir()
    copy.write_text("old\n")
    settings_file.write_text(f'[mqtt]\nca_file = "{copy}"\n')
    (tmp_path / "new.crt").write_text("new\n")
    wizard = led(stage, volunteer())
    wizard._settings.take({("mqtt", "ca_file"): "~/new.crt"})

    wizard.run([])

    assert copy.read_text() == "new\n"


def test_password_of_a_daemon_by_hand(
    stage: Stage, volunteer: type[Volunteer], tmp_path: Path
) -> None:
    """Elsewhere the password goes into a closed file beside the settings, which name it."""
    file = tmp_path / "mine.toml"
    wizard = led(stage, volunteer(), file)
    wizard._settings.take_user("chair", SECRET)

    wizard.run([])

    assert (tmp_path / "mqtt_password").stat().st_mode & 0o777 == 0o600
    assert load(config_file=file, environ={}).mqtt.password == SECRET


def test_nothing_to_change(stage: Stage, volunteer: type[Volunteer], settings_file: Path) -> None:
    """With every proposal the same as before nothing is written."""
    led(stage, volunteer()).run([])
    settled = settings_file.read_text()
    person = volunteer()

    led(stage, person).run([])

    assert "Nothing changes." in person.said
    assert settings_file.read_text() == settled


def test_declined(stage: Stage, volunteer: type[Volunteer], settings_file: Path) -> None:
    """Who does not like what is shown keeps what there was."""
    person = volunteer(name="Sofa", write=False)

    with pytest.raises(ChairSensorError, match="the settings stay as they were"):
        led(stage, person).run([])

    assert '  +name = "Sofa"' in person.said
    assert not settings_file.exists()


def test_the_service_comes_back(stage: Stage, volunteer: type[Volunteer], unit: Path) -> None:
    """A service that was stopped for the test is started again, however the setup ends."""
    person = seated(stage, volunteer(name="Sofa", write=False))

    with pytest.raises(ChairSensorError, match="the settings stay as they were"):
        led(stage, person).run(("mat",))

    assert unit.read_text().splitlines() == ["stop chair-sensor", "start chair-sensor"]


def test_the_service_keeps_its_pins(stage: Stage, volunteer: type[Volunteer], unit: Path) -> None:
    """Who does not want the service stopped has mat and buzzer left out."""
    person = volunteer(stop=False)

    led(stage, person).run(("mat", "buzzer"))

    assert "The service holds the pins: mat and buzzer are not tested." in person.said
    assert unit.read_text() == ""
    assert stage.heard == []


def test_dry(stage: Stage, volunteer: type[Volunteer], settings_file: Path, unit: Path) -> None:
    """A dry run tells all, and changes nothing."""
    person = volunteer(name="Sofa")

    led(stage, person, dry=True).run(PARTS)

    assert f"would write {settings_file}" in person.said
    assert "would run: systemctl restart chair-sensor" in person.said
    assert not settings_file.parent.exists()
    assert unit.read_text() == ""


def test_no_pins(stage: Stage, volunteer: type[Volunteer], settings_file: Path) -> None:
    """Without GPIO it says so, does the rest, and does not call it well."""

    def none(_chip: int | None) -> Any:
        raise HardwareError("[pins] chip: no /dev/gpiochip* here")

    person = volunteer(name="Sofa")
    wizard = Wizard(NewSettings(None), person, System(person.say, dry=False), stage, none)

    wizard.run(("mat", "buzzer"))

    assert "Mat and buzzer cannot be tested: [pins] chip: no /dev/gpiochip* here" in person.said
    assert wizard.left == [NOT_TESTED]
    assert settings_file.exists()


def test_wrong_name(stage: Stage, volunteer: type[Volunteer], settings_file: Path) -> None:
    """A name that cannot be one is asked for again."""
    person = volunteer(name=["x" * 999, "Sofa"])

    led(stage, person).run([])

    assert tomllib.loads(settings_file.read_text())["chair"]["name"] == "Sofa"


@pytest.mark.parametrize("made", [None, "4f3a"])
def test_id(
    stage: Stage, volunteer: type[Volunteer], settings_file: Path, tmp_path: Path, made: str
) -> None:
    """The id is settled once: the one that a daemon has made already, or else `desk`."""
    if made:
        state = tmp_path / "system-state"
        state.mkdir()
        (state / "chair_id").write_text(f"{made}\n")
    person = volunteer()

    led(stage, person).run([])

    assert tomllib.loads(settings_file.read_text())["chair"] == {"id": made or "desk"}
    assert "another device" not in person.told


def test_another_id(stage: Stage, volunteer: type[Volunteer], settings_file: Path) -> None:
    """Another id is written only after it was said what becomes of the device."""
    settings_file.parent.mkdir()
    settings_file.write_text('[chair]\nid = "desk"\n')
    person = volunteer(id=["no id!", "sofa"])

    led(stage, person).run([])

    assert tomllib.loads(settings_file.read_text())["chair"] == {"id": "sofa"}
    assert "Home Assistant knows this chair as desk. As sofa it is another device" in person.told
    assert (
        "chair.id must be 1 to 64 of a-z, 0-9, _ and - (got 'no id!', your answer)." in person.told
    )


@pytest.mark.parametrize("text", ['mqtt = { host = "broker.lan" }\n', 'chair.name = "Sofa"\n'])
def test_file_that_cannot_be_changed(
    stage: Stage, volunteer: type[Volunteer], settings_file: Path, text: str
) -> None:
    """A file that could not be changed in the end is told of before anything is asked."""
    settings_file.parent.mkdir()
    settings_file.write_text(text)
    person = volunteer()

    with pytest.raises(SettingsError, match="give each table a head"):
        led(stage, person).run(PARTS)

    assert person.asked == []


def test_file_of_a_windows_editor(
    stage: Stage, volunteer: type[Volunteer], settings_file: Path
) -> None:
    """A byte-order mark and Windows line ends do no harm."""
    settings_file.parent.mkdir()
    settings_file.write_bytes(b'\xef\xbb\xbf# mine\r\n[chair]\r\nid = "desk"\r\n')

    led(stage, volunteer(name="S\xf6fa")).run([])

    expected = '# mine\n[chair]\nid = "desk"\nname = "S\xf6fa"\n'
    assert settings_file.read_text(encoding="utf-8") == expected


def test_broken_settings(stage: Stage, volunteer: type[Volunteer], settings_file: Path) -> None:
    """A file with mistakes is mended first: they are told, and nothing begins."""
    settings_file.parent.mkdir()
    settings_file.write_text("snooze = 'never'\nsit_limitt = 3\n")

    with pytest.raises(SettingsError) as told:
        led(stage, volunteer())

    assert len(str(told.value).splitlines()) == 2


def test_pins_of_a_program_that_does_not_tell(
    stage: Stage, volunteer: type[Volunteer], settings_file: Path
) -> None:
    """Pins that are taken by whomever are not tried; the rest goes on, and is written."""
    factory = stage.factory()
    taken = DigitalOutputDevice(MAT, pin_factory=factory)
    person = volunteer(name="Sofa")
    wizard = Wizard(
        NewSettings(None), person, System(person.say, dry=False), stage, lambda _chip: factory
    )

    wizard.run(("mat", "buzzer"))
    taken.close()

    assert "Mat and buzzer cannot be tested: [pins] mat = 5" in person.told
    assert wizard.left == [NOT_TESTED]
    assert 'name = "Sofa"' in settings_file.read_text()
