"""The worked examples of core/README.md, section 9: what goes into the core, what is so then.

Each example is a table: at this time this happens, and from then on these are the facts.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import pytest

from sensor.core import chair
from sensor.core.events import BuzzerSwitch, ClockSet, ContactIs, DoNotDisturb, Input, Suspended
from sensor.core.rules import PROFILES, Rules, layered

SIT, STAND = ContactIs(closed=True), ContactIs(closed=False)
NOTHING: tuple[Input, ...] = ()
FACTS = ("status", "level", "sitting_seconds", "bouts", "transitions", "short_breaks")

Line = tuple[str, tuple[Input, ...], tuple[str, int, int, int, int, int]]
Example = tuple[dict[str, Any], list[Line], list[str]]

SAT_AN_HOUR = ["0:03 sat_down", "55:00 break_soon", "60:00 break_due 1"]
SAT_75_MINUTES = [
    *SAT_AN_HOUR,
    *("62:00 break_overdue 2", "65:00 break_overdue 3", "70:00 break_overdue 4"),
    "75:00 break_overdue 4",
]

EXAMPLES: dict[str, Example] = {
    "A: a short absence keeps the bout": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("0:03", NOTHING, ("sitting", 0, 3, 1, 0, 0)),
            ("55:00", (STAND,), ("break_soon", 0, 3300, 1, 0, 0)),
            ("55:10", NOTHING, ("away", 0, 3300, 1, 1, 0)),
            ("55:45", (SIT,), ("away", 0, 3300, 1, 1, 0)),
            ("55:48", NOTHING, ("break_soon", 0, 3303, 1, 1, 0)),
            ("60:45", NOTHING, ("break_due", 1, 3600, 1, 1, 0)),
        ],
        [
            *("0:03 sat_down", "55:00 break_soon", "55:10 stood_up", "55:48 sat_down"),
            "60:45 break_due 1",
        ],
    ),
    "B: a short break halves the sitting time": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("55:00", (STAND,), ("break_soon", 0, 3300, 1, 0, 0)),
            ("57:00", NOTHING, ("away", 0, 2475, 1, 1, 0)),
            ("58:00", (SIT,), ("away", 0, 1650, 1, 1, 0)),
            ("58:03", NOTHING, ("sitting", 0, 1653, 2, 1, 1)),
            ("90:30", NOTHING, ("break_due", 1, 3600, 2, 1, 1)),
        ],
        [
            *("0:03 sat_down", "55:00 break_soon", "55:10 stood_up", "58:03 sat_down"),
            *("85:30 break_soon", "90:30 break_due 1"),
        ],
    ),
    "C: back while still due": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("75:00", (STAND,), ("break_due", 4, 4500, 1, 0, 0)),
            ("75:20", (SIT,), ("away", 0, 4500, 1, 1, 0)),
            ("75:23", NOTHING, ("break_due", 0, 4503, 1, 1, 0)),
            ("76:20", NOTHING, ("break_due", 1, 4560, 1, 1, 0)),
        ],
        [*SAT_75_MINUTES, "75:10 stood_up", "75:23 sat_down", "76:20 break_due 1"],
    ),
    "D: the alert clears while away": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("75:00", (STAND,), ("break_due", 4, 4500, 1, 0, 0)),
            ("76:47.9", NOTHING, ("away", 0, 3602, 1, 1, 0)),
            ("76:48", NOTHING, ("away", 0, 3600, 1, 1, 0)),
            ("77:00", (SIT,), ("away", 0, 3375, 1, 1, 0)),
            ("77:03", NOTHING, ("break_soon", 0, 3378, 2, 1, 1)),
            ("80:45", NOTHING, ("break_due", 1, 3600, 2, 1, 1)),
        ],
        [
            *SAT_75_MINUTES,
            *("75:10 stood_up", "77:03 sat_down", "77:03 break_soon", "80:45 break_due 1"),
        ],
    ),
    "E: a full break, complete while away": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("75:00", (STAND,), ("break_due", 4, 4500, 1, 0, 0)),
            ("79:59", NOTHING, ("away", 0, 19, 1, 1, 0)),
            ("80:00", (SIT,), ("vacant", 0, 0, 1, 1, 0)),
            ("80:03", NOTHING, ("sitting", 0, 3, 2, 1, 0)),
            ("140:00", NOTHING, ("break_due", 1, 3600, 2, 1, 0)),
        ],
        [
            *SAT_75_MINUTES,
            *("75:10 stood_up", "80:00 break_complete", "80:03 sat_down"),
            *("135:00 break_soon", "140:00 break_due 1"),
        ],
    ),
    "F: the contact opens a second before, and stays open": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("59:59", (STAND,), ("break_soon", 0, 3599, 1, 0, 0)),
            ("60:05", NOTHING, ("break_soon", 0, 3605, 1, 0, 0)),
            ("60:09", NOTHING, ("away", 0, 3599, 1, 1, 0)),
        ],
        ["0:03 sat_down", "55:00 break_soon", "60:09 stood_up"],
    ),
    "F: it closes again after six seconds": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("59:59", (STAND,), ("break_soon", 0, 3599, 1, 0, 0)),
            ("60:05", (SIT,), ("break_due", 1, 3605, 1, 0, 0)),
        ],
        ["0:03 sat_down", "55:00 break_soon", "60:05 break_due 1"],
    ),
    "H: a suspend is no sitting": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("40:00", NOTHING, ("sitting", 0, 2400, 1, 0, 0)),
            ("460:00", (Suspended(7 * 3600),), ("starting", 0, 0, 1, 0, 0)),
            ("460:03", NOTHING, ("sitting", 0, 3, 2, 0, 0)),
        ],
        ["0:03 sat_down", "460:03 sat_down"],
    ),
    "I: do not disturb": (
        {"dnd_expires": 1800},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("50:00", (DoNotDisturb(on=True),), ("sitting", 0, 3000, 1, 0, 0)),
            ("60:00", NOTHING, ("break_due", 0, 3600, 1, 0, 0)),
            ("79:59", NOTHING, ("break_due", 0, 4799, 1, 0, 0)),
            ("80:00", NOTHING, ("break_due", 1, 4800, 1, 0, 0)),
        ],
        ["0:03 sat_down", "80:00 break_due 1"],
    ),
    "L: the wall clock jumps": (
        {},
        [
            ("0:00", (SIT,), ("starting", 0, 0, 0, 0, 0)),
            ("30:00", (ClockSet(1772438400 + 3 * 3600),), ("sitting", 0, 1800, 1, 0, 0)),
            ("59:59", NOTHING, ("break_soon", 0, 3599, 1, 0, 0)),
            ("60:00", NOTHING, ("break_due", 1, 3600, 1, 0, 0)),
        ],
        SAT_AN_HOUR,
    ),
}


@pytest.mark.parametrize(
    ("changed", "lines", "told"), [*EXAMPLES.values()], ids=[name[:1] for name in EXAMPLES]
)
def test_examples(
    stopwatch: Callable[..., Any],
    changed: dict[str, Any],
    lines: list[Line],
    told: list[str],
) -> None:
    """Each line of an example leads to its facts, and no other event is told."""
    watched = stopwatch(**changed)

    actual = []
    for clock, happenings, _ in lines:
        watched.at(clock, *happenings)
        actual.append(tuple(watched.facts(*FACTS).values()))

    assert [facts for _, _, facts in lines] == actual
    assert told == watched.told


def test_example_c_is_silent(stopwatch: Callable[..., Any]) -> None:
    """C: the buzzer is silent from a second after the contact opens until the grace is over."""
    watched = stopwatch(buzzer_style="steady")
    watched.sit("0:00").stand("75:00")

    sounds = watched.sounds("75:20")
    watched.sit("75:20")

    assert sounds == ["75:00-75:00.5"]
    assert watched.sounds("76:20.7") == ["76:20-76:20.5"]


def test_example_d_clears_at_1_48(stopwatch: Callable[..., Any]) -> None:
    """D: break_due goes out of the state 1:48 after the leave."""
    watched = stopwatch()
    watched.sit("0:00").stand("75:00").at("76:47.999")
    before = watched.facts("break_due")

    watched.at("76:48")

    assert (before, watched.facts("break_due")) == ({"break_due": True}, {"break_due": False})


def test_example_f_makes_no_sound(stopwatch: Callable[..., Any]) -> None:
    """F: nothing is heard from a chair that was left in time."""
    watched = stopwatch(buzzer_style="steady")
    watched.sit("0:00").stand("59:59")

    assert watched.sounds("70:00") == []


def test_example_f_whatever_else_happens(stopwatch: Callable[..., Any]) -> None:
    """F: while the contact is open nothing starts the alert, whatever wakes the daemon."""
    watched = stopwatch()
    watched.sit("0:00").stand("59:59").at("60:02", BuzzerSwitch(on=False))

    actual = watched.facts("status", "break_due")

    assert actual == {"status": "break_soon", "break_due": False}


def test_example_g_down_for_a_moment(stopwatch: Callable[..., Any]) -> None:
    """G: the bout goes on over a restart, estimated."""
    watched = stopwatch()
    watched.sit("0:00").at("40:00")

    again = watched.restarted(90, closed=True).at("0:03")

    assert again.facts(*FACTS, "estimated") == {
        "status": "sitting",
        "level": 0,
        "sitting_seconds": 2493,
        "bouts": 1,
        "transitions": 0,
        "short_breaks": 0,
        "estimated": True,
    }


def test_example_j_a_bag(stopwatch: Callable[..., Any]) -> None:
    """J: levels 1 to 4, the fatigue cap, then silent and long_occupancy at four hours."""
    watched = stopwatch()
    watched.sit("0:00")

    sounds = watched.sounds("480:00")

    levels = {tell.level for tell in watched.tells if tell.event_type.startswith("break_")}
    tired = [sound for sound in sounds if float(sound.split(":")[0]) >= 100]
    assert levels == {None, 1, 2, 3, 4}
    assert tired == [f"{minute}:00-{minute}:00.1" for minute in range(100, 240, 5)]
    assert watched.told[-1] == "240:00 problem"
    assert watched.facts("status", "level", "problem") == {
        "status": "break_due",
        "level": 0,
        "problem": "long_occupancy",
    }


@pytest.mark.parametrize("piece", [0.25, 1.0, 5.0])
def test_example_k_a_flickering_contact(stopwatch: Callable[..., Any], piece: float) -> None:
    """K: ten minutes of flicker, 80 % closed, are one bout."""
    watched = stopwatch()
    watched.sit("0:00").at("1:00")

    for turn in range(int(600 / piece)):
        watched.stand(60 + (turn + 0.8) * piece).sit(60 + (turn + 1) * piece)

    assert watched.told == ["0:03 sat_down"]
    assert watched.facts("bouts", "transitions") == {"bouts": 1, "transitions": 0}


def test_example_m_needs_no_broker(stopwatch: Callable[..., Any]) -> None:
    """M: the buzzer sounds from 60:00 on, whoever listens elsewhere."""
    watched = stopwatch()
    watched.sit("0:00").at("59:00")

    assert watched.sounds("60:01") == ["60:00-60:00.1", "60:00.2-60:00.3"]


@pytest.mark.parametrize("profile", [*PROFILES])
def test_every_profile_alerts(profile: str) -> None:
    """With each profile level 1 begins when its limit is reached."""
    rules = layered(PROFILES[profile])
    state = chair.start(
        contact_closed=True, loop_closed=True, now=0, wall_offset=1772438400, rules=rules
    )

    _, effects = chair.advance(state, rules.sit_limit, rules)

    kinds = [getattr(effect, "event_type", effect) for effect in effects]
    assert kinds == ["sat_down", "break_soon", "break_due"]


def test_an_unplugged_start() -> None:
    """A chair started without its mat says so at once, and never wakes for it."""
    rules = Rules()

    state = chair.start(
        contact_closed=True, loop_closed=False, now=5, wall_offset=1772438400 - 5, rules=rules
    )
    settled, effects = chair.step(state, STAND, 5, rules)

    assert chair.deadline(settled, rules) == state.calendar.until
    assert [getattr(effect, "event_type", effect) for effect in effects] == ["problem"]
    assert settled == replace(state, contact=settled.contact, told_problem="unplugged", serial=1)


@pytest.mark.parametrize("order", ["at once", "one by one"])
def test_a_late_daemon_misses_nothing(order: Literal["at once", "one by one"]) -> None:
    """Twelve hours in one step are the same as twelve hours of deadlines."""
    rules = Rules()
    state = chair.start(
        contact_closed=True, loop_closed=True, now=0, wall_offset=1772438400, rules=rules
    )
    expected = chair.advance(state, 43200, rules)

    effects = []
    while order == "one by one" and (due := chair.deadline(state, rules)) <= 43200:
        state, more = chair.advance(state, due, rules)
        effects += more
    state, more = chair.step(state, SIT, 43200, rules)

    assert expected == (state, effects + more)
