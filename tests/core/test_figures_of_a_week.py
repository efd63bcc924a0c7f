"""The week's figures and the goal, on a stopwatch that begins on a Monday at eight."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sensor.core.events import ClockSet
from sensor.core.instant import shifted
from sensor.core.report import looks_the_same
from sensor.core.restore import Recall
from sensor.core.rules import Rules

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
    """After a week off, the one before it is not taken for last week, nor after one of downtime."""
    chair = sat(stopwatch(), 0, 40).at(10 * HOUR)
    again = chair.restarted(14 * DAY)

    sat(chair, 14, 10).at(14 * DAY + 10 * HOUR)

    for each in (chair, again):
        assert week(each, "since", "prolonged_share_before") == ["2026-03-16", None]


def test_a_bout_over_midnight_is_split(stopwatch: Callable[..., Any]) -> None:
    """What was sat before the week began belongs to the week before."""
    chair = stopwatch(wall=datetime(2026, 3, 9, 3, 30, tzinfo=UTC))

    chair.sit(0).stand("50:00").at("60:00")

    assert week(chair, "since", "chair_seconds") == ["2026-03-09", 1200]


@pytest.mark.parametrize("clock", ["2:30:00", "27:00:00"])
def test_a_bout_that_outlasts_its_week(stopwatch: Callable[..., Any], clock: str) -> None:
    """While it runs, each week has its part, and the old one is judged with its own."""
    chair = stopwatch(wall=datetime(2026, 3, 9, 2, tzinfo=UTC), suspicious_after=None)

    chair.sit(0).stand("20:00").sit("1:00:00").at(clock)

    assert week(chair, "since", "bouts", "prolonged_share_before") == ["2026-03-09", 0, 0.75]
    assert week(chair, "chair_seconds") == [chair.now - 7200]


@pytest.mark.parametrize(("days", "seconds"), [(-14, 1200), (14, 0)])
def test_a_clock_that_is_set_for_the_first_time(
    stopwatch: Callable[..., Any], days: int, seconds: float
) -> None:
    """A week that seemed to lie ahead is this one; one that lay behind is over."""
    chair = stopwatch(wall=datetime(2026, 3, 16, 3, 30, tzinfo=UTC))
    chair.sit(0).stand("20:00").at("40:00")

    chair.at("40:00", ClockSet(chair.state.wall_offset + days * DAY, first=True))

    monday = {-14: "2026-03-02", 14: "2026-03-30"}[days]
    assert week(chair, "since", "chair_seconds") == [monday, seconds]


def test_a_wrong_clock_in_a_bout_over_a_boundary(stopwatch: Callable[..., Any]) -> None:
    """Once it is put right, each day has its part of the bout."""
    chair = stopwatch(wall=datetime(2026, 3, 3, 2, tzinfo=UTC))
    right = chair.state.wall_offset
    chair.sit("1:40:00").at("2:10:00", ClockSet(right + 3 * DAY)).stand("2:20:00").at("3:00:00")

    chair.at("3:00:00", ClockSet(right))

    assert chair.facts("date", "chair_seconds") == {"date": "2026-03-03", "chair_seconds": 1200}
    assert week(chair, "since", "chair_seconds", "bouts") == ["2026-03-02", 2400, 1]


def test_a_wrong_clock_in_a_bout_that_outlasts_its_week(stopwatch: Callable[..., Any]) -> None:
    """Once it is put right, the week before is judged with its part of the bout."""
    chair = stopwatch(wall=datetime(2026, 3, 9, 2, tzinfo=UTC))
    right = chair.state.wall_offset

    chair.sit(0).at("2:10:00", ClockSet(right + 3 * DAY)).at("2:20:00", ClockSet(right))

    assert week(chair, "since", "prolonged_share_before", "chair_seconds") == [
        "2026-03-09",
        1,
        1200,
    ]


def test_a_wrong_clock_on_a_monday(stopwatch: Callable[..., Any]) -> None:
    """It costs nobody the days of the week before on which the goal was kept."""
    chair = sat(stopwatch(goals=True), 0, 20).at(7 * DAY + HOUR)
    right = chair.state.wall_offset

    chair.at(chair.now, ClockSet(right + 3 * DAY)).at(chair.now + 60, ClockSet(right))

    assert chair.report()["goal"]["days_in_a_row"] == 1


def test_a_clock_that_is_wrong_twice(stopwatch: Callable[..., Any]) -> None:
    """A date in between takes along what was counted, and may itself have been the error."""
    chair = stopwatch(goals=True)
    right = chair.state.wall_offset
    chair.sit("0:00").stand("10:00").at("20:00", ClockSet(right + 14 * DAY))
    chair.sit("1:00:00").stand("1:10:00").sit("20:10:00").stand("20:20:00").at("20:40:00")

    chair.at("20:40:00", ClockSet(right + 2 * DAY))
    between = [chair.facts("date", "chair_seconds"), week(chair, "since", "chair_seconds")]
    streak = chair.report()["goal"]["days_in_a_row"]
    chair.at("20:50:00", ClockSet(right + 14 * DAY))

    assert between == [{"date": "2026-03-05", "chair_seconds": 600}, ["2026-03-02", 1800]]
    assert streak == 2
    assert chair.facts("date", "coverage_seconds") == {
        "date": "2026-03-17",
        "coverage_seconds": 50 * 60,
    }
    assert week(chair, "since", "chair_seconds") == ["2026-03-16", 1200]


def test_a_memory_that_is_read_a_day_late(stopwatch: Callable[..., Any]) -> None:
    """The days of both lives add up, and so do those on which the goal was kept."""
    chair = sat(stopwatch(goals=True), 0, 20, 20).at(10 * HOUR)

    again = type(chair)(chair.rules, wall=datetime(2026, 3, 3, 8, tzinfo=UTC))
    again.sit(60).stand(660).at(DAY).at(DAY, chair.remembered(14 * HOUR))

    assert week(again, "since", "chair_seconds", "bouts") == ["2026-03-02", 3000, 3]
    assert again.report()["goal"] == {"kept_today": None, "days_in_a_row": 2}


@pytest.mark.parametrize("day", [1, 6], ids=["Tuesday", "Sunday"])
@pytest.mark.parametrize(
    ("before", "since", "streak"),
    [
        ([20], [[20]], 2),
        ([20], [[]], 2),
        ([], [[20]], 2),
        ([], [[]], 1),
        ([70], [[20]], 0),
        ([70], [[]], 0),
        ([20], [[70]], 0),
        ([], [[70]], 0),
        ([20], [[20], [20]], 3),
        ([20], [[], [20]], 3),
        ([], [[20], []], 2),
        ([70], [[20], [20]], 1),
        ([20], [[20], [70]], 0),
        ([20], [[20], [70], [20]], 1),
        ([20], [[70], [20]], 1),
    ],
)
def test_a_day_of_two_lives_that_is_over_when_the_memory_is_read(
    stopwatch: Callable[..., Any], before: list[int], since: list[list[int]], streak: int, day: int
) -> None:
    """It counts once, and the goal was kept if it was in both. A missed goal ends what was before.

    Monday was a good day; on a later one the daemon restarts at 16:00.
    """
    chair = sat(sat(stopwatch(goals=True), 0, 20), day, *before).at(day * DAY + 8 * HOUR)
    again = type(chair)(chair.rules, wall=datetime(2026, 3, 2 + day, 16, tzinfo=UTC))
    for number, minutes in enumerate(since):
        sat(again, number, *minutes)
    again.at(len(since) * DAY - HOUR)

    again.at(again.now, chair.remembered(0))

    assert again.report()["goal"]["days_in_a_row"] == streak


@pytest.mark.parametrize(
    ("lives", "streak"),
    [
        (([20], [20], [20]), 2),
        (([20], [], [20]), 2),
        (([], [20], []), 2),
        (([20], [70], [20]), 0),
        (([20], [20], [70]), 0),
        (([70], [20], [20]), 0),
    ],
)
def test_a_day_of_three_lives_that_is_over_when_the_memories_are_read(
    stopwatch: Callable[..., Any], lives: tuple[list[int], ...], streak: int
) -> None:
    """Latest first, as they are read; the goal was kept if it was in each."""
    chair = sat(sat(stopwatch(goals=True), 0, 20), 1, *lives[0]).at(DAY + 8 * HOUR)
    second = sat(type(chair)(chair.rules, wall=datetime(2026, 3, 3, 16, tzinfo=UTC)), 0, *lives[1])
    second.at(4 * HOUR)
    third = sat(type(chair)(chair.rules, wall=datetime(2026, 3, 3, 20, tzinfo=UTC)), 0, *lives[2])
    third.at(12 * HOUR, second.remembered(0))

    past = shifted(chair.state, -(chair.now + second.now))
    third.at(third.now, Recall(past, -second.now, certain=True, resumed_at=-second.now))

    assert third.report()["goal"]["days_in_a_row"] == streak


def test_a_bout_that_was_never_prolonged(stopwatch: Callable[..., Any]) -> None:
    """Half an hour was reached only by seconds that were taken for sitting when the day began."""
    chair = stopwatch(wall=datetime(2026, 3, 3, 3, 29, tzinfo=UTC))

    chair.sit("0:58").stand("30:55").at("40:00")

    assert week(chair, "chair_seconds", "prolonged_share") == [1797, 0]


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
        ([[65]], {"kept_today": True, "days_in_a_row": 0}),
        ([[20]] * 8, {"kept_today": True, "days_in_a_row": 7}),
    ],
    ids=["first", "second", "heeded", "day off", "anew", "not today", "just so", "next week"],
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


@pytest.mark.parametrize(
    ("leaves", "now", "kept"),
    [("0:00.5", "10:00", True), ("10:00", "10:30", True), ("66:00", "66:30", False)],
)
def test_the_goal_of_a_first_bout(
    stopwatch: Callable[..., Any], leaves: str, now: str, kept: bool
) -> None:
    """Who has just got up has sat today, for however short a time."""
    chair = stopwatch(goals=True, sit_confirm=0.1).sit(0).stand(leaves).at(now)

    assert chair.report()["goal"]["kept_today"] is kept


def test_the_longest_bout_that_keeps_the_goal(stopwatch: Callable[..., Any]) -> None:
    """It does so in the next bout, too."""
    chair = stopwatch(goals=True).sit(0).stand("65:00").sit("75:00").at("76:00")

    assert chair.report()["goal"]["kept_today"] is True


def test_a_bag_costs_no_goal(stopwatch: Callable[..., Any]) -> None:
    """A bout that is left out of the figures is left out of the goal."""
    chair = stopwatch(goals=True).sit(0).at(11 * HOUR)
    before = chair.report()["goal"]["kept_today"]

    chair.at(13 * HOUR)

    assert [before, chair.report()["goal"]["kept_today"]] == [False, True]


def test_the_goal_is_lost_at_its_moment(stopwatch: Callable[..., Any]) -> None:
    """It changes with time alone, five minutes after the limit, and is told then."""
    chair = stopwatch(goals=True).sit(0).at("65:00")
    before = chair.state

    chair.at("65:00.01")

    assert not looks_the_same(before, chair.state)
    assert [before.goal_kept, chair.state.goal_kept] == [True, False]


def test_the_goal_of_a_new_day(stopwatch: Callable[..., Any]) -> None:
    """Who sits when the day begins has sat on it."""
    chair = stopwatch(goals=True, wall=datetime(2026, 3, 3, 3, 50, tzinfo=UTC))

    chair.sit(0).at("10:00")

    assert chair.report()["goal"] == {"kept_today": True, "days_in_a_row": 1}


class TestOverTheBoundary:
    """What began before 4:00 belongs to the day before, whenever it turns out; the week has it."""

    BREAKS = ("transitions", "short_breaks", "full_breaks", "bouts")
    MONDAY_NIGHT = datetime(2026, 3, 3, 2, tzinfo=UTC)
    """Two hours before Tuesday begins."""

    @pytest.mark.parametrize(("back", "short", "full"), [("2:02:00", 1, 0), ("2:30:00", 0, 1)])
    def test_a_break(self, stopwatch: Callable[..., Any], back: str, short: int, full: int) -> None:
        """Up at 3:58: that break is Monday's, and so is the bout before it."""
        chair = stopwatch(wall=self.MONDAY_NIGHT)

        chair.sit("1:00:00").stand("1:58:00").sit(back).at("3:00:00")

        assert list(chair.facts(*self.BREAKS).values()) == [0, 0, 0, 1]
        assert chair.facts("longest_bout_seconds") == {"longest_bout_seconds": 0}
        assert week(chair, "short_breaks", "full_breaks", "bouts") == [short, full, 2]
        assert week(chair, "longest_bout_seconds") == [58 * 60]

    def test_a_break_that_is_full_with_the_day(self, stopwatch: Callable[..., Any]) -> None:
        """Up at 3:55, at five to what is four o'clock there."""
        rules = Rules(timezone=timezone(timedelta(hours=5, minutes=30)))
        chair = stopwatch(rules, wall=self.MONDAY_NIGHT - timedelta(hours=5, minutes=30))

        chair.sit("1:00:00").stand("1:55:00").at("2:00:00")

        assert chair.facts("date", "full_breaks") == {"date": "2026-03-03", "full_breaks": 0}
        assert week(chair, "full_breaks") == [1]

    def test_a_bout_that_closes_on_the_next_day(self, stopwatch: Callable[..., Any]) -> None:
        """Up at 3:59:30, too long for the same bout at 4:00:30."""
        chair = stopwatch(wall=self.MONDAY_NIGHT)

        chair.sit("1:00:00").stand("1:59:30").at("2:30:00")

        assert chair.facts("longest_bout_seconds") == {"longest_bout_seconds": 0}
        assert week(chair, "longest_bout_seconds", "chair_seconds") == [3570, 3570]

    def test_getting_up(self, stopwatch: Callable[..., Any]) -> None:
        """Up at 3:59:55, which is certain ten seconds later."""
        chair = stopwatch(wall=self.MONDAY_NIGHT)

        chair.sit("1:00:00").stand("1:59:55").at("2:01:00")

        assert chair.facts("transitions", "chair_seconds") == {
            "transitions": 0,
            "chair_seconds": 0,
        }
        assert week(chair, "chair_seconds") == [59 * 60 + 55]

    def test_sitting_down(self, stopwatch: Callable[..., Any]) -> None:
        """Down at 3:59:58, which is certain three seconds later."""
        chair = stopwatch(wall=self.MONDAY_NIGHT)

        chair.sit("1:59:58").at("2:10:00")

        assert chair.facts("bouts", "chair_seconds") == {"bouts": 0, "chair_seconds": 600}
        assert week(chair, "bouts", "chair_seconds") == [1, 602]

    def test_an_answer(self, stopwatch: Callable[..., Any]) -> None:
        """An alert of 3:58 that is heeded at 4:01."""
        chair = stopwatch(wall=self.MONDAY_NIGHT)

        chair.sit("58:00").stand("2:01:00").at("2:02:00")

        assert chair.facts("alerts", "alerts_heeded") == {"alerts": 0, "alerts_heeded": 0}
        assert week(chair, "alerts", "alerts_heeded") == [1, 1]

    def test_a_long_bout(self, stopwatch: Callable[..., Any]) -> None:
        """Twenty minutes before, twenty after: all forty were sat in a bout of half an hour."""
        chair = stopwatch(wall=self.MONDAY_NIGHT)

        chair.sit("1:40:00").at("2:20:00")
        running = week(chair, "prolonged_share")
        chair.stand("2:20:00").at("3:00:00")

        chair.sit("3:00:00").stand("3:20:00").at("4:00:00")

        assert running == [1]
        assert chair.facts("prolonged_share") == {"prolonged_share": 0.5}
        assert week(chair, "prolonged_share") == [0.667]

    def test_a_bag_over_night(self, stopwatch: Callable[..., Any]) -> None:
        """When it is clear that nobody sits that long, the day before is rid of it, too."""
        chair = stopwatch(wall=datetime(2026, 3, 2, 20, tzinfo=UTC))

        chair.sit(60).stand(14 * HOUR).at(15 * HOUR)

        assert list(chair.facts(*self.BREAKS, "chair_seconds").values()) == [0, 0, 0, 0, 0]
        assert week(chair, "chair_seconds", "bouts", "alerts", "full_breaks") == [0, 0, 0, 0]
        assert week(chair, "prolonged_share") == [None]
