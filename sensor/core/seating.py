"""The seat: what contact and tamper loop mean for who sits, and which bouts begin and end by it."""

from dataclasses import replace
from typing import Any, assert_never

from sensor.core import coach, contact, days, figures, sitting
from sensor.core.alert import end_alert, fall_silent, held, is_due, running_id, start_alert
from sensor.core.events import AbsenceRow, BoutRow, GapRow
from sensor.core.sitting import Absent, Bout, Idle, Ignored, Resuming, Seated
from sensor.core.state import Calm, Due, Gone, Hold, Soon, is_muted
from sensor.core.update import Update

EXCLUDED_AFTER = 12 * 3600
"""Seconds after which a suspicious bout is left out of the statistics."""


def read(update: Update, closed: bool) -> None:
    """Pass the contact's level to the filter."""
    old = update.state.contact
    if update.state.unplugged_at is not None:
        if closed != old.closed:
            update.change(contact=contact.start(closed, update.now))
        return
    new = contact.read(old, closed, update.now, update.rules)
    if new is not old:
        update.change(contact=new)


def plug(update: Update, closed: bool) -> None:
    """Lose sight of the mat, or start to watch it anew."""
    unplugged_at = update.state.unplugged_at
    if closed == (unplugged_at is None):
        return
    if not closed:
        lose_sight(update, update.now)
        update.change(unplugged_at=update.now, day=figures.uncovered(update.state.day, update.now))
        return
    assert unplugged_at is not None  # noqa: S101  (for mypy)
    update.write(GapRow(started_at=unplugged_at, ended_at=update.now, why="unplugged"))
    update.change(
        unplugged_at=None,
        contact=contact.start(update.state.contact.closed, update.now),
        day=replace(update.state.day, covering_since=update.now),
    )


def wake_up(update: Update, seconds: float) -> None:
    """Treat a suspend as a gap that nobody watched."""
    fell_asleep = update.now - seconds
    was_seated = isinstance(update.state.sitting, Seated)
    if was_seated:
        lose_sight(update, fell_asleep)
        fall_silent(update)
    if seconds >= update.rules.break_min:
        if was_seated:
            end_alert(update)
            close_bout(update)
            update.change(sitting=Idle())
        elif isinstance(update.state.sitting, Ignored):
            update.change(sitting=Idle())
    update.write(GapRow(started_at=fell_asleep, ended_at=update.now, why="suspended"))
    today = update.state.day
    if today.covering_since is not None:
        today = replace(figures.uncovered(today, fell_asleep), covering_since=update.now)
    update.change(
        contact=contact.start(update.state.contact.closed, update.now),
        day=today,
    )


def confirm(update: Update) -> None:
    """Let the filter's charge cross its threshold: somebody sat down or stood up."""
    old = update.state.contact
    update.change(contact=contact.confirmed(old, update.now))
    if old.closed:
        _sit_down(update, old.rose_at, seen_coming=old.seen_rising)
    else:
        _stand_up(update, old.fell_at)


def _sit_down(update: Update, at: float, *, seen_coming: bool) -> None:
    goes_on = False
    match update.state.sitting:
        case Idle(since, after_reset=True) if since is not None:
            _sit_after_reset(update, since, at)
        case Idle(since):
            _sit_after_break(update, since, at, estimated=not seen_coming)
        case Absent() as absent:
            goes_on = sit_after_absence(update, absent, at)
        case Resuming() as resuming:
            goes_on = sit_after_downtime(update, resuming, at)
        case Ignored():
            goes_on = update.state.told_seated
        case Seated():  # pragma: no cover
            raise AssertionError("confirmed twice")
        case _ as never:  # pragma: no cover
            assert_never(never)
    if not goes_on:
        update.tell("sat_down", at=at)
    update.change(told_seated=True)


def _sit_after_break(update: Update, since: float | None, at: float, *, estimated: bool) -> None:
    if since is not None:
        at = max(at, since)
        update.write(AbsenceRow(left_at=since, returned_at=at, kind="full"))
    begin_bout(update, sitting.new_bout(at, estimated=estimated))


