"""Reading of the history, beside a daemon that goes on writing.

The connection is read-only, and it sees one moment of the database. A bout, absence or alert that
is still open comes from the last checkpoint: at most a minute old while somebody sits.
"""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal, TypeVar

from sensor.core import sitting
from sensor.core.alert import alert_row
from sensor.core.events import AlertRow, BoutRow
from sensor.core.history import Absence, AlertEntry, BoutEntry, History, Length, SelfCheck
from sensor.core.seating import bout_row
from sensor.core.sitting import Absent, Idle
from sensor.core.state import Due, State
from sensor.daemon import codec
from sensor.errors import StorageError
from sensor.storage.columns import MOST, moment
from sensor.storage.labels import RowLabels
from sensor.storage.schema import VERSION, read_only
from sensor.storage.tables import READ_AS, LeftOut

R = TypeVar("R", BoutEntry, AlertEntry)

MARGIN = 2 * 86400.0
"""Seconds around the time asked for: pauses of a bout that reaches into it lie there."""


def read(path: Path, *, since: float = -math.inf, until: float = math.inf, zone: tzinfo) -> History:
    """Read the rows that touch the time from `since` to `until`, or all. Raises StorageError."""
    left_out = LeftOut()
    with reading(path) as connection:
        live = _live(connection, zone, left_out)
        ends = (since - MARGIN, until + MARGIN)
        rows: dict[str, Any] = {
            table.plural: tuple(
                kind(**row)
                for row in table.rows(
                    connection,
                    left_out,
                    "last >= ? AND first <= ?",
                    (-math.inf, until) if kind is SelfCheck else ends,
                )
            )
            for kind, table in READ_AS.items()
        }
    return live._replace(**rows, damaged=left_out.damaged)


def began(path: Path) -> float | None:
    """Return the first moment in the history, Unix time; None for an empty one."""
    with reading(path) as connection:
        firsts = [
            connection.execute(
                f"SELECT min({table.first}) FROM {table.name} WHERE {table.first} BETWEEN 0 AND ?",  # noqa: S608
                (MOST,),
            ).fetchone()[0]
            for table in READ_AS.values()
        ]
    return min((first for first in firsts if first is not None), default=None)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database to read one moment of it. Raises StorageError for every trouble."""
    try:
        with closing(read_only(path)) as connection:
            connection.execute("BEGIN")
            _check_version(connection)
            yield connection
    except (sqlite3.Error, ValueError) as error:
        raise StorageError(f"{path}: {error}") from error


def _check_version(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if 0 < version < VERSION:
        raise ValueError("was written by an older version; start the daemon once to update it")
    if version != VERSION:
        raise ValueError(f"has schema version {version}, this program knows {VERSION}")


def _live(connection: sqlite3.Connection, zone: tzinfo, left_out: LeftOut) -> History:
    """Return the open bout, absence and alert of the last checkpoint, and no rows."""
    row = connection.execute("SELECT state, at, wall FROM checkpoint").fetchone()
    if row is None:
        return History()
    try:
        state, at, wall = codec.decode(row[0]), float(row[1]), float(row[2])
        moment().refuse("wall", wall)
    except (TypeError, ValueError):
        left_out.damaged += 1
        return History()
    labels = RowLabels(state.wall_offset, zone)
    alert = alert_row(state.alert, at) if isinstance(state.alert, Due) else None
    return History(
        as_of=wall,
        open_bout=_sound(BoutEntry, bout_row(state.sitting, at), labels, left_out),
        open_absence=_open_absence(state, at, labels),
        open_alert=_sound(AlertEntry, alert, labels, left_out),
    )


def _sound(
    kind: type[R], row: BoutRow | AlertRow | None, labels: RowLabels, left_out: LeftOut
) -> R | None:
    """Return an open bout or alert in wall time; None, and counted, where it cannot be true."""
    if row is None:
        return None
    _, values = labels.row(row)
    try:
        READ_AS[kind].refuse(values)
    except ValueError:
        left_out.damaged += 1
        return None
    return kind(**values)


def _open_absence(state: State, at: float, labels: RowLabels) -> Absence | None:
    kind: Length | Literal["open"]
    match state.sitting:
        case Idle(since) as idle if since is not None:
            left_at, kind = since, "open" if idle.after_reset else "full"
        case Absent(left_at=left_at) as absent if sitting.was_seen(absent):
            kind = "open"
        case _:
            return None
    return Absence(labels.wall(left_at), labels.wall(at), labels.utc_offset(left_at), kind)
