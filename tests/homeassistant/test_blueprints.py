"""Each blueprint that ships is accepted by Home Assistant's import, and does what it says."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.homeassistant.chairs import ROOT, Chair, Ear, simulate
from tests.homeassistant.house import House
from tests.homeassistant.phone import Phone, paired, served

FOLDER = ROOT / "sensor/homeassistant/blueprints"
FILES = sorted(FOLDER.glob("*.yaml"))
FIRED = {"break_notification", "daily_summary", "meeting_do_not_disturb"}
"""Those that a test below lets do their work."""

GONE: dict[str, dict[str, Any]] = {
    "daily_summary": dict.fromkeys(("chair_time", "breaks", "longest_bout"), "sensor.gone"),
    "meeting_do_not_disturb": {
        "busy": ["binary_sensor.meeting"],
        "do_not_disturb": "switch.gone",
        "do_not_disturb_until": "sensor.gone",
    },
}
"""Those that ask before they act, for a chair that has been removed."""

Settled = Callable[..., None]
LAMP = {"name": "Lamp", "unique_id": "lamp", "command_topic": "lamp/set", "schema": "json"}


@pytest.fixture(scope="module")
def phone(peaceful_house: House) -> Iterator[Phone]:
    """A phone in the house."""
    with paired(peaceful_house) as registered:
        yield registered


def imported(house: House, file: Path) -> str:
    """Import a blueprint as the dialog does, and save it; return its path there."""
    with served(file.read_text()) as address:
        found = house.ask("blueprint/import", url=f"{address}/{file.name}")
    assert found["validation_errors"] is None
    path = f"chair-sensor/{file.name}"
    house.ask(
        "blueprint/save",
        domain="automation",
        path=path,
        yaml=found["raw_data"],
        allow_override=True,
    )
    return path


def automate(house: House, name: str, alias: str = "", **inputs: Any) -> None:
    """Make an automation of a blueprint; returns when it is on."""
    path = imported(house, FOLDER / f"{name}.yaml")
    body = {"alias": alias or name, "use_blueprint": {"path": path, "input": inputs}}
    house.post(f"/api/config/automation/config/{alias or name}", body)
    house.await_state(f"automation.{alias or name}", "on")


def test_every_blueprint_is_fired_here() -> None:
    """Whoever ships a new one has to show that it works."""
    assert {file.stem for file in FILES} == FIRED


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_import_accepts_it(file: Path, house: House) -> None:
    """It is valid for this release, and listed with a name, a description and its inputs."""
    path = imported(house, file)

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
def entities(house: House, chair_id: str, settled: Settled) -> Callable[[], dict[str, str]]:
    """Wait until the chair's entities are there; return them."""

    def find() -> dict[str, str]:
        settled(chair_id)
        return house.entities_of(chair_id)

    return find


def test_a_due_break_is_told_on_the_phone(
    *, house: House, ear: Ear, chair_id: str, phone: Phone, entities: Any, tmp_path: Path
) -> None:
    """With buttons that act; the notification and the light's colour go when the sitter does."""
    ear.say(
        "homeassistant/light/lamp/config", json.dumps(LAMP | {"supported_color_modes": ["rgb"]})
    )
    house.await_state("light.lamp", "unknown")
    house.call("light.turn_off", "light.lamp")
    quick = {"sit_limit": "2s", "pre_alert": "0", "snooze": "2s", "return_grace": "0"}
    with Chair(chair_id, ear, tmp_path, **quick) as chair:
        mine = entities()
        automate(
            house,
            "break_notification",
            chair_event=mine["event"],
            snooze_button=mine["do_snooze"],
            do_not_disturb=mine["set_do_not_disturb"],
            phones=[phone.device_id],
            lights=["light.lamp"],
        )
        chair.do("sit")

        first = phone.await_push(title="Time for a break")
        due = next(e for e in ear.on(chair_id, "event") if e.payload["event_type"] == "break_due")
        exercise = due.payload["exercise"]["text"]
        assert first["message"] == f"{due.payload['message']} {exercise}"
        snooze, silence = first["data"]["actions"]
        assert [snooze["title"], silence["title"]] == ["Snooze", "Do not disturb"]
        ear.wait(
            lambda: any("color" in e.payload for e in ear.heard if e.topic == "lamp/set") or None,
            "a coloured light",
        )

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


