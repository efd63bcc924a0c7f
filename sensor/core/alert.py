"""The alert ladder: break soon, then due on levels 1 to 4, until the sitter has got up.

| phase   | means                                                     | ends                     |
|---------|-----------------------------------------------------------|--------------------------|
| Ringing | the ladder runs; level n begins at origin + level_after   | seat vacant, muted, held |
| Hold    | grace after a return, or a snooze: silent until `until`   | level 1 again            |
| Muted   | do not disturb, outside working hours, a suspicious bout  | level 1 at once          |
| Gone    | up, but still due: nothing sounds, credit is running      | Hold on return, or over  |

This file decides when an alert begins, climbs, is held back and ends; `signals.py` has its sound.
"""

from datetime import UTC, datetime

from sensor.core import coach, days, sitting
from sensor.core.changed import changed
from sensor.core.events import AlertRow
from sensor.core.instant import NEVER
from sensor.core.rules import Rules
from sensor.core.sitting import Absent, Idle, Ignored, Resuming, Seated
from sensor.core.state import (
    Alert,
    Calm,
    Due,
    Gone,
    Hold,
    Muted,
    Phase,
    Ringing,
    Soon,
    is_blind,
    is_muted,
    is_unheard,
)
from sensor.core.update import Update
from sensor.core.words import OF_THE_SEAT, Problem

EXCLUDED_AFTER = 12 * 3600
"""Seconds after which a suspicious bout is left out of the statistics."""


def gone(phase: Phase) -> Gone:
    """Return the phase of an alert whose sitter is up; a snooze keeps its end."""
    match phase:
        case Gone():
            return phase
        case Hold(until, "snooze"):
            return Gone(until)
        case _:
            return Gone()


def held(phase: Phase, grace_until: float) -> Hold:
    """Return the silence after a return: the grace, or a snooze that ends later."""
    match gone(phase).snoozed_until:
        case float() | int() as until if until > grace_until:
            return Hold(until, "snooze")
        case _:
            return Hold(grace_until, "grace")


def climbed(ringing: Ringing, now: float, rules: Rules) -> Ringing:
    """Return the ladder on the level that `now` calls for; a level never falls."""
    level = ringing.level
    while level < 4 and now >= ringing.origin + rules.level_after[level]:
        level += 1
    return ringing if level == ringing.level else changed(ringing, level=level)


def next_step(ringing: Ringing, contact_closed: bool, rules: Rules) -> float:
    """Return when the ladder next climbs or repeats its event; inf if it does neither."""
    moments = [NEVER]
    if ringing.level < 4 and (ringing.level > 0 or contact_closed):
        moments.append(ringing.origin + rules.level_after[ringing.level])
    if contact_closed and ringing.level > 0:
        moments.append(ringing.told_at + rules.realert_every)
    return min(moments)


def keep_alert(update: Update) -> None:
    """Begin, continue or end the alert, as the sitting time requires."""
    _end_what_is_over(update)
    now_sitting, alert = update.state.sitting, update.state.alert
    if not isinstance(now_sitting, Seated):
        return
    if isinstance(alert, Due):
        _keep_alerting(update, alert)
    elif update.state.contact.closed:
        _begin_alerting(update, alert, now_sitting)


def is_due(update: Update, seated: Seated) -> bool:
    """Whether the sitting time has reached the limit."""
    return update.now >= sitting.due_at(seated, update.rules)


def _end_what_is_over(update: Update) -> None:
    if isinstance(update.state.alert, Calm):
        return
    is_soon = isinstance(update.state.alert, Soon)
    match update.state.sitting:
        case Seated() as seated:
            ahead = update.rules.pre_alert if is_soon else 0
            over = update.now < sitting.due_at(seated, update.rules) - ahead
        case Idle() | Ignored():
            over = True
        case _:
            over = False
    if over or is_blind(update.state):
        end_alert(update)


def _begin_alerting(update: Update, alert: Alert, seated: Seated) -> None:
    due_at = sitting.due_at(seated, update.rules)
    if update.now >= due_at:
        ringing = Ringing(update.now, level=0, told_level=0, told_at=update.now)
        start_alert(update, Muted() if is_muted(update.state) else ringing)
        _climb(update)
    elif isinstance(alert, Calm) and update.now >= due_at - update.rules.pre_alert:
        update.change(alert=Soon())
        if not is_muted(update.state):
            update.tell("break_soon")


def start_alert(update: Update, phase: Phase) -> None:
    """Begin a new alert in `phase`, with an id of its own."""
    stamp = datetime.fromtimestamp(update.now + update.state.wall_offset, UTC)
    alert_id = update.unique(f"{stamp:%Y%m%dT%H%M%SZ}")
    update.change(alert=Due(alert_id=alert_id, began_at=update.now, phase=phase))


def _keep_alerting(update: Update, alert: Due) -> None:
    muted = is_muted(update.state)
    match alert.phase:
        case Hold(until) if update.state.contact.closed and update.now >= until:
            _ring_again(update, alert, muted)
        case Muted() if update.state.contact.closed and not muted:
            _ring_again(update, alert, muted)
        case Ringing() if muted:
            update.change(alert=changed(alert, phase=Muted()))
        case Ringing():
            _climb(update)
        case _:
            pass


