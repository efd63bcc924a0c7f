"""Whatever goes down, in whatever order it comes back: the truth is shown, and there are no ghosts.

The broker is killed and forgets all that it retained: the harshest case.
"""

from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.homeassistant.chairs import Chair, Ear, command
from tests.homeassistant.house import House

Settled = Callable[..., None]
PARTS = ("broker", "daemon", "house")


@pytest.fixture(scope="module")
def tolerated() -> tuple[str, ...]:
    """Complaints of Home Assistant that name the broker, which is killed here, and not us."""
    return (
        "Disconnected from MQTT server",
        "Failed to connect to MQTT server",
        "failed to receive on socket",
        "Error returned from MQTT server",
        "Error doing job: Task exception was never retrieved",  # its birth message found no broker
    )


@pytest.fixture
def chair(
    house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> Iterator[Chair]:
    """Put a chair into the house, with a setting changed from there."""
    with Chair(chair_id, ear, tmp_path) as running:
        ear.await_state(chair_id, status="vacant")
        settled(chair_id)
        house.call("number.set_value", house.entities_of(chair_id)["set_sit_limit"], value=44)
        ear.await_state(chair_id, settings__sit_limit=44)
        settled(chair_id)
        yield running


@pytest.mark.parametrize("order", list(permutations(PARTS)), ids=" ".join)
def test_all_come_back(
    *, order: tuple[str, ...], house: House, broker: Any, ear: Ear, chair: Chair, settled: Settled
) -> None:
    """Broker, daemon and Home Assistant go down and come up in each order, and somebody sits."""
    entities = house.entities_of(chair.id)
    parts = {"broker": broker, "daemon": chair, "house": house}

    for part in order:
        parts[part].stop()
    chair.seated = True
    said = len(ear.heard)
    for part in order:
        parts[part].start()

    ear.await_state(chair.id, since=said, status="sitting", settings__sit_limit=44)
    house.await_state(entities["occupied"], "on")
    settled(chair.id, entities)
    assert house.entities_of(chair.id) == entities
    assert len(house.devices(chair.id)) == 1
    assert house.strangers(chair.id, entities) == []


@pytest.mark.parametrize("part", PARTS)
def test_one_comes_back(
    part: str, house: House, broker: Any, chair: Chair, settled: Settled
) -> None:
    """While one of the three is away somebody sits down; that is shown as soon as it is back."""
    entities = house.entities_of(chair.id)
    restarted = {"broker": broker, "daemon": chair, "house": house}[part]

    restarted.stop()
    chair.seated = True
    if part != "daemon":
        chair.do("sit")
        chair.log.await_line("sitting: ")
    restarted.start()

    house.await_state(entities["status"], "sitting")
    settled(chair.id, entities)
    assert house.strangers(chair.id, entities) == []


def test_purge_leaves_nothing(house: House, ear: Ear, chair: Chair) -> None:
    """No device, no entity, no retained message; and none comes back when Home Assistant does."""
    (device,) = house.devices(chair.id)
    chair.stop()

    command("homeassistant", "purge", "--yes", chair_id=chair.id, broker=ear)

    house.wait(
        lambda: ("remove", device["id"]) in house.device_news or None, "the device to be removed"
    )
    assert not house.registry(chair.id)
    house.stop()
    house.start()
    with Ear(ear.port) as newcomer:
        newcomer.say("the/end", "")
        newcomer.wait(
            lambda: any(each.topic == "the/end" for each in newcomer.heard) or None, "the end"
        )
        assert not [each.topic for each in newcomer.heard if chair.id in each.topic]
    assert not house.registry(chair.id)
    assert not house.devices(chair.id)
    assert house.strangers(chair.id, {}) == []
