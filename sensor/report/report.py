"""A report: the figures of a period, day by day, week by week, and of the days right before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sensor.core.history import History, SelfCheck
from sensor.core.rules import Rules
from sensor.report.days import Almanac, Period
from sensor.report.metrics import Figures, figures
from sensor.report.spans import Span
from sensor.report.speech import Speech

DAYS = 31
"""Periods up to so many days are told day by day, up to HALF_A_YEAR by weeks, then by months."""
HALF_A_YEAR = 26 * 7
SELF_CHECKS = 12
"""Self-checks that are shown at most, the last ones: a year of them."""


@dataclass(frozen=True, kw_only=True)  # no slots: cached properties need a dict
class Report:
    """All that a page or a table shows; pure."""

    chair_name: str
    period: Period
    """As asked for; `days` has those of its days that have begun."""
    almanac: Almanac
    rules: Rules
    now: float
    """When the report was asked for, Unix time."""
    language: str
    history: History
    total: Figures
    before: Figures
    """The same number of days right before the period."""
    days: list[tuple[date, Figures]]
    self_checks: tuple[SelfCheck, ...] | None
    """The last ones up to the end of the period; None if they are not wanted."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the period: no coverage and no chair time."""
        return not (self.total.coverage_seconds or self.total.chair_seconds)

    @property
    def has_before(self) -> bool:
        """Whether the days before were watched enough to compare with."""
        return self.before.coverage_seconds >= self.total.coverage_seconds / 2 > 0

    @property
    def is_one_day(self) -> bool:
        """Whether a single day was asked for."""
        return len(self.period) == 1

    @property
    def elapsed(self) -> float:
        """Seconds of the period that have passed."""
        return max(0, min(self.now, self.total.span.end) - self.total.span.start)

    @property
    def coverage(self) -> float:
        """Share (0-1) of what has passed that a valid sensor has watched."""
        return min(1, self.total.coverage_seconds / self.elapsed) if self.elapsed else 0

    def clock(self, moment: float) -> datetime:
        """Return a moment in local time."""
        return datetime.fromtimestamp(moment, self.almanac.zone)

    @cached_property
    def say(self) -> Speech:
        """The speech of the report's language."""
        return Speech(self.language)

    @cached_property
    def weeks(self) -> list[tuple[Period, Figures]]:
        """Return every week that the days touch, whole."""
        return self._of(list(Period(self.days[0][0], self.days[-1][0]).weeks()))

    @cached_property
    def a_week_earlier(self) -> list[Figures]:
        """Return each day's counterpart in the week before."""
        days = [day - timedelta(days=7) for day, _ in self.days]
        return [found for _, found in self._of([Period(day, day) for day in days])]

    @cached_property
    def parts(self) -> list[tuple[str, Figures]]:
        """Return the period in parts that fit on a page, each with a name."""
        if len(self.period) <= DAYS:
            return [(self.say.day(day), found) for day, found in self.days]
        if len(self.period) <= HALF_A_YEAR:
            return [(self.say.week(week), found) for week, found in self.weeks]
        months = self._of(list(_months([day for day, _ in self.days])))
        return [(self.say.short_month(month.first), found) for month, found in months]

    def _of(self, periods: list[Period]) -> list[tuple[Period, Figures]]:
        spans = [self.almanac.span(period) for period in periods]
        return list(zip(periods, figures(self.history, spans), strict=True))


def compiled(  # noqa: PLR0913  (one argument for each thing that a report depends on)
    history: History,
    period: Period,
    almanac: Almanac,
    rules: Rules,
    *,
    now: float,
    chair_name: str,
    language: str = "en",
    with_self_checks: bool = False,
) -> Report:
    """Return the report of a period, with all its figures worked out."""
    begun = Period(period.first, max(period.first, min(period.last, almanac.day(now))))
    days = begun.dates
    total = almanac.span(period)
    before, found = figures(history, [almanac.span(period.before), total])
    return Report(
        chair_name=chair_name,
        period=period,
        almanac=almanac,
        rules=rules,
        now=now,
        language=language,
        history=history,
        total=found,
        before=before,
        days=list(zip(days, figures(history, almanac.spans(begun)), strict=True)),
        self_checks=history.self_checks[-SELF_CHECKS:] if with_self_checks else None,
    )


def needed(period: Period, almanac: Almanac) -> Span:
    """Return the time whose rows a report needs: with the days before, a week at least."""
    earliest = min(period.before.first, period.first - timedelta(days=7))
    return Span(almanac.span(Period(earliest, earliest)).start, almanac.span(period).end)


def _months(days: list[date]) -> Iterator[Period]:
    first = days[0]
    for day, following in zip(days, [*days[1:], None], strict=True):
        if following is None or following.month != day.month:
            yield Period(first, day)
            first = following or day
