"""The week's figures and the goal: the days that are over as sums, with today on top.

A day is added when the next one begins: nothing is looked up, and nothing has to wake up for it.
The goal is a day without a bout over the limit; whoever is up within the time that makes an alert
heeded has kept it. A day off the chair neither adds to the row of such days nor ends it.
"""

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sensor.core import day as days
from sensor.core.day import HEEDED, PROLONGED, Day
from sensor.core.instant import NEVER, Instant
from sensor.core.rules import Rules
from sensor.core.sitting import Seated, Sitting, bout_seconds, open_bout, sat_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The days of one week that are over."""

    since: str | None = None
    """Its Monday, ISO 8601."""
    chair: float = 0
    prolonged: float = 0
    longest: float = 0
    bouts: int = 0
    short_breaks: int = 0
    full_breaks: int = 0
    alerts: int = 0
    alerts_heeded: int = 0
    share_before: float | None = None
    """The share of prolonged bouts in the week before."""
    streak: int = 0
    """Days in a row on which the goal was kept, whatever the week."""


SUMS = (
    *("chair", "prolonged", "bouts", "short_breaks", "full_breaks"),
    *("alerts", "alerts_heeded"),
)
"""What a week and a day both count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leap:
    """The clock was set to another day: what was before, should it be put right."""

    at: Instant
    day: Day
    """The day that it showed before, as it was."""
    week: Week
    """Its week, without it."""
    after: Week
    """Its week right after the leap."""


def since(leap: Leap, week: Week) -> Week:
    """Return what has been added to the week since before a leap, and to another one after it."""
    same = week.since == leap.after.since
    parts = [week] if same else [leap.after, week]
    sums = {name: sum(getattr(part, name) for part in parts) for name in SUMS}
    added: dict[str, Any] = {name: sums[name] - getattr(leap.week, name) for name in SUMS}
    # A longest bout of the days before the leap is none of the time since.
    longest = 0 if same and week.longest == leap.after.longest else week.longest
    return Week(since=leap.week.since, longest=longest, **added)


def moved(week: Week, today: str) -> Week:
    """Let a week that lies ahead of a day be the week of that day."""
    monday, _ = _mondays(today)
    ahead = week.since is not None and week.since > monday
    return replace(week, since=monday) if ahead else week


def joined(earlier: Week, later: Week) -> Week:
    """Return the week of two lives of the daemon, of which the later one began without a past."""
    if later.since is not None:
        earlier = of(earlier, later.since)
    sums: dict[str, Any] = {name: getattr(earlier, name) + getattr(later, name) for name in SUMS}
    return replace(
        earlier,
        longest=max(earlier.longest, later.longest),
        streak=earlier.streak + later.streak,
        **sums,
    )


def with_day(week: Week, today: Day, sitting: Sitting, now: float) -> Week:
    """Return the week of a day, that day included as far as it has come."""
    bout = open_bout(sitting)
    is_long = bout is not None and not bout.excluded and bout_seconds(sitting, now) >= PROLONGED
    if is_long and today.before < PROLONGED:
        # The running bout has become a long one only today.
        week = replace(week, prolonged=week.prolonged + today.before)
    week = of(week, today.date)
    return Week(
        since=week.since,
        chair=week.chair + days.chair_seconds(today, sitting, now),
        prolonged=week.prolonged + days.prolonged_seconds(today, sitting, now),
        longest=max(week.longest, today.longest),
        bouts=week.bouts + today.bouts,
        short_breaks=week.short_breaks + today.short_breaks,
        full_breaks=week.full_breaks + today.full_breaks,
        alerts=week.alerts + today.alerts,
        alerts_heeded=week.alerts_heeded + today.alerts_heeded,
        share_before=week.share_before,
        streak=week.streak,
    )


def after(week: Week, past: Day, sitting: Sitting, now: float, rules: Rules) -> Week:
    """Close a day: add it, and see whether it goes on the row of those within the limit."""
    kept = kept_goal(past, sitting, now, rules)
    streak = week.streak if kept is None else week.streak + 1 if kept else 0
    return replace(with_day(week, past, sitting, now), streak=streak)


def kept_goal(today: Day, sitting: Sitting, now: float, rules: Rules) -> bool | None:
    """Whether no bout of the day went over the limit; None on a day off the chair."""
    if days.chair_seconds(today, sitting, now) <= 0 and not isinstance(sitting, Seated):
        return None
    bout, longest = open_bout(sitting), today.longest
    if bout is not None and not bout.excluded:
        if isinstance(sitting, Seated):  # by the very expression that `deadline` waits for
            return now < lost_at(sitting, rules) and longest <= rules.sit_limit + HEEDED
        longest = max(longest, bout_seconds(sitting, now))
    return longest <= rules.sit_limit + HEEDED


def lost_at(seated: Seated, rules: Rules) -> float:
    """Return when a bout that goes on will have cost the day's goal."""
    return math.nextafter(sat_for(seated, rules.sit_limit + HEEDED), NEVER)


def share(week: Week) -> float | None:
    """Return the share (0-1) of chair time in bouts of 30 min or more; None without any."""
    return max(0, min(1, week.prolonged / week.chair)) if week.chair > 0 else None


def of(week: Week, today: str) -> Week:
    """Return the week that a day belongs to: the same one, or a new one."""
    monday, monday_before = _mondays(today)
    if week.since == monday:
        return week
    before = week.since == monday_before
    return Week(
        since=monday,
        share_before=share(week) if before else None,
        streak=week.streak,
    )


@lru_cache(maxsize=1)
def _mondays(today: str) -> tuple[str, str]:
    """Return the Mondays of a day's week and of the week before; the same ones all day long."""
    that = date.fromisoformat(today)
    monday = that - timedelta(days=that.weekday())
    return monday.isoformat(), (monday - timedelta(days=7)).isoformat()
