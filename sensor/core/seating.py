"""The seat: how contact, tamper loop and suspends change the sitting; how bouts begin and end.

The cases of `_sit_down` and `_stand_up` say what the sitter has just lived through;
`transitions.py` has all of them as a table.
"""

from typing import Any, assert_never

from sensor.core import coach, contact, days, figures, sitting
from sensor.core.alert import end_alert, fall_silent, held, is_due, running_id, start_alert
from sensor.core.changed import changed
from sensor.core.events import AbsenceRow, BoutRow, GapRow
from sensor.core.sitting import Absent, Bout, Idle, Ignored, Resuming, Seated, Sitting
from sensor.core.state import Calm, Due, Gone, Hold, Soon, is_muted
from sensor.core.update import Update
from sensor.core.words import Problem


def read(update: Update, closed: bool) -> None:
    """Pass the level of the raw contact to the filter; an unplugged mat only notes it."""
    old = update.state.contact
    if update.state.unplugged_at is not None:
        if closed != old.closed:
            update.change(contact=contact.start(closed, update.now))
        return
    new = contact.read(old, closed, update.now, update.rules)
    if new is not old:
        update.change(contact=new)


def plug(update: Update, closed: bool, why: Problem | None) -> None:
    """Note that the contact is not known any more, or start the filter over once it is again."""
    unplugged_at = update.state.unplugged_at
    if closed and unplugged_at is None:
        return
    if not closed:
        if unplugged_at is not None and why in (None, update.state.blind_for):
            return
        lose_sight(update, update.now)
        if unplugged_at is None:
            today = figures.uncovered(update.state.day, update.now)
            update.change(unplugged_at=update.now, day=today)
        update.change(blind_for=why or "unplugged")
        return
    assert unplugged_at is not None  # noqa: S101  (for mypy)
    update.write(GapRow(started_at=unplugged_at, ended_at=update.now, why="unplugged"))
    update.change(
        unplugged_at=None,
        contact=contact.start(update.state.contact.closed, update.now),
        day=changed(update.state.day, covering_since=update.now),
    )


def wake_up(update: Update, seconds: float) -> None:
    """Treat the last `seconds` as a gap of unknown state; the filter starts over now."""
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
        today = changed(figures.uncovered(today, fell_asleep), covering_since=update.now)
    update.change(
        contact=contact.start(update.state.contact.closed, update.now),
        day=today,
    )


def confirm(update: Update) -> None:
    """Confirm the seat: the charge of the filter has reached its threshold."""
    old = update.state.contact
    update.change(contact=contact.confirmed(old, update.now))
    if old.closed:
        _sit_down(update, old.rose_at, seen_coming=old.seen_rising)
    else:
        _stand_up(update, old.fell_at)


def _sit_down(update: Update, at: float, *, seen_coming: bool) -> None:
    """Take the sitter, confirmed seated, to be seated since `at`; tell it unless a bout goes on."""
    goes_on = False
    match update.state.sitting:
        case Idle(since, after_reset=True) if since is not None:
            # Got up, reset the timer while standing, and is back.
            _sit_after_reset(update, since, at)
        case Idle(since):
            # Back from a full break, or the first to sit since the daemon began.
            _sit_after_break(update, since, at, estimated=not seen_coming)
        case Absent() as absent:
            # Back before a full break was complete, or was never gone: the sensor was.
            goes_on = sit_after_absence(update, absent, at)
        case Resuming() as resuming:
            # Sat when the daemon stopped, and sits now that it watches again.
            goes_on = sit_after_downtime(update, resuming, at)
        case Ignored():
            # The bag was plugged in again: it still does not count.
            goes_on = update.state.told_seated
        case Seated():  # pragma: no cover
            raise AssertionError("confirmed twice")
        case _ as never:  # pragma: no cover
            assert_never(never)
    if not goes_on:
        update.tell("sat_down", at=at)
    update.change(told_seated=True)


def _sit_after_break(update: Update, since: float | None, at: float, *, estimated: bool) -> None:
    """Begin a bout at `at`; `since` is when the sitter had left, None if no leave was seen."""
    if since is not None:
        at = max(at, since)
        update.write(AbsenceRow(left_at=since, returned_at=at, kind="full"))
    begin_bout(update, sitting.new_bout(at, estimated=estimated))


def _sit_after_reset(update: Update, since: float, at: float) -> None:
    """Write the absence that began at `since`, its kind by its length, and begin a bout."""
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
    """Sit down again at `at` after an absence; return whether that leaves nothing to tell.

    The absence lasted for a full break: the bout ends, and the break is complete unless the sensor
    alone was away. It was short: the bout goes on. It was in between: a new bout begins, with the
    sitting time that the credit leaves. Nothing is told if no leave was seen and the bout goes on.
    """
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
    """Hold an alert that is still due back for the grace, or for a snooze that ends later."""
    alert = update.state.alert
    grace_until = seated.since + update.rules.return_grace
    if seated.timer < update.rules.sit_limit:
        return
    if isinstance(alert, Due):
        update.change(alert=changed(alert, phase=held(alert.phase, grace_until)))
    else:
        snoozed = Gone(None if before is None else before.snoozed_until)
        start_alert(update, held(snoozed, grace_until))


def sit_after_downtime(update: Update, resuming: Resuming, at: float) -> bool:
    """Sit on at `at` after the daemon was down; return whether the bout from before goes on.

    Down for less than a full break: the downtime counts as sitting, and the bout is estimated. Down
    for longer: the bout ended when the daemon stopped, and a new one begins.
    """
    if at - resuming.stopped_at >= update.rules.break_min:
        end_alert(update)
        close_bout(update)
        begin_bout(update, sitting.new_bout(at, estimated=True))
        return False
    seated = resuming.seated
    seated = changed(seated, bout=changed(seated.bout, estimated=True))
    update.change(sitting=seated)
    if not isinstance(update.state.alert, Due) and is_due(update, seated):
        start_alert(update, Hold(grace_after_start(update), "grace"))
    return True


