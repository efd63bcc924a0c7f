"""Whatever happens on the chair, some things never do: random days, always the same promises."""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis
from hypothesis import strategies as st

if TYPE_CHECKING:
    from .records import Run, Simulate
import pytest

STATE_KEYS = {
    *("status", "occupied", "contact_closed", "break_due", "level", "sitting_seconds"),
    *(
        "bout_started_at",
        "break_due_at",
        "break_progress",
        "vacant_since",
        "snoozes_left",
        "snoozed_until",
    ),
    *("buzzer", "do_not_disturb", "do_not_disturb_until", "quiet", "estimated", "problem"),
    *("exercise", "reason", "settings", "today", "week", "goal"),
}
STATUSES = {
    *("vacant", "sitting", "break_soon", "break_due", "snoozed", "away", "ignored"),
    *("starting", "unplugged"),
}
EVENT_KEYS = {
    *("event_type", "id", "alert_id", "at", "level", "sitting_seconds", "quiet", "message"),
    "exercise",
}
EVENT_TYPES = {
    *("sat_down", "stood_up", "break_soon", "break_due", "break_overdue", "break_complete"),
    *("snoozed", "voided", "problem", "problem_solved"),
}
SLEEPS = {"suspend 30s": 30, "suspend 3m": 180, "suspend 2h": 7200}

ACTIONS = st.one_of(
    st.sampled_from(["sit", "sit", "sit", "stand", "stand", "press", "unplug", "plug"]),
    st.sampled_from(["broker down", "broker up", "restart", "crash", "reboot"]),
    st.sampled_from(["restart 90s", "crash 4m", "restart 20m", "reboot 2m", "suspend 30s"]),
    st.sampled_from(["suspend 3m", "suspend 2h", "clock +3h", "clock -3h", "clock +40s"]),
    st.sampled_from(["publish do/snooze PRESS", "publish do/void PRESS", "publish do/reset PRESS"]),
    st.sampled_from(["publish set/do_not_disturb ON", "publish set/do_not_disturb OFF"]),
    st.sampled_from(["publish set/sit_limit 20", "publish set/sit_limit 90"]),
    st.sampled_from(
        ["publish set/buzzer OFF", "publish set/buzzer ON", "publish set/profile demo"]
    ),
    st.sampled_from(["publish do/test_buzzer PRESS", "publish do/reset_settings PRESS"]),
)
GAPS = st.one_of(
    st.integers(min_value=3, max_value=200).map(lambda tenths: tenths / 10),
    st.integers(min_value=20, max_value=600).map(float),
    st.integers(min_value=1200, max_value=5400).map(float),
)
STEPS = st.lists(st.tuples(GAPS, ACTIONS), min_size=5, max_size=20)
OPTIONS = st.sampled_from(
    [
        {},
        {"profile": "demo"},
        {"buzzer_style": "steady"},
        {"sit_limit": "30m", "fatigue_after": "5m"},
    ]
)


class Day(NamedTuple):
    """A random script, and where its actions lie."""

    steps: list[tuple[float, str]]

    @property
    def script(self) -> str:
        """The script as text; it ends five minutes after the last action."""
        lines = [f"{int(t // 60)}:{t % 60:04.1f} {action}" for t, action in self.steps]
        end = self.steps[-1][0] + 8000
        return "\n".join([*lines, f"{int(end // 60)}:{end % 60:04.1f} end"])

    def helpless(self) -> list[float]:
        """When a crash, a reboot or a sleep leaves no code to switch the buzzer off.

        A second sleep asked for during the first one begins when that ends.
        """
        moments, awake = [], 0.0
        for t, action in self.steps:
            if action.startswith(("crash", "reboot", "suspend")):
                moments.append(max(t, awake))
                awake = max(t, awake) + SLEEPS.get(action, 0)
        return moments

    def chirps(self) -> list[float]:
        """When a test of the buzzer may begin to sound: at once, or when a sleep ends."""
        asked, awake = self.times("publish do/test_buzzer"), 0.0
        late = []
        for t, action in self.steps:
            if action in SLEEPS:
                start, awake = max(t, awake), max(t, awake) + SLEEPS[action]
                late += [awake] if any(start - 2 <= press <= awake for press in asked) else []
        return sorted(asked + late)

    def times(self, *starts: str) -> list[float]:
        """When actions happen whose text starts so."""
        return [t for t, action in self.steps if action.startswith(starts)]

    def open_since(self, t: float) -> float | None:
        """Tell since when the raw contact has been open at `t`, if it is."""
        moves = [(0.0, "stand")]
        moves += [step for step in self.steps if step[1] in {"sit", "stand"} and step[0] <= t]
        opened: float | None = 0.0
        for earlier, later in itertools.pairwise(moves):
            if later[1] == "sit":
                opened = None
            elif earlier[1] == "sit":
                opened = later[0]
        return opened


