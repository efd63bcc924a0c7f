"""What the daemon needs from the world; the adapters are in hardware/, mqtt/ and storage/.

Reading this page is reading all that the daemon can do to anything.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from sensor.core.events import Row, Tell
from sensor.core.instant import NEVER
from sensor.core.rules import Rules
from sensor.core.signals import Colour
from sensor.core.state import State
from sensor.core.words import Problem
from sensor.daemon.answer import ContactAnswer, LinkAnswer
from sensor.daemon.commands import Command
from sensor.daemon.inbox import Inbox, LoopRead, Message, NetworkMessage, Received
from sensor.daemon.memory import Memory, Remembered
from sensor.settings.overrides import Refusal

T = TypeVar("T")

as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Writes JSON as it is sent and noted; made once."""


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

        The second grows with each suspend, the third changes whenever the wall clock is set.
        """
        ...

    def synchronised(self) -> bool | None:
        """Whether the wall clock is known to be right; None: this machine does not tell."""
        ...

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Sleep until a message is there (returned) or `now()` reaches `until` (None)."""
        ...


class Publication(NamedTuple):
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
        return self.payload if isinstance(self.payload, str) else as_json(self.payload)


class Link(Protocol):
    """The link to the broker. It reconnects by itself for ever and reports through the inbox."""

    def open(self) -> None:
        """Start connecting; returns at once."""
        ...

    def publish(self, *publications: Publication) -> None:
        """Hand over messages that go together; without a connection they are dropped."""
        ...

    def alive(self) -> bool:
        """Whether the machinery behind still runs; a broker that is away is no fault."""
        ...

    def close(self, farewell: Publication | None = None) -> None:
        """Send `farewell` if connected (waiting at most 2 s), disconnect, stop. Idempotent."""
        ...


class Output(Protocol):
    """Something that is on or off: the buzzer."""

    def set(self, on: bool) -> None:
        """Drive it; repeating a level is harmless."""
        ...


class Lamp(Protocol):
    """The status LED."""

    @property
    def two_colours(self) -> bool:
        """Whether it can show amber; one colour tells by its rhythm instead."""
        ...

    def set(self, colour: Colour) -> None:
        """Show a colour; repeating one is harmless."""
        ...


MOST_WAITING = 10_000
"""Rows kept while the disk takes none, before and after they are handed to the store; about half a
year of sitting. The oldest are dropped first."""


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


class Scratch(Protocol):
    """One line of text that outlives the process, but not the boot. It never blocks."""

    def write(self, line: str) -> bool:
        """Put a line in the place of the last one; False: there is no such place."""
        ...

    def read(self) -> str:
        """Return the last line, of this process or of one before it; empty if there is none."""
        ...


class DiskJobs(Protocol):
    """Does what may block on the disk, one job after the other."""

    def do(self, job: Callable[[], T], then: Callable[[T], None] = ...) -> None:
        """Have the job done; `then` takes in its result, on the daemon's thread."""
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
    """Translates state and events to messages for the broker (`mqtt/gateway.py`)."""

    def open(self) -> None:
        """Start connecting; returns at once."""
        ...

    def alive(self) -> bool:
        """Whether the machinery behind still runs; a broker that is away is no fault."""
        ...

    def close(self) -> None:
        """Send the farewell if connected (waiting at most 2 s), disconnect. Idempotent."""
        ...

    @property
    def next_at(self) -> float:
        """When there will be something to say without anything having happened."""
        ...

    def take(self, message: NetworkMessage, at: float, rules: Rules) -> Command | None:
        """Take in a message of the link; return the command in it, if it is a sound one."""
        ...

    def status(self) -> LinkAnswer:
        """Return the state of the connection, for the status answer."""
        ...

    def forget(self) -> None:
        """Show the whole state again, changed or not."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Log why a command changes nothing, tell people, and show the truth to the client."""
        ...

    def tell(self, tell: Tell, state: State, rules: Rules) -> None:
        """Send an event, if there is a connection, together with what `show` has to say."""
        ...

    def show(self, state: State, now: float, rules: Rules, profile: str) -> None:
        """Publish all that is due."""
        ...


