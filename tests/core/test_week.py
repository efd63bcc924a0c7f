"""The week's figures and the goal, on a stopwatch that begins on a Monday at eight."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

DAY = 24 * 3600
HOUR = 3600


def sat(chair: Any, day: int, *minutes: int) -> Any:
    """Sit for so many minutes, each time from another hour of a day on (0 is the Monday)."""
    for hour, length in enumerate(minutes):
        start = day * DAY + 2 * hour * HOUR + 60
        chair.sit(start).stand(start + 60 * length)
    return chair


def week(chair: Any, *keys: str) -> list[Any]:
    """Tell some of the week's figures."""
    return [chair.report()["week"][key] for key in keys]


def test_days_add_up(stopwatch: Callable[..., Any]) -> None:
    """A week is the sum of its days, today included; prolonged is what lasts half an hour."""
    chair = stopwatch()

    sat(sat(chair, 0, 20, 40), 1, 60).at(DAY + 10 * HOUR)

    keys = ("since", "chair_seconds", "longest_bout_seconds", "bouts", "full_breaks")
    assert week(chair, *keys) == ["2026-03-02", 7200, 3600, 3, 3]
    assert week(chair, "prolonged_share", "prolonged_share_before") == [0.833, None]


def test_a_week_begins_with_its_monday(stopwatch: Callable[..., Any]) -> None:
    """On the next Monday all is at zero, and last week's share is there to compare with."""
    chair = stopwatch()

    sat(sat(chair, 0, 20, 40), 7, 10).at(7 * DAY + 10 * HOUR)

    assert week(chair, "since", "chair_seconds", "bouts") == ["2026-03-09", 600, 1]
    assert week(chair, "prolonged_share", "prolonged_share_before") == [0, 0.667]


def test_a_week_without_sitting_has_nothing_to_compare_with(stopwatch: Callable[..., Any]) -> None:
    """After a week off, the one before it is not taken for last week."""
    chair = stopwatch()

    sat(sat(chair, 0, 40), 14, 10).at(14 * DAY + 10 * HOUR)

    assert week(chair, "since", "prolonged_share_before") == ["2026-03-16", None]


def test_a_bout_over_midnight_is_split(stopwatch: Callable[..., Any]) -> None:
    """What was sat before the week began belongs to the week before."""
    chair = stopwatch(wall=datetime(2026, 3, 9, 3, 30, tzinfo=UTC))

    chair.sit(0).stand("50:00").at("60:00")

    assert week(chair, "since", "chair_seconds") == ["2026-03-09", 1200]


def test_a_restart_forgets_no_day(stopwatch: Callable[..., Any]) -> None:
    """A night without the daemon is a change of day like any other."""
    chair = sat(stopwatch(goals=True), 0, 20, 40).at(10 * HOUR)

    again = chair.restarted(20 * HOUR)
    again.sit(60).stand(660).at(1200)

    assert week(again, "since", "chair_seconds", "bouts") == ["2026-03-02", 4200, 3]
    assert again.report()["goal"] == {"kept_today": True, "days_in_a_row": 1}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([[20, 40]], {"kept_today": True, "days_in_a_row": 0}),
        ([[20], [40]], {"kept_today": True, "days_in_a_row": 1}),
        ([[20], [64], []], {"kept_today": None, "days_in_a_row": 2}),
        ([[20], [], [40]], {"kept_today": True, "days_in_a_row": 1}),
        ([[20], [66], [40]], {"kept_today": True, "days_in_a_row": 0}),
        ([[20], [66]], {"kept_today": False, "days_in_a_row": 1}),
    ],
    ids=["first", "second", "heeded", "day off", "anew", "not today"],
)
def test_the_goal(
    stopwatch: Callable[..., Any], days: list[list[int]], expected: dict[str, Any]
) -> None:
    """Days without a bout over the limit; one that ends in time after an alert is none."""
    chair = stopwatch(goals=True)

    for number, minutes in enumerate(days):
        sat(chair, number, *minutes).at(number * DAY + 10 * HOUR)

    assert chair.report()["goal"] == expected


def test_the_goal_is_for_who_wants_one(stopwatch: Callable[..., Any]) -> None:
    """Without `goals` nobody is told."""
    assert sat(stopwatch(), 0, 20).report()["goal"] is None


def test_a_running_bout_counts(stopwatch: Callable[..., Any]) -> None:
    """Who has been sitting for too long has not kept the goal today."""
    chair = stopwatch(goals=True)

    chair.sit(0).at("66:00")

    assert chair.report()["goal"]["kept_today"] is False