@st.composite
def days(draw: st.DrawFn) -> Day:
    """Draw 5 to 20 actions with long and short pauses between them."""
    t, steps = 0.0, [(1.0, "sit")]
    for gap, action in draw(STEPS):
        t = round(t + gap, 1)
        steps.append((t + 1, action))
    return Day(steps)


@pytest.mark.slow
@hypothesis.settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(day=days(), options=OPTIONS)
def test_no_day_breaks_a_promise(simulate: Simulate, day: Day, options: dict[str, Any]) -> None:
    """Order of time, silence after leaving, whole payloads, and no alert before its time."""
    run = simulate(day.script, settings={"pins.button": 26, "pins.tamper": 6} | options)

    check_order(run)
    check_buzzer(run, day)
    check_states(run)
    check_events(run)


def check_order(run: Run) -> None:
    """See that records come in the order of time."""
    times = [record["t"] for record in run.records]

    assert times == sorted(times)


def check_buzzer(run: Run, day: Day) -> None:
    """See that the buzzer is never on for 2 s, nor a second after the sitter has left.

    A crash and a sleep may catch it on: then no code runs that could switch it off.
    """
    helpless = day.helpless()
    tests = day.chirps()
    for on, off in run.pulses():
        if any(on <= t <= off for t in helpless):
            continue
        assert off - on <= 2
        before = bisect.bisect_right(tests, off)
        if before and on - tests[before - 1] <= 2:
            continue
        opened = day.open_since(off - 0.001)
        assert opened is None or off <= opened + 1.01, (on, off, opened)


def check_states(run: Run) -> None:
    """See that every state is whole, of a known status, and due only when it is due.

    While a return is not confirmed yet, the alert waits and the sitting time still falls.
    """
    for t, state, _ in run.states():
        assert set(state) == STATE_KEYS
        assert state["status"] in STATUSES
        assert 0 <= state["level"] <= 4
        assert state["sitting_seconds"] >= 0
        returns = state["contact_closed"] and not state["occupied"]
        if state["break_due"] and not returns:
            assert state["sitting_seconds"] >= 60 * state["settings"]["sit_limit"] - 1, t


def check_events(run: Run) -> None:
    """See that every event is whole, of a known type, and has an id of its own."""
    events = run.events()
    ids = [seen.payload["id"] for seen in events]

    assert {frozenset(seen.payload) for seen in events} <= {frozenset(EVENT_KEYS)}
    assert {seen.payload["event_type"] for seen in events} <= EVENT_TYPES
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        (
            [
                (1, "sit"),
                (1.9, "stand"),
                (2.2, "suspend 3m"),
                (2.5, "publish do/test_buzzer PRESS"),
            ],
            {},
        ),
        (
            [(1, "sit"), (119.3, "stand"), (125, "sit"), (125.9, "publish do/snooze PRESS")],
            {"profile": "demo"},
        ),
    ],
    ids=["buzzer tested in a sleep", "snoozed before the return is confirmed"],
)
def test_days_that_were_drawn_once(
    simulate: Simulate, steps: list[tuple[float, str]], options: dict[str, Any]
) -> None:
    """What a random day has brought up holds in each run of the tests."""
    day = Day(steps)
    run = simulate(day.script, settings={"pins.button": 26, "pins.tamper": 6} | options)

    check_order(run)
    check_buzzer(run, day)
    check_states(run)
    check_events(run)
