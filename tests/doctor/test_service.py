"""What the doctor reads from systemd; `systemctl` and `journalctl` are scripts that print."""

import json
from pathlib import Path

import pytest

from sensor.doctor import service
from sensor.doctor.finding import Finding
from sensor.settings import unit

WELL = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "Result": "success",
    "ExecMainStatus": "0",
    "NRestarts": "0",
    "WatchdogUSec": "2min",
}
EXIT = {
    "__REALTIME_TIMESTAMP": "1772438400000000",
    "MESSAGE": "chair-sensor.service: Main process exited, code=killed, status=9/KILL",
}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first in PATH, on a machine that systemd runs."""
    monkeypatch.setattr(unit, "BOOTED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    prints(tmp_path / "journalctl", "")
    return tmp_path


def prints(program: Path, text: str) -> None:
    """Make a program that prints a text."""
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)


def looked(machine: Path, **changed: str) -> dict[str, Finding]:
    """Look at a unit for which `systemctl show` prints this."""
    shown = "\n".join(f"{name}={value}" for name, value in (WELL | changed).items())
    prints(machine / "systemctl", shown)
    return {finding.check: finding for finding in service.service()}


def test_well(machine: Path) -> None:
    """Installed, enabled, watched, running."""
    found = looked(machine)

    assert found["unit"] == Finding("unit", "ok", "installed, enabled, watchdog 2min")
    assert found["service"].found == "running; automatic restarts: 0"
    assert {each.verdict for each in found.values()} == {"ok"}


def test_no_systemd(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without systemd has no unit, which is no fault."""
    monkeypatch.setattr(unit, "BOOTED", machine / "nothing")

    assert [each.verdict for each in service.service()] == ["unknown"]


def test_not_installed(machine: Path) -> None:
    """A unit that is not there: how to get it."""
    [finding] = looked(machine, LoadState="not-found").values()

    assert (finding.found, finding.verdict) == ("not installed", "fail")
    assert "install.sh" in str(finding.fix)


def test_disabled(machine: Path) -> None:
    """It runs now, but would not after a boot."""
    found = looked(machine, UnitFileState="disabled")

    assert found["unit"].fix == "sudo systemctl enable chair-sensor"
    assert found["service"].verdict == "ok"


def test_no_watchdog(machine: Path) -> None:
    """A drop-in that took the watchdog away."""
    assert looked(machine, WatchdogUSec="infinity")["unit"].verdict == "fail"


@pytest.mark.parametrize(
    ("shown", "found", "fix"),
    [
        (
            {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "2"},
            "failed (dead): it ended with exit code 2: its settings are wrong",
            "correct the settings",
        ),
        (
            {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "238"},
            f"failed (dead): it ended with exit code 238: {service.EXIT_CODES['238'][0]}",
            "is the disk full or read-only?",
        ),
        (
            {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "216"},
            "failed (dead): it ended with exit code 216: there is no group gpio",
            "sudo groupadd --system gpio, then echo 'SUBSYSTEM",
        ),
        (
            {"ActiveState": "activating", "Result": "watchdog", "ExecMainStatus": "6"},
            "activating (dead): the watchdog killed it: it hung",
            "journalctl",
        ),
        (
            {"ActiveState": "failed", "Result": "signal", "ExecMainStatus": "9"},
            "failed (dead): it was killed by signal 9",
            "journalctl",
        ),
        ({"ActiveState": "inactive"}, "inactive (dead)", "sudo systemctl start"),
    ],
)
def test_not_running(machine: Path, shown: dict[str, str], found: str, fix: str) -> None:
    """Why it does not run, in words, and what to do."""
    finding = looked(machine, SubState="dead", **shown)["service"]

    assert (finding.verdict, finding.found) == ("fail", found)
    assert str(finding.fix).startswith(fix)


def test_of_a_chair_with_a_name(machine: Path) -> None:
    """What is wrong, and what to do, is that of its own unit."""
    failed = {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "238"}
    looked(machine, UnitFileState="disabled", **failed)

    found = {finding.check: finding for finding in service.service(unit.Unit("sofa"))}

    assert found["unit"].fix == "sudo systemctl enable chair-sensor@sofa"
    assert found["service"].found.endswith(
        "systemd could not create /var/lib/chair-sensor@sofa, which holds its state"
    )
    assert str(found["service"].fix).endswith("sudo systemctl restart chair-sensor@sofa")


def test_last_exit(machine: Path) -> None:
    """The last time it died is told from the journal."""
    prints(machine / "journalctl", json.dumps(EXIT))

    found = looked(machine)["last exit"].found

    assert found.startswith("2026-03-02 ")
    assert found.endswith(": Main process exited, code=killed, status=9/KILL")


def test_no_programs(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where systemctl cannot be run, it is not installed as far as can be seen."""
    monkeypatch.setenv("PATH", str(machine / "nothing"))

    assert [each.found for each in service.service()] == ["not installed"]
