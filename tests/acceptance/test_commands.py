"""Section 10, commands over MQTT: the good ones act, the bad ones change nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .records import Run, Simulate

BAD_VALUES = [
    ("set/sit_limit", "0"),
    ("set/sit_limit", "241"),
    ("set/sit_limit", "-30"),
    ("set/sit_limit", "soon"),
    ("set/sit_limit", "NaN"),
    ("set/sit_limit", "Infinity"),
    ("set/sit_limit", "true"),
    ("set/sit_limit", "[30]"),
    ("set/sit_limit", '{"minutes": 30}'),
    ("set/sit_limit", "1e400"),
    ("set/sit_limit", "30m"),
    ("set/break_min", "0"),
    ("set/break_min", "61"),
    ("set/break_min", "long"),
    ("set/snooze", "0"),
    ("set/snooze", "61"),
    ("set/snooze", "ON"),
    ("set/pre_alert", "-1"),
    ("set/pre_alert", "61"),
    ("set/pre_alert", "null"),
    ("set/buzzer", "maybe"),
    ("set/buzzer", "2"),
    ("set/do_not_disturb", "PRESS"),
    ("set/do_not_disturb", "60"),
    ("set/profile", "heroic"),
    ("set/profile", "60"),
    ("do/void", "JUMP"),
    ("do/reset", "0"),
    ("do/snooze", "ON"),
    ("do/test_buzzer", "LOUD"),
    ("do/reset_settings", "please"),
]

CONTRADICTIONS = [
    ("set/sit_limit", "5"),  # pre_alert was set to 5 min, and must be shorter
    ("set/sit_limit", "1"),
    ("set/pre_alert", "60"),  # sit_limit is 60 min
    ("set/break_min", "1"),  # short_absence is 60 s, and must be shorter
]

UNKNOWN = [
    ("set/colour", "red"),
    ("set/short_absence", "2"),
    ("set/sit_limit/deep", "30"),
    ("do/dance", "PRESS"),
    ("set", "30"),
    ("lamp/on", "ON"),
]


def bad_day(commands: list[tuple[str, str]]) -> str:
    """Write a script with one of these commands every ten seconds, on an empty chair."""
    lines = []
    for number, (command, payload) in enumerate(commands):
        sent = 60 + 10 * number
        lines.append(f"{sent // 60}:{sent % 60:02} publish {command} {payload}")
    return "\n".join([*lines, "10:00 end"])


def lasting(state: dict[str, Any]) -> dict[str, Any]:
    """Take what does not change by itself on an empty chair."""
    today = {key: value for key, value in state["today"].items() if key != "coverage_seconds"}
    return {key: value for key, value in state.items() if key != "reason"} | {"today": today}


def around(run: Run, number: int) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Find the state before and after the n-th command, and how often it was told between."""
    sent = 60 + 10 * number
    told = len(run.states(after=sent, before=sent + 2))
    return lasting(run.state(sent - 0.5)), lasting(run.state(sent + 5)), told


@pytest.mark.parametrize("number", range(len(BAD_VALUES)), ids=lambda n: " ".join(BAD_VALUES[n]))
def test_a_bad_value_changes_nothing_and_is_answered(simulate: Simulate, number: int) -> None:
    """Out of range or of the wrong type: the true state is told again, unchanged."""
    run = simulate(bad_day(BAD_VALUES))

    before, after, told = around(run, number)
    assert after == before
    assert told >= 1


@pytest.mark.parametrize("number", range(len(CONTRADICTIONS)))
def test_a_contradiction_is_refused_and_answered(simulate: Simulate, number: int) -> None:
    """A value that contradicts another setting changes nothing, and the state is told again."""
    run = simulate("0:30 publish set/pre_alert 5\n" + bad_day(CONTRADICTIONS))

    before, after, told = around(run, number)
    assert after == before
    assert told >= 1


@pytest.mark.parametrize("number", range(len(UNKNOWN)), ids=lambda n: UNKNOWN[n][0])
def test_an_unknown_topic_changes_nothing(simulate: Simulate, number: int) -> None:
    """What nobody asked for is ignored."""
    run = simulate(bad_day(UNKNOWN))

    before, after, _ = around(run, number)
    assert after == before


def test_bad_commands_make_no_sound_and_no_event(simulate: Simulate) -> None:
    """A storm of nonsense leaves no trace on the chair."""
    run = simulate(bad_day(BAD_VALUES))

    assert run.sounds() == []
    assert run.events() == []


@pytest.mark.parametrize(
    ("setting", "good"),
    [
        ("sit_limit", [30, 240, 6]),
        ("break_min", [10, 60, 2]),
        ("snooze", [10, 60, 1]),
        ("pre_alert", [10, 59, 0]),
    ],
)
def test_a_number_in_range_is_taken_in_minutes(
    simulate: Simulate, setting: str, good: list[int]
) -> None:
    """A good number, up to both ends of its range, is in the state at once."""
    lines = [f"{n + 1}:00 publish set/{setting} {value}" for n, value in enumerate(good)]

    run = simulate("\n".join([*lines, "9:00 end"]))

    taken = [run.state(60 * (n + 1))["settings"][setting] for n in range(len(good))]
    assert taken == good


