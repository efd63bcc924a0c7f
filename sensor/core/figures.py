"""The figures of a day and of a week: how they add up (core/README.md, sections 10 and 12).

A day and a week keep sums over closed bouts. The open bout keeps its own counts, and is added when
a report is made (`with_open_bout`); it can therefore still be voided or left out. `days.py` decides
which day counts. The report works its figures out from rows (`report/metrics.py`); the rules for
prolonged bouts and heeded alerts are here for both.

The goal of a day is no bout over `sit_limit`; the sitter has HEEDED seconds more to get up. A day
off the chair neither lengthens the streak of such days nor ends it.
"""

import math
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from sensor.core.calendar import monday_of
from sensor.core.changed import changed, remade
from sensor.core.instant import NEVER, Instant
from sensor.core.rules import Rules
from sensor.core.sitting import (
    Bout,
    Counts,
    Seated,
    Sitting,
    bout_seconds,
    open_bout,
    sat_for,
)

C = TypeVar("C", bound=Counts)
S = TypeVar("S", bound="Sums")

PROLONGED = 1800
"""Seconds from which a bout counts as prolonged (SBRN 2017; Boerema 2020)."""
HEEDED = 300
"""An alert is heeded when the sitter leaves within this many seconds of level 1."""


@dataclass(frozen=True, kw_only=True)
class Sums(Counts):
    """Figures of closed bouts that add up: over a day, and over the days of a week."""

    prolonged: float = 0
    """Seated seconds in prolonged bouts."""
    short_breaks: int = 0
    full_breaks: int = 0
    longest: float = 0
    """Seconds of the longest bout that ended in this time, whole."""
    carried: Counts = field(default_factory=Counts)
    """What of the open bout falls before this time."""


@dataclass(frozen=True, kw_only=True)
class Day(Sums):
    """Sums of one day, which begins at `day_starts`."""

    date: str
    """ISO 8601."""
    covered: float = 0
    """Seconds with a valid sensor, up to `covering_since`."""
    covering_since: Instant | None = None
    """Since when the sensor is valid; None while it is not."""


@dataclass(frozen=True, kw_only=True)
class Week(Sums):
    """Sums of the days of one week that are over."""

    since: str | None = None
    """Its Monday, ISO 8601; None before the first day was over."""
    share_before: float | None = None
    """The share (0-1) of prolonged bouts in the week before; None if nobody sat in it."""
    streak: int = 0
    """Days in a row on which the goal was kept, whatever the week."""
    unbroken: bool | None = None
    """Whether no day has missed the goal yet, and the first day of all kept it.

    None: none has missed it, but on the first day nobody sat, or no day is over.
    """


@dataclass(frozen=True, kw_only=True)
class Leap:
    """The figures as if the wall clock had not been set to another day; it may be put right."""

    at: Instant
    day: Day
    """The day that the clock showed before, and all that was counted since."""
    week: Week
    """Its week, without it."""


_NOT_COUNTED = {
    *("date", "since", "longest", "carried", "covering_since", "share_before"),
    *("streak", "unbroken"),
}
COUNTED = {
    kind: tuple(each.name for each in fields(kind) if each.name not in _NOT_COUNTED)
    for kind in (Counts, Sums, Day, Week)
}
"""What adds up; a bout and a week lack some of it."""


def plus(sums: C, *others: Counts) -> C:
    """Return `sums` with the counts of the others added; the longest bout is that of all."""
    added = vars(sums).copy()
    for other in others:
        more = vars(other)
        for name in COUNTED[type(other)]:
            if name in added:
                added[name] += more[name]
        if "longest" in added:
            added["longest"] = max(added["longest"], more.get("longest", 0))
    return remade(sums, added)


def minus(sums: C, other: Counts) -> C:
    """Return `sums` less the counts of another one."""
    left, less = vars(sums).copy(), vars(other)
    for name in COUNTED[type(other)]:
        if name in left:
            left[name] -= less[name]
    return remade(sums, left)


def prolonged(share: float, whole: float, least: float = PROLONGED) -> float:
    """Return the seconds of a bout that count as prolonged: its share here, or none of it."""
    return share if whole >= least else 0


