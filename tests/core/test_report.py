"""What the world may see: every key, every status, every reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from sensor.core import report
from sensor.core.events import (
    ClockSet,
    ContactIs,
    DoNotDisturb,
    LoopIs,
    RulesAre,
    Snooze,
    StorageIs,
    Suspended,
    Void,
)
from sensor.core.status import STATUSES, Status

FIRST_MIX = {
    "text": "Walk and fetch some water, 2-5 min. Standing hip-flexor stretch, 20-30 s a side, "
    "twice. Standing glute squeeze, 10 times 5 s.",
    "steps": [
        {
            "id": "walk_water",
            "name": "Walk and fetch some water",
            "kind": "walk",
            "dose": "2-5 min",
            "seconds": 120,
            "sides": 1,
            "cues": "An easy pace, arms swinging.",
        },
        {
            "id": "hip_flexor_standing",
            "name": "Standing hip-flexor stretch",
            "kind": "stretch",
            "dose": "20-30 s a side, twice",
            "seconds": 80,
            "sides": 2,
            "cues": "One foot back, tuck the tailbone, squeeze the glute of the rear leg.",
        },
        {
            "id": "glute_squeeze",
            "name": "Standing glute squeeze",
            "kind": "squeeze",
            "dose": "10 times 5 s",
            "seconds": 70,
            "sides": 1,
            "cues": "Squeeze, hold, let go; keep breathing.",
        },
    ],
    "safety": "Slowly, and only as far as nothing hurts.",
}
DUE_AT_ELEVEN_PM = datetime(2026, 3, 2, 22, tzinfo=UTC)


def test_every_key(stopwatch: Callable[..., Any]) -> None:
    """The state message has every key, null where unknown."""
    chair = stopwatch()

    chair.sit("0:00").stand("20:00").sit("20:30").at("61:30", Snooze())

    assert chair.report() == {
        "status": "snoozed",
        "occupied": True,
        "contact_closed": True,
        "break_due": True,
        "level": 0,
        "sitting_seconds": 3660,
        "bout_started_at": "2026-03-02T08:00:00+00:00",
        "break_due_at": "2026-03-02T09:00:30+00:00",
        "break_progress": None,
        "vacant_since": None,
        "snoozes_left": 1,
        "snoozed_until": "2026-03-02T09:06:30+00:00",
        "buzzer": True,
        "do_not_disturb": False,
        "do_not_disturb_until": None,
        "quiet": False,
        "estimated": False,
        "problem": None,
        "exercise": FIRST_MIX,
        "reason": "Break due, snoozed until 09:06.",
        "settings": {
            "sit_limit": 60,
            "break_min": 5,
            "snooze": 5,
            "pre_alert": 5,
            "profile": "standard",
        },
        "today": {
            "date": "2026-03-02",
            "chair_seconds": 3660,
            "longest_bout_seconds": 0,
            "bouts": 1,
            "transitions": 1,
            "short_breaks": 0,
            "full_breaks": 0,
            "prolonged_share": 1,
            "alerts": 1,
            "alerts_heeded": 0,
            "coverage_seconds": 3690,
        },
        "week": {
            "since": "2026-03-02",
            "chair_seconds": 3660,
            "longest_bout_seconds": 0,
            "bouts": 1,
            "short_breaks": 0,
            "full_breaks": 0,
            "prolonged_share": 1,
            "prolonged_share_before": None,
            "alerts": 1,
            "alerts_heeded": 0,
        },
        "goal": None,
    }


def test_every_key_of_an_empty_chair(stopwatch: Callable[..., Any]) -> None:
    """Nobody was ever seen: what is unknown is null."""
    chair = stopwatch()

    chair.at("1:00")

    assert chair.report() == {
        "status": "vacant",
        "occupied": False,
        "contact_closed": False,
        "break_due": False,
        "level": 0,
        "sitting_seconds": 0,
        "bout_started_at": None,
        "break_due_at": None,
        "break_progress": None,
        "vacant_since": "2026-03-02T08:00:00+00:00",
        "snoozes_left": 2,
        "snoozed_until": None,
        "buzzer": True,
        "do_not_disturb": False,
        "do_not_disturb_until": None,
        "quiet": False,
        "estimated": False,
        "problem": None,
        "exercise": None,
        "reason": "Nobody on the chair since 08:00.",
        "settings": {
            "sit_limit": 60,
            "break_min": 5,
            "snooze": 5,
            "pre_alert": 5,
            "profile": "standard",
        },
        "today": {
            "date": "2026-03-02",
            "chair_seconds": 0,
            "longest_bout_seconds": 0,
            "bouts": 0,
            "transitions": 0,
            "short_breaks": 0,
            "full_breaks": 0,
            "prolonged_share": None,
            "alerts": 0,
            "alerts_heeded": 0,
            "coverage_seconds": 60,
        },
        "week": {
            "since": "2026-03-02",
            "chair_seconds": 0,
            "longest_bout_seconds": 0,
            "bouts": 0,
            "short_breaks": 0,
            "full_breaks": 0,
            "prolonged_share": None,
            "prolonged_share_before": None,
            "alerts": 0,
            "alerts_heeded": 0,
        },
        "goal": None,
    }


REASONS: list[tuple[list[tuple[str, Any]], Status, str]] = [
    ([], "starting", "Just started watching; waiting for the contact to settle."),
    ([("0:10", None)], "vacant", "Nobody on the chair since 08:00."),
    ([("0:00", ContactIs(True)), ("1:00", None)], "sitting", "Sitting; break due at 09:00."),
    (
        [("0:00", ContactIs(True)), ("55:00", None)],
        *("break_soon", "Sitting; break due at 09:00."),
    ),
    (
        [("0:00", ContactIs(True)), ("65:00", None)],
        *("break_due", "Break due since 09:00; level 3 of 4."),
    ),
    (
        [("0:00", ContactIs(True)), ("65:00", DoNotDisturb(True))],
        *("break_due", "Break due since 09:00; silent, do not disturb until 10:05."),
    ),
    (
        [("0:00", ContactIs(True)), ("65:00", Snooze())],
        *("snoozed", "Break due, snoozed until 09:10."),
    ),
    (
        [("0:00", ContactIs(True)), ("65:00", Suspended(30)), ("65:03", None)],
        *("break_due", "Break due since 09:00; next reminder at 09:06."),
    ),
    (
        [("0:00", ContactIs(True)), ("250:00", None)],
        *("break_due", "Break due since 09:00; silent, because nobody sits that long."),
    ),
    (
        [("0:00", ContactIs(True)), ("10:00", ContactIs(False)), ("11:00", None)],
        *("away", "Up since 08:10; full break complete at 08:15."),
    ),
    (
        [("0:00", ContactIs(True)), ("10:00", Void())],
        *("ignored", "Marked as not the sitter; not counted until the chair has been empty."),
    ),
    (
        [("1:00", LoopIs(False))],
        *("unplugged", "The mat is unplugged: its tamper loop is open."),
    ),
]


@pytest.mark.parametrize(("story", "status", "reason"), REASONS)
def test_reasons(
    stopwatch: Callable[..., Any], story: list[tuple[str, Any]], status: Status, reason: str
) -> None:
    """Each status says in one sentence why it is so."""
    chair = stopwatch()

    for clock, happening in story:
        chair.at(clock, *([] if happening is None else [happening]))

    assert {"status": status, "reason": reason} == chair.facts("status", "reason")


def test_every_status_has_its_reason() -> None:
    """No status was forgotten above."""
    assert get_args(Status) == STATUSES
    assert set(STATUSES) == {status for _, status, _ in REASONS}


def test_quiet_hours_are_a_reason(stopwatch: Callable[..., Any]) -> None:
    """A level without sound says why."""
    chair = stopwatch(wall=DUE_AT_ELEVEN_PM)

    chair.sit("0:00").at("60:00")

    assert chair.facts("reason") == {
        "reason": "Break due since 23:00; level 1 of 4, no sound in quiet hours."
    }


def test_nobody_was_seen_to_leave(stopwatch: Callable[..., Any]) -> None:
    """A chair reset with nothing known has no moment since when it is empty."""
    chair = stopwatch(closed=True)
    chair.at("10:00").at("20:00", Suspended(600)).at("20:01", ContactIs(closed=False))

    state = replace(chair.state, contact=replace(chair.state.contact, occupied=False))

    actual = report.report(state, chair.now, chair.rules, profile="standard")
    assert (actual["vacant_since"], actual["reason"]) == (None, "Nobody on the chair.")


def test_problems_are_told_and_solved(stopwatch: Callable[..., Any]) -> None:
    """The worst problem counts, and its end is told."""
    chair = stopwatch()

    chair.at("1:00", StorageIs(well=False)).at("2:00", LoopIs(closed=False))
    worst = chair.facts("problem")
    chair.at("3:00", LoopIs(closed=True))
    left = chair.facts("problem")
    chair.at("4:00", StorageIs(well=True))

    assert (worst, left) == ({"problem": "unplugged"}, {"problem": "storage"})
    assert chair.facts("problem") == {"problem": None}
    assert chair.told == [*("1:00 problem", "2:00 problem", "3:00 problem", "4:00 problem_solved")]


@pytest.mark.parametrize(("seconds", "expected"), [(300, 5), (90, 1.5), (100, 1.667), (3600, 60)])
def test_settings_are_in_minutes(
    stopwatch: Callable[..., Any], seconds: float, expected: float
) -> None:
    """Whole minutes are whole numbers."""
    chair = stopwatch(snooze=seconds)

    actual = chair.report()["settings"]["snooze"]

    assert (expected, type(expected)) == (actual, type(actual))


def test_labels_are_in_local_time(stopwatch: Callable[..., Any]) -> None:
    """Moments are told with the offset that holds at that moment."""
    chair = stopwatch(wall=datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    chair.at("0:00", RulesAre(replace(chair.rules, timezone=ZoneInfo("Europe/Berlin"))))

    chair.sit("0:00").at("10:00")

    assert chair.facts("bout_started_at", "break_due_at") == {
        "bout_started_at": "2026-03-29T01:30:00+01:00",
        "break_due_at": "2026-03-29T03:30:00+02:00",
    }


def test_an_event(stopwatch: Callable[..., Any]) -> None:
    """An event message has every key; the id is made of the moment and a number."""
    chair = stopwatch()
    chair.sit("0:00").at("60:00")

    actual = report.event(chair.tells[-1], chair.state, chair.rules)

    assert actual == {
        "event_type": "break_due",
        "id": f"{1772442000000:x}-4",
        "alert_id": "20260302T090000Z-3",
        "at": "2026-03-02T09:00:00.000+00:00",
        "level": 1,
        "sitting_seconds": 3600,
        "quiet": False,
        "message": "1 h of sitting: get up and move, best for about 10 min.",
        "exercise": FIRST_MIX,
    }


def test_a_back_dated_event(stopwatch: Callable[..., Any]) -> None:
    """Sitting down is told with the moment it happened; what does not apply is null."""
    chair = stopwatch()
    chair.sit("0:00.25").at("1:00")

    actual = report.event(chair.tells[-1], chair.state, chair.rules)

    assert actual == {
        "event_type": "sat_down",
        "id": f"{1772438400000 + 3250:x}-1",
        "alert_id": None,
        "at": "2026-03-02T08:00:00.250+00:00",
        "level": None,
        "sitting_seconds": 3,
        "quiet": False,
        "message": "Somebody sat down.",
        "exercise": None,
    }


def test_what_ticks_is_no_news(stopwatch: Callable[..., Any]) -> None:
    """Numbers that move with time alone are no reason for a message."""
    chair = stopwatch()
    chair.sit("0:00").at("1:00")
    before = chair.report()

    chair.at("2:00")

    after = chair.report()
    assert {key for key in after if after[key] != before[key]} == {
        *("sitting_seconds", "today", "week")
    }
    assert not report.is_news(after, before)
    assert report.is_news(after | {"today": after["today"] | {"bouts": 9}}, before)
    assert report.is_news(after, {})
    assert report.is_news({"level": None}, {})
    assert report.is_news({"settings": {}}, {"settings": None})


def test_time_alone_looks_the_same(stopwatch: Callable[..., Any]) -> None:
    """A state that is the same, or differs in the filter's charge, looks the same."""
    chair = stopwatch()
    chair.sit("0:00").at("1:00")
    before = chair.state

    chair.stand("1:01").sit("1:02")

    assert report.looks_the_same(before, before)
    assert before != chair.state
    assert report.looks_the_same(before, chair.state)


