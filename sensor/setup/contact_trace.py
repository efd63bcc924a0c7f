"""What a mat's contact did while somebody sat or nobody did, and what that means for the filter.

Pure: moments and levels in, numbers and sentences out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MARGIN = 3
"""The filter rides over what is so many times as long as what was measured."""
LONGEST_SIT = 60
LONGEST_LEAVE = 300
"""Seconds: what the two settings take at most."""
NOISE = 1000 / 60
"""Changes a second from which on it is not a prompts: a bouncing contact stays far below."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was seen from `began` to `ended`, seconds of any clock."""

    began: float
    ended: float
    closed: bool
    """The level at the beginning."""
    edges: Sequence[tuple[float, bool]]
    """When the contact took which level."""

    @property
    def is_noise(self) -> bool:
        """Whether the contact changed too often to be a person's doing."""
        return len(self.edges) >= NOISE * (self.ended - self.began)

    def longest(self, *, closed: bool) -> float:
        """Return the longest piece with the contact so, seconds."""
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
