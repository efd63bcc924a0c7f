"""A disk that takes its time, in virtual time: what is told is written, and told once."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sensor.daemon.inbox import Done
from sensor.daemon.ports import DiskJobs
from sensor.simulator import steps
from sensor.simulator.simulation import World
from sensor.simulator.steps import Step
from tests.play import Play, Player

SETTINGS = {"profile": "demo", "quiet_hours": "none"}
DAY = """\
0:02 sit
0:20 publish set/snooze 7
1:26 stand
1:40 sit
1:50 stand
2:20 end
"""
DOWN = 2.0


class SlowDisk(DiskJobs):
    """Each job takes `delay` seconds; its effect is there at their end, or at once (`hasty`)."""

    delay = 0.7
    hasty = False

    def __init__(self, world: World, disks: "list[SlowDisk]") -> None:
        self._world = world
        self._disks = disks
        """Those of all processes so far."""
        disks.append(self)
        self._free_at = 0.0

    def do(self, job: Callable[[], Any], then: Callable[[Any], None] = lambda _: None) -> None:
        """Let the job be done in time."""
        self._free_at = max(self._free_at, self._world.t) + self.delay
        if self.hasty:
            job = partial(lambda result: result, job())
        self._world.at(self._free_at, partial(self._finish, job, then))

    def _finish(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        process = self._world.process
        if process is not None and self._disks[-1] is self:  # else it was killed meanwhile
            process.inbox.put(Done(partial(then, job()), self._world.machine.now()))

    def close(self, patience: float) -> bool:
        """Leave the rest undone."""
        del patience
        return True


def played(play: Player, folder: Path, kills: list[float]) -> Play:
    """Play the day on such a disk; kill the daemon at these moments, and in the end."""
    for file in folder.iterdir():
        file.unlink()
    day = play(DAY, **SETTINGS)
    disks: list[SlowDisk] = []
    day.world.disk_jobs = lambda: SlowDisk(day.world, disks)
    for t in (*kills, 139.0):
        down = 10.0 if t == 139.0 else DOWN
        day.at(t, partial(day.world.do, Step(t, steps.DownStep("crash", down), 0)))
    return day.run()


def told(day: Any) -> list[tuple[str, str]]:
    """List ids and types of the events that reached the broker."""
    return [(each["id"], each["event_type"]) for _, _, each in day.messages("event")]


def noted(folder: Path) -> list[tuple[str, str]]:
    """List those in the history."""
    with closing(sqlite3.connect(folder / "chair-sensor.db")) as database:
        return list(database.execute("SELECT id, event_type FROM event ORDER BY rowid"))


@pytest.mark.slow
@pytest.mark.parametrize("hasty", [False, True], ids=["late", "at once"])
def test_killed_at_any_moment(
    play: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: bool
) -> None:
    """Whatever was told is in the history, nothing is told twice, and the steps alternate."""
    monkeypatch.setattr(SlowDisk, "hasty", hasty)
    monkeypatch.setattr("os.fsync", lambda _: None)
    whole = [kind for _, kind in told(played(play, tmp_path, []))]
    assert whole.count("sat_down") == whole.count("stood_up") == 2

    for tenths in [*range(15, 60, 2), *range(195, 225, 3), *range(860, 1000, 4)]:
        day = played(play, tmp_path, [tenths / 10])

        heard, kept = told(day), noted(tmp_path)
        assert len(set(heard)) == len(heard), tenths
        assert set(heard) <= set(kept), tenths
        steps = [kind for _, kind in kept if kind in ("sat_down", "stood_up")]
        assert all(before != after for before, after in pairwise(steps)), (tenths, steps)
        shown = {state["settings"]["snooze"] for t, state in day.states() if t < tenths / 10}
        if 7 in shown:
            assert day.states()[-1][1]["settings"]["snooze"] == 7, tenths


def test_disk_that_does_not_answer(
    play: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten seconds it counts as failing: news is told, and the alert sounds in time."""
    monkeypatch.setattr(SlowDisk, "delay", 25.0)
    day = played(play, tmp_path, [])

    first = next(t for t, state in day.states() if state["problem"] == "storage")
    assert first == pytest.approx(10, abs=0.2)
    due = next(t for t, _, each in day.messages("event") if each["event_type"] == "break_due")
    assert due == pytest.approx(62, abs=0.2)
    assert day.buzzer()[0][0] == pytest.approx(62, abs=0.01)
    assert len(set(told(day))) == len(told(day))


def test_sits_while_the_memory_is_read(
    play: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is seen to sit before it is known what was, has been sitting all the time."""
    monkeypatch.setattr(SlowDisk, "delay", 4.0)
    day = played(play, tmp_path, [30.0])

    steps = [kind for _, kind in told(day) if kind in ("sat_down", "stood_up")]
    assert steps[:2] == ["sat_down", "stood_up"]
    assert day.state(50)["estimated"]
