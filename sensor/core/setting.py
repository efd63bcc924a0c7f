"""Declares a setting beside its default: one phrase, and what may be written for it.

All else follows from the declarations: what is read and refused (`settings/values.py`), the listing
of `check-config`, the file's template, the tables of the documents, the JSON Schema for editors,
and what Home Assistant may change.
"""

import math
from dataclasses import field, fields
from typing import Any, NamedTuple, TypeVar

_T = TypeVar("_T")


class Setting(NamedTuple):
    """The declaration of one setting. The type of its field tells what kind of value it takes."""

    default: Any
    """None: not set, or `none` where the setting can be switched off."""
    says: str
    """A phrase; the file's template shows it up to the first semicolon."""
    least: float
    """The smallest number; of a duration, in seconds."""
    most: float
    """The largest one."""
    kind: str = ""
    """What the type does not tell, such as `topic`; a name in `settings/kinds.py`."""
    zero: bool = False
    """Whether 0 may be written too, although it is less than the smallest number."""
    none: bool = False
    """Whether `none` may be written, and switches it off."""
    over_mqtt: bool = False
    """Whether Home Assistant may change it too, in whole minutes."""
    example: Any = None
    """What the template shows where the default is not set."""

    @property
    def minutes(self) -> tuple[int, int]:
        """The range in whole minutes."""
        return math.ceil(self.least / 60), math.floor(self.most / 60)


def setting(default: _T, says: str, least: float = 0, most: float = math.inf, **more: Any) -> _T:
    """Declare a field of a dataclass as a setting; `more` are the other parts of `Setting`."""
    one = Setting(default=default, says=says, least=least, most=most, **more)
    return field(default=default, repr=one.kind != "secret", metadata={"": one})


def settings_of(cls: type) -> dict[str, Setting]:
    """Return the settings that a dataclass declares, in their order."""
    return {one.name: one.metadata[""] for one in fields(cls) if one.metadata}
