"""The plain settings: profiles, layers, contradictions, and how they are written."""

from dataclasses import replace
from datetime import UTC, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensor.core.rules import (
    PROFILES,
    ClockRange,
    Rules,
    WorkingHours,
    contradictions,
    layered,
    spoken,
    yielding,
)

NIGHT = WorkingHours(frozenset(range(5)), ClockRange(time(22), time(6)))
EARLY = WorkingHours(frozenset({5}), ClockRange(time(6), time(14)))
ALL_DAY = ClockRange(time(0), time(0))
AT_ALL_HOURS = WorkingHours(frozenset(range(7)), ALL_DAY)


def test_defaults() -> None:
    """Without a word from anybody the rules are those of the table."""
    assert layered() == Rules(
        sit_confirm=3,
        leave_confirm=10,
        buzzer_release=1,
        short_absence=60,
        break_min=300,
        break_credit="proportional",
        break_goal=600,
        sit_limit=3600,
        pre_alert=300,
        realert_every=300,
        level_after=(0, 120, 300, 600),
        level_every=(None, 60, 30, 15),
        return_grace=60,
        snooze=300,
        max_snoozes=2,
        dnd_expires=3600,
        quiet_hours=ClockRange(time(22), time(7)),
        working_hours=(),
        day_starts=time(4),
        suspicious_after=14400,
        fatigue_after=1800,
        buzzer_style="escalating",
        timezone=UTC,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("standard", Rules()),
        ("hourly", Rules(break_min=600)),
        ("metabolic", Rules(sit_limit=1800)),
        ("gentle", Rules(break_min=120, buzzer_style="off")),
        (
            "demo",
            Rules(
                sit_limit=60,
                pre_alert=10,
                break_min=10,
                short_absence=3,
                sit_confirm=1,
                leave_confirm=2,
                return_grace=5,
                snooze=10,
                level_after=(0, 5, 10, 20),
                level_every=(None, 5, 3, 2),
                quiet_hours=None,
            ),
        ),
    ],
)
def test_profiles(name: str, expected: Rules) -> None:
    """Each profile sets several rules at once, and they agree with each other."""
    assert expected == layered(PROFILES[name])
    assert contradictions(expected) == []


def test_later_layers_win() -> None:
    """A layer over a profile changes what it names."""
    berlin = ZoneInfo("Europe/Berlin")
    expected = Rules(break_min=600, sit_limit=1200, timezone=berlin)

    actual = layered(PROFILES["hourly"], {"sit_limit": 1200}, timezone=berlin)

    assert expected == actual


def test_unknown_names() -> None:
    """A name that is no rule is an error."""
    with pytest.raises(TypeError, match="sit_limits"):
        layered({"sit_limits": 1})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        (
            {"break_min": 60},
            ["break_min (1m) must be longer than short_absence (1m)"],
        ),
        (
            {"break_min": 120, "leave_confirm": 180},
            ["break_min (2m) must be at least leave_confirm (3m)"],
        ),
        (
            {"break_goal": 120},
            ["break_goal (2m) must be at least break_min (5m)"],
        ),
        (
            {"suspicious_after": 4200},
            [
                (
                    "suspicious_after (1h10m) must be longer than sit_limit (1h) "
                    "plus the last of level_after (0s, 2m, 5m, 10m)"
                )
            ],
        ),
        ({"suspicious_after": 4201}, []),
        ({"suspicious_after": None, "sit_limit": 14400}, []),
        (
            {"sit_limit": 300, "break_min": 30},
            [
                "break_min (30s) must be longer than short_absence (1m)",
                "pre_alert (5m) must be shorter than sit_limit (5m)",
            ],
        ),
    ],
)
def test_contradictions(changed: dict[str, Any], expected: list[str]) -> None:
    """Two settings that cannot both hold are named with their values, all at once."""
    assert expected == contradictions(Rules(**changed))


