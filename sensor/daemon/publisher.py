"""Publishing: events and states are noted first, and then go to the broker and to the disk.

So a kill sends nothing twice. What the redo log cannot note is sent once the write that carries it
has come back. A disk that refuses, or has not answered for ten seconds, is not waited for.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from sensor.core.events import Effect, Refuse, Row, StorageIs, Tell, Write
from sensor.core.rules import Rules
from sensor.core.sitting import open_bout
from sensor.core.state import State
from sensor.daemon.checkpoints import Checkpoints
from sensor.daemon.inbox import Done, Inbox
from sensor.daemon.live_state import LiveState
from sensor.daemon.overrides import Overrides
from sensor.daemon.ports import MOST_WAITING, Clock, Gateway, Observer, heard_by
from sensor.daemon.redo import RedoLog
from sensor.settings.overrides import Refusal

LAST_WRITE = 5
"""Seconds at most that stopping waits for the last checkpoint before the farewell is sent."""


class _View(NamedTuple):
    """What the broker may be shown: the state as it was written, and what explains it."""

    state: State
    rules: Rules
    profile: str
    tells: int
    """How many of the events that wait were written with it: the first ones."""


class Publisher:
    """Collects the core's effects, has them written and sends them; restores earlier lives."""

    def __init__(  # noqa: PLR0913  (by name only)
        self,
        *,
        live: LiveState,
        overrides: Overrides,
        checkpoints: Checkpoints,
        redo: RedoLog,
        gateway: Gateway,
        observers: Sequence[Observer],
    ) -> None:
        self.news: list[Tell] = []
        """Events since the last turn, for the log."""
        live.take = self._take
        self._live = live
        self._overrides = overrides
        self._checkpoints = checkpoints
        self._redo = redo
        self._gateway = gateway
        self._note = heard_by(observers, "note")
        self._rows: deque[Row | Tell] = deque(maxlen=MOST_WAITING)
        self._tells: list[Tell] = []
        self._writing: _View | None = None

    @property
    def waits(self) -> bool:
        """Whether there are rows to write, and the disk is free."""
        return bool(self._rows) and not self._checkpoints.busy

    @property
    def next_at(self) -> float:
        """When there will be something to do even if nothing happens."""
        if self._holds:
            return self._checkpoints.next_at
        return min(self._checkpoints.next_at, self._gateway.next_at)

    def publish(self, now: float) -> None:
        """Hand what is new to the disk, and send what has been noted or written."""
        if self._writing is not None and not self._checkpoints.busy:
            self._show(*self._writing, now)  # before more is written, which takes its time again
            self._writing = None
        if self._tells and self._redo.note(now):
            self._send_all(now)
        self._save(now)
        self._tell(now)

    def write_last(self, clock: Clock, inbox: Inbox) -> None:
        """Write the last checkpoint and send what it carries; wait `LAST_WRITE` seconds at most."""
        if not self._checkpoints.has_saved:
            return  # it never started
        now, until = clock.now(), clock.now() + LAST_WRITE
        held = self._holds
        self._await_disk(clock, inbox, until)
        self._hand_over(now, last=True)  # behind what the disk is still at, if it must be
        self._await_disk(clock, inbox, until)
        if held:
            self._tell(now)

    # --- writing and telling ------------------------------------------------------------------

    def _take(self, effect: Effect) -> None:
        """Collect one effect of the core."""
        match effect:
            case Tell():
                self._tells.append(effect)
                self.news.append(effect)
                self._rows.append(effect)
            case Write(row):
                self._rows.append(row)
            case Refuse(reason):
                self._gateway.refuse(Refusal(reason))

    @property
    def _holds(self) -> bool:
        """Whether telling waits for a write that is under way."""
        return self._checkpoints.busy and not self._checkpoints.refuses

    @property
    def _view(self) -> _View:
        live = self._live
        return _View(live.state, live.rules, self._overrides.profile, len(self._tells))

    def _tell(self, now: float) -> None:
        """Send all that is new, unless a write that carries it is under way."""
        if not self._holds:
            self._send_all(now)

    def _send_all(self, now: float) -> None:
        self._writing = None  # what is told now must not be followed by something older
        live = self._live
        self._show(live.state, live.rules, self._overrides.profile, len(self._tells), now)

    def _show(self, state: State, rules: Rules, profile: str, tells: int, now: float) -> None:
        if tells:
            for tell in self._tells[:tells]:
                self._gateway.tell(tell, state, rules)
                for note in self._note:
                    note(now, "told", tell.event_type)
            del self._tells[:tells]
        self._gateway.show(state, now, rules, profile)

    def _save(self, now: float) -> None:
        """Hand over what is new while the disk is free, and apply what its answers bring."""
        self._checkpoints.look(now)
        self.note_storage(now)
        while self._checkpoints.is_due(self._rows, now):
            self._hand_over(now)
            self.recall(now)
            self.note_storage(now)
            if self._checkpoints.refuses:
                break

    def _hand_over(self, now: float, *, last: bool = False) -> None:
        view = self._view
        if self._checkpoints.save(self._rows, now, last=last):
            self._rows.clear()
            self._writing = view

    def _await_disk(self, clock: Clock, inbox: Inbox, until: float) -> None:
        while self._checkpoints.busy and clock.now() < until:
            message = clock.wait(inbox, until)
            if isinstance(message, Done):
                message.then()

    # --- remembering --------------------------------------------------------------------------

    def note_storage(self, now: float) -> None:
        """Let the state say whether the storage is a problem."""
        if self._checkpoints.fails is not self._live.state.storage_failed:
            self._live.apply(StorageIs(not self._checkpoints.fails), now)

    def recall(self, now: float) -> None:
        """Apply the checkpoints of earlier lives, as soon as they can be dated."""
        if self._checkpoints.redone:
            self._rows.extendleft(reversed(self._checkpoints.redone))
            self._checkpoints.redone = []
        while (recall := self._checkpoints.recall(now)) is not None:
            self._live.apply(recall, now)
            state = self._live.state
            bout = open_bout(state.sitting)
            if recall.past.told_seated and bout and bout.started_at < state.started_at:
                self._take_back_sitting_down()

    def _take_back_sitting_down(self) -> None:
        """Drop a `sat_down` that has not been sent yet: the bout of the earlier life goes on."""
        for tell in [tell for tell in self._tells if tell.event_type == "sat_down"][:1]:
            if tell in self._rows:
                self._rows.remove(tell)
                self._tells.remove(tell)
