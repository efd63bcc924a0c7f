"""Each blueprint that ships is accepted by Home Assistant's import, and does what it says."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from sensor.homeassistant import files
from sensor.languages import LANGUAGES, translation
from tests.homeassistant.chairs import ROOT, Chair, Ear, simulate
from tests.homeassistant.house import House
from tests.homeassistant.phone import Phone, paired, served

FOLDER = ROOT / "sensor/homeassistant/blueprints"
FILES = sorted(FOLDER.glob("*.yaml"))
FIRED = {
    "break_notification",
    "daily_summary",
    "meeting_do_not_disturb",
    "seat_from_entity",
    "voice",
}
"""Those that a test below lets do their work."""

GONE: dict[str, dict[str, Any]] = {
    "break_notification": {},
    "daily_summary": {},
    "meeting_do_not_disturb": {"busy": ["binary_sensor.meeting"]},
    "seat_from_entity": {"seat": "binary_sensor.no_seat"},
}
"""Those that act by themselves, for a chair that has been removed."""

Settled = Callable[..., None]
QUICK = {"sit_limit": "2s", "pre_alert": "0", "snooze": "2s", "return_grace": "0"}
BLUE, ORANGE = {"r": 0, "g": 0, "b": 255}, {"r": 255, "g": 80, "b": 0}
LAMP = {
    "name": "Lamp",
    "unique_id": "lamp",
    "command_topic": "lamp/set",
    "schema": "json",
    "supported_color_modes": ["rgb"],
}


@pytest.fixture(scope="module")
def phone(peaceful_house: House) -> Iterator[Phone]:
    """A phone in the house."""
    with paired(peaceful_house) as registered:
        yield registered


def imported(house: House, file: Path, language: str = "en") -> str:
    """Import a blueprint as the dialog does, and save it; return its path there."""
    text = files.blueprint(file.name, translation(language))
    with served(text) as address:
        found = house.ask("blueprint/import", url=f"{address}/{file.name}")
    assert found["validation_errors"] is None
    path = f"chair-sensor/{language}_{file.name}"
    house.ask(
        "blueprint/save",
        domain="automation",
        path=path,
        yaml=found["raw_data"],
        allow_override=True,
    )
    return path


def automate(house: House, name: str, alias: str = "", language: str = "en", **inputs: Any) -> None:
    """Make an automation of a blueprint; returns when it is on."""
    path = imported(house, FOLDER / f"{name}.yaml", language)
    body = {"alias": alias or name, "use_blueprint": {"path": path, "input": inputs}}
    house.post(f"/api/config/automation/config/{alias or name}", body)
    house.await_state(f"automation.{alias or name}", "on")


def test_every_blueprint_is_fired_here() -> None:
    """Whoever ships a new one has to show that it works."""
    assert {file.stem for file in FILES} == FIRED


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_import_accepts_it(file: Path, language: str, house: House) -> None:
    """It is valid for this release, and listed with a name, a description and its inputs."""
    path = imported(house, file, language)

    listed = house.ask("blueprint/list", domain="automation")[path]
    assert "error" not in listed
    metadata = listed["metadata"]
    assert metadata["name"]
    assert metadata["description"]
    assert metadata["homeassistant"]["min_version"] == "2024.11.0"
    for key, field in metadata["input"].items():
        assert {"name", "description"} <= field.keys(), key
        assert "input" in field or "selector" in field, key


def test_files_in_the_folder_are_listed(house: House) -> None:
    """Put there by hand, as the README says, they are there with no restart."""
    copytree(FOLDER, house.folder / "blueprints/automation/by_hand")

    listed = house.ask("blueprint/list", domain="automation")

    paths = {f"by_hand/{file.name}" for file in FILES}
    assert paths <= listed.keys()
    assert not [path for path in paths if "error" in listed[path]]


@pytest.fixture
def device(house: House, chair_id: str, settled: Settled) -> Callable[[], str]:
    """Wait until the chair's entities are there; return its device."""

    def find() -> str:
        settled(chair_id)
        (found,) = house.devices(chair_id)
        return str(found["id"])

    return find


