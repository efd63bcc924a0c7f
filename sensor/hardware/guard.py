"""Guard: a second process that puts buzzer and LED to rest the moment the daemon is gone.

A killed daemon cannot do it, Raspberry Pi kernels do not, and what systemd starts for it takes a
small Pi a second or more. So a shell sleeps in a read on a pipe, which ends when the daemon does,
in whatever way; then the shell becomes silence.py. It makes no difference between good and bad
ends. A shell, because it takes a tenth of the memory that a second Python would. Where it is killed
too, the unit starts silence.py once more.
"""

import os
import signal
import subprocess
import sys

from sensor.hardware import silence

PROGRAM = [sys.executable, "-I", "-S", silence.__file__]
"""What puts the lines to rest that its argument tells."""


class Guard:
    """The daemon's end of the pipe, open until the process ends, and the shell at the other."""

    def __init__(self, lines: silence.Lines) -> None:
        self._told = silence.written(lines)
        self._pipe: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def is_gone(self) -> bool:
        """Whether the process that kept guard has ended, or none could be started."""
        return self._process is None or self._process.poll() is not None

    def post(self) -> bool:
        """Start a process to keep guard; False: the machine refuses. It may block."""
        reading, writing = os.pipe()
        # Ctrl-C, `systemctl stop` and the watchdog mean the daemon, and reach all its processes.
        usual = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._process = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", 'read -r nothing; exec "$@"', "guard", *PROGRAM, self._told],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            os.close(writing)
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, usual)
            os.close(reading)
        if self._pipe is not None:
            os.close(self._pipe)
        self._pipe = writing
        return True
