"""The contact filter: a charge that rises while the mat is pressed and falls while it is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sensor.core import contact
from sensor.core.contact import Contact
from sensor.core.events import ContactIs, LoopIs, RulesAre
from sensor.core.instant import NEVER
from sensor.core.rules import Rules

RULES = Rules(sit_confirm=4, leave_confirm=10)
VACANT = Contact(
    closed=False,
    changed_at=0,
    at=0,
    low=0,
    high=0,
    rose_at=0,
    fell_at=0,
    seen_rising=True,
    occupied=False,
)
OCCUPIED = replace(VACANT, closed=True, low=1, high=1, occupied=True)


def test_starts_knowing_only_the_level() -> None:
    """At the start the charge may be anywhere, and the seat is unknown."""
    expected = Contact(
        closed=True,
        changed_at=7,
        at=7,
        low=0,
        high=1,
        rose_at=7,
        fell_at=7,
        seen_rising=False,
        occupied=None,
    )

    actual = contact.start(True, 7)

    assert expected == actual


@pytest.mark.parametrize(("closed", "expected"), [(True, 7 + 4), (False, 7 + 10)])
def test_first_confirmation(closed: bool, expected: float) -> None:
    """An unknown seat is known after a whole confirmation time of either level."""
    actual = contact.crossing(contact.start(closed, 7), RULES)

    assert expected == actual


@pytest.mark.parametrize("known", [VACANT, OCCUPIED])
def test_a_repeated_level_is_harmless(known: Contact) -> None:
    """Levels, not edges: the same level again is the same contact."""
    actual = contact.read(known, known.closed, 3, RULES)

    assert known is actual


@pytest.mark.parametrize("known", [VACANT, OCCUPIED])
def test_nothing_to_cross_at_the_rail(known: Contact) -> None:
    """A seat that is confirmed as the contact is has no crossing ahead."""
    actual = contact.crossing(known, RULES)

    assert actual == NEVER


def test_a_press_leaves_the_lower_rail() -> None:
    """A clean press notes the moment when the charge began to rise."""
    expected = replace(VACANT, closed=True, changed_at=5, at=5, rose_at=5)

    actual = contact.read(VACANT, True, 5, RULES)

    assert expected == actual
    assert contact.crossing(actual, RULES) == 5 + 4


def test_a_release_leaves_the_upper_rail() -> None:
    """A clean release notes the moment when the charge began to fall."""
    expected = replace(OCCUPIED, closed=False, changed_at=5, at=5, fell_at=5)

    actual = contact.read(OCCUPIED, False, 5, RULES)

    assert expected == actual
    assert contact.crossing(actual, RULES) == 5 + 10


def test_a_fidget_keeps_its_place() -> None:
    """Half-way up, a short release costs charge, and the press goes on from what is left."""
    pressed = contact.read(VACANT, True, 0, RULES)
    released = contact.read(pressed, False, 2, RULES)

    again = contact.read(released, True, 3, RULES)

    expected = replace(
        VACANT, closed=True, changed_at=3, at=3, low=0.4, high=0.4, rose_at=0, fell_at=0
    )
    assert expected == again
    assert contact.crossing(again, RULES) == pytest.approx(3 + 0.6 * 4)


def test_back_at_the_rail_the_next_press_counts_anew() -> None:
    """A charge that has fallen to 0 again makes the next press the one to back-date to."""
    pressed = contact.read(VACANT, True, 0, RULES)
    released = contact.read(pressed, False, 1, RULES)

    again = contact.read(released, True, 9, RULES)

    assert again.rose_at == 9


def test_a_threshold_snaps_to_its_rail() -> None:
    """Crossing the threshold puts the charge exactly on the rail."""
    pressed = contact.read(VACANT, True, 5, RULES)

    actual = contact.confirmed(pressed, 9)

    assert replace(OCCUPIED, changed_at=5, at=9, rose_at=5) == actual


@pytest.mark.parametrize(
    ("at_start", "levels", "expected"),
    [
        (True, [], False),
        (False, [(3, True)], True),
        (True, [(1, False), (2, True)], False),
        (True, [(1, False), (12, True)], True),
    ],
)
def test_seen_rising(at_start: bool, levels: list[tuple[float, bool]], expected: bool) -> None:
    """Only a rise from the rail that was watched tells when somebody sat down."""
    seen = contact.start(at_start, 0)

    for moment, closed in levels:
        seen = contact.read(seen, closed, moment, RULES)

    assert expected == seen.seen_rising


def test_certainly_open() -> None:
    """No sitting down can be back-dated once the charge is at 0 and the contact open."""
    half_way = replace(VACANT, at=20, low=0.5, high=0.5)

    actual = (
        contact.certainly_open(VACANT, RULES),
        contact.certainly_open(half_way, RULES),
        contact.certainly_open(OCCUPIED, RULES),
    )

    assert actual == (0, 25, NEVER)


def test_no_confirmation_time_confirms_at_once(stopwatch: Callable[..., Any]) -> None:
    """With both times at zero the seat follows the contact."""
    chair = stopwatch(sit_confirm=0, leave_confirm=0)

    chair.sit(1).stand(2).sit(3)

    assert chair.told == ["0:01 sat_down", "0:02 stood_up", "0:03 sat_down"]


def test_pressed_and_released_at_one_moment(stopwatch: Callable[..., Any]) -> None:
    """With both times at zero a contact may change twice before any time has passed."""
    chair = stopwatch(sit_confirm=0, leave_confirm=0)

    chair.at(1).sit(2).stand(2)

    assert chair.told == ["0:02 sat_down", "0:02 stood_up"]


@pytest.mark.parametrize(
    ("at_start", "clock", "occupied"),
    [
        (False, "0:09.9", None),
        (False, "0:10", False),
        (True, "0:02.9", None),
        (True, "0:03", True),
    ],
)
def test_the_seat_is_unknown_at_first(
    stopwatch: Callable[..., Any], at_start: bool, clock: str, occupied: bool | None
) -> None:
    """Until the first confirmation nobody knows; then the contact's word counts."""
    chair = stopwatch(closed=at_start)

    chair.at(clock)

    expected = "starting" if occupied is None else ("sitting" if occupied else "vacant")
    assert {"occupied": occupied, "status": expected} == chair.facts("occupied", "status")