@pytest.fixture
def lamp(house: House, ear: Ear) -> str:
    """A lamp that is blue; it does what it is told, which `shines` looks up."""
    ear.say("homeassistant/light/lamp/config", json.dumps(LAMP), retain=True)
    house.wait(lambda: "light.lamp" in house.states or None, "a lamp")
    house.call("light.turn_on", "light.lamp", rgb_color=[0, 0, 255])
    shines(ear, BLUE)
    return "light.lamp"


def shines(ear: Ear, colour: dict[str, int], since: int = 0) -> None:
    """Wait until the lamp was last told this colour."""

    def last() -> bool | None:
        told = [each.payload for each in ear.heard[since:] if each.topic == "lamp/set"]
        return (told and told[-1].get("color") == colour) or None

    ear.wait(last, f"a lamp of {colour}")


def remembered(ear: Ear, chair_id: str) -> Any:
    """Return what a blueprint keeps of this chair on the broker; "" for nothing."""
    prefix = f"homeassistant/chair-sensor/{chair_id}/"
    kept = [each.payload for each in ear.heard if each.topic.startswith(prefix)]
    return kept[-1] if kept else ""


def press(house: House, action: str) -> None:
    """Press a button of a notification, as the app tells it."""
    house.post("/api/events/mobile_app_notification_action", {"action": action})


