"""The one way into the daemon: everything that happens is a message put here.

GPIO callbacks, the network thread and signal handlers do one `put`, nothing else. Messages
carry the moment they happened (`at`, seconds of the daemon's clock), so that a late daemon
gives the same result as a punctual one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any


@dataclass(frozen=True, slots=True)
class ContactRead:
    """The mat's contact is closed (pressed) or open."""

    closed: bool
    at: float


@dataclass(frozen=True, slots=True)
class LoopRead:
    """The tamper loop is closed (mat plugged in) or open (unplugged or broken)."""

    closed: bool
    at: float


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """The snooze button was pressed."""

    at: float


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker has accepted the connection and every subscription."""

    at: float


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection to the broker is gone, or an attempt failed; `reason` is for the log."""

    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker has a message that was sent with `Publication.confirm`."""

    topic: str
    at: float


@dataclass(frozen=True, slots=True)
class Received:
    """A message arrived on a subscribed topic."""

    topic: str
    payload: bytes
    retained: bool
    at: float


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the daemon to stop (SIGTERM, SIGINT, the end of a script)."""

    why: str
    at: float


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """Somebody on this machine wants to know how things are; `reply` never blocks or raises."""

    reply: Callable[[dict[str, Any]], None]
    at: float


Message = (
    ContactRead
    | LoopRead
    | ButtonPressed
    | Connected
    | Disconnected
    | Acknowledged
    | Received
    | StopAsked
    | StatusAsked
)


class Inbox:
    """A queue without limit that never blocks the one who puts (SimpleQueue is reentrant)."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Message | None] = SimpleQueue()

    def put(self, message: Message) -> None:
        """Add a message; safe from any thread, callback or signal handler."""
        self._queue.put_nowait(message)

    def nudge(self) -> None:
        """Let whoever waits, or looks next, go on without a message; as safe as `put`."""
        self._queue.put_nowait(None)

    def get(self, timeout: float | None = 0) -> Message | None:
        """Take the oldest message, waiting at most `timeout` seconds (None: until a nudge)."""
        if timeout == 0 and self._queue.empty():
            return None  # the usual case, without an exception
        try:
            return self._queue.get(timeout != 0, timeout)
        except Empty:
            return None

    def __bool__(self) -> bool:
        """Whether a message is waiting."""
        return not self._queue.empty()
