"""The daemon is killed at every single point where it acts on the disk or on the broker.

One scripted day is played once for each such point: the process ends there, in the middle of
whatever it did, and is started again two seconds later. Time is the simulator's.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sensor.simulator import script
from sensor.simulator.script import Step
from sensor.storage.files import ChangedSettings

DAY = """\
0:02 sit
0:11 publish set/snooze 2
1:12 press
1:26 stand
1:45 sit
1:55 stand
1:57 sit
2:05 stand
2:20 sit
2:25 end
"""
SETTINGS = {"profile": "demo", "quiet_hours": "none", "pins__button": "26"}
DOWN = 2.0
"""Seconds: less than the 10 s off the chair that end a bout under the profile `demo`."""
UNWRITTEN = 5.0 + DOWN
"""Seconds since the last checkpoint, and until the next life: so much may count as not sat if
nobody is there any more then. In real life it is a minute at most."""
SEATED = ((2, 86), (105, 115), (117, 125), (140, 145))
DUE = 62.0
RELEASE, GRACE, AFTERMATH = 1.0, 5.0, 0.2


class Killed(BaseException):
    """The process ends here; nothing in the product may catch it."""


class Points:
    """The places where the daemon acts; at number `fatal` it is killed."""

    def __init__(self, fatal: int | None = None) -> None:
        self.passed = 0
        self.over = False
        self._fatal = fatal

    def reach(self) -> None:
        """Come to the next one."""
        if self.over:
            return
        self.passed += 1
        if self.passed - 1 == self._fatal:
            raise Killed

    def connect(self, path: Path, **options: Any) -> sqlite3.Connection:
        """Open SQLite with a point before each row, and on both sides of each commit."""
        points = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                if sql.startswith("INSERT"):
                    points.reach()
                return super().execute(sql, parameters)

            def __exit__(self, kind: object, *error: object) -> Any:
                if kind is None:
                    points.reach()
                done = super().__exit__(kind, *error)
                if kind is None:
                    points.reach()
                return done

        return sqlite3.connect(path, factory=Connection, **options)

    def around(self, action: Callable[..., Any]) -> Callable[..., Any]:
        """Put a point on both sides of an action."""

        def act(*arguments: Any) -> Any:
            self.reach()
            done = action(*arguments)
            self.reach()
            return done

        return act


def live(play: Callable[..., Any], points: Points) -> Any:
    """Play the day; whenever the daemon is killed, systemd starts it again."""
    day = play(DAY, **SETTINGS)
    world = day.world
    world._disk.connect = points.connect
    world._way.send = points.around(world._way.send)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChangedSettings, "save", points.around(ChangedSettings.save))
        restarting(world, world._start)
        while not world.over:
            restarting(world, world._next)
        points.over = True
        world._stop("the day is over")
    return day


def restarting(world: Any, act: Callable[[], None]) -> None:
    """Let something happen, and bring back the daemon if that killed it."""
    try:
        act()
    except Killed:
        world.do(Step(at=world.t, action=script.Down("crash", DOWN), line=0))


def history(folder: Path, question: str) -> list[tuple[Any, ...]]:
    """Ask the database that the day left behind."""
    with closing(sqlite3.connect(folder / "chair-sensor.db")) as connection:
        return list(connection.execute(question))


@dataclass(frozen=True)
class Told:
    """What a day left behind: on the broker, in the history, at the buzzer."""

    heard: list[str]
    """Ids of the events that reached the broker."""
    noted: list[tuple[str, str]]
    """Ids and types of the events in the history."""
    bouts: list[float]
    """Seconds sat, of the closed ones."""
    pulses: list[tuple[float, float]]
    """When the buzzer sounded: from, to."""
    starts: list[float]
    state: dict[str, Any]
    """The last one that the broker got before the daemon stopped."""

    def noted_types(self) -> list[str]:
        """List the types of events of which none may be lost or doubled."""
        return [kind for _, kind in self.noted if kind in ("sat_down", "stood_up")]


def lived(play: Callable[..., Any], folder: Path, points: Points) -> Told:
    """Play the day on a fresh disk, and gather what it left behind."""
    for file in folder.iterdir():
        file.unlink()
    day = live(play, points)
    edges = [t for t, _ in day.buzzer()]
    return Told(
        heard=[payload["id"] for _, _, payload in day.messages("event")],
        noted=history(folder, "SELECT id, event_type FROM event ORDER BY rowid"),
        bouts=[seconds for (seconds,) in history(folder, "SELECT seated_seconds FROM bout")],
        pulses=list(zip(edges[::2], edges[1::2], strict=True)),
        starts=[r["t"] for r in day.records if r.get("what") == "start"],
        state=day.states()[-1][1],
    )


def test_killed_at_every_point(play: Callable[..., Any], tmp_path: Path) -> None:
    """Nothing is lost or told twice but what was going on at that moment; the end is the truth."""
    points = Points()
    whole = lived(play, tmp_path, points)
    forgotten = []
    assert whole.bouts == [84, 18]
    assert points.passed > 100

    for number in range(points.passed):
        told = lived(play, tmp_path, Points(number))

        assert len(told.starts) == 2, number
        check_events(told, whole, number)
        check_buzzer(told, number)
        assert sum(whole.bouts) - UNWRITTEN <= sum(told.bouts) <= sum(whole.bouts) + DOWN, number
        assert told.state["occupied"], number
        assert told.state["status"] == "sitting", number
        if told.state["settings"] != whole.state["settings"]:
            forgotten.append(number)

    assert len(forgotten) == 1  # killed between the command and the file


def check_events(told: Told, whole: Told, number: int) -> None:
    """See that each event is told once, and written down before it is told."""
    ids = [name for name, _ in told.noted]
    assert len(set(ids)) == len(ids), number
    assert len(set(told.heard)) == len(told.heard), number
    assert set(told.heard) <= set(ids), number
    assert len(ids) - len(told.heard) <= 2, number  # those of one turn
    # Who gets up and sits down again while nobody watches has not been up.
    unseen = 2 if told.starts[1] - DOWN <= 117 and told.starts[1] >= 115 else 0
    steps = told.noted_types()
    assert steps == whole.noted_types()[: len(steps)], number
    assert len(steps) >= len(whole.noted_types()) - unseen, number


def check_buzzer(told: Told, number: int) -> None:
    """See that it only sounds at somebody on the chair, and not in the grace after a start."""
    began = told.starts[1]
    for on, off in told.pulses:
        assert any(since <= on and off <= until + RELEASE for since, until in SEATED), number
        assert off - on <= 0.5, number
        killed = began - DOWN
        silent_until = began + (GRACE if killed >= DUE else 0)
        assert not killed + AFTERMATH < on < silent_until, number