def press(house: House, action: str) -> None:
    """Press a button of a notification, as the app tells it."""
    house.post("/api/events/mobile_app_notification_action", {"action": action})


def test_a_meeting_is_left_alone(
    house: House, ear: Ear, chair_id: str, entities: Any, tmp_path: Path
) -> None:
    """Do not disturb goes on with the meeting, and off after it."""
    meeting = "binary_sensor.meeting"
    house.post(f"/api/states/{meeting}", {"state": "off"})
    with Chair(chair_id, ear, tmp_path):
        mine = entities()
        automate(
            house,
            "meeting_do_not_disturb",
            busy=[meeting],
            do_not_disturb=mine["set_do_not_disturb"],
            do_not_disturb_until=mine["do_not_disturb_until"],
        )

        house.post(f"/api/states/{meeting}", {"state": "on"})
        ear.await_state(chair_id, do_not_disturb=True)
        house.await_state(mine["do_not_disturb_until"], lambda state: state != "unknown")
        said = len(ear.heard)

        house.post(f"/api/states/{meeting}", {"state": "off"})
        ear.await_state(chair_id, since=said, do_not_disturb=False)


def test_a_long_meeting_is_left_alone(
    house: House, ear: Ear, chair_id: str, entities: Any, tmp_path: Path
) -> None:
    """Do not disturb is renewed before it ends by itself, so that nothing alerts in between."""
    meeting = "binary_sensor.long_meeting"
    house.post(f"/api/states/{meeting}", {"state": "off"})
    with Chair(chair_id, ear, tmp_path, dnd_expires="10s"):
        mine = entities()
        automate(
            house,
            "meeting_do_not_disturb",
            "long_meeting",
            busy=[meeting],
            do_not_disturb=mine["set_do_not_disturb"],
            do_not_disturb_until=mine["do_not_disturb_until"],
        )
        house.post(f"/api/states/{meeting}", {"state": "on"})
        ear.await_state(chair_id, do_not_disturb=True)
        said = len(ear.heard)

        def ends() -> set[str]:
            told = [each.payload for each in ear.heard[said:] if each.topic.endswith("/state")]
            assert all(state["do_not_disturb"] for state in told)
            return {state["do_not_disturb_until"] for state in told}

        ear.wait(lambda: len(ends()) >= 2 or None, "do not disturb that is renewed twice")
        house.post(f"/api/states/{meeting}", {"state": "off"})
        ear.await_state(chair_id, since=said, do_not_disturb=False)


@pytest.mark.parametrize("name", GONE)
def test_a_chair_that_is_gone_is_no_error(name: str, house: House) -> None:
    """When the chair has been removed nothing is done, and Home Assistant does not complain."""
    automation = f"{name}_without_chair"
    automate(house, name, automation, **GONE[name])

    house.call("automation.trigger", f"automation.{automation}", skip_condition=False)

    assert house.states[f"automation.{automation}"]["attributes"]["last_triggered"] is None


def test_the_day_is_summed_up(
    house: House, ear: Ear, chair_id: str, phone: Phone, entities: Any
) -> None:
    """One notification, at the time that was chosen, with the day's figures."""
    script = "0:00:00 sit\n0:37:00 stand\n0:50:00 sit\n1:40:30 stand\n9:00:00 end"
    with simulate(chair_id, ear, script, speed="1000"):
        mine = entities()
        ear.await_state(chair_id, status="vacant", today__full_breaks=2)
        house.await_state(mine["breaks"], "2")
        soon = datetime.now(UTC) + timedelta(seconds=2)

        automate(
            house,
            "daily_summary",
            chair_time=mine["chair_time"],
            breaks=mine["breaks"],
            longest_bout=mine["longest_bout"],
            alerts=mine["alerts"],
            alerts_heeded=mine["alerts_heeded"],
            at=f"{soon:%H:%M:%S}",
            phones=[phone.device_id],
        )

        told = phone.await_push(title="Your day on the chair")["message"]
        assert told == "1 h 25 min on the chair, 2 breaks, longest bout 50 min."
