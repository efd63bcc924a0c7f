"""Worked examples G to M: restarts, sleep, bags, flicker, clocks and broken networks."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Run

SAT_DOWN = 60.0
DUE = 3660.0


def test_g_a_restart_under_the_sitter_loses_nothing(example: Callable[[str], Run]) -> None:
    """G: 1:30 down after 40:00, occupied at both ends: 41:30, estimated, no transition."""
    up_again = 2550.0

    run = example("g")

    state = run.state(up_again + 3)
    assert run.sitting(up_again + 3) == pytest.approx(2493, abs=1)
    assert state["estimated"] is True
    assert state["today"]["transitions"] == 0
    assert run.times("stood_up") == []
    assert run.times("break_due") == [DUE]


def test_h_a_night_asleep_is_no_sitting(example: Callable[[str], Run]) -> None:
    """H: suspended for 7 h after 40:00: the timer starts from 0 when the machine wakes."""
    awake = 2460 + 7 * 3600.0

    run = example("h")

    state = run.state(awake + 3)
    assert run.sitting(awake + 3) == pytest.approx(3, abs=1)
    assert run.t_of(state["bout_started_at"]) == pytest.approx(awake, abs=1)
    assert state["today"]["longest_bout_seconds"] == pytest.approx(2400, abs=1)
    assert state["today"]["chair_seconds"] == pytest.approx(2403, abs=2)
    assert run.times("break_due") == [awake + 3600]
    assert run.sounds(before=awake + 3600) == []


def test_i_do_not_disturb_hides_the_alert_but_not_the_truth(
    example: Callable[..., Run],
) -> None:
    """I: under do not disturb the state says due at 60:00, with no sound and no event."""
    run = example("i", settings={"dnd_expires": "30m"})

    assert run.state(DUE - 1)["break_due"] is False
    assert run.state(DUE)["break_due"] is True
    assert run.events("break_soon", "break_due", "break_overdue", before=4860) == []
    assert run.sounds(before=4860) == []


def test_i_level_one_comes_when_do_not_disturb_ends(example: Callable[..., Run]) -> None:
    """I: do not disturb runs out at 80:00, and level 1 begins within 30 s."""
    ended = 4860.0

    run = example("i", settings={"dnd_expires": "30m"})

    [(at, kind, level)] = run.alerts()
    assert (kind, level) == ("break_due", 1)
    assert ended <= at <= ended + 30
    assert run.sounds() == [(at, "2 chirps")]
    assert run.state(at)["do_not_disturb"] in (False, "OFF")


def test_j_a_bag_climbs_all_four_levels(example: Callable[[str], Run]) -> None:
    """J: the ladder goes 1, 2, 3, 4 at 0, 2, 5 and 10 min, each level with its own cadence."""
    run = example("j")

    assert run.alerts(before=4261) == [
        (DUE, "break_due", 1),
        (DUE + 120, "break_overdue", 2),
        (DUE + 300, "break_overdue", 3),
        (DUE + 600, "break_overdue", 4),
    ]
    assert run.sounds(before=4290) == [
        (3660, "2 chirps"),
        *[(t, "burst") for t in (3780, 3840, 3900)],
        *[(t, "burst") for t in range(3960, 4260, 30)],
        *[(t, "burst") for t in (4260, 4275)],
    ]


def test_j_the_buzzer_tires_after_half_an_hour_at_level_four(
    example: Callable[[str], Run],
) -> None:
    """J: 30 min into level 4 there is one chirp at once, and then one every 5 min."""
    tired = 6060.0

    run = example("j")

    assert run.sounds(after=6015, before=tired) == [(t, "burst") for t in (6015, 6030, 6045)]
    assert run.sounds(after=tired, before=14460) == [
        (t, "chirp") for t in range(int(tired), 14460, 300)
    ]


def test_j_a_bag_is_suspected_after_four_hours(example: Callable[[str], Run]) -> None:
    """J: at 4:00 h `long_occupancy` is told, and the chair falls silent for good."""
    suspected = 14460.0

    run = example("j")

    assert run.times("problem") == [suspected]
    assert run.state(suspected - 1)["problem"] is None
    assert run.state(suspected)["problem"] == "long_occupancy"
    assert run.state(8 * 3600)["problem"] == "long_occupancy"
    assert run.pulses(after=suspected + 0.5) == []
    assert run.alerts(after=suspected + 0.5) == []


def test_j_the_problem_is_solved_when_the_bag_is_gone(example: Callable[[str], Run]) -> None:
    """J: the problem lasts until the seat is vacant."""
    vacant = 8 * 3600 + 70.0

    run = example("j")

    assert run.state(vacant - 1)["problem"] == "long_occupancy"
    assert run.state(vacant)["problem"] is None
    assert run.times("problem_solved") == [vacant]


def test_k_a_flickering_contact_is_one_bout(example: Callable[[str], Run]) -> None:
    """K: ten minutes of flicker at 80 % closed neither end the bout nor stop its clock."""
    run = example("k")

    assert run.times("sat_down") == [SAT_DOWN + 3]
    assert run.times("stood_up") == []
    assert {seen.payload["status"] for seen in run.states(after=63)} == {"sitting"}
    assert run.state(1199)["today"]["bouts"] == 1
    assert run.sitting(1199) == pytest.approx(1139, abs=1)


def test_k_the_contact_really_flickers(example: Callable[[str], Run]) -> None:
    """K: the pattern has pieces of 0.05-2 s and about 80 % of it is closed."""
    run = example("k")
    edges = [(300.0, True)]
    edges += [(r["t"], r["closed"]) for r in run.kind("contact") if 300 <= r["t"] <= 900]
    edges.append((900.0, True))

    closed_for = sum(
        later[0] - earlier[0] for earlier, later in itertools.pairwise(edges) if earlier[1]
    )

    assert len(edges) > 200
    assert closed_for / 600 == pytest.approx(0.8, abs=0.1)


def test_l_a_clock_jump_changes_no_duration(example: Callable[[str], Run]) -> None:
    """L: the wall clock jumps by 3 h, fires nothing, and the sitter is due at 60:00."""
    run = example("l")

    assert [seen.payload["event_type"] for seen in run.events(after=1800, before=3359)] == []
    assert run.times("break_soon") == [3360.0]
    assert run.alerts() == [(DUE, "break_due", 1)]
    assert run.sitting(3600) == pytest.approx(3540, abs=1)


def test_l_labels_are_told_anew_after_a_clock_jump(example: Callable[[str], Run]) -> None:
    """L: a minute after the jump the bout's start and the due time carry the new wall time."""
    jump = 3 * 3600

    run = example("l")

    state = run.state(1860 + 60)
    assert run.t_of(state["bout_started_at"]) == pytest.approx(SAT_DOWN + jump, abs=2)
    assert run.t_of(state["break_due_at"]) == pytest.approx(DUE + jump, abs=2)


