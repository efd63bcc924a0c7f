"""What the daemon needs from the world, as protocols; adapters are in hardware/, mqtt/, storage/.

Reading this page is reading all that the daemon can do to anything.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import Enum
from typing import Any, Final, Literal, Protocol, TypeVar

from sensor.core.events import Row, Tell
from sensor.core.rules import Rules
from sensor.core.signals import Colour
from sensor.core.state import State
from sensor.daemon.answer import LinkAnswer
from sensor.daemon.commands import Command
from sensor.daemon.inbox import Inbox, Message, Received

T = TypeVar("T")

_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once


class Clock(Protocol):
    """Time, injected: the machine's (`clock.py`) or a simulated one (`simulator/clock.py`)."""

    boot_id: str
    """Changes with every boot of the machine."""

    def now(self) -> float:
        """Seconds since boot, suspend included (CLOCK_BOOTTIME); all deadlines are in it."""
        ...

    def wall(self) -> float:
        """Unix time in seconds; a label that may jump."""
        ...

    def read(self) -> tuple[float, float, float]:
        """Return `now`, and what it is ahead of CLOCK_MONOTONIC, and what `wall` is ahead of it.

        The second grows with each suspend, the third with each time that somebody sets the clock.
        """
        ...

    def synchronised(self) -> bool | None:
        """Whether the wall clock is known to be right; None: nobody may be asked."""
        ...

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Sleep until a message is there (returned) or `now()` reaches `until` (None)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One MQTT message to send."""

    topic: str
    payload: str | Mapping[str, object]
    """Text, or an object that goes out as JSON."""
    qos: int = 1
    retain: bool = False
    confirm: bool = False
    """Whether the inbox is to hear (`Acknowledged`) that the broker has it."""

    @property
    def text(self) -> str:
        """The payload as it is sent."""
        return self.payload if isinstance(self.payload, str) else _as_json(self.payload)


class Link(Protocol):
    """The way to the broker. It connects by itself for ever and reports through the inbox."""

    @property
    def reconnects(self) -> int:
        """How often a connection was made anew after the first one."""
        ...

    @property
    def last_heard(self) -> float | None:
        """When the broker last sent anything, by the daemon's clock; None: never."""
        ...

    @property
    def refused(self) -> Mapping[str, str]:
        """Topics that the broker does not take, each with the reason."""
        ...

    def open(self) -> None:
        """Start connecting; returns at once."""
        ...

    def publish(self, publication: Publication) -> None:
        """Hand over one message; without a connection it is dropped, never queued."""
        ...

    def alive(self) -> bool:
        """Whether the machinery behind still runs; a broker that is away is no fault."""
        ...

    def close(self, farewell: Publication | None = None) -> None:
        """Send `farewell` if connected (waiting at most 2 s), disconnect, stop. Idempotent."""
        ...


class Seat(Protocol):
    """The mat, and the tamper loop where there is one; changes arrive in the inbox."""

    def contact_closed(self) -> bool:
        """Read the level of the mat's pin now."""
        ...

    def loop_closed(self) -> bool:
        """Read the tamper loop now; True where there is none."""
        ...


class Output(Protocol):
    """Something that is on or off: the buzzer."""

    def set(self, on: bool) -> None:
        """Drive it; repeating a level is harmless."""
        ...


class Lamp(Protocol):
    """The status LED."""

    def set(self, colour: Colour) -> None:
        """Show a colour; repeating one is harmless."""
        ...


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
    """What an earlier life left, while the clock that dates it is still waited for."""
    resumed_at: float | None = None
    """When watching began again after `before`, in seconds since boot."""


class _Unread(Enum):
    NOT_YET = "not yet"


NOT_YET: Final = _Unread.NOT_YET
"""What is remembered cannot be read now, which is not the same as nothing being remembered."""

Remembered = Memory | Literal[_Unread.NOT_YET] | None


class Store(Protocol):
    """The live state and the history. A failing disk is told by a value, never raised.

    Every call may block for as long as the disk likes: see `DiskJobs`.
    """

    was_set_aside: bool
    """Something that was remembered could not be used: an unreadable database, or a checkpoint
    on which the daemon died."""

    def open(self) -> Remembered:
        """Return what was remembered, None for nothing; NOT_YET: the disk refuses, try again."""
        ...

    def save(self, memory: Memory, rows: Sequence[Row | Tell]) -> bool:
        """Write both in one transaction; False: refused, the rows are kept for the next time.

        Nothing is written over what has not been read: before `open` has answered it refuses.
        """
        ...

    def died(self) -> None:
        """Note that the daemon ends of an error: a checkpoint may be the cause."""
        ...

    def close(self) -> None:
        """Close the file. Idempotent."""
        ...