class TestReminder:
    """`break_notification`."""

    @pytest.fixture
    def remind(
        self, house: House, chair_id: str, phone: Phone, lamp: str, device: Any
    ) -> Callable[[], str]:
        """Make the automation; returns the chair's device."""

        def make() -> str:
            chair = str(device())
            inputs: dict[str, Any] = {
                "chair": chair,
                "phones": [phone.device_id],
                "lights": [lamp],
            }
            automate(house, "break_notification", f"remind_{chair_id}", **inputs)
            return chair

        return make

    def test_a_due_break_is_told_on_the_phone(
        self, *, house: House, ear: Ear, chair_id: str, phone: Phone, remind: Any, tmp_path: Path
    ) -> None:
        """With buttons that act; notification and the light's colour go when the sitter does."""
        with Chair(chair_id, ear, tmp_path, **QUICK) as chair:
            device_id = remind()
            mine = house.entities_of(chair_id)
            pushed = len(phone.pushed)
            chair.do("sit")

            first = phone.await_push(since=pushed, title="Time for a break")
            due = next(
                e for e in ear.on(chair_id, "event") if e.payload["event_type"] == "break_due"
            )
            exercise = due.payload["exercise"]["text"]
            assert first["message"] == f"{due.payload['message']} {exercise}"
            snooze, silence = first["data"]["actions"]
            assert [snooze["title"], silence["title"]] == ["Snooze", "Do not disturb"]
            assert first["data"]["priority"] == "high"
            assert first["data"]["push"] == {"interruption-level": "time-sensitive"}
            assert first["data"]["url"] == f"/config/devices/device/{device_id}"
            shines(ear, ORANGE)

            said, pushed = len(ear.heard), len(phone.pushed)
            press(house, snooze["action"])
            ear.await_state(chair_id, since=said, status="snoozed")
            phone.await_push(since=pushed, message="clear_notification")
            phone.await_push(since=pushed, title="Time for a break")

            said, pushed = len(ear.heard), len(phone.pushed)
            press(house, silence["action"])
            ear.await_state(chair_id, since=said, do_not_disturb=True)
            phone.await_push(since=pushed, message="clear_notification")

            pushed = len(phone.pushed)
            house.call("switch.turn_off", mine["set_do_not_disturb"])
            phone.await_push(since=pushed, title="Time for a break")
            chair.do("stand")
            gone = phone.await_push(since=pushed, message="clear_notification")
            assert gone["data"]["tag"] == first["data"]["tag"]
            shines(ear, BLUE)
            ear.wait(lambda: remembered(ear, chair_id) == "" or None, "nothing to be kept")

    def test_no_button_for_a_snooze_that_is_refused(
        self, *, house: House, ear: Ear, chair_id: str, phone: Phone, remind: Any, tmp_path: Path
    ) -> None:
        """When the last one is spent, the notification offers none."""
        with Chair(chair_id, ear, tmp_path, **QUICK, max_snoozes="1") as chair:
            remind()
            pushed = len(phone.pushed)
            chair.do("sit")
            first = phone.await_push(since=pushed, title="Time for a break")
            pushed = len(phone.pushed)
            press(house, first["data"]["actions"][0]["action"])
            phone.await_push(since=pushed, message="clear_notification")

            again = phone.await_push(since=pushed, title="Time for a break")

            assert [each["title"] for each in again["data"]["actions"]] == ["Do not disturb"]

    def test_up_while_home_assistant_restarts(
        self, *, house: House, ear: Ear, chair_id: str, phone: Phone, remind: Any, tmp_path: Path
    ) -> None:
        """Notification and colour go as soon as it is back."""
        with Chair(chair_id, ear, tmp_path, **QUICK) as chair:
            remind()
            pushed = len(phone.pushed)
            chair.do("sit")
            phone.await_push(since=pushed, title="Time for a break")
            shines(ear, ORANGE)

            house.stop()
            said, pushed = len(ear.heard), len(phone.pushed)
            chair.do("stand")
            ear.await_state(chair_id, since=said, occupied=False)
            house.start()

            phone.await_push(since=pushed, message="clear_notification")
            shines(ear, BLUE, since=said)
            ear.wait(lambda: remembered(ear, chair_id) == "" or None, "nothing to be kept")

    def test_seated_while_home_assistant_restarts(
        self, *, house: House, ear: Ear, chair_id: str, phone: Phone, remind: Any, tmp_path: Path
    ) -> None:
        """The reminder goes on, without a second ring, and the light was never orange before."""
        with Chair(chair_id, ear, tmp_path, **QUICK) as chair:
            remind()
            pushed = len(phone.pushed)
            chair.do("sit")
            phone.await_push(since=pushed, title="Time for a break")
            shines(ear, ORANGE)

            house.stop()
            said, pushed = len(ear.heard), len(phone.pushed)
            house.start()
            again = phone.await_push(since=pushed, title="Time for a break")
            shines(ear, ORANGE, since=said)
            chair.do("stand")

            assert again["data"]["alert_once"] is True
            assert again["data"]["push"] == {"interruption-level": "passive"}
            phone.await_push(since=pushed, message="clear_notification")
            shines(ear, BLUE, since=said)

    def test_due_while_home_assistant_restarts(
        self, *, house: House, ear: Ear, chair_id: str, phone: Phone, remind: Any, tmp_path: Path
    ) -> None:
        """It is told late rather than never."""
        with Chair(chair_id, ear, tmp_path, **QUICK) as chair:
            remind()
            house.stop()
            said, pushed = len(ear.heard), len(phone.pushed)
            chair.do("sit")
            ear.await_state(chair_id, since=said, status="break_due")
            house.start()

            told = phone.await_push(since=pushed, title="Time for a break")

            exercise = ear.state(chair_id)["exercise"]["text"]
            assert re.fullmatch(
                rf"Break due since \d\d:\d\d; level 1 of 4\. {re.escape(exercise)}", told["message"]
            )
            shines(ear, ORANGE, since=said)

    def test_a_chair_that_dies_reminds_no_more(
        self, *, ear: Ear, chair_id: str, phone: Phone, remind: Any, tmp_path: Path
    ) -> None:
        """Its last will ends the reminder: it could not tell when the sitter gets up."""
        with Chair(chair_id, ear, tmp_path, **QUICK) as chair:
            remind()
            pushed = len(phone.pushed)
            chair.do("sit")
            phone.await_push(since=pushed, title="Time for a break")
            shines(ear, ORANGE)
            said, pushed = len(ear.heard), len(phone.pushed)

            chair.stop(signal.SIGKILL)

            phone.await_push(since=pushed, message="clear_notification")
            shines(ear, BLUE, since=said)


