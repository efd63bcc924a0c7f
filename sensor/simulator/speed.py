"""How virtual time passes for those who watch: at once, evenly, or in step with a broker."""

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from sensor.daemon.inbox import Inbox, Message


class Pace(Protocol):
    """How virtual time passes for those who watch."""

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:
        """Let time pass until then, a message or a nudge; return the moment, and the message."""
        ...

    def now(self, t: float) -> float:
        """Return the moment, `t` unless time is passing; for other threads."""
        ...


class AtOnce:
    """As fast as it can."""

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:  # noqa: ARG002
        """Jump."""
        return until, None

    def now(self, t: float) -> float:
        """Time stands still while anybody looks."""
        return t


class Stride:
    """Virtual time passes evenly, `speed` times as fast as real time; 0: it stands still."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        """To be changed in the world's own thread only (`World.ask`)."""
        self._passing: tuple[float, float, float] | None = None
        self._reached = 0.0

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:
        """Wait until the moment has come or something is there."""
        self._passing = (monotonic(), now, until)
        message = inbox.get((until - now) / self.speed if self.speed else None)
        self._reached = self.now(now)
        self._passing = None
        return self._reached, message

    def now(self, t: float) -> float:
        """Return how far time has got, also while waiting."""
        passing = self._passing
        if passing is None:
            return max(t, self._reached)
        began, start, until = passing
        return min(until, start + (monotonic() - began) * self.speed)


class LockStep:
    """As fast as it can, but never ahead of the broker: each message is acknowledged first."""

    def __init__(self, catch_up: Callable[[Inbox], Message | None]) -> None:
        self._catch_up = catch_up

    def wait(self, inbox: Inbox, now: float, until: float) -> tuple[float, Message | None]:
        """Jump as soon as the broker has got everything."""
        message = self._catch_up(inbox)
        return (until, None) if message is None else (now, message)

    def now(self, t: float) -> float:
        """Time stands still while anybody looks."""
        return t
