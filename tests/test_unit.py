"""The systemd unit and the example configuration keep their promises."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sensor.__main__ import INCOMPLETE
from sensor.settings.loading import CREDENTIAL, FILE_CREDENTIALS, NO_CREDENTIAL
from sensor.settings.unit import CHAIR, STATE, Unit
from sensor.status.client import UNIT_DIRECTORY

SYSTEMD = Path(__file__).parents[1] / "systemd"
UNIT = (SYSTEMD / "chair-sensor.service").read_text()
TEMPLATE = (SYSTEMD / "chair-sensor@.service").read_text()
EXAMPLE = (SYSTEMD / "config.toml").read_text()

MOST_EXPOSED = 1.9


def assigned(name: str) -> list[str]:
    """List the values of one setting of the unit, in their order."""
    return re.findall(rf"^{re.escape(name)}=(.*)$", UNIT, flags=re.MULTILINE)


class TestObligations:
    """Single lines that something depends on."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Type", "notify"),
            ("NotifyAccess", "main"),
            ("TimeoutStartSec", "300"),
            ("TimeoutStopSec", "30"),
            ("WatchdogSec", "75"),
            ("Restart", "always"),
            ("RestartSec", "5"),
            ("StartLimitIntervalSec", "0"),
            ("RestartPreventExitStatus", f"2 {INCOMPLETE} 203 216 238 243"),
            ("DynamicUser", "yes"),
            ("StateDirectory", "chair-sensor"),
            ("StateDirectoryMode", "0700"),
            ("UMask", "0077"),
            ("MemoryMax", "128M"),
            ("TasksMax", "32"),
            ("RuntimeDirectory", "chair-sensor"),
            ("RuntimeDirectoryMode", "0711"),
            ("FileDescriptorStoreMax", "1"),
            ("Environment", "FDSTORE=1"),
            ("WorkingDirectory", "%t/chair-sensor"),
            ("SupplementaryGroups", "gpio"),
            ("DevicePolicy", "closed"),
            ("DeviceAllow", "char-gpiochip rw"),
            ("CapabilityBoundingSet", ""),
            ("MemoryDenyWriteExecute", "yes"),
            ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ],
    )
    def test_set_once(self, name: str, value: str) -> None:
        """The unit says this once, and so."""
        assert assigned(name) == [value]

    @pytest.mark.parametrize(
        "name",
        [
            *("PrivateDevices", "ProcSubset", "PrivateNetwork", "ProtectClock"),
            "RuntimeDirectoryPreserve",
        ],
    )
    def test_never_set(self, name: str) -> None:
        """They would hide GPIO chips, the Pi's model, the broker, the clock's state, the socket."""
        assert assigned(name) == []

    @pytest.mark.parametrize("noted", [True, False])
    def test_the_buzzer_is_silenced_after_the_daemon(self, tmp_path: Path, noted: bool) -> None:
        """A note is replayed by the file alone; without one the command gets the same settings."""
        (start,), (after,) = assigned("ExecStart"), assigned("ExecStopPost")
        said = start.replace("/opt/chair-sensor/bin/chair-sensor run", "silence")
        script = (
            after.removeprefix("-")
            .replace("/opt/chair-sensor/program/lib/python3*/site-packages", str(SYSTEMD.parent))
            .replace("/opt/chair-sensor/bin/chair-sensor", "/bin/echo")
            .replace("/usr/bin/python3", sys.executable)
        )
        if noted:
            (tmp_path / "resting-pins").touch()

        done = subprocess.run(
            shlex.split(script),
            env={"RUNTIME_DIRECTORY": str(tmp_path), "EXIT_CODE": "killed"},
            capture_output=True,
            text=True,
            check=True,
        )

        assert after.startswith("-/")
        assert done.stdout == ("" if noted else f"{said}\n")

    def test_a_missing_credential_does_not_stop_it(self) -> None:
        """They are loaded by name: systemd fails only on a missing absolute path.

        With something to fall back on it keeps silent, too.
        """
        names = [CREDENTIAL, *FILE_CREDENTIALS]
        nothing = repr(NO_CREDENTIAL).strip("'")

        assert assigned("LoadCredential") == [f"{name}:chair-sensor.{name}" for name in names]
        assert assigned("SetCredential") == [f"{name}:{nothing}" for name in names]
        assert f"/etc/credstore/chair-sensor.{CREDENTIAL}" in EXAMPLE

    def test_system_calls(self) -> None:
        """A service's usual calls, without the privileged ones; a refusal is no kill."""
        assert assigned("SystemCallFilter") == [
            "@system-service",
            "~@privileged @resources",
            "adjtimex clock_adjtime clock_adjtime64",
        ]
        assert assigned("SystemCallErrorNumber") == ["EPERM"]

    def test_scheduling(self) -> None:
        """As the benchmark runs it, too."""
        assert assigned("CPUSchedulingPolicy") == ["batch"]


