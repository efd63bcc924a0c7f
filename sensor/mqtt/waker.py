"""Wakes the network thread out of its `select`: a socket pair, for select knows only sockets."""

import select
import socket
from contextlib import suppress


class Bell:
    """Rung from any thread; heard by whoever has it among the files that a `select` reads."""

    def __init__(self) -> None:
        self._outside, self._inside = socket.socketpair()
        self._outside.setblocking(False)
        self._inside.setblocking(False)

    def fileno(self) -> int:
        """Give `select` what it watches."""
        return self._inside.fileno()

    def ring(self) -> None:
        """Wake the sleeper; never blocks."""
        with suppress(OSError):  # full: it is ringing already; closed: nobody sleeps there now
            self._outside.send(b"!")

    def wait(self, timeout: float) -> None:
        """Sleep until it rings, or for `timeout` seconds; then it is quiet again."""
        select.select([self], [], [], timeout)
        self.hush()

    def hush(self) -> None:
        """Stop ringing, however often it was rung."""
        with suppress(BlockingIOError):
            self._inside.recv(4096)

    def close(self) -> None:
        """Take it down; ringing it later does nothing."""
        self._outside.close()
        self._inside.close()
