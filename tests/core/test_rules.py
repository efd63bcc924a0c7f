"""The plain settings: profiles, layers, contradictions, and how they are written."""

from datetime import UTC, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensor.core.rules import (
    PROFILES,
    ClockRange,
    Rules,
    contradictions,
    layered,
    spoken,
    yielding,
)


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
        ({"break_min": 30}, {"break_min"}, {}),
    ],
)
def test_what_nobody_wrote_gives_way(
    changed: dict[str, Any], written: set[str], expected: dict[str, float]
) -> None:
    """The warning before a short limit comes in proportion; nothing else gives way."""
    assert expected == yielding(Rules(**changed), written)


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
