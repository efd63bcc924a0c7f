"""How long to wait before each further attempt to reach the broker.

At once first, because most losses are over in a moment; then ever longer, so that a broker that
comes back is not overrun; never more than `LONGEST`, because somebody is waiting for the chair.
The jitter keeps a houseful of devices from knocking in step after a power cut.
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
