"""The last word on the buzzer: what is noted, and what reaches the kernel when it is replayed."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sensor import __main__, app
from sensor.errors import HardwareError
from sensor.hardware import silence
from sensor.settings.config import Config, Pins

PULL_UP, PULL_DOWN = 1 << 8, 1 << 9


class Asked(NamedTuple):
    """A line as the kernel is asked for it."""

    number: int
    high: bool
    flags: int


class Kernel:
    """Stands for the kernel behind /dev/gpiochip0, by the offsets of linux/gpio.h."""

    def __init__(self, dev: Path) -> None:
        self.lines: list[Asked] = []
        self.busy: set[int] = set()
        self._chip = dev / "gpiochip0"
        self._chip.touch()

    def ioctl(self, descriptor: int, request: int, argument: bytes) -> bytes:
        """Take GPIO_V2_GET_LINE_IOCTL as x86 and ARM number it, and give a line's descriptor."""

        def word(offset: int, size: int = 4) -> int:
            return int.from_bytes(argument[offset : offset + size], "little")

        assert (request, len(argument)) == (0xC250B407, 592)
        assert Path(f"/proc/self/fd/{descriptor}").readlink() == self._chip
        assert (word(560), word(296), word(320), word(336, 8)) == (1, 1, 2, 1)
        number = word(0)
        if number in self.busy:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self.lines.append(Asked(number, bool(word(328, 8)), word(288, 8)))
        return argument[:588] + os.open("/dev/null", os.O_RDONLY).to_bytes(4, sys.byteorder)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Put a chip into a /dev of the test's own."""
    kernel = Kernel(tmp_path)
    monkeypatch.setattr(silence, "DEVICES", str(tmp_path))
    monkeypatch.setattr("sensor.hardware.chips.DEVICES", tmp_path)
    monkeypatch.setattr("sensor.hardware.chips._label", lambda _chip: "pinctrl-bcm2711")
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    return kernel


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be a command of the unit, with a runtime directory."""
    directory = tmp_path / "runtime"
    directory.mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(directory))
    return directory


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Run `chair-sensor silence` with a buzzer on GPIO 22 in its settings."""
    arguments = ["chair-sensor", "silence", "--set", "pins.buzzer=22"]
    monkeypatch.setattr(sys, "argv", arguments)
    return __main__.main


class TestDrive:
    """One line, driven to a level and left so."""

    @pytest.mark.parametrize(("high", "pull"), [(False, PULL_DOWN), (True, PULL_UP)])
    def test_output_and_pull(self, kernel: Kernel, high: bool, pull: int) -> None:
        """An output at that level, with a pull for kernels that float what is let go."""
        silence.drive(0, 17, high=high)

        assert kernel.lines == [Asked(17, high, 1 << 3 | pull)]

    def test_nothing_stays_open(self, kernel: Kernel) -> None:
        """Neither the chip nor the line is held."""
        before = len(list(Path("/proc/self/fd").iterdir()))

        silence.drive(0, 17, high=False)

        assert kernel.lines
        assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestNote:
    """From the daemon to whoever comes after it."""

    @pytest.mark.usefixtures("runtime")
    def test_what_was_noted_is_done(self, kernel: Kernel, command: Callable[[], int]) -> None:
        """The note counts and not the settings: they may have been edited since."""
        silence.note([(0, 17, False), (0, 27, False)])

        assert command() == 0
        assert [line.number for line in kernel.lines] == [17, 27]

    @pytest.mark.usefixtures("runtime")
    def test_what_others_hold_is_left_to_them(
        self, kernel: Kernel, command: Callable[[], int]
    ) -> None:
        """The daemon ended because the pin was taken, and has said so: no second word."""
        silence.note([(0, 17, False), (0, 27, False)])
        kernel.busy.add(17)

        assert command() == 0
        assert [line.number for line in kernel.lines] == [27]

    @pytest.mark.usefixtures("runtime")
    def test_the_daemon_notes_its_outputs(self, kernel: Kernel) -> None:
        """Buzzer and LED, on the chip that is open, at the levels they rest at."""
        app._leave_word(Pins(buzzer=4, buzzer_active_high=False, led=27), 0)

        assert silence.replayed()
        assert [line[:2] for line in kernel.lines] == [(4, True), (27, False)]

    def test_a_note_that_cannot_be_written(
        self, runtime: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The daemon says so in one line and goes on."""
        runtime.rmdir()

        app._leave_word(Pins(), 0)

        (line,) = caplog.messages
        assert str(runtime) in line

    def test_nothing_is_noted_by_hand(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Outside of systemd there is no runtime directory and nobody to read it."""
        monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
        monkeypatch.chdir(tmp_path)

        silence.note([(0, 17, False)])

        assert list(tmp_path.iterdir()) == []

    def test_it_is_light(self, tmp_path: Path) -> None:
        """Replaying takes a handful of modules: neither settings nor gpiozero nor argparse."""
        ask = "import sys; from sensor.__main__ import main; main(); print(*sys.modules)"
        environment = os.environ | {"RUNTIME_DIRECTORY": str(tmp_path), "EXIT_CODE": "exited"}

        loaded = subprocess.run(
            [sys.executable, "-c", ask, "silence"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()

        heavy = {"argparse", "logging", "pathlib", "gpiozero", "pydantic", "sensor.commands.main"}
        assert "sensor.hardware.silence" in loaded
        assert heavy & set(loaded) == set()

    @pytest.mark.parametrize(("noted", "code"), [("", 0), ("0 17", 1), (None, 1)])
    def test_as_the_unit_runs_it(self, runtime: Path, noted: str | None, code: int) -> None:
        """By its path, in a Python without site-packages; 1 if the settings must tell."""
        if noted is not None:
            (runtime / "resting-pins").write_text(noted)

        done = subprocess.run(
            [sys.executable, "-I", "-S", silence.__file__],
            env={"RUNTIME_DIRECTORY": str(runtime), "EXIT_CODE": "killed"},
            capture_output=True,
            check=False,
        )

        assert (done.returncode, done.stderr) == (code, b"")


class TestWithoutNote:
    """The settings tell, where there is a need."""

    def test_killed_before_the_note(
        self,
        kernel: Kernel,
        runtime: Path,
        command: Callable[[], int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Killed, and no note: the pins of the settings are put to rest."""
        monkeypatch.setenv("EXIT_CODE", "killed")

        assert command() == 0
        assert [line.number for line in kernel.lines] == [22]
        assert not list(runtime.iterdir())

    @pytest.mark.usefixtures("runtime")
    def test_ended_before_the_note(
        self, kernel: Kernel, command: Callable[[], int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It gave up before it touched a pin, and has said why: nothing to do, nothing to say."""
        monkeypatch.setenv("EXIT_CODE", "exited")

        assert command() == 0
        assert kernel.lines == []

    def test_a_damaged_note(
        self, kernel: Kernel, runtime: Path, command: Callable[[], int]
    ) -> None:
        """What cannot be read is not trusted."""
        (runtime / "resting-pins").write_text("0 17")

        assert command() == 0
        assert [line.number for line in kernel.lines] == [22]

    def test_by_hand(
        self, kernel: Kernel, command: Callable[[], int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Typed by a person it goes by the settings."""
        monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)

        assert command() == 0
        assert [line.number for line in kernel.lines] == [22]

    def test_a_running_daemon_has_the_pin(self, kernel: Kernel) -> None:
        """The kernel refuses a pin that is held, and the answer says what that means."""
        kernel.busy.add(17)

        with pytest.raises(HardwareError, match=r"^\[pins\] buzzer = 17: taken by another program"):
            app.quieten(Config())
