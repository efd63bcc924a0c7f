"""Moments, and how the memory of an earlier boot is moved to this one's clock."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensor.core import events
from sensor.core.events import DoNotDisturb, LoopIs, Snooze
from sensor.core.instant import following, shifted
from sensor.core.sitting import Absent, Bout, Idle, Resuming, Seated
from sensor.core.state import Due, Gone, Hold, Ringing, State


def test_nothing_to_move(stopwatch: Callable[..., Any]) -> None:
    """Moving by nothing gives the very same thing."""
    state = stopwatch().state

    assert state is shifted(state, 0)


def test_only_values_with_instants_move() -> None:
    """Plain numbers, and the class of a thing, are left alone."""
    assert shifted(3.5, 10) == 3.5
    assert shifted(State, 10) is State


def test_every_instant_moves() -> None:
    """Moments move, however deep; durations, numbers and what is unset stay."""
    seated = Seated(Bout(started_at=100, seated=50), since=200, timer=70)
    ringing = Due(alert_id="a", began_at=300, phase=Ringing(300, 2, 2, 420), rang_at=300)

    moved = [shifted(thing, 1000) for thing in (Resuming(seated, 260), ringing, Idle())]

    assert moved == [
        Resuming(Seated(Bout(started_at=1100, seated=50), since=1200, timer=70), 1260),
        Due(alert_id="a", began_at=1300, phase=Ringing(1300, 2, 2, 1420), rang_at=1300),
        Idle(),
    ]


def test_the_other_phases_move() -> None:
    """What an alert waits for moves with it."""
    held = Due(alert_id="a", began_at=300, phase=Hold(400, "snooze"), left_at=350)
    gone = Due(alert_id="a", began_at=300, phase=Gone())

    assert shifted(held, -100) == replace(
        held, began_at=200, left_at=250, phase=Hold(300, "snooze")
    )
    assert shifted(gone, -100) == replace(gone, began_at=200)
    assert shifted(Absent(None, 10, 5), 1) == Absent(None, 11, 5)


def test_a_whole_state_moves(stopwatch: Callable[..., Any]) -> None:
    """A state moved there and back is the same state, and what it counts stays."""
    chair = stopwatch()
    chair.sit("0:00").at("60:10", Snooze(), events.TestBuzzer(), DoNotDisturb(on=True))
    chair.at("61:00", LoopIs(closed=False))

    moved = shifted(chair.state, 1024)

    assert chair.state == shifted(moved, -1024)
    assert (moved.started_at, moved.snoozed_at, moved.tested_at, moved.unplugged_at) == (
        *(1024, 1024 + 3610, 1024 + 3610, 1024 + 3660),
    )
    assert (moved.contact.at, moved.calendar.until, moved.dnd_until) == (
        *(1024 + 3, 1024 + 14 * 3600, 1024 + 3610 + 3600),
    )
    assert (moved.wall_offset, moved.day.covered) == (chair.state.wall_offset, 3660)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0.5, 300))
@example(64.1, 34.1, 30)
def test_following(now: float, since: float, period: float) -> None:
    """It lies ahead, a period at most, and whole periods after the beginning."""
    moment = following(now, period, since)

    assert now < moment <= now + period + 1e-6
    assert (moment - since) / period == pytest.approx(round((moment - since) / period), abs=1e-5)