def is_heeded(response: float) -> bool:
    """Whether an alert was heeded whose sitter left so many seconds after level 1."""
    return response <= HEEDED


def prolonged_share(chair: float, prolonged: float) -> float | None:
    """Return the share (0-1) of chair time in prolonged bouts; None without chair time."""
    if chair <= 0:
        return None
    share = prolonged / chair
    return min(1, share) if share > 0 else 0


# --- a bout -----------------------------------------------------------------------------------


def so_far(sitting: Sitting, now: float) -> Counts:
    """Return all that the open bout adds; nothing without one."""
    bout = open_bout(sitting)
    return Counts() if bout is None else changed(bout.counts, chair=bout_seconds(sitting, now))


def seconds(
    sums: Sums, sitting: Sitting, now: float, until: Counts | None = None
) -> tuple[float, float]:
    """Return chair time and prolonged time of a day or week with their part of the open bout.

    `until`: what the bout had added when their time was over; None: it is not over.
    """
    if _bout_within(sums, sitting, until) is None:
        return sums.chair, sums.prolonged
    whole = bout_seconds(sitting, now)
    part = (whole if until is None else until.chair) - sums.carried.chair
    return sums.chair + part, sums.prolonged + prolonged(part, whole)


def _bout_within(sums: Sums, sitting: Sitting, until: Counts | None) -> Bout | None:
    """Return the open bout, if anything of it falls into the time of a day or week."""
    bout = open_bout(sitting)
    nothing = bout is None or bout.excluded or (until is not None and until == sums.carried)
    return None if nothing else bout


def with_open_bout(sums: S, sitting: Sitting, now: float, until: Counts | None = None) -> S:
    """Return the sums of a day or week with their part of the open bout; `until` as above."""
    bout = _bout_within(sums, sitting, until)
    if bout is None:
        return sums
    added, before = vars(sums).copy(), vars(sums.carried)
    upto = vars(bout.counts if until is None else until)
    for name in before:
        added[name] += upto[name] - before[name]
    added["chair"], added["prolonged"] = seconds(sums, sitting, now, until)
    return remade(sums, added)


def counted_seconds(sitting: Sitting, now: float) -> float:
    """Return the seconds of the open bout, all days together; 0 if it is left out."""
    bout = open_bout(sitting)
    return 0 if bout is None or bout.excluded else bout_seconds(sitting, now)


def with_closed_bout(
    day: Day, week: Week, sitting: Sitting, now: float, *, today: bool
) -> tuple[Day, Week]:
    """Return day and week with the open bout, which is over; `today`: it ended on that day."""
    week = with_open_bout(week, sitting, now, day.carried)
    day = with_open_bout(day, sitting, now)
    ended = Sums(longest=counted_seconds(sitting, now))
    day, week = (plus(day, ended), week) if today else (day, plus(week, ended))
    return changed(day, carried=Counts()), changed(week, carried=Counts())


def carrying(sums: S, most: float) -> S:
    """Return the sums with no more than `most` seconds of the open bout before their time."""
    if sums.carried.chair <= most:
        return sums
    return changed(sums, carried=changed(sums.carried, chair=most))


# --- a day ------------------------------------------------------------------------------------


def joined_days(earlier: Day, later: Day) -> Day:
    """Return one day of two lives of the daemon. The open bout is the earlier one's."""
    return changed(plus(later, earlier), carried=earlier.carried)


def coverage(day: Day, now: float) -> float:
    """Return the seconds with a valid sensor so far."""
    since = day.covering_since
    return day.covered + (now - since if since is not None and now > since else 0)


def uncovered(day: Day, now: float) -> Day:
    """Stop the coverage clock at `now`."""
    if day.covering_since is None:
        return day
    return changed(day, covered=coverage(day, now), covering_since=None)


