"""Every control works both ways: a tap acts on the running bout, a change from elsewhere shows."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chairs import Chair, Ear, simulate
from house import House, RefusedError

Settled = Callable[..., None]
SOON = 1.0
"""Seconds until a change must be echoed."""
SITS = "0:00:00 sit\n8:00:00 end"


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
    _number("set_sit_limit", 45, 50, 241),
    _number("set_break_min", 7, 8, 61),
    _number("set_snooze", 9, 10, 0),
    _number("set_pre_alert", 3, 4, 61),
    Control(
        "set_profile",
        *("select.select_option", {"option": "metabolic"}, "metabolic"),
        *("gentle", "gentle", "couch"),
    ),
    Control("set_buzzer", "switch.turn_off", {}, "off", "OFF", "off", "LOUD"),
    Control("set_do_not_disturb", "switch.turn_on", {}, "on", "ON", "on", "PLEASE"),
]


@pytest.fixture(scope="module")
def tolerated() -> tuple[str, ...]:
    """What Home Assistant says when a test asks it for what it must refuse."""
    return ("241.0 for number.chair_home_assistant_itself_refuses",)


@pytest.fixture
def chair(
    house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> Iterator[Chair]:
    """Put somebody on a chair in the house."""
    with Chair(chair_id, ear, tmp_path) as running:
        ear.await_description(chair_id)
        running.do("sit")
        ear.await_state(chair_id, status="sitting")
        house.wait(lambda: house.devices(chair_id) or None, "the device")
        settled(chair_id)
        yield running


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.key)
def test_a_tap_is_echoed_and_kept(
    *,
    control: Control,
    house: House,
    ear: Ear,
    chair: Chair,
    settled: Settled,
    figure: Callable[[str], None],
) -> None:
    """The new value shows within 1 s, and is still there after a restart of the daemon."""
    entity = house.entities_of(chair.id)[control.key]
    before = house.shown(entity)

    for _ in range(3):  # the best counts: the machine may have other things to do
        began = time.monotonic()
        house.call(control.service, entity, **control.data)
        took = house.await_state(entity, control.shows, since=began).at - began
        if took < SOON:
            break
        ear.tell(chair.id, control.subtopic, before.upper() if before in ("on", "off") else before)
        house.await_state(entity, before)

    figure(f"{control.key} echoed after {took * 1000:.0f} ms")
    assert took < SOON
    settled(chair.id)
    chair.stop()
    said = len(ear.heard)
    house.await_state(entity, "unavailable", since=began)
    chair.start()
    ear.await_state(chair.id, since=said, status="sitting")
    house.await_state(entity, control.shows, since=began)
    settled(chair.id)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.key)
def test_a_stranger_is_shown_or_refused(
    control: Control, house: House, ear: Ear, chair: Chair, settled: Settled
) -> None:
    """A change by plain MQTT shows; nonsense is refused, and the truth is told again."""
    entity = house.entities_of(chair.id)[control.key]

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


def test_home_assistant_itself_refuses_what_is_out_of_range(house: House, chair: Chair) -> None:
    """The form takes no sit limit of 241 minutes."""
    limit = house.entities_of(chair.id)["set_sit_limit"]

    with pytest.raises(RefusedError):
        house.call("number.set_value", limit, value=241)


class Room:
    """One simulated chair, sixty times as fast as life, and its entities."""

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
        self.house.wait(
            lambda: (
                self.house.states[self.entities["event"]]["attributes"].get("event_type")
                in self.events(since)
                or None
            ),
            "the event to be shown",
        )


@pytest.fixture
def room(house: House, ear: Ear, chair_id: str) -> Callable[..., Any]:
    """Make a room in which this script is played with these settings."""

    @contextmanager
    def enter(script: str, status: str, **settings: str) -> Iterator[Room]:
        with simulate(chair_id, ear, script, speed="60", **settings):
            ear.await_description(chair_id)
            ear.await_state(chair_id, status=status)
            house.wait(lambda: house.devices(chair_id) or None, "the device")
            house.wait(
                lambda: (
                    house.shown(house.entities_of(chair_id).get("status", "")) == status or None
                ),
                status,
            )
            yield Room(house, ear, chair_id)

    return enter


def test_sit_limit_acts_on_the_running_bout(room: Callable[..., Any]) -> None:
    """Lowered below what has been sat already, a break is due at once."""
    with room(SITS, "sitting", pre_alert="0", sit_limit="4h") as chair:
        chair.tap("number.set_value", "set_sit_limit", value=1)

        chair.shows("status", "break_due")
        chair.shows("break_due", "on")


def test_warning_before_acts_on_the_running_bout(room: Callable[..., Any]) -> None:
    """Set to nearly the whole hour, the warning comes almost at once."""
    with room(SITS, "sitting", pre_alert="0", sit_limit="60m") as chair:
        chair.tap("number.set_value", "set_pre_alert", value=58)

        chair.shows("status", "break_soon")


def test_break_length_acts_on_the_running_absence(room: Callable[..., Any]) -> None:
    """Shortened to what one has been away already, the break is complete."""
    script = "0:00:00 sit\n0:02:00 stand\n8:00:00 end"
    with room(script, "away", break_min="60m", short_absence="30s") as chair:
        said = len(chair.ear.heard)
        chair.tap("number.set_value", "set_break_min", value=1)

        chair.await_event("break_complete", said)
        chair.shows("status", "vacant")


def test_snooze_and_its_length_act(room: Callable[..., Any]) -> None:
    """The button silences the alert for as long as the number says."""
    with room(SITS, "break_due", pre_alert="0", sit_limit="1m", snooze="60m") as chair:
        chair.tap("number.set_value", "set_snooze", value=2)
        chair.shows("set_snooze", "2")
        said = len(chair.ear.heard)
        began = chair.tap("button.press", "do_snooze")
        chair.shows("status", "snoozed")
        chair.await_event("snoozed", said)

        chair.shows("status", "break_due", since=began)  # two minutes are two seconds here


def test_profile_acts_on_the_running_bout(room: Callable[..., Any]) -> None:
    """`demo` allows a minute of sitting: due at once."""
    with room(SITS, "sitting") as chair:
        chair.tap("select.select_option", "set_profile", option="demo")

        chair.shows("status", "break_due")
        chair.shows("set_profile", "demo")


def test_do_not_disturb_acts_on_the_running_alert(room: Callable[..., Any]) -> None:
    """On: no events, the state stays true. Off: the alert begins anew, at once."""
    with room(SITS, "break_due", pre_alert="0", sit_limit="1m", realert_every="1m") as chair:
        chair.tap("switch.turn_on", "set_do_not_disturb")
        chair.shows("set_do_not_disturb", "on")
        said = len(chair.ear.heard)
        ticks = chair.ear
        ticks.wait(lambda: len(ticks.on(chair.id, "state", said)) >= 3 or None, "three minutes")
        assert chair.events(said) == []
        chair.shows("break_due", "on")

        chair.tap("switch.turn_off", "set_do_not_disturb")

        chair.await_event("break_due", said)


def test_not_me_and_reset_timer_act(room: Callable[..., Any]) -> None:
    """Reset begins a new bout, Not me counts nothing until the chair was empty."""
    with room(SITS, "break_due", pre_alert="0", sit_limit="4m") as chair:
        chair.tap("button.press", "do_reset")
        chair.shows("status", "sitting")
        chair.shows("break_due", "off")

        chair.tap("button.press", "do_void")
        chair.shows("status", "ignored")


def test_reset_settings_acts(house: House, chair: Chair, settled: Settled) -> None:
    """Everything is as the file says again."""
    entities = house.entities_of(chair.id)
    house.call("number.set_value", entities["set_sit_limit"], value=30)
    house.await_state(entities["set_sit_limit"], "30")

    house.call("button.press", entities["do_reset_settings"])

    house.await_state(entities["set_sit_limit"], "60")
    settled(chair.id)


def test_test_buzzer_sounds(house: House, chair: Chair) -> None:
    """The pin goes up."""
    house.call("button.press", house.entities_of(chair.id)["do_test_buzzer"])

    chair.buzzer.await_line("on ")


def test_buzzer_acts_on_the_running_alert(
    house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> None:
    """Off: the alert goes on in silence. On: it sounds again."""
    loud = {"sit_limit": "1s", "pre_alert": "0", "buzzer_style": "steady", "realert_every": "1s"}
    with Chair(chair_id, ear, tmp_path, **loud) as chair:
        ear.await_description(chair_id)
        chair.do("sit")
        chair.buzzer.await_line("on ")
        house.wait(lambda: house.devices(chair_id) or None, "the device")
        settled(chair_id)
        buzzer = house.entities_of(chair_id)["set_buzzer"]
        house.call("switch.turn_off", buzzer)
        house.await_state(buzzer, "off")
        sounded, said = len(chair.buzzer.lines), len(ear.heard)
        ear.wait(lambda: len(ear.on(chair_id, "event", said)) >= 2 or None, "two reminders")
        assert [line for line in chair.buzzer.lines[sounded:] if line.startswith("on")] == []

        house.call("switch.turn_on", buzzer)

        chair.buzzer.await_line("on ", since=sounded)
