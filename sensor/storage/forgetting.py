"""Deletion of history: deleted rows are overwritten on disk, in the log file, too.

Other rows lose only the forgotten time: an absence that reaches into it ends where it begins, and
no watch covers it. The steps are small: a daemon that writes at the same time waits for no more
than one of them.
"""

import math
import sqlite3
from pathlib import Path

from sensor.storage.schema import writing
from sensor.storage.tables import CLOSE_WATCHES, TABLES, Table

AT_ONCE = 2000
"""Rows deleted in one step."""
WITHIN = {
    "touched": "{last} > :start AND {first} < :end",
    "begun": "{first} >= :start AND {first} < :end",
}
"""Which rows tell of the time from start to end."""


def forget(
    path: Path, start: float = -math.inf, end: float = math.inf, *, now: float, runs: bool = False
) -> int:
    """Forget the time from start to end, or all; return how many rows went. Raises StorageError.

    The open watch ends with `now` (Unix time) if a daemon `runs`, else with the last checkpoint.
    """
    everything = start == -math.inf and end == math.inf
    with writing(path) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        gone = sum(_deleted(connection, table, start, end) for table in TABLES.values())
        _split_watch(connection, start, end, now, runs=runs)
        if everything:
            connection.execute("DELETE FROM checkpoint")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return gone


def forget_before(connection: sqlite3.Connection, moment: float) -> int:
    """Delete rows that ended before a moment (Unix time), within the open transaction.

    Return how many went; a watch over the moment is cut short.
    """
    span = {"end": moment}
    gone = sum(
        connection.execute(f"DELETE FROM {table.name} WHERE {table.last} <= :end", span).rowcount  # noqa: S608
        for table in TABLES.values()
    )
    connection.execute("UPDATE watch SET started_at = :end WHERE started_at < :end", span)
    return gone


def _deleted(connection: sqlite3.Connection, table: Table, start: float, end: float) -> int:
    """Delete the rows of the time, cut short others that end in it; return how many went."""
    if table.forget == "split":
        return 0
    first, last = table.first, table.last
    span = {"start": start, "end": end}
    within = WITHIN[table.forget].format(first=first, last=last)
    gone, step = 0, AT_ONCE
    while step == AT_ONCE:
        step = connection.execute(
            f"DELETE FROM {table.name} WHERE rowid IN "  # noqa: S608  (names of this program alone)
            f"(SELECT rowid FROM {table.name} WHERE {within} LIMIT {AT_ONCE})",
            span,
        ).rowcount
        gone += step
    connection.execute(
        f"UPDATE {table.name} SET {last} = :start "  # noqa: S608
        f"WHERE {first} < :start AND {last} > :start AND {last} <= :end",
        span,
    )
    return gone


def _split_watch(
    connection: sqlite3.Connection, start: float, end: float, now: float, *, runs: bool
) -> None:
    """Take the time out of all watches; a daemon that runs keeps its row, and goes on from now."""
    if not runs:
        connection.execute(CLOSE_WATCHES)
    span = {"start": start, "end": end, "now": now}
    over = "coalesce(ended_at, max(started_at, :now))"
    connection.execute(
        "INSERT INTO watch SELECT started_at, :start, utc_offset FROM watch "  # noqa: S608
        f"WHERE started_at < :start AND {over} > :start",
        span,
    )
    connection.execute(
        f"UPDATE watch SET started_at = min(:end, {over}) WHERE started_at < :end "  # noqa: S608
        f"AND {over} > :start AND (ended_at IS NULL OR ended_at > :end)",
        span,
    )
    connection.execute("DELETE FROM watch WHERE ended_at > :start AND started_at < :end", span)
