"""Reading the history: beside the daemon, what is not over yet, older databases, damage."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sensor.core import chair
from sensor.core.events import BoutRow, ContactIs, GapRow, Reset, Suspended
from sensor.core.history import Absence, AlertEntry, BoutEntry, Gap, History, SelfCheck, Watch
from sensor.core.rules import Rules
from sensor.daemon import codec
from sensor.daemon.memory import Memory
from sensor.errors import StorageError
from sensor.storage import checkpoint, schema
from sensor.storage.database import Database
from sensor.storage.history import began, read

MONDAY = 1_772_438_400.0
EVERYTHING = """
INSERT INTO bout VALUES (1000, 1600, 3600, 580.5, 1, NULL), (2000, 2100, 0, 100, 0, 'voided');
INSERT INTO absence VALUES (1300, 1320, 3600, 'merged');
INSERT INTO alert VALUES ('a-1', 1500, NULL, NULL, 1600, 3600, 0, 0, 0);
INSERT INTO gap VALUES (1600, 1700, 3600, 'down');
"""
SELF_CHECK = "INSERT INTO self_check VALUES (900, 0, 1, 0, 0);"
WATCH = "INSERT INTO watch VALUES (900, 2200, 3600);"
ROWS: dict[str, Any] = {
    "bouts": (
        BoutEntry(1000, 1600, 3600, 580.5, True, None),
        BoutEntry(2000, 2100, 0, 100, False, "voided"),
    ),
    "absences": (Absence(1300, 1320, 3600, "merged"),),
    "alerts": (AlertEntry("a-1", 1500, None, None, 1600, 3600, 0, 0, False),),
    "gaps": (Gap(1600, 1700, 3600, "down"),),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "chair-sensor.db"


def make(path: Path, version: int, script: str) -> None:
    """Make a database as a version of the program did, and fill it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("".join(schema.STEPS[:version]) + script)
        connection.execute(f"PRAGMA user_version = {version}")


def written(path: Path, *memories: Memory, rows: Any = ()) -> History:
    """Let a daemon write these checkpoints, and read what a report sees."""
    with closing(Database(path)) as database:
        database.open()
        for memory in memories:
            assert database.save(memory, rows)
        return read(path, zone=UTC)


def test_every_row(path: Path) -> None:
    """All kinds of rows come back as they were written; before a checkpoint nothing is open."""
    make(path, schema.VERSION, EVERYTHING + WATCH)

    assert read(path, zone=UTC) == History(**ROWS, watches=(Watch(900, 2200, 3600),))
    assert began(path) == 900


def test_a_part(path: Path) -> None:
    """Only what touches the time asked for, or lies near it, is read; of self-checks all before."""
    far = 10 * 86400
    make(path, schema.VERSION, EVERYTHING + SELF_CHECK)
    checks = (SelfCheck(900, 0, True, False, False),)

    assert read(path, since=far, zone=UTC) == History(self_checks=checks)
    assert read(path, until=-far, zone=UTC) == History()
    assert read(path, since=1700, until=1800, zone=UTC).bouts == ROWS["bouts"]


def test_empty(path: Path) -> None:
    """A database without a row is no mistake."""
    make(path, schema.VERSION, "")

    assert (read(path, zone=UTC), began(path)) == (History(), None)


