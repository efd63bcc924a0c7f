"""The plain, frozen settings that the core needs, and the profiles.

All durations are seconds. What a user may write for them, and the errors, live in
`sensor/settings.py`; what Home Assistant may change while running, in `sensor/mqtt/commands.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, time, tzinfo
from typing import Any, Literal

BreakCredit = Literal["proportional", "none"]
Place = Literal["office", "floor"]
BuzzerStyle = Literal["escalating", "steady", "off"]


@dataclass(frozen=True, slots=True)
class ClockRange:
    """A range of local clock time, `start` inclusive, `end` exclusive; it may span midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A clock range on weekdays (Monday is 0); past midnight it belongs to the day it began."""

    days: frozenset[int]
    hours: ClockRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every setting that changes a decision (behaviour.md, section 8). Durations in seconds."""

    sit_confirm: float = 3
    leave_confirm: float = 10
    buzzer_release: float = 1
    short_absence: float = 60
    break_min: float = 300
    break_credit: BreakCredit = "proportional"
    break_goal: float = 600
    break_chirp: bool = False
    """Two soft chirps tell whoever is up that the full break is complete."""
    exercises: Place | Literal["none"] = "office"
    """Where a break is taken, as far as suggestions go: standing in an office, or on a mat."""
    sit_limit: float = 3600
    pre_alert: float = 300
    realert_every: float = 300
    level_after: tuple[float, float, float, float] = (0, 120, 300, 600)
    level_every: tuple[float | None, float | None, float | None, float | None] = (None, 60, 30, 15)
    """Seconds between bursts on each level; None sounds once, when the level begins."""
    return_grace: float = 60
    snooze: float = 300
    max_snoozes: int = 2
    dnd_expires: float = 3600
    goals: bool = False
    """Show whether the day has been without a bout over the limit, and how many were before."""
    quiet_hours: ClockRange | None = ClockRange(time(22), time(7))
    working_hours: tuple[WorkingHours, ...] = ()
    """Empty: alerts at all hours."""
    day_starts: time = time(4)
    suspicious_after: float | None = 14400
    fatigue_after: float = 1800
    buzzer_style: BuzzerStyle = "escalating"
    timezone: tzinfo = field(default=UTC)


PROFILES: Mapping[str, Mapping[str, Any]] = {
    "standard": {"sit_limit": 3600.0, "break_min": 300.0},
    "hourly": {"sit_limit": 3600.0, "break_min": 600.0},
    "metabolic": {"sit_limit": 1800.0, "break_min": 300.0},
    "gentle": {"sit_limit": 3600.0, "break_min": 120.0, "buzzer_style": "off"},
    "demo": {
        "sit_limit": 60.0,
        "pre_alert": 10.0,
        "break_min": 10.0,
        "short_absence": 3.0,
        "sit_confirm": 1.0,
        "leave_confirm": 2.0,
        "return_grace": 5.0,
        "snooze": 10.0,
        "level_after": (0.0, 5.0, 10.0, 20.0),
        "level_every": (None, 5.0, 3.0, 2.0),
    },
}
"""Each profile sets several rules at once; what it leaves out keeps its default."""

DEFAULT_PROFILE = "standard"


def layered(*layers: Mapping[str, Any], timezone: tzinfo = UTC) -> Rules:
    """Lay rule values over the defaults, later layers winning; unknown names raise TypeError."""
    rules = Rules(timezone=timezone)
    for layer in layers:
        rules = replace(rules, **layer)
    return rules


def contradictions(rules: Rules) -> list[str]:
    """One sentence for each pair of settings that cannot both hold; empty when all is well."""
    found = []
    if rules.break_min <= rules.short_absence:
        found.append(
            f"break_min ({spoken(rules.break_min)}) must be longer than "
            f"short_absence ({spoken(rules.short_absence)})"
        )
    if rules.pre_alert >= rules.sit_limit:
        found.append(
            f"pre_alert ({spoken(rules.pre_alert)}) must be shorter than "
            f"sit_limit ({spoken(rules.sit_limit)})"
        )
    return found


def yielding(rules: Rules, written: Collection[str]) -> dict[str, float]:
    """Return how a setting that nobody has written gives way to one that somebody has.

    A limit of 90 s alone is no mistake: the warning before it then comes as early, in proportion,
    as it does by default.
    """
    usual = Rules()
    if "pre_alert" not in written and rules.pre_alert >= rules.sit_limit:
        return {"pre_alert": rules.sit_limit * usual.pre_alert / usual.sit_limit}
    return {}


def spoken(seconds: float) -> str:
    """A duration as people write it here: `45s`, `5m`, `1h30m`, `2m30s`."""
    if seconds < 60 or seconds != round(seconds):
        return f"{seconds:g}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{value}{unit}" for value, unit in parts if value)
