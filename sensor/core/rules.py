"""The plain, frozen settings that the core needs, and the profiles.

All durations are seconds. What a user may write for them, and the errors, live in
`sensor/settings/loading.py`; what Home Assistant may change while the daemon runs, in
`sensor/mqtt/commands.py`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, time, tzinfo
from typing import Any, Literal

BreakCredit = Literal["proportional", "none"]
Place = Literal["office", "floor"]
BuzzerStyle = Literal["escalating", "steady", "off"]

_SUSPICIOUS_AFTER = 14400
"""Seconds; by default."""


@dataclass(frozen=True, slots=True)
class ClockRange:
    """A range of local clock time, `start` inclusive, `end` exclusive; it may span midnight.

    From a time to the same time is the whole day.
    """

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A clock range on weekdays (Monday is 0); past midnight it belongs to the day it began."""

    days: frozenset[int]
    hours: ClockRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every setting that changes a decision (core/README.md, section 8). Durations in seconds."""

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
    suspicious_after: float | None = _SUSPICIOUS_AFTER
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
    names = {name: f"{name} ({_shown(getattr(rules, name))})" for name in _COMPARED}
    return [sentence.format_map(names) for holds, sentence in _PAIRS if not holds(rules)]


def yielding(rules: Rules, written: Collection[str]) -> dict[str, Any]:
    """Return how settings that nobody has written give way to those that somebody has.

    A limit of 90 s alone is no mistake: the warning before it then comes as early, in proportion,
    as it does by default. Nor is one of 4 h: whoever sits that long is not suspected at once, nor
    for having snoozed. A break is not best over before it is complete, nor over before anybody is
    seen to be up; and where all work is done at night, that is no time to be quiet.
    """
    usual = Rules()
    given: dict[str, Any] = {}
    if rules.pre_alert >= rules.sit_limit:
        given["pre_alert"] = rules.sit_limit * usual.pre_alert / usual.sit_limit
    if rules.leave_confirm > rules.break_min:
        given["leave_confirm"] = rules.break_min
    if rules.break_goal < rules.break_min:
        given["break_goal"] = rules.break_min
    if rules.suspicious_after is not None and rules.suspicious_after <= _loudest_until(rules):
        spare = _SUSPICIOUS_AFTER - _loudest_until(usual)
        given["suspicious_after"] = _loudest_until(rules) + spare
    if rules.quiet_hours is not None and rules.working_hours and _is_all_quiet(rules):
        given["quiet_hours"] = None
    return {name: value for name, value in given.items() if name not in written}


_PAIRS: tuple[tuple[Callable[[Rules], bool], str], ...] = (
    (
        lambda rules: rules.break_min > rules.short_absence,
        "{break_min} must be longer than {short_absence}",
    ),
    (
        lambda rules: rules.break_min >= rules.leave_confirm,
        "{break_min} must be at least {leave_confirm}",
    ),
    (
        lambda rules: rules.pre_alert < rules.sit_limit,
        "{pre_alert} must be shorter than {sit_limit}",
    ),
    (
        lambda rules: rules.break_goal >= rules.break_min,
        "{break_goal} must be at least {break_min}",
    ),
    (
        lambda rules: (
            rules.suspicious_after is None
            or rules.suspicious_after > rules.sit_limit + rules.level_after[-1]
        ),
        "{suspicious_after} must be longer than {sit_limit} plus the last of {level_after}",
    ),
)
"""What must hold between settings, and how it is said; `{name}` stands for name and value."""
_COMPARED = (
    *("break_goal", "break_min", "leave_confirm", "level_after", "pre_alert", "short_absence"),
    *("sit_limit", "suspicious_after"),
)


def _loudest_until(rules: Rules) -> float:
    """Return the sitting time until which an alert is to be heard: ladder and all snoozes."""
    return rules.sit_limit + rules.level_after[-1] + rules.snooze * rules.max_snoozes


def _is_all_quiet(rules: Rules) -> bool:
    """Whether all working hours lie within the quiet hours."""
    quiet = rules.quiet_hours
    return quiet is not None and all(
        _lies_within(working.hours, quiet) for working in rules.working_hours
    )


def _lies_within(inner: ClockRange, outer: ClockRange) -> bool:
    """Whether every moment of one range of clock time is in the other."""
    day = 24 * 60

    def minutes(clock: time) -> int:
        return clock.hour * 60 + clock.minute

    def length(hours: ClockRange) -> int:
        return (minutes(hours.end) - minutes(hours.start)) % day or day

    ahead = (minutes(inner.start) - minutes(outer.start)) % day
    return length(outer) == day or ahead + length(inner) <= length(outer)


def _shown(value: float | tuple[float, ...] | None) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(spoken, value))
    return "none" if value is None else spoken(value)


def spoken(seconds: float) -> str:
    """A duration as people write it here: `45s`, `5m`, `1h30m`, `2m30s`."""
    if seconds < 60 or seconds != round(seconds):
        return f"{seconds:g}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{value}{unit}" for value, unit in parts if value)
