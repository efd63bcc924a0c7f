"""The waits before each further attempt to connect to the broker.

The first attempt is at once, because most losses are over in a moment. The waits grow, so that a
broker that comes back is not overrun; they stay below `LONGEST`, so that the chair is soon back.
The jitter keeps the devices of a house from reconnecting in step after a power cut.
Written by hand: it is one generator.
"""

from collections.abc import Iterator
from random import Random

LONGEST = 30.0
"""Seconds that no wait exceeds, jitter included."""


def delays(random: Random) -> Iterator[float]:
    """Give the waits in seconds, for ever: 0, then about 1, 2, 5, 10, 20, and 25 from there on.

    Each lies, evenly spread, between two thirds and the whole of its step.
    """
    yield 0.0
    step = 1.5
    while True:
        yield random.uniform(step * 2 / 3, step)
        step = min(step * 2, LONGEST)
