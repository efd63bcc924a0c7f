"""Time that nobody watched: the mat unplugged, the machine asleep."""

from collections.abc import Callable
from typing import Any

import pytest

from sensor.core.events import AlertRow, BoutRow, ContactIs, GapRow, LoopIs, Suspended


def test_unplugged_for_a_break_closes_the_bout(stopwatch: Callable[..., Any]) -> None:
    """Unplugged for break_min or longer, the sitting before is over and no break is claimed."""
    chair = stopwatch()

    chair.sit("0:00").at("10:00", LoopIs(closed=False)).at("15:00", LoopIs(closed=True))
    chair.at("16:00")

    assert chair.rows == [
        GapRow(started_at=600, ended_at=900, why="unplugged"),
        BoutRow(started_at=0, ended_at=600, seated_seconds=600),
    ]
    assert chair.facts("sitting_seconds", "full_breaks", "bouts", "coverage_seconds") == {
        "sitting_seconds": 60,
        "full_breaks": 0,
        "bouts": 2,
        "coverage_seconds": 660,
    }


@pytest.mark.parametrize(
    ("back", "expected"),
    [("10:50", 600 + 60), ("13:00", 300 + 60)],
)
def test_unplugged_for_less(stopwatch: Callable[..., Any], back: str, expected: float) -> None:
    """The time unplugged is treated like an absence of that length, without an event."""
    chair = stopwatch()
    chair.sit("0:00").at("10:00", LoopIs(closed=False)).at(back, LoopIs(closed=True))

    chair.at(chair.now + 60)

    assert expected == chair.facts("sitting_seconds")["sitting_seconds"]
    assert chair.facts("transitions", "short_breaks") == {"transitions": 0, "short_breaks": 0}


def test_unplugged_freezes_the_sitting_time(stopwatch: Callable[..., Any]) -> None:
    """While the loop is open the timer stands still, seen or unseen."""
    chair = stopwatch()
    chair.sit("0:00").at("10:00", LoopIs(closed=False)).at("14:00", LoopIs(closed=False))

    assert chair.told == ["0:03 sat_down", "10:00 problem"]
    assert chair.facts("status", "sitting_seconds") == {
        "status": "unplugged",
        "sitting_seconds": 600,
    }


def test_unplugged_while_away(stopwatch: Callable[..., Any]) -> None:
    """What has melted stays melted while nobody can see."""
    chair = stopwatch()
    chair.sit("0:00").stand("50:00").at("53:00", LoopIs(closed=False)).at("54:00")

    assert chair.facts("sitting_seconds") == {"sitting_seconds": 1500}


def test_found_empty_after_a_gap(stopwatch: Callable[..., Any]) -> None:
    """An empty chair after being unplugged: the leave is dated to when sight was lost."""
    chair = stopwatch()
    chair.sit("0:00").at("10:00", LoopIs(closed=False), ContactIs(closed=False))

    chair.at("10:30", LoopIs(closed=True)).at("10:40")

    assert chair.told == [
        *("0:03 sat_down", "10:00 problem", "10:30 problem_solved", "10:40 stood_up"),
    ]
    assert chair.tells[-1].at == 600
    assert chair.facts("status", "vacant_since") == {
        "status": "away",
        "vacant_since": "2026-03-02T08:10:00+00:00",
    }


@pytest.mark.parametrize(
    ("asleep", "expected"),
    [(30, 1770 + 60), (120, 1680 * 0.75 + 60), (300, 60)],
)
def test_a_suspend_is_no_sitting(
    stopwatch: Callable[..., Any], asleep: float, expected: float
) -> None:
    """A suspend counts as an absence of its length, from break_min on it resets."""
    chair = stopwatch()
    chair.sit("0:00").at("30:00" if asleep < 300 else "40:00", Suspended(asleep))

    chair.at(chair.now + 60)

    assert expected == chair.facts("sitting_seconds")["sitting_seconds"]
    assert chair.facts("transitions", "full_breaks") == {"transitions": 0, "full_breaks": 0}


