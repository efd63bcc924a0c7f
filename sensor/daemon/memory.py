"""What is remembered of a life of the daemon: its last checkpoint."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from sensor.core.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A checkpoint: the chair's state, and what the clocks said then."""

    state: State
    at: float
    """Seconds since boot, suspend included."""
    wall: float
    """Unix time, seconds."""
    boot_id: str
    synchronised: bool
    """Whether the wall clock was known to be right."""
    before: "Memory | None" = None
    """The checkpoint of an earlier life, while the clock that dates it is still waited for."""
    resumed_at: float | None = None
    """When watching began again after `before`, in seconds since boot."""


class _Unread(Enum):
    NOT_YET = "not yet"


NOT_YET: Final = _Unread.NOT_YET
"""What is remembered cannot be read now, which is not the same as nothing being remembered."""

Remembered = Memory | Literal[_Unread.NOT_YET] | None
