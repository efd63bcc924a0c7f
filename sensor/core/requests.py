"""What the sitter may ask for: snooze, do not disturb, "not me", reset."""

from dataclasses import replace

from sensor.core import seating, sitting
from sensor.core.alert import end_alert, running_id
from sensor.core.sitting import Absent, Idle, Ignored, Seated
from sensor.core.state import Due, Hold, Muted
from sensor.core.transition import Turn

SAME_PRESS = 1
"""Seconds within which two presses of snooze are one."""


def snooze(turn: Turn) -> None:
    """Hold the alert back for a while, if one is due and a snooze is left."""
    state, alert, seated = turn.state, turn.state.alert, turn.state.sitting
    if state.snoozed_at is not None and turn.now - state.snoozed_at <= SAME_PRESS:
        return
    if not isinstance(alert, Due):
        turn.refuse("nothing to snooze: no break is due")
    elif not isinstance(seated, Seated):
        turn.refuse("nothing to snooze: nobody is sitting")
    elif isinstance(alert.phase, Muted):
        turn.refuse("nothing to snooze: it is silent already")
    elif seated.bout.snoozes >= turn.rules.max_snoozes:
        turn.refuse(f"no snooze left: {turn.rules.max_snoozes} per bout")
    else:
        until = turn.now + turn.rules.snooze
        bout = replace(seated.bout, snoozes=seated.bout.snoozes + 1, snoozed_until=until)
        hold = Hold(until, "snooze")
        turn.change(
            snoozed_at=turn.now,
            sitting=replace(seated, bout=bout),
            alert=replace(alert, phase=hold, snoozes=alert.snoozes + 1),
        )
        turn.tell("snoozed", alert_id=alert.alert_id)


def do_not_disturb(turn: Turn, on: bool) -> None:
    """Begin or end do not disturb; beginning it again lets it last as long from now on."""
    turn.change(dnd_until=turn.now + turn.rules.dnd_expires if on else None)


def void(turn: Turn) -> None:
    """Take the running bout out of everything; nothing counts until the seat was vacant."""
    now_sitting = turn.state.sitting
    bout = sitting.open_bout(now_sitting)
    if bout is None:
        turn.refuse("nothing to void: nobody is sitting")
        return
    seconds = sitting.sitting_time(now_sitting, turn.now, turn.rules)
    alert_id, alert = running_id(turn), turn.state.alert
    # An alert that goes on from the bout before was the sitter's.
    is_of_bout = isinstance(alert, Due) and (alert.rang_at or alert.began_at) >= bout.started_at
    end_alert(turn, voided=is_of_bout)
    seating.close_bout(turn, voided=True)
    if isinstance(now_sitting, Absent):
        gone = Idle(now_sitting.left_at)
        turn.change(sitting=Ignored() if now_sitting.lost_at is not None else gone)
    else:
        turn.change(sitting=Ignored())
    turn.tell("voided", sitting_seconds=seconds, alert_id=alert_id)


def reset(turn: Turn) -> None:
    """Start from zero, as if a full break had just ended."""
    now_sitting, plugged = turn.state.sitting, turn.state.unplugged_at is None
    end_alert(turn)
    seating.close_bout(turn)
    match now_sitting:
        case Seated() | Ignored() if turn.state.contact.occupied and plugged:
            seating.begin_bout(turn, sitting.new_bout(turn.now))
        case Absent(left_at=left_at) as absent if sitting.was_seen(absent):
            turn.change(sitting=Idle(left_at, after_reset=absent.counted))
        case Idle():
            pass
        case _:
            turn.change(sitting=Idle())
