"""Days begin as the clock on the wall has it, also when somebody sets that clock.

The figures of a day that is over are in the week's. A clock that leaps to another day and is put
right again leaves no trace: what was before the leap is kept until then, and joined again.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from sensor.core import day as figures
from sensor.core import sitting, tally, week
from sensor.core.calendar import look
from sensor.core.day import PROLONGED, Day
from sensor.core.transition import Turn
from sensor.core.week import SUMS, Leap

BELIEVED_AFTER = 86400
"""Seconds that a clock has to stand before a date is believed that nothing else speaks for."""
PLAUSIBLE = 31 * 86400
"""Seconds that the daemon is away at most without a doubt about the clock."""


def look_at_the_clock(turn: Turn) -> None:
    """Follow the wall clock: do not disturb, quiet and working hours, a new day."""
    if turn.state.dnd_until is not None and turn.now >= turn.state.dnd_until:
        turn.change(dnd_until=None)
    if turn.now >= turn.state.calendar.until:
        turn.change(calendar=look(turn.now, turn.state.wall_offset, turn.rules))
    if turn.state.calendar.date > turn.state.day.date:
        leap = turn.state.leap
        if leap is not None and turn.now >= leap.at + BELIEVED_AFTER:
            turn.change(leap=None)
        _begin(turn)


def set_clock(turn: Turn, offset: float, *, first: bool) -> None:
    """Follow a wall clock that was set."""
    by = offset - turn.state.wall_offset
    turn.change(wall_offset=offset, calendar=look(turn.now, offset, turn.rules))
    if by > BELIEVED_AFTER:
        turn.change(doubted_since=turn.now)
    state = turn.state
    shown, today, leap = state.calendar.date, state.day, state.leap
    if shown == today.date:
        return
    if leap is not None and shown == leap.day.date:
        _rejoin(turn, leap)
    elif first:
        _move(turn, shown)
    elif shown > today.date:
        base = week.of(state.week, today.date)
        _begin(turn)
        covered = figures.uncovered(today, turn.now)
        turn.change(leap=Leap(at=turn.now, day=covered, week=base, after=turn.state.week))
    elif is_ahead(today.date, shown):
        redate(turn, shown)


def is_ahead(day: str, shown: str) -> bool:
    """Whether a day lies so far ahead of the one shown that the clock was wrong."""
    return (date.fromisoformat(day) - date.fromisoformat(shown)).days > 1


def redate(turn: Turn, shown: str) -> None:
    """Let a day that lay ahead be the one that the clock shows now, and its week with it."""
    before, leap, today = turn.state.week, turn.state.leap, turn.state.day
    after = before
    if leap is not None and before.since != leap.after.since:
        gone = week.since(leap, before)
        sums = {name: getattr(gone, name) + getattr(leap.week, name) for name in SUMS}
        longest = max(leap.after.longest, gone.longest)
        after = replace(leap.after, longest=longest, streak=before.streak, **sums)
    after = week.moved(after, shown)
    empty = Day(date=today.date, before=today.before)
    turn.change(
        day=replace(today, date=shown),
        week=after,
        leap=Leap(at=turn.now, day=empty, week=before, after=after),
    )


def _begin(turn: Turn) -> None:
    """Begin the day that the clock shows; the one before is over."""
    now_sitting = turn.state.sitting
    past = turn.state.day
    covering = past.covering_since is not None
    turn.change(
        week=week.after(turn.state.week, past, now_sitting, turn.now, turn.rules),
        day=Day(
            date=turn.state.calendar.date,
            before=sitting.bout_seconds(now_sitting, turn.now),
            covering_since=turn.now if covering else None,
        ),
        recalled=None,
        own_longest=0,
    )
    bout = sitting.open_bout(now_sitting)
    if bout is not None:
        turn.change(sitting=sitting.with_bout(now_sitting, sitting.carried_over(bout)))


def _rejoin(turn: Turn, leap: Leap) -> None:
    """Be back on the day before a leap, with what was counted since."""
    state, today, past = turn.state, turn.state.day, leap.day
    since = week.since(leap, state.week)
    sums: dict[str, Any] = {name: getattr(since, name) + getattr(today, name) for name in SUMS}
    # The open bout's share of the day before the leap was counted as if that were over.
    before = min(past.before, today.before)
    over = today.before - before
    sums["chair"] -= over
    sums["prolonged"] -= over if today.before >= PROLONGED else 0
    turn.change(
        day=replace(
            today,
            date=past.date,
            before=before,
            longest=max(past.longest, since.longest, today.longest),
            transitions=past.transitions + today.transitions,
            covered=past.covered + today.covered,
            **sums,
        ),
        week=leap.week,
        leap=None,
        doubted_since=None,
    )
    bout = sitting.open_bout(state.sitting)
    if bout is not None and not tally.earlier(turn, bout.started_at):
        bout = sitting.carried_back(bout)
        turn.change(sitting=sitting.with_bout(state.sitting, bout))


def _move(turn: Turn, shown: str) -> None:
    """Let what this boot has counted be of the day that the clock shows, now that it is right."""
    state, today, past = turn.state, turn.state.day, turn.state.recalled
    if past is not None:
        own = {name: getattr(today, name) - getattr(past, name) for name in figures.COUNTED}
        over = week.after(state.week, past, sitting.Idle(), turn.now, turn.rules)
        today = replace(today, longest=state.own_longest, **own)
        turn.change(week=over, recalled=None)
    turn.change(day=replace(today, date=shown), week=week.moved(turn.state.week, shown))


def judge(turn: Turn) -> None:
    """See whether the day's goal is still kept, where one is set."""
    kept = None
    if turn.rules.goals:
        kept = week.kept_goal(turn.state.day, turn.state.sitting, turn.now, turn.rules)
    if kept is not turn.state.goal_kept:
        turn.change(goal_kept=kept)
