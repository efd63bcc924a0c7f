"""Kinds of values: how one is read, what tables of the documents say of it, its JSON Schema.

A declaration (`core/setting.py`) has its kind from the type of its field, or by name. To read a
value returns what the core wants or raises a BadValueError.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin

from sensor.core.rules import PROFILES, ClockRange, Rules, WorkingHours, spoken
from sensor.core.setting import Setting
from sensor.languages import LANGUAGES
from sensor.settings import address
from sensor.settings import durations as d
from sensor.settings.bad_value import BadValueError
from sensor.settings.config import NO_BROKER
from sensor.settings.timezones import timezone

LARGEST_SECRET = 16 * 1024
"""Bytes; tokens are long."""
HEADER = {29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21}
"""BCM number of each pin of the header that is no BCM number itself."""
ID, TOPIC = r"[a-z0-9_-]{1,64}", r"(?!\$)[^+#/]+(/[^+#/]+)*"
ANY_TEXT = {"type": "string", "minLength": 1}


class ValueKind(NamedTuple):
    """One kind of values, within the range of one setting."""

    read: Callable[[object], Any]
    schema: Mapping[str, Any]
    """JSON Schema of how the documents write such values; reading takes more."""
    range: str = ""
    """Markdown; empty: there is no range, or the phrase about the setting tells it."""
    write: Callable[[Any], Any] = lambda value: value
    """Returns what one would write in TOML for a value in force."""


def kind_of(one: Setting, annotation: Any) -> ValueKind:
    """Return the kind of a setting whose field has this type."""
    types = [each for each in get_args(annotation) or [annotation] if each is not NoneType]
    words = [word for each in types for word in get_args(each) or [each] if isinstance(word, str)]
    if one.kind or not words:
        plain = annotation if get_origin(annotation) is tuple else types[0]
        kind = (_BY_NAME[one.kind] if one.kind else _BY_TYPE[plain])(one)
    else:
        kind = _words(words)
    return _or_none(kind, () if one.default == () else None) if one.none else kind


def _or_none(kind: ValueKind, off: object) -> ValueKind:
    return kind._replace(
        read=lambda value: off if d.is_none(value) else kind.read(value),
        schema={"anyOf": [kind.schema, {"const": "none"}]},
        range=f"{kind.range}, or `none`",
    )


def _matching(pattern: str) -> Mapping[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$"}


# Texts


def _text(value: object, *, most: int = 200) -> str:
    if not isinstance(value, str):
        raise BadValueError("must be text", "Put it in quotes.")
    if not 1 <= len(value.encode(errors="replace")) <= most:
        raise BadValueError(f"must have 1 to {most} bytes", "Leave the key out to have it unset.")
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in value):
        raise BadValueError("must be text in UTF-8 without control characters")
    return value


def password_text(value: object) -> str:
    """Check a password; the newline at its end goes. Raises BadValueError."""
    return _text(value.rstrip("\r\n") if isinstance(value, str) else value, most=LARGEST_SECRET)


def _chair_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(ID, value):
        raise BadValueError("must be 1 to 64 of a-z, 0-9, _ and -", "For example desk-1.")
    return value


def _zone(value: object) -> str:
    timezone(_text(value))
    return str(value)


def _host(value: object) -> str:
    if value == "":
        raise BadValueError("must name the broker", "Write none for no broker.")
    return NO_BROKER if d.is_none(value) else address.host(_text(value).strip())


def _topic(value: object) -> str:
    topic = _text(value)
    if re.search(r"[+#]|^\$", topic):
        raise BadValueError(
            "must be a topic to publish to", "Leave out + and #, and $ at the start."
        )
    if "" in topic.split("/"):
        raise BadValueError("must not have an empty level", "Leave out / at both ends, and //.")
    return topic


def _topics(value: object) -> tuple[str, ...]:
    return tuple(_topic(item) for item in d.items(value))


def _payloads(value: object) -> tuple[str, ...]:
    """Read words of a sensor: texts, numbers and switches, as they stand in its messages."""
    found = [
        _text(item.strip(), most=60) if isinstance(item, str) else json.dumps(item)
        for item in d.items(value)
        if isinstance(item, str | bool | int | float)
    ]
    if not found or len(found) < len(d.items(value)):
        raise BadValueError("must be one word of the sensor, or several", 'For example ["sit"].')
    return tuple(word.lower() for word in found)


def _path(value: object) -> Path:
    try:
        return Path(_text(value, most=4096)).expanduser().absolute()
    except (OSError, RuntimeError):
        raise BadValueError("leads nowhere from here", "Write the whole path, from /.") from None


# Words, switches, numbers


def _words(words: Sequence[str]) -> ValueKind:
    shown = ", ".join(f"`{word}`" for word in words)
    return ValueKind(partial(_one_of, words=words), {"enum": list(words)}, shown)


def _one_of(value: object, *, words: Sequence[str]) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in words:
        fix = "" if isinstance(value, str) else "Put the word in quotes."
        raise BadValueError(f"must be {', '.join(words[:-1])} or {words[-1]}", fix)
    return word


def _switch(value: object) -> bool:
    word = str(value).strip().lower() if isinstance(value, bool | str) else ""
    if word not in {"true", "on", "yes", "1", "false", "off", "no", "0"}:
        raise BadValueError("must be true or false")
    return word in {"true", "on", "yes", "1"}


def _whole(value: object, *, least: float, most: float) -> int:
    number = _number(value)
    if number is None or not least <= number <= most:
        raise BadValueError(f"must be a whole number, {least} to {most}")
    return number


def _number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _numbers(one: Setting) -> ValueKind:
    read = partial(_whole, least=one.least, most=one.most)
    return ValueKind(read, _integer(one.least, one.most), f"{one.least}-{one.most}")


def _integer(least: float, most: float) -> Mapping[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


# Pins


def _pin(value: object, *, reads: bool = False) -> int:
    pin = _number(value)
    if pin is None or not 0 <= pin <= 27:
        physical = pin if pin in HEADER else 29
        raise BadValueError(
            "must be a BCM pin number, 0 to 27",
            f"Physical pin {physical} is BCM {HEADER[physical]}.",
        )
    if pin in {0, 1}:
        raise BadValueError(
            "must not be GPIO0 or GPIO1, which belong to the EEPROM of HATs", "Choose another pin."
        )
    if reads and pin in {2, 3}:
        raise BadValueError(
            "must not be GPIO2 or GPIO3, which have a fixed pull-up; GPIO3 held low also wakes a "
            "halted Pi",
            "Choose another pin, such as 5, 6 or 26.",
        )
    return pin


def _led(value: object) -> int | tuple[int, int]:
    match [_pin(item) for item in d.items(value)]:
        case [pin]:
            return pin
        case [green, red]:
            return green, red
    raise BadValueError("must be one pin, or two: [green, red]")


# Durations and times of day


def _durations(one: Setting) -> ValueKind:
    bare = one.default is not None and one.default <= 60
    read = partial(d.within, least=one.least, most=one.most, zero=one.zero, bare=bare)
    return ValueKind(read, _span(one, bare=bare), f"{_ends(one)}{', or 0' * one.zero}", spoken)


def _ends(one: Setting) -> str:
    return f"`{spoken(one.least)}`-`{spoken(one.most)}`"


def _span(one: Setting, *, bare: bool) -> Mapping[str, Any]:
    text = _matching(d.DURATION)
    if bare:
        least = 0 if one.zero else one.least
        return {"anyOf": [text, {"type": "number", "minimum": least, "maximum": one.most}]}
    return {"anyOf": [text, {"const": 0}]} if one.least == 0 else text


def _whole_seconds(value: object, *, least: float, most: float) -> int:
    found = d.within(value, least=least, most=most)
    if not found.is_integer():
        raise BadValueError("must be whole seconds", f"Write {round(found)}s.")
    return int(found)


def _listed(schema: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    return {"type": "array", "items": schema, **more}


def _some(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """One value, or a list."""
    return {"anyOf": [schema, _listed(schema)]}


_SCALAR = {"type": ["string", "boolean", "number"]}
_FOUR = {"minItems": 4, "maxItems": 4}
_SPAN = {"anyOf": [_matching(d.DURATION), {"type": "number", "minimum": 0}]}
_RANGE = r"\d{1,2}:\d{2} *- *\d{1,2}:\d{2}"
_HINTS = Rules.__annotations__

_BY_TYPE: Mapping[Any, Callable[[Setting], ValueKind]] = {
    bool: lambda _: ValueKind(_switch, {"type": "boolean"}),
    int: _numbers,
    float: _durations,
    str: lambda _: ValueKind(_text, ANY_TEXT),
    Path: lambda _: ValueKind(_path, ANY_TEXT, "a path", str),
    time: lambda _: ValueKind(
        d.time_of_day, _matching(r"\d{1,2}:\d{2}(:00)?"), "`HH:MM`", d.written
    ),
    ClockRange: lambda _: ValueKind(d.clock_range, _matching(_RANGE), "`HH:MM-HH:MM`", d.written),
    tuple[WorkingHours, ...]: lambda _: ValueKind(
        d.working_week,
        _listed(_matching(rf".*[a-zA-Z] +{_RANGE}")),
        "a list of days and hours",
        lambda value: [*map(d.written, value)],
    ),
    _HINTS["level_after"]: lambda one: ValueKind(
        partial(d.level_starts, most=one.most),
        _listed(_SPAN, **_FOUR),
        f"four, rising, up to `{spoken(one.most)}`",
        lambda value: [*map(spoken, value)],
    ),
    _HINTS["level_every"]: lambda one: ValueKind(
        partial(d.level_cadences, least=one.least, most=one.most),
        _listed({"anyOf": [*_SPAN["anyOf"], {"const": "once"}]}, **_FOUR),
        f"four, `once` or {_ends(one)}",
        lambda value: ["once" if each is None else spoken(each) for each in value],
    ),
}
_BY_NAME: Mapping[str, Callable[[Setting], ValueKind]] = {
    "id": lambda _: ValueKind(_chair_id, _matching(ID), "1 to 64 of `a-z`, `0-9`, `_`, `-`"),
    "zone": lambda _: ValueKind(_zone, ANY_TEXT, "an IANA name"),
    "host": lambda _: ValueKind(_host, _matching(r"\S+")),
    "user": lambda _: ValueKind(partial(_text, most=LARGEST_SECRET), ANY_TEXT),
    "secret": lambda _: ValueKind(password_text, ANY_TEXT),
    "topic": lambda _: ValueKind(_topic, _matching(TOPIC), "a topic"),
    "topics": lambda _: ValueKind(_topics, _some(_matching(TOPIC)), "topics", list),
    "words": lambda _: ValueKind(_payloads, _some(_SCALAR), "one or several", list),
    "profile": lambda _: _words(tuple(PROFILES)),
    "language": lambda _: ValueKind(  # a new catalogue changes no document
        partial(_one_of, words=LANGUAGES), ANY_TEXT, "`en`, or one of `sensor/languages/`"
    ),
    "input": lambda _: ValueKind(partial(_pin, reads=True), _integer(4, 27), "4-27"),
    "output": lambda _: ValueKind(_pin, _integer(2, 27), "2-27"),
    "led": lambda _: ValueKind(
        _led,
        {"anyOf": [_integer(2, 27), _listed(_integer(2, 27), minItems=1, maxItems=2)]},
        "2-27, or two",
        lambda value: [*value] if isinstance(value, tuple) else value,
    ),
    "seconds": lambda one: ValueKind(
        partial(_whole_seconds, least=one.least, most=one.most), _span(one, bare=True), _ends(one)
    ),
}
