"""What the product says with an event."""

from typing import Any

import pytest

from sensor.core import words
from sensor.core.rules import Rules
from sensor.core.words import EVENT_TYPES, EventType, Problem


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (119, "1 min"),
        (299.9999, "5 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_spans(seconds: float, expected: str) -> None:
    """A duration is told in seconds, minutes, or hours and minutes."""
    assert expected == words.span(seconds)


@pytest.mark.parametrize(
    ("event", "sitting", "problem", "expected"),
    [
        ("sat_down", 0, None, "Somebody sat down."),
        ("stood_up", 0, None, "The chair is empty."),
        ("break_soon", 3300, None, "Time for a break in 5 min."),
        ("break_soon", 3600, None, "Time for a break in 1 s."),
        (
            *("break_due", 3600, None),
            "1 h of sitting: get up and move, best for about 10 min.",
        ),
        (
            *("break_overdue", 3900, None),
            "Still sitting, 1 h 5 min now: get up and move your hips and legs.",
        ),
        (
            *("break_complete", 3600, None),
            "Full break of 5 min complete: the timer is back at zero. 5 min more is the goal.",
        ),
        ("snoozed", 3600, None, "Snoozed for 5 min."),
        (
            *("voided", 3600, None),
            "This sitting does not count; counting begins again when the chair was empty.",
        ),
        ("problem", 0, "unplugged", "The mat is unplugged: its tamper loop is open."),
        (
            *("problem", 0, "long_occupancy"),
            words.PROBLEMS["long_occupancy"].said(),
        ),
        (
            *("problem", 0, "storage"),
            "The database cannot be used: counting goes on from memory; see the log.",
        ),
        ("problem_solved", 0, None, "All is well again."),
    ],
)
def test_messages(event: EventType, sitting: float, problem: Problem | None, expected: str) -> None:
    """Each event has a sentence with its numbers."""
    assert expected == words.message(event, sitting, Rules(), problem).said()


@pytest.mark.parametrize(
    ("changed", "event", "expected"),
    [
        (
            *({"break_goal": 900}, "break_due"),
            "1 h of sitting: get up and move, best for about 15 min.",
        ),
        (
            *({"break_min": 600}, "break_complete"),
            "Full break of 10 min complete: the timer is back at zero.",
        ),
        (
            *({"break_goal": 300}, "break_complete"),
            "Full break of 5 min complete: the timer is back at zero.",
        ),
        ({"snooze": 60}, "snoozed", "Snoozed for 1 min."),
    ],
)
def test_messages_follow_the_settings(
    changed: dict[str, Any], event: EventType, expected: str
) -> None:
    """A sentence names the durations that are set."""
    assert expected == words.message(event, 3600, Rules(**changed), None).said()


def test_every_event_has_its_words() -> None:
    """No event is told without a sentence; with `refused` it is the reason itself."""
    told = [event for event in EVENT_TYPES if event != "refused"]
    said = [words.message(event, 3600, Rules(), "storage").said() for event in told]

    assert all(sentence.endswith(".") for sentence in said)
