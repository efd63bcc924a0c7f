"""The books of a fleet: what was sent, and what an independent witness has seen of it.

sent = received + under way + cut off + unwatched + lost. Cut off is what was under way when a
connection broke, and may be anywhere; unwatched is what was sent while the witness was away.
"""

from collections import deque
from time import monotonic

from sensor.daemon.ports import Publication

LATE = 10.0
"""Seconds after which a message that the witness has not seen counts as lost."""


class Account:
    """What was sent and what the witness has seen of it."""

    def __init__(self) -> None:
        self.sent = self.received = self.unwatched = self.cut = self.lost = 0
        self.delays: deque[float] = deque(maxlen=20_000)
        """Seconds from a chair to the witness, of the newest messages."""
        self.told: dict[str, str] = {}
        """The state that each chair has told last, by topic."""
        self.seen: dict[str, str] = {}
        """The state that the witness has seen last."""
        self._out: dict[str, deque[tuple[str, float]]] = {}
        self._owner: dict[str, str] = {}

    def send(self, publication: Publication, base: str, *, watched: bool) -> None:
        """A chair has handed a message to its connection."""
        self.sent += 1
        text = publication.text
        if publication.topic.endswith("/state"):
            self.told[publication.topic] = text
        if watched:
            self._owner[publication.topic] = base
            out = self._out.setdefault(publication.topic, deque())
            out.append((text, monotonic()))
        else:
            self.unwatched += 1

    def receive(self, topic: str, payload: str, *, retained: bool) -> None:
        """The witness has seen a message; a retained one is old, but tells the state."""
        if topic.endswith("/state"):
            self.seen[topic] = payload
        out = self._out.get(topic)
        if retained or not out or out[0][0] != payload:
            return  # the last will, or what a broken connection has already been blamed for
        self.received += 1
        self.delays.append(monotonic() - out.popleft()[1])

    def break_off(self, base: str = "") -> None:
        """A connection broke: what was under way on it may be anywhere."""
        for topic, out in self._out.items():
            if self._owner[topic].startswith(base):
                self.cut += len(out)
                out.clear()

    def settle(self) -> None:
        """Count as lost what should have come long ago."""
        before = monotonic() - LATE
        for out in self._out.values():
            while out and out[0][1] < before:
                out.popleft()
                self.lost += 1

    @property
    def under_way(self) -> int:
        """Messages that the witness may yet see."""
        return self.sent - self.received - self.cut - self.unwatched - self.lost

    @property
    def true_states(self) -> int:
        """Chairs whose retained state, as the witness has it, is what they told last."""
        return sum(self.seen.get(topic) == state for topic, state in self.told.items())