def _sit_after_reset(update: Update, since: float, at: float) -> None:
    """Write down what the break has come to, whatever the timer says."""
    away = max(0, at - since)
    kind: Any = "merged"
    if away >= update.rules.break_min:
        kind = "full"
        days.count(update, "full_breaks", since)
    elif away > update.rules.short_absence:
        kind = "short"
        days.count(update, "short_breaks", since)
    update.write(AbsenceRow(left_at=since, returned_at=since + away, kind=kind))
    begin_bout(update, sitting.new_bout(since + away))


def sit_after_absence(update: Update, absent: Absent, at: float) -> bool:
    """Return whether the same bout goes on as if nothing had been."""
    seen = sitting.was_seen(absent)
    if at - absent.left_at >= update.rules.break_min:
        if seen:
            _complete_break(update, absent)
        else:
            end_alert(update)
            close_bout(update)
        _sit_after_break(update, absent.left_at if seen else None, at, estimated=False)
        return False
    seated = sitting.returned(absent, at, update.rules)
    same = seated.bout is absent.bout
    if seated.timer < update.rules.sit_limit and isinstance(update.state.alert, Due):
        end_alert(update)
    if same:
        update.change(sitting=seated)
    else:
        close_bout(update)
        if seen and absent.counted:
            days.count(update, "short_breaks", absent.left_at)
        begin_bout(update, seated)
    if seen:
        kind: Any = "merged" if same else "short"
        update.write(AbsenceRow(left_at=absent.left_at, returned_at=seated.since, kind=kind))
    _return_to_alert(update, seated, absent.bout)
    return same and not seen


def _return_to_alert(update: Update, seated: Seated, before: Bout | None) -> None:
    """Level 1 again after the grace, or after a snooze that is longer, if it is still due."""
    alert = update.state.alert
    grace_until = seated.since + update.rules.return_grace
    if seated.timer < update.rules.sit_limit:
        return
    if isinstance(alert, Due):
        update.change(alert=replace(alert, phase=held(alert.phase, grace_until)))
    else:
        snoozed = Gone(None if before is None else before.snoozed_until)
        start_alert(update, held(snoozed, grace_until))


def sit_after_downtime(update: Update, resuming: Resuming, at: float) -> bool:
    """Return whether the bout of before goes on."""
    if at - resuming.stopped_at >= update.rules.break_min:
        end_alert(update)
        close_bout(update)
        begin_bout(update, sitting.new_bout(at, estimated=True))
        return False
    seated = resuming.seated
    seated = replace(seated, bout=replace(seated.bout, estimated=True))
    update.change(sitting=seated)
    if not isinstance(update.state.alert, Due) and is_due(update, seated):
        start_alert(update, Hold(grace_after_start(update), "grace"))
    return True


def grace_after_start(update: Update) -> float:
    """Return when, after a start, an alert may ring again."""
    return update.state.started_at + update.rules.return_grace


def _stand_up(update: Update, at: float) -> None:
    now_sitting = update.state.sitting
    told_at, alert_id = at, running_id(update)
    match now_sitting:
        case Seated():
            absent = sitting.left(now_sitting, at)
            told_at = absent.left_at
            update.change(sitting=absent)
            days.got_up(update, absent)
            _leave_alert(update, absent.left_at)
        case Absent():
            told_at = now_sitting.left_at
            seen = replace(now_sitting, lost_at=None)
            update.change(sitting=seen)
            if not sitting.was_seen(now_sitting):
                days.got_up(update, seen)
            _leave_alert(update, now_sitting.left_at)
        case Resuming():
            end_alert(update)
            close_bout(update)
            update.change(sitting=Idle(at))
        case Ignored():
            update.change(sitting=Idle(at))
        case Idle(since):
            update.change(sitting=Idle(at if since is None else since))
        case _ as never:  # pragma: no cover
            assert_never(never)
    if update.state.told_seated:
        update.tell("stood_up", at=told_at, alert_id=alert_id)
    update.change(told_seated=False)


def _leave_alert(update: Update, at: float) -> None:
    alert = update.state.alert
    if not isinstance(alert, Due):
        return
    if alert.rang_at is not None and alert.left_at is None:
        if figures.is_heeded(at - alert.rang_at):
            _count_heeded(update, alert.rang_at)
        update.change(alert=replace(alert, left_at=max(at, alert.rang_at)))
    fall_silent(update)


