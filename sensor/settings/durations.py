"""How people write times here, and back again: `1h30m`, `22:00-07:00`, `Mon-Fri 09:00-12:30`.

Pure text work for the settings and for the simulator's scripts. Errors say what to write.
First the words themselves, then the values of settings: what a TOML file holds (a number, a text,
a list, a time), or one text for a whole list on the command line and in the environment.
"""

import math
import re
from datetime import time
from itertools import pairwise

from sensor.core.rules import ClockRange, WorkingHours, spoken
from sensor.settings.bad_value import BadValueError

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_IN_SECONDS = "Write 90s, 5m, 1h30m or a number of seconds."
_IN_MINUTES = "Write 90s, 5m or 1h30m."
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
DURATION = rf"(?=.)({_NUMBER}h)?({_NUMBER}m)?({_NUMBER}s)?"
"""A pattern of durations with their units."""
_BARE = re.compile(_NUMBER)
_PARTS = re.compile(DURATION)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DAYS_AND_HOURS = re.compile(r"([a-z, -]*[a-z])\s+([0-9].*)", re.IGNORECASE)
_COMMA = re.compile(r",")
_NEXT_RANGE = re.compile(r"(?<=[0-9])\s*[,;]")
"""Days never end in a digit, so a comma after one separates two working hours."""


def seconds(text: str, advice: str = _IN_SECONDS) -> float:
    """Read a duration: `90s`, `5m`, `1h30m`, `0.5s`, or a bare number of seconds; never negative.

    Raises BadValueError with `advice` for anything else.
    """
    text = text.strip()
    if _BARE.fullmatch(text):
        total = float(text)
    elif text and (parts := _PARTS.fullmatch(text)):
        hours, minutes, rest = (float((part or "0_")[:-1]) for part in parts.groups())
        total = hours * 3600 + minutes * 60 + rest
    else:
        raise BadValueError("is not a duration", advice)
    if math.isinf(total):
        raise BadValueError("is longer than a clock can run", _IN_MINUTES)
    return total


def clock(text: str) -> time:
    """Read a local time of day from 00:00 to 23:59. Raises BadValueError."""
    found = _CLOCK.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadValueError("must be a time of day, HH:MM", "For example 04:00.")
    return time(int(found[1]), int(found[2]))


def clock_range(text: object, example: str = "22:00-07:00") -> ClockRange:
    """Read `22:00-07:00`; 24:00 ends a day, 00:00-24:00 is all of it. Raises BadValueError.

    `example` is the whole value of a setting, for the error.
    """
    try:
        start, end = (part.strip() for part in str(text).split("-"))
        found = ClockRange(clock(start), clock("00:00" if end == "24:00" else end))
    except ValueError:
        raise BadValueError("must be a range HH:MM-HH:MM", f"For example {example}.") from None
    if found.start == found.end and end != "24:00":
        raise BadValueError(
            "starts and ends at the same time", "Write 00:00-24:00 for the whole day."
        )
    return found


def working_hours(text: str) -> WorkingHours:
    """Read one range on some weekdays: `Mon-Fri 09:00-12:30`, `Sat,Sun 10:00-12:00`.

    Raises BadValueError.
    """
    found = _DAYS_AND_HOURS.fullmatch(text.strip())
    if not found:
        raise BadValueError("must be days and hours", "Write them like Mon-Fri 09:00-12:30.")
    return WorkingHours(_days(found[1]), clock_range(found[2], "Mon-Fri 09:00-17:00"))


def written(value: ClockRange | WorkingHours | time) -> str:
    """Write a value as the text that is read as it."""
    match value:
        case ClockRange(start, end):
            return f"{start:%H:%M}-{'24:00' if start == end else f'{end:%H:%M}'}"
        case WorkingHours(days, hours):
            return f"{','.join(WEEKDAYS[day] for day in sorted(days))} {written(hours)}"
        case time():
            return f"{value:%H:%M}"


