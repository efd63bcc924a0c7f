"""Section 2, the contact filter: an RC circuit that neither flaps nor freezes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

TAMPER = {"pins.tamper": 6}


def test_an_empty_chair_is_vacant_after_leave_confirm(simulate: Simulate) -> None:
    """Until 10 s of open contact have passed the seat is unknown, then it is vacant."""
    run = simulate("1:00 end")

    assert run.state(9.9)["status"] == "starting"
    assert run.state(10)["status"] == "vacant"
    assert run.events() == []


def test_a_mat_pressed_at_the_start_is_read_without_an_edge(simulate: Simulate) -> None:
    """Somebody who sits there at the start is confirmed after 3 s, back-dated to the start."""
    run = simulate("""
        0:00 sit
        1:00 end
    """)

    state = run.state(3)
    assert run.times("sat_down") == [3.0]
    assert state["status"] == "sitting"
    assert state["sitting_seconds"] == pytest.approx(3, abs=1)
    assert run.t_of(state["bout_started_at"]) == pytest.approx(0, abs=0.5)


def test_somebody_who_sat_down_while_the_daemon_was_down_is_noticed(simulate: Simulate) -> None:
    """A mat pressed during the downtime gives no edge, and is found when the daemon starts."""
    up_again = 120.0

    run = simulate("""
        1:00 restart 60s
        1:30 sit
        3:00 end
    """)

    state = run.state(up_again + 3)
    assert run.times("sat_down") == [up_again + 3]
    assert run.t_of(state["bout_started_at"]) == pytest.approx(up_again, abs=1)
    assert state["estimated"] is True


def test_a_clean_press_and_release_are_confirmed_and_back_dated(simulate: Simulate) -> None:
    """A press counts after 3 s and a release after 10 s; both are dated at the edge."""
    run = simulate("""
        1:00 sit
        5:00 stand
        6:00 end
    """)

    [sat] = run.events("sat_down")
    [stood] = run.events("stood_up")
    assert (sat.t, stood.t) == (63.0, 310.0)
    assert run.t_of(sat.payload["at"]) == pytest.approx(60, abs=0.5)
    assert run.t_of(stood.payload["at"]) == pytest.approx(300, abs=0.5)
    assert run.state(310)["sitting_seconds"] == pytest.approx(240, abs=1)


def test_a_touch_shorter_than_sit_confirm_is_nobody(simulate: Simulate) -> None:
    """A contact closed for 2.9 s confirms nothing."""
    run = simulate("""
        1:00 sit
        1:02.9 stand
        2:00 end
    """)

    assert run.events() == []
    assert run.state(119)["status"] == "vacant"


def test_a_wriggle_shorter_than_leave_confirm_is_sitting(simulate: Simulate) -> None:
    """A contact open for 9.9 s changes nothing, and the time counts as sitting."""
    run = simulate("""
        1:00 sit
        5:00 stand
        5:09.9 sit
        7:00 end
    """)

    assert run.times("stood_up") == []
    assert run.sitting(419) == pytest.approx(359, abs=1)
    assert run.state(419)["today"]["transitions"] == 0


def test_charge_survives_a_gap_on_the_way_up(simulate: Simulate) -> None:
    """Closed 2 s, open 2 s, closed: the charge left over lets 1.6 s more confirm the seat."""
    run = simulate("""
        1:00 sit
        1:02 stand
        1:04 sit
        2:00 end
    """)

    [sat] = run.events("sat_down")
    assert sat.t == 65.6
    assert run.t_of(sat.payload["at"]) == pytest.approx(60, abs=0.5)


def test_charge_survives_a_touch_on_the_way_down(simulate: Simulate) -> None:
    """Open 6 s, closed 0.9 s, open: 7 s more confirm the leave, dated at the first opening."""
    run = simulate("""
        1:00 sit
        5:00 stand
        5:06 sit
        5:06.9 stand
        6:00 end
    """)

    [stood] = run.events("stood_up")
    assert stood.t == 313.9
    assert run.t_of(stood.payload["at"]) == pytest.approx(300, abs=0.5)


def test_a_leave_is_dated_when_the_charge_last_was_full(simulate: Simulate) -> None:
    """After 6 s open and 2 s closed the charge is full again, so a new opening dates the leave."""
    run = simulate("""
        1:00 sit
        5:00 stand
        5:06 sit
        5:08 stand
        6:00 end
    """)

    [stood] = run.events("stood_up")
    assert stood.t == 318.0
    assert run.t_of(stood.payload["at"]) == pytest.approx(308, abs=0.5)


def test_a_mostly_open_contact_ends_the_bout(simulate: Simulate) -> None:
    """A contact that is closed 5 % of the time is an empty chair with a loose wire."""
    run = simulate("""
        1:00 sit
        5:00 chatter 60s 5%
        6:00.5 stand
        7:00 end
    """)

    [stood] = run.events("stood_up")
    assert 310 <= stood.t <= 360


def test_a_mostly_closed_contact_fills_the_seat(simulate: Simulate) -> None:
    """A flicker of 80 % closed on an empty chair is one person sitting down."""
    run = simulate("""
        1:00 chatter 60s 80%
        2:00.5 sit
        4:00 end
    """)

    [sat] = run.events("sat_down")
    assert 63 <= sat.t <= 80
    assert run.times("stood_up") == []


def test_chatter_leaves_the_contact_as_it_was(simulate: Simulate) -> None:
    """After the flicker an open contact is open again, and the chair becomes vacant."""
    run = simulate("""
        1:00 chatter 60s 80%
        5:00 end
    """)

    assert run.kind("contact")[-1]["closed"] is False
    assert len(run.times("stood_up")) == 1


def test_repeating_a_level_is_harmless(simulate: Simulate) -> None:
    """Sitting down on a closed contact, or standing up from an open one, changes nothing."""
    run = simulate("""
        0:30 stand
        1:00 sit
        2:00 sit
        5:00 stand
        5:05 stand
        6:00 end
    """)

    assert run.times("sat_down") == [63.0]
    assert run.times("stood_up") == [310.0]


def test_an_open_tamper_loop_is_unavailable_at_once(simulate: Simulate) -> None:
    """Unplugged after 40:00 the seat is unavailable at that moment, and the timer is frozen."""
    run = simulate(
        """
        1:00 sit
        41:00 unplug
        43:00 plug
        45:00 end
        """,
        settings=TAMPER,
    )

    assert run.state(2459)["status"] == "sitting"
    assert run.state(2460)["status"] == "unplugged"
    assert run.state(2579)["sitting_seconds"] == pytest.approx(2400, abs=1)


def test_time_unplugged_counts_like_an_absence(simulate: Simulate) -> None:
    """Unplugged for 2:00, the filter starts over and a quarter of the sitting time is gone."""
    run = simulate(
        """
        1:00 sit
        41:00 unplug
        43:00 plug
        45:00 end
        """,
        settings=TAMPER,
    )

    assert run.state(2582.9)["status"] not in {"sitting", "break_soon", "break_due"}
    assert run.state(2583)["status"] == "sitting"
    assert run.sitting(2583) == pytest.approx(1803, abs=1)


def test_unplugged_for_a_full_break_starts_the_hour_again(simulate: Simulate) -> None:
    """Unplugged for 6:00, the sitter has a whole hour again."""
    run = simulate(
        """
        1:00 sit
        41:00 unplug
        47:00 plug
        1:48:00 end
        """,
        settings=TAMPER,
    )

    assert run.sitting(2823) == pytest.approx(3, abs=1)
    assert run.times("break_due") == [2820 + 3600.0]


def test_pulling_the_plug_ends_the_alert(simulate: Simulate) -> None:
    """A seat that becomes unavailable while due is no longer due, and silent."""
    run = simulate(
        """
        1:00 sit
        71:05 unplug
        73:00 end
        """,
        settings=TAMPER,
    )

    assert run.state(4264)["break_due"] is True
    assert run.state(4265)["break_due"] is False
    assert run.state(4265)["level"] == 0
    assert run.pulses(after=4266) == []


def test_time_unplugged_is_not_covered(simulate: Simulate) -> None:
    """Coverage of today leaves out the two minutes without a sensor."""
    run = simulate(
        """
        1:00 sit
        41:00 unplug
        43:00 plug
        45:00 end
        """,
        settings=TAMPER,
    )

    seen, state, _ = run.last_state(2690)
    assert state["today"]["coverage_seconds"] == pytest.approx(seen - 120, abs=15)
