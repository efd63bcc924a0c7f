"""A contact that is not known: lost from sight, or not heard of since the start."""

import pytest

from sensor.core import chair
from sensor.core.events import BatteryIs, ContactIs, LoopIs, Tell
from sensor.core.instant import shifted
from sensor.core.report import report
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.core.state import State
from sensor.core.words import Problem

RULES = Rules()


def started(*, known: bool, why: Problem | None) -> State:
    """Start with a contact that is known or not."""
    return chair.start(
        contact_closed=False, loop_closed=known, now=0, wall_offset=0, rules=RULES, why=why
    )


def shown(state: State, now: float) -> tuple[str, str | None, int]:
    """Tell status, problem and timer."""
    told = report(state, now, RULES, profile="standard")
    return told["status"], told["problem"], told["sitting_seconds"]


@pytest.mark.parametrize("why", ["unplugged", "seat_offline", "seat_silent", None])
def test_lost_from_sight(why: Problem | None) -> None:
    """For whatever reason: the timer stands still from that moment on."""
    state, _ = chair.step(started(known=True, why=None), ContactIs(True), 10, RULES)
    state, _ = chair.step(state, LoopIs(False, why), 610, RULES)

    assert shown(state, 1000) == ("unplugged", why or "unplugged", 600)


def test_another_reason() -> None:
    """The problem changes with it; the same again is no event."""
    state, _ = chair.step(started(known=True, why=None), ContactIs(True), 10, RULES)
    state, first = chair.step(state, LoopIs(False, "seat_offline"), 610, RULES)
    state, same = chair.step(state, LoopIs(False, "seat_offline"), 620, RULES)
    state, other = chair.step(state, LoopIs(False, "seat_silent"), 700, RULES)

    told = [[getattr(each, "event_type", "") for each in some] for some in (first, same, other)]
    assert [kinds.count("problem") for kinds in told] == [1, 0, 1]
    assert shown(state, 1000) == ("unplugged", "seat_silent", 600)


def test_not_heard_of_since_the_start() -> None:
    """Neither empty nor occupied, and no problem, until there is a reason for one."""
    state = started(known=False, why=None)
    state, quiet = chair.advance(state, 3600, RULES)

    assert quiet == []
    assert shown(state, 3600) == ("starting", None, 0)
    assert report(state, 3600, RULES, profile="standard")["contact_closed"] is None
    state, _ = chair.step(state, LoopIs(False, "seat_offline"), 3600, RULES)
    assert shown(state, 3600) == ("unplugged", "seat_offline", 0)


def test_a_low_battery_gives_way_to_every_other_problem() -> None:
    """It is told where nothing else is wrong."""
    state, _ = chair.step(started(known=True, why=None), BatteryIs(True), 10, RULES)
    assert shown(state, 10)[1] == "seat_battery"
    state, _ = chair.step(state, LoopIs(False, "seat_silent"), 20, RULES)
    assert shown(state, 20)[1] == "seat_silent"
    state, _ = chair.step(state, LoopIs(True), 30, RULES)
    assert shown(state, 30)[1] == "seat_battery"


@pytest.mark.parametrize("seated", [True, False])
@pytest.mark.parametrize("problem", ["seat_battery", "seat_offline", "seat_silent"])
def test_a_problem_from_before_a_restart(problem: Problem, *, seated: bool) -> None:
    """It is neither solved nor told again before the sensor has been heard."""
    past, _ = chair.step(started(known=True, why=None), ContactIs(seated), 10, RULES)
    trouble = BatteryIs(True) if problem == "seat_battery" else LoopIs(False, problem)
    past, _ = chair.step(past, trouble, 100, RULES)
    state = started(known=False, why=None)

    memory = Recall(shifted(past, -120), -10, True, resumed_at=state.started_at)
    state, restored = chair.step(state, memory, 1, RULES)
    state, later = chair.advance(state, 300, RULES)
    waiting = shown(state, 300)
    state, heard = chair.step(state, LoopIs(True), 301, RULES)

    assert not [each for each in (*restored, *later) if isinstance(each, Tell)]
    assert waiting[:2] == ("starting", problem)
    assert [each.event_type for each in heard if isinstance(each, Tell)] == ["problem_solved"]


@pytest.mark.parametrize("problem", ["seat_battery", "seat_offline", "seat_silent"])
def test_a_problem_from_before_that_is_read_late(problem: Problem) -> None:
    """The sensor has been heard meanwhile: that it is solved is told as soon as it is known."""
    past, _ = chair.step(started(known=True, why=None), ContactIs(False), 10, RULES)
    trouble = BatteryIs(True) if problem == "seat_battery" else LoopIs(False, problem)
    past, _ = chair.step(past, trouble, 100, RULES)
    state, _ = chair.step(started(known=False, why=None), LoopIs(True), 5, RULES)

    memory = Recall(shifted(past, -120), -10, True, resumed_at=state.started_at)
    _, effects = chair.step(state, memory, 20, RULES)

    assert [each.event_type for each in effects if isinstance(each, Tell)] == ["problem_solved"]
