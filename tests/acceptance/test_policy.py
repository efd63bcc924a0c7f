"""Section 5, the output policy: do not disturb, the buzzer switch, void, reset, the test sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

DUE = 3660.0


def test_do_not_disturb_by_hand_brings_level_one_at_once(simulate: Simulate) -> None:
    """Switched off while still due, level 1 begins at that moment."""
    run = simulate("""
        1:00 sit
        51:00 publish set/do_not_disturb ON
        65:00 publish set/do_not_disturb OFF
        66:00 end
    """)

    assert run.state(3800)["break_due"] is True
    assert run.state(3800)["do_not_disturb"] in (True, "ON")
    assert run.events("break_soon", "break_due", "break_overdue", before=3900) == []
    assert run.alerts() == [(3900.0, "break_due", 1)]
    assert run.sounds() == [(3900.0, "2 chirps")]


def test_do_not_disturb_silences_a_running_alert(simulate: Simulate) -> None:
    """Switched on at level 4 it takes sound and events away, and leaves the truth."""
    run = simulate("""
        1:00 sit
        71:05 publish set/do_not_disturb ON
        90:00 end
    """)

    assert run.pulses(after=4265.1) == []
    assert run.alerts(after=4265) == []
    assert run.state(4300)["break_due"] is True
    assert run.sitting(5000) == pytest.approx(4940, abs=1)


def test_do_not_disturb_tells_when_it_ends(simulate: Simulate) -> None:
    """It ends by itself after an hour, and the state says when."""
    run = simulate("""
        1:00 publish set/do_not_disturb ON
        1:10:00 end
    """)

    assert run.t_of(run.state(60)["do_not_disturb_until"]) == pytest.approx(3660, abs=1)
    assert run.state(3660)["do_not_disturb"] in (False, "OFF")
    assert run.state(3660)["do_not_disturb_until"] is None


def test_do_not_disturb_lets_a_break_count(simulate: Simulate) -> None:
    """Only the clamour is off: standing up is told as ever."""
    run = simulate("""
        1:00 publish set/do_not_disturb ON
        2:00 sit
        20:00 stand
        21:00 end
    """)

    assert run.times("sat_down") == [123.0]
    assert run.times("stood_up") == [1210.0]


def test_the_buzzer_switch_takes_only_the_sound(simulate: Simulate) -> None:
    """With the buzzer off the events come as always, without a sound."""
    run = simulate("""
        1:00 publish set/buzzer OFF
        2:00 sit
        75:00 end
    """)

    assert run.state(60)["buzzer"] in (False, "OFF")
    assert [level for _, _, level in run.alerts(before=4321)] == [1, 2, 3, 4]
    assert run.sounds() == []


def test_the_buzzer_switched_on_joins_the_ladder(simulate: Simulate) -> None:
    """Switched on again at level 4 the bursts go on in their own cadence."""
    run = simulate("""
        1:00 publish set/buzzer OFF
        2:00 sit
        73:10 publish set/buzzer ON
        74:00 end
    """)

    assert run.sounds(before=4430) == [(4395.0, "burst"), (4410.0, "burst"), (4425.0, "burst")]


VOID = """
    1:00 sit
    41:00 publish do/void PRESS
    3:00:00 stand
    3:10:00 sit
    3:20:00 end
"""


def test_void_ends_the_bout_and_ignores_what_lies_there(simulate: Simulate) -> None:
    """After "not me" the timer is 0, the status is ignored, and nothing alerts for two hours."""
    run = simulate(VOID)

    state = run.state(2460)
    assert run.times("voided") == [2460.0]
    assert (state["status"], state["sitting_seconds"]) == ("ignored", 0)
    assert run.state(10000)["status"] == "ignored"
    assert run.alerts() == []
    assert run.sounds() == []


def test_void_counts_nothing_until_the_seat_was_vacant(simulate: Simulate) -> None:
    """The chair time of today stands still while what lies there is ignored."""
    run = simulate(VOID)

    at_void = run.state(2461)["today"]["chair_seconds"]
    assert run.state(10799)["today"]["chair_seconds"] == at_void
    assert run.state(10799)["sitting_seconds"] == 0


def test_after_void_the_next_sitter_counts(simulate: Simulate) -> None:
    """Once the seat has been vacant, sitting down begins a bout as ever."""
    run = simulate(VOID)

    assert run.state(11403)["status"] == "sitting"
    assert run.sitting(11990) == pytest.approx(590, abs=1)


def test_void_ends_an_alert(simulate: Simulate) -> None:
    """A voided bout is no longer due, and the buzzer is silent at once."""
    run = simulate("""
        1:00 sit
        71:00.5 publish do/void PRESS
        75:00 end
    """)

    assert run.state(4261)["break_due"] is False
    assert run.state(4261)["level"] == 0
    assert run.pulses(after=4260.8) == []


def test_reset_starts_a_new_bout_under_the_sitter(simulate: Simulate) -> None:
    """At 40:00 a reset gives the sitter a whole hour from now."""
    run = simulate("""
        1:00 sit
        41:00 publish do/reset PRESS
        1:42:00 end
    """)

    state = run.state(2460)
    assert state["sitting_seconds"] == 0
    assert run.t_of(state["bout_started_at"]) == pytest.approx(2460, abs=1)
    assert run.alerts() == [(2460 + 3600.0, "break_due", 1)]


def test_reset_ends_an_alert(simulate: Simulate) -> None:
    """A reset at level 4 silences the chair for an hour."""
    run = simulate("""
        1:00 sit
        71:05 publish do/reset PRESS
        90:00 end
    """)

    assert run.state(4265)["break_due"] is False
    assert run.pulses(after=4266) == []


def test_reset_forgets_a_break_that_had_begun(simulate: Simulate) -> None:
    """Reset while away counts as a full break just ended: the timer is 0 on return."""
    run = simulate("""
        1:00 sit
        41:00 stand
        42:00 publish do/reset PRESS
        43:00 sit
        44:00 end
    """)

    assert run.state(2520)["sitting_seconds"] == 0
    assert run.sitting(2583) == pytest.approx(3, abs=1)


def test_the_test_sound_is_two_chirps_on_an_empty_chair(simulate: Simulate) -> None:
    """`do/test_buzzer` sounds two chirps with nobody there."""
    run = simulate("""
        1:00 publish do/test_buzzer PRESS
        2:00 end
    """)

    assert run.sounds() == [(60.0, "2 chirps")]


def test_the_test_sound_honours_the_switch_and_pauses(simulate: Simulate) -> None:
    """With the switch off there is no test, and two tests are 5 s apart."""
    run = simulate("""
        1:00 publish do/test_buzzer PRESS
        1:04 publish do/test_buzzer PRESS
        1:05 publish do/test_buzzer PRESS
        2:00 publish set/buzzer OFF
        2:01 publish do/test_buzzer PRESS
        2:10 publish set/buzzer ON
        2:20 publish do/test_buzzer PRESS
        2:20.05 publish set/buzzer OFF
        3:00 end
    """)

    assert run.sounds() == [
        (60.0, "2 chirps"),
        (65.0, "2 chirps"),
        (140.0, "beats (0.05,), pauses []"),
    ]


def test_the_test_sound_changes_no_state(simulate: Simulate) -> None:
    """A test sound during sitting leaves the alert where it was."""
    run = simulate("""
        1:00 sit
        30:00 publish do/test_buzzer PRESS
        62:00 end
    """)

    assert run.sounds() == [(1800.0, "2 chirps"), (DUE, "2 chirps")]
    assert run.alerts() == [(DUE, "break_due", 1)]
