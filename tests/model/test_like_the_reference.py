"""The whole daemon against a slow, obvious chair (`reference.py`), through random lives.

The daemon lives in the simulated world: mat, tamper loop and button are pins, commands come over
the broker in memory, restarts and suspends are real ones. What it is asked for on its socket, what
it keeps in the database and what its buzzer does must be what the slow chair says.

More lives than in the default run: `pytest tests/model -m '' --hypothesis-profile=many`.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensor.daemon.answer import Now
from sensor.settings.loading import load
from sensor.simulator import script
from sensor.simulator.script import Step
from sensor.simulator.simulation import World

pytestmark = pytest.mark.slow

MIDNIGHT = 1_772_409_600  # 2026-03-02T00:00:00Z, a Monday
HAIR = 0.15
"""Seconds by which the slow chair, which looks ten times a second, may be late."""

CHOICES: dict[str, dict[str, Any]] = {
    "escalating": {},
    "steady, all or nothing": {"style": "steady", "proportional": False},
    "silent": {"style": "off", "suspicious_after": None, "level_after": (0, 3, 20, 40)},
    "night": {"quiet_hours": (23 * 3600, 4 * 3600 + 60), "sit_limit": 24},
    "work": {"working_hours": (4 * 3600 + 60, 4 * 3600 + 180), "max_snoozes": 1},
    "quick": {"sit_confirm": 1, "leave_confirm": 2, "buzzer_release": 0, "return_grace": 0},
    "slow": {"leave_confirm": 8, "buzzer_release": 3, "short_absence": 9, "break_min": 25},
}
WAITS = st.sampled_from([1, 2, 3, 4, 5, 6, 8, 13, 20, 31, 60]) | st.integers(1, 45)
DOWN = st.integers(1, 20)
ACTIONS = st.one_of(
    st.just(("mat",)),
    st.just(("mat",)),
    st.just(("mat",)),
    st.just(("plug",)),
    st.just(("press",)),
    st.just(("do/snooze", "PRESS")),
    st.just(("do/void", "PRESS")),
    st.just(("do/reset", "PRESS")),
    st.just(("do/test_buzzer", "PRESS")),
    st.sampled_from([("set/do_not_disturb", word) for word in ("ON", "ON", "OFF")]),
    st.sampled_from([("set/buzzer", word) for word in ("ON", "OFF")]),
    st.sampled_from([("set/sit_limit", word) for word in ("1", "1.2", "0.5", "x")]),
    st.just(("do/reset_settings", "PRESS")),
    st.just(("broker",)),
    st.tuples(st.just("clock"), st.sampled_from([-3600, -40, 25, 60, 7200])),
    st.tuples(st.just("leap"), st.sampled_from([-1100, -2, 1, 30, 1100])),
    st.just(("put right",)),
    st.tuples(
        st.sampled_from(["suspend", "restart", "reboot", "reboot unsynced"]), DOWN, st.booleans()
    ),
    st.tuples(st.just("crash"), st.integers(1, 5)),
)
STEPS = st.lists(st.tuples(WAITS, ACTIONS), max_size=25)
"""What happens, and how long to wait before it."""
TEN, FOUR = 10 * 3600, 4 * 3600
LIVES = st.tuples(
    st.sampled_from(sorted(CHOICES)),
    st.sampled_from([TEN, FOUR - 30, FOUR + 20]),
    STEPS,
)


def written(chosen: Any) -> list[str]:
    """Write settings as a user would."""

    def hours(found: tuple[int, int] | None, days: str = "") -> str:
        if found is None:
            return "none"
        return days + "-".join(f"{at // 3600:02}:{at % 3600 // 60:02}" for at in found)

    plain = (
        "sit_confirm leave_confirm buzzer_release short_absence break_min sit_limit pre_alert "
        "realert_every return_grace snooze dnd_expires fatigue_after"
    )
    return [
        *(f"{name}={getattr(chosen, name)}s" for name in plain.split()),
        f"max_snoozes={chosen.max_snoozes}",
        f"level_after={','.join(f'{start}s' for start in chosen.level_after)}",
        f"level_every=once,{','.join(map(str, chosen.level_every[1:]))}",
        f"break_credit={'proportional' if chosen.proportional else 'none'}",
        f"quiet_hours={hours(chosen.quiet_hours)}",
        f"working_hours={hours(chosen.working_hours, 'Mon-Sun ')}",
        f"suspicious_after={f'{chosen.suspicious_after}s' if chosen.suspicious_after else 'none'}",
        f"buzzer_style={chosen.style}",
        *("chair.id=test", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26"),
    ]


class Pair:
    """The daemon and the slow chair, who live the same life."""

    def __init__(self, folder: Path, slow: Any, chosen: Any, wall: int) -> None:
        self._folder = folder
        self.slow = slow
        self._limit = chosen.sit_limit
        self.world = World(
            config=load(config_file=None, overrides=written(chosen)),
            steps=[],
            wall_start=wall,
            state_dir=folder,
        )
        self.heard: list[str] = []
        self._alerts: dict[str | None, int | None] = {None: None}
        self._compared = 0
        self._crashed = False
        self._may_leap = wall % 86400 == TEN  # no day begins while the clock is wrong
        self._leaps = 0
        self._edges: list[tuple[float, bool]] = []
        self.world.records.buzzer = self._ring  # type: ignore[method-assign]
        self.world.start()

    def _ring(self, on: bool) -> None:
        self._edges.append((self.world.t, on))

    def _play(self, t: float) -> None:
        """Let the time until `t` pass for the daemon."""
        while self.world.next_at() <= t:
            self.world.advance()
        self.world.t = max(self.world.t, t)

    def wait(self, seconds: int) -> None:
        """Let time pass for both."""
        for _ in range(seconds):
            for _ in range(10):
                self.slow.tick()
            self._play(self.slow.now / 10)
        self.compare()

    def act(self, action: tuple[Any, ...]) -> None:
        """Let both meet with the same."""
        slow = self.slow
        match action:
            case ("mat",):
                self._do(script.MatStep(not slow.closed))
                slow.sit(not slow.closed)
            case ("plug",):
                self._do(script.LoopStep(slow.unplugged))
                slow.plug(slow.unplugged)
            case ("press",):
                self._do(script.PressStep())
                slow.snooze()
            case ("broker",):
                self._do(script.BrokerStep(not self.world.broker.up))
            case ("clock", by):
                self._set_clock(by)
            case ("leap", days) if self._may_leap and not self._leaps:
                self._leaps = days
                self._set_clock(days * 86400)
            case ("put right",) if self._leaps:
                self._set_clock(-self._leaps * 86400)
                self._leaps = 0
            case ("leap" | "put right", *_):
                pass
            case ("suspend", seconds, moves):
                self._do(script.SuspendStep(seconds))
                slow.fall_asleep()
                self._miss(seconds, moves=moves)
                slow.wake_up()
            case ("restart" | "reboot" | "reboot unsynced" | "crash", seconds, *_) if (
                self._new_day_within(seconds + 10)
            ):
                pass  # what was not watched is not split
            case ("reboot unsynced", *_) if slow.unplugged:
                pass  # what is told before the clock is set is told by another life
            case ("restart" | "reboot" | "reboot unsynced" as how, seconds, moves):
                self._restart(how, seconds, moves=moves)
            case ("crash", seconds) if slow.seat is slow.closed and not slow.unplugged:
                self._restart("crash", seconds, moves=False)
                self._crashed = True
                self.wait(int(slow.settings.leave_confirm) + 1)
            case (subtopic, payload):
                if self._send(subtopic, payload):
                    self._obey(subtopic, payload)
        self._play(slow.now / 10)
        self.compare()

    def _new_day_within(self, seconds: int) -> bool:
        since_midnight = (self.slow.wall + self.slow.now) / 10 % 86400
        return -seconds < since_midnight - self.slow.settings.day_starts < 0

    def _do(self, action: Any) -> None:
        self.world.do(Step(at=self.world.t, action=action, line=0))

    def _send(self, subtopic: str, payload: str) -> bool:
        """Be another client; says whether the daemon heard it."""
        link = self.world.memory.link
        assert link is not None
        self._do(script.PublishStep(subtopic, payload))
        return link.connected

    def _obey(self, subtopic: str, payload: str) -> None:
        slow = self.slow
        match subtopic, payload:
            case "do/snooze", _:
                slow.snooze()
            case "do/void", _:
                slow.void()
            case "do/reset", _:
                slow.reset()
            case "do/test_buzzer", _:
                slow.test()
            case "do/reset_settings", _:
                slow.limit(self._limit)
                slow.switch(on=True)
            case "set/do_not_disturb", word:
                slow.do_not_disturb(word == "ON")
            case "set/buzzer", word:
                slow.switch(word == "ON")
            case "set/sit_limit", ("1" | "1.2") as minutes:
                slow.limit(round(float(minutes) * 60))

    def _restart(self, how: Any, seconds: int, *, moves: bool) -> None:
        slow, late = self.slow, how == "reboot unsynced"
        self._do(script.DownStep("reboot" if late else how, seconds, not late))
        edges = len(slow.sounds)
        slow.stop()
        if how == "crash" and len(slow.sounds) > edges:
            slow.sounds[-1] = (slow.now + 2, False)  # when systemd has noticed
        self._miss(seconds, moves=moves)
        slow.start()
        self._play(slow.now / 10)
        if late:  # until then the clock goes on where it was when the power went
            self._do(script.ClockStep(seconds))
            self._play(slow.now / 10)

    def _set_clock(self, by: int) -> None:
        self._do(script.ClockStep(by))
        self.slow.set_clock(by)

    def _miss(self, seconds: int, *, moves: bool) -> None:
        """Let time pass that the daemon does not live through; the sitter may move in it."""
        slow = self.slow
        for second in range(seconds):
            if moves and second == seconds // 2:
                self._do(script.MatStep(not slow.closed))
                slow.sit(not slow.closed)
            for _ in range(10):
                slow.tick()
            self._play(slow.now / 10 - 0.05)

    def compare(self) -> None:
        """See that they agree about all that has been and is."""
        self._compare_state()
        self._compare_events()
        self._compare_sounds()

    def _compare_state(self) -> None:
        found: list[Now] = []
        self.world.look(found.append)
        self._play(self.world.t)
        state = found[0]["state"]
        told: dict[str, Any] = {**state, **state["today"]}
        if self._crashed:  # what was watched since the last thing of note is not written anywhere
            assert told["coverage_seconds"] <= self.slow.today.coverage / 10 + 1  # both are rounded
            self.slow.today.coverage = told["coverage_seconds"] * 10
            self._crashed = False
        for key, value in self.slow.shown().items():
            if isinstance(value, float):
                rounded = 1 if key == "coverage_seconds" else 0.5
                assert abs(told[key] - value) <= rounded + HAIR, self._says(key, told[key], value)
            else:
                assert told[key] == value, self._says(key, told[key], value)

    def _says(self, key: str, told: Any, value: Any) -> str:
        return f"{key} at {self.slow.now / 10}: the daemon says {told!r}, the slow chair {value!r}"

    def _compare_events(self) -> None:
        with closing(sqlite3.connect(self._folder / "chair-sensor.db")) as database:
            told = database.execute(
                "SELECT event_type, at, sitting_seconds, level, alert_id, quiet FROM event"
                " ORDER BY rowid LIMIT -1 OFFSET ?",
                (self._compared,),
            ).fetchall()
        expected = self.slow.events[self._compared :]
        kinds = [row[0] for row in told], [event.kind for event in expected]
        assert kinds[0] == kinds[1], f"at {self.slow.now / 10}: {kinds}"
        for (kind, at, sitting, level, alert, quiet), event in zip(told, expected, strict=True):
            number = self._alerts.setdefault(alert, event.alert)
            assert abs(at - event.at / 10) <= HAIR, (kind, at, event)
            assert abs(sitting - event.sitting) <= HAIR, (kind, sitting, event)
            assert (level, number, bool(quiet)) == (event.level, event.alert, event.quiet), event
        self._compared += len(told)

    def _compare_sounds(self) -> None:
        told, expected = self._edges, self.slow.sounds
        moment = self.slow.now / 10 - HAIR
        told = [edge for edge in told if edge[0] < moment]
        expected = [edge for edge in expected if edge[0] / 10 < moment]
        for edge, (at, on) in zip(told, expected, strict=False):
            assert edge[1] is on, (edge, at / 10, on)
            assert abs(edge[0] - at / 10) <= HAIR, (edge, at / 10, on)
        assert abs(len(told) - len(expected)) <= 1, (told[-4:], expected[-4:])


SIT = STAND = ("mat",)
UNPLUG = PLUG = ("plug",)
VOID = ("do/void", "PRESS")


@settings(
    max_examples=settings().max_examples // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(life=LIVES)
@example(("escalating", TEN, [(3, SIT), (20, VOID), (40, ("crash", 1))]))
@example(("escalating", TEN, [(3, SIT), (20, VOID), (40, ("restart", 13, True))]))
@example(("escalating", TEN, [(4, SIT), (36, ("press",)), (5, ("restart", 5, False)), (3, STAND)]))
@example(("slow", TEN, [(13, SIT), (32, STAND), (18, UNPLUG), (13, SIT), (60, PLUG)]))
@example(("night", FOUR + 20, [(10, SIT), (26, STAND)]))
@example(("escalating", TEN, [(1, SIT), (30, STAND), (5, SIT)]))
@example(("escalating", TEN, [(1, SIT), (2, STAND), (1, ("leap", 1)), (3, ("put right",))]))
def test_like_the_reference(reference: ModuleType, life: Any) -> None:
    """Whatever happens, status, level, buzzer, timer, figures and events are those expected."""
    name, second, steps = life
    chosen = reference.Settings(**CHOICES[name])
    slow = reference.Reference(replace(chosen), MIDNIGHT + second)
    with TemporaryDirectory(dir="/dev/shm") as folder:
        pair = Pair(Path(folder), slow, chosen, MIDNIGHT + second)
        for wait, action in steps:
            pair.wait(wait)
            pair.act(action)
        pair.wait(60)
        pair.world.stop("the life is over")
