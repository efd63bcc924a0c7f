"""Guard: a second process that puts buzzer and LED to rest the moment the daemon is gone.

A killed daemon cannot do it, Raspberry Pi kernels do not, and what systemd starts for it
(silence.py) takes a small Pi a second or more. So the daemon forks before it has threads, and
before it has imported what a copy would have to carry. The copy sleeps in a read on a pipe, which
ends when the daemon does, in whatever way; until then it costs memory and nothing else. It makes
no difference between good and bad ends. Where it is killed too, silence.py comes after it.
"""

import os
import signal
import sys
import time
from contextlib import suppress

from sensor.hardware.silence import Lines, at_rest, written

TRIES = 100
PAUSE = 0.01
"""Seconds between two tries: the kernel may not yet have taken the lines from the dead."""


class Guard:
    """The daemon's end of the pipe, open until the process ends, and the guard at the other."""

    def __init__(self, pipe: int, process: int | None = None) -> None:
        self._pipe = pipe
        self._process = process
        self._told: Lines = []

    def tell(self, lines: Lines) -> None:
        """Tell the guard what to drive once this process is gone. Raises OSError without one."""
        self._told = lines
        os.write(self._pipe, written(lines))

    def is_gone(self) -> bool:
        """Whether the process that kept guard has ended, or none was ever started."""
        if self._process is not None:
            with suppress(ChildProcessError):
                return os.waitpid(self._process, os.WNOHANG)[0] == self._process
        return True

    def replace(self) -> bool:
        """Start another process to keep guard; False: the machine refuses.

        It may block: a program has to be read. A fork, as in the beginning, will not do any more,
        for by now there are threads.
        """
        import subprocess  # noqa: PLC0415  (the process that keeps guard need not carry it)

        reading, writing = os.pipe()
        command = [sys.executable, "-P", "-m", __name__]
        try:
            self._process = subprocess.Popen(command, stdin=reading).pid  # noqa: S603
        except OSError:
            os.close(writing)
            return False
        finally:
            os.close(reading)
        os.close(self._pipe)
        self._pipe = writing
        self.tell(self._told)
        return True


def posted() -> Guard:
    """Fork the guard and return its handle; if the machine refuses, there is no guard."""
    reading, writing = os.pipe()
    # Ctrl-C, `systemctl stop` and the watchdog mean the daemon, and reach all its processes.
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    process = None
    with suppress(OSError):
        process = os.fork()
    if process == 0:
        _watch(reading)
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)
    os.close(reading)
    return Guard(writing, process)


def _watch(pipe: int) -> None:
    """Be the guard. Never returns, and tells no error: nothing of the daemon is to run here."""
    try:
        if pipe:  # Python 3.11 takes an empty range that ends at 0 for all there is
            os.closerange(0, pipe)
        os.closerange(pipe + 1, os.sysconf("SC_OPEN_MAX"))
        told = b""
        while some := os.read(pipe, 4096):
            told += some
        for _ in range(TRIES):
            if at_rest(told):
                break
            time.sleep(PAUSE)
    finally:
        os._exit(0)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    _watch(sys.stdin.fileno())
