"""Reports the daemon's health to systemd: ready, alive, stopping (sd_notify, by hand).

Outside systemd every call does nothing. None of them raises or waits: a daemon that cannot
report goes on working, and the watchdog decides. Written by hand: it is one datagram.
"""

import os
import socket
from collections.abc import Callable, Mapping

from sensor.core.instant import NEVER
from sensor.daemon.ports import Observer


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
