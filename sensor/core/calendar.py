"""Local clock time: quiet hours, working hours and where a day begins.

A `Calendar` is worked out once and kept until the next boundary. Boundaries come from the time
zone, never from adding 24 hours, which goes wrong when summer time begins or ends.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from sensor.core.instant import Instant
from sensor.core.rules import ClockRange, Rules, WorkingHours


@dataclass(frozen=True)
class Calendar:
    """The facts that follow from the wall clock, valid until `until`."""

    quiet: bool
    working: bool
    """Whether alerts are wanted now; always so without working hours."""
    date: str
    """The day by `day_starts`, ISO 8601."""
    until: Instant


def look(now: float, offset: float, rules: Rules) -> Calendar:
    """Return what the wall clock means; it shows `now` + `offset` as Unix time."""
    # Whole milliseconds: float noise at a boundary would show the moment before it.
    local = datetime.fromtimestamp(round(now + offset, 3), rules.timezone)
    return Calendar(
        quiet=rules.quiet_hours is not None and _within(rules.quiet_hours, local.time()),
        working=not rules.working_hours
        or any(_works(hours, local) for hours in rules.working_hours),
        date=_day(local, rules.day_starts),
        until=_next_boundary(local, rules) - offset,
    )


def day_of(moment: float, day_starts: time, zone: tzinfo) -> date:
    """Return the day that a moment (Unix time) belongs to."""
    return date.fromisoformat(_day(datetime.fromtimestamp(moment, zone), day_starts))


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


@lru_cache(maxsize=2)  # asked for at each getting up
def day_began(day: date, day_starts: time, zone: tzinfo) -> float:
    """Return the first moment (Unix time) at which the clock shows that the day has begun."""
    local = datetime.combine(day, day_starts, tzinfo=zone)
    moments = sorted(_moments(local, 0, day_starts))
    begun = [moment for moment in moments if day_of(moment, day_starts, zone) >= day]
    return begun[0] if len(moments) > 1 else moments[0]


def _within(hours: ClockRange, clock: time) -> bool:
    if hours.start < hours.end:
        return hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end


def _works(working: WorkingHours, local: datetime) -> bool:
    hours, clock = working.hours, local.time()
    since_yesterday = clock < hours.end <= hours.start
    return (local.weekday() - since_yesterday) % 7 in working.days and _within(hours, clock)


def _day(local: datetime, starts: time) -> str:
    day = local.date()
    if local.time() < starts:
        day -= timedelta(days=1)
    return day.isoformat()


def _next_boundary(local: datetime, rules: Rules) -> float:
    ranges = [working.hours for working in rules.working_hours]
    if rules.quiet_hours is not None:
        ranges.append(rules.quiet_hours)
    clocks = {rules.day_starts, *(c for hours in ranges for c in (hours.start, hours.end))}
    now = local.timestamp()
    return min(
        moment
        for day in (0, 1, 2)  # two: a clock time may be skipped when summer time begins
        for clock in clocks
        for moment in _moments(local, day, clock)
        if moment > now
    )


def _moments(local: datetime, days: int, clock: time) -> set[float]:
    """Return the moments at which the wall clock shows `clock`: two, if the hour is repeated.

    An hour that is skipped gives two moments around the change, and the change itself.
    """
    date = local.date() + timedelta(days=days)
    first = datetime.combine(date, clock, tzinfo=local.tzinfo)
    early, late = first.timestamp(), first.replace(fold=1).timestamp()
    found = {early, late}
    if late != early:
        found.add(_change(min(found), max(found), local.tzinfo))
    return found


def _change(start: float, end: float, zone: tzinfo | None) -> float:
    """Return when the offset changes between two moments, to the second."""
    before = datetime.fromtimestamp(start, zone).utcoffset()
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return high
