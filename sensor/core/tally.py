"""Counts each thing for the day on which it began: today, or one that is over.

What is confirmed after the boundary of two days may have begun before it: somebody left at 3:59,
and the break was full at 4:04. It then belongs to the days of the week that are over, where
`sensor/report` puts it, too. So does what turns out later: that a bout over the boundary is a
long one, or not the sitter's.
"""

from dataclasses import replace
from datetime import date
from typing import Literal

from sensor.core.calendar import day_began
from sensor.core.day import PROLONGED
from sensor.core.sitting import Absent, Bout, Seated
from sensor.core.transition import Turn

Counter = Literal["bouts", "short_breaks", "full_breaks", "alerts_heeded"]


def earlier(turn: Turn, at: float) -> float:
    """Return how long before today began a moment was, in seconds; 0 if it is of today."""
    began = _began(turn, turn.state.day.date)
    # Today may lie ahead, after the wall clock was set back: then it has begun all the same.
    return max(0, began - at) if began <= turn.now else 0


def _began(turn: Turn, day: str) -> float:
    began = day_began(date.fromisoformat(day), turn.rules.day_starts, turn.rules.timezone)
    return began - turn.state.wall_offset


def count(turn: Turn, what: Counter, at: float) -> bool:
    """Count something that began at that moment; return whether it was today."""
    today, past = turn.state.day, turn.state.week
    if earlier(turn, at):
        if past.since is None or at >= _began(turn, past.since):  # else of a week that is over
            turn.change(week=replace(past, **{what: getattr(past, what) + 1}))
        return False
    turn.change(day=replace(today, **{what: getattr(today, what) + 1}))
    return True


def begun(turn: Turn, seated: Seated) -> None:
    """Let a bout begin."""
    at = seated.bout.started_at
    is_today, before = count(turn, "bouts", at), earlier(turn, at)
    past = turn.state.week
    turn.change(
        sitting=replace(seated, bout=replace(seated.bout, begun_today=is_today)),
        day=replace(turn.state.day, before=before),
        week=replace(past, chair=past.chair + before),
    )


def left(turn: Turn, absent: Absent) -> None:
    """Count getting up; what seemed to be sat since then was not."""
    today, past, bout = turn.state.day, turn.state.week, absent.bout
    if bout is None or not absent.counted:
        return
    if today.before > bout.seated:
        over = today.before - bout.seated
        long = over if today.before >= PROLONGED else 0
        past = replace(past, chair=past.chair - over, prolonged=past.prolonged - long)
        turn.change(day=replace(today, before=bout.seated), week=past)
    if not earlier(turn, absent.left_at):
        today, bout = turn.state.day, replace(bout, transitions=bout.transitions + 1)
        turn.change(
            sitting=replace(absent, bout=bout),
            day=replace(today, transitions=today.transitions + 1),
        )


def closed(turn: Turn, bout: Bout, ended_at: float) -> None:
    """Add a bout that is over."""
    today, past = turn.state.day, turn.state.week
    if bout.excluded:
        turn.change(day=replace(today, before=0))
        return
    before = min(today.before, bout.seated)
    share = bout.seated - before
    is_long = bout.seated >= PROLONGED
    if is_long and before < PROLONGED:
        past = replace(past, prolonged=past.prolonged + before)
    if earlier(turn, ended_at):
        past = replace(past, longest=max(past.longest, bout.seated))
    else:
        today = replace(today, longest=max(today.longest, bout.seated))
    turn.change(
        day=replace(
            today,
            chair=today.chair + share,
            prolonged=today.prolonged + (share if is_long else 0),
            before=0,
        ),
        week=past,
        own_longest=max(turn.state.own_longest, bout.seated),
    )


def left_out(turn: Turn, bout: Bout) -> None:
    """Take back what a bout has counted that turned out not to be the sitter's."""
    today, past = turn.state.day, turn.state.week
    turn.change(
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
            chair=max(0, past.chair - today.before),
            prolonged=max(0, past.prolonged - today.before * (today.before >= PROLONGED)),
            bouts=max(0, past.bouts - (not bout.begun_today)),
            alerts=max(0, past.alerts - bout.earlier_alerts),
            alerts_heeded=max(0, past.alerts_heeded - bout.earlier_heeded),
        ),
    )
