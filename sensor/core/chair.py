"""`step`, the one function that changes the chair's state.

Four small machines in a row: contact filter -> bout accounting -> alert ladder -> output policy.
Time goes first: `step` applies each deadline that has passed, at its own moment, until none is due,
and the message only then. A late daemon therefore gives the same result as a punctual one.

`deadline` returns when time alone changes the state next. All moments here are an `Instant`.
"""

from typing import assert_never

from sensor.core import contact, days, events, figures, requests, restore, seating, sitting
from sensor.core.alert import EXCLUDED_AFTER, keep_alert, next_step, suspect, tell_problem
from sensor.core.calendar import look
from sensor.core.changed import changed
from sensor.core.events import Effect, Input
from sensor.core.figures import Day
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.core.sitting import Absent, Seated
from sensor.core.state import Calm, Due, Hold, Ringing, Soon, State, is_certain
from sensor.core.update import Update
from sensor.core.words import Problem

TEST_PAUSE = 5
"""Least seconds from one test of the buzzer to the next."""


def start(  # noqa: PLR0913  (all by name)
    *,
    contact_closed: bool,
    loop_closed: bool,
    now: float,
    wall_offset: float,
    rules: Rules,
    life: str = "",
    why: Problem | None = "unplugged",
) -> State:
    """Return a state that knows the contact and nothing else; `why` it does not, if it does not.

    `wall_offset` is Unix time minus `now`; `life`, an id of this run, goes into every id.
    """
    calendar = look(now, wall_offset, rules)
    return State(
        started_at=now,
        contact=contact.start(contact_closed, now),
        unplugged_at=None if loop_closed else now,
        blind_for=why,
        calendar=calendar,
        day=Day(date=calendar.date, covering_since=now if loop_closed else None),
        wall_offset=wall_offset,
        life=life,
    )


def step(
    state: State, happening: Input | Recall, now: float, rules: Rules
) -> tuple[State, list[Effect]]:
    """Apply the time that has passed until `now`, then the message; return state and effects."""
    asleep = happening.seconds if isinstance(happening, events.Suspended) else 0
    state, effects = advance(state, now - asleep, rules)
    state, more = take(state, happening, now, rules)
    return state, effects + more


def take(
    state: State, happening: Input | Recall, now: float, rules: Rules
) -> tuple[State, list[Effect]]:
    """Apply the message alone, for a caller who knows that no deadline has passed by `now`."""
    if isinstance(happening, events.RulesAre):
        measured = contact.worked_out(state.contact, now, rules)  # before the rates change
        state = changed(state, contact=measured)
        rules = happening.rules
    update = Update(state, now, rules)
    _take(update, happening)
    _settle(update)
    return update.state, update.effects


def advance(state: State, now: float, rules: Rules) -> tuple[State, list[Effect]]:
    """Apply time alone, each deadline at its own moment; return state and effects."""
    effects: list[Effect] = []
    while (moment := deadline(state, rules)) <= now:
        update = Update(state, moment, rules)
        _settle(update)
        state = update.state
        effects += update.effects
    return state, effects


def deadline(state: State, rules: Rules) -> float:
    """Return the moment at which time alone will next change the state."""
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
        elif not bout.excluded:
            moments.append(sitting.sat_for(seated, max(rules.suspicious_after, EXCLUDED_AFTER)))
    if state.goal_kept and not bout.excluded:
        moments.append(figures.lost_at(seated, rules))
    closed = state.contact.closed
    match state.alert:
        case Due(phase=Ringing() as ringing):
            moments.append(next_step(ringing, closed, rules))
        case Due(phase=Hold() as hold) if closed:
            moments.append(hold.until)
        case Calm() if closed:
            moments.append(sitting.due_at(seated, rules) - rules.pre_alert)
        case Soon() if closed:
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
    """Apply everything that is due at this moment; a second call changes nothing."""
    days.look_at_the_clock(update)
    if update.state.unplugged_at is None:
        if contact.crossing(update.state.contact, update.rules) <= update.now:
            seating.confirm(update)
        if isinstance(update.state.sitting, Absent) and is_certain(update.state):
            seating.be_absent(update, update.state.sitting)
    suspect(update)
    keep_alert(update)
    tell_problem(update)
    days.judge_goal(update)


def _take(update: Update, happening: Input | Recall) -> None:
    """Note the message in the state; `_settle` applies what follows from it."""
    match happening:
        case events.ContactIs(closed):
            seating.read(update, closed)
        case events.LoopIs(closed, why):
            seating.plug(update, closed, why)
        case events.Snooze():
            requests.snooze(update)
        case events.DoNotDisturb(on):
            requests.do_not_disturb(update, on)
        case events.Void():
            requests.void(update)
        case events.Reset():
            requests.reset(update)
        case events.TestBuzzer():
            _test_buzzer(update)
        case events.BuzzerSwitch(on):
            update.change(buzzer=on)
        case events.RulesAre():
            update.change(calendar=look(update.now, update.state.wall_offset, update.rules))
        case events.ClockSet(offset, first):
            days.set_clock(update, offset, first=first)
        case events.Suspended(seconds):
            seating.wake_up(update, seconds)
        case events.StorageIs(well):
            update.change(storage_failed=not well)
        case events.BatteryIs(low):
            update.change(battery_low=low)
        case Recall():
            restore.recall(update, happening)
        case _:  # pragma: no cover
            assert_never(happening)


def _test_buzzer(update: Update) -> None:
    tested_at = update.state.tested_at
    if not update.state.buzzer:
        update.refuse("test_buzzer: the buzzer is switched off")
    # One test at a time: a button that is held down must not keep the buzzer on.
    elif tested_at is None or update.now >= tested_at + TEST_PAUSE:
        update.change(tested_at=update.now)