def is_word(value: object, word: str) -> bool:
    """Whether a value is this word, in capitals or not."""
    return isinstance(value, str) and value.strip().lower() == word


def is_none(value: object) -> bool:
    """Whether a setting is switched off with the word `none`."""
    return is_word(value, "none")


def items(value: object, separator: re.Pattern[str] = _COMMA) -> list[object]:
    """Split a list, or one text such as `0,2m,5m,10m`; TOML brackets do no harm."""
    if isinstance(value, str):
        bare = re.sub(r"[\[\]\"']", "", value)
        return [part.strip() for part in separator.split(bare) if part.strip()]
    return value if isinstance(value, list) else [value]


def within(
    value: object, *, least: float, most: float, zero: bool = False, bare: bool = True
) -> float:
    """Read a duration of `least` to `most` seconds, or 0 if `zero` says so. Raises BadValueError.

    A number alone means seconds. Where people think in minutes a number could mean either, and
    `bare` is False: only 0 needs no unit there.
    """
    advice = _IN_SECONDS if bare else _IN_MINUTES
    has_unit = isinstance(value, str) and not _BARE.fullmatch(value.strip())
    if isinstance(value, str):
        value = seconds(value, advice)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValueError("is not a duration", advice)  # a TypeError would pass pydantic by
    if not least <= value <= most and not (zero and value == 0):
        raise BadValueError(f"must be {'0, or ' if zero else ''}{spoken(least)} to {spoken(most)}")
    if value and not bare and not has_unit:
        minutes = f"{value:g}m or " if value * 60 <= most else ""
        raise BadValueError("must have a unit", f"Write {minutes}{value:g}s.")
    return float(value)


def level_starts(value: object, *, most: float) -> tuple[float, ...]:
    """Read when the four alert levels begin, in seconds after due, rising. Raises BadValueError."""
    starts = tuple(within(item, least=0, most=most, bare=False) for item in items(value))
    if len(starts) != 4 or any(later <= earlier for earlier, later in pairwise(starts)):
        raise BadValueError("must be four rising durations", 'Write ["0s", "2m", "5m", "10m"].')
    return starts


def level_cadences(value: object, *, least: float, most: float) -> tuple[float | None, ...]:
    """Read the seconds between bursts on the four levels; `once` is None. Raises BadValueError."""
    cadences = tuple(
        None if is_word(item, "once") else within(item, least=least, most=most)
        for item in items(value)
    )
    if len(cadences) != 4:
        raise BadValueError(
            'must be four durations or "once"', 'Write ["once", "60s", "30s", "15s"].'
        )
    return cadences


def working_week(value: object) -> tuple[WorkingHours, ...]:
    """Read a list of working hours. Raises BadValueError."""
    ranges = items(value, _NEXT_RANGE)
    if isinstance(value, str) and not ranges:
        raise BadValueError("must not be empty", "Write hours like Mon-Fri 09:00-12:30, or none.")
    return tuple(working_hours(item if isinstance(item, str) else "") for item in ranges)


def time_of_day(value: object) -> time:
    """Read a clock time to the minute, as text or as a TOML time. Raises BadValueError."""
    if isinstance(value, time) and value == value.replace(second=0, microsecond=0):
        return value
    return clock(value if isinstance(value, str) else "")


def _days(text: str) -> frozenset[int]:
    """Read `Mon-Fri` or `Sat,Sun`, mixed as one likes; `Sat-Mon` runs over the weekend."""
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        days |= _run(_day(first), _day(last if dash else first))
    return frozenset(days)


def _run(first: int, last: int) -> set[int]:
    return {day % 7 for day in range(first, (last if first <= last else last + 7) + 1)}


def _day(name: str) -> int:
    try:
        return WEEKDAYS.index(name.strip().capitalize())
    except ValueError:
        raise BadValueError(f"has a day that is none of {' '.join(WEEKDAYS)}") from None
