"""The plain, frozen settings that the core needs, in seconds (`setting.py`), and the profiles."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, time, tzinfo
from typing import Any, Literal

from sensor.core.setting import setting

BreakCredit = Literal["proportional", "none"]
Place = Literal["office", "floor"]
BuzzerStyle = Literal["escalating", "steady", "off"]

HOUR = 3600
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


_NIGHT = ClockRange(time(22), time(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every setting that changes a decision (core/README.md, section 8).

    Durations are seconds; None stands for `none`, and in `level_every` for `once`.
    """

    sit_limit: float = setting(HOUR, "sitting time until the alert", 1, 4 * HOUR, over_mqtt=True)
    pre_alert: float = setting(
        300,
        "a quiet warning before the limit; less than `sit_limit`, 0: none",
        0,
        HOUR,
        over_mqtt=True,
    )
    break_min: float = setting(
        300,
        "an absence this long is a full break; more than `short_absence`, at least `leave_confirm`",
        1,
        HOUR,
        over_mqtt=True,
    )
    break_goal: float = setting(
        600, "length of a good break; at least `break_min`: messages and progress use it", 1, HOUR
    )
    break_chirp: bool = setting(
        False, "`true`: two soft chirps when a full break is complete; if you are still up"
    )
    goals: bool = setting(
        False, "`true`: tell whether today is without a bout over the limit; and the days before it"
    )
    exercises: Place | Literal["none"] = setting(
        "office", "what is suggested; `office`: standing at the desk, `floor`: on a mat too"
    )
    break_credit: BreakCredit = setting("proportional", "whether shorter breaks count in part")
    short_absence: float = setting(60, "an absence no longer than this changes nothing", 0, 600)
    buzzer_style: BuzzerStyle = setting("escalating", "how the alert sounds")
    level_after: tuple[float, float, float, float] = setting(
        (0, 120, 300, 600), "when the four levels begin, after the limit", 0, 4 * HOUR
    )
    level_every: tuple[float | None, float | None, float | None, float | None] = setting(
        (None, 60, 30, 15), "time between bursts; `once`: when the level begins", 2, 4 * HOUR
    )
    realert_every: float = setting(300, "MQTT reminders while overdue", 1, HOUR)
    return_grace: float = setting(
        60, "time until level 1 when you sit down again too early", 0, 600
    )
    fatigue_after: float = setting(
        1800, "time on level 4 until only a chirp sounds now and again", 1, 4 * HOUR
    )
    snooze: float = setting(300, "length of a snooze", 1, HOUR, over_mqtt=True)
    max_snoozes: int = setting(2, "snoozes per bout", 0, 10)
    dnd_expires: float = setting(
        HOUR, "do not disturb ends by itself after this time", 1, 12 * HOUR
    )
    quiet_hours: ClockRange | None = setting(
        _NIGHT, "no sound at these hours; may span midnight, `00:00-24:00`: never any", none=True
    )
    working_hours: tuple[WorkingHours, ...] = setting(
        (), 'alerts only then, such as `["Mon-Fri 09:00-17:00"]`; `none`: at all hours', none=True
    )
    suspicious_after: float | None = setting(
        _SUSPICIOUS_AFTER,
        "longer than this without a break is taken for a bag; more than `sit_limit` and the last "
        "of `level_after`",
        1,
        24 * HOUR,
        none=True,
    )
    sit_confirm: float = setting(
        3, "how long the mat must be pressed before you count as sitting", 0.1, 60, zero=True
    )
    leave_confirm: float = setting(
        10, "how long the mat must be free before you count as gone", 0.1, 300, zero=True
    )
    buzzer_release: float = setting(
        1, "the buzzer is silent this soon after the mat is free", 0, 10
    )
    day_starts: time = setting(time(4), "when the day's totals begin anew")
    timezone: tzinfo = UTC


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
        "quiet_hours": None,  # it is tried by hand, in the evening, too
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
    return [sentence.format_map(names) for sentence in violated(rules)]


def violated(rules: Rules) -> list[str]:
    """Return the sentences that do not hold; `{name}` stands for a setting in them."""
    return [sentence for holds, sentence in MUST_HOLD if not holds(rules)]


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


MUST_HOLD: tuple[tuple[Callable[[Rules], bool], str], ...] = (
    (lambda r: r.break_min > r.short_absence, "{break_min} must be longer than {short_absence}"),
    (lambda r: r.break_min >= r.leave_confirm, "{break_min} must be at least {leave_confirm}"),
    (lambda r: r.pre_alert < r.sit_limit, "{pre_alert} must be shorter than {sit_limit}"),
    (lambda r: r.break_goal >= r.break_min, "{break_goal} must be at least {break_min}"),
    (
        lambda r: (r.suspicious_after or math.inf) > r.sit_limit + r.level_after[-1],
        "{suspicious_after} must be longer than {sit_limit} plus the last of {level_after}",
    ),
)
"""What must hold between settings, and how it is said; `{name}` stands for a setting."""
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
