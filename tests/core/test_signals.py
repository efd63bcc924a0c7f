"""Beep patterns as arithmetic: on now, and when that changes next."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensor.core import signals
from sensor.core.instant import NEVER
from sensor.core.signals import BURST, CHIRP, PULSE, SILENCE, TWO_CHIRPS, Wave

SHAPES = st.sampled_from([CHIRP, TWO_CHIRPS, BURST, PULSE])
MOMENTS = st.floats(0, 1e7)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (CHIRP, (0.1, 0.2)),
        (TWO_CHIRPS, (0.1, 0.2, 0.3, 0.4)),
        (BURST, (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)),
        (PULSE, (0.5, 1.0)),
    ],
)
def test_shapes(shape: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """A chirp is 0.1 s on and off, a burst three times 0.2 s, a pulse half a second."""
    assert expected == shape


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (9, (False, 10)),
        (10, (True, 10.1)),
        (10.1, (False, 10.2)),
        (10.2, (True, 10.3)),
        (10.3, (False, 10.4)),
        (10.4, SILENCE),
        (99, SILENCE),
    ],
)
def test_once(now: float, expected: Wave) -> None:
    """A shape sounds from its start and is silent for ever after."""
    assert expected == signals.once(TWO_CHIRPS, 10, now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (9, (False, 10)),
        (10, (True, 10.1)),
        (10.2, (False, 15)),
        (14.9, (False, 15)),
        (15, (True, 15.1)),
        (25.15, (False, 25.2)),
    ],
)
def test_every(now: float, expected: Wave) -> None:
    """A shape with a period sounds at its start and again each period."""
    assert expected == signals.every(CHIRP, 5, 10, now)


@pytest.mark.parametrize(
    ("now", "until", "expected"),
    [
        (10, 10, SILENCE),
        (10.05, 10.01, (True, 10.1)),
        (12, 14, SILENCE),
        (12, 15, SILENCE),
        (12, 15.01, (False, 15)),
        (15, 14, SILENCE),
        (15, 15, SILENCE),
        (15, 15.01, (True, 15.1)),
    ],
)
def test_until(now: float, until: float, expected: Wave) -> None:
    """No repetition begins at the end or later, or is announced, whenever somebody asks."""
    assert expected == signals.every(CHIRP, 5, 10, now, until=until)


def test_a_hair_before_a_period_it_is_near() -> None:
    """A quotient that is rounded up leaves no repetition out."""
    now = 1746.3999999999999

    assert signals.every(CHIRP, 2, 316.4, now) == (False, 316.4 + 715 * 2)


def test_no_period_sounds_once() -> None:
    """None for a period means a single time."""
    assert signals.every(CHIRP, None, 10, 10.2) == SILENCE


def test_a_pulse_goes_on() -> None:
    """A shape as long as its period repeats without a pause."""
    edges = [(3.0, True), (3.5, False), (4.0, True)]

    actual = [(moment, signals.every(PULSE, 1, 0, moment)[0]) for moment, _ in edges]

    assert edges == actual


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((True, 3), (False, 2), (True, 2)),
        ((False, 3), (True, 7), (True, 3)),
        (SILENCE, SILENCE, (False, NEVER)),
    ],
)
def test_either(first: Wave, second: Wave, expected: Wave) -> None:
    """Two things at once sound while one of them does."""
    assert expected == signals.either(first, second)


@settings(deadline=None)
@example(CHIRP, 2, 316.4, 1746.3999999999999)
@given(SHAPES, st.none() | st.floats(2, 1e4), MOMENTS, MOMENTS)
def test_the_next_edge_is_ahead(
    shape: tuple[float, ...], period: float | None, start: float, now: float
) -> None:
    """Whoever asks is never sent back to the same moment."""
    _, edge = signals.every(shape, period, start, now)

    assert edge > now


@settings(deadline=None)
@example(CHIRP, 2, 64828.9, 492)
@example(CHIRP, 7.7, 7778.2, 326)
@given(SHAPES, st.floats(2, 1e4), MOMENTS, st.integers(0, 1000))
def test_each_period_begins_with_sound(
    shape: tuple[float, ...], period: float, start: float, turn: int
) -> None:
    """However floats round, the moment announced as a start is one."""
    on, _ = signals.every(shape, period, start, start + turn * period)

    assert on
