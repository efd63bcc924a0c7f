"""The tables of the history, each declared once: columns, check of a row, how it is forgotten.

Writing, reading, export, import, forgetting and the documents are loops over this page.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sensor.core import history
from sensor.core.events import AbsenceRow, AlertRow, BoutRow, GapRow, Tell
from sensor.core.words import EventType
from sensor.storage.columns import MOST, Column, level, moment, refuse_offset, word

Row = Mapping[str, Any]
"""The values of one row by the names of its columns, as SQLite gives them."""

LONGEST_BOUT = 366 * 86400
"""Seconds; a bag may lie on a chair for a long holiday."""
SAME_MOMENT = 1.0
"""Seconds by which two labels of one moment may differ when a restart lies between them."""
OPEN_WATCH = (
    "coalesce(ended_at, max(started_at, coalesce((SELECT wall FROM checkpoint), started_at)))"
)
"""SQL for the end of a watch: while the daemon runs it is the moment of the last checkpoint."""
CLOSE_WATCHES = f"UPDATE watch SET ended_at = {OPEN_WATCH} WHERE ended_at IS NULL"  # noqa: S608
"""SQL that lets a watch end there whose daemon is gone."""


@dataclass(frozen=True, kw_only=True)  # no slots: what is worked out once is kept
class Table:
    """One table. Its moments stand in the order in which they happen."""

    name: str
    columns: Mapping[str, Column]
    """All but `utc_offset`, the local offset at the row's first moment, which every table has."""
    forget: Literal["touched", "begun", "split"]
    """Rows that go with a period: those with any time in it, those begun in it (others are cut
    short where it begins), or none (the time itself is taken out of them)."""
    about: str = ""
    """For the table in README.md; empty: the columns say all."""
    read_as: type[Any] | None = None
    """The row of `core/history.py` that a report gets."""
    written_as: type[Any] | None = None
    """The core's effect that the daemon writes here."""
    alone: bool = False
    """Whether no two rows share time: there is one chair."""
    refuse_row: Callable[[Row], None] = lambda _row: None
    """Raises ValueError where the values contradict each other."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return (*self.columns, "utc_offset")

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """The columns with moments, in the order in which they happen."""
        return tuple(name for name, column in self.columns.items() if column.kind == "moment")

    @property
    def first(self) -> str:
        """The column of a row's first moment."""
        return self.moments[0]

    @property
    def last(self) -> str:
        """The column of a row's last moment."""
        return self.moments[-1]

    @property
    def plural(self) -> str:
        """Name of the table in an export, and of its rows in `History`."""
        return f"{self.name}es" if self.name.endswith("ch") else f"{self.name}s"

    def refuse(self, row: Row) -> None:
        """Raise ValueError where the row cannot be true."""
        for name, column in self.columns.items():
            column.refuse(name, row[name])
        refuse_offset(self.first, row["utc_offset"])
        before = self.first
        for name in self.moments[1:]:
            if row[name] is None:
                continue
            if row[name] < row[before]:
                raise ValueError(f"{name} is before {before}")
            before = name
        self.refuse_row(row)

    def rows(
        self,
        connection: sqlite3.Connection,
        left_out: "LeftOut",
        where: str = "true",
        values: tuple[float, ...] = (),
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows that can be true by their last moments, and count the others.

        `where` is SQL that may use `first` and `last`, the columns of these moments; a damaged
        moment lies in all times. A damaged index must not hide sound rows: none is used.
        """
        names = [f"{self._end} AS {name}" if name == self.last else name for name in self.names]
        found = connection.execute(
            f"SELECT {', '.join(names)}, {self.first} AS first, {self._end} AS last "  # noqa: S608
            f"FROM {self.name} NOT INDEXED WHERE ({where}) OR (first BETWEEN 0 AND {MOST} "
            f"AND last BETWEEN 0 AND {MOST}) IS NOT TRUE ORDER BY last, first",
            values,
        )
        for *cells, _first, _last in found:
            row = dict(zip(self.names, cells, strict=True))
            try:
                self.refuse(row)
            except ValueError:
                left_out.damaged += 1
            else:
                yield row

    @property
    def _end(self) -> str:
        return OPEN_WATCH if self.forget == "split" else self.last


@dataclass(slots=True)
class LeftOut:
    """How many rows were passed over."""

    damaged: int = 0
    """They cannot be true."""
    overlapping: int = 0
    """Each shares time with another, as after a clock that was put back."""


def apart(
    rows: Iterable[tuple[Any, ...]],
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...] | None]]:
    """Yield each row, which begins with its first and last moment, and a row that it overlaps.

    The rows come in the order of their ends, so that a single long one is found to overlap the
    many short ones, and not each of them it.
    """
    kept: tuple[Any, ...] | None = None
    for row in rows:
        if kept is not None and row[0] < kept[1] - SAME_MOMENT:
            yield row, kept
        else:
            yield row, None
            kept = row


def _refuse_bout(row: Row) -> None:
    span = row["ended_at"] - row["started_at"]
    if row["seated_seconds"] > span + SAME_MOMENT:
        raise ValueError(f"seated_seconds {row['seated_seconds']:g} in a bout of {span:g} s")
    if span > LONGEST_BOUT:
        raise ValueError(f"a bout of {span / 86400:.0f} days is longer than a year")


def _refuse_alert(row: Row) -> None:
    if (row["rang_at"] is None) != (row["max_level"] == 0):
        raise ValueError(f"max_level {row['max_level']} contradicts rang_at")
    if row["left_at"] is not None and row["rang_at"] is None:
        raise ValueError("left_at stands without rang_at")


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="bout",
            columns={
                "started_at": moment(),
                "ended_at": moment(),
                "seated_seconds": Column(
                    "seconds", "less than between them where absences are merged"
                ),
                "estimated": Column("flag"),
                "mark": word(history.Mark, "does not count", optional=True),
            },
            forget="touched",
            read_as=history.BoutEntry,
            written_as=BoutRow,
            alone=True,
            refuse_row=_refuse_bout,
        ),
        Table(
            name="absence",
            columns={
                "left_at": moment(),
                "returned_at": moment(),
                "kind": word(history.Length),
            },
            forget="begun",
            read_as=history.Absence,
            written_as=AbsenceRow,
            alone=True,
        ),
        Table(
            name="alert",
            columns={
                "alert_id": Column("id"),
                "began_at": moment(),
                "rang_at": moment("level 1", optional=True),
                "left_at": moment("the first time you got up", optional=True),
                "ended_at": moment(),
                "max_level": level(),
                "snoozes": Column("count"),
                "voided": Column("flag"),
            },
            forget="touched",
            read_as=history.AlertEntry,
            written_as=AlertRow,
            alone=True,
            refuse_row=_refuse_alert,
        ),
        Table(
            name="gap",
            columns={"started_at": moment(), "ended_at": moment(), "why": word(history.Cause)},
            forget="begun",
            read_as=history.Gap,
            written_as=GapRow,
        ),
        Table(
            name="watch",
            columns={"started_at": moment(), "ended_at": moment()},
            about="when the program ran",
            forget="split",
            read_as=history.Watch,
        ),
        Table(
            name="event",
            columns={
                "id": Column("id"),
                "event_type": word(EventType),
                "alert_id": Column("id", optional=True),
                "at": moment(),
                "level": level(optional=True),
                "sitting_seconds": Column("seconds"),
                "quiet": Column("flag"),
            },
            forget="begun",
            written_as=Tell,
        ),
        Table(
            name="self_check",
            columns={
                "at": moment(),
                "knees": Column("flag"),
                "pelvis": Column("flag"),
                "back": Column("flag"),
            },
            about="`true` is a [yes](../core/HOW-IT-COUNTS.md#self-check)",
            forget="begun",
            read_as=history.SelfCheck,
        ),
    )
}
"""Every table of the history, in the order of an export."""
READ_AS = {table.read_as: table for table in TABLES.values() if table.read_as}
WRITTEN_AS = {table.written_as: table for table in TABLES.values() if table.written_as}
