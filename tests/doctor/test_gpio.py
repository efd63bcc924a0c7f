"""What the doctor sees on pins that no daemon holds."""

import grp
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from gpiozero import DigitalOutputDevice
from gpiozero.exc import GPIOPinInUse

from sensor.daemon.answer import Answer
from sensor.doctor.finding import Finding
from sensor.doctor.gpio import gpio
from sensor.errors import HardwareError
from sensor.settings.config import Pins
from tests.kit import Stage

MAT, TAMPER, BUZZER = 5, 6, 17


def looked(stage: Stage, pins: Pins | None = None) -> dict[str, Finding]:
    """Look at the stage's pins."""
    found = gpio(pins or Pins(), None, stage.factory, stage)
    return {finding.check: finding for finding in found}


def test_nobody_there(stage: Stage) -> None:
    """Free pins, an open mat, a silent buzzer."""
    found = looked(stage)

    assert found["pins"] == Finding("pins", "ok", "mat 5, buzzer 17: free")
    assert found["mat"] == Finding("mat", "ok", "free (GPIO5); 0 changes in 3 s")
    assert found["buzzer"].verdict == "ok"
    assert not any(high for _, _, high in stage.heard)


def test_somebody_sits_down(stage: Stage) -> None:
    """The mat is watched for a moment; bounce is no fault."""
    for bounce in range(10):
        stage.pull(MAT, bounce % 2 == 0, after=1 + bounce / 1000)
    stage.pull(MAT, True, after=1.1)

    assert looked(stage)["mat"] == Finding("mat", "ok", "pressed (GPIO5); 11 changes in 3 s")


def test_floating(stage: Stage) -> None:
    """A pin that follows the mains is a fault, with what to do."""
    for half_wave in range(300):
        stage.pull(MAT, half_wave % 2 == 0, after=half_wave / 100)

    mat = looked(stage)["mat"]

    assert mat.verdict == "fail"
    assert "300 changes in 3 s" in mat.found
    assert "1 k pull-up" in str(mat.fix)


def test_unplugged(stage: Stage) -> None:
    """An open tamper loop is a fault."""
    mat = looked(stage, Pins(tamper=TAMPER))["mat"]

    assert (mat.verdict, mat.found) == ("fail", "The mat is unplugged: its tamper loop is open.")


def test_everything_wired(stage: Stage) -> None:
    """LED and button are tried, too."""
    stage.pull(TAMPER, True)
    found = looked(stage, Pins(tamper=TAMPER, led=(27, 22), button=26))

    assert found["pins"].found == "mat 5, buzzer 17, tamper 6, led (27, 22), button 26: free"
    assert found["mat"].verdict == "ok"


def test_taken(stage: Stage) -> None:
    """A pin that somebody else has is named."""
    factory = stage.factory()
    other = DigitalOutputDevice(BUZZER, pin_factory=factory)

    found = {each.check: each for each in gpio(Pins(), None, lambda _chip: factory, stage)}

    other.close()
    assert found["pins"].verdict == "fail"
    assert found["pins"].found.startswith("[pins] buzzer = 17: ")
    assert "mat" not in found


def test_no_chip(stage: Stage) -> None:
    """Without a chip there is a line with what to do, and nothing about pins or rights."""

    def none(_chip: int | None) -> Any:
        raise HardwareError("[pins] chip: no such thing", fix="plug one in")

    found = [*gpio(Pins(), None, none, stage)]
    assert found == [Finding("GPIO chip", "fail", "[pins] chip: no such thing", "plug one in")]


@pytest.mark.usefixtures("dev")
def test_a_chip_that_is_closed(stage: Stage) -> None:
    """With a chip that cannot be opened the rights are looked at first."""

    def none(_chip: int | None) -> Any:
        raise HardwareError("[pins] chip: no permission", fix="join the group")

    found = [each.check for each in gpio(Pins(), None, none, stage)]
    assert found == ["permission", "GPIO chip"]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a /dev with two chips, of the group gpio as Raspberry Pi OS has it."""
    for number in (0, 1):
        chip = tmp_path / f"gpiochip{number}"
        chip.touch()
        chip.chmod(0o660)
    ours = SimpleNamespace(gr_gid=chip.stat().st_gid)
    monkeypatch.setattr(grp, "getgrnam", lambda _name: ours)
    monkeypatch.setattr("sensor.hardware.chips.DEVICES", tmp_path)
    return tmp_path


def permission(stage: Stage, chip: int | None = None) -> Finding:
    """Ask for the permission alone, which comes first: the chip need not be there."""
    return next(gpio(Pins(chip=chip), None, stage.factory, stage))


def test_permission(dev: Path, stage: Stage) -> None:
    """The group may use both chips; where there is none, the group is there all the same."""
    assert permission(stage).found == "the group gpio exists and may use the chip"
    for chip in dev.iterdir():
        chip.unlink()
    assert permission(stage) == Finding("permission", "ok", "the group gpio exists")


def test_chip_of_root_alone(dev: Path, stage: Stage) -> None:
    """A chip that no udev rule gave to the group is a fault, for root, too; if it is needed."""
    (dev / "gpiochip1").chmod(0o600)

    finding = permission(stage)

    assert finding.verdict == "fail"
    assert finding.found == f"the service cannot use {dev}/gpiochip1"
    assert 'GROUP="gpio"' in str(finding.fix)
    assert permission(stage, 0).verdict == "ok"


def test_no_group(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the group the unit does not even start."""
    monkeypatch.setattr(grp, "getgrnam", {}.__getitem__)

    finding = permission(stage)

    assert (finding.verdict, finding.check) == ("fail", "permission")
    assert "216/GROUP" in finding.found


@pytest.mark.parametrize(
    ("edges", "verdict"), [(0, "ok"), (999, "ok"), (1000, "fail")], ids=["0", "999", "1000"]
)
def test_beside_a_daemon(stage: Stage, edges: int, verdict: str) -> None:
    """The daemon's own count decides, and its pins are left alone."""
    state = {"contact_closed": False, "buzzer": True, "quiet": False, "do_not_disturb": False}
    answer = {
        "pid": 7,
        "pins": {
            **dict.fromkeys(("tamper", "led", "button", "chip")),
            "mat": 5,
            "buzzer": 17,
            "buzzer_active_high": True,
        },
        "contact": {"name": "GPIO5"},
        "edges_last_minute": edges,
        "buzzer_sounds": False,
        "state": state | {"problem": None},
    }

    found = {
        each.check: each for each in gpio(Pins(), cast("Answer", answer), stage.factory, stage)
    }

    assert found["pins"].found == "mat 5, buzzer 17: held by the running daemon (process 7)"
    assert found["mat"].verdict == verdict
    assert stage.heard == []


def test_only_others_are_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the pins that are held those count that others hold, not those just taken for the look."""
    factory = stage.factory()
    factory.chip = 0

    def holder(_chip: int, number: int) -> str | None:
        try:
            DigitalOutputDevice(number, pin_factory=factory).close()
        except GPIOPinInUse:
            return "thief"
        return None

    monkeypatch.setattr("sensor.doctor.gpio.holder", holder)
    other = DigitalOutputDevice(BUZZER, pin_factory=factory)

    found = {each.check: each for each in gpio(Pins(), None, lambda _chip: factory, stage)}

    other.close()
    assert found["pins"].found.endswith(" (GPIO17 is held by 'thief')")
