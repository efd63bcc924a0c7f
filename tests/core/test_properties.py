"""What is always so, all along any life of a chair: a list of (wait, happening)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from math import inf
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensor.core import chair, contact, events, report, sitting
from sensor.core.events import AlertRow, Effect, Input, Tell, Write
from sensor.core.restore import Recall
from sensor.core.rules import PROFILES, ClockRange, Rules, WorkingHours, layered
from sensor.core.signals import sound
from sensor.core.sitting import Absent, Idle
from sensor.core.state import Due, Ringing, State, is_certain
from sensor.core.status import status
from sensor.daemon import codec


class Restart(NamedTuple):
    """The daemon was down for so many seconds; whether it is certain for how long."""

    down: float
    certain: bool


LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large]
MANY = settings(suppress_health_check=LARGE)
HAIR = 1e-5  # seconds that floats may be off

ABROAD = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kolkata")]
ZONES = st.sampled_from([UTC, *ABROAD])
MOMENTS = ["2026-03-02T08:00Z", "2026-03-03T03:59:30Z", "2026-03-29T00:50Z", "2026-10-25T00:20Z"]
NAMED = [datetime.fromisoformat(moment).timestamp() for moment in MOMENTS]
WALLS = st.floats(1.7e9, 1.9e9) | st.sampled_from(NAMED)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
RANGES = st.builds(ClockRange, CLOCKS, CLOCKS).filter(lambda found: found.start != found.end)
WEEKS = st.builds(WorkingHours, st.frozensets(st.integers(0, 6), min_size=1), RANGES)
DEMO = layered(PROFILES["demo"], {"quiet_hours": None})


@st.composite
def short_rules(draw: st.DrawFn) -> Rules:
    """Rules short enough for a life to meet all of them."""
    spans = st.one_of(st.integers(1, 40).map(float), st.floats(0.1, 40))
    short_absence = draw(spans)
    sit_limit = draw(st.floats(1, 90))
    starts = sorted(draw(st.lists(st.floats(0, 60), min_size=4, max_size=4, unique=True)))
    return Rules(
        sit_confirm=draw(st.sampled_from([0.1, 1, 3, 20])),
        leave_confirm=draw(st.sampled_from([0.1, 2, 10, 30])),
        buzzer_release=draw(st.sampled_from([0, 1, 10])),
        short_absence=short_absence,
        break_min=short_absence + draw(spans),
        break_credit=draw(st.sampled_from(["proportional", "none"])),
        sit_limit=sit_limit,
        goals=draw(st.booleans()),
        break_chirp=draw(st.booleans()),
        exercises=draw(st.sampled_from(["office", "floor", "none"])),
        pre_alert=draw(st.sampled_from([0, 0.3, 0.9])) * sit_limit,
        realert_every=draw(spans),
        level_after=(0 if draw(st.booleans()) else starts[0], *starts[1:]),  # type: ignore[arg-type]
        level_every=(draw(st.none() | st.floats(2, 30)), 5, 3, 2),
        return_grace=draw(st.sampled_from([0, 5, 60])),
        snooze=draw(spans),
        max_snoozes=draw(st.integers(0, 3)),
        dnd_expires=draw(spans),
        quiet_hours=draw(st.none() | RANGES),
        working_hours=tuple(draw(st.lists(WEEKS, max_size=2))),
        day_starts=draw(CLOCKS),
        suspicious_after=draw(st.none() | st.floats(5, 300)),
        fatigue_after=draw(spans),
        buzzer_style=draw(st.sampled_from(["escalating", "steady", "off"])),
        timezone=draw(ZONES),
    )


RULES = st.sampled_from([DEMO, replace(DEMO, buzzer_style="steady")]) | short_rules()
CONTACTS = st.booleans().map(events.ContactIs)
WISHES = st.one_of(
    st.builds(events.LoopIs, st.booleans(), st.sampled_from(["unplugged", "seat_silent", None])),
    st.booleans().map(events.BatteryIs),
    st.just(events.Snooze()),
    st.booleans().map(events.DoNotDisturb),
    st.just(events.Void()),
    st.just(events.Reset()),
    st.just(events.TestBuzzer()),
    st.booleans().map(events.BuzzerSwitch),
    st.builds(events.RulesAre, RULES),
    st.builds(events.ClockSet, WALLS),
    st.builds(events.Suspended, st.floats(0.5, 100)),
    st.booleans().map(events.StorageIs),
    st.builds(Restart, st.floats(0, 60), st.booleans()),
)
WAITS = st.sampled_from([0.0, 0.25, 1.0, 2.0, 5.0, 11.0, 30.0, 61.0]) | st.floats(0, 150)
SITS, LEAVES = (1.0, events.ContactIs(closed=True)), (0.5, events.ContactIs(closed=False))
EARLIER: list[list[tuple[float, Any]]] = [
    [],
    [SITS, (62, None)],
    [SITS, (85, None)],
    [SITS, (99, None), LEAVES],
]
EARLIER += [[SITS, (30, events.Void())], [SITS, (58, None), LEAVES]]
LATER = st.lists(st.tuples(WAITS, CONTACTS | CONTACTS | st.none() | WISHES), max_size=25)
LIVES = st.builds(list[Any].__add__, st.sampled_from(EARLIER), LATER)


@dataclass
class Life:
    """A chair that lives through (wait, happening), and what comes of it."""

    rules: Rules
    wall: float
    closed: bool
    now: float = 1000.0
    known: bool = True
    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = chair.start(
            contact_closed=self.closed,
            loop_closed=self.known,
            now=self.now,
            wall_offset=self.wall - self.now,
            rules=self.rules,
            why=None,
        )

    def wait(self, seconds: float) -> None:
        """Let time alone pass."""
        self.now += seconds
        self.state, effects = chair.advance(self.state, self.now, self.rules)
        self.effects += effects

    def meet(self, happening: Any) -> None:
        """Let something happen now."""
        if happening is None:
            return
        if isinstance(happening, Restart):
            happening = self._restarted(*happening)
        elif isinstance(happening, events.ClockSet):
            happening = events.ClockSet(happening.offset - self.now)
        self.state, effects = chair.step(self.state, happening, self.now, self.rules)
        self.effects += effects
        self.rules = getattr(happening, "rules", self.rules)
        self.wait(0)

    def _restarted(self, down: float, certain: bool) -> Recall:
        past, stopped_at = codec.decode(codec.encode(self.state)), self.now
        self.now += down
        wall = self.now + past.wall_offset
        fresh = Life(self.rules, wall, past.contact.closed, self.now, self.known)
        self.state = fresh.state
        return Recall(past, stopped_at, certain, resumed_at=self.state.started_at)

    def live(self, story: list[tuple[float, Any]]) -> Iterator[tuple[State, Any]]:
        """Live through the story; give each state, and what has just led to it."""
        for wait, happening in story:
            self.wait(wait)
            yield self.state, None
            self.meet(happening)
            yield self.state, happening


BORN = st.builds(Life, RULES, WALLS, st.booleans(), known=st.booleans())


@MANY
@given(life=BORN, story=LIVES)
def test_time_alone_always_gets_on(life: Life, story: list[Any]) -> None:
    """No order of inputs raises, and once time has been fed, the next deadline is ahead."""
    for state, _ in life.live(story):
        assert chair.deadline(state, life.rules) > life.now
        assert sound(state, life.now, life.rules)[1] > life.now


@MANY
@given(BORN, LIVES, st.lists(st.floats(0, 1), max_size=5))
def test_splitting_a_wait_changes_nothing(whole: Life, story: list[Any], cuts: list[float]) -> None:
    """However often somebody asks meanwhile, state and effects are the same."""
    split = Life(whole.rules, whole.wall, whole.closed, known=whole.known)

    for wait, happening in story:
        before = whole.now
        whole.wait(wait)
        for moment in (*(before + cut * (whole.now - before) for cut in sorted(cuts)), whole.now):
            split.now = moment
            split.wait(0)
        assert whole.state == split.state
        whole.meet(happening)
        split.meet(happening)

    assert (whole.state, whole.effects) == (split.state, split.effects)


@MANY
@given(BORN, LIVES)
def test_late_is_as_good_as_punctual(punctual: Life, story: list[Any]) -> None:
    """A daemon that sleeps through its deadlines and is told afterwards decides the same."""
    late = Life(punctual.rules, punctual.wall, punctual.closed, known=punctual.known)

    for wait, happening in story:
        punctual.wait(wait)
        late.now += wait
        if isinstance(happening, Restart):
            late.wait(0)
        if not isinstance(happening, events.Suspended):
            punctual.meet(happening)
            late.meet(happening)
    late.wait(0)

    assert (punctual.state, punctual.effects) == (late.state, late.effects)


@MANY
@given(life=BORN, story=LIVES)
def test_the_buzzer_sounds_for_somebody(life: Life, story: list[Any]) -> None:
    """Never on with nobody seated, nor later than buzzer_release after the contact opened."""
    for wait, happening in story:
        until = life.now + wait
        while life.now < until:
            state = replace(life.state, tested_at=None, rested_at=None)
            on, edge = sound(state, life.now, life.rules)
            if on:
                known = status(state)
                assert known in ("break_due", "snoozed")
                assert state.contact.occupied
                assert state.buzzer
                assert not state.calendar.quiet
                assert state.dnd_until is None
                open_for = 0 if state.contact.closed else life.now - state.contact.changed_at
                assert open_for <= life.rules.buzzer_release
            following = min(edge, chair.deadline(state, life.rules), until)
            life.wait(max(following - life.now, HAIR))
        if not isinstance(happening, events.TestBuzzer):
            life.meet(happening)


@MANY
@given(life=BORN, story=LIVES)
def test_the_buzzer_is_never_on_for_long(life: Life, story: list[Any]) -> None:
    """No sound lasts more than 2 s at a stretch, the test of the buzzer included."""
    on_since = inf
    for wait, happening in story:
        until = life.now + wait + 0.5
        while life.now < until:
            on, edge = sound(life.state, life.now, life.rules)
            on_since = min(on_since, life.now) if on else inf
            assert life.now - on_since <= 2
            following = min(edge, chair.deadline(life.state, life.rules), until)
            life.wait(max(following - life.now, HAIR))
        life.meet(happening)


def away(state: State) -> bool:
    """Whether the sitter is off the chair, beyond doubt."""
    return isinstance(state.sitting, Absent | Idle) and not state.contact.closed


@MANY
@given(life=BORN, story=LIVES)
def test_sitting_time(life: Life, story: list[Any]) -> None:
    """Never negative, and it never grows while the sitter is away."""
    before, was_away = 0.0, False
    for state, happening in life.live(story):
        actual = sitting.sitting_time(state.sitting, life.now, life.rules)
        assert actual >= 0
        if was_away and away(state) and not isinstance(happening, events.RulesAre | Restart):
            assert actual <= before + HAIR
        before, was_away = actual, away(state)


@MANY
@example(  # started anew in the moment in which the break is full: the seat is not confirmed yet
    life=Life(replace(DEMO, sit_limit=1, short_absence=1, break_min=12), wall=1.7e9, closed=False),
    story=[SITS, (99, None), LEAVES, (11, Restart(1, certain=True))],
)
@given(life=BORN, story=LIVES)
def test_due_means_over_the_limit(life: Life, story: list[Any]) -> None:
    """A break is due only if the sitting time has reached the limit."""
    limit = 0.0  # the lowest since sitting down: a raised one ends the alert while seated
    for state, _ in life.live(story):
        limit = min(limit, life.rules.sit_limit) if away(state) else life.rules.sit_limit
        open_since = contact.certainly_open(state.contact, life.rules)
        certain = is_certain(state) and open_since <= life.now  # just after a start it is not
        if isinstance(state.alert, Due) and (certain or not isinstance(state.sitting, Absent)):
            actual = sitting.sitting_time(state.sitting, life.now, life.rules)
            assert actual >= limit - HAIR


@MANY
@given(life=BORN, story=LIVES)
def test_names(life: Life, story: list[Any]) -> None:
    """No two events have one id, and all events of an alert carry its id, as does its row."""
    for _ in life.live(story):
        pass

    ids = [effect.id for effect in life.effects if isinstance(effect, Tell)]
    assert len(ids) == len(set(ids))
    name = ended = None
    for effect in life.effects:
        match effect:
            case Tell(event_type="break_due" | "break_overdue" | "snoozed", alert_id=told):
                assert told is not None
                assert told == (name or told)
                name = told
            case Tell(event_type="stood_up", alert_id=told) if told not in (None, ended):
                assert told == (name or told)
                name = told
            case Tell(event_type="break_complete" | "voided", alert_id=told):
                assert told in (None, ended)
            case Tell(event_type="stood_up"):
                assert name is None
            case Tell(alert_id=told):
                assert told is None
            case Write(AlertRow(alert_id=kept)):
                assert kept == (name or kept)
                name, ended = None, kept
            case _:
                pass


@MANY
@given(life=BORN, story=LIVES)
def test_a_ladder_only_climbs(life: Life, story: list[Any]) -> None:
    """While one ladder runs its level never falls, and is never beyond 4."""
    before: Ringing | None = None
    for state, _ in life.live(story):
        phase = state.alert.phase if isinstance(state.alert, Due) else None
        ringing = phase if isinstance(phase, Ringing) else None
        if ringing is not None:
            assert 0 <= ringing.told_level <= ringing.level <= 4
            if before is not None and before.origin == ringing.origin:
                assert ringing.level >= before.level
        before = ringing


@MANY
@given(life=BORN, story=LIVES)
def test_figures_are_never_negative(life: Life, story: list[Any]) -> None:
    """Today's figures count up from 0, whatever is taken back."""
    for state, _ in life.live(story):
        today = report.report(state, life.now, life.rules, profile="demo")["today"]
        numbers: dict[str, Any] = {key: value for key, value in today.items() if key != "date"}
        assert all(value is None or value >= 0 for value in numbers.values()), numbers
        assert (today["prolonged_share"] or 0) <= 1


