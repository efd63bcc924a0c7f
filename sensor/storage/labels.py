"""Wall time for the core's moments, and how rows move when the wall clock is set."""

import math
import sqlite3
from collections import deque
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from sensor.core.days import BELIEVED_AFTER
from sensor.core.events import Row, Tell
from sensor.daemon.memory import Memory
from sensor.storage.tables import CLOSE_WATCHES, TABLES, WRITTEN_AS

MOST_UNSURE = 10_000
"""Rows that can still move with the clock."""
Labelled = tuple[str, dict[str, Any]]
"""A row as it is written: its table, and its values by column."""


class RowLabels(NamedTuple):
    """Wall time for the core's moments of one boot."""

    offset: float
    """Seconds that the wall clock is ahead of the core's."""
    zone: tzinfo

    def wall(self, at: float) -> float:
        """Return Unix time, to the millisecond."""
        return round(at + self.offset, 3)

    def utc_offset(self, at: float) -> int:
        """Return the local offset at a moment of the core, in seconds."""
        return utc_offset(self.wall(at), self.zone)

    def row(self, row: Row | Tell) -> Labelled:
        """Turn an effect of the core into a row of the history."""
        table = WRITTEN_AS[type(row)]
        values = {name: getattr(row, name) for name in table.columns}
        offset = self.utc_offset(values[table.first])
        for name in table.moments:
            if values[name] is not None:
                values[name] = self.wall(values[name])
        return table.name, {**values, "utc_offset": offset}


class Movable:
    """Rows that this life wrote while the clock was not believed: they move when it is set."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._rows: deque[tuple[str, int, list[str]]] = deque(maxlen=MOST_UNSURE)
        # At the last checkpoint: seconds that the wall clock was ahead of the core's.
        self._offset: float | None = None
        self._set_at = -math.inf  # when that last changed, in the core's seconds
        self._watch: tuple[int, float] | None = None  # its rowid, and when it began

    def follow(self, connection: sqlite3.Connection, memory: Memory) -> None:
        """Move the rows after a clock that was set, and write down since when this life watches.

        A checkpoint costs nothing more: its own moment is the end of the watch until the next one.
        """
        offset = memory.state.wall_offset
        if self._offset is not None and offset != self._offset:
            for row in self._rows:
                self._move(connection, *row, offset - self._offset)
        began = round(memory.state.started_at + offset, 3)
        if self._watch is None:
            connection.execute(CLOSE_WATCHES)
            cursor = connection.execute(
                "INSERT INTO watch VALUES (?, NULL, ?)", (began, utc_offset(began, self._zone))
            )
            self._watch = (cursor.lastrowid or 0, began)
        elif began != self._watch[1]:
            number, before = self._watch
            self._move(connection, "watch", number, ["started_at"], began - before)
            self._watch = (number, began)

    def note(self, memory: Memory, added: Iterable[tuple[int, Labelled]]) -> None:
        """Note which of the added rows, by rowid, move later; none once the clock is believed."""
        offset, before = memory.state.wall_offset, self._offset
        self._offset = offset
        began, ended = memory.state.started_at + offset - 0.001, memory.at + offset + 0.001
        if before is not None and offset != before:
            self._set_at = memory.at
        if memory.synchronised and min(memory.at - self._set_at, stands(memory)) >= BELIEVED_AFTER:
            self._rows.clear()
            return
        for rowid, (table, values) in added:
            moments = [name for name in TABLES[table].moments if values[name] is not None]
            # A row that a restore closes was labelled by a clock of an earlier boot.
            if all(began <= values[name] <= ended for name in moments):
                self._rows.append((table, rowid, moments))

    def end_watch(self) -> None:
        """Begin a new watch at the next checkpoint: the file was closed."""
        self._watch = None

    def _move(
        self,
        connection: sqlite3.Connection,
        table: str,
        row: int,
        moments: Iterable[str],
        by: float,
    ) -> None:
        """Move moments of a row by seconds; its offset from UTC is that of the first of them."""
        first, *_ = moments
        changes = ", ".join(f"{name} = round({name} + :by, 3)" for name in moments)
        sql = f"UPDATE {table} SET {changes} WHERE rowid = :row RETURNING {first}"  # noqa: S608
        for (moment,) in connection.execute(sql, {"by": by, "row": row}).fetchall():
            sql = f"UPDATE {table} SET utc_offset = ? WHERE rowid = ?"  # noqa: S608
            connection.execute(sql, (utc_offset(moment, self._zone), row))


def utc_offset(wall: float, zone: tzinfo) -> int:
    """Return the local offset at a moment of Unix time, in seconds."""
    local = datetime.fromtimestamp(wall, zone).utcoffset()
    return int(local.total_seconds()) if local else 0


def stands(memory: Memory) -> float:
    """Return for how many seconds a doubted date of the clock has stood; infinity: not doubted."""
    doubted = memory.state.doubted_since
    return math.inf if doubted is None else memory.at - doubted