@pytest.mark.parametrize(
    ("changed", "written", "expected"),
    [
        ({}, set(), {}),
        ({"sit_limit": 90}, {"sit_limit"}, {"pre_alert": 7.5}),
        ({"sit_limit": 90}, {"sit_limit", "pre_alert"}, {}),
        ({"sit_limit": 300}, {"sit_limit"}, {"pre_alert": 25}),
        ({"break_min": 30}, {"break_min"}, {}),
        ({"break_min": 10}, {"break_min"}, {}),
        ({"break_min": 600}, {"break_min"}, {}),
        ({"break_min": 1200}, {"break_min"}, {"break_goal": 1200}),
        ({"break_min": 1200}, {"break_min", "break_goal"}, {}),
        ({"break_min": 5}, {"break_min"}, {"leave_confirm": 5}),
        ({"sit_limit": 13200}, {"sit_limit"}, {"suspicious_after": 24000}),
        ({"sit_limit": 13199}, {"sit_limit"}, {}),
        ({"sit_limit": 14400}, {"sit_limit"}, {"suspicious_after": 25200}),
        ({"sit_limit": 14400, "suspicious_after": None}, {"suspicious_after"}, {}),
        ({"sit_limit": 10800, "snooze": 3600}, {"snooze"}, {"suspicious_after": 28200}),
        ({"level_after": (0, 1, 2, 14400)}, {"level_after"}, {"suspicious_after": 28200}),
        ({"working_hours": (NIGHT,)}, {"working_hours"}, {"quiet_hours": None}),
        ({"working_hours": (NIGHT,)}, {"working_hours", "quiet_hours"}, {}),
        ({"working_hours": (NIGHT, EARLY)}, {"working_hours"}, {}),
        ({"working_hours": (EARLY,), "quiet_hours": ALL_DAY}, set(), {"quiet_hours": None}),
        ({"working_hours": (AT_ALL_HOURS,)}, {"working_hours"}, {}),
    ],
)
def test_what_nobody_wrote_gives_way(
    changed: dict[str, Any], written: set[str], expected: dict[str, Any]
) -> None:
    """A default gives way to what somebody wrote, and to nothing else."""
    given = yielding(Rules(**changed), written)

    assert expected == given


@pytest.mark.parametrize(
    ("work", "quiet", "gives_way"),
    [
        ((time(9, 30), time(11)), (time(9), time(12)), True),
        ((time(10), time(11)), (time(9), time(12)), True),
        ((time(8, 30), time(11)), (time(9), time(12)), False),
        ((time(23), time(5)), (time(22), time(7)), True),
        ((time(22), time(7)), (time(22), time(7)), True),
        ((time(22), time(7, 1)), (time(22), time(7)), False),
    ],
)
def test_quiet_hours_give_way_to_work_within_them(
    work: tuple[time, time], quiet: tuple[time, time], gives_way: bool
) -> None:
    """Where some of the work is outside, there is a time for alerts to be heard."""
    hours = (WorkingHours(frozenset({0}), ClockRange(*work)),)

    given = yielding(Rules(working_hours=hours, quiet_hours=ClockRange(*quiet)), {"working_hours"})

    assert given == ({"quiet_hours": None} if gives_way else {})


@pytest.mark.parametrize("sit_limit", [1, 90, 3600, 14400])
@pytest.mark.parametrize("break_min", [61, 3600])
@pytest.mark.parametrize("snooze", [1, 3600])
@pytest.mark.parametrize("level_after", [(0, 1, 2, 3), (3600, 7200, 10800, 14400)])
def test_after_giving_way_nothing_contradicts(
    sit_limit: float, break_min: float, snooze: float, level_after: tuple[float, ...]
) -> None:
    """Whatever somebody writes alone goes well with the defaults of everything else."""
    changed: dict[str, Any] = {
        "sit_limit": sit_limit,
        "break_min": break_min,
        "snooze": snooze,
        "max_snoozes": 10,
        "level_after": level_after,
    }
    rules = Rules(**changed)

    assert contradictions(replace(rules, **yielding(rules, changed))) == []


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (0.5, "0.5s"),
        (45, "45s"),
        (90.5, "90.5s"),
        (150, "2m30s"),
        (300, "5m"),
        (5400, "1h30m"),
        (3605, "1h5s"),
    ],
)
def test_durations_as_people_write_them(seconds: float, expected: str) -> None:
    """A duration is written as it may be set."""
    assert expected == spoken(seconds)
