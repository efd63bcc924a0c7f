"""Overrides: settings changed from Home Assistant, on top of those that are written.

A JSON-able dict kept in the state directory. Overrides win over the configuration file until
`reset_settings`. Pure, and nothing here raises: the answer to a change is a value.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sensor.core.rules import PROFILES, Rules, contradictions, spoken, violated
from sensor.core.setting import settings_of
from sensor.core.words import Text, span
from sensor.settings.config import Config

MINUTES: Mapping[str, tuple[int, int]] = {
    name: one.minutes for name, one in settings_of(Rules).items() if one.over_mqtt
}
"""Settings given in minutes, with the smallest and the largest that may be asked for."""

SPOKEN: Mapping[str, Text] = {
    "sit_limit": Text("Sit limit"),
    "break_min": Text("Break length"),
    "snooze": Text("Snooze length"),
    "pre_alert": Text("Warning before"),
    "buzzer": Text("Buzzer"),
    "profile": Text("Profile"),
}
"""What people read for a setting; one that is not here is called as in the file."""

BUZZER = "buzzer"
"""The override that is no rule: whether the buzzer may sound at all (bool)."""

_PROFILE_RULES = frozenset(name for profile in PROFILES.values() for name in profile)
_LONGEST_SHOWN = 40
_FOREIGN = object()
"""In the place of a value that no override can have; None is one of them: no quiet hours."""


class Change(NamedTuple):
    """New rule values, durations in seconds, or `{"profile": name}`; see `apply_change`."""

    values: Mapping[str, Any]


class Refusal(NamedTuple):
    """A command that cannot be carried out."""

    reason: str
    """One line for the log: topic, value, what is allowed."""
    settings: tuple[str, ...] = ()
    """Settings that keep their value, although somebody sees another one now."""
    why: Text | None = None
    """The reason for people; None: it is a matter for the log alone."""


MUTE = Refusal(
    "set/buzzer: ON has no effect while buzzer_style is off",
    why=Text("the buzzer is silent by its style; choose another profile"),
)
"""The answer to switching the buzzer on where there is to be no sound."""
NO_BUZZER = Refusal("test_buzzer: there is no buzzer (pins.buzzer = none)")


def apply_change(
    config: Config, overrides: Mapping[str, Any], change: Change
) -> dict[str, Any] | Refusal:
    """Return the overrides after `change`, or a refusal where settings would contradict each other.

    A number replaces just itself. A profile replaces everything that profiles are about, and
    brings its own values along, so that the choice beats the configuration file too.
    """
    changed = _after(overrides, change)
    rules = config.rules(rule_changes(changed))
    if found := violated(rules):
        said = "; ".join(contradictions(rules))
        return Refusal(
            f"{_spoken_change(change)} contradicts other settings: {said}",
            settings=tuple(change.values),
            why=_in_words(found[0], rules),
        )
    return changed


def rule_changes(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the overrides `Config.rules` understands: rule values and the profile."""
    return {name: value for name, value in overrides.items() if name != BUZZER}


def restored(stored: object) -> tuple[dict[str, Any], list[str]]:
    """Read overrides back from JSON: the usable ones, and one line about each that is dropped.

    None means that nothing was stored. Lists become tuples again.
    """
    if stored is None:
        return {}, []
    if not isinstance(stored, dict):
        return {}, [f"stored settings dropped: {shown(stored)} is not an object"]
    overrides = {}
    complaints = []
    for name, value in stored.items():
        kept = _understood(name, value)
        if kept is _FOREIGN:
            complaints.append(f"stored setting dropped: {shown(name)} cannot be {shown(value)}")
        else:
            overrides[name] = kept
    return overrides, complaints


def reconciled(config: Config, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Fit restored overrides to a configuration that may have been edited since.

    Where the two contradict each other the file wins: all overridden rules go, with one line for
    each contradiction. Otherwise the daemon would run on rules that it would itself refuse.
    """
    found = contradictions(config.rules(rule_changes(overrides)))
    if not found:
        return dict(overrides), []
    left = {name: value for name, value in overrides.items() if name == BUZZER}
    return left, [f"settings changed over MQTT dropped: {sentence}" for sentence in found]


def _after(overrides: Mapping[str, Any], change: Change) -> dict[str, Any]:
    profile = change.values.get("profile")
    if profile is None:
        return {**overrides, **change.values}
    kept = {name: value for name, value in overrides.items() if name not in _PROFILE_RULES}
    return {**kept, **PROFILES[profile], "profile": profile}


def _in_words(sentence: str, rules: Rules) -> Text:
    """Return a sentence about settings, with their names as people read them, and their values."""
    values = {name: getattr(rules, name) for name in re.findall(r"{(\w+)}", sentence)}
    return Text(sentence, {name: _name_and_value(name, value) for name, value in values.items()})


def _name_and_value(name: str, value: float | tuple[float, ...]) -> Text:
    shown = ", ".join(map(span, value)) if isinstance(value, tuple) else span(value)
    return Text("{name} ({value})", {"name": SPOKEN.get(name, name), "value": shown})


def _spoken_change(change: Change) -> str:
    return ", ".join(
        f"set/{name}: {value!r}" if name == "profile" else f"set/{name}: {spoken(value)}"
        for name, value in change.values.items()
    )


def _understood(name: str, value: object) -> object:
    """Return the value to use for one stored override, or _FOREIGN where it cannot be one.

    A rule that no `set/` topic offers can only have come from a profile, so only the profiles'
    own values are believed. Those may also be shorter than what the topics offer (`demo`).
    """
    if name == BUZZER:
        return value if isinstance(value, bool) else _FOREIGN
    if name == "profile":
        return value if isinstance(value, str) and value in PROFILES else _FOREIGN
    if isinstance(value, bool):
        return _FOREIGN
    if name in MINUTES and isinstance(value, int | float) and _in_range(name, value):
        return float(value)
    plain = tuple(value) if isinstance(value, list) else value
    offered = (profile[name] for profile in PROFILES.values() if name in profile)
    return next((own for own in offered if own == plain), _FOREIGN)


def _in_range(name: str, seconds: float) -> bool:
    low, high = MINUTES[name]
    return low * 60 <= seconds <= high * 60


def shown(value: object) -> str:
    """Show what a stranger sent: on one line, control characters escaped, at most 40 characters."""
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 3]}..."
