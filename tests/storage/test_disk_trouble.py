"""A disk that is full, locked, busy or not there: counting goes on, nothing is lost."""

import logging
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sensor.core.events import BoutRow
from sensor.daemon.memory import NOT_YET, Memory
from sensor.storage import database as module
from sensor.storage.database import Database


def bout(number: int) -> BoutRow:
    """Make a bout that can be told from others."""
    return BoutRow(started_at=number, ended_at=number + 1, seated_seconds=number)


def bouts(path: Path) -> list[float]:
    """List which bouts are in the history."""
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT seated_seconds FROM bout")]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """List what was logged as an error."""
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


@pytest.mark.slow
def test_full_disk(disk: Any, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    """While the disk is full it is said once, and then everything is written, in order."""
    path = disk.path / "chair-sensor.db"
    with closing(Database(path)) as database:
        database.open()
        assert database.save(memory, [bout(1)])
        disk.fill()
        assert [database.save(memory, [bout(n)]) for n in range(2, 500)] == [False] * 498
        disk.clear()

        assert database.save(memory, [bout(500)])
        assert database.save(memory, [])

    assert bouts(path) == list(range(1, 501))
    assert caplog.messages == [
        f"{path}: database or disk is full; counting goes on from memory, writing is tried again",
        "the database can be written again: nothing was lost",
    ]


def test_disk_full_from_the_start(disk: Any, memory: Memory) -> None:
    """With no room even for an empty database, the first save that fits writes everything."""
    disk.fill()
    with closing(Database(disk.path / "chair-sensor.db")) as database:
        assert database.open() is NOT_YET
        assert not database.save(memory, [bout(1)])
        disk.clear()

        assert database.save(memory, [bout(2)])

    assert bouts(disk.path / "chair-sensor.db") == [1, 2]


def test_locked_disk(disk: Any, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    """The same on a file system that has turned read-only, as SD cards do."""
    path = disk.path / "chair-sensor.db"
    disk.lock()
    with closing(Database(path)) as database:
        assert database.open() is NOT_YET
        assert not database.save(memory, [bout(1)])
        assert not database.save(memory, [bout(2)])
        disk.unlock()

        assert database.save(memory, [])

    assert bouts(path) == [1, 2]
    [error] = errors(caplog)
    assert error.startswith(f"{path}: unable to open database file; counting goes on from memory")
    assert not database.was_set_aside


def test_damaged_and_full(disk: Any, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    """A database that is damaged is set aside where there is no room for a fresh one, too."""
    path = disk.path / "chair-sensor.db"
    path.write_bytes(b"no database")
    disk.fill()
    with closing(Database(path)) as database:
        assert database.open() is NOT_YET
        assert database.was_set_aside
        disk.clear()

        assert database.save(memory, [bout(1)])

    damaged, full = errors(caplog)
    assert damaged.startswith(f"{path}: file is not a database; set aside as chair-sensor.db.unre")
    assert full.startswith(f"{path}: database or disk is full; counting goes on from memory")
    assert bouts(path) == [1]


def test_damaged_and_locked(disk: Any, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    """A database that is damaged stays where it is while it cannot be moved."""
    path = disk.path / "chair-sensor.db"
    path.write_bytes(b"no database")
    disk.lock()
    with closing(Database(path)) as database:
        assert database.open() is NOT_YET
        assert not database.was_set_aside
        disk.unlock()

        assert database.save(memory, [bout(1)])
        assert database.was_set_aside

    locked, damaged = errors(caplog)
    assert locked.startswith(f"{path}: [Errno 30] Read-only file system: ")
    assert damaged.startswith(f"{path}: file is not a database; set aside as")


def test_locked_disk_remembers(disk: Any, memory: Memory) -> None:
    """A good database on a read-only disk is not set aside, and not written over unread."""
    path = disk.path / "chair-sensor.db"
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [bout(1)])
    disk.lock()

    with closing(Database(path)) as database:
        assert database.open() is NOT_YET
        assert not database.save(memory, [bout(2)])
        disk.unlock()
        assert not database.save(memory, [])
        assert database.open() == memory
        assert database.save(memory, [bout(3)])

    assert not database.was_set_aside
    assert bouts(path) == [1, 2, 3]


def test_no_directory(tmp_path: Path, memory: Memory) -> None:
    """Where the directory is missing, rows wait until somebody makes it."""
    path = tmp_path / "gone" / "chair-sensor.db"
    with closing(Database(path)) as database:
        assert database.open() is NOT_YET
        assert not database.save(memory, [bout(1)])
        path.parent.mkdir()

        assert database.save(memory, [bout(2)])

    assert bouts(path) == [1, 2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_forbidden_directory(tmp_path: Path, memory: Memory) -> None:
    """Without permission to write, rows wait until it is given."""
    tmp_path.chmod(0o500)
    with closing(Database(tmp_path / "chair-sensor.db")) as database:
        assert database.open() is NOT_YET
        assert not database.save(memory, [bout(1)])
        tmp_path.chmod(0o700)

        assert database.save(memory, [bout(2)])


def test_busy_database(tmp_path: Path, memory: Memory) -> None:
    """Another program that writes for long holds up the daemon for a moment only: buzzer first."""
    path = tmp_path / "chair-sensor.db"
    with closing(Database(path)) as database, closing(sqlite3.connect(path)) as other:
        database.open()
        database.save(memory, [bout(1)])
        other.execute("BEGIN IMMEDIATE")

        began = time.monotonic()
        saved = database.save(memory, [bout(2)])
        took = time.monotonic() - began
        other.rollback()

        assert not saved
        assert took < 2, "SQLite of itself waits for 5 s"
        assert database.save(memory, [bout(3)])
    assert bouts(path) == [1, 2, 3]


def test_busy_is_no_death(tmp_path: Path, memory: Memory) -> None:
    """While another program writes the checkpoint is read all the same, and never counted twice."""
    path = tmp_path / "chair-sensor.db"
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [])
        database.died()
    with closing(sqlite3.connect(path)) as other:
        with closing(Database(path)) as database:
            other.execute("BEGIN IMMEDIATE")
            assert database.open() == memory
            other.rollback()
        with closing(Database(path)) as database:
            assert database.open() == memory
            other.execute("BEGIN IMMEDIATE")
            assert not database.save(memory, [])
            other.rollback()
            assert database.save(memory, [])
            assert not database.was_set_aside


def test_waiting_rows_have_an_end(
    tmp_path: Path, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a year without a disk does not fill the memory; the oldest rows go first."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    path = tmp_path / "gone" / "chair-sensor.db"
    with closing(Database(path)) as database:
        database.open()
        for number in range(1, 6):
            database.save(memory, [bout(number)])
        path.parent.mkdir()

        assert database.save(memory, [])

    assert bouts(path) == [3, 4, 5]
