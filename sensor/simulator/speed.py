"""The pace of virtual time: at once, evenly, or in step with a broker."""

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from sensor.daemon.inbox import Inbox, Message


class Pace(Protocol):
    """The pace of virtual time."""

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:
        """Wait until `until`, a message or a nudge; return the moment reached, and the message."""
        ...

    def now(self, t: float) -> float:
        """Return the present moment, `t` unless time is passing; for other threads."""
        ...


class AtOnce:
    """A pace without waiting."""

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:  # noqa: ARG002
        """Jump to `until`."""
        return until, None

    def now(self, t: float) -> float:
        """Return `t`: time does not pass between two jumps."""
        return t


class Stride:
    """An even pace, `speed` times as fast as real time; 0: time stands still."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        """Changed in the simulation's own thread only (`World.ask`)."""
        self._passing: tuple[float, float, float] | None = None
        self._reached = 0.0

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:
        """Wait for the moment or for a message, at this pace."""
        self._passing = (monotonic(), now, until)
        message = inbox.get((until - now) / self.speed if self.speed else None)
        self._reached = self.now(now)
        self._passing = None
        return self._reached, message

    def now(self, t: float) -> float:
        """Return the present moment, also while `wait` runs."""
        passing = self._passing
        if passing is None:
            return max(t, self._reached)
        began, start, until = passing
        return min(until, start + (monotonic() - began) * self.speed)


class LockStep:
    """A pace without waiting, but for the broker: it acknowledges each message first."""

    def __init__(self, catch_up: Callable[[Inbox], Message | None]) -> None:
        self._catch_up = catch_up

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:
        """Jump as soon as the broker has acknowledged everything."""
        message = self._catch_up(inbox)
        return (until, None) if message is None else (now, message)

    def now(self, t: float) -> float:
        """Return `t`: time does not pass between two jumps."""
        return t
