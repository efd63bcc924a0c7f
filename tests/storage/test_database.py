"""The database: what it holds, and that it holds all of a turn or nothing."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sensor.core import chair
from sensor.core.events import AbsenceRow, AlertRow, BoutRow, ContactIs, GapRow, Row, Tell
from sensor.core.rules import Rules
from sensor.core.words import Text
from sensor.daemon.memory import Memory
from sensor.storage import database as module
from sensor.storage import schema
from sensor.storage.database import Database

MONDAY = 1_772_438_400.0
ROWS: list[Row | Tell] = [
    BoutRow(started_at=10, ended_at=40, seated_seconds=30.5, estimated=True, mark="voided"),
    AbsenceRow(left_at=40, returned_at=60, kind="merged"),
    AlertRow(
        alert_id="a-1",
        began_at=30,
        rang_at=None,
        left_at=40,
        ended_at=45,
        max_level=2,
        snoozes=1,
    ),
    GapRow(started_at=1, ended_at=5, why="down"),
    Tell(
        event_type="break_due",
        id="e-1",
        at=30,
        message=Text("Up!"),
        sitting_seconds=20.25,
        alert_id="a-1",
        level=1,
    ),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "chair-sensor.db"


def dump(path: Path, table: str) -> list[dict[str, Any]]:
    """Read a table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608


def test_starts_empty(path: Path) -> None:
    """A first start remembers nothing and makes the file, with its version."""
    database = Database(path)

    assert database.open() is None
    assert database.was_set_aside is False
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_remembers(path: Path, memory: Memory, later: Memory) -> None:
    """The newest checkpoint comes back as it was, and there is never more than one."""
    state, _ = chair.step(memory.state, ContactIs(closed=False), later.at, Rules())
    later = replace(later, state=state)
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [])
        database.save(later, [])

    with closing(Database(path)) as database:
        assert database.open() == later
    assert len(dump(path, "checkpoint")) == 1


def test_history(path: Path, memory: Memory) -> None:
    """Every kind of row is kept whole, its moments as Unix time, its local offset beside it."""
    with closing(Database(path, zone=timezone(timedelta(hours=1)))) as database:
        database.open()
        assert database.save(memory, ROWS)

    assert dump(path, "bout") == [
        {
            "started_at": MONDAY + 10,
            "ended_at": MONDAY + 40,
            "utc_offset": 3600,
            "seated_seconds": 30.5,
            "estimated": 1,
            "mark": "voided",
        }
    ]
    assert dump(path, "absence") == [
        {
            "left_at": MONDAY + 40,
            "returned_at": MONDAY + 60,
            "utc_offset": 3600,
            "kind": "merged",
        }
    ]
    assert dump(path, "alert") == [
        {
            "alert_id": "a-1",
            "began_at": MONDAY + 30,
            "rang_at": None,
            "left_at": MONDAY + 40,
            "ended_at": MONDAY + 45,
            "utc_offset": 3600,
            "max_level": 2,
            "snoozes": 1,
            "voided": 0,
        }
    ]
    assert dump(path, "gap") == [
        {"started_at": MONDAY + 1, "ended_at": MONDAY + 5, "utc_offset": 3600, "why": "down"}
    ]
    assert dump(path, "watch") == [
        {"started_at": MONDAY + 100, "ended_at": None, "utc_offset": 3600}
    ]
    assert dump(path, "event") == [
        {
            "id": "e-1",
            "event_type": "break_due",
            "alert_id": "a-1",
            "at": MONDAY + 30,
            "utc_offset": 3600,
            "level": 1,
            "sitting_seconds": 20.25,
            "quiet": 0,
        }
    ]


def test_rows_only_grow(path: Path, memory: Memory) -> None:
    """A second save adds to the history, a second start too; nothing is written twice."""
    for _ in range(2):
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, ROWS)
            database.save(memory, [])

    assert len(dump(path, "bout")) == len(dump(path, "event")) == 2


def test_all_or_nothing(
    path: Path, memory: Memory, later: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the checkpoint fails, the rows are not kept either; the next save writes both once."""
    insert = module._insert

    def failing(connection: Any, table: str, values: Any) -> None:
        if table == "checkpoint":
            raise sqlite3.OperationalError("disk I/O error")
        insert(connection, table, values)

    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [])
        monkeypatch.setattr(module, "_insert", failing)
        assert not database.save(later, ROWS)
        assert dump(path, "bout") == []
        monkeypatch.setattr(module, "_insert", insert)
        assert database.save(later, [])

    assert len(dump(path, "bout")) == len(dump(path, "event")) == 1
    with closing(Database(path)) as database:
        assert database.open() == later


KILLED_BETWEEN = """
import os, pickle, signal, sys
from pathlib import Path
from sensor.storage import database as module
insert = module._insert
def dying(connection, table, values):
    if table == "checkpoint":
        os.kill(os.getpid(), signal.SIGKILL)
    insert(connection, table, values)
module._insert = dying
database = module.Database(Path(sys.argv[1]))
database.open()
memory, rows = pickle.load(sys.stdin.buffer)
database.save(memory, rows)
"""


def test_killed_between(path: Path, memory: Memory, later: Memory) -> None:
    """Killed between row and checkpoint: as if neither had ever been."""
    import pickle  # noqa: PLC0415  (to hand the memory to another process)

    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [])

    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BETWEEN, path],
        input=pickle.dumps((later, ROWS)),
        check=False,
        cwd=Path(__file__).parents[2],
    )

    assert killed.returncode == -signal.SIGKILL
    assert dump(path, "bout") == dump(path, "event") == []
    with closing(Database(path)) as database:
        assert database.open() == memory


def test_reader_beside(path: Path, memory: Memory, later: Memory) -> None:
    """Somebody who looks at the history meanwhile holds up nothing."""
    with closing(Database(path)) as database, closing(sqlite3.connect(path)) as reader:
        database.open()
        database.save(memory, ROWS)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM bout").fetchall()

        assert database.save(later, ROWS)


def test_close_is_idempotent(path: Path) -> None:
    """Closing twice, or what was never opened, does nothing."""
    database = Database(path)
    database.close()
    database.open()
    database.close()
    database.close()
