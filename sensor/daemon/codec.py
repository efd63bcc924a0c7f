"""The core's state as JSON and back, each dataclass tagged with its name.

Fields that a newer version has dropped are passed over; one that it has added takes its default.
"""

import json
import re
from dataclasses import fields
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from sensor.core import calendar, coach, contact, figures, sitting
from sensor.core.state import Alert, Phase, State

_KINDS = {
    kind.__name__: kind
    for kind in (
        State,
        contact.Contact,
        calendar.Calendar,
        coach.Coaching,
        figures.Day,
        *get_args(sitting.Sitting),
        sitting.Bout,
        sitting.Counts,
        figures.Week,
        figures.Leap,
        *get_args(Alert),
        *get_args(Phase),
    )
}
_HINTS = {kind: get_type_hints(kind) for kind in _KINDS.values()}

HIGHEST_LEVEL = 4
"""Of an alert."""
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]{0,63}")
"""An id of ours; a spreadsheet takes none of them for a formula."""
LARGEST = 1e10
"""No moment and no number of ours comes near it: 300 years in seconds."""
_LEVELS = (0, HIGHEST_LEVEL)
_RANGES = {
    "level": _LEVELS,
    "told_level": _LEVELS,
    "max_level": _LEVELS,
    "low": (0, 1),
    "high": (0, 1),
    **dict.fromkeys(
        ("chair", "prolonged", "longest", "own_longest", "before", "covered", "seated", "timer"),
        (-86400, 1e9),  # seconds; sums of parts may fall short by a little
    ),
}
"""The least and the most that can stand in some fields."""
_IDS = {"alert_id", "life"}
"""Texts that are ids; `life` is empty where nobody gave one. All other texts are days."""


def _tagged(value: Any) -> dict[str, Any]:
    """Return a dataclass of the state, which JSON lacks, as its name and its fields."""
    return {"kind": type(value).__name__, **vars(value)}


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_tagged)


def is_id(value: object) -> bool:
    """Whether it has the shape of an id of this program."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def encode(state: State) -> str:
    """Write a state as JSON."""
    return _ENCODER.encode(state)


def decode(text: str) -> State:
    """Read a state; raises ValueError where the text is not one."""
    try:
        value = _dataclass(_renewed(json.loads(text)))
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a state: {error}") from error
    if not isinstance(value, State):
        raise ValueError("not a state")  # noqa: TRY004  (one kind of failure for all)
    return value


def _renewed(data: Any) -> Any:
    """Return what a state held in the form of today.

    Once a day had only the seconds that its open bout brought along; its week had counted them.
    """
    if "before" in (data["day"] or ()):
        carried = {"kind": "Counts", "chair": data["day"]["before"]}
        data["day"]["carried"] = data.setdefault("week", {"kind": "Week"})["carried"] = carried
    return data


def is_plausible(value: float) -> bool:
    """Whether a number can be one of ours; NaN and infinity would stop the daemon at each start."""
    return not isinstance(value, bool) and -LARGEST < value < LARGEST


def _dataclass(data: Any) -> Any:
    kind = _KINDS[data["kind"]]
    given = {field.name: data[field.name] for field in fields(kind) if field.name in data}
    values = {
        name: _dataclass(value) if isinstance(value, dict) else value
        for name, value in given.items()
    }
    for name, value in values.items():
        if not _fits(_HINTS[kind][name], name, value):
            raise ValueError(f"{kind.__name__}.{name} cannot be {value!r}")
    return kind(**values)


def _is_date(text: str) -> bool:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return False
    # Neither end of the calendar: the days before and after a date are looked at.
    return text == found.isoformat() and date.min.year < found.year < date.max.year


def _fits(hint: Any, name: str, value: Any) -> bool:
    """Whether a value can stand in the field of that name."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(option, name, value) for option in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if origin is Annotated:  # pragma: no cover  (get_type_hints strips it)
        return _fits(get_args(hint)[0], name, value)
    if hint is str:  # an id, or else a day
        if name in _IDS:
            return isinstance(value, str) and (is_id(value) or (name == "life" and not value))
        return isinstance(value, str) and _is_date(value)
    least, most = _RANGES.get(name, (0 if hint is int else -LARGEST, LARGEST))
    if hint is float:
        return isinstance(value, int | float) and is_plausible(value) and least <= value <= most
    if hint is int:  # a number of something
        return isinstance(value, int) and is_plausible(value) and least <= value <= most
    return isinstance(value, NoneType if hint is None else hint)
