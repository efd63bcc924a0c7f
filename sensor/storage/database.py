"""The daemon's side of the database, also while its disk is full: checkpoint and history.

Both are written in one transaction. A failing disk must never stop the daemon. Each trouble is
logged once; rows wait in memory and are written as soon as the disk takes them again. A file that
is not a sound database is set aside under a new name, and a fresh one is begun; nothing is deleted.
"""

import logging
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from sensor.core.days import BELIEVED_AFTER
from sensor.core.events import Row, Tell
from sensor.core.state import State
from sensor.daemon import codec
from sensor.daemon.memory import NOT_YET, Memory, Remembered
from sensor.daemon.ports import MOST_WAITING
from sensor.storage import checkpoint, schema
from sensor.storage.forgetting import forget_before
from sensor.storage.labels import Labelled, Movable, RowLabels, stands

log = logging.getLogger(__name__)

Connector = Callable[..., sqlite3.Connection]
"""How SQLite is opened; the simulator does it on a disk that can be full."""

BUSY = 0.1
"""Seconds to wait for another program that is writing; then it is tried again later."""

MOST_DEATHS = 2
"""Lives that may die of one checkpoint; the next one starts without it."""
YOUNG = 60
"""Seconds within which a life dies of the checkpoint that it began with."""


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
        self._waiting: deque[Labelled] = deque(maxlen=MOST_WAITING)
        self._movable = Movable(zone)
        self._encoded: tuple[State, str] | None = None
        self._failed = False
        self._known = False  # whether the checkpoint has been read, or there is none
        self._died = 0  # lives before this one that died of the checkpoint
        self._file: os.stat_result | None = None  # the one that is open

    def open(self) -> Remembered:
        """Open or make the database; return what was remembered, None for nothing.

        NOT_YET: it cannot be read now, and may hold anything; nothing is written over it.
        """
        answer = self._read()
        self._known = answer is not NOT_YET
        return answer

    def save(self, memory: Memory, rows: Iterable[Row | Tell]) -> bool:
        """Write a checkpoint and new rows in one transaction; False while the disk refuses."""
        self._waiting.extend(map(RowLabels(memory.state.wall_offset, self._zone).row, rows))
        self._look_for_the_file()
        try:
            if self._connection is None:
                remembered = self._read()
                self._known = self._known or remembered is None
            if self._connection is None or not self._known:
                return False
            with self._connection as connection:
                self._movable.follow(connection, memory)
                added = [(_insert(connection, *row), row) for row in self._waiting]
                if memory.at >= memory.state.started_at + YOUNG:
                    self._died = 0
                row = checkpoint.row(memory, self._encode(memory.state), self._died)
                _insert(connection, "checkpoint", row)
                self._sweep(connection, memory)
        except sqlite3.DatabaseError as error:
            self._fail(error)
            return False
        self._waiting.clear()
        self._movable.note(memory, added)
        if self._failed:
            log.warning("the database can be written again: nothing was lost")
            self._failed = False
        return True

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._movable.end_watch()

    def died(self) -> None:
        """Count this life as one that its checkpoint may have killed; for an end by an error."""
        if self._connection is not None:
            self._mark(self._connection)

    def _read(self) -> Remembered:
        try:
            return self._opened()
        except schema.NewerError as error:
            self._fail(error)
            return NOT_YET
        except (sqlite3.DatabaseError, ValueError) as error:
            damage = not isinstance(error, sqlite3.OperationalError) or _is_damage(error)
            if not damage and not os.path.isdir(self.path):  # noqa: PTH112  (this one never raises)
                self._fail(error)
                return NOT_YET
            self._set_aside(error)
        try:
            return self._opened()
        except (sqlite3.DatabaseError, ValueError) as error:
            self._fail(error)
            return NOT_YET

    def _opened(self) -> Memory | None:
        self.close()
        connection = self._connect(self.path, timeout=BUSY)
        try:
            # A file that is being made holds nothing to lose: six syncs, seconds each on a slow
            # SD card, would keep the first rows waiting for longer than a stop has patience.
            if connection.execute("PRAGMA page_count").fetchone() == (0,):
                connection.execute("PRAGMA synchronous = OFF")
            # WAL: one small write for a checkpoint, and no torn file after a power cut.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA cache_size = -256")  # KiB; the daemon only ever appends
            schema.check(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            memory = None if self._known else self._remembered(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        with suppress(OSError):
            self._file = self.path.stat()
        return memory

    def _remembered(self, connection: sqlite3.Connection) -> Memory | None:
        """Read the checkpoint, unless lives before this one have died of it."""
        try:
            found = checkpoint.read(connection)
        except ValueError as error:
            self.was_set_aside = True
            log.error("%s: %s; starting without it, the history stays", self.path, error)  # noqa: TRY400
            with suppress(sqlite3.OperationalError), connection:  # its moment must not end a watch
                connection.execute("DELETE FROM checkpoint")
            return None
        if found is None:
            return None
        memory, self._died = found
        if self._died >= MOST_DEATHS:
            self.was_set_aside, self._died = True, 0
            log.error(
                "%s: the program ended %d times at its last checkpoint; starting without it, "
                "the history stays",
                self.path,
                MOST_DEATHS,
            )
            return None
        self._mark(connection)
        return memory

    def _mark(self, connection: sqlite3.Connection) -> None:
        """Count this life as one that died of the checkpoint, until it has written another."""
        with suppress(sqlite3.OperationalError), connection:  # a full disk still tells
            connection.execute("UPDATE checkpoint SET died = ?", (self._died + 1,))

    def _look_for_the_file(self) -> None:
        """Close the file if it was removed or replaced while it was open."""
        if self._connection is None:
            return
        try:  # at each checkpoint: neither pathlib nor `suppress`
            if self._file and os.path.samestat(self._file, os.stat(self.path)):  # noqa: PTH116
                return
        except OSError:
            pass
        log.error("%s: was removed or replaced while it was in use; a new one is begun", self.path)
        self.close()

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

    def _encode(self, state: State) -> str:
        """Write a state as JSON; a calm sitter's stays the same for many checkpoints."""
        if self._encoded is None or self._encoded[0] is not state:
            self._encoded = (state, codec.encode(state))
        return self._encoded[1]

    def _sweep(self, connection: sqlite3.Connection, memory: Memory) -> None:
        """Once a day forget what is too old; never by a clock that may be wrong."""
        today = memory.state.day.date
        if self._keep_days is None or not memory.synchronised or today == self._swept:
            return
        if stands(memory) < BELIEVED_AFTER:
            return
        gone = forget_before(connection, memory.wall - self._keep_days * 86400)
        if gone:
            log.info("%d rows are older than keep_days = %d: deleted", gone, self._keep_days)
        self._swept = today


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether the file itself is at fault rather than the disk or its permissions."""
    # Without a code it is Python's: a text in the file is not UTF-8.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _insert(connection: sqlite3.Connection, table: str, values: dict[str, Any]) -> int:
    """Write a row; return its rowid."""
    return connection.execute(_insertion(table, *values), (*values.values(),)).lastrowid or 0


@cache
def _insertion(table: str, *names: str) -> str:
    """Return the SQL that writes a row; the names come from this package alone."""
    marks = ", ".join("?" * len(names))
    return f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
