"""What the doctor says of the database, which it must not change."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sensor.doctor import database
from sensor.doctor.finding import Finding
from sensor.storage.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a database that is not there yet."""
    return tmp_path / "chair-sensor.db"


@pytest.fixture
def kept(path: Path) -> Iterator[Database]:
    """Make a database, open as the daemon has it."""
    database = Database(path)
    database.open()
    yield database
    database.close()


def looked(path: Path, *, failed: bool = False) -> Finding:
    """Look at the database."""
    [finding] = database.database(path, daemon_says_failed=failed)
    return finding


def test_sound_beside_a_daemon(path: Path, kept: Database) -> None:
    """An open database is read beside its owner."""
    assert kept.path == path
    assert looked(path).found.startswith("sound, 0 bouts, saved never; ")


def test_sound_without_a_daemon(path: Path, kept: Database) -> None:
    """Looking leaves no file behind, which would belong to whoever looked."""
    kept.close()
    before = sorted(os.listdir(path.parent))  # noqa: PTH208  (names alone)

    assert looked(path).verdict == "ok"
    assert sorted(os.listdir(path.parent)) == before == ["chair-sensor.db"]  # noqa: PTH208


def test_none_yet(path: Path) -> None:
    """Before the first start there is none, which is no fault; nor is one made."""
    assert looked(path) == Finding("database", "ok", f"none yet; the daemon creates {path}")
    assert looked(path.parent / "none" / "x.db").verdict == "ok"
    assert not path.exists()


@pytest.mark.parametrize("damage", [b"garbage" * 999, b"SQLite format 3\0" + b"\xff" * 9000])
def test_damaged(path: Path, damage: bytes) -> None:
    """A file that is no database is a fault, with what to do."""
    path.write_bytes(damage)

    finding = looked(path)

    assert finding.verdict == "fail"
    assert finding.found.startswith(f"{path}: ")
    assert "begins a fresh one" in str(finding.fix)


def test_of_another_version(path: Path, kept: Database) -> None:
    """A database of a newer program is told of as such."""
    kept.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")

    assert "has schema version 99" in looked(path).found


def test_set_aside(path: Path, kept: Database) -> None:
    """Earlier ones that were damaged are counted."""
    kept.close()
    for name in ("chair-sensor.db.unreadable-1", "chair-sensor.db.unreadable-1-wal"):
        (path.parent / name).touch()

    assert looked(path).found.endswith("; 1 damaged ones set aside")


def test_damaged_rows(path: Path, kept: Database) -> None:
    """Rows that cannot be true are counted; a checkpoint that cannot be read is a failure."""
    kept.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO gap VALUES (2, 1, 0, 'down')")
    rows = looked(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO checkpoint VALUES (1, '{}', 1, 1, 'boot', 1, NULL, 0)")
    checkpoint = looked(path)

    assert rows.verdict == "ok"
    assert "; 1 damaged rows are left out of reports" in rows.found
    assert checkpoint.verdict == "fail"
    assert "sets it aside and begins a fresh one" in str(checkpoint.fix)


def test_the_daemon_cannot_write(path: Path, kept: Database) -> None:
    """What the daemon says of its disk counts more than what can be read."""
    kept.close()

    finding = looked(path, failed=True)

    assert finding.verdict == "fail"
    assert str(finding.fix).startswith("is its disk read-only or broken? ")


def test_disk_full(path: Path, kept: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with hardly any room is told of before it is full."""
    kept.close()
    monkeypatch.setattr(database, "ROOM", 1 << 60)

    finding = looked(path)

    assert (finding.verdict, finding.fix) == ("fail", "free some space")


def test_disk_full_from_the_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that found no room for its tables is no damaged one: room helps, no restart."""
    path.touch()
    assert looked(path).found == f"none yet; the daemon creates {path}"
    monkeypatch.setattr(database, "ROOM", 1 << 60)

    finding = looked(path, failed=True)

    assert finding.found.endswith("MB are free on its disk")
    assert finding.fix == "free some space"
