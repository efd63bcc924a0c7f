"""The soft chirps that end a break: where they are wanted, and nowhere else."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sensor.core.events import BuzzerSwitch, DoNotDisturb


def sounds(chair: Any) -> list[tuple[float, float]]:
    """Take a break from the twentieth minute on; tell what is heard, in seconds of it."""
    chair.sit("0:00").stand("20:00")
    return [(round(on - 1500, 2), round(off - 1500, 2)) for on, off in chair._sounds(2400)]


def test_two_soft_chirps(stopwatch: Callable[..., Any]) -> None:
    """They sound once, when the break is complete."""
    assert sounds(stopwatch(break_chirp=True)) == [(0, 0.05), (0.2, 0.25)]


def test_off_by_default(stopwatch: Callable[..., Any]) -> None:
    """Who has not asked for it hears nothing."""
    assert sounds(stopwatch()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"buzzer_style": "off"},
        {"wall": datetime(2026, 3, 2, 23, tzinfo=UTC)},
    ],
    ids=["style off", "quiet hours"],
)
def test_never_where_there_is_to_be_silence(
    stopwatch: Callable[..., Any], changed: dict[str, Any]
) -> None:
    """Without sound there is none, and at night neither."""
    assert sounds(stopwatch(break_chirp=True, **changed)) == []


@pytest.mark.parametrize("wish", [DoNotDisturb(on=True), BuzzerSwitch(on=False)])
def test_never_for_who_wants_none(stopwatch: Callable[..., Any], wish: Any) -> None:
    """Do not disturb and the switch hold for it too."""
    chair = stopwatch(break_chirp=True)
    chair.at("0:00", wish)

    assert sounds(chair) == []


def test_never_for_who_sits_again(stopwatch: Callable[..., Any]) -> None:
    """Whoever is just sitting down is not chirped at."""
    chair = stopwatch(break_chirp=True)
    chair.sit("0:00").stand("20:00").sit("24:59")

    assert chair.sounds("30:00") == []
    assert "25:02 break_complete" not in chair.told


def test_never_late(stopwatch: Callable[..., Any]) -> None:
    """A break that was complete while the daemon was down is not made a noise about later."""
    chair = stopwatch(break_chirp=True)
    chair.sit("0:00").stand("20:00").at("21:00")

    again = chair.restarted(600)

    assert again.sounds("10:00") == []
    assert [tell.event_type for tell in again.tells] == ["break_complete"]
