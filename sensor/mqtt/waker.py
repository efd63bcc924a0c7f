"""Wakes the network thread out of its `select`: a socket pair, for select knows only sockets."""

import select
import socket
from contextlib import suppress


class Waker:
    """Ends a `select` that has it among the files it reads; any thread may call `wake`."""

    def __init__(self) -> None:
        self._outside, self._inside = socket.socketpair()
        self._outside.setblocking(False)
        self._inside.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor that `select` watches."""
        return self._inside.fileno()

    def wake(self) -> None:
        """Wake the thread that sleeps; never blocks."""
        with suppress(OSError):  # full: it is awake already; closed: nobody sleeps there now
            self._outside.send(b"!")

    def wait(self, timeout: float) -> None:
        """Sleep until `wake`, or for `timeout` seconds; then clear."""
        select.select([self], [], [], timeout)
        self.clear()

    def clear(self) -> None:
        """Forget every `wake` so far."""
        with suppress(BlockingIOError):
            self._inside.recv(4096)

    def close(self) -> None:
        """Close both sockets; `wake` does nothing from then on."""
        self._outside.close()
        self._inside.close()