class TestMeeting:
    """`meeting_do_not_disturb`."""

    @pytest.fixture
    def meeting(self, house: House, chair_id: str) -> str:
        """Something that says whether there is a meeting; not yet."""
        entity = f"binary_sensor.meeting_{chair_id}"
        house.post(f"/api/states/{entity}", {"state": "off"})
        return entity

    @pytest.fixture
    def leave_alone(self, house: House, chair_id: str, device: Any) -> Callable[..., None]:
        """Make the automation."""

        def make(*busy: str) -> None:
            inputs = {"chair": device(), "busy": busy}
            automate(house, "meeting_do_not_disturb", f"meet_{chair_id}", **inputs)

        return make

    def begin(self, house: House, meeting: str) -> None:
        """Begin it."""
        house.post(f"/api/states/{meeting}", {"state": "on"})

    def end(self, house: House, meeting: str) -> None:
        """End it."""
        house.post(f"/api/states/{meeting}", {"state": "off"})

    def kept(self, ear: Ear, chair_id: str, whose: str | None) -> None:
        """Wait until this is known of do not disturb; None: nothing any more."""

        def known() -> bool | None:
            found = remembered(ear, chair_id)
            return ((found or {"whose": None})["whose"] == whose) or None

        ear.wait(known, f"do not disturb of {whose}")

    def test_is_left_alone(
        self,
        *,
        house: House,
        ear: Ear,
        chair_id: str,
        meeting: str,
        leave_alone: Any,
        tmp_path: Path,
    ) -> None:
        """Do not disturb goes on with the meeting, and off after it."""
        with Chair(chair_id, ear, tmp_path):
            leave_alone(meeting)
            self.begin(house, meeting)
            ear.await_state(chair_id, do_not_disturb=True)
            said = len(ear.heard)

            self.end(house, meeting)
            ear.await_state(chair_id, since=said, do_not_disturb=False)
            self.kept(ear, chair_id, None)

    def test_a_long_one_is_left_alone(
        self,
        *,
        house: House,
        ear: Ear,
        chair_id: str,
        meeting: str,
        leave_alone: Any,
        tmp_path: Path,
    ) -> None:
        """Do not disturb is renewed before it ends by itself, so that nothing alerts in between."""
        with Chair(chair_id, ear, tmp_path, dnd_expires="20s"):
            leave_alone(meeting)
            self.begin(house, meeting)
            ear.await_state(chair_id, do_not_disturb=True)
            said = len(ear.heard)

            def ends() -> set[str]:
                told = [each.payload for each in ear.on(chair_id, "state", said)]
                assert all(state["do_not_disturb"] for state in told)
                return {state["do_not_disturb_until"] for state in told}

            ear.wait(lambda: len(ends()) >= 2 or None, "do not disturb that is renewed twice")
            self.end(house, meeting)
            ear.await_state(chair_id, since=said, do_not_disturb=False)

    def test_a_restart_in_it(
        self,
        *,
        house: House,
        ear: Ear,
        chair_id: str,
        meeting: str,
        leave_alone: Any,
        tmp_path: Path,
    ) -> None:
        """It ends with the meeting, though Home Assistant has been away in between."""
        with Chair(chair_id, ear, tmp_path):
            leave_alone(meeting)
            self.begin(house, meeting)
            ear.await_state(chair_id, do_not_disturb=True)
            self.kept(ear, chair_id, "ours")
            house.stop()
            house.start()
            said = len(ear.heard)
            self.begin(house, meeting)  # states that were posted are gone
            self.kept(ear, chair_id, "ours")

            self.end(house, meeting)
            ear.await_state(chair_id, since=said, do_not_disturb=False)
            self.kept(ear, chair_id, None)

    def test_on_by_hand_stays_on(
        self,
        *,
        house: House,
        ear: Ear,
        chair_id: str,
        meeting: str,
        leave_alone: Any,
        tmp_path: Path,
    ) -> None:
        """What was on before the meeting is on after it."""
        with Chair(chair_id, ear, tmp_path):
            leave_alone(meeting)
            ear.tell(chair_id, "set/do_not_disturb", "ON")
            ear.await_state(chair_id, do_not_disturb=True)
            self.begin(house, meeting)
            self.kept(ear, chair_id, "theirs")

            self.end(house, meeting)
            self.kept(ear, chair_id, None)
            assert ear.state(chair_id)["do_not_disturb"] is True

    def test_off_by_hand_stays_off(
        self,
        *,
        house: House,
        ear: Ear,
        chair_id: str,
        meeting: str,
        leave_alone: Any,
        tmp_path: Path,
    ) -> None:
        """What is switched off in the meeting is not switched on again by its next sign."""
        with Chair(chair_id, ear, tmp_path):
            leave_alone(meeting)
            self.begin(house, meeting)
            ear.await_state(chair_id, do_not_disturb=True)
            ear.wait(lambda: (remembered(ear, chair_id) or {}).get("until") or None, "an end of it")
            said = len(ear.heard)
            ear.tell(chair_id, "set/do_not_disturb", "OFF")
            ear.await_state(chair_id, since=said, do_not_disturb=False)

            house.post(f"/api/states/{meeting}", {"state": "on", "attributes": {"room": 2}})
            self.kept(ear, chair_id, "nobody")
            assert ear.state(chair_id)["do_not_disturb"] is False

    def test_one_beside_a_holiday(
        self, *, house: House, ear: Ear, chair_id: str, leave_alone: Any, tmp_path: Path
    ) -> None:
        """The day alone is no meeting; the meeting that it hides is one, from begin to end."""
        calendar = make_calendar(house)
        today = datetime.now(UTC).date()
        day = {"start_date": f"{today}", "end_date": f"{today + timedelta(days=2)}"}
        house.call("calendar.create_event", calendar, summary="Holiday", **day)
        house.await_state(calendar, "on")
        with Chair(chair_id, ear, tmp_path):
            begin = datetime.now(UTC) + timedelta(seconds=12)
            span = {
                "start_date_time": begin.isoformat(),
                "end_date_time": (begin + timedelta(seconds=8)).isoformat(),
            }
            house.call("calendar.create_event", calendar, summary="Meeting", **span)
            leave_alone(calendar)

            on = ear.await_state(chair_id, do_not_disturb=True)
            assert datetime.now(UTC) >= begin
            assert house.states[calendar]["attributes"]["message"] == "Holiday"
            ear.await_state(chair_id, since=ear.heard.index(on), do_not_disturb=False)


