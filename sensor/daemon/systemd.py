"""Reports the daemon's health to systemd: ready, alive, stopping (sd_notify, by hand).

Outside systemd every call does nothing. None of them raises or waits: a daemon that cannot
report goes on working, and the watchdog decides. Written by hand: it is one datagram.
With another one systemd keeps a file without a name for the next life.
"""

import os
import socket
from array import array
from collections.abc import Callable, Mapping

from sensor.core.instant import NEVER
from sensor.daemon.ports import Observer, Scratch

NAME = "redo"
"""Of the file that systemd keeps."""
FIRST = 3
"""The first descriptor that systemd hands over, as sd_listen_fds(3) has it."""


class Notifier(Observer):
    """Sends one datagram a call to $NOTIFY_SOCKET."""

    def __init__(
        self, environ: Mapping[str, str] = os.environ, beat: Callable[[], None] | None = None
    ) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.longest_silence = _longest_silence(environ)
        """Seconds between two calls of `alive`, half of WatchdogSec=; NEVER: no watchdog."""
        self._beat = beat  # called with every sign of life
        self._owed: dict[str, str] = {}  # what systemd had no room for; it goes with the next call

    def ready(self) -> None:
        """Say that start-up is complete: `systemctl start` returns."""
        self._send("READY")

    def status(self, line: str) -> None:
        """Show one line in `systemctl status`."""
        self._send("STATUS", " ".join(line.split()))

    def alive(self) -> None:
        """Say that the daemon is alive; silent for WatchdogSec=, it is killed and restarted."""
        self._send("WATCHDOG")
        if self._beat:
            self._beat()

    def stopping(self) -> None:
        """Say that shutdown has begun."""
        self._send("STOPPING")

    def _send(self, key: str, value: str = "1") -> None:
        if self._address is None:
            return
        self._owed[key] = value
        text = "\n".join(f"{name}={said}" for name, said in self._owed.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
                unix.setblocking(False)  # a full queue at the other end must not hold the daemon
                unix.sendto(text.encode(errors="replace"), self._address)
        except BlockingIOError:
            return
        except OSError:
            pass  # the socket is gone; the next call would not find it either
        self._owed.clear()


class KeptFile(Scratch):
    """A file in memory that systemd keeps until the unit is stopped, or the machine.

    Not one of the runtime directory. To keep that over a restart, systemd moves it below
    /run/private, where nobody but root reaches the socket of `chair-sensor status`.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._file = _handed_over(environ) or _stored(environ)

    def write(self, line: str) -> bool:
        """Put a line in the place of the last one; False: nobody keeps it, or no memory is left."""
        if self._file is None:
            return False
        try:
            # What a longer line has left is behind the end of this one, and is not read.
            os.pwrite(self._file, f"{line}\n".encode(), 0)
        except OSError:
            return False
        return True

    def read(self) -> str:
        """Return the last line, of this process or of one before it; empty if there is none."""
        if self._file is None:
            return ""
        return os.pread(self._file, os.fstat(self._file).st_size, 0).decode().partition("\n")[0]


def _handed_over(environ: Mapping[str, str]) -> int | None:
    """Return the file that the last life has left with systemd; None: there is none."""
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    meant = environ.get("LISTEN_PID") == str(os.getpid())
    return FIRST + names.index(NAME) if meant and NAME in names else None


def _stored(environ: Mapping[str, str]) -> int | None:
    """Make an empty file and leave it with systemd; None: it keeps none, or does not say so."""
    address = _address(environ.get("NOTIFY_SOCKET", ""))
    if address is None or "FDSTORE" not in environ:
        return None
    file = os.memfd_create(NAME)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [file]))]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
            unix.setblocking(False)
            unix.sendmsg([f"FDSTORE=1\nFDNAME={NAME}".encode()], rights, 0, address)
    except OSError:
        os.close(file)
        return None
    return file


def _address(name: str) -> str | None:
    if name.startswith("@"):
        return "\0" + name[1:]  # an abstract socket, that no file system shows
    return name if name.startswith("/") else None


def _longest_silence(environ: Mapping[str, str]) -> float:
    try:
        seconds = int(environ["WATCHDOG_USEC"]) / 1_000_000
        meant = int(environ.get("WATCHDOG_PID", os.getpid()))
    except (KeyError, ValueError):
        return NEVER
    return seconds / 2 if seconds > 0 and meant == os.getpid() else NEVER
