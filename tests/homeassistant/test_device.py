"""The device page: all entities, soon, true through a whole day, each chair for itself."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.homeassistant.chairs import ROOT, Chair, Ear, simulate
from tests.homeassistant.expected import DIAGNOSTICS, MOMENTARY, STATE, collapsed
from tests.homeassistant.house import Change, House

Settled = Callable[..., None]
Introduced = Callable[..., dict[str, str]]
SOON = 3.0
"""Seconds from the daemon's start until everything must be there."""
TOPICS = ("state", "diagnostics", "event")
WORKDAY = (ROOT / "sensor/simulator/scripts/workday.txt").read_text()


def available(house: House, chair_id: str, count: int) -> float:
    """Wait until so many entities of a chair are available; return when that was."""

    def found() -> float | None:
        there = [each for each in house.named(chair_id) if house.shown(each) != "unavailable"]
        return house.changes[-1].at if len(there) == count else None

    return house.wait(found, f"{count} entities of {chair_id}")


@pytest.mark.parametrize("again", [False, True], ids=["first_time", "after_a_kill"])
def test_every_entity_is_available_soon(
    *,
    again: bool,
    house: House,
    ear: Ear,
    chair_id: str,
    settled: Settled,
    figure: Callable[[str], None],
    tmp_path: Path,
) -> None:
    """Within 3 s of the daemon's start, also where its last will has said `offline`.

    What daemon and Home Assistant waited for a core that others had does not count.
    """
    with Chair(chair_id, ear, tmp_path) as chair:
        said = 0
        if again:
            settled(chair_id)
            chair.stop(signal.SIGKILL)
            house.await_state(house.entities_of(chair_id)["occupied"], "unavailable")
            said = len(ear.heard)
            chair.start()
        described = ear.await_description(chair_id, since=said).values()
        queued = waited_for_a_core(chair.pid)
        before = waited_for_a_core(house.pid)
        count = sum(each.get("enabled_by_default", True) for each in described)
        took = available(house, chair_id, count) - chair.started_at
        queued += waited_for_a_core(house.pid) - before
        settled(chair_id)

    figure(
        f"{count} entities available {took:.2f} s after the start, {queued:.2f} s of that waiting"
        f" for a core ({chair_id})"
    )
    assert took - queued < SOON


def waited_for_a_core(pid: int) -> float:
    """Return for how many seconds a process could have run, had there been a free core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def test_one_device_with_all_entities(
    house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> None:
    """All is on one page, bears the chair's name, and nothing is there that no test knows."""
    with Chair(chair_id, ear, tmp_path):
        ear.await_state(chair_id, status="vacant")
        settled(chair_id)

        (device,) = house.devices(chair_id)
        entries = house.registry(chair_id)
        assert device["name"] == f"Chair {chair_id}"
        assert {entry["device_id"] for entry in entries.values()} == {device["id"]}
        assert entries.keys() == STATE.keys() | DIAGNOSTICS.keys() | MOMENTARY


@dataclass(frozen=True)
class Day:
    """What was said and shown of a whole simulated day, first what there was before it."""

    entities: Mapping[str, str]
    said: Mapping[str, list[dict[str, Any]]]
    shown: Mapping[str, list[Change]]


@pytest.fixture(scope="module")
def day(peaceful_house: House, ear: Ear, introduced: Introduced) -> Day:
    """Live through a working day, with the hidden entities too."""
    house, chair_id = peaceful_house, "a_whole_day"
    entities = introduced(chair_id, hidden_too=True)
    began, since = len(house.changes), len(ear.heard)
    said = {topic: [ear.on(chair_id, topic)[-1].payload] for topic in TOPICS}

    with simulate(chair_id, ear, WORKDAY, speed="max") as simulation:
        simulation.wait()
        ear.await_farewell(chair_id, since)
        for topic in TOPICS:
            said[topic] += (heard.payload for heard in ear.on(chair_id, topic, since))
        house.await_attribute(entities["event"], "id", said["event"][-1]["id"])
        for entity_id in entities.values():
            house.await_state(entity_id, "unavailable")

    shown: dict[str, list[Change]] = {entity_id: [] for entity_id in entities.values()}
    for change in house.changes[began:]:
        if change.entity_id in shown and change.state not in (None, "unavailable"):
            shown[change.entity_id].append(change)
    return Day(entities, said, shown)


@pytest.mark.parametrize("topic", ["state", "diagnostics"])
def test_everything_is_true_through_a_whole_day(topic: str, day: Day) -> None:
    """Each entity, the hidden ones too, goes through exactly what the chair said, in order."""
    assert len(day.said[topic]) > 2
    for key, read in {"state": STATE, "diagnostics": DIAGNOSTICS}[topic].items():
        wanted = collapsed([read(message) for message in day.said[topic]])
        shown = collapsed([str(change.state) for change in day.shown[day.entities[key]]])
        assert (key, shown) == (key, wanted)


def test_every_event_arrives_once(day: Day) -> None:
    """The event entity tells all events of a day, in order, each with its message."""
    said = day.said["event"]  # the last one before is shown again
    changes = day.shown[day.entities["event"]]

    shown = [{key: change.attributes.get(key) for key in said[0]} for change in changes]
    assert shown == said


def test_two_chairs_do_not_mix(
    house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> None:
    """Each has its device; sitting on one and setting one up leaves the other as it was."""
    mine, yours = f"{chair_id}_a", f"{chair_id}_b"
    with Chair(mine, ear, tmp_path / "a") as first, Chair(yours, ear, tmp_path / "b"):
        for each in (mine, yours):
            ear.await_state(each, status="vacant")
            settled(each)
        my, your = house.entities_of(mine), house.entities_of(yours)
        assert not set(my.values()) & set(your.values())
        before = ear.state(yours)

        first.do("sit")
        house.call("number.set_value", my["set_sit_limit"], value=33)
        house.await_state(my["set_sit_limit"], "33")
        house.await_state(my["status"], "sitting")

        settled(mine)
        settled(yours)
        assert house.shown(your["status"]) == "vacant"
        assert house.shown(your["set_sit_limit"]) == "60"
        assert ear.state(yours) == before
