"""The day that an event counts for, and the begin of days, also when the wall clock is set.

A bout, a break or an alert counts for the day on which it began: today, or a day that is over.
It may be confirmed only after the boundary of two days: the sitter left at 3:59, and the break was
full at 4:04. It then counts for the days of the week that are over, as in `sensor/report`. They are
also corrected when a bout over the boundary turns out to be prolonged, or not the sitter's.

The figures of a day that is over are in the week's. A clock that leaps to another day and is put
right again leaves no trace: the figures before the leap are kept until then, and joined again.
"""

from dataclasses import replace
from datetime import date
from typing import Literal

from sensor.core import figures, sitting
from sensor.core.calendar import day_began, look
from sensor.core.figures import Day, Leap, Week
from sensor.core.sitting import Absent, Bout, Seated
from sensor.core.update import Update

Counter = Literal["bouts", "short_breaks", "full_breaks", "alerts_heeded"]

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


def count(update: Update, name: Counter, at: float) -> bool:
    """Count something that began at an instant; return whether that was today."""
    today, past = update.state.day, update.state.week
    if earlier(update, at):
        if past.since is None or at >= _began(update, past.since):  # else of a week that is over
            update.change(week=replace(past, **{name: getattr(past, name) + 1}))
        return False
    update.change(day=replace(today, **{name: getattr(today, name) + 1}))
    return True


def bout_begun(update: Update, seated: Seated) -> None:
    """Sit in a new bout, and count it."""
    at = seated.bout.started_at
    is_today, before = count(update, "bouts", at), earlier(update, at)
    past = update.state.week
    update.change(
        sitting=replace(seated, bout=replace(seated.bout, begun_today=is_today)),
        day=replace(update.state.day, before=before),
        week=replace(past, chair=past.chair + before),
    )


def got_up(update: Update, absent: Absent) -> None:
    """Count getting up, and take back the seconds that seemed to be sat since the leave."""
    today, bout = update.state.day, absent.bout
    if bout is None or not absent.counted:
        return
    if today.before > bout.seated:
        past = figures.shortened(update.state.week, today.before, bout.seated)
        update.change(day=replace(today, before=bout.seated), week=past)
    if not earlier(update, absent.left_at):
        today, bout = update.state.day, replace(bout, transitions=bout.transitions + 1)
        update.change(
            sitting=replace(absent, bout=bout),
            day=replace(today, transitions=today.transitions + 1),
        )


def bout_closed(update: Update, bout: Bout, ended_at: float) -> None:
    """Add a bout that is over."""
    today, past = update.state.day, update.state.week
    if bout.excluded:
        update.change(day=replace(today, before=0))
        return
    before = min(today.before, bout.seated)
    share = bout.seated - before
    past = figures.rejudged(past, before, bout.seated)
    if earlier(update, ended_at):
        past = replace(past, longest=max(past.longest, bout.seated))
    else:
        today = replace(today, longest=max(today.longest, bout.seated))
    update.change(
        day=replace(
            today,
            chair=today.chair + share,
            prolonged=today.prolonged + figures.prolonged(share, bout.seated),
            before=0,
        ),
        week=past,
        own_longest=max(update.state.own_longest, bout.seated),
    )


def bout_left_out(update: Update, bout: Bout) -> None:
    """Take back all counts of a bout that turned out not to be the sitter's."""
    today = update.state.day
    past = figures.shortened(update.state.week, today.before, 0)
    update.change(
        day=replace(
            today,
            bouts=today.bouts - bout.begun_today,
            transitions=today.transitions - bout.transitions,
            alerts=max(0, today.alerts - bout.alerts),
            alerts_heeded=max(0, today.alerts_heeded - bout.heeded),
            before=0,
        ),
        week=replace(
            past,
            bouts=max(0, past.bouts - (not bout.begun_today)),
            alerts=max(0, past.alerts - bout.earlier_alerts),
            alerts_heeded=max(0, past.alerts_heeded - bout.earlier_heeded),
        ),
    )


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
        leap = update.state.leap
        if leap is not None and update.now >= leap.at + BELIEVED_AFTER:
            update.change(leap=None)
        _begin(update)


