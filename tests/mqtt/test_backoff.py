"""How the waits between attempts grow."""

from itertools import islice
from random import Random

from sensor.mqtt.backoff import LONGEST, delays


def seeded(seed: int) -> Random:
    """Give a repeatable jitter."""
    return Random(seed)  # noqa: S311 - jitter


def test_the_first_attempt_is_at_once() -> None:
    """There is no wait before the first attempt."""
    assert next(delays(seeded(1))) == 0.0


def test_waits_grow_and_then_stay_below_the_longest() -> None:
    """The waits grow step by step, never beyond half a minute, and never end."""
    waits = list(islice(delays(seeded(1)), 200))

    assert waits[1:6] == sorted(waits[1:6])
    assert 1.0 <= waits[1] <= 1.5
    assert all(LONGEST * 2 / 3 <= wait <= LONGEST for wait in waits[6:])


def test_jitter_keeps_devices_apart() -> None:
    """Two devices do not knock at the same moments, the same seed always does."""
    one, same, other = (list(islice(delays(seeded(seed)), 9)) for seed in (1, 1, 2))

    assert one == same
    assert all(mine != yours for mine, yours in zip(one[1:], other[1:], strict=True))
