"""Section 3, bout accounting: what counts as sitting, and what a break is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate


def test_back_dated_seconds_are_added_on_confirmation(simulate: Simulate) -> None:
    """Back at 55:00 and confirmed 3 s later, the timer says 55:03 at once."""
    run = simulate("""
        1:00 sit
        56:00 stand
        56:45 sit
        58:00 end
    """)

    assert run.state(3407.9)["sitting_seconds"] == pytest.approx(3300, abs=1)
    assert run.state(3408)["sitting_seconds"] == pytest.approx(3303, abs=1)


def test_a_limit_reached_before_confirmation_is_due_at_the_confirmation(
    simulate: Simulate,
) -> None:
    """Up at 59:58, back 30 s later: level 1 begins when the return is confirmed."""
    run = simulate("""
        1:00 sit
        60:58 stand
        61:28 sit
        62:00 end
    """)

    assert run.alerts() == [(3691.0, "break_due", 1)]
    assert run.sounds() == [(3691.0, "2 chirps")]


@pytest.mark.parametrize(
    ("away", "left"),
    [(60, 2400), (61, 2390), (90, 2100), (120, 1800), (180, 1200), (240, 600), (290, 100)],
)
def test_credit_grows_with_the_length_of_the_break(
    simulate: Simulate, away: int, left: int
) -> None:
    """After 40:00 each minute away beyond the first is worth a quarter of the sitting time."""
    returned = 2460 + away

    run = simulate(f"""
        1:00 sit
        41:00 stand
        0:{returned // 60:02}:{returned % 60:02} sit
        50:00 end
    """)

    assert run.sitting(returned + 3) == pytest.approx(left + 3, abs=1)


def test_an_absence_of_exactly_short_absence_is_the_same_bout(simulate: Simulate) -> None:
    """Back after 60 s: the same bout goes on."""
    run = simulate("""
        1:00 sit
        41:00 stand
        42:00 sit
        43:00 end
    """)

    assert run.state(2523)["today"]["bouts"] == 1
    assert run.state(2523)["today"]["short_breaks"] == 0
    assert run.t_of(run.state(2523)["bout_started_at"]) == pytest.approx(60, abs=1)


def test_the_status_is_away_until_the_break_is_complete(simulate: Simulate) -> None:
    """From the confirmed leave the status is away; with the full break it is vacant."""
    run = simulate("""
        1:00 sit
        41:00 stand
        47:00 end
    """)

    away, complete = run.state(2470), run.state(2760)
    assert (away["status"], away["occupied"] in (False, "OFF")) == ("away", True)
    assert run.t_of(away["vacant_since"]) == pytest.approx(2460, abs=1)
    assert run.state(2759)["status"] == "away"
    assert run.times("break_complete") == [2760.0]
    assert (complete["status"], complete["sitting_seconds"]) == ("vacant", 0)
    assert complete["today"]["full_breaks"] == 1
    assert complete["today"]["short_breaks"] == 0


def test_a_break_never_completes_under_a_closed_contact(simulate: Simulate) -> None:
    """Back 1 s before the full break, confirmed after it: the absence of 4:59 counts."""
    run = simulate("""
        1:00 sit
        41:00 stand
        45:59 sit
        48:00 end
    """)

    assert run.times("break_complete") == []
    assert run.sitting(2762) == pytest.approx(13, abs=1)


def test_a_touch_at_the_end_of_a_break_delays_its_completion(simulate: Simulate) -> None:
    """A bag put down at 4:59 and taken off at 5:01: the break completes when it is gone."""
    run = simulate("""
        1:00 sit
        41:00 stand
        45:59 sit
        46:01 stand
        48:00 end
    """)

    assert run.times("break_complete") == [2761.0]
    assert len(run.times("sat_down")) == 1


def test_a_lower_limit_is_due_at_once(simulate: Simulate) -> None:
    """At 40:00 a limit of 30 min makes level 1 now, not ten minutes ago."""
    run = simulate("""
        1:00 sit
        41:00 publish set/sit_limit 30
        44:00 end
    """)

    assert run.alerts() == [(2460.0, "break_due", 1), (2580.0, "break_overdue", 2)]
    assert run.sounds(before=2500) == [(2460.0, "2 chirps")]


def test_a_higher_limit_ends_the_alert(simulate: Simulate) -> None:
    """At 64:00 a limit of 90 min takes the alert back until 90:00."""
    run = simulate("""
        1:00 sit
        65:00 publish set/sit_limit 90
        1:32:00 end
    """)

    assert run.state(3899)["break_due"] is True
    assert run.state(3900)["break_due"] is False
    assert run.pulses(after=3901.1, before=5460) == []
    assert run.alerts(after=3900) == [(5460.0, "break_due", 1)]


def test_two_short_breaks_both_count(simulate: Simulate) -> None:
    """Two absences of 2:00 are two short breaks, three bouts and two transitions."""
    run = simulate("""
        1:00 sit
        21:00 stand
        23:00 sit
        33:00 stand
        35:00 sit
        40:00 end
    """)

    today = run.state(2390)["today"]
    assert (today["bouts"], today["transitions"]) == (3, 2)
    assert (today["short_breaks"], today["full_breaks"]) == (2, 0)
    assert today["longest_bout_seconds"] == pytest.approx(1200, abs=1)
    assert today["chair_seconds"] == pytest.approx(1200 + 600 + 290, abs=61)


def test_prolonged_share_is_the_share_of_long_bouts(simulate: Simulate) -> None:
    """40 min in one bout and 10 min in another: four fifths of chair time is prolonged."""
    run = simulate("""
        1:00 sit
        41:00 stand
        51:00 sit
        61:00 stand
        70:00 end
    """)

    today = run.state(4190)["today"]
    assert today["chair_seconds"] == pytest.approx(3000, abs=1)
    assert today["prolonged_share"] == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("stood", "heeded"), [("62:00", 1), ("65:50", 1), ("66:10", 0)])
def test_an_alert_is_heeded_within_five_minutes(
    simulate: Simulate, stood: str, heeded: int
) -> None:
    """Up within 5 min of level 1 the alert of today is heeded, later it is not."""
    run = simulate(f"""
        1:00 sit
        {stood} stand
        75:00 end
    """)

    today = run.state(4490)["today"]
    assert (today["alerts"], today["alerts_heeded"]) == (1, heeded)
