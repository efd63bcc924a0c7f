"""Worked examples A to F: sitting, breaks, and what they do to the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Run

SAT_DOWN = 60.0


def test_a_short_absence_keeps_the_bout_and_its_time(example: Callable[[str], Run]) -> None:
    """A: 0:45 away after 55:00 is the same bout at 55:00, with 1 transition and no break."""
    returned = 3405.0

    run = example("a")

    state = run.state(returned + 3)
    today = state["today"]
    assert state["sitting_seconds"] == pytest.approx(3303, abs=1)
    assert run.t_of(state["bout_started_at"]) == pytest.approx(SAT_DOWN, abs=1)
    assert (today["bouts"], today["transitions"]) == (1, 1)
    assert (today["short_breaks"], today["full_breaks"]) == (0, 0)
    assert run.times("break_due") == [3705.0]


def test_b_away_three_minutes_gives_half_the_credit(example: Callable[[str], Run]) -> None:
    """B: 3:00 away after 55:00 closes the bout and leaves 27:30 on the timer."""
    returned = 3540.0

    run = example("b")

    state = run.state(returned + 3)
    today = state["today"]
    assert state["sitting_seconds"] == pytest.approx(1653, abs=1)
    assert run.t_of(state["bout_started_at"]) == pytest.approx(returned, abs=1)
    assert today["longest_bout_seconds"] == pytest.approx(3300, abs=1)
    assert (today["bouts"], today["transitions"]) == (2, 1)
    assert (today["short_breaks"], today["full_breaks"]) == (1, 0)


def test_b_is_due_32_30_after_the_return(example: Callable[[str], Run]) -> None:
    """B: the sitter is told soon after 27:30 more, and due after 32:30, as the state foretold."""
    returned = 3540.0

    run = example("b")

    assert run.times("break_soon", after=returned) == [returned + 1650]
    assert run.times("break_due") == [returned + 1950]
    foretold = run.state(returned + 3)["break_due_at"]
    assert run.t_of(foretold) == pytest.approx(returned + 1950, abs=1)


def test_c_the_buzzer_is_silent_one_second_after_the_contact_opens(
    example: Callable[[str], Run],
) -> None:
    """C: at level 4 the buzzer stops within 1 s of standing up, until level 1 comes again."""
    stood, level_one = 4560.0, 4640.0

    run = example("c")

    assert run.sounds(after=4500, before=stood) == [(t, "burst") for t in (4500, 4515, 4530, 4545)]
    assert run.pulses(after=stood + 1, before=level_one) == []


def test_c_level_one_comes_again_a_minute_after_the_return(example: Callable[[str], Run]) -> None:
    """C: back after 0:20 the sitter is still due, and level 1 begins 60 s after the return."""
    returned, level_one = 4580.0, 4640.0

    run = example("c")

    assert run.state(returned + 3)["break_due"] is True
    assert run.sitting(returned + 3) == pytest.approx(4503, abs=1)
    assert run.alerts(after=4561) == [(level_one, "break_due", 1)]
    assert run.sounds(after=4561) == [(level_one, "2 chirps")]


def test_d_the_credit_clears_the_alert_while_away(example: Callable[[str], Run]) -> None:
    """D: after 1:48 away the timer is below the hour, and the alert is over."""
    stood, cleared = 4560.0, 4668.0

    run = example("d")

    assert run.state(cleared - 0.5)["break_due"] is True
    assert run.state(cleared)["break_due"] is False
    assert run.state(cleared)["status"] == "away"
    assert run.pulses(after=stood + 1, before=4905) == []


def test_d_returns_to_break_soon_and_3_45_more(example: Callable[[str], Run]) -> None:
    """D: back at 56:15 the sitter is told soon, and is due after 3:45 more."""
    returned = 4680.0

    run = example("d")

    assert run.state(returned + 3)["sitting_seconds"] == pytest.approx(3378, abs=1)
    assert run.state(returned + 3)["status"] == "break_soon"
    assert len(run.times("break_soon", after=returned, before=returned + 3.1)) == 1
    assert run.times("break_soon", after=4561, before=returned) == []
    assert run.alerts(after=4561) == [(returned + 225, "break_due", 1)]


def test_e_the_break_is_complete_while_still_away(example: Callable[[str], Run]) -> None:
    """E: `break_complete` comes at 5:00 away, and the next alert 60:00 after the return."""
    returned = 4860.0

    run = example("e")

    assert run.times("break_complete") == [returned]
    assert run.state(returned + 3)["sitting_seconds"] == pytest.approx(3, abs=1)
    assert run.state(returned + 3)["today"]["full_breaks"] == 1
    assert run.alerts(after=4561) == [(returned + 3600, "break_due", 1)]


def test_f_an_open_contact_never_starts_an_alert(example: Callable[[str], Run]) -> None:
    """F: up at 59:59 and gone: no alert, no sound, never due."""
    run = example("f_stays_open")

    assert run.alerts() == []
    assert run.sounds() == []
    assert [seen.t for seen in run.states() if seen.payload["break_due"]] == []


def test_f_the_alert_starts_when_the_contact_closes_again(example: Callable[[str], Run]) -> None:
    """F: the contact closes again 6 s later, and level 1 begins at that moment."""
    closed_again = 3665.0

    run = example("f")

    assert run.alerts() == [(closed_again, "break_due", 1)]
    assert run.sounds() == [(closed_again, "2 chirps")]
    assert run.times("stood_up") == []
    assert [seen.t for seen in run.states(before=closed_again) if seen.payload["break_due"]] == []
    assert run.state(closed_again)["break_due"] is True
