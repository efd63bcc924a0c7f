"""The dashboard names the entities that Home Assistant has made."""

import re
from pathlib import Path

from tests.homeassistant.chairs import Chair, Ear, command
from tests.homeassistant.house import House

DOMAINS = "binary_sensor|button|number|select|sensor|switch"


def shown(ear: Ear, chair_id: str, *options: str, state_dir: Path, name: str) -> set[str]:
    """Return the entities that the dashboard of a chair shows."""
    place = {"state_dir": state_dir, "chair.name": name}
    text = command("homeassistant", "dashboard", *options, chair_id=chair_id, broker=ear, **place)
    named = re.findall(rf"\b(?:{DOMAINS})\.\w+", text.split("\nviews:")[1])
    return set(named) - {"button.press"}


def announced(house: House, ear: Ear, chair_id: str) -> set[str]:
    """Wait until Home Assistant has made the entities of a chair; return their ids."""
    described = ear.await_description(chair_id).items()
    wanted = {key for key, each in described if each.get("enabled_by_default", True)}
    house.wait(
        lambda: wanted <= house.entities_of(chair_id).keys() or None, f"entities of {chair_id}"
    )
    return set(house.entities_of(chair_id).values())


def test_of_a_chair_that_was_renamed(house: House, ear: Ear, chair_id: str, tmp_path: Path) -> None:
    """The ids are those of its first name, in Home Assistant and in the file."""
    with Chair(chair_id, ear, tmp_path, chair__name="First name"):
        ids = announced(house, ear, chair_id)
    said = len(ear.heard)
    with Chair(chair_id, ear, tmp_path, chair__name="Second name"):
        ear.await_description(chair_id, since=said)

        mine = shown(ear, chair_id, state_dir=tmp_path, name="Second name")

        assert mine <= ids
        assert "binary_sensor.first_name" in mine


def test_of_a_second_chair_of_the_name(
    house: House, ear: Ear, chair_id: str, tmp_path: Path
) -> None:
    """Home Assistant has numbered its ids, and so does the file."""
    one, two = tmp_path / "one", tmp_path / "two"
    with Chair(f"{chair_id}_1", ear, one, chair__name="Twin"):
        first = announced(house, ear, f"{chair_id}_1")
        with Chair(f"{chair_id}_2", ear, two, chair__name="Twin"):
            second = announced(house, ear, f"{chair_id}_2")

            assert shown(ear, f"{chair_id}_1", state_dir=one, name="Twin") <= first
            mine = shown(ear, f"{chair_id}_2", "--suffix", "2", state_dir=two, name="Twin")
            assert mine <= second
            assert not mine & first
