"""Days and weeks: when they begin, and how they are named."""

from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.core.calendar import day_began, day_of, monday_of
from sensor.errors import SettingsError
from sensor.report.days import Almanac, Period, name_of, neighbours, read_period

MONDAY = date(2026, 3, 2)
BERLIN = Almanac(time(4), ZoneInfo("Europe/Berlin"))
HOUR = 3600
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]


def period(first: str, last: str) -> Period:
    """The days from first to last."""
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", period("2026-03-04", "2026-03-04")),
        ("Yesterday", period("2026-03-03", "2026-03-03")),
        ("week", period("2026-03-02", "2026-03-08")),
        ("last-week", period("2026-02-23", "2026-03-01")),
        ("month", period("2026-03-01", "2026-03-31")),
        ("year", period("2026-01-01", "2026-12-31")),
        ("all", period("2025-11-11", "2026-03-04")),
        ("2026-03-02", period("2026-03-02", "2026-03-02")),
        ("2026-W10", period("2026-03-02", "2026-03-08")),
        ("2026-w1", period("2025-12-29", "2026-01-04")),
        ("2024-02", period("2024-02-01", "2024-02-29")),
        ("2025-12", period("2025-12-01", "2025-12-31")),
        ("2025", period("2025-01-01", "2025-12-31")),
        ("2026-03-01..2026-03-14", period("2026-03-01", "2026-03-14")),
        ("2026-01 .. today", period("2026-01-01", "2026-03-04")),
    ],
)
def test_names(text: str, expected: Period) -> None:
    """Each form that the help names."""
    assert read_period(text, date(2026, 3, 4), date(2025, 11, 11)) == expected


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("2026-03-02", ("2026-03-01", "2026-03-03")),
        ("2026-W01", ("2025-W52", "2026-W02")),
        ("2025-12", ("2025-11", "2026-01")),
        ("2025", ("2024", "2026")),
        ("2026-03-02..2026-03-04", ("", "")),
    ],
)
def test_neighbours(name: str, near: tuple[str, str]) -> None:
    """A period is named as one would type it, and so are those before and after."""
    found = read_period(name, MONDAY, MONDAY)

    assert name_of(found) == name
    assert neighbours(found) == near


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2026-13", "2026-02-30", "2026-W54", "0000", "9999-12-31..", "26-3-2"),
        *("2026-03-14..2026-03-01", "9999-12", "..", "a..b", "١٢٣٤"),
    ],
)
def test_no_names(text: str) -> None:
    """Anything else is one line that shows what may be written."""
    with pytest.raises(SettingsError, match=r"not a day or period; write today.*2026-W10"):
        read_period(text, MONDAY, MONDAY)


def test_all_without_a_past() -> None:
    """A clock that was ahead when the first row was written makes no empty period."""
    assert read_period("all", MONDAY, MONDAY + timedelta(days=5)) == Period(MONDAY, MONDAY)


class TestPeriod:
    """Days in a row."""

    def test_days(self) -> None:
        """Both ends are included."""
        days = period("2026-02-27", "2026-03-02")

        assert len(days) == 4
        assert [f"{day:%d}" for day in days.dates] == ["27", "28", "01", "02"]

    def test_before(self) -> None:
        """The period to compare with is as long, and right before."""
        assert period("2026-03-02", "2026-03-08").before == period("2026-02-23", "2026-03-01")

    def test_weeks(self) -> None:
        """Weeks run from Monday to Sunday, whole ones at both ends."""
        assert list(period("2026-03-08", "2026-03-09").weeks()) == [
            period("2026-03-02", "2026-03-08"),
            period("2026-03-09", "2026-03-15"),
        ]

    def test_monday(self) -> None:
        """A week has one Monday."""
        assert {monday_of(MONDAY + timedelta(days=n)) for n in range(7)} == {MONDAY}


class TestSpans:
    """When days begin."""

    @pytest.mark.parametrize(
        ("day", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-03-02", 24)]
    )
    def test_summer_time(self, day: str, hours: int) -> None:
        """The day whose night has the change of clocks is an hour shorter or longer."""
        assert BERLIN.span(period(day, day)).seconds == hours * HOUR

    def test_days_follow_each_other(self) -> None:
        """A year of days leaves nothing out and counts nothing twice."""
        year = period("2026-01-01", "2026-12-31")

        spans = BERLIN.spans(year)

        assert (spans[0].start, spans[-1].end) == BERLIN.span(year)
        assert all(one.end == other.start for one, other in pairwise(spans))
        assert sum(span.seconds for span in spans) == 365 * 24 * HOUR

    @pytest.mark.parametrize("starts", [time(2), time(2, 30)])
    def test_an_hour_that_is_skipped(self, starts: time) -> None:
        """A day that would begin in the skipped hour begins with the change."""
        began = day_began(date(2026, 3, 29), starts, ZoneInfo("Europe/Berlin"))

        assert began == 1774746000  # 01:00 UTC, when 02:00 becomes 03:00

    def test_an_hour_that_is_repeated(self) -> None:
        """A day that would begin twice begins the first time."""
        began = day_began(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Berlin"))

        assert began == 1792888200  # 00:30 UTC, 02:30 summer time

    def test_a_day_that_never_was(self) -> None:
        """Samoa had no 30 December 2011: what the clock skips is short, not a mistake."""
        apia = Almanac(time(4), ZoneInfo("Pacific/Apia"))

        spans = apia.spans(period("2011-12-29", "2011-12-31"))

        assert [span.seconds / HOUR for span in spans] == [20, 4, 24]

    @given(
        st.integers(0, 2_000_000_000),
        st.sampled_from(ZONES),
        st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    )
    def test_agree(self, moment: int, zone: str, starts: time) -> None:
        """A moment lies in the span of the day that it belongs to, or in a repeated hour after."""
        almanac = Almanac(starts, ZoneInfo(zone))
        day = day_of(moment, starts, almanac.zone)

        start, end = almanac.span(Period(day, day))

        assert start <= moment < end + 3 * HOUR
        if moment >= end:
            later = almanac.span(Period(day + timedelta(days=1), day + timedelta(days=1)))
            assert later.start <= moment < later.start + 3 * HOUR
