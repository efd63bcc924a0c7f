"""Commands over MQTT: topic and payload -> a command, or a refusal in plain words.

Pure, and it never raises: every message from the network, also a broken one, becomes a value. A
`Refusal` changes nothing; the daemon logs it and publishes the true state again, so that a switch
in Home Assistant jumps back. An `Unknown` topic is only logged. Retained commands never get this
far.

Minutes exist on the wire only: a command carries seconds.
"""

import re
from collections.abc import Mapping
from typing import get_args

from sensor.core.rules import PROFILES
from sensor.daemon.commands import Action, Command, Press, SwitchBuzzer, SwitchDnd, Unknown
from sensor.errors import meant, nearest
from sensor.mqtt.topics import CommandKind
from sensor.settings.overrides import BUZZER, MINUTES, Change, Refusal, shown

_SWITCHES: Mapping[str, type[SwitchBuzzer | SwitchDnd]] = {
    BUZZER: SwitchBuzzer,
    "do_not_disturb": SwitchDnd,
}
_NAMES: Mapping[CommandKind, tuple[str, ...]] = {
    "set": (*MINUTES, *_SWITCHES, "profile"),
    "do": get_args(Action),
}
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?")
_LONGEST_READ = 160
"""Bytes; far longer than any good payload, so that a cut one is refused all the same."""
_PRESSES: Mapping[str, Press] = {action: Press(action) for action in get_args(Action)}


def parse(kind: CommandKind, name: str, payload: bytes) -> Command | Refusal | Unknown:
    """Read one command; `kind` and `name` come from `Topics.command_in`."""
    text = payload[:_LONGEST_READ].decode("utf-8", "replace")
    match kind, name:
        case "set", "profile":
            return _profile(text)
        case "set", _ if name in _SWITCHES:
            if text not in ("ON", "OFF"):
                return _refusal("set", name, text, "is neither ON nor OFF")
            return _SWITCHES[name](text == "ON")
        case "set", _ if name in MINUTES:
            return _minutes(name, text)
        case "do", _ if name in _PRESSES:
            return _PRESSES[name] if text == "PRESS" else _refusal("do", name, text, "is not PRESS")
        case _:
            return _unknown(kind, name)


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
    hint = meant(text, PROFILES, form="; did you mean {}?")
    return _refusal("set", "profile", text, f"is none of {', '.join(PROFILES)}{hint}")


def _refusal(kind: CommandKind, name: str, text: str, fault: str) -> Refusal:
    return Refusal(f"{kind}/{name}: {shown(text)} {fault}")


def _unknown(kind: CommandKind, name: str) -> Unknown:
    other: CommandKind = "do" if kind == "set" else "set"
    homes = dict.fromkeys(_NAMES[other], other) | dict.fromkeys(_NAMES[kind], kind)
    near = nearest(name, homes)
    hint = (
        f"did you mean {homes[near]}/{near}?"
        if near
        else f"{kind}/ knows {', '.join(_NAMES[kind])}"
    )
    return Unknown(f"{shown(f'{kind}/{name}')} does not exist; {hint}")
