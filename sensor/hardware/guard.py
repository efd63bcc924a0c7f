"""Guard: a second process that puts buzzer and LED to rest the moment the daemon is gone.

A killed daemon cannot do it, Raspberry Pi kernels do not, and what systemd starts for it
(silence.py) takes a small Pi a second or more. So the daemon forks before it has threads, and
before it has imported what a copy would have to carry. The copy sleeps in a read on a pipe, which
ends when the daemon does, in whatever way; until then it costs memory and nothing else. It makes
no difference between good and bad ends. Where it is killed too, silence.py comes after it.
"""

import os
import signal
import time

from sensor.hardware.silence import Lines, at_rest, written

TRIES = 100
PAUSE = 0.01
"""Seconds between two tries: the kernel may not yet have taken the lines from the dead."""


class Guard:
    """The daemon's end of the pipe, which nobody closes."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def tell(self, lines: Lines) -> None:
        """Say what is to be done once this process is gone. Raises OSError if nobody listens."""
        os.write(self._pipe, written(lines))


def posted() -> Guard:
    """Fork. If the machine refuses, nobody will listen."""
    reading, writing = os.pipe()
    # Ctrl-C, `systemctl stop` and the watchdog mean the daemon, and reach all its processes.
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        copied = os.fork() == 0
    except OSError:
        copied = False
    if copied:
        _watch(reading)
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)
    os.close(reading)
    return Guard(writing)


def _watch(pipe: int) -> None:
    """Be the guard. Never returns, and tells no error: nothing of the daemon is to run here."""
    try:
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
