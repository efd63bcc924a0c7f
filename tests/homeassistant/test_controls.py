"""Every control works both ways: a tap acts on the running bout, a change from elsewhere shows."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.homeassistant.chairs import Chair, Ear, simulate
from tests.homeassistant.house import House, RefusedError

Settled = Callable[..., None]
SOON = 1.0
"""Seconds until a change must be echoed."""


@dataclass(frozen=True)
class Control:
    """A setting: how a tap changes it, how a stranger does, and what must be refused."""

    key: str
    service: str
    data: dict[str, Any]
    shows: str
    stranger_says: str
    then_shows: str
    too_much: str

    @property
    def subtopic(self) -> str:
        """Where a command for it goes."""
        return f"set/{self.key.removeprefix('set_')}"


def _number(key: str, value: int, other: int, too_much: int) -> Control:
    data = {"value": value}
    return Control(key, "number.set_value", data, str(value), str(other), str(other), str(too_much))


CONTROLS = [
    # First, for it brings other values of those that follow
    Control(
        "set_profile",
        *("select.select_option", {"option": "metabolic"}, "metabolic"),
        *("hourly", "hourly", "couch"),
    ),
    _number("set_sit_limit", 45, 50, 241),
    _number("set_break_min", 7, 8, 61),
    _number("set_snooze", 9, 10, 0),
    _number("set_pre_alert", 3, 4, 61),
    Control("set_buzzer", "switch.turn_off", {}, "off", "OFF", "off", "LOUD"),
    Control("set_do_not_disturb", "switch.turn_on", {}, "on", "ON", "on", "PLEASE"),
]


@pytest.fixture(scope="module")
def tolerated() -> tuple[str, ...]:
    """What Home Assistant says when a test asks it for what it must refuse."""
    return ("241.0 for number.chair_touched_sit_limit",)


@pytest.fixture(scope="module")
def chair(ear: Ear, settled: Settled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chair]:
    """Put somebody on a chair in the house."""
    with Chair("touched", ear, tmp_path_factory.mktemp("touched")) as running:
        running.do("sit")
        ear.await_state(running.id, status="sitting")
        settled(running.id)
        yield running


@pytest.fixture(scope="module")
def entities(peaceful_house: House, chair: Chair, settled: Settled) -> Mapping[str, str]:
    """Name the chair's entities; those that are hidden at first are enabled."""
    peaceful_house.enable_all(chair.id)
    enabled = peaceful_house.entities_of(chair.id)
    settled(chair.id, enabled)
    return enabled


def test_a_tap_is_echoed_and_kept(
    *,
    house: House,
    ear: Ear,
    chair_id: str,
    settled: Settled,
    figure: Callable[[str], None],
    tmp_path: Path,
) -> None:
    """Each new value shows within 1 s, and all are still there after a restart of the daemon."""
    with Chair(chair_id, ear, tmp_path) as chair:
        chair.do("sit")
        ear.await_state(chair_id, status="sitting")
        settled(chair_id)
        house.enable_all(chair_id)
        entities = house.entities_of(chair_id)
        settled(chair_id, entities)
        began = time.monotonic()

        took = {control.key: tap(control, house, entities[control.key]) for control in CONTROLS}
        figure(", ".join(f"{key} echoed after {t * 1000:.0f} ms" for key, t in took.items()))
        assert max(took.values()) < SOON
        settled(chair_id)

        chair.stop()
        house.await_state(entities["occupied"], "unavailable", since=began)
        said = len(ear.heard)
        chair.start()
        ear.await_state(chair_id, since=said, status="sitting")
        settled(chair_id)
        kept = {control.key: house.shown(entities[control.key]) for control in CONTROLS}
        assert kept == {control.key: control.shows for control in CONTROLS}


def tap(control: Control, house: House, entity: str) -> float:
    """Use a control; return the seconds until the new value shows."""
    began = time.monotonic()
    house.call(control.service, entity, **control.data)
    return house.await_state(entity, control.shows, since=began).at - began


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.key)
def test_a_stranger_is_shown_or_refused(
    *,
    control: Control,
    house: House,
    ear: Ear,
    chair: Chair,
    entities: Mapping[str, str],
    settled: Settled,
) -> None:
    """A change by plain MQTT shows; nonsense is refused, and the truth is told again."""
    entity = entities[control.key]

    began = time.monotonic()
    ear.tell(chair.id, control.subtopic, control.stranger_says)
    house.await_state(entity, control.then_shows, since=began)
    settled(chair.id)
    true, said, changed = ear.state(chair.id), len(ear.heard), len(house.changes)

    ear.tell(chair.id, control.subtopic, control.too_much)
    chair.log.await_line(f"refused {control.subtopic}")
    again = ear.await_state(chair.id, since=said, status="sitting").payload

    assert again["settings"] == true["settings"]
    assert again["buzzer"] == true["buzzer"]
    assert again["do_not_disturb"] == true["do_not_disturb"]
    settled(chair.id)
    seen = {each.state for each in house.changes[changed:] if each.entity_id == entity}
    assert seen <= {control.then_shows}


