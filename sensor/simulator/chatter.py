"""The chattering contact: random times closed and open, with a given share closed."""

from collections.abc import Iterator
from random import Random

PIECES = (0.05, 2.0)
"""Seconds; the shortest and the longest time at one level."""


def flickers(begin: float, end: float, duty: float, random: Random) -> Iterator[tuple[float, bool]]:
    """Draw the contact's changes from `begin` until `end`; the share `duty` (0-1) is closed."""
    t = begin
    while t < end:
        closed_for, open_for = _pair(duty, random)
        for piece, closed in ((closed_for, True), (open_for, False)):
            if piece and t < end:
                yield t, closed
                t += piece


def _pair(duty: float, random: Random) -> tuple[float, float]:
    """Draw a closed and an open piece, of which `duty` is closed.

    The shorter of the two is drawn so that both stay within PIECES; where the share is too
    extreme for that, the longer one is as long as it must be.
    """
    shortest, longest = PIECES
    major = max(duty, 1 - duty)
    ratio = (1 - major) / major
    long = longest if ratio == 0 else max(shortest / ratio, random.uniform(shortest, longest))
    pair = (round(long, 3), round(long * ratio, 3))
    return pair if duty >= 0.5 else (pair[1], pair[0])
