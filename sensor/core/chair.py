"""The one function that moves the chair's state: `step`.

Four small machines in a row: contact filter -> bout accounting -> alert ladder -> output policy.
Time goes first: `step` feeds the passing of time, one deadline after the other, to a fixed point,
and only then the message. So a late daemon gives the same result as a punctual one.

`deadline` says when time alone would change something; `signals.py` what the buzzer does meanwhile.
"""

from dataclasses import replace
from typing import assert_never

from sensor.core import contact, days, figures, requests, seating, sitting
from sensor.core import restore as remembering
from sensor.core.alert import keep_alert, next_step, tell_problem
from sensor.core.calendar import look
from sensor.core.events import (
    BuzzerSwitch,
    ClockSet,
    ContactIs,
    DoNotDisturb,
    Effect,
    Input,
    LoopIs,
    Reset,
    RulesAre,
    Snooze,
    StorageIs,
    Suspended,
    TestBuzzer,
    Void,
)
from sensor.core.figures import Day
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.core.seating import EXCLUDED_AFTER
from sensor.core.sitting import Absent, Seated
from sensor.core.state import Calm, Due, Hold, Ringing, Soon, State, is_certain
from sensor.core.update import Update

TEST_PAUSE = 5
"""Seconds at least from one test of the buzzer to the next."""


def start(  # noqa: PLR0913  (all by name)
    *,
    contact_closed: bool,
    loop_closed: bool,
    now: float,
    wall_offset: float,
    rules: Rules,
    life: str = "",
) -> State:
    """Begin with what the pins say and nothing else; `life` makes ids unique beyond this one."""
    calendar = look(now, wall_offset, rules)
    return State(
        started_at=now,
        contact=contact.start(contact_closed, now),
        unplugged_at=None if loop_closed else now,
        calendar=calendar,
        day=Day(date=calendar.date, covering_since=now if loop_closed else None),
        wall_offset=wall_offset,
        life=life,
    )


def step(
    state: State, happening: Input | Recall, now: float, rules: Rules
) -> tuple[State, list[Effect]]:
    """Feed the passing of time until `now`, then what happened."""
    asleep = happening.seconds if isinstance(happening, Suspended) else 0
    state, effects = advance(state, now - asleep, rules)
    if isinstance(happening, RulesAre):
        measured = contact.worked_out(state.contact, now, rules)  # at the old rates
        state = replace(state, contact=measured)
        rules = happening.rules
    update = Update(state, now, rules)
    _take(update, happening)
    _settle(update)
    return update.state, effects + update.effects


def advance(state: State, now: float, rules: Rules) -> tuple[State, list[Effect]]:
    """Feed the passing of time alone, each deadline at its own moment."""
    effects: list[Effect] = []
    while (moment := deadline(state, rules)) <= now:
        update = Update(state, moment, rules)
        _settle(update)
        state = update.state
        effects += update.effects
    return state, effects


def deadline(state: State, rules: Rules) -> float:
    """Return when time alone will next change the state."""
    moments = [state.calendar.until]
    if state.dnd_until is not None:
        moments.append(state.dnd_until)
    if state.unplugged_at is None:
        moments.append(contact.crossing(state.contact, rules))
        match state.sitting:
            case Seated():
                moments += _seated_deadlines(state, state.sitting, rules)
            case Absent() if is_certain(state):
                moments += _absent_deadlines(state, state.sitting, rules)
            case _:
                pass
    return min(moments)


def _seated_deadlines(state: State, seated: Seated, rules: Rules) -> list[float]:
    moments = []
    bout = seated.bout
    if rules.suspicious_after is not None:
        if not state.long_occupancy:
            moments.append(sitting.sat_for(seated, rules.suspicious_after))
        if not bout.excluded:
            moments.append(sitting.sat_for(seated, max(rules.suspicious_after, EXCLUDED_AFTER)))
    if state.goal_kept and not bout.excluded:
        moments.append(figures.lost_at(seated, rules))
    closed = state.contact.closed
    match state.alert:
        case Due(phase=Ringing() as ringing):
            moments.append(next_step(ringing, closed, rules))
        case Due(phase=Hold() as hold) if closed:
            moments.append(hold.until)
        case Calm() if closed and rules.pre_alert > 0:
            moments.append(sitting.due_at(seated, rules) - rules.pre_alert)
        case Calm() | Soon() if closed:
            moments.append(sitting.due_at(seated, rules))
        case _:
            pass
    return moments


def _absent_deadlines(state: State, absent: Absent, rules: Rules) -> list[float]:
    certain = contact.certainly_open(state.contact, rules)
    moments = []
    if absent.bout is not None:
        moments.append(max(sitting.closes_at(absent, rules), certain))
    if isinstance(state.alert, Due):
        moments.append(max(sitting.below_limit_at(absent, rules), certain))
    if not state.contact.closed:
        moments.append(absent.left_at + rules.break_min)
    return moments


def _settle(update: Update) -> None:
    """Do all that the state and the moment call for; doing it twice changes nothing."""
    days.look_at_the_clock(update)
    if update.state.unplugged_at is None:
        if contact.crossing(update.state.contact, update.rules) <= update.now:
            seating.confirm(update)
        if isinstance(update.state.sitting, Absent) and is_certain(update.state):
            seating.be_absent(update, update.state.sitting)
    seating.suspect(update)
    keep_alert(update)
    tell_problem(update)
    days.judge_goal(update)


def _take(update: Update, happening: Input | Recall) -> None:
    """Take in what happened; `settle` draws the conclusions."""
    match happening:
        case ContactIs(closed):
            seating.read(update, closed)
        case LoopIs(closed):
            seating.plug(update, closed)
        case Snooze():
            requests.snooze(update)
        case DoNotDisturb(on):
            requests.do_not_disturb(update, on)
        case Void():
            requests.void(update)
        case Reset():
            requests.reset(update)
        case TestBuzzer():
            _test_buzzer(update)
        case BuzzerSwitch(on):
            update.change(buzzer=on)
        case RulesAre():
            update.change(calendar=look(update.now, update.state.wall_offset, update.rules))
        case ClockSet(offset, first):
            days.set_clock(update, offset, first=first)
        case Suspended(seconds):
            seating.wake_up(update, seconds)
        case StorageIs(well):
            update.change(storage_failed=not well)
        case Recall():
            remembering.recall(update, happening)
        case _:  # pragma: no cover
            assert_never(happening)


def _test_buzzer(update: Update) -> None:
    tested_at = update.state.tested_at
    if not update.state.buzzer:
        update.refuse("test_buzzer: the buzzer is switched off")
    # One test at a time: who leans on the button must not keep the buzzer on.
    elif tested_at is None or update.now >= tested_at + TEST_PAUSE:
        update.change(tested_at=update.now)
