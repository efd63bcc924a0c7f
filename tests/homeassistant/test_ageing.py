"""A power cut takes broker and Pi, and only the broker comes back: what it retained grows old."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.homeassistant.chairs import Chair, Ear
from tests.homeassistant.house import House

Settled = Callable[..., None]

STATE_AGES, DIAGNOSTICS_AGE = 15 * 60, 30 * 60
"""Seconds after which Home Assistant is to hold state and diagnostics for old."""
SOON = 5
"""Seconds of which the test makes do instead."""
TELLS = ("sensor", "binary_sensor")
"""Platforms that tell what is; the others take orders, and cannot expire."""


@pytest.mark.parametrize("restarted", [False, True], ids=["", "and Home Assistant restarts"])
def test_what_is_retained_grows_old(
    *, restarted: bool, house: House, ear: Ear, chair_id: str, settled: Settled, tmp_path: Path
) -> None:
    """Nobody stays seated for ever: all that tells anything becomes unavailable.

    The broker's part of the power cut is played: it holds `online` and the last state.
    """
    with Chair(chair_id, ear, tmp_path) as chair:
        ear.await_state(chair_id, status="vacant")
        settled(chair_id)
        chair.do("sit")
        ear.await_state(chair_id, status="sitting")
        settled(chair_id)
        entities = house.entities_of(chair_id)
        said = len(ear.heard)
        chair.stop(signal.SIGKILL)
        ear.await_farewell(chair_id, said)
    topic = f"homeassistant/device/chair-sensor-{chair_id}/config"
    description = [each for each in ear.heard if each.topic == topic][-1].payload
    told = {key: each for key, each in description["cmps"].items() if each["p"] in TELLS}
    assert {each["expire_after"] for each in told.values()} == {STATE_AGES, DIAGNOSTICS_AGE}

    for each in told.values():
        each["expire_after"] = SOON
    ear.say(topic, json.dumps(description), retain=True)
    for subtopic, payload in (
        ("availability", "online"),
        ("state", json.dumps(ear.state(chair_id))),
        ("diagnostics", json.dumps(ear.on(chair_id, "diagnostics")[-1].payload)),
    ):
        ear.say(f"chair-sensor/{chair_id}/{subtopic}", payload, retain=True)
    house.await_state(entities["status"], "sitting")
    if restarted:
        house.stop()
        house.start()

    house.await_state(entities["set_do_not_disturb"], "off")
    shown = [entities[key] for key in told if key in entities]
    assert len(shown) > 7
    for entity_id in shown:
        house.await_state(entity_id, "unavailable")
    assert house.shown(entities["set_do_not_disturb"]) == "off", "the broker says online"
