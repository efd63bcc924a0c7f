"""The tables as SQL; migrations by hand, for a step must stay as it was released."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sensor.errors import StorageError
from sensor.storage.tables import TABLES

PATIENCE = 30.0
"""Seconds to wait for the daemon, which may wait for a slow SD card."""

STEPS = (
    """
CREATE TABLE checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    state TEXT NOT NULL,
    at REAL NOT NULL,             -- seconds since boot, suspend included
    wall REAL NOT NULL,           -- Unix time
    boot_id TEXT NOT NULL,
    synchronised INTEGER NOT NULL -- whether the wall clock was known to be right
);
-- Moments are Unix time (REAL); utc_offset is the local offset at the start, in seconds.
CREATE TABLE bout (
    started_at REAL NOT NULL, ended_at REAL NOT NULL, utc_offset INTEGER NOT NULL,
    seated_seconds REAL NOT NULL, estimated INTEGER NOT NULL, mark TEXT
);
CREATE TABLE absence (
    left_at REAL NOT NULL, returned_at REAL NOT NULL, utc_offset INTEGER NOT NULL,
    kind TEXT NOT NULL
);
CREATE TABLE alert (
    alert_id TEXT NOT NULL, began_at REAL NOT NULL, rang_at REAL, left_at REAL,
    ended_at REAL NOT NULL, utc_offset INTEGER NOT NULL, max_level INTEGER NOT NULL,
    snoozes INTEGER NOT NULL, voided INTEGER NOT NULL
);
CREATE TABLE gap (
    started_at REAL NOT NULL, ended_at REAL NOT NULL, utc_offset INTEGER NOT NULL,
    why TEXT NOT NULL
);
CREATE TABLE event (
    id TEXT NOT NULL, event_type TEXT NOT NULL, alert_id TEXT, at REAL NOT NULL,
    utc_offset INTEGER NOT NULL, level INTEGER, sitting_seconds REAL NOT NULL,
    quiet INTEGER NOT NULL
);
CREATE INDEX bout_ended ON bout (ended_at);
CREATE INDEX event_at ON event (at);
""",
    """
-- When the program ran; ended_at is NULL while it does: the checkpoint's moment stands for it.
CREATE TABLE watch (
    started_at REAL NOT NULL, ended_at REAL, utc_offset INTEGER NOT NULL
);
INSERT INTO watch SELECT first, wall, 0 FROM checkpoint, (SELECT min(at) AS first FROM (
    SELECT min(started_at) AS at FROM bout UNION ALL SELECT min(left_at) FROM absence
    UNION ALL SELECT min(started_at) FROM gap UNION ALL SELECT min(at) FROM event
)) WHERE first IS NOT NULL;
""",
    """
-- The monthly self-check, for who wants it: 1 is a yes (core/self_check.py).
CREATE TABLE self_check (
    at REAL NOT NULL, utc_offset INTEGER NOT NULL,
    knees INTEGER NOT NULL, pelvis INTEGER NOT NULL, back INTEGER NOT NULL
);
""",
    """
-- JSON: what a life before this one left, while the clock that dates it is still waited for.
ALTER TABLE checkpoint ADD COLUMN before TEXT;
-- How many lives in a row have died of this checkpoint, the one that runs included.
ALTER TABLE checkpoint ADD COLUMN died INTEGER NOT NULL DEFAULT 0;
""",
)
"""SQL that each version has added; a fresh database takes all steps, an older one the rest."""

VERSION = len(STEPS)
"""In PRAGMA user_version."""


class NewerError(ValueError):
    """The database belongs to a newer version of the program, and is sound."""


def check(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring them up to date.

    Raises ValueError where the file is not a database of chair-sensor, or damaged, and NewerError
    where a newer version made it.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        raise ValueError("is a database, but not of chair-sensor")
    if version > VERSION:
        raise NewerError(
            f"was written by a newer chair-sensor (schema {version}, this one knows {VERSION}); "
            "install that version again, or move the file away to begin a new history"
        )
    if version < 0:
        raise ValueError(f"has schema version {version}, this program knows {VERSION}")
    verdict = _integrity(connection)
    if "index" in verdict:  # an index is made of the rows, and can be made again
        connection.execute("REINDEX")
        verdict = _integrity(connection)
    if verdict != "ok":
        raise ValueError(f"is damaged: {' '.join(verdict.split())}")  # it may be several lines
    for number, step in enumerate(STEPS[version:], version + 1):
        connection.executescript(f"BEGIN;{step}PRAGMA user_version = {number};COMMIT;")
    for name, table in TABLES.items():  # damage may have renamed a column
        connection.execute(f"SELECT {', '.join(table.names)} FROM {name} LIMIT 0")  # noqa: S608
    connection.execute("SELECT only, state, at, wall, boot_id, synchronised FROM checkpoint")


def _integrity(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])


@contextmanager
def writing(path: Path, *, otherwise: str = "") -> Iterator[sqlite3.Connection]:
    """Open a database to write; `otherwise` ends an error's text. Raises StorageError."""
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
            check(connection)
            yield connection
    except (sqlite3.Error, ValueError) as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        reason = "is being written by another program; try again" if busy else error
        raise StorageError(f"{path}: {reason}{otherwise}") from error


def read_only(path: Path) -> sqlite3.Connection:
    """Open a database to look at it and change nothing, beside a daemon or without one."""
    # Without a daemon there is no -wal, and the file cannot change. Saying so keeps SQLite from
    # making one, that would belong to the user of this command.
    more = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{more}", uri=True)
    # A damaged text must not end the reading; the check of its row finds it.
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection
