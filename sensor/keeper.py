"""What outlives the daemon: when its state is written down, and what is made of it after a start.

The file itself is the store's business (`ports.Store`), the meaning of an absence the core's.
"""

import logging
from collections.abc import Sequence

from sensor.core.events import Row, Tell
from sensor.core.instant import NEVER, shifted
from sensor.core.recall import Recall
from sensor.core.rules import Rules
from sensor.core.sitting import Ignored, Seated
from sensor.core.state import State
from sensor.ports import Clock, Memory, Recorder, Store

log = logging.getLogger(__name__)

SAVE_EVERY = 60
"""Seconds between two checkpoints while somebody sits; half a break, if that is shorter: what was
not written when the daemon is killed counts as downtime, and must not look like a break."""
RETRY_EVERY = 10
"""Seconds between two attempts while the disk refuses."""
SYNC_PATIENCE = 120
"""Seconds to wait after a boot for the wall clock to be set right."""
SYNC_LOOK = 5
"""Seconds between two looks whether it has been."""


class Keeper:
    """Writes checkpoints, and remembers the last one of the life before."""

    def __init__(self, store: Store, clock: Clock, recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._recorder = recorder
        self._saved: State | None = None
        self._save_at = NEVER
        self._past: Memory | None = None
        self._past_until = NEVER
        self._give_up_at = 0.0
        self.clock_known = False
        """Whether the wall clock was known to be right when it was last asked about."""

    @property
    def next_at(self) -> float:
        """When there will be something to do even if nothing happens."""
        return min(self._save_at, self._past_until)

    @property
    def began_afresh(self) -> bool:
        """Whether an unreadable database was found and moved out of the way."""
        return self._store.was_set_aside

    def open(self, now: float) -> Memory | None:
        """Read what was remembered, if anything; `recall` says when it may be used."""
        self._give_up_at = now + SYNC_PATIENCE
        self.clock_known = self._clock.synchronised()
        self._past = self._store.open()
        return self._past

    def close(self) -> None:
        """Write no more."""
        self._store.close()

    def is_due(self, state: State, now: float) -> bool:
        """Whether a checkpoint should be written, if only because the last one is old."""
        old = self._saved
        return now >= self._save_at or not (
            old is not None
            and old.sitting is state.sitting
            and old.alert is state.alert
            and old.day is state.day
            and old.dnd_until == state.dnd_until
            and old.unplugged_at == state.unplugged_at
            and old.told_seated is state.told_seated
        )

    def save(self, state: State, rows: Sequence[Row | Tell], now: float, rules: Rules) -> bool:
        """Write a checkpoint, and rows with it; False while the disk refuses, which keeps them."""
        memory = Memory(
            state=state,
            at=now,
            wall=self._clock.wall(),
            boot_id=self._clock.boot_id,
            synchronised=self._synchronised(now),
        )
        well = self._store.save(memory, rows)
        self._saved = state
        again = min(SAVE_EVERY, rules.break_min / 2) if well else RETRY_EVERY
        sits = isinstance(state.sitting, Seated | Ignored)
        self._save_at = now + again if sits or not well else NEVER
        return well

    @property
    def remembers(self) -> bool:
        """Whether there is something that nothing may overwrite yet."""
        return self._past is not None

    @property
    def has_saved(self) -> bool:
        """Whether anything was written in this life."""
        return self._saved is not None

    def recall(self, state: State, now: float) -> Recall | None:
        """Give what was remembered, once, as soon as it is known how long the daemon was away."""
        past = self._past
        if past is None:
            return None
        same_boot = past.boot_id == self._clock.boot_id
        known = same_boot or (past.synchronised and self._synchronised(now))
        if not known and past.synchronised and now < self._give_up_at:
            # A Pi has no clock of its own: after a boot it takes a while until it is set.
            self._past_until = min(now + SYNC_LOOK, self._give_up_at)
            return None
        moved = 0.0 if same_boot else (past.wall - past.at) - state.wall_offset
        stopped_at = past.at + moved
        certain = known and stopped_at <= state.started_at
        if not certain:
            log.info("it is not known how long the daemon was away: starting afresh")
        self._past, self._past_until = None, NEVER
        return Recall(shifted(past.state, moved), stopped_at, certain, self._synchronised(now))

    def _synchronised(self, now: float) -> bool:
        known = self.clock_known = self._clock.synchronised()
        self._recorder.synchronised(known, now)
        return known
