"""The seat as a sensor on the broker: a contact source without a wire (mqtt/README.md).

A repeat is a sign of life, not an edge. A retained value has no age: the bout that it begins is
estimated. Away is unknown: with the broker, the bridge or the sensor away, or silent for
`seat.silent_after`, the contact is not known, as with an open tamper loop.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from sensor.core.instant import NEVER
from sensor.core.state import State
from sensor.core.words import Problem
from sensor.daemon.answer import ContactAnswer
from sensor.daemon.inbox import (
    BatteryRead,
    Connected,
    ContactRead,
    Disconnected,
    Inbox,
    LoopRead,
    Message,
    Received,
)
from sensor.daemon.ports import Clock, ContactSource
from sensor.mqtt.seat_message import SeatMessage, decode, is_online
from sensor.settings.config import Seat

log = logging.getLogger(__name__)

GRACE = 20
"""Seconds without a connection that change nothing: a broker restarts, and what is not retained
would not be told again. As long may retained availability take after a connection."""
OVERSLEPT = 45
"""Seconds of sleep of the machine after which the broker has given it up: 1.5 keepalives of 30 s.
A shorter sleep loses nothing, for the connection outlives it.
"""
FRESH = 5
"""Seconds of age at which a change counts as seen, in a message of a sensor that was not known."""
RECOVERED = 15
"""Percent that a battery has again before it is no longer low: it wavers."""


class SeatMeasures(TypedDict):
    """The part of the diagnostics that is about a seat on the broker, and only there with one."""

    seat_battery: float | None
    """percent, as the sensor told it; only with a seat on the broker"""
    seat_link_quality: float | None
    """as the bridge told it, for Zigbee 0-255; only with a seat on the broker"""


class SeatSensor(ContactSource):
    """Listens to `seat.topic` and `seat.availability`."""

    def __init__(self, seat: Seat, inbox: Inbox, clock: Clock) -> None:
        assert seat.topic is not None  # noqa: S101  (for mypy: without one there is none to make)
        self.name = seat.topic
        self.topics = {seat.topic: self._hear} | dict.fromkeys(seat.availability, self._hear_online)
        inbox.spared = self.topics.keys()
        self.why: Problem | None = None
        self.next_at = NEVER
        self._seat = seat
        self._inbox = inbox
        self._clock = clock
        self._heard: bool | None = None  # the contact as the sensor told it; None: it did not yet
        self._says_unknown = False  # the sensor tells that it does not know
        self._trouble: Problem | None = None
        self._closed = False  # the contact, and whether it is known, as the inbox was told
        self._known = False
        self._online: dict[str, bool | None] = dict.fromkeys(seat.availability)
        self._payload = b""  # what the broker gives again after each break is no sign of life
        self._alive_at = 0.0  # last sign of life of the sensor; at first, the start
        self._heard_at: float | None = None
        self._changed_at: float | None = None
        self._last_seen: float | None = None
        self._lost_at = NEVER  # when a broken connection counts as one
        self._untold_at = NEVER  # when an availability that was not told counts as offline
        self._away = False
        self._last = SeatMessage()
        self._battery_low = False
        self._fault = ""
        self._complained: set[str] = set()

    # --- what it says ---------------------------------------------------------------------------

    def contact_closed(self) -> bool | None:
        """Return the contact as it was heard last; None: not known."""
        return self._closed if self._known else None

    def loop_closed(self) -> bool:
        """There is none: whether the contact is known says all."""
        return True

    def about(self) -> ContactAnswer:
        """Return what it says of itself, for `status`, doctor and setup."""
        now = self._clock.now()
        return {
            "name": self.name,
            "seat": {
                "known": self._known,
                "heard_ago": None if self._heard_at is None else now - self._heard_at,
                "changed_ago": None if self._changed_at is None else now - self._changed_at,
                "fault": self._fault or None,
                "availability": dict(self._online),
                "battery": self._last.battery,
                "link_quality": self._last.link_quality,
            },
        }

    def measures(self) -> SeatMeasures:
        """Return what it adds to the diagnostics."""
        return {"seat_battery": self._last.battery, "seat_link_quality": self._last.link_quality}

    # --- what it hears --------------------------------------------------------------------------

    def began(self, clock: Clock, at: float, state: State, changed: Mapping[str, Any]) -> None:
        """A life has begun: the broker has as long as after a break to be there."""
        del clock, state, changed
        self._alive_at, self._lost_at = at, at + GRACE
        self._plan()

    def took(self, message: Message, at: float, *, lost: int = 0) -> None:
        """Learn that the broker is there or away; a short break changes nothing."""
        del lost
        if not isinstance(message, Connected | Disconnected):
            return
        self._catch_up(at)
        if isinstance(message, Connected):
            self._lost_at, self._away = NEVER, False
            self._untold_at = at + GRACE if None in self._online.values() else NEVER
        else:
            self._untold_at = NEVER
            if self._lost_at == NEVER and not self._away:
                self._lost_at = at + GRACE
        self._plan()

    def note(self, at: float, what: str, *values: Any) -> None:
        """Know nothing after a long sleep of the machine, as after a long break."""
        if what == "asleep" and values[0] >= OVERSLEPT:
            away, self._away = self._away, True
            self._tell(at)
            self._away = away
            self._tell(at)

    def overdue(self, now: float) -> Sequence[LoopRead]:
        """Return what time alone has changed by now, and take it for told."""
        news: list[LoopRead] = []
        while (at := self.next_at) <= now:
            if at == self._lost_at:
                self._lost_at, self._away = NEVER, True
                self._online = dict.fromkeys(self._online)
            elif at == self._untold_at:
                self._untold_at = NEVER
                self._online = {topic: bool(on) for topic, on in self._online.items()}
            news += [each for each in self._news(at) if isinstance(each, LoopRead)]
        return news

    def _catch_up(self, at: float) -> None:
        """Tell what time had changed before a message that is taken late."""
        for news in self.overdue(at):
            self._inbox.put(news)

    def _hear_online(self, message: Received) -> None:
        """Take in what sensor or bridge says of its availability; taken back, it is not there."""
        self._catch_up(message.at)
        self._online[message.topic] = is_online(message.payload)
        self._tell(message.at)

    def _hear(self, message: Received) -> None:
        """Take in what the sensor tells."""
        if not message.payload:
            return  # a retained message was taken back
        at, told = message.at, decode(message.payload, self._seat)
        self._catch_up(at)
        self._note_fault(told)
        if not (message.retained and message.payload == self._payload):
            self._payload, self._heard_at = message.payload, at
            self._note_life(told, at, retained=message.retained)
        self._note_measures(told, at)
        fresh = False
        match told.contact:
            case "closed" | "open":
                closed = told.contact == "closed"
                if closed is not self._heard:
                    self._changed_at = at - (told.age or 0)
                self._heard, self._says_unknown = closed, False
                fresh = not message.retained and told.age is not None and told.age <= FRESH
            case "unknown":
                self._heard, self._says_unknown = None, True
            case _:
                pass
        self._tell(at, fresh=fresh)

    def _note_life(self, told: SeatMessage, at: float, *, retained: bool) -> None:
        """Note when the sensor was last alive: a bridge also repeats what it heard long ago."""
        repeated = retained or self._last_seen in (None, told.last_seen)
        ago = 0.0
        if told.last_seen is not None and repeated and self._clock.synchronised() is not False:
            ago = max(0.0, self._clock.wall() - told.last_seen)
        self._last_seen = told.last_seen
        self._alive_at = max(self._alive_at, at - ago) if self._known else at - ago

    def _note_measures(self, told: SeatMessage, at: float) -> None:
        last = self._last
        self._last = SeatMessage(
            battery=last.battery if told.battery is None else told.battery,
            link_quality=last.link_quality if told.link_quality is None else told.link_quality,
        )
        low = told.battery_low
        if low is False and self._battery_low and (told.battery or 100) < RECOVERED:
            return
        if low is not None and low is not self._battery_low:
            self._battery_low = low
            self._inbox.put(BatteryRead(low, at))

    def _note_fault(self, told: SeatMessage) -> None:
        """Log once why a message tells nothing of the contact; one that does clears it."""
        if told.contact != "no news":
            self._fault = ""
        elif told.fault and self._changed_at is None:
            self._fault = told.fault
            if told.fault not in self._complained:
                self._complained.add(told.fault)
                log.warning("the message on %s %s", self.name, told.fault)

    # --- what follows -----------------------------------------------------------------------------

    def _tell(self, at: float, *, fresh: bool = False) -> None:
        for news in self._news(at, fresh=fresh):
            self._inbox.put(news)

    def _news(self, at: float, *, fresh: bool = False) -> list[ContactRead | LoopRead]:
        """Return what is to be told now. `fresh`: the change was seen, and is not from before."""
        was_known, why, before = self._known, self.why, self._trouble
        self._trouble = self._trouble_at(at)
        if self._trouble and not before:
            self._heard = None  # what happens meanwhile is missed: it has to be told again
        self._known = not self._trouble and self._heard is not None and all(self._online.values())
        self.why = None if self._known else self._trouble or why
        self._plan()
        if not self._known:
            return [LoopRead(False, at, self.why)] if was_known or self.why != why else []
        edge = [] if self._heard is self._closed else [ContactRead(bool(self._heard), at)]
        self._closed = bool(self._heard)
        if was_known:
            return [*edge]
        plugged = LoopRead(True, at)
        return [plugged, *edge] if fresh else [*edge, plugged]

    def _trouble_at(self, now: float) -> Problem | None:
        """Return what keeps the contact from being known; a value not told yet is no trouble."""
        if self._away or self._says_unknown or False in self._online.values():
            return "seat_offline"
        patience = self._seat.silent_after
        if patience is not None and now >= self._alive_at + patience:
            return "seat_silent"
        return None

    def _plan(self) -> None:
        """Work out when time alone changes something."""
        patience = None if self._trouble else self._seat.silent_after
        silent_at = NEVER if patience is None else self._alive_at + patience
        self.next_at = min(self._lost_at, self._untold_at, silent_at)
