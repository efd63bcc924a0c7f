"""The seat: what contact and tamper loop mean for who sits, and which bouts begin and end by it."""

from dataclasses import replace
from typing import Any, assert_never

from sensor.core import coach, contact, days, figures, sitting
from sensor.core.alert import end_alert, fall_silent, held, is_due, running_id, start_alert
from sensor.core.events import AbsenceRow, BoutRow, GapRow
from sensor.core.sitting import Absent, Bout, Idle, Ignored, Resuming, Seated
from sensor.core.state import Calm, Due, Gone, Hold, Soon, is_muted
from sensor.core.transition import Turn

EXCLUDED_AFTER = 12 * 3600
"""Seconds after which a suspicious bout is left out of the statistics."""


def read(turn: Turn, closed: bool) -> None:
    """Pass the contact's level to the filter."""
    old = turn.state.contact
    if turn.state.unplugged_at is not None:
        if closed != old.closed:
            turn.change(contact=contact.start(closed, turn.now))
        return
    new = contact.read(old, closed, turn.now, turn.rules)
    if new is not old:
        turn.change(contact=new)


def plug(turn: Turn, closed: bool) -> None:
    """Lose sight of the mat, or start to watch it anew."""
    unplugged_at = turn.state.unplugged_at
    if closed == (unplugged_at is None):
        return
    if not closed:
        lose_sight(turn, turn.now)
        turn.change(unplugged_at=turn.now, day=figures.uncovered(turn.state.day, turn.now))
        return
    assert unplugged_at is not None  # noqa: S101  (for mypy)
    turn.write(GapRow(started_at=unplugged_at, ended_at=turn.now, why="unplugged"))
    turn.change(
        unplugged_at=None,
        contact=contact.start(turn.state.contact.closed, turn.now),
        day=replace(turn.state.day, covering_since=turn.now),
    )


def wake_up(turn: Turn, seconds: float) -> None:
    """Treat a suspend as a gap that nobody watched."""
    fell_asleep = turn.now - seconds
    was_seated = isinstance(turn.state.sitting, Seated)
    if was_seated:
        lose_sight(turn, fell_asleep)
        fall_silent(turn)
    if seconds >= turn.rules.break_min:
        if was_seated:
            end_alert(turn)
            close_bout(turn)
            turn.change(sitting=Idle())
        elif isinstance(turn.state.sitting, Ignored):
            turn.change(sitting=Idle())
    turn.write(GapRow(started_at=fell_asleep, ended_at=turn.now, why="suspended"))
    today = turn.state.day
    if today.covering_since is not None:
        today = replace(figures.uncovered(today, fell_asleep), covering_since=turn.now)
    turn.change(
        contact=contact.start(turn.state.contact.closed, turn.now),
        day=today,
    )


def confirm(turn: Turn) -> None:
    """Let the filter's charge cross its threshold: somebody sat down or stood up."""
    old = turn.state.contact
    turn.change(contact=contact.confirmed(old, turn.now))
    if old.closed:
        _sit_down(turn, old.rose_at, seen_coming=old.seen_rising)
    else:
        _stand_up(turn, old.fell_at)


def _sit_down(turn: Turn, at: float, *, seen_coming: bool) -> None:
    goes_on = False
    match turn.state.sitting:
        case Idle(since, after_reset=True) if since is not None:
            _sit_after_reset(turn, since, at)
        case Idle(since):
            _sit_after_break(turn, since, at, estimated=not seen_coming)
        case Absent() as absent:
            goes_on = sit_after_absence(turn, absent, at)
        case Resuming() as resuming:
            goes_on = sit_after_downtime(turn, resuming, at)
        case Ignored():
            goes_on = turn.state.told_seated
        case Seated():  # pragma: no cover
            raise AssertionError("confirmed twice")
        case _ as never:  # pragma: no cover
            assert_never(never)
    if not goes_on:
        turn.tell("sat_down", at=at)
    turn.change(told_seated=True)


def _sit_after_break(turn: Turn, since: float | None, at: float, *, estimated: bool) -> None:
    if since is not None:
        at = max(at, since)
        turn.write(AbsenceRow(left_at=since, returned_at=at, kind="full"))
    begin_bout(turn, sitting.new_bout(at, estimated=estimated))


def _sit_after_reset(turn: Turn, since: float, at: float) -> None:
    """Write down what the break has come to, whatever the timer says."""
    away = max(0, at - since)
    kind: Any = "merged"
    if away >= turn.rules.break_min:
        kind = "full"
        days.count(turn, "full_breaks", since)
    elif away > turn.rules.short_absence:
        kind = "short"
        days.count(turn, "short_breaks", since)
    turn.write(AbsenceRow(left_at=since, returned_at=since + away, kind=kind))
    begin_bout(turn, sitting.new_bout(since + away))


def sit_after_absence(turn: Turn, absent: Absent, at: float) -> bool:
    """Return whether the same bout goes on as if nothing had been."""
    seen = sitting.was_seen(absent)
    if at - absent.left_at >= turn.rules.break_min:
        if seen:
            _complete_break(turn, absent)
        else:
            end_alert(turn)
            close_bout(turn)
        _sit_after_break(turn, absent.left_at if seen else None, at, estimated=False)
        return False
    seated = sitting.returned(absent, at, turn.rules)
    same = seated.bout is absent.bout
    if seated.timer < turn.rules.sit_limit and isinstance(turn.state.alert, Due):
        end_alert(turn)
    if same:
        turn.change(sitting=seated)
    else:
        close_bout(turn)
        if seen and absent.counted:
            days.count(turn, "short_breaks", absent.left_at)
        begin_bout(turn, seated)
    if seen:
        kind: Any = "merged" if same else "short"
        turn.write(AbsenceRow(left_at=absent.left_at, returned_at=seated.since, kind=kind))
    _return_to_alert(turn, seated, absent.bout)
    return same and not seen


