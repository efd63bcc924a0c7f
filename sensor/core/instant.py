"""Moments: an `Instant` is seconds since boot, suspend included; `shifted` moves all at once."""

import math
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")

Instant = Annotated[float, "seconds since boot"]
NEVER = math.inf


def shifted(value: T, by: float) -> T:
    """Return `value` with every Instant in it, however deep, moved by `by` seconds."""
    if by == 0 or not is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {}
    for name, instant in _fields(type(value)):
        old = getattr(value, name)
        if instant and old is not None:
            changes[name] = old + by
        elif is_dataclass(old):
            changes[name] = shifted(old, by)
    return replace(value, **changes)


@cache
def _fields(kind: type) -> list[tuple[str, bool]]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        (field.name, hints[field.name] == Instant or Instant in get_args(hints[field.name]))
        for field in fields(kind)
    ]


def following(now: float, period: float, since: float) -> float:
    """Return the next moment that is whole periods after `since`.

    What repeats by the same beginning falls together, and wakes the machine up once.
    """
    moment = since + ((now - since) // period + 1) * period
    return moment if moment > now else moment + period  # after rounding, too