class TestOpen:
    """What was going on at the last checkpoint."""

    def test_seated(self, path: Path, memory: Memory, later: Memory) -> None:
        """The running bout, up to the checkpoint; it is estimated, for nobody saw it begin."""
        written(path, memory, later)
        found = read(path, zone=timezone(timedelta(hours=1)))

        assert found.as_of == MONDAY + 170
        assert found.open_bout == BoutEntry(MONDAY + 100, MONDAY + 170, 3600, 70, True, None)
        assert found.open_absence is None

    @pytest.mark.parametrize(("until", "kind"), [(200, "open"), (300, "open"), (800, "full")])
    def test_away(self, path: Path, memory: Memory, until: float, kind: str) -> None:
        """Off the chair: a break once it is a full one, before that nobody knows."""
        state, _ = chair.step(memory.state, ContactIs(closed=False), 170, Rules())
        state, _ = chair.advance(state, until, Rules())

        found = written(path, replace(memory, state=state, at=until, wall=MONDAY + until))

        assert found.open_absence == Absence(MONDAY + 170, MONDAY + until, 0, kind)  # type: ignore[arg-type]
        assert (found.open_bout is None) == (until > 231)

    def test_away_after_a_reset(self, path: Path, memory: Memory) -> None:
        """A reset ends the bout, and makes no full break of the absence."""
        state, _ = chair.step(memory.state, ContactIs(closed=False), 170, Rules())
        state, _ = chair.step(state, Reset(), 200, Rules())

        found = written(path, replace(memory, state=state, at=300, wall=MONDAY + 300))

        assert found.open_absence == Absence(MONDAY + 170, MONDAY + 300, 0, "open")
        assert found.open_bout is None

    def test_out_of_sight(self, path: Path, memory: Memory) -> None:
        """Who sat before a suspend may sit still: no absence, and the bout is open."""
        state, _ = chair.step(memory.state, Suspended(30), 200, Rules())

        found = written(path, replace(memory, state=state, at=200, wall=MONDAY + 200))

        assert found.open_absence is None
        assert found.open_bout == BoutEntry(MONDAY + 100, MONDAY + 170, 0, 70, True, None)

    def test_alert(self, path: Path, memory: Memory) -> None:
        """The alert that lasts."""
        state, _ = chair.advance(memory.state, 3800, Rules())

        found = written(path, replace(memory, state=state, at=3800, wall=MONDAY + 3800))

        assert found.open_alert is not None
        assert found.open_alert[1:] == (
            MONDAY + 3700,
            MONDAY + 3700,
            None,
            MONDAY + 3800,
            0,
            1,
            0,
            0,
        )

    def test_nobody(self, path: Path) -> None:
        """An empty chair that nobody was seen to leave is nothing."""
        state = chair.start(
            contact_closed=False, loop_closed=True, now=1, wall_offset=MONDAY, rules=Rules()
        )

        found = written(
            path, Memory(state=state, at=2, wall=MONDAY + 2, boot_id="b", synchronised=True)
        )

        assert (found.open_bout, found.open_absence, found.open_alert) == (None, None, None)


