"""Faults without a wire: a full disk and a slow connection to the broker.

Both sit right below the product's own adapters, as the real faults do: SQLite refuses to write, the
link is late. The product does the rest.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from sensor.daemon.ports import Link, Publication
from sensor.storage import private


class Disk:
    """The disk with the state directory. Once it is full, files can still be read."""

    def __init__(self) -> None:
        self.full = False
        self._databases: list[sqlite3.Connection] = []

    def fill(self, full: bool) -> None:
        """Fill the disk, or make room again."""
        self.full = full

    def replace(self, path: Path, pieces: Iterable[str]) -> None:
        """Replace a small file on this disk. Raises OSError."""
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        private.replace(path, pieces)

    def connect(self, path: Path, **options: Any) -> sqlite3.Connection:
        """Open an SQLite database on this disk."""
        disk = self

        class FillingConnection(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                if sql.startswith("INSERT"):
                    disk.take()
                return super().execute(sql, parameters)

            def executescript(self, sql: str, /) -> sqlite3.Cursor:
                disk.take()
                return super().executescript(sql)

        self._databases.append(sqlite3.connect(path, factory=FillingConnection, **options))
        return self._databases[-1]

    def let_go(self) -> None:
        """Close what a killed daemon has left open, as the kernel does."""
        while self._databases:
            self._databases.pop().close()

    def take(self) -> None:
        """Raise SQLite's error of a full disk, if the disk is full."""
        if self.full:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


class SlowWay:
    """A delay of `delay` seconds for each message; no message overtakes another."""

    def __init__(
        self, now: Callable[[], float], at: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self.delay = 0.0
        self._now = now
        self._at = at
        self.last = 0.0
        """When the last message arrives, in seconds since the start of the script."""

    def send(self, deliver: Callable[[], None]) -> None:
        """Call `deliver` after the delay."""
        now = self._now()
        self.last = max(self.last, now + self.delay)
        if self.last > now:
            self._at(self.last, deliver)
        else:
            deliver()


class SlowLink:
    """The daemon's link with a delay before it.

    A message still under way when the connection breaks is lost, as on a real one.
    """

    def __init__(self, link: Link, way: SlowWay) -> None:
        self._link = link
        self._way = way

    def open(self) -> None:
        """Start connecting."""
        self._link.open()

    def publish(self, *publications: Publication) -> None:
        """Send each message on its way."""
        for publication in publications:
            self._way.send(partial(self._link.publish, publication))

    def alive(self) -> bool:
        """Return whether the link behind still runs."""
        return self._link.alive()

    def close(self, farewell: Publication | None = None) -> None:
        """Say good-bye and go."""
        self._link.close(farewell)
