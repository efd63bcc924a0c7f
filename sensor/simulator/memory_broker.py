"""A broker in memory, for simulations that run as fast as they can.

Its only clock is the simulation's, so the same script gives the same records, byte for byte. It
has what the product relies on: retained messages, the last will, a subscription, a connection that
can be cut. `tests/simulator` compares its records with a real broker's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from sensor.daemon.inbox import Acknowledged, Connected, Disconnected, Inbox, Received
from sensor.daemon.ports import Link, Publication
from sensor.mqtt.backoff import delays
from sensor.mqtt.gateway import farewell
from sensor.mqtt.topics import Topics, is_echo
from sensor.mqtt.traffic import Traffic

Schedule = Callable[[float, Callable[[], None]], None]
"""Calls a function after a number of seconds."""


class Broker(Protocol):
    """A broker as the simulation needs it: for the daemon's link, other clients and faults."""

    up: bool
    """Whether it can be reached."""
    refuses: bool
    """Whether it refuses the daemon's password."""

    def connect(self, topics: Topics, inbox: Inbox, traffic: Traffic) -> Link:
        """Make the daemon's link."""
        ...

    def publish(self, publication: Publication) -> None:
        """Publish as another client."""
        ...

    def switch(self, up: bool) -> None:
        """Cut the connection or allow it again."""
        ...

    def refuse(self) -> None:
        """Cut the connection, and refuse the daemon's password until `switch`."""
        ...

    def crash(self) -> None:
        """Note that the daemon died: its last will is published."""
        ...

    def sleep(self, seconds: float) -> None:
        """Note that the machine sleeps for `seconds` from now."""
        ...

    def wake(self) -> None:
        """Note that the machine woke up."""
        ...


class MemoryBroker:
    """Takes publications of one daemon and of a client, and tells what it got."""

    def __init__(
        self,
        *,
        got: Callable[[Publication], None],
        now: Callable[[], float],
        schedule: Schedule,
        random: Random,
        keepalive: float,
    ) -> None:
        self.up = True
        self.refuses = False
        """Whether it refuses the daemon's password."""
        self.got = got
        self.now = now
        self.schedule = schedule
        self.random = random
        self.keepalive = keepalive
        self.link: MemoryLink | None = None
        self.retained: dict[str, Publication] = {}
        """What other clients had retained, by topic."""

    def connect(self, topics: Topics, inbox: Inbox, traffic: Traffic) -> "MemoryLink":
        """Make the daemon's link."""
        return MemoryLink(
            broker=self,
            inbox=inbox,
            traffic=traffic,
            will=farewell(topics),
            subscriptions=topics.subscriptions,
        )

    def crash(self) -> None:
        """Publish the last will at once: the daemon died."""
        if self.link is not None:
            self.link.die()

    def sleep(self, seconds: float) -> None:
        """Publish the last will after one and a half keepalives, if the machine sleeps longer."""
        patience = 1.5 * self.keepalive
        if self.link is not None and seconds > patience:
            self.schedule(patience, self.link.fall_silent)

    def wake(self) -> None:
        """Let the daemon find out whether its connection is gone."""
        if self.link is not None:
            self.link.notice()

    def publish(self, publication: Publication) -> None:
        """Take a message of another client; while the broker is away it is lost."""
        if self.up and publication.retain:
            self.retained[publication.topic] = publication
        self.pass_on(publication)

    def deliver(self, publication: Publication) -> None:
        """Give the daemon a message as retained, because a recording says so."""
        if self.link is not None:
            self.link.hear(publication, retained=True)

    def pass_on(self, publication: Publication) -> None:
        """Record a message of any client, and deliver it to the daemon if it is subscribed."""
        if not self.up:
            return
        self.got(publication)
        if self.link is not None:
            self.link.hear(publication)

    def switch(self, up: bool) -> None:
        """Cut the connection, or make one possible again."""
        self.up, self.refuses = up, False
        if not up and self.link is not None:
            self.link.lose("the broker is away")

    def refuse(self) -> None:
        """Cut the connection and refuse the daemon; other clients notice nothing."""
        from sensor.mqtt.failures import NOT_AUTHORISED, LinkError  # noqa: PLC0415  (needs ssl)

        self.up, self.refuses = True, True
        if self.link is not None:
            self.link.lose(str(LinkError(NOT_AUTHORISED)))

    def let_in(self) -> None:
        """Let the daemon's link connect now, because a recording says so."""
        self.up = True
        if self.link is not None:
            self.link.attempt()

    def drop(self) -> None:
        """Cut the daemon's link, and keep it out until `let_in`."""
        self.up = False
        if self.link is not None and self.link.connected:
            self.link.lose("the broker is away")


@dataclass(kw_only=True, eq=False)
class MemoryLink:
    """`ports.Link` to the broker in memory."""

    broker: MemoryBroker
    inbox: Inbox
    traffic: Traffic
    will: Publication
    subscriptions: tuple[str, ...]
    connected: bool = field(default=False, init=False)
    _closed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._delays = delays(self.broker.random)

    def open(self) -> None:
        """Connect at once if the broker can be reached, else retry."""
        self.broker.link = self
        self.attempt()

    def publish(self, *publications: Publication) -> None:
        """Publish messages; the broker acknowledges each at once."""
        for publication in publications if self.connected else ():
            self.broker.pass_on(publication)
            self.traffic.heard(self.broker.now())
            if publication.confirm:
                self.inbox.put(Acknowledged(publication.topic, self.broker.now()))

    def alive(self) -> bool:
        """Return True: there is no thread that could die."""
        return True

    def close(self, farewell: Publication | None = None) -> None:
        """Say good-bye and go."""
        self._closed = True
        if farewell is not None:
            self.publish(farewell)
        self._leave()

    def die(self) -> None:
        """Leave as a killed process: the broker publishes the last will at once."""
        if self.connected:
            self._leave()
            self.broker.pass_on(self.will)
        self._leave()

    def fall_silent(self) -> None:
        """Lose the connection by silence: the broker publishes the last will."""
        if self.connected:
            self.connected = False
            self.broker.pass_on(self.will)

    def notice(self) -> None:
        """Find out, after a sleep, whether the connection is gone; then reconnect."""
        if not self.connected and not self._closed:
            self.lose("the broker gave up waiting")

    def lose(self, reason: str) -> None:
        """Lose the connection for `reason`, and retry."""
        self.connected = False
        self.inbox.put(Disconnected(reason, self.broker.now()))
        self._delays = delays(self.broker.random)
        self._try_later()

    def hear(self, publication: Publication, *, retained: bool = False) -> None:
        """Deliver a message to the daemon if its topic is subscribed."""
        if self.connected and not self._closed and self._is_for_me(publication.topic):
            self.traffic.heard(self.broker.now())
            payload = publication.text.encode()
            if is_echo(self.will, publication.topic, payload):
                return
            # A broker forwards with the retain flag cleared to those already subscribed.
            self.inbox.put(Received(publication.topic, payload, retained, self.broker.now()))

    def _is_for_me(self, topic: str) -> bool:
        parent = topic.rpartition("/")[0]
        return topic in self.subscriptions or f"{parent}/+" in self.subscriptions

    def attempt(self) -> None:
        """Try to connect; on a failure, retry later."""
        if self._closed or self.connected or self.broker.link is not self:
            return
        if self.broker.up and not self.broker.refuses:
            self.connected = True
            self.traffic.connected(self.broker.now())
            self._delays = delays(self.broker.random)
            self.inbox.put(Connected(self.broker.now()))
            for publication in self.broker.retained.values():
                if publication.text:
                    self.hear(publication, retained=True)
        else:
            self._try_later()

    def _try_later(self) -> None:
        self.broker.schedule(next(self._delays), self.attempt)

    def _leave(self) -> None:
        self._closed = True
        self.connected = False
        if self.broker.link is self:
            self.broker.link = None
