"""How settings are shown, in errors and by `check-config`: short, on one line, without secrets."""

import re
from collections.abc import Mapping
from typing import Any

from sensor.core import rules as core
from sensor.settings.bad_value import BadValueError
from sensor.settings.config import OF_THE_MAT, Config
from sensor.settings.values import KINDS, PASSWORD, RULES, SETTINGS, Given, Key, Layer


def describe(config: Config, origins: Mapping[str, str] | None = None) -> list[str]:
    """Every setting in force as `key = value`, with its origin where it is not the default.

    `origins` comes from `load_with_origins` and `in_force`; without it what differs is only
    marked as set.
    Secrets are shown as `(set)`.
    """
    usual = effective(Config())
    lines = []
    for key, value in effective(config).items():
        origin = (origins or {}).get(".".join(key))
        if key[0] == "pins" and key[-1] in OF_THE_MAT and config.seat.topic:
            origin = "seat.topic is set"
        if origin is None and value != usual[key]:
            origin = _profile_of(key, config) or _given_way(key, config) or "set"
        mark = f"  ({origin})" if origin else ""
        lines.append(f"{'.'.join(key)} = {display(key, value)}{mark}")
    return lines


def effective(config: Config) -> dict[Key, Any]:
    """Every setting by its key, as the daemon will have it."""
    rules = config.rules()
    found: dict[Key, Any] = {}
    for *table, name in SETTINGS:
        home = getattr(config, table[0]) if table else rules if name in RULES else config
        found[*table, name] = getattr(home, name)
    found["profile",] = config.profile_in_force
    return found


def cited(keys: list[Key], config: Config, given: Layer) -> list[str]:
    """Give `key (value, where)` of settings that are right alone, without secrets."""
    values = effective(config)
    return [
        f"{'.'.join(key)} ({plain(display(key, values[key]).strip('()'))}, "
        f"{given[key].where if key in given else _profile_of(key, config) or 'default'})"
        for key in keys
    ]


def _profile_of(key: Key, config: Config) -> str | None:
    profile = config.profile_in_force
    set_by_profile = key[0] in core.PROFILES[profile] and key[0] not in config.explicit
    return f"profile {profile}" if set_by_profile else None


def _given_way(key: Key, config: Config) -> str | None:
    """Tell of a rule that nobody has set and that is not what it is by default."""
    set_by_hand = key[0] in config.explicit or key[0] in config.changed
    return None if key[0] not in RULES or set_by_hand else "default, gives way to another setting"


def display(key: Key, value: Any) -> str:
    """Show a value in force as one would write it."""
    if value is None or value == ():
        usual = SETTINGS[key].default
        return "none" if key[0] in RULES or usual not in (None, ()) else "(not set)"
    if key == PASSWORD:
        return "(set)"
    written = KINDS[key].write(value)
    if isinstance(written, list):
        return ", ".join(map(str, written))
    return str(written).lower() if isinstance(written, bool) else str(written)


def wrong(key: Key, given: Given, fault: BadValueError) -> str:
    """Tell of a value that is not possible, without secrets."""
    value = "(hidden)" if key == PASSWORD else _shown(given.value)
    return fault.about(".".join(key), f"got {value}", given.where)


def _shown(value: Any, *, inside: bool = False) -> str:
    """Whatever was written, short and on one line; what stands before an @ may be a password."""
    match value:
        case str():
            text = re.sub(r".*@", "(hidden)@", value, flags=re.DOTALL)
            return repr(text if len(text) <= 60 else f"{text[:60]}...")
        case bool():
            return str(value).lower()
        case int() if abs(value) >= 10**15:
            return "a huge number"
        case list() if not inside:
            more = ", ..." if len(value) > 4 else ""
            return f"[{', '.join(_shown(item, inside=True) for item in value[:4])}{more}]"
        case list() | dict():
            return "a list" if isinstance(value, list) else "a table"
    return str(value)


def plain(text: str) -> str:
    """Keep a text on one line, whatever is in it."""
    return text if text.isprintable() else repr(text)
