"""Section 10, events: every type occurs, and each one carries every key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .records import Simulate

TYPES = [
    "sat_down",
    "stood_up",
    "break_soon",
    "break_due",
    "break_overdue",
    "break_complete",
    "snoozed",
    "voided",
    "problem",
    "problem_solved",
]

KEYS = {
    "event_type",
    "id",
    "alert_id",
    "at",
    "level",
    "sitting_seconds",
    "quiet",
    "message",
    "exercise",
}

LIFE = """
    1:00 sit
    33:30 press
    70:00 stand
    80:00 sit
    90:00 publish do/void PRESS
    92:00 end
"""

OPTIONS = {"pins.button": 26, "sit_limit": "30m", "suspicious_after": "1h"}

EXPECTED = [
    (63.0, "sat_down"),
    (1560.0, "break_soon"),
    (1860.0, "break_due"),
    (1980.0, "break_overdue"),
    (2010.0, "snoozed"),
    (2310.0, "break_due"),
    (2430.0, "break_overdue"),
    (2610.0, "break_overdue"),
    (2910.0, "break_overdue"),
    (3210.0, "break_overdue"),
    (3510.0, "break_overdue"),
    (3660.0, "problem"),
    (4210.0, "stood_up"),
    (4210.0, "problem_solved"),
    (4500.0, "break_complete"),
    (4803.0, "sat_down"),
    (5400.0, "voided"),
]


def test_a_life_on_the_chair_has_all_events(simulate: Simulate) -> None:
    """Sitting, alerts, a snooze, a bag, a break, a guest: each is told once, in order."""
    run = simulate(LIFE, settings=OPTIONS)

    told = [(seen.t, seen.payload["event_type"]) for seen in run.events()]
    assert sorted(told) == sorted(EXPECTED)
    assert [t for t, _ in told] == sorted(t for t, _ in told)


@pytest.mark.parametrize("kind", TYPES)
def test_an_event_carries_every_key(simulate: Simulate, kind: str) -> None:
    """Every key is there in every event, and no other."""
    run = simulate(LIFE, settings=OPTIONS)

    events = run.events(kind)
    assert events
    for seen in events:
        assert set(seen.payload) == KEYS
        assert isinstance(seen.payload["quiet"], bool)
        assert seen.payload["id"] is not None


@pytest.mark.parametrize("kind", TYPES)
def test_an_event_tells_when_it_happened(simulate: Simulate, kind: str) -> None:
    """`at` has an offset; it is the moment itself, back-dated for sat_down and stood_up."""
    back_dated = {"sat_down": 3, "stood_up": 10}.get(kind, 0)

    run = simulate(LIFE, settings=OPTIONS)

    for seen in run.events(kind):
        assert run.t_of(seen.payload["at"]) == pytest.approx(seen.t - back_dated, abs=1)


def test_events_have_different_ids(simulate: Simulate) -> None:
    """No two events share an id."""
    run = simulate(LIFE, settings=OPTIONS)

    ids = [seen.payload["id"] for seen in run.events()]
    assert len(set(ids)) == len(ids)


def test_an_alert_tells_the_sitting_time_and_what_to_do(simulate: Simulate) -> None:
    """`break_due` carries the sitting time, level 1, a message, and exercises."""
    run = simulate(LIFE, settings=OPTIONS)

    due = run.events("break_due")[0].payload
    assert due["sitting_seconds"] == pytest.approx(1800, abs=1)
    assert due["level"] == 1
    assert isinstance(due["message"], str)
    assert due["message"]
    assert [item["kind"] for item in due["exercise"]["steps"]] == ["walk", "stretch", "squeeze"]


@pytest.mark.parametrize("kind", TYPES)
def test_only_an_alert_has_exercises(simulate: Simulate, kind: str) -> None:
    """Whoever is told to get up is told what to do; where nobody is, `exercise` is null."""
    run = simulate(LIFE, settings=OPTIONS)

    told = [seen.payload["exercise"] is not None for seen in run.events(kind)]
    assert set(told) == {kind in ("break_due", "break_overdue")}


def test_events_outside_an_alert_have_no_alert_id(simulate: Simulate) -> None:
    """The first sat_down belongs to no alert."""
    run = simulate(LIFE, settings=OPTIONS)

    assert run.events("sat_down")[0].payload["alert_id"] is None
