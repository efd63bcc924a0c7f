"""Checkpoints: when the state is written, and the wait for disk and clock after a start.

The file itself is the store's business (`ports.Store`), the meaning of an absence the core's.
Writing and reading happen on the disk's thread (`ports.DiskJobs`), one job at a time: what is new
meanwhile goes with the next one. Changed settings go along with any job, until they are written.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sensor.core.events import Refuse, Row, Tell, Write
from sensor.core.instant import NEVER, following, shifted
from sensor.core.restore import Recall
from sensor.core.sitting import Ignored, Seated
from sensor.core.state import State
from sensor.daemon.live_state import LiveState
from sensor.daemon.memory import NOT_YET, Memory, Remembered
from sensor.daemon.ports import ChangedStore, Clock, DiskJobs, Observer, Store
from sensor.daemon.redo import RedoLog

log = logging.getLogger(__name__)

T = TypeVar("T")

SAVE_EVERY = 60
"""Seconds between two checkpoints while somebody sits; half a break, if that is shorter: what was
not written when the daemon is killed counts as downtime, and must not look like a break."""
RETRY_EVERY = 10
"""Seconds between two attempts while the disk refuses."""
ANSWER_WITHIN = 10
"""Seconds after which a disk that has not answered counts as failing."""
SYNC_PATIENCE = 120
"""Seconds to wait after a boot for the wall clock to be set right."""
SYNC_LOOK = 5
"""Seconds between two looks whether it has been."""


FROM_MEMORY = "counting goes on from memory"


class Checkpoints:
    """Writes checkpoints and changed settings, and remembers the last life's checkpoint."""

    def __init__(  # noqa: PLR0913  (by name only)
        self,
        *,
        store: Store,
        changed: ChangedStore,
        disk: DiskJobs,
        clock: Clock,
        live: LiveState,
        redo: RedoLog,
        observers: Sequence[Observer],
    ) -> None:
        self.busy = False
        """A job is with the disk: nothing is known yet of what it carries."""
        self.refuses = False
        """The disk took nothing the last time, or has not answered for too long."""
        self.redone: list[Row | Tell] = []
        """Rows of a killed life that it had no more time to write."""
        self._store = store
        self._changed = changed
        self._disk = disk
        self._clock = clock
        self._live = live
        self._redo = redo
        self._observers = observers
        self._known = False  # whether the store has said what it remembers
        self._saved: State | None = None
        self._unkept: Mapping[str, Any] | None = None  # changed settings, to be written
        self._keep_at = 0.0  # when to try that, if no other job does
        self._tried = 0  # rows that waited when the disk last refused to be read
        self._save_at = NEVER
        self._overdue_at = NEVER
        self._past: Memory | None = None
        self._past_until = NEVER
        self._resumed_at: float | None = None
        self._give_up_at = 0.0
        self.clock_known = False
        """Whether the wall clock was known to be right when it was last asked about."""

    @property
    def next_at(self) -> float:
        """When there will be something to do even if nothing happens."""
        free = min(self._save_at, NEVER if self._unkept is None else self._keep_at)
        return min(self._overdue_at if self.busy else free, self._past_until)

    @property
    def fails(self) -> bool:
        """Whether the storage is a problem: it refuses, or something remembered was left out."""
        return self.refuses or self._store.was_set_aside

    @property
    def has_saved(self) -> bool:
        """Whether anything was written in this life."""
        return self._saved is not None

    def open(self, now: float) -> None:
        """Begin to read what was remembered; `recall` says when it may be used."""
        self._give_up_at = now + SYNC_PATIENCE
        self.clock_known = bool(self._clock.synchronised())
        self._ask(now, self._store.open, self._opened)

    def close(self) -> None:
        """Write no more."""
        self._disk.do(self._store.close)

    def died(self) -> None:
        """Note an end that the last checkpoint may have caused, and write no other over it."""
        self._saved = None
        self._disk.do(self._store.died)

    def keep(self, settings: Mapping[str, Any]) -> None:
        """Take changed settings along with the next job."""
        self._unkept = settings

    def look(self, now: float) -> None:
        """Notice that the disk does not answer."""
        if self.busy and now >= self._overdue_at:
            self._overdue_at = NEVER
            if not self.refuses:
                log.error("the disk has not answered for %d s; %s", ANSWER_WITHIN, FROM_MEMORY)
            self.refuses = True

    def is_due(self, rows: Sequence[Row | Tell], now: float) -> bool:
        """Whether there is something to read or to write, and the disk is free for it."""
        if self.busy:
            return False
        if self._unkept is not None and now >= self._keep_at:
            return True
        if not self._known:
            return now >= self._save_at or len(rows) > self._tried
        return bool(rows) or self._is_old(now)

    def save(self, rows: Sequence[Row | Tell], now: float, *, last: bool = False) -> bool:
        """Hand over a checkpoint, rows and changed settings; False: first the disk is read."""
        if not self._known:
            self._tried = len(rows)
            self._ask(now, self._store.open, self._opened)
            return False
        memory = None
        if last or rows or self._is_old(now):
            state, rules = self._live.state, self._live.rules
            memory = self._memory(state, now)
            self._redo.saving(now)
            self._saved = state
            sits = isinstance(state.sitting, Seated | Ignored)
            every = min(SAVE_EVERY, rules.break_min / 2)
            self._save_at = following(now, every, state.started_at) if sits else NEVER
        self._ask(now, partial(self._write, memory, tuple(rows)), self._written)
        return True

    def recall(self, now: float) -> Recall | None:
        """Give what was remembered, once, as soon as it is known how long the daemon was away."""
        past = self._past
        if past is None:
            return None
        state = self._live.state
        same_boot = past.boot_id == self._clock.boot_id
        known = same_boot or (past.synchronised and self._synchronised(now))
        waits = past.synchronised and past.before is None and now < self._give_up_at
        if not known and waits:
            # A Pi has no clock of its own: after a boot it takes a while until it is set.
            self._past_until = min(now + SYNC_LOOK, self._give_up_at)
            return None
        moved = 0.0 if same_boot else (past.wall - past.at) - state.wall_offset
        stopped_at = past.at + moved
        resumed_at = state.started_at if self._resumed_at is None else self._resumed_at
        certain = known and stopped_at <= resumed_at
        if not certain:
            log.info("it is not known how long the daemon was away: starting afresh")
        self._past, self._past_until = past.before, NEVER
        self._resumed_at = None if past.resumed_at is None else past.resumed_at + moved
        remembered = replace(past.state, wall_offset=past.state.wall_offset - moved)
        return Recall(
            shifted(remembered, moved),
            stopped_at,
            certain,
            resumed_at,
            clock_known=self._synchronised(now),
        )

    # --- with the disk ------------------------------------------------------------------------

    def _ask(self, now: float, job: Callable[[], T], then: Callable[[T], None]) -> None:
        """Give the disk a job, and the changed settings with it."""
        self.busy, self._overdue_at = True, now + ANSWER_WITHIN
        settings, self._unkept = self._unkept, None
        self._disk.do(partial(self._do, settings, job), partial(self._done, settings, then))

    def _do(self, settings: Mapping[str, Any] | None, job: Callable[[], T]) -> tuple[bool, T]:
        """Be the job: return whether no settings are left to be written, and what the job gives."""
        return settings is None or self._changed.save(settings), job()

    def _done(
        self, settings: Mapping[str, Any] | None, then: Callable[[T], None], answer: tuple[bool, T]
    ) -> None:
        self.busy = False
        kept, result = answer
        if not kept:
            self._keep_at = self._clock.now() + RETRY_EVERY
            if self._unkept is None:  # no newer ones
                self._unkept = settings
        then(result)

    def _opened(self, answer: Remembered) -> None:
        self.refuses = answer is NOT_YET
        if answer is NOT_YET:
            self._save_at = self._clock.now() + RETRY_EVERY
            return
        if answer is not None:
            answer, effects = self._redo.redone(answer, self._live.rules)
            rows = (each.row if isinstance(each, Write) else each for each in effects)
            self.redone = [row for row in rows if not isinstance(row, Refuse)]
        self._known, self._save_at, self._past = True, NEVER, answer
        for each in self._observers:
            each.remembered(answer)

    def _write(self, memory: Memory | None, rows: Sequence[Row | Tell]) -> bool | None:
        """Be the job: return whether the store took its part, None if it had none."""
        return None if memory is None else self._store.save(memory, rows)

    def _written(self, well: bool | None) -> None:
        if well is not None:
            self._redo.saved(well=well)
            self.refuses = not well
        if well is False:
            self._save_at = self._clock.now() + RETRY_EVERY

    def _memory(self, state: State, now: float) -> Memory:
        resumed_at = state.started_at if self._resumed_at is None else self._resumed_at
        return Memory(
            state=state,
            at=now,
            wall=self._clock.wall(),
            boot_id=self._clock.boot_id,
            synchronised=self._synchronised(now),
            before=self._past,
            resumed_at=None if self._past is None else resumed_at,
        )

    def _is_old(self, now: float) -> bool:
        """Whether the last checkpoint no longer tells enough, if only for its age."""
        old, state = self._saved, self._live.state
        return now >= self._save_at or not (
            old is not None
            and old.sitting is state.sitting
            and old.alert is state.alert
            and old.day is state.day
            and old.dnd_until == state.dnd_until
            and old.unplugged_at == state.unplugged_at
            and old.told_seated is state.told_seated
        )

    def _synchronised(self, now: float) -> bool:
        known = self.clock_known = bool(self._clock.synchronised())
        for each in self._observers:
            each.synchronised(known, now)
        return known