def _return_to_alert(turn: Turn, seated: Seated, before: Bout | None) -> None:
    """Level 1 again after the grace, or after a snooze that is longer, if it is still due."""
    alert = turn.state.alert
    grace_until = seated.since + turn.rules.return_grace
    if seated.timer < turn.rules.sit_limit:
        return
    if isinstance(alert, Due):
        turn.change(alert=replace(alert, phase=held(alert.phase, grace_until)))
    else:
        snoozed = Gone(None if before is None else before.snoozed_until)
        start_alert(turn, held(snoozed, grace_until))


def sit_after_downtime(turn: Turn, resuming: Resuming, at: float) -> bool:
    """Return whether the bout of before goes on."""
    if at - resuming.stopped_at >= turn.rules.break_min:
        end_alert(turn)
        close_bout(turn)
        begin_bout(turn, sitting.new_bout(at, estimated=True))
        return False
    seated = resuming.seated
    seated = replace(seated, bout=replace(seated.bout, estimated=True))
    turn.change(sitting=seated)
    if not isinstance(turn.state.alert, Due) and is_due(turn, seated):
        start_alert(turn, Hold(grace_after_start(turn), "grace"))
    return True


def grace_after_start(turn: Turn) -> float:
    """Return when, after a start, an alert may ring again."""
    return turn.state.started_at + turn.rules.return_grace


def _stand_up(turn: Turn, at: float) -> None:
    now_sitting = turn.state.sitting
    told_at, alert_id = at, running_id(turn)
    match now_sitting:
        case Seated():
            absent = sitting.left(now_sitting, at)
            told_at = absent.left_at
            turn.change(sitting=absent)
            days.got_up(turn, absent)
            _leave_alert(turn, absent.left_at)
        case Absent():
            told_at = now_sitting.left_at
            seen = replace(now_sitting, lost_at=None)
            turn.change(sitting=seen)
            if not sitting.was_seen(now_sitting):
                days.got_up(turn, seen)
            _leave_alert(turn, now_sitting.left_at)
        case Resuming():
            end_alert(turn)
            close_bout(turn)
            turn.change(sitting=Idle(at))
        case Ignored():
            turn.change(sitting=Idle(at))
        case Idle(since):
            turn.change(sitting=Idle(at if since is None else since))
        case _ as never:  # pragma: no cover
            assert_never(never)
    if turn.state.told_seated:
        turn.tell("stood_up", at=told_at, alert_id=alert_id)
    turn.change(told_seated=False)


def _leave_alert(turn: Turn, at: float) -> None:
    alert = turn.state.alert
    if not isinstance(alert, Due):
        return
    if alert.rang_at is not None and alert.left_at is None:
        if figures.is_heeded(at - alert.rang_at):
            _count_heeded(turn, alert.rang_at)
        turn.change(alert=replace(alert, left_at=max(at, alert.rang_at)))
    fall_silent(turn)


def _count_heeded(turn: Turn, rang_at: float) -> None:
    is_today, now_sitting = days.count(turn, "alerts_heeded", rang_at), turn.state.sitting
    bout = sitting.open_bout(now_sitting)
    if bout is None:  # pragma: no cover  (for mypy: an alert that rang has a bout)
        return
    if is_today:
        bout = replace(bout, heeded=bout.heeded + 1)
    else:
        bout = replace(bout, earlier_heeded=bout.earlier_heeded + 1)
    turn.change(sitting=sitting.with_bout(now_sitting, bout))


def be_absent(turn: Turn, absent: Absent) -> None:
    """Let an absence last: the bout closes, the alert ends, the break is complete."""
    certain = contact.certainly_open(turn.state.contact, turn.rules)
    if turn.now >= max(sitting.closes_at(absent, turn.rules), certain):
        close_bout(turn)
        turn.change(sitting=replace(absent, bout=None))
    below = max(sitting.below_limit_at(absent, turn.rules), certain)
    if isinstance(turn.state.alert, Due) and turn.now >= below:
        end_alert(turn)
    over = absent.left_at + turn.rules.break_min
    if not turn.state.contact.closed and turn.now >= over:
        _complete_break(turn, absent)
        turn.change(sitting=Idle(absent.left_at, after_break=True))
        if not is_muted(turn.state):
            turn.change(rested_at=over)  # not now: what is noticed late is no reason for a noise


def _complete_break(turn: Turn, absent: Absent) -> None:
    alert_id = running_id(turn)
    end_alert(turn)
    close_bout(turn)
    turn.change(coaching=coach.done(turn.state.coaching, turn.state.day, turn.rules))
    if absent.counted:
        days.count(turn, "full_breaks", absent.left_at)
    turn.tell("break_complete", sitting_seconds=absent.timer, alert_id=alert_id)


def begin_bout(turn: Turn, seated: Seated) -> None:
    """Let a new bout begin, and count it."""
    days.bout_begun(turn, seated)
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
        days.bout_left_out(turn, bout)
        bout = replace(bout, excluded=True)
    days.bout_closed(turn, bout, ended_at)
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
            days.bout_left_out(turn, bout)
    if suspicious != turn.state.long_occupancy:
        turn.change(long_occupancy=suspicious)
