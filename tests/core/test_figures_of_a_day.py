"""Today's figures: what a day is made of, and how a bout over its boundary is split."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sensor.core import figures as core
from sensor.core.events import ClockSet, ContactIs, DoNotDisturb, LoopIs, Suspended, Void
from sensor.core.figures import Day
from sensor.core.sitting import Bout, Idle, Seated

HALF_PAST_THREE = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)
TODAY = Day(date="2026-03-02", chair=1000, bouts=2, alerts=1)
FIGURES = (
    "chair_seconds",
    "longest_bout_seconds",
    "bouts",
    "transitions",
    "short_breaks",
    "full_breaks",
    "alerts",
    "alerts_heeded",
    "coverage_seconds",
)


def figures(*values: float) -> dict[str, float]:
    """Name the figures of a day."""
    return dict(zip(FIGURES, values, strict=True))


def test_an_ordinary_day(stopwatch: Callable[..., Any]) -> None:
    """Sums over bouts and breaks, and how long the sensor was good."""
    chair = stopwatch()

    chair.sit("0:00").stand("10:00").sit("10:30").stand("61:30").sit("65:00").stand("70:00")
    chair.at("80:00")

    assert chair.facts(*FIGURES) == figures(66 * 60, 61 * 60, 2, 3, 1, 1, 1, 1, 80 * 60) | {
        "chair_seconds": 66 * 60,
    }


def test_the_open_bout_counts(stopwatch: Callable[..., Any]) -> None:
    """Chair time includes the bout that is running; the longest bout is a closed one."""
    chair = stopwatch()

    chair.sit("0:00").at("10:00")

    assert chair.facts(*FIGURES) == figures(600, 0, 1, 0, 0, 0, 0, 0, 600)


def test_a_bout_over_the_boundary_is_split(stopwatch: Callable[..., Any]) -> None:
    """Each day has its share of the chair time; the longest bout keeps it whole."""
    chair = stopwatch(wall=HALF_PAST_THREE)
    chair.sit("0:00").at("30:00")
    at_four = chair.facts("date", *FIGURES)

    chair.stand("50:00").at("60:00")

    assert at_four == {"date": "2026-03-03", **figures(0, 0, 0, 0, 0, 0, 0, 0, 0)}
    assert chair.facts(*FIGURES) == figures(1200, 3000, 0, 1, 0, 1, 0, 0, 1800)


def test_an_absence_over_the_boundary(stopwatch: Callable[..., Any]) -> None:
    """What was sat before belongs to yesterday even if the sitter is only briefly up."""
    chair = stopwatch(wall=HALF_PAST_THREE)

    chair.sit("0:00").stand("29:45").sit("30:15").at("31:00")

    assert chair.facts(*FIGURES) == figures(45, 0, 0, 0, 0, 0, 0, 0, 60)


@pytest.mark.parametrize(("contact", "transitions"), [(False, 1), (True, 0)])
def test_gone_after_a_suspend(
    stopwatch: Callable[..., Any], contact: bool, transitions: int
) -> None:
    """Who sat before the machine slept and is gone afterwards has got up, seen or not."""
    chair = stopwatch().sit("0:00")

    chair.at("12:00", Suspended(90), ContactIs(closed=contact)).at("12:20")

    assert chair.facts("transitions") == {"transitions": transitions}


def test_seen_to_leave_then_unplugged(stopwatch: Callable[..., Any]) -> None:
    """Whoever was seen to leave has left once, whatever the sensor goes through afterwards."""
    chair = stopwatch().sit("0:00").stand("10:00")

    chair.at("10:30", LoopIs(closed=False)).at("11:00", LoopIs(closed=True)).at("11:20")

    assert chair.facts("transitions") == {"transitions": 1}


def test_nothing_is_covered_while_unplugged(stopwatch: Callable[..., Any]) -> None:
    """A day that begins with the mat unplugged is not covered until it is plugged in."""
    chair = stopwatch(wall=HALF_PAST_THREE, plugged=False)
    chair.at("40:00")
    blind = chair.facts("coverage_seconds")

    chair.at("40:00", LoopIs(closed=True)).at("41:00")

    assert blind == {"coverage_seconds": 0}
    assert chair.facts("coverage_seconds") == {"coverage_seconds": 60}


def test_a_voided_bout_leaves_no_trace(stopwatch: Callable[..., Any]) -> None:
    """Its chair time, its alert and the bout itself are taken back."""
    chair = stopwatch()

    chair.sit("0:00").at("65:00", Void())

    assert chair.facts(*FIGURES) == figures(0, 0, 0, 0, 0, 0, 0, 0, 3900)


def test_a_voided_bout_of_yesterday(stopwatch: Callable[..., Any]) -> None:
    """A bout that was counted yesterday is not taken from today."""
    chair = stopwatch(wall=HALF_PAST_THREE)

    chair.sit("0:00").at("40:00", Void())

    assert chair.facts(*FIGURES) == figures(0, 0, 0, 0, 0, 0, 0, 0, 600)


def test_a_voided_bout_takes_its_heeded_alert_along(stopwatch: Callable[..., Any]) -> None:
    """No more alerts are heeded than there were."""
    chair = stopwatch()

    chair.sit("0:00").stand("61:00").sit("61:30").at("62:00", Void())

    assert chair.facts("alerts", "alerts_heeded") == {"alerts": 0, "alerts_heeded": 0}


def test_an_alert_of_a_bout_that_is_left_out(stopwatch: Callable[..., Any]) -> None:
    """Getting up from it heeds no alert: it is left out with all that belongs to it."""
    chair = stopwatch(suspicious_after=13 * 3600, dnd_expires=12 * 3600)

    chair.sit(0).at("58:00", DoNotDisturb(on=True)).stand("13:00:30").at("13:02:00")

    assert "778:00 break_due 1" in chair.told
    assert chair.facts("alerts", "alerts_heeded") == {"alerts": 0, "alerts_heeded": 0}


@pytest.mark.parametrize(("left", "heeded"), [("65:00", 1), ("65:00.1", 0)])
def test_heeded_in_time(stopwatch: Callable[..., Any], left: str, heeded: int) -> None:
    """Five minutes after level 1 are still in time."""
    chair = stopwatch().sit("0:00").stand(left).at("66:00")

    assert chair.facts("alerts_heeded") == {"alerts_heeded": heeded}


def test_a_clock_set_back_begins_no_day(stopwatch: Callable[..., Any]) -> None:
    """Only a later date begins a new day; yesterday again is an error of the clock."""
    chair = stopwatch()

    chair.sit("0:00").at("10:00", ClockSet(chair.state.wall_offset - 86400)).stand("10:00")
    chair.at("20:00")

    assert chair.facts("date", "chair_seconds", "full_breaks") == {
        "date": "2026-03-02",
        "chair_seconds": 600,
        "full_breaks": 1,
    }


def test_a_clock_set_back_by_days(stopwatch: Callable[..., Any]) -> None:
    """From two days on the date was wrong."""
    chair = stopwatch()

    chair.sit("0:00").at("10:00", ClockSet(chair.state.wall_offset - 2 * 86400))

    assert chair.facts("date", "chair_seconds") == {"date": "2026-02-28", "chair_seconds": 600}


def test_a_new_day_under_a_wrong_clock(stopwatch: Callable[..., Any]) -> None:
    """It is no day either once the clock is put right."""
    chair = stopwatch()
    right = chair.state.wall_offset
    chair.sit("0:00").stand("10:00").at("20:00", ClockSet(right + 40 * 3600))
    wrong = chair.sit("5:00:00").stand("5:10:00").at("6:00:00").facts("date", "chair_seconds")

    chair.at("6:00:00", ClockSet(right))

    assert wrong == {"date": "2026-03-04", "chair_seconds": 600}
    assert chair.facts("date", "chair_seconds", "coverage_seconds") == {
        "date": "2026-03-02",
        "chair_seconds": 1200,
        "coverage_seconds": 6 * 3600,
    }


def test_a_clock_is_believed_after_a_day(stopwatch: Callable[..., Any]) -> None:
    """When a new day begins a whole day after the clock was set, there is no way back."""
    chair = stopwatch()
    right = chair.state.wall_offset
    chair.sit("20:10:00").stand("20:20:00").at("22:00:00", ClockSet(right + 46 * 3600))

    chair.at("46:30:00", ClockSet(right - 24 * 3600))

    assert chair.facts("date", "chair_seconds") == {"date": "2026-03-03", "chair_seconds": 0}


def test_a_first_clock_after_an_uncertain_restart(stopwatch: Callable[..., Any]) -> None:
    """What was remembered is no part of a day that has begun since."""
    chair = stopwatch(wall=HALF_PAST_THREE).sit("0:00").stand("10:00").at("20:00")
    again = chair.restarted(60, certain=False).at("10:00").sit("20:00").stand("30:00").at("40:00")

    again.at("40:00", ClockSet(again.state.wall_offset + 3 * 86400, first=True))

    assert again.facts("date", "chair_seconds") == {"date": "2026-03-06", "chair_seconds": 600}


def test_a_break_under_a_wrong_clock(stopwatch: Callable[..., Any]) -> None:
    """What is counted while the clock shows another day is there when it is put right."""
    chair = stopwatch()
    right = chair.state.wall_offset

    chair.sit("0:00").at("10:00", ClockSet(right + 2 * 86400)).stand("20:00").at("30:00")
    wrong = chair.facts("date", "full_breaks")
    chair.at("30:00", ClockSet(right))

    assert wrong == {"date": "2026-03-04", "full_breaks": 1}
    assert chair.facts("date", *FIGURES) == {
        "date": "2026-03-02",
        **figures(1200, 1200, 1, 1, 0, 1, 0, 0, 1800),
    }


def test_a_clock_set_forward_begins_a_day(stopwatch: Callable[..., Any]) -> None:
    """A first synchronisation may bring the right date; what was sat before is not today's."""
    chair = stopwatch()

    chair.sit("0:00").at("10:00", ClockSet(chair.state.wall_offset + 86400)).at("11:00")

    assert chair.facts("date", "chair_seconds") == {"date": "2026-03-03", "chair_seconds": 60}


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, None), (0.01, 0), (10, 0), (29, 0), (30, 1), (60, 1)],
)
def test_share_of_the_running_bout(minutes: float, expected: float | None) -> None:
    """The running bout is prolonged from half an hour on; without chair time there is no share."""
    seated = Seated(Bout(started_at=0), since=0, timer=0)

    actual = core.prolonged_share(*core.seconds(Day(date="2026-03-02"), seated, minutes * 60))

    assert expected == actual


def test_share_of_closed_bouts(stopwatch: Callable[..., Any]) -> None:
    """The share of chair time in bouts of half an hour or more."""
    chair = stopwatch()

    chair.sit("0:00").stand("30:00").sit("40:00").stand("50:00").at("60:00")

    assert chair.facts("prolonged_share") == {"prolonged_share": 0.75}


def test_an_excluded_bout_does_not_count() -> None:
    """A bout that is left out adds nothing while it is open."""
    bout = Bout(started_at=0, seated=7200, excluded=True)

    assert core.with_open_bout(TODAY, Seated(bout, since=0, timer=0), 50).chair == 1000


def test_uncovering_twice_counts_once() -> None:
    """The coverage clock that stands is left standing."""
    running = Day(date="2026-03-02", covered=10, covering_since=100)

    stopped = core.uncovered(running, 130)

    assert stopped == Day(date="2026-03-02", covered=40)
    assert stopped is core.uncovered(stopped, 150)


def test_coverage_never_shrinks() -> None:
    """A moment before the coverage clock began counts nothing."""
    running = Day(date="2026-03-02", covered=10, covering_since=100)

    assert core.coverage(running, 90) == 10
    assert core.with_open_bout(running, Idle(), 90).chair == 0