@pytest.mark.parametrize("key", ["buzzer", "do_not_disturb"])
def test_a_switch_goes_off_and_on(simulate: Simulate, key: str) -> None:
    """ON and OFF switch, and a duplicate is harmless."""
    run = simulate(f"""
        1:00 publish set/{key} OFF
        2:00 publish set/{key} ON
        3:00 publish set/{key} ON
        4:00 publish set/{key} OFF
        5:00 end
    """)

    switched = [run.state(t)[key] in (True, "ON") for t in (60, 120, 180, 240)]
    assert switched == [False, True, True, False]


def test_a_profile_sets_several_settings(simulate: Simulate) -> None:
    """`set/profile metabolic` makes it 30 minutes, and the next alert follows it."""
    run = simulate("""
        1:00 publish set/profile metabolic
        2:00 sit
        33:00 end
    """)

    settings = run.state(60)["settings"]
    assert (settings["profile"], settings["sit_limit"]) == ("metabolic", 30)
    assert run.times("break_due") == [1920.0]


def test_a_new_limit_acts_on_the_next_alert(simulate: Simulate) -> None:
    """`set/sit_limit 20` is due after 20 minutes."""
    run = simulate("""
        1:00 publish set/sit_limit 20
        2:00 sit
        23:00 end
    """)

    assert run.alerts() == [(1320.0, "break_due", 1)]


def test_a_new_break_acts_on_the_next_break(simulate: Simulate) -> None:
    """`set/break_min 2` completes a break after 2 minutes."""
    run = simulate("""
        1:00 publish set/break_min 2
        2:00 sit
        10:00 stand
        13:00 end
    """)

    assert run.times("break_complete") == [720.0]


def test_a_new_snooze_and_pre_alert_act(simulate: Simulate) -> None:
    """`set/pre_alert 10` and `set/snooze 2` are in force for the next alert."""
    run = simulate("""
        1:00 publish set/pre_alert 10
        1:10 publish set/snooze 2
        2:00 sit
        62:30 publish do/snooze PRESS
        66:00 end
    """)

    assert run.times("break_soon") == [3120.0]
    assert run.alerts() == [(3720.0, "break_due", 1), (3870.0, "break_due", 1)]


def test_reset_settings_takes_all_of_them_back(simulate: Simulate) -> None:
    """`do/reset_settings` returns to the file and the defaults."""
    run = simulate("""
        1:00 publish set/sit_limit 30
        1:10 publish set/break_min 10
        1:20 publish set/snooze 9
        1:30 publish set/pre_alert 2
        2:00 publish do/reset_settings PRESS
        3:00 end
    """)

    before, after = run.state(30)["settings"], run.state(120)["settings"]
    assert run.state(90)["settings"]["snooze"] == 9
    assert after == before


def test_a_refused_limit_is_not_in_force(simulate: Simulate) -> None:
    """After a refusal the sitter is due at 60:00, as before."""
    run = simulate("""
        1:00 sit
        1:30 publish set/pre_alert 5
        2:00 publish set/sit_limit 5
        3:00 publish set/sit_limit 500
        62:00 end
    """)

    assert run.times("break_due") == [3660.0]


def test_a_default_gives_way(simulate: Simulate) -> None:
    """A warning that nobody has set comes in proportion to a limit as short as itself."""
    run = simulate("""
        1:00 sit
        2:00 publish set/sit_limit 5
        8:00 publish set/sit_limit 60
        9:00 end
    """)

    assert run.times("break_soon") == [60 + 300 - 25]
    assert run.times("break_due") == [60 + 300]
    assert run.state(530)["settings"]["pre_alert"] == 5


def test_a_refusal_says_why(simulate: Simulate) -> None:
    """The setting is null for a moment, so that its box is emptied; an event has the reason."""
    run = simulate("""
        1:00 publish set/pre_alert 5
        2:00 publish set/sit_limit 4
        3:00 end
    """)

    told = run.states(after=119, before=121)
    assert [seen.payload["settings"]["sit_limit"] for seen in told] == [None, 60]
    (event,) = run.events("refused")
    assert event.payload["message"] == (
        "Not changed: Warning before (5 min) must be shorter than Sit limit (4 min)."
    )
    assert [event.payload[key] for key in ("level", "alert_id", "exercise")] == [None] * 3


def test_refusals_are_bounded(simulate: Simulate) -> None:
    """A client that goes on asking gets one event a second, and the boxes are put right."""
    flood = "".join(f"2:{number * 0.05:05.2f} publish set/sit_limit 1\n" for number in range(100))
    run = simulate(f"1:00 publish set/pre_alert 5\n{flood}2:04.97 publish set/snooze 0\n3:00 end")

    times = run.times("refused")
    assert times[0] == 120
    assert all(after - before >= 1 for before, after in pairwise(times))
    assert times[-1] == pytest.approx(125)
    last = [seen.payload["settings"]["sit_limit"] for seen in run.states(after=124.96, before=126)]
    assert last[-2:] == [None, 60]


def test_a_style_without_sound(simulate: Simulate) -> None:
    """The switch of the buzzer is not on then, and switching it on is answered with the reason."""
    run = simulate("""
        0:30 publish set/profile gentle
        1:00 publish set/buzzer ON
        2:00 publish set/profile standard
        3:00 end
    """)

    told = [run.state(moment)["buzzer"] for moment in (20, 50, 90, 150)]
    assert told == [True, False, False, True]
    assert [told.payload["message"] for told in run.events("refused")] == [
        "Not changed: the buzzer is silent by its style; choose another profile."
    ]
