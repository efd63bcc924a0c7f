"""Requests of the sitter: snooze, do not disturb, void ("not me"), reset."""

from sensor.core import seating, sitting
from sensor.core.alert import end_alert, running_id
from sensor.core.changed import changed
from sensor.core.sitting import Absent, Idle, Ignored, Seated
from sensor.core.state import Due, Hold, Muted
from sensor.core.update import Update

SAME_PRESS = 1
"""Seconds within which two presses of snooze are one."""


def snooze(update: Update) -> None:
    """Silence a due alert for `snooze` seconds, if a snooze is left; refuse otherwise."""
    state, alert, seated = update.state, update.state.alert, update.state.sitting
    if state.snoozed_at is not None and update.now - state.snoozed_at <= SAME_PRESS:
        return
    if not isinstance(alert, Due):
        update.refuse("nothing to snooze: no break is due")
    elif not isinstance(seated, Seated):
        update.refuse("nothing to snooze: nobody is sitting")
    elif isinstance(alert.phase, Muted):
        update.refuse("nothing to snooze: it is silent already")
    elif seated.bout.snoozes >= update.rules.max_snoozes:
        update.refuse(f"no snooze left: {update.rules.max_snoozes} per bout")
    else:
        until = update.now + update.rules.snooze
        bout = changed(seated.bout, snoozes=seated.bout.snoozes + 1, snoozed_until=until)
        hold = Hold(until, "snooze")
        update.change(
            snoozed_at=update.now,
            sitting=changed(seated, bout=bout),
            alert=changed(alert, phase=hold, snoozes=alert.snoozes + 1),
        )
        update.tell("snoozed", alert_id=alert.alert_id)


def do_not_disturb(update: Update, on: bool) -> None:
    """Begin or end do not disturb; ON while it is on renews it.

    Its end by itself is seen by `days.look_at_the_clock`.
    """
    update.change(dnd_until=update.now + update.rules.dnd_expires if on else None)


def void(update: Update) -> None:
    """Leave the open bout out of all figures; nothing counts until the seat has been vacant."""
    now_sitting = update.state.sitting
    bout = sitting.open_bout(now_sitting)
    if isinstance(now_sitting, Ignored):
        update.refuse("not me: already marked; counting begins again when the chair has been empty")
        return
    if bout is None:
        update.refuse("not me: nobody is sitting")
        return
    seconds = sitting.sitting_time(now_sitting, update.now, update.rules)
    alert_id, alert = running_id(update), update.state.alert
    # An alert that began in the bout before this one was the sitter's, and stays.
    is_of_bout = isinstance(alert, Due) and (alert.rang_at or alert.began_at) >= bout.started_at
    end_alert(update, voided=is_of_bout)
    seating.close_bout(update, voided=True)
    match now_sitting:
        case Absent(left_at=left_at) as absent if sitting.was_seen(absent):
            update.change(sitting=Idle(left_at))
        case _:
            update.change(sitting=Ignored())
    update.tell("voided", sitting_seconds=seconds, alert_id=alert_id)


def reset(update: Update) -> None:
    """Set the sitting time to zero, as if a full break had just ended."""
    now_sitting, plugged = update.state.sitting, update.state.unplugged_at is None
    end_alert(update)
    seating.close_bout(update)
    match now_sitting:
        case Seated() | Ignored() if update.state.contact.occupied and plugged:
            seating.begin_bout(update, sitting.new_bout(update.now))
        case Absent(left_at=left_at) as absent if sitting.was_seen(absent):
            update.change(sitting=Idle(left_at, after_reset=absent.counted))
        case Idle():
            pass
        case _:
            update.change(sitting=Idle())