def set_clock(update: Update, offset: float, *, first: bool) -> None:
    """Follow a wall clock that was set."""
    by = offset - update.state.wall_offset
    update.change(wall_offset=offset, calendar=look(update.now, offset, update.rules))
    if by > BELIEVED_AFTER:
        update.change(doubted_since=update.now)
    state = update.state
    shown, today, leap = state.calendar.date, state.day, state.leap
    if shown == today.date:
        return
    if leap is not None and shown == leap.day.date:
        _rejoin(update, leap)
    elif first:
        _move(update, shown)
    elif shown > today.date:
        base = figures.week_of(state.week, today.date)
        _begin(update)
        covered = figures.uncovered(today, update.now)
        update.change(leap=Leap(at=update.now, day=covered, week=base, after=update.state.week))
    elif is_ahead(today.date, shown):
        redate(update, shown)


def is_ahead(day: str, shown: str) -> bool:
    """Whether a day lies so far ahead of the one shown that the clock was wrong."""
    return (date.fromisoformat(day) - date.fromisoformat(shown)).days > 1


def redate(update: Update, shown: str) -> None:
    """Give a day that lay ahead the date that the clock shows now, and move its week with it."""
    before, leap, today = update.state.week, update.state.leap, update.state.day
    after = before
    if leap is not None and before.since != leap.after.since:
        gone = figures.since(leap, before)
        after = Week(
            since=leap.after.since,
            longest=max(leap.after.longest, gone.longest),
            share_before=leap.after.share_before,
            streak=before.streak,
        )
        after = figures.plus(after, gone, leap.week)
    after = figures.moved(after, shown)
    empty = Day(date=today.date, before=today.before)
    update.change(
        day=replace(today, date=shown),
        week=after,
        leap=Leap(at=update.now, day=empty, week=before, after=after),
    )


def _begin(update: Update) -> None:
    """Begin the day that the clock shows; the one before is over."""
    now_sitting, past = update.state.sitting, update.state.day
    covering = past.covering_since is not None
    update.change(
        week=figures.with_past_day(update.state.week, past, now_sitting, update.now, update.rules),
        day=Day(
            date=update.state.calendar.date,
            before=sitting.bout_seconds(now_sitting, update.now),
            covering_since=update.now if covering else None,
        ),
        recalled=None,
        own_longest=0,
    )
    bout = sitting.open_bout(now_sitting)
    if bout is not None:
        update.change(sitting=sitting.with_bout(now_sitting, sitting.carried_over(bout)))


def _rejoin(update: Update, leap: Leap) -> None:
    """Return to the day before a leap, and add the counts since."""
    state, today, past = update.state, update.state.day, leap.day
    since = figures.since(leap, state.week)
    longest = max(past.longest, since.longest, today.longest)
    # The open bout's share of the day before the leap was counted as if that were over.
    before = min(past.before, today.before)
    over = today.before - before
    both = figures.plus(today, since)
    update.change(
        day=replace(
            both,
            date=past.date,
            chair=both.chair - over,
            prolonged=both.prolonged - figures.prolonged(over, today.before),
            before=before,
            longest=longest,
            transitions=past.transitions + today.transitions,
            covered=past.covered + today.covered,
        ),
        week=leap.week,
        leap=None,
        doubted_since=None,
    )
    bout = sitting.open_bout(state.sitting)
    if bout is not None and not earlier(update, bout.started_at):
        bout = sitting.carried_back(bout)
        update.change(sitting=sitting.with_bout(state.sitting, bout))


def _move(update: Update, shown: str) -> None:
    """Give the counts of this boot the date that the clock shows, now that it is right."""
    state, today, past = update.state, update.state.day, update.state.recalled
    if past is not None:
        over = figures.with_past_day(state.week, past, sitting.Idle(), update.now, update.rules)
        today = replace(figures.minus(today, past), longest=state.own_longest)
        update.change(week=over, recalled=None)
    update.change(day=replace(today, date=shown), week=figures.moved(update.state.week, shown))
