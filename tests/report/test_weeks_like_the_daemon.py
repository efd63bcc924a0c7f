"""Today's and the week's figures: the core sums them up as it goes, a report reads the rows.

Any days on a chair, over the boundary of days and weeks, with absences of every kind, bags left
over night, "not me" and reset: in the end both say the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensor.core import chair, events, report
from sensor.core.calendar import monday_of
from sensor.core.events import Input, Tell, Write
from sensor.core.messages import StateMessage
from sensor.core.rules import Rules
from sensor.daemon.memory import Memory
from sensor.report.days import Almanac, Period
from sensor.report.metrics import Figures, figures
from sensor.storage.database import Database
from sensor.storage.history import read

RULES = Rules(timezone=UTC)
ALMANAC = Almanac(time(4), UTC)
SATURDAY = datetime(2026, 3, 7, 20, tzinfo=UTC).timestamp()
"""So that both a day and a week begin soon."""
SIT, STAND = events.ContactIs(closed=True), events.ContactIs(closed=False)
SECONDS = {"chair_seconds": 1, "longest_bout_seconds": 1, "prolonged_share": 0.002}
"""By how much rounding may be off."""

ASLEEP = events.Suspended(1.5)
SHORT = st.sampled_from([5.0, 20, 45, 61, 150, 299, 301, 900])
SITS = st.sampled_from([2.0, 100, 1000, 1790, 1810, 3600, 4000, 9000, 50_000])
AWAY = SHORT | st.sampled_from([3600.0, 9000, 30_000, 100_000])
ASKED = st.sampled_from([None, None, None, None, events.Void(), events.Reset(), ASLEEP])
STEPS = st.tuples(SITS, ASKED, st.floats(1, 300), AWAY, ASKED)
"""Sit, ask for something, sit on, be away, ask for something."""


class Life:
    """A chair, and all that it has written down."""

    def __init__(self, begins: float) -> None:
        self.now = 0.0
        self.offset = begins
        self.rows: list[Any] = []
        self.state = chair.start(
            contact_closed=False, loop_closed=True, now=0, wall_offset=begins, rules=RULES
        )

    def meet(self, happening: Input | None, after: float) -> None:
        """Let time pass, then something happen."""
        self.now = round(self.now + after, 3)
        awake = self.now - getattr(happening, "seconds", 0)
        self.state, effects = chair.advance(self.state, awake, RULES)
        if happening is not None:
            self.state, more = chair.step(self.state, happening, self.now, RULES)
            effects += more
        self.rows += [one.row if isinstance(one, Write) else one for one in effects]

    def published(self) -> StateMessage:
        """Return the state message."""
        return report.report(self.state, self.now, RULES, profile="standard")

    def reported(self) -> dict[str, Figures]:
        """Return what a report makes of the database, today and this week."""
        with TemporaryDirectory() as folder, open_database(Path(folder)) as database:
            rows = [row for row in self.rows if isinstance(row, events.Row | Tell)]
            memory = Memory(
                state=self.state,
                at=self.now,
                wall=self.now + self.offset,
                boot_id="boot",
                synchronised=True,
            )
            assert database.save(memory, rows)
            history = read(database.path, zone=UTC)
        today = date.fromisoformat(self.state.day.date)
        week = Period(monday_of(today), today)
        spans = {"today": Period(today, today), "week": week, "before": week_before(week)}
        return {name: figures(history, [ALMANAC.span(period)])[0] for name, period in spans.items()}


def week_before(week: Period) -> Period:
    """Return the whole week before one."""
    return Period(week.first - timedelta(days=7), week.first - timedelta(days=1))


@contextmanager
def open_database(folder: Path) -> Iterator[Database]:
    """Open a fresh database."""
    database = Database(folder / "chair-sensor.db")
    database.open()
    yield database
    database.close()


def compare(life: Life) -> None:
    """Every figure that both tell, of today and of the week."""
    published, reported = life.published(), life.reported()
    for name in ("today", "week"):
        told = {
            key: value
            for key, value in published[name].items()
            if hasattr(reported[name], key) and key != "coverage_seconds"
        }
        assert told == {
            key: None
            if (value := getattr(reported[name], key)) is None
            else pytest.approx(value, abs=SECONDS.get(key, 0))
            for key in told
        }, name
        assert len(told) >= 8
    before = published["week"]["prolonged_share_before"]
    expected = reported["before"].prolonged_share
    assert before == (None if expected is None else pytest.approx(expected, abs=0.002))


@pytest.mark.slow
@given(st.lists(STEPS, min_size=1, max_size=8), st.sampled_from([0.0, 28_000, 28_790, 28_799]))
@example(  # a break that began last week, and is known to be one on Tuesday only
    [
        (1790, None, 1.0, 100_000, None),
        (2.0, None, 1.0, 100_000, events.Reset()),
        (2.0, None, 1.0, 5.0, None),
    ],
    0.0,
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_agree(steps: list[Any], later: float) -> None:
    """Whatever happens on a chair from a Saturday evening on."""
    life = Life(SATURDAY + later)
    for sat, asked, on, away, asked_then in steps:
        life.meet(SIT, 1)
        life.meet(asked, sat)
        life.meet(STAND, on)
        life.meet(asked_then, min(15, away / 2))
        life.meet(None, max(0, away - 15))
    compare(life)
