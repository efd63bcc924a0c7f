"""Section 8, the settings of contact, bouts and limits: each one acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

AWAY_90_S = """
    1:00 sit
    41:00 stand
    42:30 sit
    45:00 end
"""

AWAY_3_MIN = """
    1:00 sit
    56:00 stand
    59:00 sit
    60:00 end
"""

STAYS = """
    1:00 sit
    2:00:00 end
"""

STANDS_UP = """
    1:00 sit
    5:00 stand
    6:00 end
"""


@pytest.mark.parametrize(("value", "confirmed"), [("10s", 70.0), ("0.5s", 60.5), ("20", 80.0)])
def test_sit_confirm(simulate: Simulate, value: str, confirmed: float) -> None:
    """`sit_confirm` is how long a press takes to be believed."""
    run = simulate(STANDS_UP, settings={"sit_confirm": value})

    assert run.times("sat_down") == [confirmed]


@pytest.mark.parametrize(("value", "confirmed"), [("30s", 330.0), ("0.5s", 300.5)])
def test_leave_confirm(simulate: Simulate, value: str, confirmed: float) -> None:
    """`leave_confirm` is how long a release takes to be believed."""
    run = simulate(STANDS_UP, settings={"leave_confirm": value})

    assert run.times("stood_up") == [confirmed]


@pytest.mark.parametrize(("value", "shortest", "longest"), [("0s", 0, 0.05), ("5s", 1.1, 5)])
def test_buzzer_release(simulate: Simulate, value: str, shortest: float, longest: float) -> None:
    """`buzzer_release` is how long a steady buzzer still sounds under an open contact."""
    stood = 3690.2

    run = simulate(
        """
        1:00 sit
        61:30.2 stand
        63:00 end
        """,
        settings={"buzzer_style": "steady", "buzzer_release": value},
    )

    last_off = max(off for _, off in run.pulses())
    assert shortest <= max(0, last_off - stood) <= longest


def test_short_absence(simulate: Simulate) -> None:
    """With `short_absence` at 2 min, 90 s away are the same bout and bring no credit."""
    run = simulate(AWAY_90_S, settings={"short_absence": "2m"})

    assert run.state(2553)["today"]["bouts"] == 1
    assert run.sitting(2553) == pytest.approx(2403, abs=1)


def test_short_absence_by_default(simulate: Simulate) -> None:
    """By default 90 s away begin a new bout."""
    run = simulate(AWAY_90_S)

    assert run.state(2553)["today"]["bouts"] == 2
    assert run.sitting(2553) == pytest.approx(2103, abs=1)


def test_break_min(simulate: Simulate) -> None:
    """With `break_min` at 10 min, 3:00 away are worth two ninths, and 10:00 a full break."""
    run = simulate(AWAY_3_MIN, settings={"break_min": "10m"})
    longer = simulate(
        """
        1:00 sit
        11:00 stand
        25:00 end
        """,
        settings={"break_min": "10m"},
    )

    assert run.sitting(3543) == pytest.approx(3300 * 7 / 9 + 3, abs=1)
    assert longer.times("break_complete") == [660 + 600.0]


def test_break_credit_none(simulate: Simulate) -> None:
    """With `break_credit` none a break of 3:00 changes nothing on the timer."""
    run = simulate(AWAY_3_MIN, settings={"break_credit": "none"})

    assert run.sitting(3543) == pytest.approx(3303, abs=1)


def test_break_credit_none_keeps_the_full_break(simulate: Simulate) -> None:
    """With `break_credit` none only a full break resets, and it ends the alert."""
    run = simulate(
        """
        1:00 sit
        66:00 stand
        75:00 end
        """,
        settings={"break_credit": "none"},
    )

    assert run.state(4259)["sitting_seconds"] == pytest.approx(3900, abs=1)
    assert run.state(4259)["break_due"] is True
    assert run.times("break_complete") == [4260.0]
    assert run.state(4260)["sitting_seconds"] == 0
    assert run.state(4260)["break_due"] is False


def test_break_goal(simulate: Simulate) -> None:
    """`break_goal` changes what the sitter is told to do, and no time."""
    script = """
        1:00 sit
        62:00 stand
        75:00 end
    """

    ten = simulate(script, settings={"break_goal": "10m"})
    twenty = simulate(script, settings={"break_goal": "20m"})

    assert [seen.payload for seen in ten.messages()] != [seen.payload for seen in twenty.messages()]
    assert ten.alerts() == twenty.alerts()


@pytest.mark.parametrize(("value", "due"), [("30m", 1860.0), ("90s", 150.0), ("1h30m", 5460.0)])
def test_sit_limit(simulate: Simulate, value: str, due: float) -> None:
    """`sit_limit` is when a break is due."""
    run = simulate(STAYS, settings={"sit_limit": value, "pre_alert": "30s"})

    assert run.times("break_due") == [due]


def test_pre_alert(simulate: Simulate) -> None:
    """`pre_alert` is how long before due the sitter is told."""
    run = simulate(STAYS, settings={"pre_alert": "10m"})

    assert run.times("break_soon") == [3060.0]
    assert run.times("break_due") == [3660.0]


def test_day_starts(simulate: Simulate) -> None:
    """`day_starts` is when today's totals begin."""
    run = simulate(STAYS, settings={"day_starts": "08:30"})

    assert run.state(1790)["today"]["date"] == "2026-03-01"
    assert run.state(1870)["today"]["date"] == "2026-03-02"
    assert run.state(3600)["today"]["chair_seconds"] == pytest.approx(1800, abs=61)
    assert run.state(3600)["today"]["chair_seconds"] >= 1739