class Description(Protocol):
    """What Home Assistant is told of the chair, by discovery."""

    def payload(self, day_starts: time, announced: Mapping[str, str]) -> dict[str, Any]:
        """Describe the device and all of it; `announced` is what is remembered of the last time."""
        ...

    def platforms(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """Return component keys and platforms of a payload: what there is to remember of it."""
        ...

    def parting(
        self, payload: Mapping[str, Any], announced: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Make the payload that removes what is no more; None if all is there."""
        ...


class Observer:
    """Sees what the daemon does, and changes nothing: recording, diagnostics, systemd.

    An observer has the methods it needs; the others do nothing. All are called on the daemon's
    thread and must not wait. Moments are seconds of the daemon's clock.
    """

    longest_silence: float = NEVER
    """Seconds at most between two calls of `alive`; NEVER: none is waited for."""

    def began(self, clock: Clock, at: float, state: State, changed: Mapping[str, Any]) -> None:
        """A life has begun with this state and these settings changed from Home Assistant."""

    def ready(self) -> None:
        """Start-up is complete: the pins are open, the broker may be away."""

    def remembered(self, past: Memory | None) -> None:
        """The checkpoint of the life before has been read; None: there is none."""

    def took(self, message: Message, at: float, *, lost: int = 0) -> None:
        """A message is taken in. `lost`: number of this lost edge, found by a look; 0: it came."""

    def synchronised(self, known: bool, at: float) -> None:
        """The checkpoints asked whether the wall clock is known to be right."""

    def note(self, at: float, what: str, *values: Any) -> None:
        """Something else happened; `recording.py` has the words."""

    def status(self, line: str) -> None:
        """The state or its reason is another one now, in one line."""

    def turned(self, at: float) -> None:
        """A turn is over."""

    def alive(self) -> None:
        """The daemon is well: the loop turns, the pins were read, the network thread lives."""

    def stopping(self) -> None:
        """Shutdown has begun."""

    def ended(self, at: float) -> None:
        """The life is over."""


def heard_by(observers: Sequence[Observer], what: str) -> list[Callable[..., None]]:
    """Return this method of the observers that have it: a simulation has millions of turns."""
    none = getattr(Observer, what)
    return [getattr(each, what) for each in observers if getattr(type(each), what) is not none]


class ContactSource(Observer, ABC):
    """Where the mat's contact comes from: pins of this machine (`hardware/mat.py`) or elsewhere.

    Each change goes into the inbox: `ContactRead` for the contact, `LoopRead` for the tamper loop.
    A source that hears nothing of its sensor puts `LoopRead(closed=False)`, and
    `LoopRead(closed=True)` before the next `ContactRead`: not known is the same as unplugged.
    So sitting time is frozen, nothing alerts, and the chair is neither empty nor occupied.
    """

    name: str
    """What users call it, as in "watching the mat on GPIO5"."""
    topics: Mapping[str, Callable[[Received], None]] = MappingProxyType({})
    """MQTT topics it listens to, and what takes in a message; none for a source on pins.

    That the broker is away it learns as an observer, from `took`.
    """
    why: Problem | None = "unplugged"
    """Why the contact is not known, while it is not; None: it was not heard of yet."""
    next_at: float = NEVER
    """When time alone changes what is known, such as a silence that has lasted too long."""

    def overdue(self, now: float) -> Sequence[LoopRead]:
        """Return what time alone has changed by now, and take it for told."""
        del now
        return ()

    def __enter__(self) -> Self:
        """Begin to watch; a source that holds nothing has nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of all that is held."""

    @abstractmethod
    def contact_closed(self) -> bool | None:
        """Read the contact now: closed (pressed) or open; None: not known."""

    @abstractmethod
    def loop_closed(self) -> bool:
        """Read the tamper loop now; True where there is none."""

    def about(self) -> ContactAnswer:
        """Return what it says of itself, for `status`, doctor and setup."""
        return {"name": self.name}

    def measures(self) -> Mapping[str, Any]:
        """Return what it adds to the diagnostics."""
        return {}

    def read(self) -> tuple[bool | None, bool]:
        """Read the contact now, and whether it is known: else it counts as unplugged."""
        closed = self.contact_closed()
        return closed, self.loop_closed() and closed is not None
