"""Writes the files that come from the declarations of settings: `python tests/settings_files.py`.

These are the template of the settings file and its JSON Schema for editors.
`tests/test_settings_files.py` fails until they are up to date.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from sensor.settings.model import schema
from sensor.settings.values import KINDS, PASSWORD, PASSWORD_FILE, RULES, SETTINGS, TABLES, Key

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "systemd/config.toml"
SCHEMA = ROOT / "sensor/settings/config.schema.json"

HEAD = f"""\
#:schema {SCHEMA.name}
# Settings of chair-sensor, in /etc/chair-sensor/config.toml (readable by all: no password in here).
# Lines with # show the defaults, or examples. Durations: 90s, 5m, 1h30m.
# All settings: `chair-sensor help settings`. Those in force: `chair-sensor check-config`.
"""
FIRST: list[Key] = [("profile",), ("language",)]
TITLES: dict[Key, str] = {
    ("sit_limit",): "when to get up",
    ("buzzer_style",): "how insistent",
    ("sit_confirm",): "the mat",
    ("day_starts",): "the day, and what is kept",
}
NOTES: dict[Key, str] = {
    ("mqtt", "client_id"): """\
# The password is in a file of its own, of root alone. To write it, end with Enter and Ctrl-D:
#   sudo install -D -m 600 /dev/stdin /etc/credstore/chair-sensor.mqtt_password
""",
    ("mqtt", "cert_file"): """\
# A certificate of our own, and its key, lie beside the password and need no line here:
# /etc/credstore/chair-sensor.mqtt_cert and chair-sensor.mqtt_key. These are for `run` by hand:
""",
}
"""Stand before these settings."""
ABOUT = {
    "pins": "BCM numbers, not those of the header",
    "seat": "a sensor on the broker instead of the mat",
}
"""Stand beside the heads of these tables."""
LEFT_OUT = {PASSWORD, PASSWORD_FILE}
SET: set[Key] = {("profile",), ("mqtt", "host")}
"""Those that the template sets."""
WIDTH = 100


def template() -> str:
    """Return the template: all settings as they are by default, few of them set."""
    return "".join([HEAD, *_lines()])


def schema_text() -> str:
    """Return the JSON Schema."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _lines() -> Iterator[str]:
    top = [key for key in SETTINGS if len(key) == 1 and key[0] not in RULES and key not in FIRST]
    keys = [*FIRST, *((name,) for name in RULES), *top]
    yield "\n"
    for key in keys:
        if key in TITLES:
            yield f"\n{f'# -- {TITLES[key]} '.ljust(95, '-')}\n"
        yield _line(key)
    for name in TABLES:
        yield f"\n{_commented(f'[{name}]', ABOUT.get(name, ''))}\n"
        for key in SETTINGS:
            if key[:-1] == (name,) and key not in LEFT_OUT:
                yield NOTES.get(key, "") + _line(key)


def _line(key: Key) -> str:
    one, kind = SETTINGS[key], KINDS[key]
    value = kind.write(one.example if one.default is None else one.default)
    setting = f"{'' if key in SET else '#'}{key[-1]} = {json.dumps(value)}"
    says = one.says.replace("`", "")
    if "enum" in kind.schema:
        says = f"{', '.join(kind.schema['enum'])}: {says}"
    if one.none and one.default is not None:
        says = says.partition(";")[0] + ', or "none"'
    if len(_commented(setting, says)) > WIDTH:
        says = says.partition(";")[0]
    if one.default is None and "default:" not in says:
        says = f"optional: {says}"
    return _commented(setting, says) + "\n"


def _commented(text: str, comment: str) -> str:
    return f"{text:<32} # {comment}" if comment else text


if __name__ == "__main__":
    TEMPLATE.write_text(template(), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
