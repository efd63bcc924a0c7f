"""A recording of the mat's contact, seated or empty, and the filter settings that fit it.

Pure: moments and levels in, numbers out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MARGIN = 3
"""Factor between the longest piece that was measured and the proposed setting."""
LONGEST_SIT = 60
LONGEST_LEAVE = 300
"""Maxima of `sit_confirm` and `leave_confirm`, seconds."""
NOISE = 1000 / 60
"""Changes a second that no sitter causes: a bouncing contact stays far below."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The contact from `began` to `ended`, seconds of any one clock."""

    began: float
    ended: float
    closed: bool
    """The level at the beginning."""
    edges: Sequence[tuple[float, bool]]
    """Moments of change, with the new level."""

    @property
    def is_noise(self) -> bool:
        """Whether the contact changed more often than a sitter can make it."""
        return len(self.edges) >= NOISE * (self.ended - self.began)

    def longest(self, *, closed: bool) -> float:
        """Return the longest piece with the contact at that level, seconds."""
        points = [(self.began, self.closed), *self.edges, (self.ended, not closed)]
        return max((b - a for (a, level), (b, _) in pairwise(points) if level is closed), default=0)


def sit_confirm(empty: Trace, now: float) -> float:
    """Propose the setting, seconds: no flicker of an empty chair may count as sitting down."""
    return _proposed(empty.longest(closed=True), now, LONGEST_SIT)


def leave_confirm(seated: Trace, now: float) -> float:
    """Propose the setting, seconds: no fidgeting may count as getting up."""
    return _proposed(seated.longest(closed=False), now, LONGEST_LEAVE)


def _proposed(measured: float, now: float, most: float) -> float:
    return max(now, min(most, math.ceil(measured * MARGIN)))
