"""Which chair a command is about: the one that the daemon on this machine announces."""

import os
import sys
from pathlib import Path

from sensor.errors import SettingsError
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config
from sensor.storage.files import existing_chair_id

SYSTEM_STATE = Path("/var/lib/chair-sensor")
"""Where the systemd unit keeps the state; only root may look into it."""


def topics(config: Config, *, sure: bool = False) -> Topics:
    """Return the chair's topics; nothing is made up. Raises SettingsError without a chair id.

    With `sure`, also where a likelier state directory is hidden from this user.
    """
    return Topics(
        chair_id=config.chair.id or _remembered(config, sure=sure),
        base_topic=config.mqtt.base_topic,
        discovery_prefix=config.mqtt.discovery_prefix,
        birth_topic=config.mqtt.birth_topic,
    )


def _remembered(config: Config, *, sure: bool) -> str:
    places = state_directories(config)
    for directory in places:
        found = existing_chair_id(directory)
        hidden = [place for place in places[: places.index(directory)] if _is_hidden(place)]
        if found is not None and not (hidden and sure):
            if hidden:  # said, for it may not be the one that is meant
                print(  # noqa: T201
                    f"you may not read the chair id in {hidden[0]}; this is the chair of "
                    f"{directory}: {found}",
                    file=sys.stderr,
                )
            return found
    looked = " or ".join(str(directory) for directory in places)
    raise SettingsError(
        f"no chair id to be read in {looked}; run this as root, or say which chair is meant: "
        "--set chair.id=ID (the ID is the second part of its topics)"
    )


def remembered_id(config: Config) -> str | None:
    """Return the id that a daemon on this machine has made; None: none can be read."""
    found = map(existing_chair_id, state_directories(config))
    return next((chair_id for chair_id in found if chair_id is not None), None)


def _is_hidden(directory: Path) -> bool:
    """Whether this user may not look into a directory."""
    try:
        (directory / "chair_id").stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(directory / "chair_id", os.R_OK)


def state_directories(config: Config) -> list[Path]:
    """List where the daemon on this machine may keep its state, the likeliest first."""
    return named_directories(config) or [SYSTEM_STATE, *own_directory()]


def named_directories(config: Config) -> list[Path]:
    """List the state directories of the one daemon that the settings name; none: any daemon's."""
    if config.state_dir is not None:
        return [config.state_dir]
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return [Path(given)]
    return [] if is_of_unit(config.file) else own_directory()


def own_directory() -> list[Path]:
    """List where a daemon keeps its state that this user has started; a user may have no home."""
    try:
        return [Path.home() / ".local/state/chair-sensor"]
    except RuntimeError:
        return []


def is_of_unit(file: Path | None) -> bool:
    """Whether the unit's daemon reads this settings file; None: none was named."""
    if file is None:
        return True
    from sensor.doctor.service import unit_file  # noqa: PLC0415  (asks systemd)
    from sensor.settings.loading import DEFAULT_FILE  # noqa: PLC0415

    return file.absolute() == unit_file(DEFAULT_FILE)
