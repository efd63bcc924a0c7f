"""The steps of a script: each an action, as data, and its moment."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PressStep:
    """A press of the snooze button."""


@dataclass(frozen=True, slots=True)
class MatStep:
    """The sitter's press on the mat: closed, or let go."""

    closed: bool


@dataclass(frozen=True, slots=True)
class LoopStep:
    """The plug of the mat: pushed in (the tamper loop closes) or pulled."""

    closed: bool


@dataclass(frozen=True, slots=True)
class ChatterStep:
    """A flickering contact for `duration` seconds, closed for the share `duty` (0-1) of it."""

    duration: float
    duty: float


@dataclass(frozen=True, slots=True)
class PublishStep:
    """A message of another client on `<base>/<subtopic>`."""

    subtopic: str
    payload: str


@dataclass(frozen=True, slots=True)
class BrokerStep:
    """A connection that is possible (up) or cut."""

    up: bool
    delay: float = 0.0
    """Seconds that each message of the daemon takes."""
    refuses: bool = False
    """Whether the broker cuts the connection and refuses the daemon's password."""


@dataclass(frozen=True, slots=True)
class HomeAssistantStep:
    """A restart of Home Assistant, which takes `duration` seconds."""

    duration: float


@dataclass(frozen=True, slots=True)
class StuckStep:
    """A contact that is stuck, closed or open, whatever the sitter does; None: it works again."""

    closed: bool | None


@dataclass(frozen=True, slots=True)
class DiskStep:
    """A disk that is full, or has room again; the state directory is on it."""

    full: bool


@dataclass(frozen=True, slots=True)
class StallStep:
    """A machine so busy that the daemon gets no turn for `duration` seconds."""

    duration: float


@dataclass(frozen=True, slots=True)
class DownStep:
    """An end of the daemon, which is back after `duration` seconds."""

    how: Literal["restart", "crash", "reboot"]
    duration: float
    synchronised: bool = True
    """After a reboot: whether the wall clock is right."""


@dataclass(frozen=True, slots=True)
class SuspendStep:
    """A sleep of the machine for `duration` seconds."""

    duration: float


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A jump of the wall clock by `by` seconds."""

    by: float


@dataclass(frozen=True, slots=True)
class SeatStep:
    """A fault of the seat's sensor, its bridge, or its messages."""

    what: Literal[
        "miss", "late", "repeat", "stale", "unretained", "retained", "battery", "down", "up"
    ]
    duration: float = 0.0
    """Seconds that the next change is late, or that the sensor has been silent for."""
    percent: int = 100
    """What is left in the battery."""


@dataclass(frozen=True, slots=True)
class EndStep:
    """The end of the simulation."""


Action = (
    PressStep | MatStep | StuckStep | LoopStep | ChatterStep | PublishStep | BrokerStep
    | HomeAssistantStep | DownStep | SuspendStep | StallStep | ClockStep | DiskStep | SeatStep
    | EndStep
)  # fmt: skip
WHILE_ASLEEP = (MatStep, StuckStep, LoopStep, ChatterStep, SeatStep, EndStep)
"""Actions that happen even while the machine sleeps."""


@dataclass(frozen=True, slots=True)
class Step:
    """An action, its moment in seconds since the start of the script, and its line number."""

    at: float
    action: Action
    line: int
