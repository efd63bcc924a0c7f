"""Export and import of the history: one JSON object, or a folder with a CSV file for each table.

Moments are written in ISO 8601 with the local offset at the row's first one, durations in seconds.
README.md in this folder names every column. Rows are read and written one by one: twenty years of
them need no more memory than a day.
"""

import csv
import json
import math
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from itertools import chain
from pathlib import Path
from typing import Any

from sensor.errors import SettingsError
from sensor.settings.text_files import read_blocks
from sensor.storage.columns import MOST, Column, refuse_offset
from sensor.storage.json_rows import JsonRows
from sensor.storage.schema import writing
from sensor.storage.tables import OPEN_WATCH, TABLES, LeftOut, Row, Table, apart

FORMAT = "chair-sensor history"
FORMAT_VERSION = 1
ANONYMOUS = datetime(2000, 1, 3, tzinfo=timezone.utc)  # noqa: UP017  (beside other offsets)
"""The Monday to whose week the first row is moved."""
WEEK = 7 * 86400
NAMES: Mapping[str, Table] = {table.plural: table for table in TABLES.values()}
"""Every table by its name in an export."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}([.,][0-9]*)?([eE][+-]?[0-9]{1,3})?")
_DELIMITERS = ",;\t"
"""Between the cells of a CSV file; spreadsheets in some languages write semicolons."""

Given = tuple[Table, Row]
"""A row and its table."""


class Export:
    """Writes the rows that begin from `start` to `end` (Unix time); reads each table once."""

    def __init__(
        self, connection: sqlite3.Connection, start: float, end: float, *, anonymise: bool
    ) -> None:
        self.written = 0
        """Rows so far."""
        self.left_out = LeftOut()
        """Rows that `import` would refuse."""
        self._connection = connection
        self._span = (start, end)
        self._moved = _Anonymiser(map(self._first, TABLES.values())) if anonymise else None

    def json(self) -> Iterator[str]:
        """Yield one JSON object, piece by piece."""
        yield f'{{\n"format": {json.dumps(FORMAT)},\n"version": {FORMAT_VERSION}'
        for name, table in NAMES.items():
            yield f',\n"{name}": ['
            before = "\n  "
            for row in self._rows(table):
                yield f"{before}{json.dumps(row)}"
                before = ",\n  "
            yield "]" if before == "\n  " else "\n]"
        yield "\n}\n"

    def csv(self, table: Table) -> Iterator[str]:
        """Yield one table, line by line; what is not known is left empty."""
        yield ",".join(table.columns) + "\n"
        for row in self._rows(table):
            # Ids, words, numbers and moments hold nothing that would need quotes.
            yield ",".join(map(_cell, row.values())) + "\n"

    def _rows(self, table: Table) -> Iterator[dict[str, Any]]:
        rows = table.rows(self._connection, self.left_out, "first >= ? AND first < ?", self._span)
        for row in self._apart(table, rows) if table.alone else rows:
            self.written += 1
            moved = self._moved(table, row) if self._moved else row
            yield {
                name: _shown(moved[name], column, moved["utc_offset"])
                for name, column in table.columns.items()
            }

    def _apart(self, table: Table, rows: Iterable[Row]) -> Iterator[Row]:
        for (_, _, row), other in apart((row[table.first], row[table.last], row) for row in rows):
            if other is None:
                yield row
            else:
                self.left_out.overlapping += 1

    def _first(self, table: Table) -> float:
        rows = table.rows(self._connection, LeftOut(), "first >= ? AND first < ?", self._span)
        return min((row[table.first] + row["utc_offset"] for row in rows), default=math.inf)


class _Anonymiser:
    """Moves all by whole weeks to the year 2000, and numbers ids; weekdays and clocks stay."""

    def __init__(self, firsts: Iterable[float]) -> None:
        monday = ANONYMOUS.timestamp()
        self._seconds = (min(firsts) - monday) // WEEK * WEEK  # no number where nothing moves
        self._numbers: dict[str, str] = {}

    def __call__(self, table: Table, row: Row) -> Row:
        moved = {**row, "utc_offset": 0}
        for name, column in table.columns.items():
            value = row[name]
            if value is not None and column.kind == "moment":
                moved[name] = value + row["utc_offset"] - self._seconds
            elif value is not None and column.kind == "id":
                moved[name] = self._numbers.setdefault(value, str(len(self._numbers) + 1))
        return moved


def _shown(value: Any, column: Column, offset: int) -> Any:
    if value is None:
        return None
    if column.kind == "moment":
        zone = timezone(timedelta(seconds=offset))
        return datetime.fromtimestamp(_ms(value), zone).isoformat(timespec="milliseconds")
    return bool(value) if column.kind == "flag" else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_file(path: Path) -> Iterator[Given]:
    """Yield the rows of what was exported, a JSON file or a folder of CSV. Raises SettingsError.

    A row that cannot be true is refused, which means that the rows before it count for nothing.
    """
    try:
        yield from _read_folder(path) if path.is_dir() else _read_json(path)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; name what `export` has written") from None


def _read_folder(path: Path) -> Iterator[Given]:
    files = {path / f"{name}.csv": table for name, table in NAMES.items()}
    found = {file: table for file, table in files.items() if file.exists()}
    if not found:
        raise SettingsError(f"{path}: has none of {', '.join(NAMES)} as .csv")
    for file, table in found.items():
        lines = _lines(read_blocks(file))
        header = next(lines, "")
        delimiter = max(_DELIMITERS, key=header.count)
        rows = csv.reader(chain([header], lines), delimiter=delimiter)
        number = 0
        try:
            names = next(rows)
            for cells in rows:
                if cells:  # no empty line
                    number += 1
                    yield table, _read_row(table, _named(names, cells))
        except (ValueError, csv.Error) as error:
            raise _refused(path, table, number, error) from None


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    try:
        return dict(zip(names, cells, strict=True))
    except ValueError:
        raise ValueError(f"has {len(cells)} cells under {len(names)} names") from None


def _lines(blocks: Iterable[str]) -> Iterator[str]:
    begun = ""
    for block in blocks:
        *whole, begun = (begun + block).split("\n")
        yield from (f"{line}\n" for line in whole)
    if begun:
        yield begun


def _read_json(path: Path) -> Iterator[Given]:
    head: dict[str, Any] = {}
    try:
        for name, number, value in JsonRows(read_blocks(path)):
            table = NAMES.get(name)
            if number is None:
                head[name] = value
            elif table is not None:
                try:
                    yield table, _read_row(table, value)
                except ValueError as error:
                    raise _refused(path, table, number, error) from None
    except ValueError as error:
        raise SettingsError(f"{path}: is not an export of chair-sensor: {error}") from None
    for name in NAMES:
        if head.get(name) is not None:
            raise SettingsError(f"{path}: {name} is no list of rows; nothing was imported")
    if head.get("format") != FORMAT:
        raise SettingsError(f"{path}: is not an export of chair-sensor; nothing was imported")
    if head.get("version") != FORMAT_VERSION:
        raise SettingsError(
            f"{path}: has version {head.get('version')!r:.40}, this program reads {FORMAT_VERSION}"
        )


def _refused(path: object, table: Table, number: int, why: object) -> SettingsError:
    return SettingsError(f"{path}: {table.plural}, row {number}: {why}; nothing was imported")


def imported(path: Path, rows: Iterable[Given], source: object = "") -> tuple[int, int]:
    """Add the rows that are not there yet; return how many these are, and of how many.

    Raises SettingsError for a row that contradicts another, StorageError where writing fails.
    """
    with writing(path, otherwise="; nothing was imported") as connection:
        connection.create_function("ms", 1, _ms)
        given = _noted(connection, rows)
        # At once: a reader that turns into a writer later is refused beside a busy daemon.
        connection.execute("BEGIN IMMEDIATE")
        added = sum(_added(connection, table, source) for table in TABLES.values())
        connection.execute("COMMIT")
    return added, given


def _noted(connection: sqlite3.Connection, rows: Iterable[Given]) -> int:
    """Write the rows to tables that are not kept; return how many. Their rowids count from 1."""
    for table in TABLES.values():
        connection.execute(f"CREATE TEMP TABLE given_{table.name} ({', '.join(table.names)})")
    into = {
        name: f"INSERT INTO given_{name} VALUES ({', '.join('?' * len(table.names))})"  # noqa: S608
        for name, table in TABLES.items()
    }
    count = 0
    connection.execute("BEGIN")
    for table, row in rows:
        connection.execute(into[table.name], [row[name] for name in table.names])
        count += 1
    connection.execute("COMMIT")
    return count


def _added(connection: sqlite3.Connection, table: Table, source: object) -> int:
    """Add what the table has not got yet."""
    listed = ", ".join(table.names)
    connection.execute(
        f"CREATE TEMP TABLE new_{table.name} AS "  # noqa: S608  (names of this program alone)
        f"SELECT min(number) AS number, {listed} FROM ("
        f"SELECT rowid AS number, {listed} FROM given_{table.name} "
        f"UNION ALL SELECT NULL, {listed} FROM {table.name}) "
        f"GROUP BY {listed} HAVING count(*) = count(number)"
    )
    if table.alone:
        _refuse_overlaps(connection, table, source)
    if table.forget == "split":
        _drop_watched(connection)
    return connection.execute(
        f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM new_{table.name} ORDER BY number"  # noqa: S608
    ).rowcount


def _refuse_overlaps(connection: sqlite3.Connection, table: Table, source: object) -> None:
    """Raise SettingsError where a new row shares time with any other."""
    moments = f"{table.first}, {table.last}"
    rows = connection.execute(
        f"SELECT {moments}, number FROM new_{table.name} UNION ALL "  # noqa: S608
        f"SELECT {moments}, NULL FROM {table.name} WHERE typeof({table.first}) = 'real' "
        f"AND typeof({table.last}) = 'real' ORDER BY 2, 1"
    )
    for row, other in apart(rows):
        new = [each for each in (row, other) if each and each[2] is not None]
        if other and new:
            against = other if new[0] is row else row
            began = _shown(against[0], table.columns[table.first], 0)
            raise _refused(source, table, new[0][2], f"overlaps the {table.name} of {began}")


def _drop_watched(connection: sqlite3.Connection) -> None:
    """Leave out what is known to have been watched: an open watch has grown since its export."""
    connection.execute(
        "DELETE FROM new_watch WHERE EXISTS (SELECT 1 FROM ("  # noqa: S608
        f"SELECT ms(started_at) AS began, ms({OPEN_WATCH}) AS over FROM watch"
        ") WHERE began <= new_watch.started_at AND over >= new_watch.ended_at)"
    )


def _ms(value: Any) -> Any:
    """Round to what an export tells of a moment; damage stays as it is."""
    return round(value, 3) if isinstance(value, float) else value


def _read_row(table: Table, cells: Any) -> Row:
    """Turn what a file says into a row. Raises ValueError."""
    if not isinstance(cells, dict):
        raise ValueError("is not an object with columns")  # noqa: TRY004  (one kind for all)
    row: dict[str, Any] = {"utc_offset": None}
    for name, column in table.columns.items():
        if name not in cells:
            raise ValueError(f"{name} is missing")
        cell = cells[name]
        if cell in (None, ""):
            row[name] = None
        elif column.kind == "moment":
            row[name], offset = _read_moment(name, cell)
            row["utc_offset"] = offset if row["utc_offset"] is None else row["utc_offset"]
        else:
            row[name] = _read_value(column, cell)
    table.refuse(row)
    return row


def _read_moment(name: str, cell: Any) -> tuple[float, int]:
    """Return Unix time and the offset in seconds. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(cell)
        offset = moment.utcoffset()
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} {cell!r:.40} is not a moment such as 2026-03-02T08:00:00+01:00"
        ) from None
    if offset is None:
        raise ValueError(f"{name} {cell!r:.40} has no offset such as +01:00 at its end")
    seconds = round(moment.timestamp(), 3)
    if not 0 <= seconds <= MOST:
        raise ValueError(f"{name} {cell!r:.40} is not from 1970 to 2106")
    refuse_offset(name, int(offset.total_seconds()))
    return seconds, int(offset.total_seconds())


def _read_value(column: Column, cell: Any) -> Any:
    """Return the value that a cell stands for, or the cell itself where it stands for none."""
    if column.kind == "flag":
        flags = {"true": 1, "false": 0}
        return flags.get(str(cell).lower(), cell) if isinstance(cell, str | bool) else str(cell)
    if column.kind in ("seconds", "count") and isinstance(cell, str) and _NUMBER.fullmatch(cell):
        cell = float(cell.replace(",", "."))
    if column.kind == "count" and isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell
