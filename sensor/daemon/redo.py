"""The redo log: what has happened since the last checkpoint, noted before anything is told of it.

An event goes to the broker before the disk has it, which may take seconds. After a kill in between
the next life would tell the event again. So what has led to it is noted first in a place that
outlives the process and never waits (`ports.Scratch`). The next life feeds it to the core on top of
the checkpoint: the same state comes out, with the same ids and rows, and nothing is told twice.
"""

import json
from dataclasses import replace
from typing import Any, get_args

from sensor.core import chair
from sensor.core.events import ClockSet, Effect, Input, RulesAre
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.daemon.memory import Memory
from sensor.daemon.ports import Scratch, as_json

LONGEST = 200
"""Entries; with more of them telling waits for the disk."""
SAVED, BEYOND = "saved", "beyond"
"""Names of entries: a checkpoint was handed over, something was taken in that is not noted.

All others are inputs of the core, by their class."""
_TOO_MUCH = (RulesAre, ClockSet)
"""All other rules, and a clock that was set: rows from before it are labelled by the old one."""
_INPUTS: dict[str, Any] = {each.__name__: each for each in get_args(Input) if each not in _TOO_MUCH}


class RedoLog:
    """Each entry is a moment of the daemon's clock, a name, and the values of an input."""

    def __init__(self, scratch: Scratch, boot_id: str) -> None:
        self._scratch = scratch
        self._boot_id = boot_id
        self._since: float | None = None  # when the checkpoint was made on which the entries follow
        self._entries: list[list[Any]] = []

    def took(self, happening: Input | Recall, at: float) -> None:
        """Add an input of the core, or that something was too much to be noted."""
        name = type(happening).__name__
        if name in _INPUTS and len(self._entries) < LONGEST:
            self._entries.append([at, name, *happening])
        elif not self._entries or self._entries[-1][1] != BEYOND:
            self._entries.append([at, BEYOND])

    def saving(self, at: float) -> None:
        """Add that a checkpoint of this moment is handed to the disk."""
        self._entries.append([at, SAVED])

    def saved(self, *, well: bool) -> None:
        """Take in what became of the oldest such job: drop what the disk has."""
        job = next(n for n, entry in enumerate(self._entries) if entry[1] == SAVED)
        if well:
            self._since = self._entries[job][0]
            del self._entries[: job + 1]
        else:
            del self._entries[job]

    def note(self, now: float) -> bool:
        """Note all that has happened until now; False: it cannot be noted, wait for the disk."""
        if self._since is None or any(entry[1] == BEYOND for entry in self._entries):
            return False
        return self._scratch.write(as_json([self._boot_id, self._since, self._entries, now]))

    def redone(self, memory: Memory, rules: Rules) -> tuple[Memory, list[Effect]]:
        """Return a checkpoint with all that a killed life has noted on top, and the effects."""
        try:
            boot_id, since, entries, until = json.loads(self._scratch.read())
            begins = [0] * (since == memory.at)
            begins += [n for n, entry in enumerate(entries) if entry == [memory.at, SAVED]]
            if not boot_id == memory.boot_id == self._boot_id or not begins:
                return memory, []
            state, effects = memory.state, []
            for at, name, *values in entries[begins[-1] :]:
                if name != SAVED:
                    state, more = chair.step(state, _INPUTS[name](*values), at, rules)
                    effects += more
            state, more = chair.advance(state, until, rules)
        except (ValueError, TypeError, LookupError):  # nothing was noted, or by another version
            return memory, []
        wall = until + state.wall_offset
        return replace(memory, state=state, at=until, wall=wall), effects + more
