"""A column of the history: which values it takes."""

from typing import Any, Literal, NamedTuple, get_args

from sensor.daemon.codec import HIGHEST_LEVEL, is_id

MOST = 2**32
"""Of any number or moment here: the year 2106, as Unix time."""
UTC_OFFSETS = (-12 * 3600, 14 * 3600)
"""Seconds east of Greenwich, from the first to the last of the world's time zones."""


class Column(NamedTuple):
    """One column, as it is declared: kind, words, limits, and a note for the documents."""

    kind: Literal["moment", "seconds", "count", "flag", "word", "id"]
    """A moment is Unix time, a flag 0 or 1."""
    about: str = ""
    """For the table in README.md; empty: the name says all."""
    optional: bool = False
    """Whether it may be empty."""
    words: tuple[str, ...] = ()
    """All words that there are."""
    most: int = MOST

    def refuse(self, name: str, value: Any) -> None:
        """Raise ValueError where the value cannot stand in this column."""
        if value is None:
            if not self.optional:
                raise ValueError(f"{name} is empty")
            return
        match self.kind:
            case "moment":
                fits, wanted = is_from_0_to(MOST, value), "not from 1970 to 2106"
            case "seconds":
                fits, wanted = is_from_0_to(self.most, value), f"not from 0 to {self.most}"
            case "count":
                fits = type(value) is int and 0 <= value <= self.most
                wanted = f"not a whole number from 0 to {self.most}"
            case "flag":
                fits, wanted = isinstance(value, int) and value in (0, 1), "not true or false"
            case "word":
                fits, wanted = value in self.words, f"none of {', '.join(self.words)}"
            case "id":
                fits, wanted = is_id(value), "not an id of this program"
        if not fits:
            raise ValueError(f"{name} {short(value)} is {wanted}")


def moment(about: str = "", *, optional: bool = False) -> Column:
    """Return a column of moments."""
    return Column("moment", about, optional)


def word(known: object, about: str = "", *, optional: bool = False) -> Column:
    """Return a column that holds one of the words of this Literal."""
    return Column("word", about, optional, get_args(known))


def level(about: str = "", *, optional: bool = False) -> Column:
    """Return a column of levels of an alert, 0 for none."""
    return Column("count", about, optional, most=HIGHEST_LEVEL)


def is_from_0_to(most: int, value: Any) -> bool:
    """Whether it is a number, and neither negative nor more than this."""
    return type(value) in (int, float) and 0 <= value <= most


def refuse_offset(name: str, offset: Any) -> None:
    """Raise ValueError where it is not the offset of a time zone, in seconds."""
    if type(offset) is not int or not UTC_OFFSETS[0] <= offset <= UTC_OFFSETS[1]:
        raise ValueError(f"{name} has an offset of {short(offset)} s, not of -12 to +14 hours")


def short(value: Any) -> str:
    """Show a value that a foreign or damaged file holds; it may be long."""
    return f"{value!r:.40}"