class TestWatch:
    """When the program ran."""

    def test_lasts_until_the_last_checkpoint(
        self, path: Path, memory: Memory, later: Memory
    ) -> None:
        """It is written once; each checkpoint moves its end."""
        assert written(path, memory, later).watches == (Watch(MONDAY + 100, MONDAY + 170, 0),)

    def test_each_start_has_its_own(self, path: Path, memory: Memory, later: Memory) -> None:
        """The watch of before ends where it was last heard of."""
        written(path, memory)
        state = replace(later.state, started_at=160.0)

        found = written(path, replace(later, state=state))

        assert found.watches == (
            Watch(MONDAY + 100, MONDAY + 110, 0),
            Watch(MONDAY + 160, MONDAY + 170, 0),
        )

    def test_moves_with_the_wall_clock(self, path: Path, memory: Memory, later: Memory) -> None:
        """Where the clock was set, the beginning is told anew in the new time."""
        state = replace(later.state, wall_offset=MONDAY + 7200)
        set_clock = replace(later, state=state, wall=later.wall + 7200)

        found = written(path, memory, later, set_clock, set_clock)

        assert found.watches == (Watch(MONDAY + 7300, MONDAY + 7370, 0),)

    def test_a_refused_one_is_written_again(
        self, path: Path, memory: Memory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A checkpoint that failed takes its watch along; the next one brings it back."""
        from sensor.storage import database as module  # noqa: PLC0415

        insert = module._insert

        def failing(*_arguments: Any) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with closing(Database(path)) as database:
            database.open()
            monkeypatch.setattr(module, "_insert", failing)
            assert not database.save(memory, [])
            monkeypatch.setattr(module, "_insert", insert)
            assert database.save(memory, [])

        assert read(path, zone=UTC).watches == (Watch(MONDAY + 100, MONDAY + 110, 0),)


class TestOlderDatabase:
    """A database of the first version."""

    def test_is_brought_up_to_date(self, path: Path, memory: Memory) -> None:
        """The daemon adds what is missing; no row is lost, and what was seen counts as watched."""
        from sensor.storage.database import _insert  # noqa: PLC0415

        make(path, 1, EVERYTHING)
        kept = checkpoint.row(memory, codec.encode(memory.state), died=0)
        then = {name: kept[name] for name in kept if name not in {"before", "died"}}
        with closing(sqlite3.connect(path)) as connection, connection:
            _insert(connection, "checkpoint", then)

        with closing(Database(path)) as database:
            assert database.open() == memory
            found = read(path, zone=UTC)

        assert {name: getattr(found, name) for name in ROWS} == ROWS
        assert found.watches == (Watch(1000, MONDAY + 110, 0),)
        assert not database.was_set_aside

    def test_a_report_asks_for_the_daemon(self, path: Path) -> None:
        """Whoever only reads changes nothing."""
        make(path, 1, EVERYTHING)

        with pytest.raises(StorageError, match=r"b: was written by an older .* update it$"):
            read(path, zone=UTC)


class TestTrouble:
    """What cannot be read is told in one line."""

    def test_newer(self, path: Path) -> None:
        """A database of a program to come."""
        make(path, schema.VERSION, "")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")

        with pytest.raises(StorageError, match="this program knows"):
            read(path, zone=UTC)

    @pytest.mark.parametrize(
        ("content", "why"),
        [(b"", "has schema version 0"), (b"no database at all" * 40, "file is not a database")],
    )
    def test_no_database(self, path: Path, content: bytes, why: str) -> None:
        """Nothing, or something else."""
        path.write_bytes(content)

        with pytest.raises(StorageError, match=rf"chair-sensor\.db: {why}"):
            read(path, zone=UTC)

    def test_missing(self, path: Path) -> None:
        """No file; and none is made."""
        with pytest.raises(StorageError, match="unable to open"):
            read(path, zone=UTC)
        assert not path.exists()


def test_beside_the_daemon(path: Path, memory: Memory, later: Memory) -> None:
    """Each reader sees the last checkpoint, and holds up nobody."""
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [BoutRow(started_at=0, ended_at=5, seated_seconds=5)])
        before = read(path, zone=UTC)
        database.save(later, [GapRow(started_at=5, ended_at=6, why="down")])
        after = read(path, zone=UTC)

    assert (len(before.bouts), len(before.gaps), before.as_of) == (1, 0, MONDAY + 110)
    assert (len(after.bouts), len(after.gaps), after.as_of) == (1, 1, MONDAY + 170)


class TestDamage:
    """What cannot be true is left out and counted; all other rows are there."""

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE bout SET seated_seconds = 1e300",
            "UPDATE bout SET started_at = 'x', mark = x'ff'",
            "UPDATE bout SET mark = CAST(x'ff' AS TEXT)",
            "UPDATE bout SET utc_offset = 1e9",
            "UPDATE bout SET estimated = 7",
            "UPDATE bout SET started_at = ended_at + 1",
            "UPDATE bout SET started_at = -62135596800",
            "UPDATE bout SET ended_at = 253402300799",
            "UPDATE bout SET seated_seconds = 'much'",
        ],
    )
    def test_a_row(self, path: Path, damage: str) -> None:
        """Ten years are not hidden by one row, at neither end of the calendar."""
        make(path, schema.VERSION, EVERYTHING + WATCH + f"{damage} WHERE started_at = 2000;")

        found = read(path, zone=UTC)

        assert found.damaged == 1
        assert found.bouts == ROWS["bouts"][:1]
        assert found.alerts == ROWS["alerts"]
        assert began(path) == 900

    def test_an_index(self, path: Path) -> None:
        """An index that has lost a row hides none, and the next start makes it again."""
        make(path, schema.VERSION, EVERYTHING)
        with closing(sqlite3.connect(path)) as connection, connection:
            where = "FROM sqlite_schema WHERE name = 'bout_ended'"
            index = connection.execute(f"SELECT * {where}").fetchone()
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(f"DELETE {where}")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("INSERT INTO bout VALUES (3000, 3600, 0, 600, 0, NULL)")
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", index)

        assert len(read(path, since=2500, zone=UTC).bouts) == 3
        with closing(Database(path)) as database:
            database.open()
            assert not database.was_set_aside

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def test_the_checkpoint(self, path: Path, memory: Memory) -> None:
        """A checkpoint that cannot be read hides what is running, and no row."""
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, [BoutRow(started_at=0, ended_at=5, seated_seconds=5)])
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE checkpoint SET state = replace(state, '2026-03', '2026-0p')")

        found = read(path, zone=UTC)

        assert (len(found.bouts), found.open_bout, found.damaged) == (1, None, 1)

    def test_what_is_open(self, path: Path, memory: Memory) -> None:
        """A bout, an alert and a watch of before 1970 are left out, and each is counted."""
        state, _ = chair.advance(replace(memory.state, wall_offset=-1e6), 3800, Rules())

        found = written(path, replace(memory, state=state, at=3800, wall=MONDAY + 3800))

        assert (found.open_bout, found.open_alert, found.watches) == (None, None, ())
        assert found.damaged == 3
