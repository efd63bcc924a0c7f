"""The day that an event counts for, and the begin of days, also when the wall clock is set.

A bout, a break or an alert counts for the day on which it began: today, or a day that is over.
It may be confirmed only after the boundary of two days: the sitter left at 3:59, and the break was
full at 4:04. It then counts for the days of the week that are over, as in `sensor/report`.

The figures of a day that is over are in the week's. A clock that leaps to another day and is put
right again leaves no trace: until then the figures are also kept as if there had been no leap.
"""

from datetime import date
from typing import Any, Literal

from sensor.core import figures, sitting
from sensor.core.calendar import day_began, look
from sensor.core.changed import changed
from sensor.core.figures import Day, Leap, Sums
from sensor.core.sitting import Absent, Counts, Seated
from sensor.core.update import Update

BELIEVED_AFTER = 86400
"""Seconds that a clock has to stand before a date is believed that nothing else speaks for."""
PLAUSIBLE = 31 * 86400
"""Seconds that the daemon is away at most without a doubt about the clock."""


# --- counting -----------------------------------------------------------------------------------


def earlier(update: Update, at: float) -> float:
    """Return how long before today began an instant was, in seconds; 0 if it is of today."""
    began = _began(update, update.state.day.date)
    # Today may lie ahead, after the wall clock was set back: then it has begun all the same.
    return max(0, began - at) if began <= update.now else 0


def _began(update: Update, day: str) -> float:
    began = day_began(date.fromisoformat(day), update.rules.day_starts, update.rules.timezone)
    return began - update.state.wall_offset


def count(update: Update, name: Literal["short_breaks", "full_breaks"], at: float) -> None:
    """Count a break that began at an instant."""
    today, past, leap = update.state.day, update.state.week, update.state.leapt
    one: dict[str, Any] = {name: 1}
    if leap is not None:
        leap = changed(leap, day=figures.plus(leap.day, Sums(**one)))
    if not earlier(update, at):
        today = figures.plus(today, Sums(**one))
    elif past.since is None or at >= _began(update, past.since):  # else of a week that is over
        past = figures.plus(past, Sums(**one))
    update.change(day=today, week=past, leapt=leap)


def count_in_bout(
    update: Update, name: Literal["transitions", "alerts", "alerts_heeded"], at: float
) -> None:
    """Count something of the open bout that began at an instant."""
    bout, day, one = sitting.open_bout(update.state.sitting), update.state.day, Counts(**{name: 1})
    if bout is None:  # pragma: no cover  (for mypy: nobody gets up from no bout)
        return
    bout = changed(bout, counts=figures.plus(bout.counts, one))
    update.change(sitting=sitting.with_bout(update.state.sitting, bout))
    if earlier(update, at):
        update.change(day=changed(day, carried=figures.plus(day.carried, one)))


def bout_begun(update: Update, seated: Seated) -> None:
    """Sit in a new bout."""
    counts, before = Counts(bouts=1), earlier(update, seated.bout.started_at)
    carried = changed(counts, chair=before) if before else Counts()
    update.change(
        sitting=changed(seated, bout=changed(seated.bout, counts=counts)),
        day=changed(update.state.day, carried=carried),
        week=changed(update.state.week, carried=Counts()),
    )


def got_up(update: Update, absent: Absent) -> None:
    """Count getting up."""
    count_in_bout(update, "transitions", absent.left_at)
    take_back(update)


def take_back(update: Update) -> None:
    """Take back the seconds that seemed to be sat and were not, from the days that are over too."""
    day, week, leap = update.state.day, update.state.week, update.state.leapt
    bout = sitting.open_bout(update.state.sitting)
    most = bout.seated if bout is not None else 0
    update.change(day=figures.carrying(day, most), week=figures.carrying(week, most))
    if leap is not None:
        day, week = figures.carrying(leap.day, most), figures.carrying(leap.week, most)
        update.change(leapt=changed(leap, day=day, week=week))


def bout_closed(update: Update, ended_at: float) -> None:
    """Add the open bout, which is over."""
    state, leap = update.state, update.state.leapt
    bout, today = (state.sitting, update.now), not earlier(update, ended_at)
    day, week = figures.with_closed_bout(state.day, state.week, *bout, today=today)
    if leap is not None:
        other = figures.with_closed_bout(leap.day, leap.week, *bout, today=True)
        leap = changed(leap, day=other[0], week=other[1])
    longest = max(state.own_longest, figures.counted_seconds(*bout))
    update.change(day=day, week=week, leapt=leap, own_longest=longest)


