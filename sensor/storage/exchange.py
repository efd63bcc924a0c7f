"""The history as a file, and back: one JSON object, or a folder with a CSV file for each table.

Moments are written in ISO 8601 with the local offset at the row's first one, durations in seconds.
README.md, "Your data", names every column.
"""

import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sensor.core.events import EVENT_TYPES
from sensor.errors import SettingsError, StorageError
from sensor.storage.history import reading
from sensor.storage.schema import check

FORMAT = "chair-sensor history"
FORMAT_VERSION = 1
MOST = 2**32
"""Of any number or moment here: the year 2106, as Unix time."""
PATIENCE = 5.0
"""Seconds to wait for the daemon."""
ANONYMOUS = datetime(2000, 1, 3, tzinfo=timezone.utc)  # noqa: UP017  (beside other offsets)
"""The Monday to whose week the first row is moved."""
WEEK = 7 * 86400
TEXT, NUMBER, COUNT, FLAG, MOMENT = "text", "number", "count", "flag", "moment"

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "bout": {
        "started_at": MOMENT,
        "ended_at": MOMENT,
        "seated_seconds": NUMBER,
        "estimated": FLAG,
        "mark": TEXT,
    },
    "absence": {"left_at": MOMENT, "returned_at": MOMENT, "kind": TEXT},
    "alert": {
        "alert_id": TEXT,
        "began_at": MOMENT,
        "rang_at": MOMENT,
        "left_at": MOMENT,
        "ended_at": MOMENT,
        "max_level": COUNT,
        "snoozes": COUNT,
        "voided": FLAG,
    },
    "gap": {"started_at": MOMENT, "ended_at": MOMENT, "why": TEXT},
    "watch": {"started_at": MOMENT, "ended_at": MOMENT},
    "event": {
        "id": TEXT,
        "event_type": TEXT,
        "alert_id": TEXT,
        "at": MOMENT,
        "level": COUNT,
        "sitting_seconds": NUMBER,
        "quiet": FLAG,
    },
    "self_check": {"at": MOMENT, "knees": FLAG, "pelvis": FLAG, "back": FLAG},
}
"""Every table that is exported, its columns, and what is in them."""
OPTIONAL = {
    *(("bout", "mark"), ("alert", "rang_at"), ("alert", "left_at")),
    *(("event", "alert_id"), ("event", "level")),
}
"""May be empty."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "mark": ("voided", "long_occupancy"),
    "kind": ("merged", "short", "full"),
    "why": ("unplugged", "suspended", "down", "down_unknown"),
    "event_type": EVENT_TYPES,
}
"""All that may stand in these columns."""
NAMES = {table: f"{table}es" if table == "watch" else f"{table}s" for table in COLUMNS}
FIRST = {
    table: next(name for name, kind in columns.items() if kind == MOMENT)
    for table, columns in COLUMNS.items()
}
IDS = {"alert_id", "id"}

Tables = dict[str, list[dict[str, Any]]]
"""For each table its rows: moments in Unix time, and `utc_offset`."""


def exported(path: Path, start: float, end: float) -> Tables:
    """Read every row that begins from start to end. Raises StorageError."""
    tables: Tables = {}
    with reading(path) as connection:
        wall = connection.execute("SELECT wall FROM checkpoint").fetchone()
        for table, columns in COLUMNS.items():
            names = [*columns, "utc_offset"]
            found = connection.execute(
                f"SELECT {', '.join(names)} FROM {table} "  # noqa: S608  (names of this file alone)
                f"WHERE {FIRST[table]} >= ? AND {FIRST[table]} < ? ORDER BY {FIRST[table]}",
                (start, end),
            )
            tables[table] = [dict(zip(names, row, strict=True)) for row in found]
    for row in tables["watch"]:
        if row["ended_at"] is None:
            row["ended_at"] = wall[0] if wall else row["started_at"]
    return tables


def anonymised(tables: Tables) -> Tables:
    """Move all by whole weeks to the year 2000, and number the ids; weekdays and clocks stay."""
    firsts = [
        row[FIRST[table]] + row["utc_offset"] for table, rows in tables.items() for row in rows
    ]
    monday = ANONYMOUS.timestamp()
    weeks = (min(firsts, default=monday) - monday) // WEEK
    numbers: dict[str, str] = {}

    def moved(row: dict[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
        found = {**row, "utc_offset": 0}
        for name, kind in columns.items():
            value = row[name]
            if value is not None and kind == MOMENT:
                found[name] = round(value + row["utc_offset"] - weeks * WEEK, 3)
            elif value is not None and name in IDS:
                found[name] = numbers.setdefault(value, str(len(numbers) + 1))
        return found

    return {table: [moved(row, COLUMNS[table]) for row in rows] for table, rows in tables.items()}


def as_json(tables: Tables) -> str:
    """Write one JSON object."""
    lines = [f'"format": {json.dumps(FORMAT)}', f'"version": {FORMAT_VERSION}']
    for table, rows in tables.items():
        written = ",\n  ".join(json.dumps(_written(table, row)) for row in rows)
        lines.append(f'"{NAMES[table]}": [\n  {written}\n]' if rows else f'"{NAMES[table]}": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def as_csv(table: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Write one table; what is not known is left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS[table]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = _written(table, row)
        writer.writerow(
            {k: str(v).lower() if isinstance(v, bool) else v for k, v in values.items()}
        )
    return text.getvalue()


def read_file(path: Path) -> Tables:
    """Read what was exported: a JSON file, or a folder of CSV. Raises SettingsError."""
    try:
        if path.is_dir():
            raw: dict[str, Any] = {
                name: list(csv.DictReader(io.StringIO((path / f"{name}.csv").read_text("utf-8"))))
                for name in NAMES.values()
                if (path / f"{name}.csv").exists()
            }
            if not raw:
                raise SettingsError(f"{path}: has none of {', '.join(NAMES.values())} as .csv")
        else:
            raw = json.loads(path.read_text("utf-8"))
            if not isinstance(raw, dict) or raw.get("format") != FORMAT:
                raise SettingsError(f"{path}: is no export of chair-sensor")
            if raw.get("version") != FORMAT_VERSION:
                raise SettingsError(
                    f"{path}: has version {raw.get('version')}, this program reads {FORMAT_VERSION}"
                )
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; name what `export` has written") from None
    except (ValueError, RecursionError, csv.Error):
        raise SettingsError(f"{path}: is no JSON in UTF-8, and no folder of CSV files") from None
    return {table: _read_rows(path, table, raw.get(NAMES[table]) or []) for table in COLUMNS}


def imported(path: Path, tables: Tables) -> int:
    """Add the rows that are not there yet; return how many. Raises StorageError."""
    added = 0
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection, connection:
            check(connection)
            for table, rows in tables.items():
                names = [*COLUMNS[table], "utc_offset"]
                listed = ", ".join(names)
                known = set(connection.execute(f"SELECT {listed} FROM {table}"))  # noqa: S608
                fresh = {tuple(row[name] for name in names): None for row in rows}
                new = [values for values in fresh if values not in known]
                marks = ", ".join("?" * len(names))
                connection.executemany(
                    f"INSERT INTO {table} ({listed}) VALUES ({marks})",  # noqa: S608
                    new,
                )
                added += len(new)
    except (sqlite3.Error, ValueError) as error:
        raise StorageError(f"{path}: {error}") from error
    return added


def _written(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _shown(row[name], kind, row["utc_offset"]) for name, kind in COLUMNS[table].items()
    }


def _shown(value: Any, kind: str, offset: int) -> Any:
    if value is None:
        return None
    if kind == MOMENT:
        zone = timezone(timedelta(seconds=offset))
        return datetime.fromtimestamp(value, zone).isoformat(timespec="milliseconds")
    return bool(value) if kind == FLAG else value


def _read_rows(path: Path, table: str, rows: Any) -> list[dict[str, Any]]:
    if not isinstance(rows, list):
        raise SettingsError(f"{path}: {NAMES[table]} is no list of rows; nothing was imported")
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(_read_row(table, row))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise SettingsError(
                f"{path}: {NAMES[table]}, row {number}: {what}; nothing was imported"
            ) from None
    return found


def _read_row(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in COLUMNS[table].items():
        text = row[name]
        if text in (None, ""):
            if (table, name) not in OPTIONAL:
                raise ValueError(f"{name} is empty")
            values[name] = None
            continue
        match kind:
            case "moment":
                moment = datetime.fromisoformat(text)
                offset = moment.utcoffset()
                if offset is None:
                    raise ValueError(f"{name} {text!r} has no offset")
                values[name] = _in_range(name, round(moment.timestamp(), 3))
                values.setdefault("utc_offset", int(offset.total_seconds()))
            case "number":
                values[name] = _in_range(name, float(text))
            case "count":
                values[name] = _in_range(name, int(text))
            case "flag":
                values[name] = {"true": 1, "false": 0}[str(text).lower()]
            case _:
                if name in WORDS and text not in WORDS[name]:
                    raise ValueError(f"{name} {text!r} is none of {', '.join(WORDS[name])}")
                values[name] = str(text)
    return values


def _in_range(name: str, value: float) -> float:
    if not 0 <= value <= MOST:
        raise ValueError(f"{name} {value:g} is not from 0 to {MOST}")
    return value
