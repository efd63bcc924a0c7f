"""Section 7, memory: what a stop, a crash and a reboot may cost the sitter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

DUE = 3660.0
BUTTON = {"pins.button": 26}


@pytest.mark.parametrize("outage", ["restart 90s", "crash 90s", "reboot 90s"])
def test_a_bout_goes_on_over_a_short_downtime(simulate: Simulate, outage: str) -> None:
    """Down for 1:30 with somebody there at both ends: 41:30, estimated, due at 60:00."""
    up_again = 2550.0

    run = simulate(f"""
        1:00 sit
        41:00 {outage}
        62:00 end
    """)

    state = run.state(up_again + 3)
    assert run.sitting(up_again + 3) == pytest.approx(2493, abs=1)
    assert state["estimated"] is True
    assert run.t_of(state["bout_started_at"]) == pytest.approx(60, abs=2)
    assert state["today"]["bouts"] == 1
    assert run.times("break_due") == [pytest.approx(DUE, abs=1)]


@pytest.mark.parametrize("outage", ["restart", "crash", "reboot"])
def test_an_outage_takes_five_seconds_if_nothing_is_said(simulate: Simulate, outage: str) -> None:
    """Without a duration the daemon is back after 5 s."""
    run = simulate(f"""
        1:00 {outage}
        2:00 end
    """)

    starts = [r["t"] for r in run.kind("daemon") if r["what"] == "start"]
    assert starts == [0, 65]


def test_a_restart_is_a_clean_stop_and_a_crash_is_not(simulate: Simulate) -> None:
    """The records tell a stop from a crash, and both from the start after them."""
    run = simulate("""
        1:00 restart 10s
        2:00 crash 10s
        3:00 end
    """)

    daemon = [(r["t"], r["what"]) for r in run.kind("daemon") if r["t"] < 180]
    assert daemon == [
        (0, "start"),
        (60, "stop"),
        (70, "start"),
        (120, "crash"),
        (130, "start"),
    ]


@pytest.mark.parametrize(
    ("outage", "forgotten"), [("restart 10m", 2), ("crash 10m", 62), ("reboot 10m", 2)]
)
def test_a_long_downtime_is_a_gap(simulate: Simulate, outage: str, forgotten: int) -> None:
    """Down for longer than a full break: nobody knows, and the timer starts from 0."""
    up_again = 3060.0

    run = simulate(f"""
        1:00 sit
        41:00 {outage}
        60:00 end
    """)

    state = run.state(up_again + 3)
    assert run.sitting(up_again + 3) == pytest.approx(3, abs=1)
    assert run.t_of(state["bout_started_at"]) == pytest.approx(up_again, abs=1)
    assert state["today"]["chair_seconds"] == pytest.approx(2403, abs=forgotten)
    assert run.alerts() == []


def test_a_reboot_without_a_known_time_is_a_gap(simulate: Simulate) -> None:
    """After a reboot with no synchronised clock the downtime is unknown, and the timer 0."""
    up_again = 2550.0

    run = simulate("""
        1:00 sit
        41:00 reboot 90s unsynced
        60:00 end
    """)

    assert run.sitting(up_again + 180) == pytest.approx(180, abs=2)
    assert run.alerts() == []


def test_a_reboot_without_a_known_time_senses_meanwhile(simulate: Simulate) -> None:
    """While it waits for the time the daemon knows who sits there, and who leaves."""
    up_again = 2550.0

    run = simulate("""
        1:00 sit
        41:00 reboot 90s unsynced
        43:10 stand
        60:00 end
    """)

    assert run.state(up_again + 4)["contact_closed"] in (True, "ON")
    assert run.state(2600)["contact_closed"] in (False, "OFF")
    assert run.state(2601)["status"] in {"away", "vacant"}


@pytest.mark.parametrize("outage", ["restart 60s", "crash 60s", "reboot 60s"])
def test_an_absence_goes_on_over_a_downtime(simulate: Simulate, outage: str) -> None:
    """Down while away: after 3:00 away in all, half of the 40:00 is left."""
    run = simulate(f"""
        1:00 sit
        41:00 stand
        42:00 {outage}
        44:00 sit
        45:00 end
    """)

    assert run.sitting(2643) == pytest.approx(1203, abs=1)
    assert run.state(2643)["today"]["short_breaks"] == 1


@pytest.mark.parametrize("outage", ["restart 2m", "crash 2m", "reboot 2m"])
def test_a_break_completes_over_a_downtime(simulate: Simulate, outage: str) -> None:
    """Down in the middle of a break: it is complete 5:00 after the leave."""
    run = simulate(f"""
        1:00 sit
        41:00 stand
        42:00 {outage}
        50:00 end
    """)

    assert run.times("break_complete") == [pytest.approx(2760, abs=1)]
    assert run.state(2770)["status"] == "vacant"
    assert run.state(2770)["today"]["full_breaks"] == 1


@pytest.mark.parametrize("outage", ["restart 30s", "crash 30s", "reboot 30s"])
def test_a_due_sitter_gets_a_grace_after_the_start(simulate: Simulate, outage: str) -> None:
    """Due at the stop: level 1 again 60 s after the start, silent until then."""
    up_again = 4025.0

    run = simulate(f"""
        1:00 sit
        66:35 {outage}
        70:30 end
    """)

    assert run.pulses(after=3995, before=up_again + 60) == []
    assert run.alerts(after=3995) == [
        (up_again + 60, "break_due", 1),
        (up_again + 180, "break_overdue", 2),
    ]
    assert run.sounds(after=3995, before=4199) == [(up_again + 60, "2 chirps")]


def test_a_snooze_outlasts_a_restart(simulate: Simulate) -> None:
    """A snooze that runs longer than the grace is kept."""
    run = simulate(
        """
        1:00 sit
        61:40 press
        61:50 restart 30s
        67:30 end
        """,
        settings=BUTTON,
    )

    assert run.state(3760)["status"] == "snoozed"
    assert run.state(3760)["snoozes_left"] == 1
    assert run.alerts(after=3700) == [(4000.0, "break_due", 1)]


def test_a_restart_leaves_the_buzzer_silent(simulate: Simulate) -> None:
    """A clean stop in the middle of a burst switches the buzzer off."""
    run = simulate("""
        1:00 sit
        71:00.1 restart 30s
        71:40 end
    """)

    assert run.pulses(after=4260.12) == []


def test_a_crash_costs_no_minute_of_today(simulate: Simulate) -> None:
    """What was counted before a crash is still counted after it."""
    run = simulate("""
        1:00 sit
        31:00 stand
        40:00 sit
        50:30 crash 20s
        60:00 end
    """)

    today = run.state(3590)["today"]
    assert (today["bouts"], today["transitions"], today["full_breaks"]) == (2, 1, 1)
    assert today["chair_seconds"] == pytest.approx(1800 + 1190, abs=62)
    assert today["longest_bout_seconds"] == pytest.approx(1800, abs=1)


def test_do_not_disturb_outlasts_a_restart(simulate: Simulate) -> None:
    """Do not disturb goes on after a restart, and ends when it would have."""
    run = simulate("""
        1:00 publish set/do_not_disturb ON
        2:00 restart 30s
        3:00 sit
        1:03:00 end
    """)

    assert run.state(200)["do_not_disturb"] in (True, "ON")
    assert run.state(3659)["do_not_disturb"] in (True, "ON")
    assert run.state(3661)["do_not_disturb"] in (False, "OFF")


def test_what_is_ignored_stays_ignored_over_a_restart(simulate: Simulate) -> None:
    """A voided bag is still a bag after a restart."""
    run = simulate("""
        1:00 sit
        5:00 publish do/void PRESS
        6:00 restart 30s
        1:30:00 end
    """)

    assert run.state(600)["status"] == "ignored"
    assert run.alerts() == []


def test_a_setting_from_home_assistant_outlasts_a_restart(simulate: Simulate) -> None:
    """A limit set over MQTT wins over the file, also after a restart, until it is reset."""
    run = simulate(
        """
        1:00 publish set/sit_limit 30
        2:00 restart 10s
        3:00 publish do/reset_settings PRESS
        4:00 restart 10s
        5:00 end
        """,
        config='sit_limit = "50m"\n',
    )

    limits = [run.state(t)["settings"]["sit_limit"] for t in (50, 70, 150, 200, 290)]
    assert limits == [50, 30, 30, 50, 50]


def test_somebody_new_after_a_downtime_is_no_old_bout(simulate: Simulate) -> None:
    """Left during a downtime: the bout does not go on for an empty chair."""
    run = simulate("""
        1:00 sit
        41:00 restart 2m
        42:00 stand
        60:00 end
    """)

    assert run.state(3590)["status"] == "vacant"
    assert run.state(3590)["sitting_seconds"] == 0
    assert run.alerts() == []