@pytest.mark.parametrize("counts", [True, False])
def test_a_flicker_may_be_news(stopwatch: Callable[..., Any], counts: bool) -> None:
    """The raw contact is to be seen in the state message, not in the log."""
    chair = stopwatch()
    chair.sit("0:00").at("1:00")
    before = chair.state

    chair.stand("1:01")

    assert counts is not report.looks_the_same(before, chair.state, flicker_is_news=counts)
    assert not report.looks_the_same(before, chair.state)


@pytest.mark.parametrize(
    "happening",
    [
        DoNotDisturb(on=True),
        LoopIs(closed=False),
        ClockSet(5),
        StorageIs(well=False),
        Void(),
    ],
)
def test_what_can_be_seen_is_news(stopwatch: Callable[..., Any], happening: Any) -> None:
    """Whatever changes the message makes two states look different."""
    chair = stopwatch()
    chair.sit("0:00").at("1:00")
    before, told = chair.state, chair.report()

    chair.at("1:00", happening)

    assert not report.looks_the_same(before, chair.state)
    assert report.is_news(chair.report(), told)


def test_moments_are_told_to_the_millisecond(stopwatch: Callable[..., Any]) -> None:
    """They are rounded, not cut off."""
    chair = stopwatch().sit(0.0006).at("1:00")

    sat_down = report.event(chair.tells[0], chair.state, chair.rules)

    assert sat_down["at"] == "2026-03-02T08:00:00.001+00:00"


