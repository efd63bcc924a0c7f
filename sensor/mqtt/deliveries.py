"""What is on its way to the broker on one connection, and what became of it."""

from collections import deque
from threading import Condition
from time import monotonic
from typing import NamedTuple

from sensor.daemon.ports import Publication
from sensor.mqtt.failures import UNACKNOWLEDGED, UNANSWERED, LinkError
from sensor.mqtt.limits import Limits

BACKLOG = 1000
"""Messages that may wait for the broker; with one more the connection is given up."""

PATIENCE = 20.0
"""Seconds for an acknowledgement; then its topic is sent without, not to hold up the others."""


class _Sent(NamedTuple):
    topic: str
    size: int
    """Of the packet, in bytes."""
    confirm: bool
    at: float
    """Of `monotonic`."""


class Deliveries:
    """Messages by their ids. Under the connection's lock, but for `settle` and adding to `outbox`.

    The lock is not taken to count what is owed, so a message is in two places before it is in none.
    """

    def __init__(self, limits: Limits) -> None:
        self.outbox: deque[Publication] = deque()
        """Messages that are to be sent."""
        self.unwritten = False
        """Whether the socket may not have taken all that has left the outbox."""
        self.answers = 0
        """Messages that the broker has acknowledged."""
        self.window = BACKLOG
        """Messages that the broker takes before it has acknowledged the first of them."""
        self._limits = limits
        self._settled = Condition()  # on `owed` and `_over`
        self._over = False
        self._sent: dict[int, _Sent] = {}
        self._late: dict[int, str] = {}  # topics of what is waited for no more

    @property
    def owed(self) -> int:
        """Messages taken and not yet acknowledged, or that were sent and may not be written."""
        return len(self.outbox) + len(self._sent) + self.unwritten

    @property
    def has_room(self) -> bool:
        """Whether the broker takes one more before it acknowledges another."""
        return len(self._sent) + len(self._late) < self.window

    def sent(self, mid: int, topic: str, size: int, *, confirm: bool, at: float) -> None:
        """Wait for the acknowledgement of a message."""
        self._sent[mid] = _Sent(topic, size, confirm, at)

    def wrote(self, *, all_of_it: bool) -> None:
        """Note, after each attempt to write, whether the socket has taken what was sent."""
        self.unwritten = not all_of_it
        if not self._sent:  # else an answer ends the waiting
            self._tell()

    def acknowledged(self, mid: int, refused: str | None) -> str | None:
        """Take in an acknowledgement, or a refusal; return the topic if that is to be confirmed."""
        late = self._late.pop(mid, None)
        if late is not None:
            self._limits.take(late)
            return None
        sent = self._sent.pop(mid, None)
        if sent is None:
            return None  # an answer to nothing
        self._tell()
        self.answers += 1
        if refused is not None:
            self._limits.refuse(sent.topic, f"the broker does not let us publish: {refused}")
            return None
        self._limits.take(sent.topic, sent.size)
        return sent.topic if sent.confirm else None

    def overdue(self) -> float:
        """Return when the oldest message has been waited for long enough, by `monotonic`."""
        return next((sent.at + PATIENCE for sent in self._sent.values()), float("inf"))

    def give_up_waiting(self) -> None:
        """Let what the broker does not acknowledge count as sent; its topic is told once.

        Raises LinkError if that is more than the broker takes at once.
        """
        while monotonic() >= self.overdue():
            mid = next(iter(self._sent))
            topic = self._late[mid] = self._sent.pop(mid).topic
            self._limits.refuse(topic, UNANSWERED.format(seconds=PATIENCE))
            self._tell()
        if len(self._late) >= self.window:
            raise LinkError(UNACKNOWLEDGED, count=len(self._late))

    def is_late(self, topic: str) -> bool:
        """Whether a message on this topic is waited for no more."""
        return bool(self._late) and topic in self._late.values()

    def unacknowledged(self) -> dict[str, int]:
        """Return the topics of what is on its way, and the sizes."""
        return {sent.topic: sent.size for sent in self._sent.values()}

    def settle(self, timeout: float) -> bool:
        """Wait, in any thread, until all that was taken is acknowledged; False: it was not."""
        with self._settled:
            self._settled.wait_for(lambda: self._over or not self.owed, timeout)
            return not self.owed

    def end(self) -> None:
        """Let nobody wait any longer: the connection is over."""
        with self._settled:
            self._over = True
            self._settled.notify_all()

    def _tell(self) -> None:
        with self._settled:
            self._settled.notify_all()
