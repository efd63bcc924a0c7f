"""The figures of a day and of a week: how they add up (core/README.md, sections 10 and 12).

A day and a week keep sums over closed bouts. `with_open_bout` and `with_day` add the open bout when
a report is made; it can therefore still be voided or left out. `days.py` decides which day counts.
The report works its figures out from rows (`report/metrics.py`); the rules for prolonged bouts and
heeded alerts are here for both.

The goal of a day is no bout over `sit_limit`; the sitter has HEEDED seconds more to get up. A day
off the chair neither lengthens the streak of such days nor ends it.
"""

import math
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sensor.core.calendar import monday_of
from sensor.core.instant import NEVER, Instant
from sensor.core.rules import Rules
from sensor.core.sitting import Seated, Sitting, bout_seconds, open_bout, sat_for

S = TypeVar("S", bound="Sums")

PROLONGED = 1800
"""Seconds from which a bout counts as prolonged (SBRN 2017; Boerema 2020)."""
HEEDED = 300
"""An alert is heeded when the sitter leaves within this many seconds of level 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Figures that add up: over the parts of a day, and over the days of a week."""

    chair: float = 0
    """Seated seconds of closed bouts."""
    prolonged: float = 0
    """Those of them in prolonged bouts."""
    bouts: int = 0
    short_breaks: int = 0
    full_breaks: int = 0
    alerts: int = 0
    alerts_heeded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Sums):
    """Sums of one day, which begins at `day_starts`."""

    date: str
    """ISO 8601."""
    longest: float = 0
    """Seconds of the longest closed bout that ended on this day, whole."""
    before: float = 0
    """Seconds of the open bout that fell on earlier days."""
    transitions: int = 0
    covered: float = 0
    """Seconds with a valid sensor, up to `covering_since`."""
    covering_since: Instant | None = None
    """Since when the sensor is valid; None while it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week(Sums):
    """Sums of the days of one week that are over."""

    since: str | None = None
    """Its Monday, ISO 8601; None before the first day was over."""
    longest: float = 0
    """Seconds of the longest bout that ended in it, whole."""
    share_before: float | None = None
    """The share (0-1) of prolonged bouts in the week before; None if nobody sat in it."""
    streak: int = 0
    """Days in a row on which the goal was kept, whatever the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leap:
    """The figures before the wall clock was set to another day, in case it is put right."""

    at: Instant
    day: Day
    """The day that the clock showed before, as it was."""
    week: Week
    """Its week, without it."""
    after: Week
    """Its week right after the leap."""


COUNTED = (*(field.name for field in fields(Sums)), "transitions", "covered")
"""What adds up; the last two for days alone."""


def plus(sums: S, *others: Sums) -> S:
    """Return `sums` with the counts of the others added."""
    changes: dict[str, Any] = {
        name: sum((getattr(other, name) for other in others), getattr(sums, name))
        for name in COUNTED
        if all(hasattr(each, name) for each in (sums, *others))
    }
    return replace(sums, **changes)


def minus(sums: S, other: Sums) -> S:
    """Return `sums` less the counts of another one."""
    changes: dict[str, Any] = {
        name: getattr(sums, name) - getattr(other, name)
        for name in COUNTED
        if hasattr(sums, name) and hasattr(other, name)
    }
    return replace(sums, **changes)


def prolonged(share: float, whole: float, least: float = PROLONGED) -> float:
    """Return the seconds of a bout that count as prolonged: its share here, or none of it."""
    return share if whole >= least else 0


def is_heeded(response: float) -> bool:
    """Whether an alert was heeded whose sitter left so many seconds after level 1."""
    return response <= HEEDED


def prolonged_share(sums: Sums) -> float | None:
    """Return the share (0-1) of chair time in prolonged bouts; None without chair time."""
    return max(0, min(1, sums.prolonged / sums.chair)) if sums.chair > 0 else None


# --- a day ------------------------------------------------------------------------------------


def with_open_bout(day: Day, sitting: Sitting, now: float) -> Day:
    """Return the day with the seconds sat in the open bout today."""
    bout = open_bout(sitting)
    if bout is None or bout.excluded:
        return day
    whole = bout_seconds(sitting, now)
    share = max(0, whole - day.before)
    return replace(day, chair=day.chair + share, prolonged=day.prolonged + prolonged(share, whole))


def joined_days(earlier: Day, later: Day) -> Day:
    """Return one day of two lives of the daemon. The open bout is the earlier one's."""
    longest = max(earlier.longest, later.longest)
    return replace(plus(later, earlier), longest=longest, before=earlier.before)


