"""Moments as Unix time, local offsets, and the rows that move when the wall clock is set."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensor.core.days import BELIEVED_AFTER
from sensor.core.events import AlertRow, GapRow
from sensor.daemon.memory import Memory
from sensor.storage import labels
from sensor.storage.database import Database
from tests.storage.conftest import MONDAY

STARTED = 100.123
"""When the daemon began to watch, in the core's seconds."""
SUMMER = 90 * 86400
"""Seconds from that Monday into the summer time of Berlin."""


class Life:
    """One life of a daemon in Berlin: it writes checkpoints and rows."""

    def __init__(self, path: Path, memory: Memory) -> None:
        self._path, self._memory = path, memory
        self._database = Database(path, zone=ZoneInfo("Europe/Berlin"))
        self._database.open()

    def save(
        self,
        at: float,
        *rows: Any,
        ahead: float = 0,
        synchronised: bool = False,
        doubted: float | None = None,
    ) -> None:
        """Write a checkpoint by a clock that is `ahead`; its date is doubted since a moment."""
        offset = MONDAY + ahead
        state = replace(self._memory.state, wall_offset=offset, doubted_since=doubted)
        wall = MONDAY + ahead + at
        memory = replace(self._memory, state=state, at=at, wall=wall, synchronised=synchronised)
        assert self._database.save(memory, rows)

    def found(self, columns: str, table: str = "gap") -> list[tuple[Any, ...]]:
        """Read some columns; the first is a moment, and comes as seconds since Monday at eight."""
        with closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(f"SELECT {columns} FROM {table}")  # noqa: S608
            return [(round(first - MONDAY, 6), *others) for first, *others in rows]

    def close(self) -> None:
        """End it."""
        self._database.close()


@pytest.fixture
def life(tmp_path: Path, memory: Memory) -> Iterator[Life]:
    """Begin a life; its start is no whole millisecond."""
    state = replace(memory.state, started_at=STARTED + 0.00049)
    with closing(Life(tmp_path / "chair-sensor.db", replace(memory, state=state))) as life:
        yield life


def gap(started_at: float, ended_at: float) -> GapRow:
    """Make the simplest row."""
    return GapRow(started_at=started_at, ended_at=ended_at, why="down")


def test_moments_are_unix_time_to_the_millisecond(life: Life) -> None:
    """More digits are noise, and would differ from what a clock that is set gives."""
    life.save(200, gap(110.12349, 120.6))

    assert life.found("started_at, utc_offset, ended_at") == [
        (110.123, 3600, MONDAY + 120.6),
    ]
    assert life.found("started_at, utc_offset", "watch") == [(STARTED, 3600)]


def test_what_moves_with_the_clock(life: Life) -> None:
    """All of this life, to the millisecond, and its watch; the offset is that of the new time.

    A row that a restore closed was labelled by a clock of an earlier boot, or has an end to come.
    """
    rows = [gap(STARTED, 110), gap(190, 200), gap(99.5, 110), gap(190, 200.5)]
    life.save(200, *rows)
    life.save(210, ahead=SUMMER, synchronised=True)

    assert life.found("started_at, ended_at, utc_offset") == [
        (SUMMER + STARTED, MONDAY + SUMMER + 110, 7200),
        (SUMMER + 190, MONDAY + SUMMER + 200, 7200),
        (99.5, MONDAY + 110, 3600),
        (190, MONDAY + 200.5, 3600),
    ]
    assert life.found("started_at, utc_offset", "watch") == [(SUMMER + STARTED, 7200)]


def test_a_moment_that_is_not_there(life: Life) -> None:
    """It stays away; all others of the row move."""
    silent = AlertRow(
        alert_id="a-1",
        began_at=120,
        rang_at=None,
        left_at=None,
        ended_at=150,
        max_level=0,
        snoozes=0,
    )
    life.save(200, silent)
    life.save(210, ahead=60)

    columns = "began_at, rang_at, left_at, ended_at"
    assert life.found(columns, "alert") == [(180, None, None, MONDAY + 210)]


@pytest.mark.parametrize(
    ("stood", "synchronised", "moves"),
    [
        (BELIEVED_AFTER, True, False),
        (BELIEVED_AFTER - 1, True, True),
        (BELIEVED_AFTER, False, True),
    ],
)
def test_a_clock_that_was_set_is_believed_after_a_day(
    life: Life, stood: float, synchronised: bool, moves: bool
) -> None:
    """Rows before that move when it is set again, those of an unsynchronised clock always."""
    life.save(200)
    life.save(300, ahead=60, synchronised=True)
    life.save(310, gap(301, 305), ahead=60, synchronised=True)
    at = 300 + stood
    life.save(at, gap(at - 9, at - 5), ahead=60, synchronised=synchronised)
    life.save(at + 5, ahead=0, synchronised=True)

    ahead = 0 if moves else 60
    assert life.found("started_at") == [(301 + ahead,), (at - 9 + ahead,)]


@pytest.mark.parametrize(("since", "moves"), [(201, True), (200, False)])
def test_a_date_that_is_doubted_is_believed_after_a_day(
    life: Life, since: float, moves: bool
) -> None:
    """Nothing but the clock speaks for it until then."""
    at = 200 + BELIEVED_AFTER
    life.save(at, gap(at - 9, at - 5), synchronised=True, doubted=since)
    life.save(at + 5, ahead=60, synchronised=True, doubted=since)

    assert life.found("started_at") == [(at - 9 + 60 * moves,)]


def test_a_clock_that_was_right_from_the_start(life: Life) -> None:
    """Its rows stay, however it is set later."""
    life.save(200, gap(110, 120), synchronised=True)
    life.save(210, ahead=60, synchronised=True)

    assert life.found("started_at") == [(110,)]


def test_the_oldest_of_too_many_stay(
    life: Life, tmp_path: Path, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Months without a clock must not fill the memory."""
    life.close()
    monkeypatch.setattr(labels, "MOST_UNSURE", 2)
    with closing(Life(tmp_path / "another.db", memory)) as another:
        another.save(200, gap(110, 111), gap(120, 121), gap(130, 131))
        another.save(210, ahead=60)

        assert another.found("started_at") == [(110,), (180,), (190,)]
