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
from sensor.storage.schema import check, trouble
from sensor.storage.tables import CLOSE_WATCHES, TABLES, Table

PATIENCE = 30.0
"""Seconds to wait for the daemon, which may wait for a slow SD card."""
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

    What is watched ends with `now` (Unix time) if a daemon `runs`, else with the last checkpoint.
    """
    everything = start == -math.inf and end == math.inf
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
            check(connection)
            connection.execute("PRAGMA secure_delete = ON")
            gone = sum(_deleted(connection, table, start, end) for table in TABLES.values())
            _split_watch(connection, start, end, now, runs=runs)
            if everything:
                connection.execute("DELETE FROM checkpoint")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (sqlite3.Error, ValueError) as error:
        raise StorageError(f"{path}: {trouble(error)}") from error
    return gone


def forget_before(connection: sqlite3.Connection, moment: float) -> None:
    """Forget what is older, within the transaction that is open."""
    span = {"end": moment}
    for table in TABLES.values():
        connection.execute(f"DELETE FROM {table.name} WHERE {table.last} <= :end", span)  # noqa: S608
    connection.execute("UPDATE watch SET started_at = :end WHERE started_at < :end", span)


def _deleted(connection: sqlite3.Connection, table: Table, start: float, end: float) -> int:
    """Delete what tells of the time, and let what reaches into it end where it begins."""
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
    if table.forget == "begun" and first != last:
        connection.execute(
            f"UPDATE {table.name} SET {last} = :start "  # noqa: S608
            f"WHERE {first} < :start AND {last} > :start AND {last} <= :end",
            span,
        )
    return gone


def _split_watch(
    connection: sqlite3.Connection, start: float, end: float, now: float, *, runs: bool
) -> None:
    """Let nobody have watched then; a daemon goes on from now, and its row stays its own."""
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