def test_m_the_buzzer_needs_no_broker(example: Callable[[str], Run]) -> None:
    """M: with the broker away the buzzer sounds from 60:00 as always."""
    run = example("m")

    assert run.sounds(before=3850) == [(3660, "2 chirps"), (3780, "burst"), (3840, "burst")]
    assert run.states(after=3060.5, before=4260) == []
    assert run.events(after=3060.5, before=4260) == []


def test_m_the_reconnect_tells_who_what_and_how_it_is_now(example: Callable[[str], Run]) -> None:
    """M: after the outage come availability, discovery and one current state, in this order."""
    back = 4260.0

    run = example("m")
    after = [seen for seen in run.messages() if seen.t >= back and seen.payload != "offline"]
    after = [seen for seen in after if not seen.record["topic"].endswith("/event")]

    assert after[0].t <= back + 31
    assert [sort_of(seen.record) for seen in after[:3]] == ["availability", "discovery", "state"]
    assert after[0].payload == "online"
    assert after[2].payload["level"] == 4
    assert after[2].payload["sitting_seconds"] == pytest.approx(after[2].t - SAT_DOWN, abs=1)


def test_m_no_old_state_is_replayed(example: Callable[[str], Run]) -> None:
    """M: every state after the outage is true at the moment it is published."""
    run = example("m")

    for seen in run.states(after=4260):
        assert seen.payload["sitting_seconds"] == pytest.approx(seen.t - SAT_DOWN, abs=1)
        assert seen.payload["break_due"] is True


def test_m_the_alert_of_the_outage_is_in_the_history(example: Callable[[str], Run]) -> None:
    """M: the alert that began while the broker was away is counted in today's alerts."""
    run = example("m")

    assert run.state(4370)["today"]["alerts"] == 1


def sort_of(record: dict[str, Any]) -> str:
    """Name a topic by what it is for."""
    topic = record["topic"]
    return "discovery" if topic.startswith("homeassistant/") else topic.rsplit("/", 1)[1]
