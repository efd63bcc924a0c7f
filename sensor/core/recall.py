"""After a restart: what was remembered is joined to what has been seen since."""

from dataclasses import dataclass, replace
from typing import Any

from sensor.core import alert as ladder
from sensor.core import alerting, bouts, day, seat, sitting, week
from sensor.core.alert import Due, Soon
from sensor.core.events import GapRow
from sensor.core.sitting import Absent, Idle, Ignored, Resuming, Seated
from sensor.core.state import State
from sensor.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Recall:
    """What was remembered from before the daemon started, its instants moved to this clock."""

    past: State
    stopped_at: float
    """The last moment that the memory speaks of; ahead of now if the wall clock has fallen back."""
    certain: bool
    """Whether it is known how long the daemon was away."""
    resumed_at: float | None = None
    """When watching began again, in a life before this one; None: at the start of this life."""


def recall(turn: Turn, recall: Recall) -> None:
    """Join what was remembered to what has been seen since the start."""
    past, stopped_at = recall.past, recall.stopped_at
    bout = sitting.open_bout(past.sitting)
    if bout is not None and past.day.date < turn.state.day.date:
        past = replace(past, sitting=sitting.with_bout(past.sitting, sitting.carried_over(bout)))
    why: Any = "down" if recall.certain else "down_unknown"
    resumed_at = turn.state.started_at if recall.resumed_at is None else recall.resumed_at
    turn.write(GapRow(started_at=min(stopped_at, resumed_at), ended_at=resumed_at, why=why))
    turn.change(serial=max(turn.state.serial, past.serial), coaching=past.coaching)
    if past.dnd_until is not None and past.dnd_until > turn.now and recall.certain:
        turn.change(dnd_until=past.dnd_until)
    _recall_day(turn, past, stopped_at)
    if recall.certain:
        _recall_sitting(turn, past, stopped_at, resumed_at - stopped_at)
    else:
        _give_up(turn, past, stopped_at)


def _recall_day(turn: Turn, past: State, stopped_at: float) -> None:
    before, today = day.uncovered(past.day, stopped_at), turn.state.day
    turn.change(week=past.week)
    if before.date != today.date:
        if before.date < today.date:
            # What was sat before counts for the days before, as at any change of day.
            sat = sitting.bout_seconds(past.sitting, stopped_at)
            over = week.after(past.week, before, past.sitting, stopped_at, turn.rules)
            turn.change(day=replace(today, before=sat), week=over)
            return
        today = replace(today, date=before.date)  # the wall clock is behind: believe the past
    turn.change(
        day=replace(
            before,
            bouts=before.bouts + today.bouts,
            transitions=before.transitions + today.transitions,
            chair=before.chair + today.chair,
            covered=before.covered + today.covered,
            covering_since=today.covering_since,
        )
    )


def _recall_sitting(turn: Turn, past: State, stopped_at: float, down: float) -> None:
    remembered = past.sitting
    if isinstance(remembered, Resuming):
        stopped_at = remembered.stopped_at
        remembered = remembered.seated
    match remembered:
        case Seated():
            _recall_seated(turn, past, Resuming(remembered, stopped_at))
        case Absent():
            _recall_absent(turn, past, remembered)
        case Ignored() if down < turn.rules.break_min:
            _recall_ignored(turn)
        case Idle() if turn.state.sitting == Idle():
            turn.change(sitting=remembered, told_seated=past.told_seated)
        case _:
            _give_up(turn, past, stopped_at)


def _recall_seated(turn: Turn, past: State, resuming: Resuming) -> None:
    live = turn.state.sitting
    seen = turn.state.contact.occupied
    if seen is False or not isinstance(live, Idle | Seated):
        _give_up(turn, past, resuming.stopped_at)
        return
    turn.change(
        sitting=resuming,
        told_seated=past.told_seated,
        told_problem=past.told_problem,
        long_occupancy=past.long_occupancy,
    )
    if isinstance(past.alert, Due):
        phase = ladder.held(past.alert.phase, seat.grace_after_start(turn))
        turn.change(alert=replace(past.alert, phase=phase))
    elif isinstance(past.alert, Soon):
        turn.change(alert=Soon())
    if turn.state.unplugged_at is not None:
        bouts.lose_sight(turn, turn.now)
    elif isinstance(live, Seated):
        # Somebody was confirmed seated while the clock was waited for: decide now.
        today = turn.state.day
        turn.change(day=replace(today, bouts=max(0, today.bouts - 1)))
        seat.sit_after_downtime(turn, resuming, live.since)


def _recall_absent(turn: Turn, past: State, absent: Absent) -> None:
    live = turn.state.sitting
    if isinstance(live, Idle):
        turn.change(sitting=absent, alert=past.alert, told_seated=past.told_seated)
        if turn.state.contact.occupied is False:
            turn.change(sitting=replace(absent, lost_at=None))
            _tell_stood_up(turn, absent.left_at)
    elif isinstance(live, Seated):
        today = turn.state.day
        turn.change(
            sitting=absent, alert=past.alert, day=replace(today, bouts=max(0, today.bouts - 1))
        )
        seat.sit_after_absence(turn, absent, live.since)
    else:
        _give_up(turn, past, absent.left_at)


def _recall_ignored(turn: Turn) -> None:
    if turn.state.contact.occupied is not False:
        if isinstance(turn.state.sitting, Seated):
            today = turn.state.day
            turn.change(day=replace(today, bouts=max(0, today.bouts - 1)))
        turn.change(sitting=Ignored(), told_seated=True)


def _give_up(turn: Turn, past: State, stopped_at: float) -> None:
    """Close what was open before: how it went on is not known."""
    live, live_alert = turn.state.sitting, turn.state.alert
    remembered = past.sitting
    if isinstance(remembered, Seated):
        remembered = Resuming(remembered, stopped_at)
    turn.change(sitting=remembered, alert=past.alert)
    alerting.end_alert(turn)
    bouts.close_bout(turn)
    turn.change(sitting=live, alert=live_alert)
    if turn.state.contact.occupied is not True:
        turn.change(told_seated=past.told_seated)
    if isinstance(live, Idle) and live.since is not None:
        _tell_stood_up(turn, live.since)


def _tell_stood_up(turn: Turn, at: float) -> None:
    """Say that the chair is empty, if the last that was told is somebody sitting."""
    if turn.state.told_seated:
        turn.tell("stood_up", at=at)
        turn.change(told_seated=False)