def test_a_suspend_before_the_change_of_day_is_sat_on_no_day() -> None:
    """The clock is set to the next day before it is known that the machine slept until now."""
    life = Life(Rules(sit_confirm=1.0), 1700000000.0, True)
    story = [(1.0, events.ClockSet(1700020800.0, first=False)), (0.0, events.Suspended(1.0))]

    *_, (state, _) = life.live(story)

    assert report.report(state, life.now, life.rules, profile="demo")["today"]["chair_seconds"] == 0


@MANY
@given(life=BORN, story=LIVES)
def test_every_state_can_be_remembered(life: Life, story: list[Any]) -> None:
    """What is written is what is read."""
    for state, _ in life.live(story):
        assert state == codec.decode(codec.encode(state))


@MANY
@given(life=BORN, story=LIVES)
def test_settling_twice_changes_nothing(life: Life, story: list[Any]) -> None:
    """An input that says what is already known changes nothing and tells nothing."""
    for state, _ in life.live(story):
        known: list[Input] = [
            events.ContactIs(state.contact.closed),
            events.LoopIs(state.unplugged_at is None, state.blind_for),
            events.BatteryIs(state.battery_low),
            events.BuzzerSwitch(state.buzzer),
            events.StorageIs(not state.storage_failed),
        ]
        for happening in known:
            assert (state, []) == chair.step(state, happening, life.now, life.rules)
