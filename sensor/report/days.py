"""Days (from `day_starts` local time) and weeks (from Monday's) as spans, and their names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo
from itertools import pairwise

from sensor.core.calendar import day_began, day_of, monday_of
from sensor.errors import SettingsError, meant
from sensor.report.spans import Span

ONE_DAY = timedelta(days=1)
NAMES = ("today", "yesterday", "week", "last-week", "month", "year", "all")
YEARS = (1969, 2106)
"""Years that 32 bits of Unix time can tell in every time zone."""
FORMS = "2026-03-02, 2026-W10, 2026-03, 2026 or 2026-03-01..2026-03-14"


@dataclass(frozen=True, slots=True)
class Period:
    """Some days in a row, both ends included."""

    first: date
    last: date

    @property
    def dates(self) -> list[date]:
        """Every day of the period."""
        return [self.first + number * ONE_DAY for number in range(len(self))]

    @property
    def before(self) -> "Period":
        """The period of as many days right before it."""
        return Period(self.first - len(self) * ONE_DAY, self.first - ONE_DAY)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def weeks(self) -> Iterator["Period"]:
        """Give the weeks it touches, whole, Monday to Sunday."""
        monday = monday_of(self.first)
        while monday <= self.last:
            yield Period(monday, monday + 6 * ONE_DAY)
            monday += 7 * ONE_DAY


@dataclass(frozen=True, slots=True)
class Almanac:
    """Converts between days and moments (Unix time), by `day_starts` and the time zone."""

    day_starts: time
    zone: tzinfo

    def day(self, moment: float) -> date:
        """Return the day that a moment (Unix time) belongs to."""
        return day_of(moment, self.day_starts, self.zone)

    def span(self, period: Period) -> Span:
        """Return the time of all days of a period."""
        return Span(self._begins(period.first), self._begins(period.last + ONE_DAY))

    def spans(self, period: Period) -> list[Span]:
        """Return the time of each day."""
        starts = [self._begins(day) for day in (*period.dates, period.last + ONE_DAY)]
        return [Span(start, end) for start, end in pairwise(starts)]

    def _begins(self, day: date) -> float:
        return day_began(day, self.day_starts, self.zone)


def name_of(period: Period) -> str:
    """Return the shortest text by which `read_period` knows these days."""
    first, last = period.first, period.last
    year, week, _ = first.isocalendar()
    names = (f"{first}", f"{year}-W{week:02}", f"{first:%Y-%m}", f"{first.year:04}")
    return next((name for name in names if _read(name, first, first) == period), f"{first}..{last}")


def neighbours(period: Period) -> tuple[str, str]:
    """Name the days right before and right after, in the same form: the week before a week."""
    days = []
    for near in (period.first - ONE_DAY, period.last + ONE_DAY):
        day = Period(near, near)
        whole = (day, next(day.weeks()), _month(near.year, near.month), _year(near.year))
        forms = [name_of(each) for each in whole]
        name = name_of(period)
        same = [each for each in forms if re.sub(r"\d", "0", each) == re.sub(r"\d", "0", name)]
        days.append(same[0] if same else "")
    return days[0], days[1]


def read_period(text: str, today: date, earliest: date) -> Period:
    """Read the name of a period; `all` begins with `earliest`. Raises SettingsError."""
    try:
        found = _read(text.strip(), today, earliest)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        hint = meant(text.strip().lower(), NAMES, f"write {', '.join(NAMES)}, {FORMS}")
        raise SettingsError(f"{text!r} is not a day or period; {hint}")
    if not YEARS[0] <= found.first.year <= found.last.year <= YEARS[1]:
        raise SettingsError(f"{text!r} is not within the years {YEARS[0]} to {YEARS[1]}")
    return found


def _read(text: str, today: date, earliest: date) -> Period | None:
    monday = monday_of(today)
    match text.lower():
        case "today":
            return Period(today, today)
        case "yesterday":
            return Period(today - ONE_DAY, today - ONE_DAY)
        case "week":
            return Period(monday, monday + 6 * ONE_DAY)
        case "last-week":
            return Period(monday - 7 * ONE_DAY, monday - ONE_DAY)
        case "month":
            return _month(today.year, today.month)
        case "year":
            return _year(today.year)
        case "all":
            return Period(max(date(YEARS[0], 1, 1), min(earliest, today)), today)
    if found := re.fullmatch(r"(\S+?)\s*\.\.\s*(\S+)", text):
        first, last = (_read(end, today, earliest) for end in found.groups())
        if not first or not last or first.first > last.last:
            return None
        return Period(first.first, last.last)
    if re.fullmatch(r"[0-9]{4}", text):
        return _year(int(text))
    if re.fullmatch(r"[0-9]{4}-[0-9][0-9]", text):
        return _month(int(text[:4]), int(text[5:]))
    if re.fullmatch(r"[0-9]{4}-W[0-9][0-9]?", text.upper()):
        monday = date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
        return Period(monday, monday + 6 * ONE_DAY)
    if re.fullmatch(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]", text):
        return Period(date.fromisoformat(text), date.fromisoformat(text))
    return None


def _month(year: int, month: int) -> Period:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(date(year, month, 1), following - ONE_DAY)


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))
