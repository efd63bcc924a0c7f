"""A check of the database that changes no byte of it, beside a daemon or without one."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sensor.daemon import codec
from sensor.errors import StorageError
from sensor.storage import private
from sensor.storage.columns import moment
from sensor.storage.schema import VERSION, read_only
from sensor.storage.tables import TABLES, LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Contents of a sound database."""

    bouts: int
    saved_at: float | None
    """When the last checkpoint was written, Unix time; None: never."""
    damaged: int
    """Rows of the history that cannot be true, and are left out of reports and exports."""
    set_aside: int
    """Earlier databases that could not be read any more and lie beside it."""


def checkup(path: Path) -> Contents | None:
    """Check a database; None: there is none yet. Raises StorageError, or PermissionError."""
    path.parent.stat()  # raises where the folder may not be entered: not a missing database
    if not path.exists():
        return None
    try:
        private.readable(path).close()
    except PermissionError:
        raise
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", fix="move it away") from None
    try:
        with closing(read_only(path)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if version == 0 and not tables:
                return None  # begun on a disk that was full; the daemon fills it in
            if version > VERSION:  # an older one is brought up to date by the daemon
                raise StorageError(
                    f"{path}: has schema version {version}, this program knows {VERSION}"
                )
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise StorageError(f"{path}: is damaged: {' '.join(verdict.split())}")
            (bouts,) = database.execute("SELECT count(*) FROM bout").fetchone()
            saved = database.execute("SELECT wall, state FROM checkpoint").fetchone()
            if saved:
                codec.decode(saved[1])
                moment().refuse("the last checkpoint's wall", saved[0])
            damaged = LeftOut()
            for table in TABLES.values() if version == VERSION else ():
                for _row in table.rows(database, damaged):
                    pass
    except (sqlite3.DatabaseError, ValueError) as error:
        raise StorageError(f"{path}: {error}") from None
    aside = path.parent.glob(f"{path.name}.unreadable-*")
    return Contents(
        bouts=bouts,
        saved_at=saved and saved[0],
        damaged=damaged.damaged,
        set_aside=sum(not each.name.endswith(("-wal", "-shm")) for each in aside),
    )
