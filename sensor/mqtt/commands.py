"""What a client may ask for over MQTT: topic and payload -> a command, or a refusal in plain words.

Pure, and it never raises: whatever arrives from the network, the answer is a value. A `Refusal`
changes nothing; the daemon logs it and publishes the true state again, so that a switch in Home
Assistant jumps back. An `Unknown` topic is only logged. Retained commands never get this far.

Values changed this way are *overrides*, a JSON-able dict kept in the state directory. They win
over the configuration file until `reset_settings`. Minutes exist on the wire only: a command
carries seconds. What the settings mean is in `core/rules.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_args

from sensor.core.rules import PROFILES, contradictions, spoken
from sensor.mqtt.topics import CommandKind
from sensor.settings.config import Config

Action = Literal["snooze", "void", "reset", "test_buzzer", "reset_settings"]

MINUTES: Mapping[str, tuple[int, int]] = {
    "sit_limit": (1, 240),
    "break_min": (1, 60),
    "snooze": (1, 60),
    "pre_alert": (0, 60),
}
"""Settings given in minutes, with the smallest and the largest that may be asked for."""

BUZZER = "buzzer"
"""The override that is no rule: whether the buzzer may sound at all (bool)."""

_NAMES: Mapping[CommandKind, tuple[str, ...]] = {
    "set": (*MINUTES, BUZZER, "do_not_disturb", "profile"),
    "do": get_args(Action),
}
_PROFILE_RULES = frozenset(name for profile in PROFILES.values() for name in profile)
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?")
_LONGEST_SHOWN = 40
_LONGEST_READ = 160
"""Bytes; far longer than any good payload, so that a cut one is refused all the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """New rule values, durations in seconds, or `{"profile": name}`; see `apply_change`."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SwitchBuzzer:
    """Let the buzzer sound, or keep it silent until switched on again."""

    on: bool


@dataclass(frozen=True, slots=True)
class SwitchDnd:
    """Begin or end do not disturb."""

    on: bool


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed."""

    action: Action


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that cannot be carried out; `reason` is one line: topic, value, what is allowed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A topic under `set/` or `do/` that does not exist; `reason` is one line for the log."""

    reason: str


Command = Change | SwitchBuzzer | SwitchDnd | Press

_PRESSES: Mapping[str, Press] = {action: Press(action) for action in get_args(Action)}


def parse(kind: CommandKind, name: str, payload: bytes) -> Command | Refusal | Unknown:
    """Read one command; `kind` and `name` come from `Topics.command_in`."""
    text = payload[:_LONGEST_READ].decode("utf-8", "replace")
    match kind, name:
        case "set", "profile":
            return _profile(text)
        case "set", "buzzer":
            on = _on_off(name, text)
            return on if isinstance(on, Refusal) else SwitchBuzzer(on)
        case "set", "do_not_disturb":
            on = _on_off(name, text)
            return on if isinstance(on, Refusal) else SwitchDnd(on)
        case "set", _ if name in MINUTES:
            return _minutes(name, text)
        case "do", _ if name in _PRESSES:
            return _PRESSES[name] if text == "PRESS" else _refusal("do", name, text, "is not PRESS")
        case _:
            return _unknown(kind, name)


def apply_change(
    config: Config, overrides: Mapping[str, Any], change: Change
) -> dict[str, Any] | Refusal:
    """Return the overrides after `change`, or a refusal where settings would contradict each other.

    A number replaces just itself. A profile replaces everything that profiles are about, and
    brings its own values along, so that the choice beats the configuration file too.
    """
    changed = _after(overrides, change)
    found = contradictions(config.rules(rule_changes(changed)))
    if found:
        return Refusal(f"{_spoken_change(change)} contradicts other settings: {'; '.join(found)}")
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
        return {}, [f"stored settings dropped: {_shown(stored)} is not an object"]
    overrides = {}
    complaints = []
    for name, value in stored.items():
        kept = _understood(name, value)
        if kept is None:
            complaints.append(f"stored setting dropped: {_shown(name)} cannot be {_shown(value)}")
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


def _minutes(name: str, text: str) -> Change | Refusal:
    low, high = MINUTES[name]
    if not _DECIMAL.fullmatch(text):
        fault = f"is not written like 45 or 7.5, {low}-{high} minutes"
        return _refusal("set", name, text, fault)
    minutes = float(text)
    if not low <= minutes <= high:
        return _refusal("set", name, text, f"is out of range, {low}-{high} minutes")
    return Change({name: minutes * 60})


def _profile(text: str) -> Change | Refusal:
    if text in PROFILES:
        return Change({"profile": text})
    near = get_close_matches(text, PROFILES, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return _refusal("set", "profile", text, f"is none of {', '.join(PROFILES)}{hint}")


def _on_off(name: str, text: str) -> bool | Refusal:
    match text:
        case "ON":
            return True
        case "OFF":
            return False
        case _:
            return _refusal("set", name, text, "is neither ON nor OFF")


def _refusal(kind: CommandKind, name: str, text: str, fault: str) -> Refusal:
    return Refusal(f"{kind}/{name}: {_shown(text)} {fault}")


def _unknown(kind: CommandKind, name: str) -> Unknown:
    other: CommandKind = "do" if kind == "set" else "set"
    homes = dict.fromkeys(_NAMES[other], other) | dict.fromkeys(_NAMES[kind], kind)
    near = get_close_matches(name, homes, n=1)
    hint = (
        f"did you mean {homes[near[0]]}/{near[0]}?"
        if near
        else f"{kind}/ knows {', '.join(_NAMES[kind])}"
    )
    return Unknown(f"{_shown(f'{kind}/{name}')} does not exist; {hint}")


def _shown(value: object) -> str:
    """Show what a stranger sent: on one line, control characters escaped, at most 40 characters."""
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 3]}..."


def _after(overrides: Mapping[str, Any], change: Change) -> dict[str, Any]:
    profile = change.values.get("profile")
    if profile is None:
        return {**overrides, **change.values}
    kept = {name: value for name, value in overrides.items() if name not in _PROFILE_RULES}
    return {**kept, **PROFILES[profile], "profile": profile}


def _spoken_change(change: Change) -> str:
    return ", ".join(
        f"set/{name}: {value!r}" if name == "profile" else f"set/{name}: {spoken(value)}"
        for name, value in change.values.items()
    )


def _understood(name: str, value: object) -> object:
    """Return the value to use for one stored override, or None where it could not be an override.

    A rule that no `set/` topic offers can only have come from a profile, so only the profiles'
    own values are believed. Those may also be shorter than what the topics offer (`demo`).
    """
    if name == BUZZER:
        return value if isinstance(value, bool) else None
    if name == "profile":
        return value if isinstance(value, str) and value in PROFILES else None
    if isinstance(value, bool):
        return None
    if name in MINUTES and isinstance(value, int | float) and _in_range(name, value):
        return float(value)
    plain = tuple(value) if isinstance(value, list) else value
    offered = (profile[name] for profile in PROFILES.values() if name in profile)
    return next((own for own in offered if own == plain), None)


def _in_range(name: str, seconds: float) -> bool:
    low, high = MINUTES[name]
    return low * 60 <= seconds <= high * 60
