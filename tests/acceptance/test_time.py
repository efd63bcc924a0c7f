"""Section 6, time: sleep is no sitting, the wall clock is a label, the day starts at four."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

BERLIN = "Europe/Berlin"


def test_a_short_sleep_is_like_a_short_break(simulate: Simulate) -> None:
    """Suspended for 2:00 after 40:00, a quarter of the sitting time is gone on waking."""
    run = simulate("""
        1:00 sit
        41:00 suspend 2m
        50:00 end
    """)

    assert run.sitting(2583) == pytest.approx(1803, abs=1)


def test_a_nap_within_short_absence_costs_and_brings_nothing(simulate: Simulate) -> None:
    """Suspended for 30 s: the same bout, and the 30 s are not sitting time."""
    run = simulate("""
        1:00 sit
        41:00 suspend 30s
        1:02:00 end
    """)

    assert run.sitting(2493) == pytest.approx(2403, abs=1)
    assert run.times("break_due") == [3690.0]


def test_the_filter_starts_over_after_a_sleep(simulate: Simulate) -> None:
    """After the resume nobody is seated until the contact is confirmed again."""
    run = simulate("""
        1:00 sit
        41:00 suspend 10m
        55:00 end
    """)

    assert run.state(3062.9)["status"] not in {"sitting", "break_soon", "break_due"}
    assert run.state(3063)["status"] == "sitting"
    assert run.t_of(run.state(3063)["bout_started_at"]) == pytest.approx(3060, abs=1)


def test_nobody_there_after_the_sleep(simulate: Simulate) -> None:
    """Gone during the sleep: the chair is vacant after the resume, and nothing alerts."""
    run = simulate("""
        1:00 sit
        60:50 suspend 20m
        70:00 stand
        90:00 end
    """)

    assert run.state(5390)["status"] == "vacant"
    assert run.alerts() == []
    assert run.sounds() == []


@pytest.mark.parametrize("jump", ["+3h", "-3h", "+30m", "-90s"])
def test_a_clock_jump_fires_nothing(simulate: Simulate, jump: str) -> None:
    """Forward or back, the wall clock changes no duration and no alert."""
    run = simulate(f"""
        1:00 sit
        31:00 clock {jump}
        62:30 end
    """)

    assert run.times("break_soon") == [3360.0]
    assert run.alerts() == [(3660.0, "break_due", 1)]
    assert run.times("stood_up", "break_complete", "problem") == []


def test_a_clock_jump_changes_no_absence(simulate: Simulate) -> None:
    """A jump of 3 h while away is no break of 3 h."""
    run = simulate("""
        1:00 sit
        41:00 stand
        42:00 clock +3h
        43:00 sit
        45:00 end
    """)

    assert run.times("break_complete") == []
    assert run.sitting(2583) == pytest.approx(1803, abs=1)


def test_do_not_disturb_is_told_anew_after_a_clock_jump(simulate: Simulate) -> None:
    """The end of do not disturb moves on the wall, and stays where it is in time."""
    run = simulate("""
        1:00 publish set/do_not_disturb ON
        2:00 sit
        31:00 clock +3h
        62:00 end
    """)

    label = run.state(1920)["do_not_disturb_until"]
    assert run.t_of(label) == pytest.approx(3660 + 3 * 3600, abs=2)
    assert run.state(3659)["do_not_disturb"] in (True, "ON")
    assert run.state(3660)["do_not_disturb"] in (False, "OFF")


def test_a_bout_over_the_day_boundary_is_split_for_the_day(simulate: Simulate) -> None:
    """Sat from 03:31 to 04:31: half an hour belongs to the new day, the bout stays whole."""
    run = simulate(
        """
        1:00 sit
        61:00 stand
        70:00 end
        """,
        start="2026-03-02T03:30:00+00:00",
    )

    today = run.state(4190)["today"]
    assert today["date"] == "2026-03-02"
    assert today["chair_seconds"] == pytest.approx(1860, abs=1)
    assert today["longest_bout_seconds"] == pytest.approx(3600, abs=1)


def test_the_date_is_that_of_the_day_which_started_at_four(simulate: Simulate) -> None:
    """Until 04:00 it is still yesterday."""
    run = simulate(
        """
        1:00 sit
        61:00 end
        """,
        start="2026-03-02T03:30:00+00:00",
    )

    before, after = run.state(1790)["today"], run.state(1870)["today"]
    assert (before["date"], after["date"]) == ("2026-03-01", "2026-03-02")
    assert before["bouts"] == 1
    assert 0 <= after["chair_seconds"] <= 71


def test_summer_time_begins_under_the_sitter(simulate: Simulate) -> None:
    """The clock goes from 02:00 to 03:00: the hour is as long as ever, labels change offset."""
    run = simulate(
        """
        1:00 sit
        62:00 end
        """,
        start="2026-03-29T01:30:00+01:00",
        timezone=BERLIN,
    )

    [sat], [due] = run.events("sat_down"), run.events("break_due")
    assert due.t == 3660.0
    assert run.t_of(due.payload["at"]) == pytest.approx(3660, abs=1)
    assert offset_hours(sat.payload["at"]) == 1
    assert offset_hours(due.payload["at"]) == 2


def test_the_day_starts_at_four_on_a_day_of_23_hours(simulate: Simulate) -> None:
    """From 01:30 winter time it is 1:30 h, not 2:30 h, to 04:00 summer time."""
    run = simulate(
        """
        1:00 sit
        2:00:00 end
        """,
        start="2026-03-29T01:30:00+01:00",
        timezone=BERLIN,
    )

    assert run.state(5390)["today"]["date"] == "2026-03-28"
    assert run.state(5470)["today"]["date"] == "2026-03-29"


def test_the_day_starts_at_four_on_a_day_of_25_hours(simulate: Simulate) -> None:
    """From 01:30 summer time it is 3:30 h, not 2:30 h, to 04:00 winter time."""
    run = simulate(
        """
        1:00 sit
        4:00:00 end
        """,
        start="2026-10-25T01:30:00+02:00",
        timezone=BERLIN,
    )

    assert run.state(12590)["today"]["date"] == "2026-10-24"
    assert run.state(12670)["today"]["date"] == "2026-10-25"


def offset_hours(label: str) -> float:
    """Hours by which a label is ahead of UTC."""
    offset = dt.datetime.fromisoformat(label).utcoffset()
    assert offset is not None
    return offset / dt.timedelta(hours=1)
