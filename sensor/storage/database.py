"""One SQLite database: the live state, and the history, written in one transaction.

A failing disk must never stop the chair: whatever goes wrong is said once, rows wait in memory
and are written as soon as the disk takes them again. A file that is no sound database is set
aside under a new name and a fresh one is begun; nothing is deleted.
"""

import logging
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from sensor.core.events import Row, Tell
from sensor.core.state import State
from sensor.ports import Memory
from sensor.storage import codec, schema
from sensor.storage.forgetting import forget_before
from sensor.storage.tables import WRITTEN_AS

log = logging.getLogger(__name__)

Connector = Callable[..., sqlite3.Connection]
"""How SQLite is opened; the simulator does it on a disk that can be full."""

MOST_WAITING = 10_000
"""Rows kept in memory while the disk takes none; about half a year of sitting."""

BUSY = 0.1
"""Seconds to wait for another program that is writing: the buzzer waits with us."""


class Database:
    """`chair-sensor.db` in the state directory."""

    def __init__(
        self,
        path: Path,
        *,
        zone: tzinfo = UTC,
        keep_days: int | None = None,
        connect: Connector = sqlite3.connect,
    ) -> None:
        self.path = path
        self.was_set_aside = False
        self._zone = zone
        self._keep_days = keep_days
        self._swept = ""  # the day on which too old rows were last looked for
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._watch: tuple[int, float] | None = None  # its rowid, and when it began
        self._encoded: tuple[State, str] | None = None
        self._failed = False

    def open(self) -> Memory | None:
        """Open or make the database; return what was remembered, if anything."""
        try:
            return self._opened()
        except (sqlite3.DatabaseError, ValueError) as error:
            damage = not isinstance(error, sqlite3.OperationalError) or _is_damage(error)
            if not damage and not os.path.isdir(self.path):  # noqa: PTH112  (this one never raises)
                self._fail(error)
                return None
            self._set_aside(error)
        try:
            return self._opened()
        except (sqlite3.DatabaseError, ValueError) as error:
            self._fail(error)
            return None

    def save(self, memory: Memory, rows: Iterable[Row | Tell]) -> bool:
        """Write a checkpoint and new rows in one transaction; False while the disk refuses."""
        offset = memory.state.wall_offset
        self._waiting.extend(self._labelled(row, offset) for row in rows)
        try:
            if self._connection is None:
                self.open()
            if self._connection is None:
                return False
            with self._connection as connection:
                for table, values in self._waiting:
                    _insert(connection, table, values)
                self._keep_watch(connection, memory)
                _insert(connection, "checkpoint", _checkpoint(memory, self._encode(memory.state)))
                self._sweep(connection, memory)
        except sqlite3.DatabaseError as error:
            self._fail(error)
            return False
        self._waiting.clear()
        if self._failed:
            log.warning("the database can be written again: nothing was lost")
            self._failed = False
        return True

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._watch = None

    def _opened(self) -> Memory | None:
        connection = self._connect(self.path, timeout=BUSY, isolation_level="IMMEDIATE")
        try:
            # WAL: one small write for a checkpoint, and no torn file after a power cut.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -256")  # KiB; the daemon only ever appends
            schema.check(connection)
            memory = _remembered(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return memory

    def _set_aside(self, error: Exception) -> None:
        # To the microsecond: a Pi without a clock lives through the same second again and again.
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        moved = self.path.with_name(f"{self.path.name}.unreadable-{stamp}")
        try:
            for suffix in ("", "-wal", "-shm"):
                old = self.path.with_name(self.path.name + suffix)
                if old.exists():
                    old.rename(moved.with_name(moved.name + suffix))
        except OSError as trouble:
            self._fail(trouble)
            return
        self.was_set_aside = True
        log.error("%s: %s; set aside as %s, starting afresh", self.path, error, moved.name)

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            log.error(
                "%s: %s; counting goes on from memory, writing is tried again",
                self.path,
                error,
            )
        self._failed = True
        self.close()

    def _keep_watch(self, connection: sqlite3.Connection, memory: Memory) -> None:
        """Write down since when we watch: once, and again when the wall clock was set.

        A checkpoint costs nothing more: its own moment is the end of the watch until the next one.
        """
        began = round(memory.state.started_at + memory.state.wall_offset, 3)
        if self._watch is None:
            connection.execute(
                "UPDATE watch SET ended_at = coalesce((SELECT wall FROM checkpoint), started_at) "
                "WHERE ended_at IS NULL"
            )
            cursor = connection.execute(
                "INSERT INTO watch VALUES (?, NULL, ?)", (began, self._utc_offset(began))
            )
            self._watch = (cursor.lastrowid or 0, began)
        elif began != self._watch[1]:
            number, before = self._watch
            connection.execute(
                "UPDATE watch SET started_at = started_at + ? WHERE rowid = ?",
                (began - before, number),
            )
            self._watch = (number, began)

    def _encode(self, state: State) -> str:
        """Write a state as JSON; a calm sitter's stays the same for many checkpoints."""
        if self._encoded is None or self._encoded[0] is not state:
            self._encoded = (state, codec.encode(state))
        return self._encoded[1]

    def _sweep(self, connection: sqlite3.Connection, memory: Memory) -> None:
        """Once a day forget what is too old; never by a clock that may be wrong."""
        today = memory.state.day.date
        if self._keep_days is not None and memory.synchronised and today != self._swept:
            forget_before(connection, memory.wall - self._keep_days * 86400)
            self._swept = today

    def _utc_offset(self, moment: float) -> int:
        local = datetime.fromtimestamp(moment, self._zone).utcoffset()
        return int(local.total_seconds()) if local else 0

    def _labelled(self, row: Row | Tell, offset: float) -> tuple[str, dict[str, Any]]:
        """Turn the core's instants into wall time while it is known what they mean."""
        table = WRITTEN_AS[type(row)]
        values = {name: getattr(row, name) for name in table.columns}
        for name in table.moments:
            if values[name] is not None:
                values[name] = round(values[name] + offset, 3)
        return table.name, {**values, "utc_offset": self._utc_offset(values[table.first])}


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether the file itself is at fault rather than the disk or its permissions."""
    # Without a code it is Python's: a text in the file is not UTF-8.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _remembered(connection: sqlite3.Connection) -> Memory | None:
    row = connection.execute(
        "SELECT state, at, wall, boot_id, synchronised FROM checkpoint"
    ).fetchone()
    if row is None:
        return None
    state, at, wall, boot_id, synchronised = row
    if not (codec.is_plausible(float(at)) and codec.is_plausible(float(wall))):
        raise ValueError(f"remembers an impossible moment: {at}, {wall}")
    return Memory(
        state=codec.decode(state),
        at=float(at),
        wall=float(wall),
        boot_id=str(boot_id),
        synchronised=bool(synchronised),
    )


def _checkpoint(memory: Memory, state: str) -> dict[str, Any]:
    return {
        "only": 1,
        "state": state,
        "at": memory.at,
        "wall": memory.wall,
        "boot_id": memory.boot_id,
        "synchronised": memory.synchronised,
    }


def _insert(connection: sqlite3.Connection, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    # Names come from this file alone, values are bound.
    connection.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608
