"""Which rows can be true: the limits themselves, and the reason where one is passed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sensor.commands.main import main
from sensor.storage import schema
from sensor.storage.checkup import checkup

YEAR = 366 * 86400
"""The longest bout, in seconds."""
MOST = 2**32
"""The largest number, and the last moment."""


def make(folder: Path, *rows: tuple[Any, ...]) -> Path:
    """Make a database; each row begins with its table."""
    path = folder / "chair-sensor.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("".join(schema.STEPS))
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        for table, *values in rows:
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608
    return path


def damaged(path: Path) -> int:
    """Count the rows that cannot be true."""
    contents = checkup(path)
    assert contents is not None
    return contents.damaged


def test_what_can_just_be_true(tmp_path: Path) -> None:
    """Each limit belongs to what is allowed."""
    path = make(
        tmp_path,
        ("bout", 0, YEAR, -12 * 3600, YEAR + 1, 1, None),
        ("bout", MOST - 1, MOST, 14 * 3600, 0, 0, None),
        ("alert", "a-1", 1, None, None, 1, 0, 0, MOST, 1),
        ("alert", "a-2", 1, 1, 1, 1, 0, 4, 0, 0),
        ("event", "e-1", "break_due", None, 1, 0, 4, MOST, 1),
        ("event", "e-2", "sat_down", None, 1, 0, 0, 0, 0),
    )

    assert damaged(path) == 0


@pytest.mark.parametrize(
    "row",
    [
        ("bout", 0, YEAR + 1, 0, 60, 1, None),
        ("bout", 0, 100, 0, 101.001, 1, None),
        ("bout", 0, 100, -12 * 3600 - 1, 60, 1, None),
        ("bout", 0, 100, 14 * 3600 + 1, 60, 1, None),
        ("bout", MOST, MOST + 0.001, 0, 0, 0, None),
        ("bout", -0.001, 100, 0, 60, 0, None),
        ("alert", "a-1", 1, None, None, 1, 0, 0, MOST + 1, 0),
        ("alert", "a-1", 2, None, None, 1, 0, 0, 0, 0),
        ("alert", "a-1", 1, 1, 1, 1, 0, 5, 0, 0),
        ("event", "e-1", "break_due", None, 1, 0, 1, MOST + 1, 0),
        ("event", "e-1", "break_due", None, 1, 0, 1, -0.001, 0),
        ("event", "e-1", "break_due", None, 1, 0, 1, 0, 2),
    ],
)
def test_what_cannot_be_true(tmp_path: Path, row: tuple[Any, ...]) -> None:
    """The least step beyond a limit; `doctor` counts it."""
    assert damaged(make(tmp_path, row)) == 1


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        (
            "bouts",
            {"started_at": "2024-03-04T11:00+14:01"},
            "started_at has an offset of 50460 s, not of -12 to +14 hours",
        ),
        (
            "bouts",
            {"started_at": "1970-01-01T22:00Z"},
            "a bout of 19786 days is longer than a year",
        ),
        ("alerts", {"left_at": "2024-03-04T11:01Z"}, "left_at stands without rang_at"),
        ("alerts", {"max_level": None}, "max_level is empty"),
        ("gaps", {"why": None}, "why is empty"),
    ],
)
def test_the_reason(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    table: str,
    row: dict[str, Any],
    said: str,
) -> None:
    """One sentence, with the column and what it holds."""
    begun = {"started_at": "2024-03-04T11:00Z", "ended_at": "2024-03-04T11:10Z"}
    sound: dict[str, dict[str, Any]] = {
        "bouts": {**begun, "seated_seconds": 600, "estimated": False, "mark": None},
        "gaps": {**begun, "why": "down"},
        "alerts": {
            "alert_id": "a-1",
            "began_at": "2024-03-04T11:00Z",
            "rang_at": None,
            "left_at": None,
            "ended_at": "2024-03-04T11:10Z",
            "max_level": 0,
            "snoozes": 0,
            "voided": False,
        },
    }
    make(tmp_path)
    file = tmp_path / "file.json"
    head = {"format": "chair-sensor history", "version": 1}
    file.write_text(json.dumps({**head, table: [sound[table] | row]}))

    assert main(["import", str(file), "--set", f"state_dir={tmp_path}"]) == 2

    told = f"chair-sensor: {file}: {table}, row 1: {said}; nothing was imported\n"
    assert capsys.readouterr().err == told


def test_rows_that_touch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two labels of one moment may differ by a second; with more, two rows share time."""
    sat = (0, 60, 0, None)
    make(
        tmp_path,
        ("bout", 1000, 1100, *sat),
        ("bout", 1100, 1200, *sat),
        ("bout", 1199, 1300, *sat),
        ("bout", 1298.9, 1400, *sat),
    )

    assert main(["export", "--set", f"state_dir={tmp_path}"]) == 0

    told = capsys.readouterr()
    ends = [bout["ended_at"][14:19] for bout in json.loads(told.out)["bouts"]]
    assert ends == ["18:20", "20:00", "21:40"]
    assert told.err.startswith("left out 1 rows that share time with another")