class DiskJobs(Protocol):
    """Does what may block on the disk, one job after the other."""

    def do(self, job: Callable[[], T], then: Callable[[T], None] = ...) -> None:
        """Have the job done; `then` takes in its result, on the daemon's thread."""
        ...

    def close(self, patience: float) -> bool:
        """Wait at most `patience` seconds for the jobs that are left; False: some are not done."""
        ...


class ChangedStore(Protocol):
    """The settings changed from Home Assistant."""

    def load(self) -> object:
        """Return what was kept, unchecked; None for nothing."""
        ...

    def save(self, values: Mapping[str, Any]) -> bool:
        """Keep the values; False: refused, to be tried again."""
        ...


Announcement = dict[str, dict[str, str]]
"""Retained topics; for a description its component keys, and their platforms."""


class Gateway(Protocol):
    """The broker's picture of the chair: what is said there, and when (`mqtt/gateway.py`)."""

    @property
    def next_at(self) -> float:
        """When there will be something to say without anything having happened."""
        ...

    def connected(self, now: float, rules: Rules) -> None:
        """Greet the broker; the state follows with the next `show`."""
        ...

    def disconnected(self, reason: str) -> None:
        """Say nothing until the broker is back."""
        ...

    def acknowledged(self, topic: str) -> None:
        """Take note that the broker has a message that was to be confirmed."""
        ...

    def status(self) -> LinkAnswer:
        """Tell how the conversation goes, for those who ask on this machine."""
        ...

    def forget(self) -> None:
        """Show the whole state again, changed or not."""
        ...

    def listen(self, message: Received) -> Command | None:
        """Return the command in an incoming message; a bad message is logged."""
        ...

    def refuse(self, reason: str) -> None:
        """Log why a command changes nothing, and show the truth to the client."""
        ...

    def tell(self, tell: Tell, state: State, rules: Rules) -> None:
        """Send an event, if there is a connection."""
        ...

    def show(self, state: State, now: float, rules: Rules, profile: str) -> None:
        """Publish all that is due."""
        ...


class Description(Protocol):
    """What Home Assistant is told of the chair, by discovery."""

    def payload(self, day_starts: time) -> dict[str, Any]:
        """Describe the device and all of it."""
        ...

    def platforms(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """Return component keys and platforms of a payload: what there is to remember of it."""
        ...

    def parting(
        self, payload: Mapping[str, Any], announced: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Make the payload that removes what is no more; None if all is there."""
        ...


class AnnouncedStore(Protocol):
    """What the broker was told to retain, over restarts, upgrades and other settings."""

    def load(self) -> Announcement:
        """Return what was kept; nothing if that is unknown."""
        ...

    def save(self, announced: Announcement) -> object:
        """Keep it, if that is possible."""
        ...


class Health(Protocol):
    """Who wants to know how the daemon is: systemd, or nobody."""

    watchdog_interval: float | None
    """Seconds at most between two calls of `watchdog`; None: nobody waits."""

    def ready(self) -> None:
        """Start-up is complete."""
        ...

    def status(self, text: str) -> None:
        """Say how things are, in one line."""
        ...

    def watchdog(self) -> None:
        """The daemon is well."""
        ...

    def stopping(self) -> None:
        """Shutdown has begun."""
        ...


class Recorder(Protocol):
    """Who takes down what reaches the chair, or nobody. Moments are those of the daemon's clock."""

    def began(self, clock: Clock, at: float, state: State, changed: Mapping[str, Any]) -> None:
        """A life has begun with these levels and changed settings."""
        ...

    def remembered(self, past: Memory | None) -> None:
        """What the life before has left has been read."""
        ...

    def took(self, message: Message, at: float) -> None:
        """A message was taken in, or an edge that got lost was found."""
        ...

    def synchronised(self, known: bool, at: float) -> None:
        """Somebody asked whether the wall clock is known to be right."""
        ...

    def note(self, at: float, what: str, *values: Any) -> None:
        """Something else happened; `recording.py` has the words."""
        ...

    def turned(self, at: float) -> None:
        """A turn is over."""
        ...

    def ended(self, at: float) -> None:
        """The life is over."""
        ...
