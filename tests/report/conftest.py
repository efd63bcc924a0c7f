"""Histories that the real daemon wrote, on a simulated chair and in virtual time."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sensor.settings.loading import load
from sensor.simulator.script import read
from sensor.simulator.simulation import World

MONDAY = 1_772_438_400.0
"""2026-03-02T08:00:00Z."""
FIXED = ("chair.id=test", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26")


@dataclass(frozen=True, slots=True)
class Played:
    """What a script has left behind."""

    database: Path
    states: list[dict[str, Any]]
    """Every state that was published, in order."""


Play = Callable[..., Played]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play a script to its end; `settings` are like `sit_limit="30m"`."""

    def play(script: str, *, start: float = MONDAY, **settings: str) -> Played:
        config = load(overrides=[*FIXED, *(f"{key}={value}" for key, value in settings.items())])
        steps = read(script, "the script of this test")
        written = io.StringIO()
        world = World(
            config=config, steps=steps, wall_start=start, state_dir=tmp_path, records_to=written
        )
        world.run()
        records = map(json.loads, written.getvalue().splitlines())
        states = [one["payload"] for one in records if one.get("topic", "").endswith("/state")]
        return Played(tmp_path / "chair-sensor.db", states)

    return play