class TestTemplate:
    """The unit of a chair with a name."""

    def test_it_differs_by_the_name_alone(self) -> None:
        """All that a chair has is its own, and each chair is a user; the rest is one text."""
        pattern = r"(/etc/|%t/|Directory=|:)chair-sensor\b"
        own = re.sub(pattern, r"\1chair-sensor@%i", UNIT).replace("sensor: gets", "sensor %i: gets")

        assert _lines(TEMPLATE) == _lines(own.replace("\nLoad", "\nUser=chair-sensor-%i\nLoad", 1))

    def test_the_program_finds_what_systemd_makes(self) -> None:
        """The names that the program goes by are those of the template."""
        unit = Unit("sofa")
        text = TEMPLATE.replace("%i", "sofa")

        assert f" run --config {unit.settings}\n" in text
        assert f"StateDirectory={unit.own(STATE).name}\n" in text
        assert f"RuntimeDirectory={unit.own(UNIT_DIRECTORY).name}\n" in text
        assert f"LoadCredential={CREDENTIAL}:{unit.credential(CREDENTIAL)}\n" in text

    def test_the_longest_name_fits(self) -> None:
        """A user's name has at most 31 letters."""
        (user,) = re.findall(r"^User=(.*)%i$", TEMPLATE, flags=re.MULTILINE)
        letters = 31 - len(user)

        assert CHAIR.fullmatch("x" * letters)
        assert not CHAIR.fullmatch("x" * (letters + 1))


def _lines(unit: str) -> list[str]:
    return [line for line in unit.splitlines() if not line.startswith("#")]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
class TestAnalyze:
    """What systemd itself says."""

    @pytest.fixture(params=["chair-sensor.service", "chair-sensor@.service"])
    def unit(self, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
        """Write the unit with a program that exists on this machine."""
        path = tmp_path / str(request.param)
        path.write_text(
            (SYSTEMD / path.name)
            .read_text()
            .replace("/opt/chair-sensor/bin/chair-sensor", "/bin/true")
        )
        return path

    def test_it_is_valid(self, unit: Path) -> None:
        """`systemd-analyze verify` has nothing to say about any line of ours."""
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", unit],
            capture_output=True,
            text=True,
            check=False,
        )

        assert [line for line in done.stderr.splitlines() if "chair-sensor" in line] == []

    def test_it_is_hardened(self, unit: Path) -> None:
        """The exposure stays at most 1.9 of 10."""
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
            capture_output=True,
            text=True,
            check=True,
        )
        (exposure,) = re.findall(r"exposure level for \S+ (\d+\.\d)", done.stdout)

        assert float(exposure) <= MOST_EXPOSED

    def test_the_clocks_state_can_be_read(self, unit: Path) -> None:
        """Of the calls for the clock those are allowed that read whether a server has set it.

        `systemd-analyze` names the first call of a group that the unit allows.
        """
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
            capture_output=True,
            text=True,
            check=True,
        )

        assert re.search(r"@clock is included \(e\.g\. adjtimex is allowed\)", done.stdout)
