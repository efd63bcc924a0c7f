"""Section 5, snooze: a few minutes of peace, a few times, and the timer runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

BUTTON = {"pins.button": 26}

ONE_SNOOZE = """
    1:00 sit
    62:00 press
    70:00 end
"""


def test_a_snooze_is_five_minutes_without_sound_and_alerts(simulate: Simulate) -> None:
    """The button at level 1 keeps everything quiet for 5 min, then level 1 begins again."""
    run = simulate(ONE_SNOOZE, settings=BUTTON)

    assert run.times("snoozed") == [3720.0]
    assert run.sounds(after=3720, before=4150) == [(4020.0, "2 chirps"), (4140.0, "burst")]
    assert run.alerts(after=3720) == [(4020.0, "break_due", 1), (4140.0, "break_overdue", 2)]


def test_the_state_tells_about_the_snooze(simulate: Simulate) -> None:
    """While snoozed the state says so, until when, and how many are left; the timer counts."""
    run = simulate(ONE_SNOOZE, settings=BUTTON)

    state = run.state(3720)
    assert (state["status"], state["snoozes_left"]) == ("snoozed", 1)
    assert run.t_of(state["snoozed_until"]) == pytest.approx(4020, abs=1)
    assert run.sitting(3900) == pytest.approx(3840, abs=1)
    assert run.state(4020)["status"] == "break_due"
    assert run.state(4020)["snoozed_until"] is None


def test_a_snooze_cuts_a_sound_short(simulate: Simulate) -> None:
    """Pressing in the middle of a burst ends the sound."""
    run = simulate(
        """
        1:00 sit
        71:00.5 press
        72:00 end
        """,
        settings=BUTTON,
    )

    assert run.pulses(after=4260.8) == []


def test_a_snooze_does_not_end_the_alert(simulate: Simulate) -> None:
    """Level 1 after the snooze belongs to the same alert."""
    run = simulate(ONE_SNOOZE, settings=BUTTON)

    ids = {seen.payload["alert_id"] for seen in run.events("break_due", "break_overdue")}
    assert len(ids) == 1


def test_two_presses_within_a_second_are_one(simulate: Simulate) -> None:
    """A double press takes one snooze."""
    run = simulate(
        """
        1:00 sit
        62:00 press
        62:00.6 press
        64:00 end
        """,
        settings=BUTTON,
    )

    assert run.times("snoozed") == [3720.0]
    assert run.state(3725)["snoozes_left"] == 1


def test_two_presses_in_two_seconds_are_no_accident(simulate: Simulate) -> None:
    """A second press after 2 s does not hide behind the double-press rule: it never undoes."""
    run = simulate(
        """
        1:00 sit
        62:00 press
        62:02 press
        64:00 end
        """,
        settings=BUTTON,
    )

    assert run.state(3725)["status"] == "snoozed"
    assert run.sounds(after=3723) == []


def test_a_bout_has_two_snoozes(simulate: Simulate) -> None:
    """The third press of a bout changes nothing: the ladder goes on."""
    run = simulate(
        """
        1:00 sit
        61:20 press
        66:40 press
        72:00 press
        75:00 end
        """,
        settings=BUTTON,
    )

    assert run.times("snoozed") == [3680.0, 4000.0]
    assert run.state(4325)["snoozes_left"] == 0
    assert run.state(4325)["status"] == "break_due"
    assert run.alerts(after=4000) == [(4300.0, "break_due", 1), (4420.0, "break_overdue", 2)]


def test_snoozes_come_back_with_the_next_bout(simulate: Simulate) -> None:
    """After a full break both snoozes are there again."""
    run = simulate(
        """
        1:00 sit
        61:20 press
        62:00 stand
        70:00 sit
        72:00 end
        """,
        settings=BUTTON,
    )

    assert run.state(3690)["snoozes_left"] == 1
    assert run.state(4300)["snoozes_left"] == 2


def test_a_short_absence_brings_no_snooze_back(simulate: Simulate) -> None:
    """Twenty seconds off the chair do not renew the snoozes of the bout."""
    run = simulate(
        """
        1:00 sit
        61:20 press
        62:00 stand
        62:20 sit
        65:00 end
        """,
        settings=BUTTON,
    )

    assert run.state(3750)["snoozes_left"] == 1


def test_a_snooze_outlives_a_short_absence(simulate: Simulate) -> None:
    """After 0:20 away level 1 waits for the rest of the snooze, which is longer than the grace."""
    run = simulate(
        """
        1:00 sit
        61:40 press
        61:50 stand
        62:10 sit
        67:00 end
        """,
        settings=BUTTON,
    )

    assert run.state(3733)["status"] == "snoozed"
    assert run.sounds(after=3700) == [(4000.0, "2 chirps")]
    assert run.alerts(after=3700) == [(4000.0, "break_due", 1)]


@pytest.mark.parametrize("flicker", ["", "61:02 stand\n61:14 sit", "61:02 chatter 3m 30%"])
def test_a_snooze_is_as_long_as_asked_for(simulate: Simulate, flicker: str) -> None:
    """A mat that flickers past the leave takes nothing of the snooze away."""
    run = simulate(f"0:00 sit\n60:30 press\n{flicker}\n66:00 end", settings=BUTTON)

    assert run.sounds(after=3631) == [(3930.0, "2 chirps")]
    assert run.alerts(after=3631) == [(3930.0, "break_due", 1)]


@pytest.mark.parametrize(
    "back", ["61:20 plug", "61:10 crash\n61:20 plug", "61:20 restart\n61:30 plug"]
)
def test_a_snooze_outlives_an_unplugged_mat(simulate: Simulate, back: str) -> None:
    """The cable comes off for a moment: the alert ends, and the next one waits for the snooze."""
    run = simulate(f"0:00 sit\n60:30 press\n61:00 unplug\n{back}\n67:00 end", settings=BUTTON)

    assert run.state(3700)["status"] == "snoozed"
    assert run.times("break_due") == [3600.0, 3930.0]


def test_the_grace_after_a_return_outlasts_a_snooze(simulate: Simulate) -> None:
    """Back with 20 s of the snooze left: level 1 waits for the grace."""
    run = simulate(
        """
        0:00 sit
        60:30 press
        64:50 stand
        65:10 sit
        67:00 end
        """,
        settings=BUTTON,
    )

    assert run.alerts(after=3631) == [(3970.0, "break_due", 1)]


def test_there_is_nothing_to_snooze_before_due(simulate: Simulate) -> None:
    """A press before the alert changes nothing and costs no snooze."""
    run = simulate(
        """
        1:00 sit
        58:00 press
        62:00 end
        """,
        settings=BUTTON,
    )

    assert run.times("snoozed") == []
    assert run.state(3500)["snoozes_left"] == 2
    assert run.alerts() == [(3660.0, "break_due", 1)]


def test_a_snooze_from_home_assistant_is_the_same(simulate: Simulate) -> None:
    """`do/snooze` does what the button does."""
    run = simulate("""
        1:00 sit
        62:00 publish do/snooze PRESS
        70:00 end
    """)

    assert run.times("snoozed") == [3720.0]
    assert run.alerts(after=3720)[0] == (4020.0, "break_due", 1)