def make_calendar(house: House) -> str:
    """Add a calendar of Home Assistant's own."""
    flow = house.post("/api/config/config_entries/flow", {"handler": "local_calendar"})
    path = f"/api/config/config_entries/flow/{flow['flow_id']}"
    answer = house.post(path, {"calendar_name": "Work", "import": "create_empty"})
    assert answer["type"] == "create_entry", answer
    house.wait(lambda: "calendar.work" in house.states or None, "the calendar")
    return "calendar.work"


@pytest.mark.parametrize("name", GONE)
def test_a_chair_that_is_gone_is_no_error(name: str, house: House) -> None:
    """When the chair has been removed nothing is done, and Home Assistant does not complain."""
    automation = f"{name}_without_chair"
    automate(house, name, automation, chair="0123456789abcdef", **GONE[name])

    house.call("automation.trigger", f"automation.{automation}", skip_condition=False)

    assert house.states[f"automation.{automation}"]["attributes"]["last_triggered"] is None


def test_the_day_is_summed_up(
    house: House, ear: Ear, chair_id: str, phone: Phone, device: Any
) -> None:
    """One notification, at the time that was chosen, with the day's figures."""
    script = "0:00:00 sit\n0:37:00 stand\n0:50:00 sit\n1:40:30 stand\n9:00:00 end"
    today = f"{datetime.now(UTC):%Y-%m-%d}T08:00:00"
    with simulate(chair_id, ear, script, speed="1000", start=today):
        chair = device()
        ear.await_state(chair_id, status="vacant", today__full_breaks=2)
        soon = datetime.now(UTC) + timedelta(seconds=2)

        automate(
            house,
            "daily_summary",
            chair=chair,
            at=f"{soon:%H:%M:%S}",
            phones=[phone.device_id],
        )

        told = phone.await_push(title="Your day on the chair")["message"]
        assert told == "1 h 27 min on the chair, 2 breaks, longest bout 50 min."