def kept_goal(day: Day, sitting: Sitting, now: float, rules: Rules) -> bool | None:
    """Whether no bout of the day went over the limit; None on a day off the chair."""
    if with_open_bout(day, sitting, now).chair <= 0 and not isinstance(sitting, Seated):
        return None
    most = rules.sit_limit + HEEDED
    if isinstance(sitting, Seated) and not sitting.bout.excluded:
        # by the very expression that `deadline` waits for
        return now < lost_at(sitting, rules) and day.longest <= most
    return max(day.longest, counted_seconds(sitting, now)) <= most


def lost_at(seated: Seated, rules: Rules) -> float:
    """Return the instant at which a bout that goes on will have cost the day's goal."""
    return math.nextafter(sat_for(seated, rules.sit_limit + HEEDED), NEVER)


# --- a week -----------------------------------------------------------------------------------


def up_to_now(week: Week, today: Day, sitting: Sitting, now: float) -> tuple[Day, Week]:
    """Return a day as far as it has come, and its week, that day included."""
    week = with_open_bout(week_of(week, today, sitting, now), sitting, now, today.carried)
    today = with_open_bout(today, sitting, now)
    return today, plus(week, today)


def moving(
    week: Week, today: Day, sitting: Sitting, now: float
) -> tuple[tuple[float, float], tuple[float, float], float | None]:
    """Return what of that moves with time alone: the `seconds` of both, and `share_before`."""
    chair, prolonged = of_today = seconds(today, sitting, now)
    if week.since != _mondays(today.date)[0]:
        return of_today, of_today, share_before(week, today, sitting, now)
    before = seconds(week, sitting, now, today.carried)
    return of_today, (before[0] + chair, before[1] + prolonged), week.share_before


def with_past_day(  # noqa: PLR0913  (the day, and its end)
    week: Week, past: Day, sitting: Sitting, now: float, rules: Rules, *, kept_later: bool = False
) -> Week:
    """Return the week with a day that is over; the goal of that day moves the streak.

    `kept_later`: in another life of the daemon somebody sat on that day, and kept the goal.
    """
    kept = kept_goal(past, sitting, now, rules)
    if kept is None and kept_later:
        kept = True
    streak = week.streak if kept is None else week.streak + 1 if kept else 0
    unbroken = kept if week.since is None or kept is False else week.unbroken
    week = plus(week_of(week, past, sitting, now), past)
    return changed(week, streak=streak, unbroken=unbroken)


def week_of(week: Week, today: Day, sitting: Sitting, now: float) -> Week:
    """Return the week that a day belongs to: the same one, or a new one.

    The old one is judged with what the open bout adds to it.
    """
    monday, _ = _mondays(today.date)
    if week.since == monday:
        return week
    return Week(
        since=monday,
        share_before=share_before(week, today, sitting, now),
        streak=week.streak,
        unbroken=week.unbroken,
        carried=today.carried,
    )


def share_before(week: Week, today: Day, sitting: Sitting, now: float) -> float | None:
    """Return the share (0-1) of prolonged bouts in a week, if it is the one before today's."""
    if week.since != _mondays(today.date)[1]:
        return None
    return prolonged_share(*seconds(week, sitting, now, today.carried))


def moved(week: Week, today: str) -> Week:
    """Return the week; one that lies ahead of a day becomes the week of that day."""
    monday, _ = _mondays(today)
    ahead = week.since is not None and week.since > monday
    return changed(week, since=monday) if ahead else week


def joined_weeks(earlier: Week, later: Week, today: Day, sitting: Sitting, now: float) -> Week:
    """Return the week of two lives of the daemon, of which the later one began without a past.

    The open bout is the earlier one's, `now` the end of that life.
    """
    if later.since is not None:
        earlier = week_of(earlier, changed(today, date=later.since), sitting, now)
    unbroken, streak = earlier.unbroken, earlier.streak + later.streak
    if later.unbroken is False:
        unbroken, streak = False, later.streak
    return changed(plus(earlier, later), streak=streak, unbroken=unbroken)


@lru_cache(maxsize=1)
def _mondays(today: str) -> tuple[str, str]:
    """Return the Mondays of a day's week and of the week before; the same ones all day long."""
    monday = monday_of(date.fromisoformat(today))
    return monday.isoformat(), (monday - timedelta(days=7)).isoformat()
