"""The steps of a script: each an action, as data, and its moment."""

from typing import Literal, NamedTuple


class PressStep(NamedTuple):
    """A press of the snooze button."""


class MatStep(NamedTuple):
    """The sitter's press on the mat: closed, or let go."""

    closed: bool


class LoopStep(NamedTuple):
    """The plug of the mat: pushed in (the tamper loop closes) or pulled."""

    closed: bool


class ChatterStep(NamedTuple):
    """A flickering contact for `duration` seconds, closed for the share `duty` (0-1) of it."""

    duration: float
    duty: float


class PublishStep(NamedTuple):
    """A message of another client on `<base>/<subtopic>`."""

    subtopic: str
    payload: str


class BrokerStep(NamedTuple):
    """A connection that is possible (up) or cut."""

    up: bool
    delay: float = 0.0
    """Seconds that each message of the daemon takes."""
    refuses: bool = False
    """Whether the broker cuts the connection and refuses the daemon's password."""


class HomeAssistantStep(NamedTuple):
    """A restart of Home Assistant, which takes `duration` seconds."""

    duration: float


class StuckStep(NamedTuple):
    """A contact that is stuck, closed or open, whatever the sitter does; None: it works again."""

    closed: bool | None


class DiskStep(NamedTuple):
    """A disk that is full, or has room again; the state directory is on it."""

    full: bool


class StallStep(NamedTuple):
    """A machine so busy that the daemon gets no turn for `duration` seconds."""

    duration: float


class DownStep(NamedTuple):
    """An end of the daemon, which is back after `duration` seconds."""

    how: Literal["restart", "crash", "reboot"]
    duration: float
    synchronised: bool = True
    """After a reboot: whether the wall clock is right."""


class SuspendStep(NamedTuple):
    """A sleep of the machine for `duration` seconds."""

    duration: float


class ClockStep(NamedTuple):
    """A jump of the wall clock by `by` seconds."""

    by: float


class SeatStep(NamedTuple):
    """A fault of the seat's sensor, its bridge, or its messages."""

    what: Literal[
        "miss", "late", "repeat", "stale", "unretained", "retained", "battery", "down", "up"
    ]
    duration: float = 0.0
    """Seconds that the next change is late, or that the sensor has been silent for."""
    percent: int = 100
    """What is left in the battery."""


class EndStep(NamedTuple):
    """The end of the simulation."""


Action = (
    PressStep | MatStep | StuckStep | LoopStep | ChatterStep | PublishStep | BrokerStep
    | HomeAssistantStep | DownStep | SuspendStep | StallStep | ClockStep | DiskStep | SeatStep
    | EndStep
)  # fmt: skip
WHILE_ASLEEP = (MatStep, StuckStep, LoopStep, ChatterStep, SeatStep, EndStep)
"""Actions that happen even while the machine sleeps."""


class Step(NamedTuple):
    """An action, its moment in seconds since the start of the script, and its line number."""

    at: float
    action: Action
    line: int
