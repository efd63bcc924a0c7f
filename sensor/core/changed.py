"""A changed copy of a frozen dataclass, made as a dict is copied.

`dataclasses.replace` passes each field through Python; for a state with its 35 fields, copied six
times in a step, that is most of the time between an edge and its event. What is changed so has no
slots.
"""

from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, **changes: Any) -> T:
    """Return a copy with other values in some fields; for a dataclass without slots."""
    old = vars(value)
    fields = old | changes
    if len(fields) > len(old):
        raise TypeError(f"{type(value).__name__} has not all of the fields {', '.join(changes)}")
    return remade(value, fields)


def remade(value: T, fields: dict[str, Any]) -> T:
    """Return another one of its kind with these values in all its fields; it keeps the dict."""
    made = object.__new__(type(value))
    object.__setattr__(made, "__dict__", fields)  # whole: `fields` is a new dict of its own already
    return made