def test_a_seat_found_pressed_counts_from_the_start(stopwatch: Callable[..., Any]) -> None:
    """Somebody on the chair when watching begins sits, estimated, from that moment on."""
    chair = stopwatch(closed=True)

    chair.at("0:03")

    assert chair.facts("sitting_seconds", "estimated") == {"sitting_seconds": 3, "estimated": True}


def test_a_confirmation_is_back_dated(stopwatch: Callable[..., Any]) -> None:
    """Sitting down and standing up are told when certain, with the moment they happened."""
    chair = stopwatch()

    chair.sit("1:00").stand("10:00").at("10:10")

    assert chair.told == ["1:03 sat_down", "10:10 stood_up"]
    assert [tell.at for tell in chair.tells] == [60, 600]


def test_mostly_closed_is_sitting(stopwatch: Callable[..., Any]) -> None:
    """A contact that flickers 80 % closed sits down once and never flaps."""
    chair = stopwatch()
    chair.at("0:20").sit("1:00")

    for second in range(60, 660):
        chair.stand(second + 0.8).sit(second + 1)

    assert chair.told == ["1:03.78 sat_down"]


def test_mostly_open_is_vacant(stopwatch: Callable[..., Any]) -> None:
    """A contact that flickers 20 % closed is nobody."""
    chair = stopwatch()
    chair.at("0:20")

    for second in range(60, 660):
        chair.sit(second).stand(second + 0.2)

    assert chair.told == []
    assert chair.facts("status") == {"status": "vacant"}


def test_a_level_read_again_changes_nothing(stopwatch: Callable[..., Any]) -> None:
    """The pin is read again now and then; what it says anew is no news."""
    chair = stopwatch()
    chair.sit("1:00").at("2:00")
    before = chair.state

    chair.sit("2:00")

    assert before == chair.state


def test_new_confirm_times_act_at_once(stopwatch: Callable[..., Any]) -> None:
    """Half a charge stays half a charge when the time for a whole one changes."""
    chair = stopwatch(sit_confirm=10)
    chair.at("0:20").sit("1:00")

    chair.at("1:05", RulesAre(replace(chair.rules, sit_confirm=60))).at("2:00")

    assert chair.told == ["1:35 sat_down"]


def test_an_unplugged_mat_says_nothing(stopwatch: Callable[..., Any]) -> None:
    """With the loop open the level is noted and means nothing; plugged in, the filter is new."""
    chair = stopwatch()
    chair.at("0:20", LoopIs(closed=False))

    chair.at("1:00", ContactIs(closed=True), ContactIs(closed=True)).at("5:00")
    unplugged = chair.facts("status", "occupied", "contact_closed", "problem")
    chair.at("6:00", LoopIs(closed=True)).at("6:03")

    assert unplugged == {
        "status": "unplugged",
        "occupied": None,
        "contact_closed": None,
        "problem": "unplugged",
    }
    assert chair.facts("status", "sitting_seconds") == {"status": "sitting", "sitting_seconds": 3}
