"""Beep patterns as arithmetic: whether the buzzer is on, and when that changes next.

No pattern is ever "played": whoever asks late gets what is due now, so that bursts missed are
not made up for. Edges are compared with the very expressions that announced them, which keeps
`next edge > now` true for floats.
"""

import math
from itertools import accumulate

from sensor.core.instant import NEVER

Wave = tuple[bool, float]
"""On now, and the next moment at which that may change."""

SILENCE: Wave = (False, NEVER)


def pattern(*durations: float) -> tuple[float, ...]:
    """Turn on, off, on ... durations into the offsets of their ends, seconds."""
    return tuple(round(offset, 3) for offset in accumulate(durations))


CHIRP = pattern(0.1, 0.1)
TWO_CHIRPS = pattern(0.1, 0.1, 0.1, 0.1)
BURST = pattern(0.2, 0.2, 0.2, 0.2, 0.2, 0.2)
SOFT_CHIRPS = pattern(0.05, 0.15, 0.05, 0.15)
PULSE = pattern(0.5, 0.5)


def once(shape: tuple[float, ...], start: float, now: float) -> Wave:
    """Sound `shape` one time, beginning at `start`."""
    if now < start:
        return False, start
    for index, offset in enumerate(shape):
        if now < start + offset:
            return index % 2 == 0, start + offset
    return SILENCE


def every(
    shape: tuple[float, ...],
    period: float | None,
    start: float,
    now: float,
    *,
    until: float = NEVER,
) -> Wave:
    """Sound `shape` at `start` and every `period` seconds after it; None sounds it once.

    None begins at `until` or later.
    """
    if start >= until:
        return SILENCE
    if period is None or now < start:
        return once(shape, start, now)
    turn = math.floor((now - start) / period)
    if start + (turn + 1) * period <= now:
        turn += 1
    elif start + turn * period > now:
        turn -= 1
    following = start + (turn + 1) * period
    begun = start + turn * period
    on, edge = once(shape, begun, now) if begun < until else SILENCE
    return on, min(edge, following if following < until else NEVER)


def either(first: Wave, second: Wave) -> Wave:
    """Sound two things at the same time."""
    return first[0] or second[0], min(first[1], second[1])