def grace_after_start(update: Update) -> float:
    """Return the first moment after a start at which a remembered alert may ring."""
    return update.state.started_at + update.rules.return_grace


def _stand_up(update: Update, at: float) -> None:
    """Take the sitter, confirmed gone, to be gone since `at`; tell it if sat_down was told."""
    now_sitting = update.state.sitting
    told_at, alert_id = at, running_id(update)
    match now_sitting:
        case Seated():
            # Gets up from a bout: the sitting time freezes where the contact opened.
            absent = sitting.left(now_sitting, at)
            told_at = absent.left_at
            update.change(sitting=absent)
            days.got_up(update, absent)
            _leave_alert(update, absent.left_at)
        case Absent():
            # The sensor was away, and the chair is empty since: the sitter left when it went.
            told_at = now_sitting.left_at
            seen = changed(now_sitting, lost_at=None)
            update.change(sitting=seen)
            if not sitting.was_seen(now_sitting):
                days.got_up(update, seen)
            _leave_alert(update, now_sitting.left_at)
        case Resuming():
            # Sat when the daemon stopped, and is gone: since when is not known.
            end_alert(update)
            close_bout(update)
            update.change(sitting=Idle(at))
        case Ignored():
            # The bag is off the chair: the next to sit counts.
            update.change(sitting=Idle(at))
        case Idle(since):
            # The chair is empty at the start of the daemon, or is still.
            update.change(sitting=Idle(at if since is None else since))
        case _ as never:  # pragma: no cover
            assert_never(never)
    if update.state.told_seated:
        update.tell("stood_up", at=told_at, alert_id=alert_id)
    update.change(told_seated=False)


def _leave_alert(update: Update, at: float) -> None:
    """Note when the sitter got up from an alert, count it if heeded, and stop the ladder."""
    alert = update.state.alert
    if not isinstance(alert, Due):
        return
    if alert.rang_at is not None and alert.left_at is None:
        if figures.is_heeded(at - alert.rang_at):
            days.count_in_bout(update, "alerts_heeded", alert.rang_at)
        update.change(alert=changed(alert, left_at=max(at, alert.rang_at)))
    fall_silent(update)


def be_absent(update: Update, absent: Absent) -> None:
    """Apply what a confirmed absence has come to by now, in this order.

    Longer than a short one: the bout closes. Credit has taken the sitting time below the limit: the
    alert ends. As long as a full break: the break is complete, unless the contact is closed.
    """
    certain = contact.certainly_open(update.state.contact, update.rules)
    if update.now >= max(sitting.closes_at(absent, update.rules), certain):
        close_bout(update)
        update.change(sitting=changed(absent, bout=None))
    below = max(sitting.below_limit_at(absent, update.rules), certain)
    if isinstance(update.state.alert, Due) and update.now >= below:
        end_alert(update)
    over = absent.left_at + update.rules.break_min
    if not update.state.contact.closed and update.now >= over:
        _complete_break(update, absent)
        update.change(sitting=Idle(absent.left_at, after_break=True))
        if not is_muted(update.state):
            update.change(rested_at=over)  # a break that is noticed late makes no sound


def _complete_break(update: Update, absent: Absent) -> None:
    """End alert and bout, count the full break, and tell it."""
    alert_id = running_id(update)
    end_alert(update)
    close_bout(update)
    update.change(coaching=coach.done(update.state.coaching, update.state.day, update.rules))
    if absent.counted:
        days.count(update, "full_breaks", absent.left_at)
    update.tell("break_complete", sitting_seconds=absent.timer, alert_id=alert_id)


def begin_bout(update: Update, seated: Seated) -> None:
    """Sit in a new bout, and count it."""
    days.bout_begun(update, seated)
    if isinstance(update.state.alert, Soon):
        update.change(alert=Calm())


def bout_row(now_sitting: Sitting, now: float) -> BoutRow | None:
    """Return the open bout as the history keeps it, closed where it was last sat; None: no bout."""
    bout = sitting.open_bout(now_sitting)
    if bout is None:
        return None
    match now_sitting:
        case Absent(left_at=last_sat) | Resuming(stopped_at=last_sat):
            now = last_sat
    return BoutRow(
        started_at=bout.started_at,
        ended_at=now,
        seated_seconds=sitting.bout_seconds(now_sitting, now),
        estimated=bout.estimated,
        mark="long_occupancy" if bout.excluded else None,
    )


def close_bout(update: Update, *, voided: bool = False) -> None:
    """Close the open bout, if there is one, where it was last sat."""
    now_sitting = update.state.sitting
    bout, row = sitting.open_bout(now_sitting), bout_row(now_sitting, update.now)
    if bout is None or row is None:
        return
    if voided:
        row, bout = row._replace(mark="voided"), changed(bout, excluded=True)
        update.change(sitting=sitting.with_bout(now_sitting, bout))
    days.bout_closed(update, row.ended_at)
    update.write(row)


def lose_sight(update: Update, at: float) -> None:
    """Note that from `at` on nothing is known of the chair; it may become an absence."""
    match update.state.sitting:
        case Seated() as seated:
            update.change(sitting=sitting.left(seated, at, lost=True))
            days.take_back(update)
        case Absent(lost_at=None) as absent:
            update.change(sitting=changed(absent, lost_at=at))
        case Resuming(seated, stopped_at):
            update.change(sitting=sitting.left(seated, stopped_at, lost=True))
            days.take_back(update)
        case _:
            pass
