"""The status LED as arithmetic."""

from collections.abc import Callable
from typing import Any

import pytest

from sensor.core.events import BatteryIs, LoopIs, Snooze, Void
from sensor.core.instant import NEVER
from sensor.core.signals import Colour, lamp


def vacant(chair: Any) -> None:
    """Nobody there."""
    chair.at("1:00")


def sitting(chair: Any) -> None:
    """Somebody there."""
    chair.sit("0:00").at("1:00")


def soon(chair: Any) -> None:
    """A break is near."""
    chair.sit("0:00").at("55:00")


def due(chair: Any) -> None:
    """A break is due."""
    chair.sit("0:00").at("60:00")


def snoozed(chair: Any) -> None:
    """Due and snoozed."""
    chair.sit("0:00").at("60:00", Snooze())


def ignored(chair: Any) -> None:
    """A bag."""
    chair.sit("0:00").at("1:00", Void())


def unplugged(chair: Any) -> None:
    """No mat."""
    chair.at("1:00", LoopIs(closed=False))


def low_battery(chair: Any) -> None:
    """Somebody on a seat whose battery is nearly empty."""
    chair.sit("0:00").at("1:00", BatteryIs(low=True))


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (vacant, ("off", NEVER)),
        (sitting, ("green", NEVER)),
        (soon, ("amber", NEVER)),
        (due, ("red", NEVER)),
        (snoozed, ("red", NEVER)),
        (ignored, ("off", NEVER)),
        (unplugged, ("red", 60.1)),
        (low_battery, ("green", NEVER)),
    ],
)
def test_two_colours_are_steady(
    stopwatch: Callable[..., Any],
    arrange: Callable[[Any], None],
    expected: tuple[Colour, float],
) -> None:
    """A two-colour LED tells by colour; only a problem flashes."""
    chair = stopwatch()

    arrange(chair)

    assert expected == lamp(chair.state, chair.now, two_colours=True)


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (vacant, ("off", NEVER)),
        (sitting, ("green", NEVER)),
        (soon, ("amber", 3301)),
        (due, ("red", 3600.25)),
        (snoozed, ("red", 3600.25)),
        (unplugged, ("red", 60.1)),
        (low_battery, ("green", NEVER)),
    ],
)
def test_one_colour_tells_by_rhythm(
    stopwatch: Callable[..., Any],
    arrange: Callable[[Any], None],
    expected: tuple[Colour, float],
) -> None:
    """A single LED is steady while sitting, slow when a break is near, fast when it is due."""
    chair = stopwatch()

    arrange(chair)

    assert expected == lamp(chair.state, chair.now, two_colours=False)


@pytest.mark.parametrize(
    ("arrange", "offset", "expected"),
    [
        (soon, 1, ("off", 2)),
        (soon, 2, ("amber", 3)),
        (due, 0.25, ("off", 0.5)),
        (due, 0.5, ("red", 0.75)),
        (unplugged, 0.1, ("off", 0.3)),
        (unplugged, 0.3, ("red", 0.4)),
        (unplugged, 0.4, ("off", 2)),
        (unplugged, 2, ("red", 2.1)),
    ],
)
def test_the_rhythms(
    stopwatch: Callable[..., Any],
    arrange: Callable[[Any], None],
    offset: float,
    expected: tuple[Colour, float],
) -> None:
    """Near: a second on, a second off; due: four times as fast; a problem: a double flash."""
    chair = stopwatch()
    arrange(chair)

    colour, edge = lamp(chair.state, chair.now + offset, two_colours=False)

    assert expected[0] == colour
    assert expected[1] == pytest.approx(edge - chair.now)
