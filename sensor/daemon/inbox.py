"""The one way into the daemon: everything that happens is a message put here.

GPIO callbacks, the network's and the disk's thread and signal handlers do one `put`, nothing else.
Messages carry the moment they happened (`at`, seconds of the daemon's clock), so that a late
daemon gives the same result as a punctual one.
"""

from collections import deque
from collections.abc import Callable, Collection
from itertools import chain
from queue import Empty, SimpleQueue
from threading import Lock
from typing import NamedTuple

from sensor.core.words import Problem
from sensor.daemon.answer import Now
from sensor.errors import ChairSensorError


class ContactRead(NamedTuple):
    """The mat's contact is closed (pressed) or open."""

    closed: bool
    at: float


class LoopRead(NamedTuple):
    """The tamper loop is closed (mat plugged in) or open: unplugged, broken, or not heard of."""

    closed: bool
    at: float
    why: Problem | None = "unplugged"
    """Why the contact is not known; None: it has not been heard of since the start."""


class BatteryRead(NamedTuple):
    """The battery of the seat's sensor is low, or is not any more."""

    low: bool
    at: float


class ButtonPressed(NamedTuple):
    """The snooze button was pressed."""

    at: float


class Connected(NamedTuple):
    """The broker has accepted the connection and every subscription."""

    at: float


class Disconnected(NamedTuple):
    """The connection to the broker is gone, or an attempt failed; `reason` is for the log."""

    reason: str
    at: float
    error: ChairSensorError | None = None
    """The reason in its parts; None: it has none."""


class Acknowledged(NamedTuple):
    """The broker has a message that was sent with `Publication.confirm`."""

    topic: str
    at: float


class Received(NamedTuple):
    """A message arrived on a subscribed topic."""

    topic: str
    payload: bytes
    retained: bool
    at: float


class StopAsked(NamedTuple):
    """The daemon is to stop (SIGTERM, SIGINT, the end of a script); `why` is for the log."""

    why: str
    at: float


class StatusAsked(NamedTuple):
    """`chair-sensor status` or another client on this machine asks; `reply` never blocks."""

    reply: Callable[[Now], None]
    at: float


class Done(NamedTuple):
    """The disk thread has finished a job; `then` takes its result in, on the daemon's thread."""

    then: Callable[[], None]
    at: float


NetworkMessage = Connected | Disconnected | Acknowledged | Received
"""What the link puts here."""
Message = (
    ContactRead
    | LoopRead
    | BatteryRead
    | ButtonPressed
    | NetworkMessage
    | StopAsked
    | StatusAsked
    | Done
)

BACKLOG = 1000
"""Messages of the broker that may wait; with one more the oldest is dropped and counted."""


class Inbox:
    """A queue that never blocks on `put`. Everything overtakes the messages of the network.

    A sitter who gets up must not wait behind a thousand commands. Only messages that the broker
    delivers are ever dropped.
    """

    def __init__(self) -> None:
        self.dropped = 0
        """Messages of the broker that found no room, since the start."""
        self.spared: Collection[str] = ()
        """Topics that tell who sits: what comes on others is dropped first."""
        self._urgent: deque[Message] = deque()
        self._network: deque[Message] = deque()
        self._lock = Lock()  # on the network's news, which no signal handler brings
        # One token for each message or nudge: SimpleQueue is reentrant, which signals need.
        self._tokens: SimpleQueue[None] = SimpleQueue()

    def put(self, message: Message) -> None:
        """Add a message; safe from any thread, callback or signal handler."""
        match message:
            case Received() | Connected() | Disconnected() | StatusAsked():
                if not self._add_news(message):
                    return
            case _:
                self._urgent.append(message)
        self._tokens.put_nowait(None)

    def _add_news(self, message: Message) -> bool:
        """Add a message of the network; return False if it takes the token of a dropped one."""
        with self._lock:
            self._network.append(message)
            if len(self._network) <= BACKLOG:
                return True
            received = (old for old in self._network if isinstance(old, Received))
            others = (
                old
                for old in self._network
                if isinstance(old, Received) and old.topic not in self.spared
            )
            self._network.remove(next(chain(others, received), message))
            self.dropped += 1
            return False

    def nudge(self) -> None:
        """End the present `get`, or the next one, without a message; as safe as `put`."""
        self._tokens.put_nowait(None)

    def get(self, timeout: float | None = 0) -> Message | None:
        """Take the next message, waiting at most `timeout` seconds (None: until a nudge)."""
        if timeout == 0 and self._tokens.empty():
            return None  # the usual case, without an exception
        try:
            self._tokens.get(timeout != 0, timeout)
        except Empty:
            return None
        if self._urgent:
            return self._urgent.popleft()
        with self._lock:
            return self._network.popleft() if self._network else None  # None: it was a nudge

    @property
    def has_urgent(self) -> bool:
        """Whether a message is waiting that is not the network's: an edge, perhaps."""
        return bool(self._urgent)

    def __bool__(self) -> bool:
        """Whether a message is waiting."""
        return not self._tokens.empty()
