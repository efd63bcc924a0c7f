"""The status LED, one pin or two, in every status, seen at the pins."""

from itertools import pairwise
from typing import Any

import pytest

from tests.play import Player

GREEN, RED = 27, 22
ONE = {"pins__led": str(GREEN)}
TWO = {"pins__led": f"[{GREEN}, {RED}]"}

STORY = """
1:00 sit
61:30 publish do/snooze PRESS
66:40 stand
72:00 sit
75:00 unplug
76:00 plug
77:00 publish do/void PRESS
79:00 end
"""
MOMENTS = {
    "starting": (0, 9),
    "vacant": (20, 60),
    "sitting": (70, 3350),
    "break_soon": (3370, 3650),
    "break_due": (3661, 3689),
    "snoozed": (3691, 3985),
    "away": (4015, 4290),
    "unplugged": (4501, 4559),
    "ignored": (4630, 4730),
}


def lit(game: Any, pin: int, during: tuple[float, float]) -> set[bool]:
    """Tell which levels a pin had in a stretch of time."""
    begin, end = during
    before = [high for t, number, high in game.levels if number == pin and t <= begin]
    within = {bool(high) for t, number, high in game.levels if number == pin and begin < t <= end}
    return within | {bool(before[-1]) if before else False}


def rhythm(game: Any, pin: int, during: tuple[float, float]) -> set[float]:
    """Tell how long a pin stays on, and off, in a stretch of time."""
    begin, end = during
    edges = [t for t, number, _ in game.levels if number == pin and begin < t <= end]
    return {round(later - t, 2) for t, later in pairwise(edges)}


def test_story(play: Player) -> None:
    """The story below passes through every status when it says."""
    game = play(STORY).run()

    for status, (begin, end) in MOMENTS.items():
        assert (status, game.state(begin)["status"]) == (status, status)
        assert (status, game.state(end)["status"]) == (status, status)


@pytest.mark.parametrize(
    ("status", "levels", "lengths"),
    [
        ("starting", {False}, set()),
        ("vacant", {False}, set()),
        ("sitting", {True}, set()),
        ("break_soon", {True, False}, {1.0}),
        ("break_due", {True, False}, {0.25}),
        ("snoozed", {True, False}, {0.25}),
        ("away", {False}, set()),
        ("unplugged", {True, False}, {0.1, 0.2, 1.6}),
        ("ignored", {False}, set()),
    ],
)
def test_one_pin(play: Player, status: str, levels: set[bool], lengths: set[float]) -> None:
    """A single LED tells by rhythm: steady, slow, fast, a double flash."""
    game = play(STORY, **ONE).run()

    assert lit(game, GREEN, MOMENTS[status]) == levels
    assert rhythm(game, GREEN, MOMENTS[status]) == lengths


@pytest.mark.parametrize(
    ("status", "green", "red"),
    [
        ("starting", {False}, {False}),
        ("vacant", {False}, {False}),
        ("sitting", {True}, {False}),
        ("break_soon", {True}, {True}),
        ("break_due", {False}, {True}),
        ("snoozed", {False}, {True}),
        ("away", {False}, {False}),
        ("unplugged", {False}, {True, False}),
        ("ignored", {False}, {False}),
    ],
)
def test_two_pins(play: Player, status: str, green: set[bool], red: set[bool]) -> None:
    """A two-colour LED tells by colour, steadily; only a problem flashes."""
    game = play(STORY, **TWO).run()

    assert lit(game, GREEN, MOMENTS[status]) == green
    assert lit(game, RED, MOMENTS[status]) == red


@pytest.mark.parametrize("pins", [ONE, TWO])
def test_dark_in_the_end(play: Player, pins: dict[str, str]) -> None:
    """After a stop the LED is off, and so it is after a crash once systemd has cleaned up."""
    for end in ("10:00 end", "10:00 crash 60s\n10:30 end"):
        game = play(f"1:00 sit\n{end}", **pins).run()

        assert not any(game.world.chair.wires.outputs.get(pin) for pin in (GREEN, RED))
