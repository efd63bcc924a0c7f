"""The wall clock of a simulation: where it starts, and that it stays within Python's calendar."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sensor.errors import SettingsError
from sensor.settings.timezones import timezone
from sensor.simulator.steps import ClockStep, Step

if TYPE_CHECKING:
    from sensor.simulator.lives import Life

DEFAULT_START = "2026-03-02T08:00:00"
"""A Monday morning, always the same, so that a script always gives the same records."""
FIRST, LAST = -62_104_060_800.0, 253_370_764_800.0
"""Unix times between which the clock stays, with a year to spare on both sides of Python's."""
YEARS = "the years 2 to 9998"


def started_at(text: str | None, zone: str | None) -> float:
    """Return the wall clock at the start of the script as Unix time. Raises SettingsError."""
    try:
        start = datetime.fromisoformat(text or DEFAULT_START)
        if start.tzinfo is None:
            start = start.replace(tzinfo=timezone(zone))
        moment = start.timestamp()
    except (ValueError, OverflowError, OSError):
        raise SettingsError(
            f"--start {text!r} is not a time; write for example 2026-03-02T08:00:00+01:00"
        ) from None
    if not FIRST <= moment <= LAST:
        raise SettingsError(f"--start {text!r} is not within {YEARS}; write such a year")
    return moment


def check_steps(steps: Sequence[Step], wall_start: float) -> None:
    """Raise SettingsError if the wall clock may leave the calendar."""
    jumps = lasts = 0.0
    for step in steps:
        jumps += step.action.by if isinstance(step.action, ClockStep) else 0
        lasts += getattr(step.action, "duration", 0)
        wall = wall_start + step.at + jumps
        if not FIRST <= wall <= wall + lasts <= LAST:
            raise SettingsError(
                f"line {step.line} of the script takes the clock out of {YEARS}; "
                "choose another --start, or shorter times"
            )


def check_lives(lives: "Sequence[Life]") -> None:
    """Raise SettingsError if the wall clock may leave the calendar."""
    for life in lives:
        jumps = [line.values[0] for line in life.lines if line.what == "clock"]
        lasts = life.end.at - life.at + sum(map(abs, jumps))
        if not FIRST <= life.wall - lasts <= life.wall + lasts <= LAST:
            raise SettingsError(f"--replay: the recording takes the clock out of {YEARS}")
