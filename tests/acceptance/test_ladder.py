"""Section 4, the alert ladder: how an alert begins, climbs and sounds."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

DUE = 3660.0

STAYS = """
    1:00 sit
    2:00:00 end
"""


def test_break_soon_comes_five_minutes_ahead_without_a_sound(simulate: Simulate) -> None:
    """At 55:00 the sitter is told, and nothing sounds until 60:00."""
    run = simulate(STAYS)

    assert run.times("break_soon") == [3360.0]
    assert run.state(3360)["status"] == "break_soon"
    assert run.state(3360)["break_due"] is False
    assert run.sounds(before=DUE) == []


def test_due_is_told_in_state_event_and_sound_at_once(simulate: Simulate) -> None:
    """At 60:00 sharp the state turns to break_due, level 1 begins, and two chirps sound."""
    run = simulate(STAYS)

    state = run.state(DUE)
    assert (state["status"], state["break_due"], state["level"]) == ("break_due", True, 1)
    assert run.state(DUE - 0.1)["level"] == 0
    assert run.alerts()[0] == (DUE, "break_due", 1)
    assert run.sounds()[0] == (DUE, "2 chirps")


def test_a_chirp_is_a_tenth_of_a_second(simulate: Simulate) -> None:
    """Level 1 is two chirps of 0.1 s on, 0.1 s off."""
    run = simulate(STAYS)

    assert run.pulses(before=3700) == [(3660.0, 3660.1), (3660.2, 3660.3)]


def test_a_burst_is_three_beats_of_a_fifth_of_a_second(simulate: Simulate) -> None:
    """A burst is 3 x (0.2 s on, 0.2 s off), and begins with the level."""
    run = simulate(STAYS)

    assert run.pulses(after=3700, before=3800) == [
        (3780.0, 3780.2),
        (3780.4, 3780.6),
        (3780.8, 3781.0),
    ]


def test_each_level_sounds_at_its_start_and_in_its_own_cadence(simulate: Simulate) -> None:
    """Bursts come every 60 s from +2 min, every 30 s from +5 min, every 15 s from +10 min."""
    run = simulate(STAYS)

    bursts = [*range(3780, 3960, 60), *range(3960, 4260, 30), *range(4260, 4500, 15)]
    assert run.sounds(before=4500) == [(3660.0, "2 chirps"), *[(t, "burst") for t in bursts]]


def test_the_state_shows_the_level(simulate: Simulate) -> None:
    """The level in the state follows the ladder."""
    run = simulate(STAYS)

    levels = [run.state(t)["level"] for t in (3659, 3660, 3779, 3780, 3960, 4260, 7000)]
    assert levels == [0, 1, 1, 2, 3, 4, 4]


def test_overdue_is_told_on_each_level_and_every_five_minutes(simulate: Simulate) -> None:
    """`break_overdue` comes with levels 2, 3 and 4, and then 5 min after the last event."""
    run = simulate(STAYS)

    overdue = run.alerts(after=DUE + 1)
    assert overdue == [
        (3780, "break_overdue", 2),
        (3960, "break_overdue", 3),
        *[(t, "break_overdue", 4) for t in range(4260, 7200, 300)],
    ]


def test_all_events_of_one_alert_carry_one_alert_id(simulate: Simulate) -> None:
    """A notification can be replaced: the alert keeps its id, each event has its own."""
    run = simulate(STAYS)

    events = run.events("break_due", "break_overdue")
    assert len({seen.payload["alert_id"] for seen in events}) == 1
    assert events[0].payload["alert_id"]
    assert len({seen.payload["id"] for seen in events}) == len(events)


def test_the_next_alert_has_another_id(simulate: Simulate) -> None:
    """After a full break the next alert is a new one."""
    run = simulate("""
        1:00 sit
        62:00 stand
        70:00 sit
        2:11:00 end
    """)

    first, second = run.events("break_due")
    assert first.payload["alert_id"] != second.payload["alert_id"]


def test_an_alert_keeps_its_id_through_a_grace(simulate: Simulate) -> None:
    """Back while still due it is the same alert, and its events can still be replaced."""
    run = simulate("""
        1:00 sit
        62:00 stand
        62:20 sit
        64:00 end
    """)

    first, again = run.events("break_due")
    assert again.t == 3800.0
    assert first.payload["alert_id"] == again.payload["alert_id"]


def test_steady_is_half_a_second_on_and_off_until_the_sitter_is_up(simulate: Simulate) -> None:
    """Style steady beats from level 1 on, and stops when the sitter gets up."""
    run = simulate(
        """
        1:00 sit
        61:30 stand
        63:00 end
        """,
        settings={"buzzer_style": "steady"},
    )

    beats = run.pulses(before=3690)
    assert [on for on, _ in beats] == [float(t) for t in range(3660, 3690)]
    assert {round(off - on, 2) for on, off in beats} == {0.5}
    assert run.pulses(after=3691) == []


def test_steady_tires_too(simulate: Simulate) -> None:
    """After `fatigue_after` at level 4 steady becomes one chirp at once and every 5 min."""
    run = simulate(STAYS, settings={"buzzer_style": "steady", "fatigue_after": "5m"})

    assert run.sounds(after=4558, before=5200) == [
        (4558.0, "half a second"),
        (4559.0, "half a second"),
        (4560.0, "chirp"),
        (4860.0, "chirp"),
        (5160.0, "chirp"),
    ]


def test_style_off_tells_but_never_sounds(simulate: Simulate) -> None:
    """Style off has the whole ladder of events, and no sound before fatigue."""
    run = simulate(STAYS, settings={"buzzer_style": "off"})

    assert [level for _, _, level in run.alerts(before=4261)] == [1, 2, 3, 4]
    assert run.sounds(before=6000) == []


@pytest.mark.parametrize("stood", [4275.0, 4275.1, 4275.5, 4274.8, 4280.0])
def test_the_buzzer_is_silent_within_buzzer_release(simulate: Simulate, stood: float) -> None:
    """Whenever the contact opens, in a burst or not, 1 s later there is silence."""
    run = simulate(f"""
        1:00 sit
        71:{stood - 4260:04.1f} stand
        80:00 end
    """)

    assert run.pulses(after=stood + 1) == []


def test_bursts_missed_while_up_are_not_made_up_for(simulate: Simulate) -> None:
    """Open over one burst of level 4 and closed again: the next one comes in its own time."""
    run = simulate("""
        1:00 sit
        71:10 stand
        71:17 sit
        72:00 end
    """)

    assert run.sounds(after=4255, before=4310) == [
        (4260.0, "burst"),
        (4290.0, "burst"),
        (4305.0, "burst"),
    ]


def test_a_level_begun_while_up_is_in_force_afterwards(simulate: Simulate) -> None:
    """Level 4 begins under an open contact: afterwards its cadence counts from its own start."""
    run = simulate("""
        1:00 sit
        70:57 stand
        71:04 sit
        72:00 end
    """)

    assert run.sounds(after=4258, before=4300) == [(4275.0, "burst"), (4290.0, "burst")]
    assert run.state(4275)["level"] == 4


def test_an_alert_waits_for_the_contact_to_close(simulate: Simulate) -> None:
    """Due under an open contact, the ladder counts from the moment it closes again."""
    run = simulate("""
        1:00 sit
        60:58 stand
        61:03 sit
        64:00 end
    """)

    assert run.state(3662)["break_due"] is False
    assert run.alerts() == [(3663.0, "break_due", 1), (3783.0, "break_overdue", 2)]
    assert run.sounds(before=3800) == [(3663.0, "2 chirps"), (3783.0, "burst")]


def test_getting_up_in_time_prevents_the_alert(simulate: Simulate) -> None:
    """A full break at 58:00 leaves nothing to alert about."""
    run = simulate("""
        1:00 sit
        59:00 stand
        65:00 sit
        90:00 end
    """)

    assert run.alerts() == []
    assert run.sounds() == []


@pytest.mark.parametrize("away", [20, 40, 60])
def test_back_while_still_due_level_one_comes_after_the_grace(
    simulate: Simulate, away: int
) -> None:
    """Level 1 comes 60 s after the return, however long the absence in one bout was."""
    returned = 4500 + away

    run = simulate(f"""
        1:00 sit
        75:00 stand
        {returned // 60}:{returned % 60:02} sit
        80:00 end
    """)

    assert run.pulses(after=4501, before=returned + 60) == []
    assert run.alerts(after=4501, before=4790)[:2] == [
        (returned + 60, "break_due", 1),
        (returned + 180, "break_overdue", 2),
    ]


def test_back_with_too_little_credit_is_still_due(simulate: Simulate) -> None:
    """After 80:00 and 90 s away 70:00 are left: the bout is new, and the alert goes on."""
    returned = 4950.0

    run = simulate("""
        1:00 sit
        81:00 stand
        82:30 sit
        85:00 end
    """)

    assert run.sitting(returned + 3) == pytest.approx(4203, abs=1)
    assert run.state(returned + 3)["break_due"] is True
    assert run.alerts(after=4861) == [(returned + 60, "break_due", 1)]


def test_the_buzzer_is_never_on_for_long(simulate: Simulate) -> None:
    """In an hour of alert, in any style, no pulse is longer than 2 s."""
    runs = [simulate(STAYS, settings={"buzzer_style": s}) for s in ("escalating", "steady")]

    pulses = list(itertools.chain.from_iterable(run.pulses() for run in runs))
    assert max(off - on for on, off in pulses) <= 2
