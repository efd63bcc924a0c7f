"""The link under test."""

import socket
import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import TypeVar

from sensor.daemon.inbox import Inbox, Message
from sensor.mqtt.client import PahoLink
from sensor.mqtt.connection import Connection
from sensor.mqtt.limits import Limits

M = TypeVar("M", bound=Message)
PATIENCE = 60.0
Opener = Callable[..., "Link"]
"""Opens a link to a port of this machine, with options of `PahoLink` and settings of the broker."""


class Link(PahoLink):
    """The link under test with its inbox."""

    inbox: Inbox

    @property
    def thread(self) -> Thread:
        """The network thread."""
        assert self._thread is not None
        return self._thread

    @property
    def connection(self) -> Connection:
        """The connection that is up."""
        assert self._connection is not None
        return self._connection

    @property
    def socket(self) -> socket.socket:
        """Its socket."""
        found = self.connection._client.socket()
        assert isinstance(found, socket.socket)
        return found

    @property
    def limits(self) -> Limits:
        """What it has found out about the broker."""
        return self._limits

    def busy(self) -> Lock:
        """Keep others from writing, as the network thread does while it works."""
        return self.connection._works

    def forget_waker(self) -> None:
        """Close what a thread that has died has left open."""
        assert self._waker is not None
        self._waker.close()

    def await_refused(self, *topics: str) -> None:
        """Wait until these topics alone count as refused; a late acknowledgement takes one back."""
        until = time.monotonic() + PATIENCE
        while set(self.traffic.refused) != set(topics):
            assert time.monotonic() < until, self.traffic.refused
            self.thread.join(0.01)

    def await_message(self, kind: type[M]) -> M:
        """Take messages until one is of this kind."""
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            message = self.inbox.get(left)
            if isinstance(message, kind):
                return message
        raise AssertionError(f"no {kind.__name__} within {PATIENCE} s")
