"""The chair's whole state, frozen: what is known, and nothing that follows from it."""

from dataclasses import dataclass, field

from sensor.core.alert import Alert, Calm
from sensor.core.calendar import Calendar
from sensor.core.coach import Coaching
from sensor.core.contact import Contact
from sensor.core.day import Day
from sensor.core.events import Problem
from sensor.core.instant import Instant
from sensor.core.sitting import Idle, Sitting
from sensor.core.week import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that is known about the chair."""

    started_at: Instant
    contact: Contact
    unplugged_at: Instant | None = None
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
    """When a full break was complete while the sitter was still up."""
    long_occupancy: bool = False
    storage_failed: bool = False
    goal_kept: bool | None = None
    """Whether today is without a bout over the limit, as far as it has come; None: not sat yet,
    or nobody has set a goal."""
    told_seated: bool = False
    """The last of sat_down and stood_up that went out."""
    told_problem: Problem | None = None
    serial: int = 0
    """Number of the last event."""
    life: str = ""
    """What no other life of the daemon is called; part of each id."""


def is_certain(state: State) -> bool:
    """Whether the seat is confirmed vacant, so that an absence runs."""
    return state.unplugged_at is None and state.contact.occupied is False


def is_muted(state: State) -> bool:
    """Whether no break_* event may go out and no alert may ring."""
    return state.dnd_until is not None or not state.calendar.working or state.long_occupancy