def test_no_exercises_once_seated_again(stopwatch: Callable[..., Any]) -> None:
    """Those of a break that was too short are offered again with the next alert."""
    chair = stopwatch().sit("0:00").stand("61:00").at("63:00")
    away = chair.facts("exercise")

    chair.sit("64:00").at("65:00")

    assert away == {"exercise": FIRST_MIX}
    assert chair.facts("status", "exercise") == {"status": "sitting", "exercise": None}


def test_the_progress_of_a_break(stopwatch: Callable[..., Any]) -> None:
    """It grows to the goal, over the end of the full break, and ends with the next sitting."""
    chair = stopwatch()
    chair.sit("0:00").stand("20:00")
    shown = {}

    for moment in ("21:01", "25:00", "26:00", "30:00", "90:00"):
        shown[moment] = chair.at(moment).facts("break_progress")["break_progress"]
    chair.sit("91:00").at("92:00")

    assert shown == {"21:01": 0.1, "25:00": 0.5, "26:00": 0.6, "30:00": 1, "90:00": 1}
    assert chair.facts("break_progress") == {"break_progress": None}


def test_an_empty_chair_is_no_break(stopwatch: Callable[..., Any]) -> None:
    """Nobody has sat: nobody takes a break."""
    chair = stopwatch()

    chair.at("5:00")

    assert chair.facts("break_progress") == {"break_progress": None}
