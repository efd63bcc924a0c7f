"""Section 8, the settings of the ladder and its policy, and the profiles: each one acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

BUTTON = {"pins.button": 26}
DUE = 3660.0

STAYS = """
    1:00 sit
    2:00:00 end
"""

BACK_WHILE_DUE = """
    1:00 sit
    76:00 stand
    76:20 sit
    82:00 end
"""


def test_realert_every(simulate: Simulate) -> None:
    """`realert_every` counts from the last event of the alert."""
    run = simulate(STAYS, settings={"realert_every": "2m"})

    assert run.alerts(before=4501) == [
        (3660, "break_due", 1),
        (3780, "break_overdue", 2),
        (3900, "break_overdue", 2),
        (3960, "break_overdue", 3),
        (4080, "break_overdue", 3),
        (4200, "break_overdue", 3),
        (4260, "break_overdue", 4),
        (4380, "break_overdue", 4),
        (4500, "break_overdue", 4),
    ]


def test_level_after(simulate: Simulate) -> None:
    """`level_after` says when the four levels begin."""
    run = simulate(STAYS, config='level_after = ["0s", "1m", "3m", "4m"]\n')

    assert run.alerts(before=3960) == [
        (DUE, "break_due", 1),
        (DUE + 60, "break_overdue", 2),
        (DUE + 180, "break_overdue", 3),
        (DUE + 240, "break_overdue", 4),
    ]


def test_level_every(simulate: Simulate) -> None:
    """`level_every` says how often each level sounds."""
    run = simulate(STAYS, config='level_every = ["once", "40s", "20s", "10s"]\n')

    bursts = [*range(3780, 3960, 40), *range(3960, 4260, 20), *range(4260, 4300, 10)]
    assert run.sounds(before=4300) == [(DUE, "2 chirps"), *[(t, "burst") for t in bursts]]


def test_level_every_may_repeat_level_one(simulate: Simulate) -> None:
    """A cadence for level 1 makes it sound more than once."""
    run = simulate(STAYS, config='level_every = ["30s", "60s", "30s", "15s"]\n')

    assert [t for t, _ in run.sounds(before=3780)] == [3660, 3690, 3720, 3750]


@pytest.mark.parametrize(("value", "grace"), [("20s", 20), ("3m", 180)])
def test_return_grace(simulate: Simulate, value: str, grace: int) -> None:
    """`return_grace` is the time between the return and level 1, while still due."""
    returned = 4580.0

    run = simulate(BACK_WHILE_DUE, settings={"return_grace": value})

    assert run.alerts(after=4561)[0] == (returned + grace, "break_due", 1)
    assert run.sounds(after=4561)[0] == (returned + grace, "2 chirps")


def test_snooze(simulate: Simulate) -> None:
    """`snooze` is how long a snooze lasts."""
    run = simulate(
        """
        1:00 sit
        61:40 press
        65:00 end
        """,
        settings=BUTTON | {"snooze": "2m"},
    )

    assert run.alerts(after=3700) == [(3820.0, "break_due", 1)]
    assert run.sounds(after=3700) == [(3820.0, "2 chirps")]


@pytest.mark.parametrize(("value", "snoozed"), [(0, []), (1, [3680.0]), (3, [3680.0, 4000, 4320])])
def test_max_snoozes(simulate: Simulate, value: int, snoozed: list[float]) -> None:
    """`max_snoozes` is how many a bout has."""
    run = simulate(
        """
        1:00 sit
        61:20 press
        66:40 press
        72:00 press
        75:00 end
        """,
        settings=BUTTON | {"max_snoozes": value},
    )

    assert run.times("snoozed") == snoozed
    assert run.state(120)["snoozes_left"] == value


def test_dnd_expires(simulate: Simulate) -> None:
    """`dnd_expires` is when do not disturb ends by itself."""
    run = simulate(
        """
        1:00 sit
        60:00 publish set/do_not_disturb ON
        72:00 end
        """,
        settings={"dnd_expires": "10m"},
    )

    assert run.alerts(before=4210) == [(4200.0, "break_due", 1)]


def test_quiet_hours(simulate: Simulate) -> None:
    """`quiet_hours` takes the sound away between two times of day."""
    run = simulate(STAYS, settings={"quiet_hours": "09:00-09:05"})

    assert run.sounds(before=3899) == []
    assert [kind for _, kind in run.sounds(after=3900, before=4000)] != []


def test_quiet_hours_none(simulate: Simulate) -> None:
    """With `quiet_hours` none the night is as loud as the day."""
    run = simulate(STAYS, settings={"quiet_hours": "none"}, start="2026-03-02T23:00:00+00:00")

    assert run.sounds(before=3700) == [(DUE, "2 chirps")]
    assert run.state(3700)["quiet"] is False


def test_working_hours(simulate: Simulate) -> None:
    """`working_hours` keeps alerts to the hours of work."""
    run = simulate(STAYS, config='working_hours = ["Mon-Fri 10:00-12:30"]\n')

    assert run.alerts(before=7200) == []
    assert run.sounds(before=7200) == []


def test_suspicious_after(simulate: Simulate) -> None:
    """`suspicious_after` is when a bout without a break is taken for a bag."""
    run = simulate(STAYS, settings={"suspicious_after": "1h30m"})

    assert run.times("problem") == [5460.0]
    assert run.state(5460)["problem"] == "long_occupancy"
    assert run.pulses(after=5461.1) == []


def test_suspicious_after_none(simulate: Simulate) -> None:
    """With `suspicious_after` none no bout is ever suspected."""
    run = simulate(
        """
        1:00 sit
        5:00:00 end
        """,
        settings={"suspicious_after": "none"},
    )

    assert run.times("problem") == []
    assert run.sounds(after=17400, before=17999) == [(17460.0, "chirp"), (17760.0, "chirp")]


def test_fatigue_after(simulate: Simulate) -> None:
    """`fatigue_after` is when bursts give way to a chirp every 5 min."""
    run = simulate(STAYS, settings={"fatigue_after": "5m"})

    assert run.sounds(after=4530, before=5200) == [
        (4530, "burst"),
        (4545, "burst"),
        (4560, "chirp"),
        (4860, "chirp"),
        (5160, "chirp"),
    ]


@pytest.mark.parametrize(
    ("style", "first"),
    [("escalating", [(DUE, "2 chirps")]), ("steady", [(DUE, "half a second")]), ("off", [])],
)
def test_buzzer_style(simulate: Simulate, style: str, first: list[tuple[float, str]]) -> None:
    """`buzzer_style` is how the alert sounds."""
    run = simulate(STAYS, settings={"buzzer_style": style})

    assert run.sounds(before=DUE + 1) == first


@pytest.mark.parametrize(
    ("profile", "limit", "shortest_break"),
    [("standard", 60, 5), ("hourly", 60, 10), ("metabolic", 30, 5), ("gentle", 60, 2)],
)
def test_a_profile_sets_limit_and_break(
    simulate: Simulate, profile: str, limit: int, shortest_break: int
) -> None:
    """A profile is a limit and a break that go together."""
    stood = 60 * (limit + 2)

    run = simulate(
        f"""
        1:00 sit
        {stood // 60}:00 stand
        1:30:00 end
        """,
        settings={"profile": profile},
    )

    settings = run.state(60)["settings"]
    assert (settings["sit_limit"], settings["break_min"]) == (limit, shortest_break)
    assert settings["profile"] == profile
    assert run.times("break_due") == [60.0 * (limit + 1)]
    assert run.times("break_complete") == [stood + 60.0 * shortest_break]
    assert bool(run.sounds()) is (profile != "gentle")


def test_the_demo_profile_is_an_hour_in_a_minute(simulate: Simulate) -> None:
    """Profile demo: due after 60 s, levels after 0, 5, 10 and 20 s, a break of 10 s."""
    run = simulate(
        """
        1:00 sit
        2:26.5 stand
        3:00 end
        """,
        settings={"profile": "demo"},
    )

    assert (run.times("sat_down"), run.times("stood_up")) == ([61.0], [148.5])
    assert run.times("break_soon") == [110.0]
    assert run.alerts() == [
        (120.0, "break_due", 1),
        (125.0, "break_overdue", 2),
        (130.0, "break_overdue", 3),
        (140.0, "break_overdue", 4),
    ]
    assert run.sounds(before=139) == [
        (120.0, "2 chirps"),
        *[(t, "burst") for t in (125, 130, 133, 136)],
    ]
    assert run.sounds(after=141.5, before=146) == [(142.0, "burst"), (144.0, "burst")]
    assert run.times("break_complete") == [156.5]


def test_the_demo_profile_has_short_pauses(simulate: Simulate) -> None:
    """Profile demo: an absence of 2.5 s is short, the grace is 5 s, a snooze is 10 s."""
    run = simulate(
        """
        1:00 sit
        2:01.5 stand
        2:04 sit
        2:10 press
        2:25 end
        """,
        settings=BUTTON | {"profile": "demo"},
    )

    assert run.times("break_due") == [120.0, 129.0, 140.0]
    assert run.state(125)["today"]["bouts"] == 1