def test_a_refused_limit_jumps_back(
    house: House, ear: Ear, chair: Chair, entities: Mapping[str, str], settled: Settled
) -> None:
    """The state changes, so that the box is drawn anew; the event says why."""
    ear.tell(chair.id, "set/pre_alert", "5")
    ear.await_state(chair.id, settings__pre_alert=5)
    began = time.monotonic()

    house.call("number.set_value", entities["set_sit_limit"], value=4)

    house.wait(
        lambda: (
            any(
                (change.entity_id, change.state) == (entities["set_sit_limit"], "unknown")
                for change in house.changes
                if change.at >= began
            )
            or None
        ),
        "an empty box",
    )
    house.await_attribute(entities["event"], "event_type", "refused")
    settled(chair.id)


def test_home_assistant_itself_refuses_what_is_out_of_range(
    house: House, entities: Mapping[str, str]
) -> None:
    """The form takes no sit limit of 241 minutes."""
    with pytest.raises(RefusedError):
        house.call("number.set_value", entities["set_sit_limit"], value=241)


def test_reset_settings_acts(
    house: House, chair: Chair, entities: Mapping[str, str], settled: Settled
) -> None:
    """Everything is as the file says again."""
    house.call("number.set_value", entities["set_sit_limit"], value=30)
    house.await_state(entities["set_sit_limit"], "30")

    house.call("button.press", entities["do_reset_settings"])

    house.await_state(entities["set_sit_limit"], "60")
    settled(chair.id)


def test_test_buzzer_sounds(house: House, chair: Chair, entities: Mapping[str, str]) -> None:
    """The pin goes up."""
    house.call("button.press", entities["do_test_buzzer"])

    chair.buzzer.await_line("on ")


