"""The watch: what no message tells. Clocks that were set, a suspend, another zone, lost edges."""

import logging
from collections.abc import Sequence

from sensor.core.events import ClockSet, ContactIs, LoopIs, Suspended
from sensor.core.instant import following
from sensor.daemon.inbox import ContactRead, Inbox, LoopRead, Message
from sensor.daemon.live_state import LiveState
from sensor.daemon.ports import Clock, ContactSource, Observer

log = logging.getLogger(__name__)

LOOK_EVERY = 30
"""Seconds between two looks at the pins and the time zone when nothing happens."""
JUMP = 0.5
"""Seconds that two clocks must drift apart to count as a jump or a suspend."""


class Watcher:
    """Compares clocks, zone and contact with the state, and applies what has changed."""

    def __init__(
        self,
        clock: Clock,
        source: ContactSource,
        inbox: Inbox,
        live: LiveState,
        observers: Sequence[Observer],
    ) -> None:
        self.next_at = 0.0
        """When the next look is due."""
        self._clock = clock
        self._source = source
        self._inbox = inbox
        self._live = live
        self._observers = observers
        self._every = min(LOOK_EVERY, *(each.longest_silence for each in observers))
        self._asleep = 0.0  # seconds that the machine has slept since its boot
        self._lost = 0

    def begin(self) -> tuple[float, float]:
        """Read the clocks for the first time; return now and what wall time is ahead of it."""
        now, self._asleep, offset = self._clock.read()
        return now, offset

    def done(self, now: float) -> None:
        """Put the next look off: this one is complete."""
        self.next_at = following(now, self._every, self._live.state.started_at)

    def compare_clocks(self, *, clock_known: bool) -> float:
        """Notice a suspend or a wall clock that was set; return now.

        `clock_known`: the wall clock was known to be right when it was last asked about.
        """
        now, asleep, offset = self._clock.read()
        now = max(now, self._live.fed)
        gap, self._asleep = asleep - self._asleep, asleep
        if gap > JUMP:
            log.info("the machine was suspended for %.0f s: not counted as sitting", gap)
            for each in self._observers:
                each.note(now, "asleep", gap)
            self._live.apply(Suspended(gap), now)
        drift = offset - self._live.state.wall_offset
        if abs(drift) > JUMP:
            log.info("the wall clock was set by %+.0f s; no duration changes", drift)
            for each in self._observers:
                each.note(now, "clock", drift)
            self._live.apply(ClockSet(offset, first=not clock_known), now)
        return now

    def look_at_contact(self, now: float, message: Message | None) -> None:
        """Reconcile the state with the contact source, if something is to be decided now.

        A lost edge is applied before any deadline that is due, because it happened earlier.
        `message` is taken next: it may be the very edge that seems lost, and so may any in the
        inbox.
        """
        live = self._live
        overdue_at = self._source.next_at
        if overdue_at <= now and (message is None or message.at > overdue_at):
            for news in self._source.overdue(now):
                for each in self._observers:
                    each.took(news, news.at)
                live.apply(LoopIs(news.closed, news.why), max(news.at, live.fed))
        due = live.deadline <= now
        if now < self.next_at and (not due or message is not None or self._inbox.has_urgent):
            return  # nothing is decided now, or an edge is what brings it about
        closed, known = self._source.read()
        if message is not None or self._inbox.has_urgent:
            return
        at = live.fed if due else now
        if known != (live.state.unplugged_at is None):
            why = self._source.why
            self._find(LoopRead(known, at, why), "tamper loop")
            live.apply(LoopIs(known, why), at)
        if closed is not None and closed != live.state.contact.closed:
            self._find(ContactRead(closed, at), "mat")
            live.apply(ContactIs(closed), at)

    def _find(self, edge: ContactRead | LoopRead, wire: str) -> None:
        """Count and log an edge of which no message has told."""
        self._lost += 1
        for each in self._observers:
            each.took(edge, edge.at, lost=self._lost)
        level = "closed" if edge.closed else "open"
        log.warning("the %s is %s, but no edge told so (%d so far)", wire, level, self._lost)
