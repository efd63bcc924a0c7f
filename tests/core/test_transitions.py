"""The table of transitions against random lives, and one story for each of its rows."""

from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from cogapp import Cog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import sensor.core
from sensor.core import chair, events
from sensor.core.restore import Recall
from sensor.core.rules import PROFILES, Rules, layered
from sensor.core.sitting import Absent, Idle, Ignored, Resuming, Seated, open_bout, was_seen
from sensor.core.state import State
from sensor.core.transitions import TABLE, Place
from sensor.daemon import codec

Row = tuple[str, str, str]

DEMO = layered(PROFILES["demo"], {"timezone": UTC})
"""Limit 60 s, break 10 s, short absence 3 s, confirmed after 1 and 2 s."""
SLOW = layered(PROFILES["demo"], {"timezone": UTC, "leave_confirm": 8})
"""A leave is confirmed only when its absence is a break."""
ROWS = [row[:3] for row in TABLE]
CAUSES = {
    events.LoopIs: "unplugged",
    events.Suspended: "suspended",
    events.Void: "void",
    events.Reset: "reset",
    Recall: "recall",
}
SIT, STAND = events.ContactIs(closed=True), events.ContactIs(closed=False)
UNPLUG, PLUG = events.LoopIs(closed=False), events.LoopIs(closed=True)
VOID, RESET = events.Void(), events.Reset()
NAP, NIGHT = events.Suspended(5), events.Suspended(20)


def place(state: State) -> Place:
    """Return where the accounting is."""
    match state.sitting:
        case Idle():
            return "Idle"
        case Seated():
            return "Seated"
        case Absent() as absent if not was_seen(absent):
            return "Out of sight"
        case Absent(bout=bout):
            return "Break" if bout is None else "Absent"
        case Resuming():
            return "Resuming"
        case Ignored():
            return "Ignored"


def is_transition(old: State, new: State) -> bool:
    """Whether the accounting is in another place or another bout."""
    before, after = open_bout(old.sitting), open_bout(new.sitting)
    another = before and after and before.started_at != after.started_at
    return place(old) != place(new) or bool(another)


@dataclass(frozen=True)
class Restart:
    """The daemon is down for some seconds, and reads its memory after what happens meanwhile."""

    down: float
    closed: bool
    """The contact at the start."""
    meanwhile: tuple[Any, ...] = ()


@dataclass
class Life:
    """A chair, and the transitions that it has gone through."""

    rules: Rules
    closed: bool = False
    now: float = 0
    wall_offset: float = 1_772_438_400
    seen: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self._started()

    def _started(self) -> State:
        return chair.start(
            contact_closed=self.closed,
            loop_closed=True,
            now=self.now,
            wall_offset=self.wall_offset,
            rules=self.rules,
        )

    def live(self, *story: Any) -> list[Row]:
        """Live through seconds that pass and things that happen; return the transitions."""
        for each in story:
            match each:
                case int() | float():
                    self._wait(each)
                case Restart():
                    self._restart(each)
                case "toggle":
                    self._meet(events.ContactIs(not self.state.contact.closed))
                case _:
                    self._meet(each)
        return self.seen

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        self._advance(self.now)

    def _advance(self, until: float) -> None:
        while (due := chair.deadline(self.state, self.rules)) <= until:
            self._note(chair.advance(self.state, due, self.rules)[0], "time")

    def _meet(self, happening: Any) -> None:
        self.now += getattr(happening, "seconds", 0)
        new, _ = chair.step(self.state, happening, self.now, self.rules)
        self._note(new, CAUSES.get(type(happening), "time"))

    def _restart(self, how: Restart) -> None:
        past, stopped_at = codec.decode(codec.encode(self.state)), self.now
        self.now += how.down
        self.closed, started_at = how.closed, self.now
        self.state = self._started()
        self.live(*how.meanwhile)
        self._meet(Recall(past, stopped_at, certain=True, resumed_at=started_at))

    def _note(self, new: State, cause: str) -> None:
        old, self.state = self.state, new
        occupied = new.contact.occupied
        if cause != "recall" and occupied not in (None, old.contact.occupied):
            cause = "seat occupied" if occupied else "seat vacant"
        if is_transition(old, new):
            self.seen.append((place(old), cause, place(new)))


