"""The chair's whole state, frozen; `alert.py` explains the phases, `sitting.py` the sittings."""

from dataclasses import dataclass, field
from typing import Literal

from sensor.core.calendar import Calendar
from sensor.core.coach import Coaching
from sensor.core.contact import Contact
from sensor.core.figures import Day, Leap, Week
from sensor.core.instant import Instant
from sensor.core.sitting import Idle, Sitting
from sensor.core.words import Problem


@dataclass(frozen=True)
class Calm:
    """No break is near."""


@dataclass(frozen=True)
class Soon:
    """`break_soon` has begun."""


@dataclass(frozen=True)
class Ringing:
    """The ladder runs and sounds."""

    origin: Instant
    """The moment that `level_after` counts from."""
    level: int
    told_level: int
    """The level of the last event; behind `level` while the contact is open."""
    told_at: Instant
    """When the last event of this alert went out."""


@dataclass(frozen=True)
class Hold:
    """Silent until `until`, then level 1."""

    until: Instant
    why: Literal["grace", "snooze"]


@dataclass(frozen=True)
class Muted:
    """Due, but no alert may ring now."""


@dataclass(frozen=True)
class Gone:
    """Due, and the sitter is up."""

    snoozed_until: Instant | None = None
    """The end of a snooze that was running; None without one."""


Phase = Ringing | Hold | Muted | Gone


@dataclass(frozen=True, kw_only=True)
class Due:
    """Sitting time has reached the limit; one alert, however often level 1 begins."""

    alert_id: str
    began_at: Instant
    phase: Phase
    rang_at: Instant | None = None
    """When level 1 first began; None: not yet."""
    left_at: Instant | None = None
    """When the sitter first got up after that; None: not yet."""
    max_level: int = 0
    snoozes: int = 0


Alert = Calm | Soon | Due


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything that is known about the chair; a checkpoint holds it whole."""

    started_at: Instant
    contact: Contact
    unplugged_at: Instant | None = None
    """Since when the contact is not known; None: it is."""
    blind_for: Problem | None = "unplugged"
    """Why it is not, while `unplugged_at` is set; None: nothing was heard since the start yet."""
    sitting: Sitting = field(default_factory=Idle)
    alert: Alert = field(default_factory=Calm)
    coaching: Coaching = field(default_factory=Coaching)
    calendar: Calendar
    day: Day
    week: Week = field(default_factory=Week)
    wall_offset: float
    """Unix time minus the core's time, seconds."""
    buzzer: bool = True
    dnd_until: Instant | None = None
    snoozed_at: Instant | None = None
    tested_at: Instant | None = None
    rested_at: Instant | None = None
    """When the last full break was complete while the sitter was up; the chirp counts from it."""
    long_occupancy: bool = False
    storage_failed: bool = False
    battery_low: bool = False
    """Of the seat's sensor, if it has one."""
    goal_kept: bool | None = None
    """Whether no bout was over the limit so far today; None: no sitting yet, or no goal is set."""
    told_seated: bool = False
    """Whether the last of the events sat_down and stood_up was sat_down."""
    told_problem: Problem | None = None
    serial: int = 0
    """Number of the last event."""
    leapt: Leap | None = None
    """The last time that the wall clock was set to another day, while it may still be put right."""
    doubted_since: Instant | None = None
    """Since when the date stands on the wall clock alone; None: it is not in doubt."""
    recalled: Day | None = None
    """The part of today's figures from before a reboot; None: all are from the same boot."""
    own_longest: float = 0
    """Seconds of the longest bout that was closed today and in this life of the daemon."""
    life: str = ""
    """An id that no other life of the daemon has; part of every other id."""


def is_certain(state: State) -> bool:
    """Whether the seat is confirmed vacant, so that an absence runs."""
    return state.unplugged_at is None and state.contact.occupied is False


def is_blind(state: State) -> bool:
    """Whether sight of the chair was lost, which is more than not having heard of it yet."""
    return state.unplugged_at is not None and state.blind_for is not None


def is_unheard(state: State) -> bool:
    """Whether nothing has been heard of the seat's sensor since the start, good or bad."""
    return state.unplugged_at is not None and state.blind_for is None


def is_muted(state: State) -> bool:
    """Whether no break_* event may be sent and no alert may ring."""
    return state.dnd_until is not None or not state.calendar.working or state.long_occupancy