def _ring_again(update: Update, alert: Due, muted: bool) -> None:
    origin = update.now - update.rules.level_after[0]
    phase = Muted() if muted else Ringing(origin, 1, 0, update.now)
    update.change(alert=changed(alert, phase=phase))
    _climb(update)


def _climb(update: Update) -> None:
    """Raise the level when its time has come; tell it only while the contact is closed."""
    alert = update.state.alert
    if not isinstance(alert, Due) or not isinstance(alert.phase, Ringing):
        return
    contact_closed = update.state.contact.closed
    ringing = alert.phase
    if ringing.level > 0 or contact_closed:
        ringing = climbed(ringing, update.now, update.rules)
    tell = (
        contact_closed
        and ringing.level > 0
        and (
            ringing.level > ringing.told_level
            or update.now >= ringing.told_at + update.rules.realert_every
        )
    )
    first = ringing.told_level == 0
    if tell:
        ringing = changed(ringing, told_level=ringing.level, told_at=update.now)
    if ringing is not alert.phase:
        max_level = max(alert.max_level, ringing.level)
        update.change(alert=changed(alert, phase=ringing, max_level=max_level))
    if tell:
        if first:
            _count_ring(update)
            update.change(coaching=changed(update.state.coaching, offered=True))
        update.tell(
            "break_due" if first else "break_overdue",
            alert_id=alert.alert_id,
            level=ringing.level,
            exercise=coach.mix(update.state.coaching, update.state.day, update.rules),
        )


def _count_ring(update: Update) -> None:
    """Count the alert when its level 1 begins for the first time."""
    alert = update.state.alert
    if isinstance(alert, Due) and alert.rang_at is None:
        update.change(alert=changed(alert, rang_at=update.now))
        days.count_in_bout(update, "alerts", update.now)


def running_id(update: Update) -> str | None:
    """Return the id of the alert that is due, to clear its notification; None without one."""
    return update.state.alert.alert_id if isinstance(update.state.alert, Due) else None


def fall_silent(update: Update) -> None:
    """Stop the ladder without ending the alert: the sitter is up, and may come back."""
    alert = update.state.alert
    if isinstance(alert, Due):
        update.change(alert=changed(alert, phase=gone(alert.phase)))


def alert_row(alert: Due, ended_at: float, *, voided: bool = False) -> AlertRow:
    """Return an alert as the history keeps it, ended at this moment."""
    return AlertRow(
        alert_id=alert.alert_id,
        began_at=alert.began_at,
        rang_at=alert.rang_at,
        left_at=alert.left_at,
        ended_at=ended_at,
        max_level=alert.max_level,
        snoozes=alert.snoozes,
        voided=voided,
    )


def end_alert(update: Update, *, voided: bool = False) -> None:
    """End the alert, if there is one, and write it as ended when the sitting was over."""
    alert = update.state.alert
    if isinstance(alert, Due):
        began_at = alert.began_at if alert.rang_at is None else alert.rang_at
        update.write(alert_row(alert, max(began_at, _over_at(update)), voided=voided))
    if not isinstance(alert, Calm):
        update.change(alert=Calm())


def _over_at(update: Update) -> float:
    """Return the moment at which the sitting that caused the alert was over."""
    match update.state.sitting:
        case Absent(left_at=left_at) as absent if sitting.was_seen(absent):
            return min(update.now, max(left_at, sitting.below_limit_at(absent, update.rules)))
        case Absent(left_at=over) | Resuming(stopped_at=over):
            return over
        case _:
            return update.now


def suspect(update: Update) -> None:
    """Begin or end the suspicion that a bout is too long for a person (section 5)."""
    now_sitting, after = update.state.sitting, update.rules.suspicious_after
    if isinstance(now_sitting, Resuming) and update.state.long_occupancy:
        return  # the same bout may go on
    if not isinstance(now_sitting, Seated) or after is None:
        suspicious = False
    else:
        suspicious = update.now >= sitting.sat_for(now_sitting, after)
        bout = now_sitting.bout
        if suspicious and not bout.excluded:
            limit = max(after, EXCLUDED_AFTER)
            if update.now >= sitting.sat_for(now_sitting, limit):
                update.change(sitting=changed(now_sitting, bout=changed(bout, excluded=True)))
    if suspicious != update.state.long_occupancy:
        update.change(long_occupancy=suspicious)


def tell_problem(update: Update) -> None:
    """Tell when the problem changes. Of several problems the first in this order counts."""
    state = update.state
    problem: Problem | None = None
    if is_blind(state):
        problem = state.blind_for
    elif state.long_occupancy:
        problem = "long_occupancy"
    elif state.storage_failed:
        problem = "storage"
    elif state.battery_low:
        problem = "seat_battery"
    if problem == state.told_problem:
        return
    if problem is None and is_unheard(state) and state.told_problem in OF_THE_SEAT:
        return  # told before the restart: the sensor has not been heard since
    update.tell("problem" if problem else "problem_solved", problem=problem)
    update.change(told_problem=problem)
