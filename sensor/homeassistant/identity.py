"""Which chair a command is about: the one that the daemon on this machine announces."""

import os
from pathlib import Path

from sensor.config import Config
from sensor.errors import SettingsError
from sensor.mqtt.topics import Topics
from sensor.storage.files import existing_chair_id

SYSTEM_STATE = Path("/var/lib/chair-sensor")
"""Where the systemd unit keeps the state; only root may look into it."""


def topics(config: Config) -> Topics:
    """Return the chair's topics; nothing is made up. Raises SettingsError without a chair id."""
    return Topics(
        chair_id=config.chair.id or _remembered(config),
        base_topic=config.mqtt.base_topic,
        discovery_prefix=config.mqtt.discovery_prefix,
        birth_topic=config.mqtt.birth_topic,
    )


def _remembered(config: Config) -> str:
    places = state_directories(config)
    for directory in places:
        found = existing_chair_id(directory)
        if found is not None:
            return found
    looked = " or ".join(str(directory) for directory in places)
    raise SettingsError(
        f"no chair id to be read in {looked}; run this as root, or say which chair is meant: "
        "--set chair.id=ID (the ID is the second part of its topics)"
    )


def state_directories(config: Config) -> list[Path]:
    """List where the daemon on this machine may keep its state, the likeliest first."""
    if config.state_dir is not None:
        return [config.state_dir]
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return [Path(given)]
    return [SYSTEM_STATE, Path.home() / ".local/state/chair-sensor"]