def explained(row: Row) -> bool:
    """Whether the table has this change, or a part of it that time alone completes."""
    before, cause, after = row
    reached = {to for start, why, to in ROWS if (start, why) == (before, cause)} | {before}
    while more := {to for start, why, to in ROWS if start in reached and why == "time"} - reached:
        reached |= more
    return row in ROWS or after in reached - {before}


HAPPENINGS = st.sampled_from(
    ["toggle"] * 10 + [UNPLUG, PLUG, VOID, RESET, NAP, NIGHT, events.RulesAre(SLOW), STAND, SIT]
) | st.builds(
    Restart,
    st.sampled_from([0.5, 5, 20]),
    st.booleans(),
    st.sampled_from([(), (0.5,), (5,), (12,), (4, STAND, 1), (4, STAND, 9), (4, UNPLUG, 1)]),
)
WAITS = st.sampled_from([0.5, 1, 1.5, 2, 2.5, 4, 6, 11, 62])
STORIES = st.lists(st.tuples(WAITS, HAPPENINGS), max_size=30)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.sampled_from([DEMO, SLOW]), st.booleans(), STORIES)
@example(DEMO, False, [(5, SIT), (5, STAND), (2.2, UNPLUG), (0.5, VOID)])
def test_no_other_transition(rules: Rules, closed: bool, story: list[Any]) -> None:
    """Whatever happens on a chair, the table has it."""
    seen = Life(rules, closed).live(*(each for pair in story for each in pair), 30)

    assert [row for row in seen if not explained(row)] == []


SAT, GOT_UP = (SIT, 5), (SIT, 5, STAND, 2.2)
BREAK, BLIND, VOIDED = (SIT, 5, STAND, 4), (SIT, 5, UNPLUG, 0.5), (SIT, 5, VOID, 0.5)
RESUMING = (SIT, 5, Restart(0.5, closed=True))
EACH = [  # one story for each row, in the order of the table
    (SIT, 2),
    RESUMING,
    (*GOT_UP, Restart(0.5, closed=False)),
    (*BREAK, Restart(0.5, closed=False)),
    (*BLIND, Restart(0.5, closed=True)),
    (*VOIDED, Restart(0.5, closed=True)),
    GOT_UP,
    BLIND,
    (*SAT, NAP),
    (*SAT, NIGHT),
    VOIDED,
    (*SAT, RESET),
    (*SAT, Restart(0.5, closed=True, meanwhile=(5,))),
    (*VOIDED, Restart(0.5, closed=True, meanwhile=(5,))),
    (*GOT_UP, SIT, 1.5),
    BREAK,
    (*GOT_UP, VOID),
    (*GOT_UP, RESET),
    (*SAT, Restart(0.5, closed=True, meanwhile=(4, STAND, 2.7))),
    (*BREAK, SIT, 1.5),
    (*BREAK, 7),
    (*BREAK, RESET),
    (*BLIND, PLUG, 1.5),
    (*BLIND, STAND, PLUG, 2.2),
    (*BLIND, VOID),
    (*BLIND, RESET),
    (*SAT, Restart(0.5, closed=True, meanwhile=(4, UNPLUG, 1))),
    (*VOIDED, Restart(0.5, closed=True, meanwhile=(4, UNPLUG, 1))),
    (*RESUMING, 1.5),
    (SIT, 5, Restart(0.5, closed=False), 2.5),
    (*RESUMING, UNPLUG),
    (*RESUMING, VOID),
    (*RESUMING, RESET),
    (*VOIDED, STAND, 2.5),
    (*VOIDED, NIGHT),
    (*VOIDED, RESET),
    (*VOIDED, UNPLUG, RESET),
]


@pytest.mark.parametrize(("row", "story"), list(zip(ROWS, EACH, strict=True)))
def test_each_row(row: Row, story: tuple[Any, ...]) -> None:
    """The story of a row ends with it."""
    assert Life(DEMO).live(*story)[-1] == row


def test_the_page_shows_the_table() -> None:
    """The rules of the product have the table as the core has it."""
    page = Path(sensor.core.__file__).with_name("README.md")

    assert Cog().main(["cog", "--check", str(page)]) == 0