def test_day_starts_leaves_bouts_whole(simulate: Simulate) -> None:
    """The longest bout of a day may have begun the day before."""
    run = simulate(
        """
        1:00 sit
        51:00 stand
        55:00 end
        """,
        settings={"day_starts": "08:30"},
    )

    today = run.state(3290)["today"]
    assert today["longest_bout_seconds"] == pytest.approx(3000, abs=1)
    assert today["chair_seconds"] == pytest.approx(1260, abs=1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sit_limt": "50m"}, ["sit_limt", "sit_limit"]),
        ({"snoze": "5m", "buzzer_stile": "steady"}, ["snooze", "buzzer_style"]),
        ({"sit_limit": "soon"}, ["sit_limit", "soon"]),
        ({"pre_alert": "60m"}, ["pre_alert", "sit_limit"]),
        ({"break_min": "60s"}, ["break_min", "short_absence"]),
        ({"sit_limit": "-5m", "max_snoozes": "11"}, ["sit_limit", "max_snoozes"]),
        ({"break_credit": "some"}, ["break_credit", "proportional"]),
        ({"quiet_hours": "25:00-07:00"}, ["quiet_hours"]),
        ({"profile": "metabolik"}, ["profile", "metabolic"]),
    ],
)
def test_wrong_settings_are_told_all_at_once(
    simulate: Simulate, settings: dict[str, str], told: list[str]
) -> None:
    """A wrong setting stops the run, and the message names every mistake."""
    with pytest.raises(AssertionError) as stopped:
        simulate("1:00 end", settings=settings)

    message = str(stopped.value)
    assert [word for word in told if word not in message] == []
    assert "Traceback" not in message


def test_the_command_line_wins_over_the_file(simulate: Simulate) -> None:
    """The same key in the file and in `--set`: the command line counts."""
    run = simulate(STAYS, config='sit_limit = "20m"\n', settings={"sit_limit": "40m"})

    assert run.times("break_due") == [2460.0]


def test_the_file_wins_over_the_profile(simulate: Simulate) -> None:
    """A profile is the ground, and a key of the file stands on it."""
    run = simulate(STAYS, config='profile = "metabolic"\nsit_limit = "40m"\n')

    assert run.times("break_due") == [2460.0]


def test_exercises(simulate: Simulate) -> None:
    """With `exercises` floor the second break has a stretch for which one kneels down."""
    script = """
        1:00 sit
        62:00 stand
        70:00 sit
        2:11:00 end
    """

    office = simulate(script, settings={"exercises": "office"})
    floor = simulate(script, settings={"exercises": "floor"})

    hips = [
        [seen.payload["exercise"]["steps"][1]["id"] for seen in run.events("break_due")]
        for run in (office, floor)
    ]
    assert hips == [
        ["hip_flexor_standing", "hip_flexor_standing"],
        ["hip_flexor_standing", "hip_flexor_kneeling"],
    ]


def test_exercises_none(simulate: Simulate) -> None:
    """With `exercises` none nothing is suggested."""
    run = simulate(STAYS, settings={"exercises": "none"})

    assert {seen.payload["exercise"] for seen in run.events("break_due", "break_overdue")} == {None}


def test_break_chirp(simulate: Simulate) -> None:
    """With `break_chirp` the buzzer chirps twice, softly, when the break is complete."""
    script = """
        1:00 sit
        20:00 stand
        40:00 end
    """

    silent = simulate(script)
    chirping = simulate(script, settings={"break_chirp": "true"})

    assert silent.pulses() == []
    assert chirping.pulses() == [(1500.0, 1500.05), (1500.2, 1500.25)]


def test_break_goal_is_what_progress_is_measured_by(simulate: Simulate) -> None:
    """Up for 8 of 20 minutes is 0.4 of the way; the state says so each minute, until the goal."""
    run = simulate(
        """
        1:00 sit
        20:00 stand
        60:00 end
        """,
        settings={"break_goal": "20m"},
    )

    told = [
        (seen.t, seen.payload["break_progress"])
        for seen in run.states(after=1210)
        if seen.payload["break_progress"] is not None
    ]
    assert told == [(t, pytest.approx(min(1, (t - 1200) / 1200), abs=0.006)) for t, _ in told]
    assert len(told) > 19
    assert told[-1][1] == 1
