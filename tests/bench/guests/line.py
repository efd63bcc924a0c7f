"""A line of a fleet: a client's way to the broker, served by the one thread that serves them all.

The connection is the daemon's own (`mqtt/connection.py`); here are only the attempts to make one.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol, cast

from sensor.daemon.ports import Publication
from sensor.mqtt.connection import FAREWELL_TIMEOUT, Connection
from sensor.mqtt.failures import NO_GREETING, LinkError
from sensor.mqtt.traffic import Traffic
from sensor.mqtt.waker import Waker

if TYPE_CHECKING:
    import socket

GREETING = 10.0
"""Seconds that a broker may take to answer a new connection."""
FULL = 0.01
"""Seconds to wait for a socket that takes no more."""


class NoWaker(Waker):
    """There is one thread: nobody has to be woken."""

    def __init__(self) -> None:
        pass

    def wake(self) -> None:
        """Nobody sleeps."""


class Served(Connection):
    """A connection of the daemon that somebody else waits for."""

    @property
    def unsent(self) -> bool:
        """Whether the socket would not take all at once."""
        return self._client.want_write()

    def fileno(self) -> int:
        """Give the socket's number."""
        return cast("socket.socket", self._client.socket()).fileno()


class Exchange(Protocol):
    """Who serves the lines."""

    problem: str
    """Why the last connection was lost, or not made."""

    def sends(self, line: "Line", publication: Publication) -> None:
        """A line has a message to send."""
        ...

    def admits(self, line: "Line") -> bool:
        """Whether a line may knock at the broker's door now."""
        ...

    def breaks(self, line: "Line") -> None:
        """A connection that was up is gone."""
        ...

    def after(self, seconds: float, todo: Callable[[], None]) -> None:
        """Do something in so many real seconds."""
        ...

    def watch(self, line: "Line") -> None:
        """Serve a line that has a connection."""
        ...

    def forget(self, line: "Line") -> None:
        """Serve a line no more."""
        ...

    def serve_until(self, done: Callable[[], bool], patience: float | None = None) -> None:
        """Serve all lines until something is so, or for so many seconds."""
        ...


class Line:
    """The way of one client to the broker (ports.Link), served by the fleet's one thread."""

    def __init__(
        self,
        exchange: Exchange,
        new: Callable[[Callable[[str, bytes, bool], None]], Served],
        *,
        now: Callable[[], float],
        patience: Callable[[], Iterator[float]],
        base: str,
        traffic: Traffic,
    ) -> None:
        self.base = base
        self._traffic = traffic
        self.connection: Served | None = None
        self.up = False
        self.changed: Callable[[bool], None] = lambda _up: None
        self.receive: Callable[[str, bytes, bool], None] = lambda *_: None
        self._exchange = exchange
        self._new = new
        self._now = now
        self._patience = patience
        self._waits = patience()
        self._closed = False

    def open(self) -> None:
        """Connect as soon as the thread has time."""
        self._exchange.after(next(self._waits), self.knock)

    def publish(self, *publications: Publication) -> None:
        """Hand over messages; without a connection they are dropped, never queued."""
        if self.up and self.connection is not None:
            self.connection.send(*publications)
            for publication in publications:
                self._exchange.sends(self, publication)

    def alive(self) -> bool:
        """The thread is the one that asks."""
        return True

    def close(self, farewell: Publication | None = None) -> None:
        """Say good-bye and go."""
        connection, self._closed = self.connection, True
        if connection is None:
            return
        if farewell is not None:
            self.publish(farewell)
        self._exchange.serve_until(
            lambda: self.connection is not connection or connection.settle(0), FAREWELL_TIMEOUT
        )
        if self.connection is connection:
            self._exchange.forget(self)
            if connection.settle(0):  # else the broker is to send the will
                connection.leave(None)
            connection.end()
        self.up, self.connection = False, None

    def knock(self) -> None:
        """Try to connect."""
        if self._closed or self.connection is not None:
            return
        if not self._exchange.admits(self):
            self.open()
            return
        connection = self.connection = self._new(self._received)
        try:
            connection.open()
            self._exchange.watch(self)
            self._exchange.after(GREETING, lambda: self._still_waiting(connection))
        except LinkError as error:
            self._lose(error)

    def serve(self, readable: bool) -> None:
        """Do what the connection has to do."""
        connection = self.connection
        if connection is None:
            return
        try:
            if connection.work(readable=readable):
                self._traffic.heard(self._now())
            if connection.ready and not self.up:
                self.up = True
                self._traffic.connected(self._now())
                self._waits = self._patience()
                self.changed(True)
            if connection.unsent:
                self._exchange.after(FULL, lambda: self.serve(readable=False))
        except LinkError as error:
            self._lose(error)

    def _still_waiting(self, connection: Served) -> None:
        if self.connection is connection and not self.up:
            self._lose(LinkError(NO_GREETING))

    def _received(self, topic: str, payload: bytes, retained: bool) -> None:
        self.receive(topic, payload, retained)

    def _lose(self, error: LinkError) -> None:
        connection, up = self.connection, self.up
        self.up, self.connection = False, None
        self._exchange.problem = str(error)
        if connection is not None:
            self._exchange.forget(self)
            connection.end()
        if up:
            self._exchange.breaks(self)
        self.changed(False)
        self.open()
