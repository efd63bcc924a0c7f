"""The guard: what it does when the process that posted it is gone; tests/endtoend has the whole."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor import app
from sensor.hardware.guard import Guard
from tests import kernel

PATIENCE = 60.0
REQUEST = 592
"""Bytes of a request for a line, as linux/gpio.h has it."""
PROGRAM = """
import os, signal, sys
from sensor.hardware import guard

guard.PROGRAM[:] = [sys.executable, *sys.argv[1:4]]
kept = guard.Guard([(0, 17, False), (0, 27, True)])
kept.post()
exec(sys.argv[4])
"""
"""A program under guard, with a chip on which each line is busy at first; then its end."""


@pytest.fixture
def chip(tmp_path: Path) -> Iterator[int]:
    """Put a pipe where a chip would be: it gives the number of each line that is asked for."""
    os.mkfifo(tmp_path / "gpiochip0")
    descriptor = os.open(tmp_path / "gpiochip0", os.O_RDWR | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def lines(chip: int, count: int) -> list[int]:
    """Wait for so many lines, and no more."""
    found: list[int] = []
    while len(found) < count:
        select.select([chip], [], [], PATIENCE)
        found += [int(byte) for byte in os.read(chip, count * REQUEST)[::REQUEST]]
    return found


def guarded(tmp_path: Path, end: str, *, busy: int = 0) -> subprocess.CompletedProcess[bytes]:
    """Run a program that ends so; its output has ended, too, so nobody else holds it."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, kernel.__file__, str(tmp_path), str(busy), end],
        capture_output=True,
        timeout=PATIENCE,
        start_new_session=True,
        check=False,
    )


ENDS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "crashed": "os.abort()",
    "in good order": "pass",
}


class TestEnd:
    """Whatever the end is, the lines are put to rest."""

    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    def test_all_ends(self, chip: int, tmp_path: Path, end: str) -> None:
        """Each line that was told, in that order, and no word about it."""
        done = guarded(tmp_path, end)

        assert lines(chip, 2) == [17, 27]
        assert done.stdout + done.stderr == b""

    @pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGABRT"])
    def test_signals_to_the_whole_group(self, chip: int, tmp_path: Path, name: str) -> None:
        """Ctrl-C, systemd and its watchdog mean the daemon: the guard outlives it."""
        guarded(
            tmp_path, f"signal.signal(signal.{name}, signal.SIG_DFL); os.killpg(0, signal.{name})"
        )

        assert lines(chip, 2) == [17, 27]

    def test_a_line_that_is_not_free_yet(self, chip: int, tmp_path: Path) -> None:
        """The kernel may still be taking it from the dead: it is tried again."""
        guarded(tmp_path, ENDS["killed"], busy=4)

        assert lines(chip, 2)[-1] == 27


def test_no_guard_to_be_had(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The daemon says so in one line and goes on."""

    def refuse(*_: object, **_options: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(subprocess, "Popen", refuse)

    assert app._posted(Guard([])).is_gone()

    (line,) = caplog.messages
    assert "second process" in line