def test_a_nap_with_nobody_there(stopwatch: Callable[..., Any]) -> None:
    """A suspend changes nothing about an absence, nor about a mat that is unplugged."""
    chair = stopwatch()
    chair.sit("0:00").stand("10:00").at("11:00").at("21:00", Suspended(600)).at("21:10")
    away = chair.facts("status", "full_breaks", "vacant_since", "coverage_seconds")

    chair.at("22:00", LoopIs(closed=False)).at("42:00", Suspended(600))

    assert away == {
        "status": "vacant",
        "full_breaks": 1,
        "vacant_since": "2026-03-02T08:10:00+00:00",
        "coverage_seconds": 660 + 10,
    }
    assert chair.facts("status", "coverage_seconds") == {
        "status": "unplugged",
        "coverage_seconds": 660 + 60,
    }


def test_empty_after_a_suspend(stopwatch: Callable[..., Any]) -> None:
    """From break_min on the bout is over where the machine fell asleep, and no break is claimed."""
    chair = stopwatch()
    chair.sit("0:00").at("40:00", Suspended(300), ContactIs(closed=False)).at("41:00")

    assert chair.rows == [
        BoutRow(started_at=0, ended_at=2100, seated_seconds=2100),
        GapRow(started_at=2100, ended_at=2400, why="suspended"),
    ]
    assert chair.facts("status", "transitions", "full_breaks") == {
        "status": "vacant",
        "transitions": 0,
        "full_breaks": 0,
    }


def test_up_from_an_alert_in_a_nap(stopwatch: Callable[..., Any]) -> None:
    """The leave is dated to when the machine fell asleep, and heeds the alert."""
    chair = stopwatch().sit("0:00").at("62:00", Suspended(60), ContactIs(closed=False)).at("70:00")

    (alert,) = (row for row in chair.rows if isinstance(row, AlertRow))
    assert alert.left_at == 3660
    assert chair.facts("alerts_heeded") == {"alerts_heeded": 1}


def test_a_break_that_ends_in_a_nap(stopwatch: Callable[..., Any]) -> None:
    """An alert that nobody could see end is over with its break."""
    chair = stopwatch().sit("0:00").stand("61:00").at("71:30", Suspended(600)).sit("71:31")

    chair.at("72:00")

    rang, complete = chair.tells[2], chair.tells[-2]
    assert chair.told[-2:] == ["71:34 break_complete", "71:34 sat_down"]
    assert complete.alert_id == rang.alert_id


def test_a_nap_as_good_as_a_short_break(stopwatch: Callable[..., Any]) -> None:
    """The credit for a suspend may call off what was near, or end what was due."""
    soon, due = stopwatch(), stopwatch()

    soon.sit("0:00").at("57:20", Suspended(120)).at("57:23")
    due.sit("0:00").at("63:00", Suspended(120)).at("63:03")

    facts = ("status", "break_due", "sitting_seconds", "bouts")
    assert soon.facts(*facts) == {
        "status": "sitting",
        "break_due": False,
        "sitting_seconds": 3320 * 3 // 4 + 3,
        "bouts": 2,
    }
    assert due.facts(*facts) == {
        "status": "sitting",
        "break_due": False,
        "sitting_seconds": round(3660 * 0.75) + 3,
        "bouts": 2,
    }


def test_unplugged_during_a_break_that_is_due(stopwatch: Callable[..., Any]) -> None:
    """Sight of the chair ends the alert; where credit was not enough, the return has a new one."""
    chair = stopwatch().sit("0:00").stand("110:00").at("111:10", LoopIs(closed=False))
    blind = chair.facts("break_due")

    chair.at("111:15", LoopIs(closed=True)).sit("111:20").at("112:20")

    assert blind == {"break_due": False}
    assert chair.told[-2:] == ["111:23 sat_down", "112:20 break_due 1"]


def test_unplugged_over_a_restart(stopwatch: Callable[..., Any]) -> None:
    """A mat found unplugged at the start freezes what was remembered, too."""
    chair = stopwatch()
    chair.sit("0:00").at("40:00")

    again = chair.restarted(30, closed=True, plugged=False).at("3:00", LoopIs(closed=True))
    again.at("3:10")

    assert again.facts("sitting_seconds") == {"sitting_seconds": 2400 * 90 / 240 + 10}
