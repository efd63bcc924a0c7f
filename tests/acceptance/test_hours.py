"""Section 5, hours of the day: quiet hours, working hours, and bags that lie too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

STAYS = """
    1:00 sit
    2:00:00 end
"""

MORNING = 'working_hours = ["Mon-Fri 09:30-12:30"]\n'


def test_quiet_hours_have_events_without_sound(simulate: Simulate) -> None:
    """In quiet hours the ladder goes on, silently, and its events say so."""
    run = simulate(STAYS, settings={"quiet_hours": "08:50-09:40"})

    events = run.events("break_due", "break_overdue", before=6000)
    assert run.sounds(before=6000) == []
    assert [seen.payload["level"] for seen in events][:4] == [1, 2, 3, 4]
    assert {seen.payload["quiet"] for seen in events} == {True}
    assert run.state(3700)["quiet"] is True


def test_sound_comes_back_with_the_next_burst_after_quiet_hours(simulate: Simulate) -> None:
    """Each burst is judged by itself: after 09:20 the next one of level 4 sounds."""
    run = simulate(STAYS, settings={"quiet_hours": "08:50-09:20"})

    sounds = run.sounds(before=4846)
    assert sounds[0] in [(4800.0, "burst"), (4815.0, "burst")]
    assert sounds[1:] == [(t, "burst") for t in range(int(sounds[0][0]) + 15, 4846, 15)]
    assert run.state(4860)["quiet"] is False


def test_sound_stops_when_quiet_hours_begin(simulate: Simulate) -> None:
    """From 09:15 on the bursts of level 4 are silent."""
    run = simulate(STAYS, settings={"quiet_hours": "09:15-10:30"})

    assert run.sounds(after=4470, before=4500) == [(4470.0, "burst"), (4485.0, "burst")]
    assert run.sounds(after=4500.5) == []


def test_an_event_outside_quiet_hours_is_not_quiet(simulate: Simulate) -> None:
    """In the morning events carry `quiet` false."""
    run = simulate(STAYS)

    assert {seen.payload["quiet"] for seen in run.events("break_due", "break_overdue")} == {False}


@pytest.mark.parametrize(
    ("start", "sounds"),
    [
        ("2026-03-02T22:30:00+00:00", False),
        ("2026-03-03T03:00:00+00:00", False),
        ("2026-03-02T19:00:00+00:00", True),
        ("2026-03-03T07:00:00+00:00", True),
    ],
)
def test_quiet_hours_span_midnight(simulate: Simulate, start: str, sounds: bool) -> None:
    """By default it is quiet from 22:00 to 07:00."""
    run = simulate(STAYS, start=start)

    assert bool(run.sounds(before=3700)) is sounds
    assert run.times("break_due") == [3660.0]


def test_quiet_hours_are_local_time(simulate: Simulate) -> None:
    """At 21:00 UTC it is 22:00 in Berlin, and quiet there."""
    run = simulate(STAYS, start="2026-03-02T21:30:00+01:00", timezone="Europe/Berlin")

    assert run.state(1700)["quiet"] is False
    assert run.state(1860)["quiet"] is True
    assert run.sounds() == []


def test_nothing_alerts_before_working_hours(simulate: Simulate) -> None:
    """Due at 09:01, but work begins at 09:30: no event and no sound until then."""
    run = simulate(STAYS, config=MORNING)

    assert run.events("break_soon", "break_due", "break_overdue", before=5400) == []
    assert run.sounds(before=5400) == []
    assert run.sitting(5000) == pytest.approx(4940, abs=1)


def test_level_one_comes_when_working_hours_begin(simulate: Simulate) -> None:
    """Still due at 09:30, level 1 begins at once."""
    run = simulate(STAYS, config=MORNING)

    assert run.alerts(before=5521) == [(5400.0, "break_due", 1), (5520.0, "break_overdue", 2)]
    assert run.sounds(before=5500) == [(5400.0, "2 chirps")]


def test_alerts_end_with_working_hours(simulate: Simulate) -> None:
    """After 09:10 the chair is counted, and left in peace."""
    run = simulate(STAYS, config='working_hours = ["Mon-Fri 07:00-09:10"]\n')

    assert [level for _, _, level in run.alerts(before=4200)] == [1, 2, 3]
    assert run.alerts(after=4200.5) == []
    assert run.pulses(after=4202) == []
    assert run.sitting(7000) == pytest.approx(6940, abs=1)


def test_working_hours_know_the_weekend(simulate: Simulate) -> None:
    """On a Sunday the hours of Monday to Friday do not apply."""
    run = simulate(STAYS, config=MORNING, start="2026-03-01T09:00:00+00:00")

    assert run.alerts() == []
    assert run.sounds() == []


def test_working_hours_may_be_several(simulate: Simulate) -> None:
    """Between two ranges of one day nothing alerts; the second one begins an alert."""
    run = simulate(STAYS, config='working_hours = ["Mon-Fri 07:00-08:30", "Mon-Fri 09:20-17:00"]\n')

    assert run.alerts(before=4801) == [(4800.0, "break_due", 1)]


def test_a_break_makes_a_long_day_unsuspicious(simulate: Simulate) -> None:
    """Four hours on the chair with a full break between are no long occupancy."""
    run = simulate("""
        1:00 sit
        2:31:00 stand
        2:37:00 sit
        5:00:00 end
    """)

    assert run.times("problem") == []


def test_a_new_alert_comes_after_a_suspicion_is_solved(simulate: Simulate) -> None:
    """Bag gone, sitter back: the next hour alerts as ever."""
    run = simulate("""
        1:00 sit
        5:00:00 stand
        5:10:00 sit
        6:11:30 end
    """)

    assert run.state(18670)["problem"] is None
    assert run.alerts(after=14461) == [(22200.0, "break_due", 1)]
    assert run.sounds(after=14461, before=22260) == [(22200.0, "2 chirps")]


def test_half_a_day_on_the_chair_is_no_bout_for_the_statistics(simulate: Simulate) -> None:
    """A bag that lay there for 13 h is left out of the longest bout and of chair time."""
    run = simulate(
        """
        1:00 sit
        13:01:00 stand
        13:10:00 end
        """,
        start="2026-03-02T06:00:00+00:00",
    )

    today = run.state(13 * 3600 + 300)["today"]
    assert (today["longest_bout_seconds"] or 0) < 12 * 3600
    assert today["chair_seconds"] < 12 * 3600