def judge_goal(update: Update) -> None:
    """See whether the day's goal is still kept, where one is set."""
    kept = None
    if update.rules.goals:
        kept = figures.kept_goal(update.state.day, update.state.sitting, update.now, update.rules)
    if kept is not update.state.goal_kept:
        update.change(goal_kept=kept)


# --- the clock on the wall ----------------------------------------------------------------------


def look_at_the_clock(update: Update) -> None:
    """Follow the wall clock: do not disturb, quiet and working hours, a new day."""
    if update.state.dnd_until is not None and update.now >= update.state.dnd_until:
        update.change(dnd_until=None)
    if update.now >= update.state.calendar.until:
        update.change(calendar=look(update.now, update.state.wall_offset, update.rules))
    if update.state.calendar.date > update.state.day.date:
        leap = update.state.leapt
        if leap is not None and update.now >= leap.at + BELIEVED_AFTER:
            update.change(leapt=None)
        _begin(update)


def set_clock(update: Update, offset: float, *, first: bool) -> None:
    """Follow a wall clock that was set."""
    by = offset - update.state.wall_offset
    update.change(wall_offset=offset, calendar=look(update.now, offset, update.rules))
    if by > BELIEVED_AFTER:
        update.change(doubted_since=update.now)
    state = update.state
    shown, today, leap = state.calendar.date, state.day, state.leapt
    if shown == today.date:
        return
    if leap is not None and shown == leap.day.date:
        _rejoin(update, leap)
    elif first:
        _move(update, shown)
    elif shown > today.date:
        week = figures.week_of(state.week, today, state.sitting, update.now)
        _begin(update)
        update.change(
            leapt=Leap(at=update.now, day=figures.uncovered(today, update.now), week=week)
        )
    elif is_ahead(today.date, shown):
        redate(update, shown)


def is_ahead(day: str, shown: str) -> bool:
    """Whether a day lies so far ahead of the one shown that the clock was wrong."""
    return (date.fromisoformat(day) - date.fromisoformat(shown)).days > 1


def redate(update: Update, shown: str) -> None:
    """Give a day that lay ahead the date that the clock shows now, and move its week with it."""
    before, leap, today = update.state.week, update.state.leapt, update.state.day
    after = before
    if leap is not None and (leap.week.since or "") < (before.since or ""):
        after = figures.minus(figures.plus(leap.week, leap.day), today)
        after = changed(after, streak=before.streak, unbroken=before.unbroken)
    update.change(
        day=changed(today, date=shown),
        week=figures.moved(after, shown),
        leapt=Leap(at=update.now, day=changed(today, covered=0, covering_since=None), week=before),
    )


def _begin(update: Update) -> None:
    """Begin the day that the clock shows; the one before is over."""
    state, past = update.state, update.state.day
    covering, leap = past.covering_since is not None, state.leapt
    if leap is not None:
        covered = leap.day.covered + figures.coverage(past, update.now)
        leap = changed(leap, day=changed(leap.day, covered=covered))
    update.change(
        leapt=leap,
        week=figures.with_past_day(state.week, past, state.sitting, update.now, update.rules),
        day=Day(
            date=state.calendar.date,
            carried=figures.so_far(state.sitting, update.now),
            covering_since=update.now if covering else None,
        ),
        recalled=None,
        own_longest=0,
    )


def _rejoin(update: Update, leap: Leap) -> None:
    """Return to the day before a leap, with all that was counted since."""
    today, past = update.state.day, leap.day
    update.change(
        day=changed(
            past,
            covered=past.covered + today.covered,
            covering_since=today.covering_since,
        ),
        week=leap.week,
        leapt=None,
        doubted_since=None,
    )


def _move(update: Update, shown: str) -> None:
    """Give the counts of this boot the date that the clock shows, now that it is right."""
    state, today, past = update.state, update.state.day, update.state.recalled
    if past is not None:
        over = figures.with_past_day(state.week, past, sitting.Idle(), update.now, update.rules)
        today = changed(figures.minus(today, past), longest=state.own_longest)
        update.change(week=over, recalled=None)
    update.change(day=changed(today, date=shown), week=figures.moved(update.state.week, shown))
