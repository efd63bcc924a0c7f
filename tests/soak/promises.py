"""What must be so after every single thing that happens, whatever has gone wrong before."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from sensor.core import chair, sitting
from sensor.core.sitting import Ignored, Seated
from sensor.core.state import Due
from sensor.daemon.ports import Publication
from sensor.simulator.simulation import AFTERMATH, World

HAIR = 0.01
"""Seconds that floats and rounded labels may be off."""
TESTED = 0.5
"""Seconds that the two chirps of a test last."""
AN_INTERRUPTION = 300.0
"""Seconds that an interruption may add (it was short, and counts) or cost (nobody knows): a break
at most."""
AN_EDGE = 10.0
"""Seconds that an edge may take to be believed; short absences and presses vanish in it."""
LATE = {
    "contact_closed",
    "sitting_seconds",
    "chair_seconds",
    "coverage_seconds",
    "prolonged_share",
    "break_progress",
}
"""Keys of the state that may be told late: they move with time alone, or with a fidgety mat. All
others are told at once."""


class BrokenPromiseError(AssertionError):
    """Something that never happens has happened."""


class Promises:
    """Looks at a world from outside and at the daemon in it from inside."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: Counter[str] = Counter()
        self._checks = 0
        self._shown: dict[str, Any] = {}
        self._compared: tuple[object, object] = (None, None)
        self._opened_at = 0.0
        self._was_closed = False
        self._alive_at = 0.0
        self._watched = False
        self._interruptions = self._edges = 0
        self._sat = 0.0
        self._last_t = 0.0
        self._kept = 0.0
        self._bouts = 0
        self._wall = world.machine.wall_at_start
        self._set_back: list[float] = []

    def hear(self, publication: Publication) -> None:
        """Be a client of the broker."""
        topic = publication.topic.rpartition("/")[2]
        if topic == "state":
            self._shown = json.loads(publication.text)
        elif topic == "event":
            self._events[json.loads(publication.text)["event_type"]] += 1

    def check(self) -> None:
        """Look at everything once."""
        self._checks += 1
        self._watch_the_clock()
        self._watch_the_mat()
        self._see_that_it_is_silent()
        life = self._world.process
        if life is None or not self._world.works:
            return
        self._alive_at = self._world.t
        self._see_that_due_is_due()
        self._see_that_the_broker_knows()

    def _fail(self, what: str) -> None:
        day, second = divmod(self._world.t, 86400)
        raise BrokenPromiseError(
            f"{what} on day {day:.0f}, at {second:.3f} s (t = {self._world.t})"
        )

    def _is_blind(self) -> bool:
        """Whether the mat is unplugged, or it was said that who sits there does not count."""
        assert self._world.process is not None
        state = self._world.process.daemon.live.state
        return state.unplugged_at is not None or isinstance(state.sitting, Ignored)

    def _watch_the_clock(self) -> None:
        """Remember when the wall clock was set back: the history's labels go back with it."""
        if self._world.machine.wall_at_start < self._wall:
            self._set_back.append(self._wall - self._world.machine.wall_at_start)
        self._wall = self._world.machine.wall_at_start

    def _watch_the_mat(self) -> None:
        world = self._world
        if self._was_closed and self._watched:
            self._sat += world.t - self._last_t
        watched = world.process is not None and self._world.works and not self._is_blind()
        self._interruptions += self._watched and not watched
        self._edges += self._was_closed is not world.chair.closed
        self._watched = watched
        if self._was_closed and not world.chair.closed:
            self._opened_at = world.t
        self._was_closed, self._last_t = world.chair.closed, world.t

    def _see_that_it_is_silent(self) -> None:
        """Never a sound while nobody is on the chair, and none from a daemon that is gone."""
        world = self._world
        if not world.chair.sounds or not world.works:
            return
        if world.process is None:
            if world.t > self._alive_at + AFTERMATH + HAIR:
                self._fail("the buzzer sounds without a daemon")
            return
        daemon = world.process.daemon
        tested = daemon.live.state.tested_at
        if tested is not None and world.machine.now() <= tested + TESTED:
            return
        if world.process.inbox or daemon.wake_at() <= world.machine.now():
            return  # its turn comes at this very moment
        closed, release = world.chair.closed, daemon.live.rules.buzzer_release
        if not closed and world.t > self._opened_at + release + HAIR:
            self._fail("the buzzer sounds with nobody there")

    def _see_that_due_is_due(self) -> None:
        """A break is due exactly when the timer says so."""
        assert self._world.process is not None
        daemon = self._world.process.daemon
        state, rules, now = daemon.live.state, daemon.live.rules, self._world.machine.now()
        if not isinstance(state.sitting, Seated) or not state.contact.closed:
            return
        if state.unplugged_at is not None or chair.deadline(state, rules) <= now:
            return
        due_at = sitting.due_at(state.sitting, rules)
        if isinstance(state.alert, Due) is not (now >= due_at):
            self._fail(f"due in {due_at - now:.3f} s: {state.alert}")

    def _see_that_the_broker_knows(self) -> None:
        """What a client reads is what the daemon thinks, wherever it can be told."""
        world = self._world
        assert world.process is not None
        daemon = world.process.daemon
        link = world.memory.link
        told = link is not None and link.connected and not world.way.delay
        if not told or world.way.last > world.t or world.next_at() <= world.t:
            return  # it cannot know yet
        if self._compared[0] is daemon.live.state and self._compared[1] is self._shown:
            return  # of these keys none moves with time alone
        self._compared = (daemon.live.state, self._shown)
        true, shown = (_at_once(told) for told in (daemon.report(world.machine.now()), self._shown))
        for key, value in true.items():
            if shown.get(key) != value:
                self._fail(f"{key}: the broker has {shown.get(key)!r}, not {value!r}")

    def check_history(self, path: Path) -> None:
        """See that bouts, absences and gaps are a timeline, and that it is the true one."""
        with closing(sqlite3.connect(path)) as connection:
            ask = connection.execute
            bouts = list(
                ask("SELECT started_at, ended_at, seated_seconds FROM bout ORDER BY started_at")
            )
            ids = list(ask("SELECT count(*), count(DISTINCT id) FROM event"))
            (self._kept,) = ask("SELECT sum(seated_seconds) FROM bout").fetchone()
        early = [ended - started for (_, ended, _), (started, _, _) in pairwise(bouts)]
        early = [seconds for seconds in early if seconds > HAIR]
        if len(early) > len(self._set_back) or any(s > sum(self._set_back) for s in early):
            self._fail(f"bouts begin before the last one ended: by {early} s")
        for started, ended, seated in bouts:
            if not 0 <= seated <= ended - started + HAIR:
                self._fail(f"a bout from {started} to {ended} was sat for {seated} s")
        if ids[0][0] != ids[0][1]:
            self._fail("two events have one id")
        unsure = self._interruptions * AN_INTERRUPTION + self._edges * AN_EDGE
        if abs(self._kept - self._sat) > unsure:
            self._fail(f"sat for {self._sat:.0f} s, but {self._kept:.0f} s are in the history")
        self._bouts = len(bouts)

    def summary(self) -> str:
        """Say what was seen."""
        events = ", ".join(f"{kind} {count}" for kind, count in sorted(self._events.items()))
        return (
            f"{self._checks} checks, all kept; {self._interruptions} interruptions; "
            f"{self._bouts} bouts; on the mat and watched "
            f"{self._sat / 3600:.1f} h, in the history {self._kept / 3600:.1f} h; {events}"
        )


def _at_once(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a state message is told at once, also of the day and the week in it."""
    return {
        key: _at_once(value) if isinstance(value, dict) else value
        for key, value in state.items()
        if key not in LATE
    }
