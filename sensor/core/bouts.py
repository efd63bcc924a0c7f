"""Bouts begin and end; a day begins; a bout turns out to be too long for a person."""

from dataclasses import replace

from sensor.core import sitting, tally, week
from sensor.core.alert import Calm, Soon
from sensor.core.calendar import look
from sensor.core.day import Day
from sensor.core.events import BoutRow
from sensor.core.sitting import Absent, Resuming, Seated
from sensor.core.turn import Turn

EXCLUDED_AFTER = 12 * 3600
"""Seconds after which a suspicious bout is left out of the statistics."""


def begin_bout(turn: Turn, seated: Seated) -> None:
    """Let a new bout begin, and count it."""
    tally.begun(turn, seated)
    if isinstance(turn.state.alert, Soon):
        turn.change(alert=Calm())


def close_bout(turn: Turn, *, voided: bool = False) -> None:
    """Close the open bout, if there is one, where it was last sat."""
    now_sitting = turn.state.sitting
    bout = sitting.open_bout(now_sitting)
    if bout is None:
        return
    ended_at = turn.now
    if isinstance(now_sitting, Absent):
        ended_at = now_sitting.left_at
    elif isinstance(now_sitting, Resuming):
        ended_at = now_sitting.stopped_at
    bout = replace(bout, seated=sitting.bout_seconds(now_sitting, ended_at))
    if voided and not bout.excluded:
        tally.left_out(turn, bout)
        bout = replace(bout, excluded=True)
    tally.closed(turn, bout, ended_at)
    turn.write(
        BoutRow(
            started_at=bout.started_at,
            ended_at=ended_at,
            seated_seconds=bout.seated,
            estimated=bout.estimated,
            mark="voided" if voided else "long_occupancy" if bout.excluded else None,
        )
    )


def lose_sight(turn: Turn, at: float) -> None:
    """From `at` on nobody knows who sits; it may become an absence."""
    match turn.state.sitting:
        case Seated() as seated:
            turn.change(sitting=sitting.left(seated, at, lost=True))
        case Absent(lost_at=None) as absent:
            turn.change(sitting=replace(absent, lost_at=at))
        case Resuming(seated, stopped_at):
            turn.change(sitting=sitting.left(seated, stopped_at, lost=True))
        case _:
            pass


def suspect(turn: Turn) -> None:
    """Notice a bout that is too long for a person, and one that no longer is."""
    now_sitting, after = turn.state.sitting, turn.rules.suspicious_after
    if isinstance(now_sitting, Resuming) and turn.state.long_occupancy:
        return  # still the same bout, as far as anybody knows
    if not isinstance(now_sitting, Seated) or after is None:
        suspicious = False
    else:
        suspicious = turn.now >= sitting.sat_for(now_sitting, after)
        bout = now_sitting.bout
        limit = max(after, EXCLUDED_AFTER)
        if not bout.excluded and turn.now >= sitting.sat_for(now_sitting, limit):
            turn.change(sitting=replace(now_sitting, bout=replace(bout, excluded=True)))
            tally.left_out(turn, bout)
    if suspicious != turn.state.long_occupancy:
        turn.change(long_occupancy=suspicious)


def judge_the_day(turn: Turn) -> None:
    """See whether the day's goal is still kept, where one is set."""
    kept = None
    if turn.rules.goals:
        kept = week.kept_goal(turn.state.day, turn.state.sitting, turn.now, turn.rules)
    if kept is not turn.state.goal_kept:
        turn.change(goal_kept=kept)


def look_at_the_clock(turn: Turn) -> None:
    """Follow the wall clock: do not disturb, quiet and working hours, a new day."""
    if turn.state.dnd_until is not None and turn.now >= turn.state.dnd_until:
        turn.change(dnd_until=None)
    if turn.now >= turn.state.calendar.until:
        turn.change(calendar=look(turn.now, turn.state.wall_offset, turn.rules))
    if turn.state.calendar.date > turn.state.day.date:
        _begin_day(turn)


def _begin_day(turn: Turn) -> None:
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
    )
    bout = sitting.open_bout(now_sitting)
    if bout is not None:
        carried = sitting.carried_over(bout)
        turn.change(sitting=sitting.with_bout(now_sitting, carried))
