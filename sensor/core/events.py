"""The core's inputs and outputs: messages, effects and rows of the history.

They are named tuples, as making a frozen dataclass takes three times the time of a start, and twice
the memory. So match their classes: two of different classes with the same values are equal, and one
without a field is false.
"""

from typing import NamedTuple

from sensor.core.coach import Exercise
from sensor.core.history import Cause, Length, Mark
from sensor.core.instant import Instant
from sensor.core.rules import Rules
from sensor.core.words import EventType, Problem, Text

# --- in -------------------------------------------------------------------------------------


class ContactIs(NamedTuple):
    """The mat's contact is closed or open (a level, not an edge)."""

    closed: bool


class LoopIs(NamedTuple):
    """The tamper loop is closed (all well) or open: the contact is not known."""

    closed: bool
    why: Problem | None = "unplugged"
    """Why it is not known; None: nothing was heard since the start yet."""


class Snooze(NamedTuple):
    """Silence a due alert for `snooze` seconds."""


class DoNotDisturb(NamedTuple):
    """Alert nobody until it is switched off or has expired."""

    on: bool


class Void(NamedTuple):
    """The open bout is not the sitter's ("not me")."""


class Reset(NamedTuple):
    """Set the sitting time to zero, as if a full break had just ended."""


class TestBuzzer(NamedTuple):
    """Sound two chirps as a test."""


class BuzzerSwitch(NamedTuple):
    """Allow or forbid sound."""

    on: bool


class RulesAre(NamedTuple):
    """Settings have changed; they act at once."""

    rules: Rules


class ClockSet(NamedTuple):
    """The wall clock was set: it now shows the core's `now` + `offset`."""

    offset: float
    first: bool = False
    """The clock was not known to be right before: the dates of this life move with it."""


class Suspended(NamedTuple):
    """The machine slept for the last `seconds` before now; nothing is known of them."""

    seconds: float


class BatteryIs(NamedTuple):
    """Whether the battery of the seat's sensor is low."""

    low: bool


class StorageIs(NamedTuple):
    """Whether the database works."""

    well: bool


Input = (
    ContactIs
    | LoopIs
    | Snooze
    | DoNotDisturb
    | Void
    | Reset
    | TestBuzzer
    | BuzzerSwitch
    | RulesAre
    | ClockSet
    | Suspended
    | StorageIs
    | BatteryIs
)


# --- out ------------------------------------------------------------------------------------


class Tell(NamedTuple):
    """An event for the world: MQTT, the log and the history."""

    event_type: EventType
    id: str
    at: Instant
    message: Text
    sitting_seconds: float
    alert_id: str | None = None
    level: int | None = None
    quiet: bool = False
    exercise: tuple[Exercise, ...] = ()
    """The exercises for the break that this asks for."""


class Refuse(NamedTuple):
    """A request that makes no sense now; the reason is for the log."""

    reason: str


class BoutRow(NamedTuple):
    """A closed bout."""

    started_at: Instant
    ended_at: Instant
    seated_seconds: float
    estimated: bool = False
    mark: Mark | None = None


class AbsenceRow(NamedTuple):
    """Time off the chair between two confirmed sittings."""

    left_at: Instant
    returned_at: Instant
    kind: Length


class AlertRow(NamedTuple):
    """One alert, from the first level 1 to its end."""

    alert_id: str
    began_at: Instant
    rang_at: Instant | None
    left_at: Instant | None
    """When the sitter first got up; None: never while it lasted."""
    ended_at: Instant
    max_level: int
    snoozes: int
    voided: bool = False


class GapRow(NamedTuple):
    """Time that nobody watched the chair."""

    started_at: Instant
    ended_at: Instant
    why: Cause


Row = BoutRow | AbsenceRow | AlertRow | GapRow


class Write(NamedTuple):
    """Keep a row in the history."""

    row: Row


Effect = Tell | Write | Refuse
