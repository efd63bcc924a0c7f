"""Bout accounting: what is one period of sitting, and how much sitting time has added up."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sensor.core import sitting
from sensor.core.events import AbsenceRow, BoutRow, RulesAre
from sensor.core.instant import NEVER
from sensor.core.rules import Rules
from sensor.core.sitting import Absent, Bout, Idle, Ignored, Resuming, Seated, Sitting

RULES = Rules()
BOUT = Bout(started_at=100, seated=50)
SEATED = Seated(BOUT, since=200, timer=70)
ABSENT = Absent(BOUT, left_at=1000, timer=4000)
CLOSED = replace(ABSENT, bout=None)
RESUMING = Resuming(SEATED, stopped_at=260)


@pytest.mark.parametrize(
    ("away", "expected"),
    [(0, 0), (60, 0), (120, 0.25), (180, 0.5), (299, 239 / 240), (300, 1), (9999, 1)],
)
def test_credit_is_proportional(away: float, expected: float) -> None:
    """Nothing for a short absence, everything for a full break, a slope between."""
    assert expected == sitting.credit(away, RULES)


@pytest.mark.parametrize(("away", "expected"), [(60, 0), (299.9, 0), (300, 1)])
def test_credit_may_be_turned_off(away: float, expected: float) -> None:
    """With break_credit none only a full break resets."""
    assert expected == sitting.credit(away, replace(RULES, break_credit="none"))


@pytest.mark.parametrize(
    ("now_sitting", "expected"),
    [
        (SEATED, 70 + 980),
        (ABSENT, 4000 * 0.5),
        (replace(ABSENT, lost_at=ABSENT.left_at), 4000),
        (RESUMING, 70 + 60),
        (Idle(), 0),
        (Ignored(), 0),
    ],
)
def test_sitting_time(now_sitting: Sitting, expected: float) -> None:
    """It runs while seated, melts while away, and stands still while nobody can see."""
    assert expected == sitting.sitting_time(now_sitting, 1180, RULES)


@pytest.mark.parametrize(
    ("now_sitting", "bout", "expected"),
    [
        (SEATED, BOUT, 50 + 980),
        (ABSENT, BOUT, 50),
        (CLOSED, None, 0),
        (RESUMING, BOUT, 50 + 60),
        (Idle(), None, 0),
        (Ignored(), None, 0),
    ],
)
def test_the_open_bout(now_sitting: Sitting, bout: Bout | None, expected: float) -> None:
    """A bout is open while somebody sits, is briefly up, or may still be there."""
    assert bout == sitting.open_bout(now_sitting)
    assert expected == sitting.bout_seconds(now_sitting, 1180)


@pytest.mark.parametrize("now_sitting", [SEATED, ABSENT, RESUMING])
def test_a_changed_bout_is_put_back(now_sitting: Sitting) -> None:
    """What is noted on the open bout stays with it."""
    expected = replace(BOUT, snoozes=1)

    actual = sitting.open_bout(sitting.with_bout(now_sitting, expected))

    assert expected == actual


@pytest.mark.parametrize("now_sitting", [Idle(), Ignored()])
def test_no_bout_to_put_back(now_sitting: Sitting) -> None:
    """Without an open bout there is nothing to note it on."""
    assert now_sitting == sitting.with_bout(now_sitting, BOUT)


def test_leaving_freezes_the_sitting_time() -> None:
    """The absence keeps what had been sat until the back-dated leave."""
    expected = Absent(replace(BOUT, seated=50 + 30), 230, 70 + 30)

    actual = sitting.left(SEATED, 230)

    assert expected == actual


def test_nobody_leaves_before_they_sat_down() -> None:
    """A leave back-dated too far never makes sitting time negative."""
    expected = Absent(BOUT, 200, 70, lost_at=200)

    actual = sitting.left(SEATED, 150, lost=True)

    assert expected == actual


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (900, Seated(BOUT, 1000, 4000)),
        (1060, Seated(BOUT, 1060, 4000)),
        (1180, Seated(Bout(started_at=1180), 1180, 2000)),
        (1300, Seated(Bout(started_at=1300), 1300, 0)),
    ],
)
def test_returning(at: float, expected: Seated) -> None:
    """Back at once: the same bout, nothing lost; later: a new bout, less the credit."""
    assert expected == sitting.returned(ABSENT, at, RULES)


def test_a_closed_bout_is_not_opened_again() -> None:
    """Once closed, a bout has no part in what follows."""
    expected = Seated(Bout(started_at=1010), 1010, 4000)

    assert expected == sitting.returned(CLOSED, 1010, RULES)


def test_a_bout_closes_just_after_a_short_absence() -> None:
    """An absence of exactly short_absence still belongs to the bout."""
    assert sitting.closes_at(ABSENT, RULES) > 1060
    assert sitting.closes_at(ABSENT, RULES) == pytest.approx(1060)
    assert sitting.closes_at(CLOSED, RULES) == NEVER


@pytest.mark.parametrize(
    ("timer", "credit", "expected"),
    [
        (4500, "proportional", 60 + 240 * 0.2),
        (3600, "proportional", 60),
        (4500, "none", 300),
    ],
)
def test_below_the_limit(timer: float, credit: Any, expected: float) -> None:
    """The alert clears when the credit has brought the sitting time down to the limit."""
    absent = replace(ABSENT, timer=timer)

    actual = sitting.below_limit_at(absent, replace(RULES, break_credit=credit))

    assert pytest.approx(1000 + expected) == actual


def test_moments_of_a_bout() -> None:
    """The limit counts sitting time, suspicion counts the bout."""
    assert sitting.due_at(SEATED, RULES) == 200 + 3600 - 70
    assert sitting.sat_for(SEATED, 14400) == 200 + 14400 - 50


def test_a_short_break_is_kept_in_the_history(stopwatch: Callable[..., Any]) -> None:
    """The bout is closed at the leave, and the absence is written on the return."""
    chair = stopwatch()

    chair.sit("0:00").stand("55:00").sit("58:00").at("59:00")

    assert chair.rows == [
        BoutRow(started_at=0, ended_at=3300, seated_seconds=3300),
        AbsenceRow(left_at=3300, returned_at=3480, kind="short"),
    ]


def test_a_short_absence_is_merged(stopwatch: Callable[..., Any]) -> None:
    """The bout stays open, and the time away is no sitting."""
    chair = stopwatch()

    chair.sit("0:00").stand("55:00").sit("56:00").at("57:00")

    assert chair.rows == [AbsenceRow(left_at=3300, returned_at=3360, kind="merged")]
    assert chair.facts("sitting_seconds", "chair_seconds", "bouts", "short_breaks") == {
        "sitting_seconds": 56 * 60,
        "chair_seconds": 56 * 60,
        "bouts": 1,
        "short_breaks": 0,
    }


def test_a_full_break_is_complete_while_away(stopwatch: Callable[..., Any]) -> None:
    """At break_min the timer is 0 and it is said, before anybody comes back."""
    chair = stopwatch()

    chair.sit("0:00").stand("55:00").at("60:00")

    assert chair.told == [
        *("0:03 sat_down", "55:00 break_soon", "55:10 stood_up", "60:00 break_complete")
    ]
    assert chair.tells[-1].sitting_seconds == 3300
    assert chair.facts("status", "sitting_seconds", "full_breaks", "transitions") == {
        "status": "vacant",
        "sitting_seconds": 0,
        "full_breaks": 1,
        "transitions": 1,
    }


def test_a_full_break_is_written_on_the_return(stopwatch: Callable[..., Any]) -> None:
    """The absence after a full break lasts until somebody sits down."""
    chair = stopwatch()

    chair.sit("0:00").stand("10:00").sit("30:00").at("30:03")

    assert AbsenceRow(left_at=600, returned_at=1800, kind="full") == chair.rows[-1]


def test_no_break_completes_while_the_contact_is_closed(stopwatch: Callable[..., Any]) -> None:
    """Confirmed sitting decides: the absence counts up to the back-dated return."""
    chair = stopwatch()

    chair.sit("0:00").stand("10:00").sit("14:58").at("16:00")

    assert chair.told == ["0:03 sat_down", "10:10 stood_up", "15:01 sat_down"]
    assert chair.facts("short_breaks", "full_breaks", "sitting_seconds") == {
        "short_breaks": 1,
        "full_breaks": 0,
        "sitting_seconds": round(600 * 2 / 240) + 62,
    }


def test_a_break_completes_when_the_contact_opens_again(stopwatch: Callable[..., Any]) -> None:
    """A bag put down for a moment only delays the end of the break."""
    chair = stopwatch()

    chair.sit("0:00").stand("10:00").sit("14:59").stand("15:01").at("20:00")

    assert chair.told == ["0:03 sat_down", "10:10 stood_up", "15:01 break_complete"]


@pytest.mark.parametrize("break_min", [120, 150])
def test_a_return_confirmed_late_may_end_a_full_break(
    stopwatch: Callable[..., Any], break_min: float
) -> None:
    """A break that became long enough while the contact was closed is full when it ends."""
    chair = stopwatch(sit_confirm=30)
    chair.sit("0:00").stand("10:00").sit("12:30")

    chair.at("12:40", RulesAre(replace(chair.rules, break_min=break_min))).at("13:00")

    assert chair.told == [
        *("0:30 sat_down", "10:10 stood_up", "13:00 break_complete", "13:00 sat_down")
    ]
    assert chair.rows == [
        BoutRow(started_at=0, ended_at=600, seated_seconds=600),
        AbsenceRow(left_at=600, returned_at=750, kind="full"),
    ]
    assert chair.facts("estimated") == {"estimated": False}


def test_a_new_break_length_acts_while_away(stopwatch: Callable[..., Any]) -> None:
    """Shortening the break completes one that is already as long."""
    chair = stopwatch()
    chair.sit("0:00").stand("10:00").at("12:30")

    chair.at("12:30", RulesAre(replace(chair.rules, break_min=120)))

    assert chair.told == ["0:03 sat_down", "10:10 stood_up", "12:30 break_complete"]
