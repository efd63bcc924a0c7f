"""The status LED as arithmetic: which colour, on or off, and when that changes next.

A two-colour LED tells by colour and stays steady; a single-colour one tells by rhythm. A problem
is a double flash on both.
"""

from typing import Literal

from sensor.core.instant import NEVER
from sensor.core.messages import Status
from sensor.core.report import status
from sensor.core.signals import Wave, every, pattern
from sensor.core.state import State

Colour = Literal["off", "green", "amber", "red"]

_COLOURS: dict[Status, Colour] = {
    "sitting": "green",
    "break_soon": "amber",
    "snoozed": "red",
    "break_due": "red",
}
_SLOW = pattern(1, 1)
_FAST = pattern(0.25, 0.25)
_DOUBLE_FLASH = pattern(0.1, 0.2, 0.1, 1.6)


def lamp(state: State, now: float, *, two_colours: bool) -> tuple[Colour, float]:
    """Return the colour to show now ("off" between flashes) and the next moment it may change."""
    if state.told_problem is not None:
        return _lit("red", every(_DOUBLE_FLASH, 2, state.started_at, now))
    word = status(state)
    colour = _COLOURS.get(word, "off")
    if two_colours or colour in ("off", "green"):
        return colour, NEVER
    shape, period = (_SLOW, 2.0) if word == "break_soon" else (_FAST, 0.5)
    return _lit(colour, every(shape, period, state.started_at, now))


def _lit(colour: Colour, wave: Wave) -> tuple[Colour, float]:
    on, edge = wave
    return (colour if on else "off"), edge