class TestSeat:
    """`seat_from_entity`."""

    def test_it_is_told(
        self, house: House, ear: Ear, chair_id: str, device: Any, tmp_path: Path
    ) -> None:
        """On each change, at the start, and when the chair comes back, which goes by it."""
        pad = f"binary_sensor.pad_{chair_id}"
        house.post(f"/api/states/{pad}", {"state": "on"})

        def told(since: int, seated: bool | None) -> dict[str, Any]:
            def found() -> dict[str, Any] | None:
                heard = ear.on(chair_id, "seat/set", since)
                return (
                    heard[-1].payload if heard and heard[-1].payload["seated"] is seated else None
                )

            return ear.wait(found, f"a seat that is {seated}")

        sat_on = {"seat.topic": f"chair-sensor/{chair_id}/seat/set", "pins.mat": "none"}
        with Chair(chair_id, ear, tmp_path, **sat_on) as chair:
            automate(house, "seat_from_entity", f"seat_{chair_id}", chair=device(), seat=pad)
            assert told(0, seated=True)["age"] >= 0
            ear.await_state(chair_id, occupied=True)
            for state, seated in {"off": False, "unavailable": None, "on": True}.items():
                said = len(ear.heard)
                house.post(f"/api/states/{pad}", {"state": state})
                assert told(said, seated)["age"] <= 1
                status = {"off": "away", "unavailable": "unplugged", "on": "sitting"}[state]
                ear.await_state(chair_id, since=said, status=status)

            said = len(ear.heard)
            chair.stop()
            house.await_state(house.entities_of(chair_id)["occupied"], "unavailable")
            chair.start()
            told(said, seated=True)


class TestVoice:
    """`voice`."""

    def test_it_answers(
        self, house: House, ear: Ear, chair_id: str, device: Any, tmp_path: Path
    ) -> None:
        """Both questions, seated, up and lost."""

        def ask(text: str) -> str:
            answer = house.ask("conversation/process", text=text)
            return str(answer["response"]["speech"]["plain"]["speech"])

        with Chair(chair_id, ear, tmp_path) as chair:
            automate(house, "voice", f"voice_{chair_id}", chair=device())
            assert ask("When is my break due?") == "Nobody is sitting on the chair."
            chair.do("sit")
            ear.await_state(chair_id, status="sitting")
            at = datetime.fromisoformat(ear.state(chair_id)["break_due_at"])
            assert ask("When is my next break") == f"In 1 hour, at {at:%H:%M}."
            assert ask("How long have I been sitting here?") == "For 0 minutes."
        assert ask("How long have I been sitting?") == "The chair does not answer."

    def test_it_answers_in_german(
        self, house: House, ear: Ear, chair_id: str, device: Any, tmp_path: Path
    ) -> None:
        """Sentences and answers are those of the file."""
        with Chair(chair_id, ear, tmp_path) as chair:
            automate(house, "voice", f"voice_{chair_id}", "de", chair=device())
            chair.do("sit")
            ear.await_state(chair_id, status="sitting")
            at = datetime.fromisoformat(ear.state(chair_id)["break_due_at"])

            text = "Wann ist meine n\N{LATIN SMALL LETTER A WITH DIAERESIS}chste Pause"
            answer = house.ask("conversation/process", text=text, language="de")

            said = answer["response"]["speech"]["plain"]["speech"]
            assert said == f"In 1 Stunde, um {at:%H:%M} Uhr."