def test_buzzer_not_me_and_reset_act_on_the_running_alert(
    house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> None:
    """Buzzer: silence, then sound. Reset timer: a new bout. Not me: nothing counts any more."""
    loud = {"sit_limit": "1s", "pre_alert": "0", "buzzer_style": "steady", "realert_every": "1s"}
    with Chair(chair_id, ear, tmp_path, **loud) as chair:
        chair.do("sit")
        chair.buzzer.await_line("on ")
        settled(chair_id)
        house.enable_all(chair_id)
        entities = house.entities_of(chair_id)
        settled(chair_id, entities)
        house.call("switch.turn_off", entities["set_buzzer"])
        house.await_state(entities["set_buzzer"], "off")
        sounded, said = len(chair.buzzer.lines), len(ear.heard)
        ear.wait(lambda: len(ear.on(chair_id, "event", said)) >= 2 or None, "two reminders")
        assert [line for line in chair.buzzer.lines[sounded:] if line.startswith("on")] == []

        house.call("switch.turn_on", entities["set_buzzer"])
        chair.buzzer.await_line("on ", since=sounded)

        began = ear.state(chair_id)["bout_started_at"]
        house.call("button.press", entities["do_reset"])
        house.await_state(
            entities["sitting_since"],
            lambda shown: shown > str(datetime.fromisoformat(began).astimezone(UTC)),
        )

        house.call("button.press", entities["do_void"])
        house.await_state(entities["status"], "ignored")


class Room:
    """A simulated chair, sixty times as fast as life, and its entities."""

    def __init__(self, house: House, ear: Ear, chair_id: str) -> None:
        self.house, self.ear, self.id = house, ear, chair_id
        self.entities = house.entities_of(chair_id)

    def tap(self, service: str, key: str, **data: Any) -> float:
        """Use a control; return when."""
        began = time.monotonic()
        self.house.call(service, self.entities[key], **data)
        return began

    def shows(self, key: str, wanted: str, since: float = 0) -> None:
        """Wait until an entity shows this."""
        self.house.await_state(self.entities[key], wanted, since=since)

    def events(self, since: int) -> list[str]:
        """List the types of the events since then."""
        heard = self.ear.on(self.id, "event", since)
        return [each.payload["event_type"] for each in heard]

    def await_event(self, event_type: str, since: int) -> None:
        """Wait for an event of this type, at the broker and in Home Assistant."""
        self.ear.wait(lambda: event_type in self.events(since) or None, event_type)
        (told, *_) = (
            each.payload["id"]
            for each in self.ear.on(self.id, "event", since)
            if each.payload["event_type"] == event_type
        )
        self.house.await_attribute(self.entities["event"], "id", told)


@pytest.fixture(scope="module")
def long_bout(peaceful_house: House, ear: Ear, settled: Settled) -> Iterator[Room]:
    """Simulate somebody who never gets up, with a limit that is far away."""
    far = {"pre_alert": "0", "sit_limit": "4h", "suspicious_after": "none", "realert_every": "1m"}
    script = "0:00:00 sit\n99:00:00 end"
    with simulate("sat_on", ear, script, speed="60", **far):
        ear.await_state("sat_on", status="sitting")
        settled("sat_on")
        peaceful_house.enable_all("sat_on")
        room = Room(peaceful_house, ear, "sat_on")
        settled("sat_on", room.entities)
        yield room


@pytest.fixture
def bout(long_bout: Room) -> Room:
    """Begin a new bout on it, with the settings of its file."""
    room = long_bout
    before = room.ear.state(room.id)["bout_started_at"]
    room.tap("switch.turn_off", "set_do_not_disturb")
    room.tap("button.press", "do_reset_settings")
    room.tap("button.press", "do_reset")
    room.ear.wait(
        lambda: room.ear.state(room.id)["bout_started_at"] != before or None, "a new bout"
    )
    room.shows("status", "sitting")
    room.shows("set_sit_limit", "240")
    return room


def test_sit_limit_acts_on_the_running_bout(bout: Room) -> None:
    """Lowered below what has been sat already, a break is due at once."""
    said = len(bout.ear.heard)
    sat = bout.ear.wait(lambda: past_a_minute(bout, said), "a minute of sitting")
    assert sat["status"] == "sitting"

    bout.tap("number.set_value", "set_sit_limit", value=1)

    bout.shows("status", "break_due")
    bout.shows("break_due", "on")


def past_a_minute(room: Room, since: int) -> dict[str, Any] | None:
    """Return a state of a bout that has lasted for more than a minute."""
    states = (heard.payload for heard in room.ear.on(room.id, "state", since))
    return next((state for state in states if state["sitting_seconds"] > 60), None)


def test_warning_before_acts_on_the_running_bout(bout: Room) -> None:
    """Set to nearly the whole limit, the warning comes almost at once."""
    bout.tap("number.set_value", "set_sit_limit", value=60)
    bout.shows("set_sit_limit", "60")

    bout.tap("number.set_value", "set_pre_alert", value=58)

    bout.shows("status", "break_soon")


def test_snooze_and_its_length_act(bout: Room) -> None:
    """The button silences the alert for as long as the number says."""
    bout.tap("number.set_value", "set_snooze", value=2)
    bout.shows("set_snooze", "2")
    bout.tap("number.set_value", "set_sit_limit", value=1)
    bout.shows("status", "break_due")
    said = len(bout.ear.heard)

    bout.tap("button.press", "do_snooze")

    bout.await_event("snoozed", said)
    bout.await_event("break_due", said)  # two minutes are two seconds here
    bout.shows("status", "break_due")
    seen = [state["status"] for state in (e.payload for e in bout.ear.on(bout.id, "state", said))]
    assert "snoozed" in seen


def test_profile_acts_on_the_running_bout(bout: Room) -> None:
    """`demo` allows a minute of sitting: soon due."""
    bout.tap("select.select_option", "set_profile", option="demo")

    bout.shows("set_profile", "demo")
    bout.shows("status", "break_due")


def test_do_not_disturb_acts_on_the_running_alert(bout: Room) -> None:
    """On: no events, the state stays true. Off: the alert begins anew, at once."""
    bout.tap("number.set_value", "set_sit_limit", value=1)
    bout.shows("status", "break_due")
    bout.tap("switch.turn_on", "set_do_not_disturb")
    bout.shows("set_do_not_disturb", "on")
    said = len(bout.ear.heard)
    bout.ear.wait(
        lambda: len(bout.ear.on(bout.id, "state", said)) >= 3 or None, "three minutes of silence"
    )
    assert bout.events(said) == []
    bout.shows("break_due", "on")

    bout.tap("switch.turn_off", "set_do_not_disturb")

    bout.await_event("break_due", said)


def test_break_length_acts_on_the_running_absence(
    house: House, ear: Ear, chair_id: str, settled: Settled
) -> None:
    """Shortened to what one has been away already, the break is complete."""
    script = "0:00:00 sit\n0:02:00 stand\n9:00:00 end"
    with simulate(chair_id, ear, script, speed="60", break_min="60m", short_absence="30s"):
        ear.await_state(chair_id, status="away")
        settled(chair_id)
        house.enable_all(chair_id)
        room = Room(house, ear, chair_id)
        settled(chair_id, room.entities)
        said = len(ear.heard)

        room.tap("number.set_value", "set_break_min", value=1)

        room.await_event("break_complete", said)
        room.shows("status", "vacant")