def coverage(day: Day, now: float) -> float:
    """Return the seconds with a valid sensor so far."""
    since = day.covering_since
    return day.covered + (max(0, now - since) if since is not None else 0)


def uncovered(day: Day, now: float) -> Day:
    """Stop the coverage clock at `now`."""
    if day.covering_since is None:
        return day
    return replace(day, covered=coverage(day, now), covering_since=None)


def kept_goal(day: Day, sitting: Sitting, now: float, rules: Rules) -> bool | None:
    """Whether no bout of the day went over the limit; None on a day off the chair."""
    if with_open_bout(day, sitting, now).chair <= 0 and not isinstance(sitting, Seated):
        return None
    bout, longest = open_bout(sitting), day.longest
    if bout is not None and not bout.excluded:
        if isinstance(sitting, Seated):  # by the very expression that `deadline` waits for
            return now < lost_at(sitting, rules) and longest <= rules.sit_limit + HEEDED
        longest = max(longest, bout_seconds(sitting, now))
    return longest <= rules.sit_limit + HEEDED


def lost_at(seated: Seated, rules: Rules) -> float:
    """Return the instant at which a bout that goes on will have cost the day's goal."""
    return math.nextafter(sat_for(seated, rules.sit_limit + HEEDED), NEVER)


# --- a week -----------------------------------------------------------------------------------


def with_day(week: Week, today: Day, sitting: Sitting, now: float) -> Week:
    """Return the week of a day, that day included as far as it has come."""
    bout = open_bout(sitting)
    if bout is not None and not bout.excluded:
        week = rejudged(week, today.before, bout_seconds(sitting, now))
    week = week_of(week, today.date)
    longest = max(week.longest, today.longest)
    return replace(plus(week, with_open_bout(today, sitting, now)), longest=longest)


def with_past_day(week: Week, past: Day, sitting: Sitting, now: float, rules: Rules) -> Week:
    """Return the week with a day that is over; the goal of that day moves the streak."""
    kept = kept_goal(past, sitting, now, rules)
    streak = week.streak if kept is None else week.streak + 1 if kept else 0
    return replace(with_day(week, past, sitting, now), streak=streak)


def rejudged(week: Week, before: float, whole: float) -> Week:
    """Return the week once a bout has `whole` seconds, `before` of which fell on its past days.

    They were judged when their day was over; the bout may have become prolonged only since.
    """
    late = prolonged(before, max(before, whole)) - prolonged(before, before)
    return replace(week, prolonged=week.prolonged + late)


def shortened(week: Week, before: float, to: float) -> Week:
    """Return the week once the open bout's part on past days is `to` seconds, not `before`.

    A new week has less than that of a bout that began in the week before it.
    """
    was_prolonged = prolonged(before, before) - prolonged(to, to)
    return replace(
        week,
        chair=max(0, week.chair - (before - to)),
        prolonged=max(0, week.prolonged - was_prolonged),
    )


def week_of(week: Week, today: str) -> Week:
    """Return the week that a day belongs to: the same one, or a new one."""
    monday, monday_before = _mondays(today)
    if week.since == monday:
        return week
    before = week.since == monday_before
    return Week(
        since=monday,
        share_before=prolonged_share(week) if before else None,
        streak=week.streak,
    )


def moved(week: Week, today: str) -> Week:
    """Return the week; one that lies ahead of a day becomes the week of that day."""
    monday, _ = _mondays(today)
    ahead = week.since is not None and week.since > monday
    return replace(week, since=monday) if ahead else week


def joined_weeks(earlier: Week, later: Week) -> Week:
    """Return the week of two lives of the daemon, of which the later one began without a past."""
    if later.since is not None:
        earlier = week_of(earlier, later.since)
    longest, streak = max(earlier.longest, later.longest), earlier.streak + later.streak
    return replace(plus(earlier, later), longest=longest, streak=streak)


def since(leap: Leap, week: Week) -> Week:
    """Return the counts since a leap: of its week, and of another week after it."""
    same = week.since == leap.after.since
    parts = [week] if same else [leap.after, week]
    # A longest bout of the days before the leap is none of the time since.
    longest = 0 if same and week.longest == leap.after.longest else week.longest
    return minus(plus(Week(since=leap.week.since, longest=longest), *parts), leap.week)


@lru_cache(maxsize=1)
def _mondays(today: str) -> tuple[str, str]:
    """Return the Mondays of a day's week and of the week before; the same ones all day long."""
    monday = monday_of(date.fromisoformat(today))
    return monday.isoformat(), (monday - timedelta(days=7)).isoformat()
