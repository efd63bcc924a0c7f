"""The waits before each further attempt to connect to the broker.

The first is at once, because most losses are over in a moment. The jitter keeps the devices of a
house from reconnecting in step after a power cut. Written by hand: it is one generator.
"""

from collections.abc import Iterator
from random import Random

LONGEST = 30.0
"""Seconds that no wait exceeds, jitter included."""


def delays(random: Random) -> Iterator[float]:
    """Give the waits (s) for ever: 0, then two thirds to all of 1.5, 3, 6, 12, 24, 30, 30, ..."""
    yield 0.0
    step = 1.5
    while True:
        yield random.uniform(step * 2 / 3, step)
        step = min(step * 2, LONGEST)