def _count_heeded(update: Update, rang_at: float) -> None:
    is_today, now_sitting = days.count(update, "alerts_heeded", rang_at), update.state.sitting
    bout = sitting.open_bout(now_sitting)
    if bout is None:  # pragma: no cover  (for mypy: an alert that rang has a bout)
        return
    if is_today:
        bout = replace(bout, heeded=bout.heeded + 1)
    else:
        bout = replace(bout, earlier_heeded=bout.earlier_heeded + 1)
    update.change(sitting=sitting.with_bout(now_sitting, bout))


def be_absent(update: Update, absent: Absent) -> None:
    """Let an absence last: the bout closes, the alert ends, the break is complete."""
    certain = contact.certainly_open(update.state.contact, update.rules)
    if update.now >= max(sitting.closes_at(absent, update.rules), certain):
        close_bout(update)
        update.change(sitting=replace(absent, bout=None))
    below = max(sitting.below_limit_at(absent, update.rules), certain)
    if isinstance(update.state.alert, Due) and update.now >= below:
        end_alert(update)
    over = absent.left_at + update.rules.break_min
    if not update.state.contact.closed and update.now >= over:
        _complete_break(update, absent)
        update.change(sitting=Idle(absent.left_at, after_break=True))
        if not is_muted(update.state):
            update.change(rested_at=over)  # not now: what is noticed late is no reason for a noise


def _complete_break(update: Update, absent: Absent) -> None:
    alert_id = running_id(update)
    end_alert(update)
    close_bout(update)
    update.change(coaching=coach.done(update.state.coaching, update.state.day, update.rules))
    if absent.counted:
        days.count(update, "full_breaks", absent.left_at)
    update.tell("break_complete", sitting_seconds=absent.timer, alert_id=alert_id)


def begin_bout(update: Update, seated: Seated) -> None:
    """Let a new bout begin, and count it."""
    days.bout_begun(update, seated)
    if isinstance(update.state.alert, Soon):
        update.change(alert=Calm())


def close_bout(update: Update, *, voided: bool = False) -> None:
    """Close the open bout, if there is one, where it was last sat."""
    now_sitting = update.state.sitting
    bout = sitting.open_bout(now_sitting)
    if bout is None:
        return
    ended_at = update.now
    if isinstance(now_sitting, Absent):
        ended_at = now_sitting.left_at
    elif isinstance(now_sitting, Resuming):
        ended_at = now_sitting.stopped_at
    bout = replace(bout, seated=sitting.bout_seconds(now_sitting, ended_at))
    if voided and not bout.excluded:
        days.bout_left_out(update, bout)
        bout = replace(bout, excluded=True)
    days.bout_closed(update, bout, ended_at)
    update.write(
        BoutRow(
            started_at=bout.started_at,
            ended_at=ended_at,
            seated_seconds=bout.seated,
            estimated=bout.estimated,
            mark="voided" if voided else "long_occupancy" if bout.excluded else None,
        )
    )


def lose_sight(update: Update, at: float) -> None:
    """From `at` on nobody knows who sits; it may become an absence."""
    match update.state.sitting:
        case Seated() as seated:
            update.change(sitting=sitting.left(seated, at, lost=True))
        case Absent(lost_at=None) as absent:
            update.change(sitting=replace(absent, lost_at=at))
        case Resuming(seated, stopped_at):
            update.change(sitting=sitting.left(seated, stopped_at, lost=True))
        case _:
            pass


def suspect(update: Update) -> None:
    """Notice a bout that is too long for a person, and one that no longer is."""
    now_sitting, after = update.state.sitting, update.rules.suspicious_after
    if isinstance(now_sitting, Resuming) and update.state.long_occupancy:
        return  # still the same bout, as far as anybody knows
    if not isinstance(now_sitting, Seated) or after is None:
        suspicious = False
    else:
        suspicious = update.now >= sitting.sat_for(now_sitting, after)
        bout = now_sitting.bout
        limit = max(after, EXCLUDED_AFTER)
        if not bout.excluded and update.now >= sitting.sat_for(now_sitting, limit):
            update.change(sitting=replace(now_sitting, bout=replace(bout, excluded=True)))
            days.bout_left_out(update, bout)
    if suspicious != update.state.long_occupancy:
        update.change(long_occupancy=suspicious)
