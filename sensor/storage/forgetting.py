"""Deletes history, and so that it is gone: what was there is overwritten, in the log file, too.

Other rows lose nothing but what tells of the time that is forgotten: an absence that ends in it
ends where it begins, and it was not watched. The steps are small: a daemon that writes at the
same time waits for no more than one of them.
"""

import math
import sqlite3
from contextlib import closing
from pathlib import Path

from sensor.errors import StorageError
from sensor.storage.schema import check

PATIENCE = 5.0
"""Seconds to wait for the daemon."""
AT_ONCE = 2000
"""Rows deleted in one step."""
WITHIN = {
    "bout": "ended_at > :start AND started_at < :end",
    "alert": "ended_at > :start AND began_at < :end",
    "absence": "left_at >= :start AND left_at < :end",
    "gap": "started_at >= :start AND started_at < :end",
    "event": "at >= :start AND at < :end",
    "self_check": "at >= :start AND at < :end",
}
"""For each table, which rows tell of the time from start to end."""
LAST = {
    "bout": "ended_at",
    "alert": "ended_at",
    "absence": "returned_at",
    "gap": "ended_at",
    "event": "at",
    "self_check": "at",
    "watch": "ended_at",
}
"""For each table the last moment of a row."""
CUT = {"absence": ("left_at", "returned_at"), "gap": ("started_at", "ended_at")}
FOREVER = 1e11
"""Unix time after all others; infinity is no number to SQLite's arithmetic."""


def forget(path: Path, start: float = -math.inf, end: float = math.inf) -> int:
    """Forget the time from start to end, or all; return how many rows went. Raises StorageError."""
    span = {"start": max(start, -FOREVER), "end": min(end, FOREVER)}
    everything = start == -math.inf and end == math.inf
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
            check(connection)
            connection.execute("PRAGMA secure_delete = ON")
            gone = sum(_deleted(connection, table, span) for table in WITHIN)
            _cut(connection, span)
            if everything:
                connection.execute("DELETE FROM checkpoint")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (sqlite3.Error, ValueError) as error:
        raise StorageError(f"{path}: {error}") from error
    return gone


def forget_before(connection: sqlite3.Connection, moment: float) -> None:
    """Forget what is older, within the transaction that is open."""
    span = {"end": moment}
    for table, last in LAST.items():
        connection.execute(f"DELETE FROM {table} WHERE {last} <= :end", span)  # noqa: S608
    connection.execute("UPDATE watch SET started_at = :end WHERE started_at < :end", span)


def _deleted(connection: sqlite3.Connection, table: str, span: dict[str, float]) -> int:
    gone = 0
    while True:
        step = connection.execute(
            f"DELETE FROM {table} WHERE rowid IN "  # noqa: S608  (names of this file alone)
            f"(SELECT rowid FROM {table} WHERE {WITHIN[table]} LIMIT {AT_ONCE})",
            span,
        ).rowcount
        gone += step
        if step < AT_ONCE:
            return gone


def _cut(connection: sqlite3.Connection, span: dict[str, float]) -> None:
    """Let what reaches into the span end before it, or begin after it; nobody watched then."""
    for table, (first, last) in CUT.items():
        connection.execute(
            f"UPDATE {table} SET {last} = :start "  # noqa: S608
            f"WHERE {first} < :start AND {last} > :start AND {last} <= :end",
            span,
        )
    connection.execute(
        "INSERT INTO watch SELECT started_at, :start, utc_offset FROM watch "
        "WHERE started_at < :start AND coalesce(ended_at, :end + 1) > :start",
        span,
    )
    # What was watched beyond the end goes on there; the daemon's own row stays, to be ended by it.
    connection.execute(
        "UPDATE watch SET started_at = :end "
        "WHERE started_at < :end AND coalesce(ended_at, :end + 1) > :end",
        span,
    )
    connection.execute("DELETE FROM watch WHERE ended_at > :start AND started_at < :end", span)
