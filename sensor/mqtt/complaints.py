"""Complaints about incoming messages: lines in the log, and the event of a refusal."""

import logging

from sensor.core.events import Tell
from sensor.core.instant import NEVER
from sensor.core.rules import Rules
from sensor.core.sitting import sitting_time
from sensor.core.state import State
from sensor.core.words import Text
from sensor.settings.overrides import Refusal

PAUSE = 1.0
"""Seconds between two lines."""

log = logging.getLogger(__name__)


class Complaints:
    """Says the first one at once, and of those that follow too soon the last, with their number.

    One line a second at most: a flood must not fill the log.
    """

    def __init__(self) -> None:
        self._waiting = 0
        self._last = ""
        self._quiet_until = -NEVER

    @property
    def due_at(self) -> float:
        """When there is something left to say; NEVER: there is nothing."""
        return self._quiet_until if self._waiting else NEVER

    def add(self, line: str, at: float) -> None:
        """Say it now or later."""
        self._waiting += 1
        self._last = line
        self.settle(at)

    def settle(self, now: float) -> None:
        """Say what is due."""
        if self._waiting and now >= self._quiet_until:
            more = f" (and {self._waiting - 1:,} more)" if self._waiting > 1 else ""
            log.warning("%s%s", self._last, more)
            self._waiting, self._quiet_until = 0, now + PAUSE


class Refusals:
    """Settings that were not changed, for people: the last reason, and all boxes that show them.

    Once a second at most: each one is an event and two states, whatever a client sends.
    """

    def __init__(self) -> None:
        self._waiting: Refusal | None = None
        self._quiet_until = -NEVER

    @property
    def due_at(self) -> float:
        """When there is something to tell; NEVER: there is nothing."""
        return NEVER if self._waiting is None else self._quiet_until

    def add(self, refusal: Refusal) -> None:
        """Tell it now or later; one without a reason for people is for the log alone."""
        if refusal.why is not None:
            boxes = () if self._waiting is None else self._waiting.settings
            every = tuple(dict.fromkeys([*boxes, *refusal.settings]))
            self._waiting = refusal._replace(settings=every)

    def take(self, now: float) -> Refusal | None:
        """Return what is to be told now, and take it for told."""
        if now < self.due_at:
            return None
        found, self._waiting, self._quiet_until = self._waiting, None, now + PAUSE
        return found

    def forget(self) -> None:
        """Tell nothing of what has been refused so far."""
        self._waiting = None


def refused(refusal: Refusal, state: State, now: float, rules: Rules, *, number: int) -> Tell:
    """Return the event that tells why a setting was not changed; `number` makes its id unique.

    It is not kept in the history: whatever a client sends must not wear the disk out.
    """
    moment = round((now + state.wall_offset) * 1000)
    return Tell(
        event_type="refused",
        id="-".join(filter(None, (f"{moment:x}", state.life, f"refused{number}"))),
        at=now,
        message=Text("Not changed: {why}.", {"why": refusal.why or refusal.reason}),
        sitting_seconds=sitting_time(state.sitting, now, rules),
        quiet=state.calendar.quiet,
    )
