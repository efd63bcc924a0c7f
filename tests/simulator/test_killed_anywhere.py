"""The daemon is killed at every single point where it acts on the disk or on the broker.

One scripted day is played once for each such point: the process ends there, in the middle of
whatever it did, and is started again two seconds later. Time is the simulator's.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sensor.simulator import steps
from sensor.simulator.faults import SlowLink
from sensor.simulator.process import Memory
from sensor.simulator.simulation import World
from sensor.simulator.steps import Step
from sensor.storage.files import ChangedSettings
from tests.play import Player

pytestmark = pytest.mark.slow

DAY = """\
0:02 sit
1:12 press
1:23 broker down
1:26 stand
1:31 broker up
1:45 sit
1:55 stand
1:57 sit
2:03 publish do/void PRESS
2:05 stand
2:20 sit
2:25 publish set/do_not_disturb ON
2:28 publish set/profile hourly
2:34 publish set/snooze 7
2:38 restart 2s
2:55 end
"""
SETTINGS = {"profile": "demo", "quiet_hours": "none", "pins__button": "26"}
DOWN = 2.0
"""Seconds: less than the 10 s off the chair that end a bout under the profile `demo`."""
UNWRITTEN = 5.0 + DOWN
"""Seconds since the last checkpoint, and until the next life: so much may count as not sat if
nobody is there any more then. In real life it is a minute at most."""
ACTIONS = (
    (ChangedSettings, "save"),
    (Path, "replace"),  # of a small file by its new version, which is written beside it
    (Memory, "write"),
    (SlowLink, "open"),
    (SlowLink, "close"),
)
"""What it does beside rows and messages, with a point before and after each."""
SEATED = ((2, 86), (105, 115), (117, 125), (140, 175))
DUE = 62.0
ASKED = {"void": 123.0, "do_not_disturb": 145.0, "profile": 148.0, "snooze": 154.0}
UNVOIDED = 2.0
"""Seconds that are counted if the void is what got lost."""
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
        """Open SQLite with a point before each row, and on both sides of tables and commits."""
        points = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                if sql.startswith("INSERT"):
                    points.reach()
                if sql.startswith("PRAGMA synchronous"):
                    sql = "PRAGMA synchronous = OFF"  # as fsync: only a power cut would tell
                return super().execute(sql, parameters)

            def executescript(self, sql: str, /) -> sqlite3.Cursor:
                points.reach()
                done = super().executescript(sql)
                points.reach()
                return done

            def __exit__(self, kind: type[BaseException] | None, *error: Any) -> Any:  # noqa: PYI036
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


def live(play: Player, points: Points) -> tuple[Any, list[float]]:
    """Play the day; whenever the daemon is killed, at these moments, systemd starts it again."""
    day = play(DAY, **SETTINGS)
    world = day.world
    world.disk.connect = points.connect  # type: ignore[method-assign]
    world.way.send = points.around(world.way.send)  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        for kind, name in ACTIONS:
            patch.setattr(kind, name, points.around(getattr(kind, name)))
        killed = restarting(world, world.start)
        while not world.over:
            killed += restarting(world, world.advance)
        points.over = True
        world.stop("the day is over")
    return day, killed


def restarting(world: World, act: Callable[[], None]) -> list[float]:
    """Let something happen, and bring back the daemon if that killed it; return when it did."""
    process = world.process
    try:
        act()
    except Killed:
        world.process = process  # even in the midst of stopping
        world.do(Step(at=world.t, action=steps.DownStep("crash", DOWN), line=0))
        return [world.t]
    return []


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
    killed: list[float]
    """When the daemon was."""
    state: dict[str, Any]
    """The last one that the broker got before the daemon stopped."""
    state_at: float

    def kept(self) -> dict[str, Any]:
        """Tell what was made of all that was asked for."""
        return {
            "void": "voided" in dict(self.noted).values(),
            "do_not_disturb": self.state["do_not_disturb"],
            "profile": self.state["settings"]["profile"],
            "snooze": self.state["settings"]["snooze"],
        }

    def noted_types(self) -> list[str]:
        """List the types of events of which none may be lost or doubled."""
        return [kind for _, kind in self.noted if kind in ("sat_down", "stood_up")]


def lived(play: Player, folder: Path, points: Points) -> Told:
    """Play the day on a fresh disk, and gather what it left behind."""
    for file in folder.iterdir():
        file.unlink()
    day, killed = live(play, points)
    edges = [t for t, _ in day.buzzer()]
    return Told(
        heard=[payload["id"] for _, _, payload in day.messages("event")],
        noted=history(folder, "SELECT id, event_type FROM event ORDER BY rowid"),
        bouts=[seconds for (seconds,) in history(folder, "SELECT seated_seconds FROM bout")],
        pulses=list(zip(edges[::2], edges[1::2], strict=True)),
        killed=killed,
        state=day.states()[-1][1],
        state_at=day.states()[-1][0],
    )


def test_killed_at_every_point(play: Player, tmp_path: Path) -> None:
    """Nothing is lost or told twice but what was going on at that moment; the end is the truth."""
    points = Points()
    whole = lived(play, tmp_path, points)
    forgotten: Counter[str] = Counter()
    assert whole.bouts == [84, 16]
    assert whole.kept() == {
        "void": True,
        "do_not_disturb": True,
        "profile": "hourly",
        "snooze": 7,
    }
    assert points.passed > 200

    for number in range(points.passed):
        told = lived(play, tmp_path, Points(number))

        (killed,) = told.killed
        assert told.state_at >= killed + DOWN, number
        check_events(told, whole, number)
        check_buzzer(told, number)
        lost = [what for what, kept in told.kept().items() if kept != whole.kept()[what]]
        assert all(killed == ASKED[what] for what in lost), (number, lost)
        forgotten.update(lost)
        longest = sum(whole.bouts) + DOWN + UNVOIDED * ("void" in lost)
        assert sum(whole.bouts) - UNWRITTEN <= sum(told.bouts) <= longest, number
        assert told.state["occupied"], number
        assert told.state["status"] == "sitting", number

    # Killed between the command and the file, or before the file takes the old one's place.
    assert forgotten["profile"] == forgotten["snooze"] == 2
    assert forgotten.keys() == ASKED.keys()


def check_events(told: Told, whole: Told, number: int) -> None:
    """See that each event is told once, and written down before it is told."""
    ids = [name for name, _ in told.noted]
    assert len(set(ids)) == len(ids), number
    assert len(set(told.heard)) == len(told.heard), number
    assert set(told.heard) <= set(ids), number
    unheard = len(whole.noted) - len(whole.heard)  # in the broker's absence
    assert len(ids) - len(told.heard) <= unheard + 2, number  # those of one turn
    # Who gets up and sits down again while nobody watches has not been up.
    unseen = 2 if 115 - DOWN <= told.killed[0] <= 117 else 0
    steps = told.noted_types()
    assert steps == whole.noted_types()[: len(steps)], number
    assert len(steps) >= len(whole.noted_types()) - unseen, number


def check_buzzer(told: Told, number: int) -> None:
    """See that it only sounds at somebody on the chair, and not in the grace after a start."""
    (killed,) = told.killed
    for on, off in told.pulses:
        assert any(since <= on and off <= until + RELEASE for since, until in SEATED), number
        assert off - on <= 0.5, number
        silent_until = killed + DOWN + (GRACE if killed >= DUE else 0)
        assert not killed + AFTERMATH < on < silent_until, number
