"""The chairs of this machine: which there are, and what two of them must not share."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path

from sensor.errors import SettingsError
from sensor.settings.config import Config, wires
from sensor.settings.unit import CHAIR, ONE, PROGRAM, STATE, Unit, unit_of


def units() -> list[Unit]:
    """List the chairs of this machine: the one without a name, and those with a settings file."""
    file = ONE.settings
    folders = file.parent.parent.glob(f"{PROGRAM}@*/{file.name}")
    names = sorted(path.parent.name.partition("@")[2] for path in folders)
    return [ONE, *(Unit(name) for name in names if CHAIR.fullmatch(name))]


def listed() -> str:
    """Name the chairs of this machine in a sentence."""
    names = [unit.chair or "the one without a name" for unit in units() if unit.settings.exists()]
    return f"here: {', '.join(names) or 'none'}"


def new_chair(name: str) -> Path:
    """Return the settings file of a chair, which may be a new one. Raises SettingsError."""
    if not CHAIR.fullmatch(name):
        raise SettingsError(
            f"--chair {name!r}: a name has small letters, digits, - and _, at most 18; {listed()}"
        )
    return Unit(name).settings


def chair(name: str) -> Path:
    """Return the settings file of a chair that exists. Raises SettingsError."""
    file = new_chair(name)
    if not file.exists():
        makes = f"sudo {PROGRAM} setup --chair {name} makes it"
        named = any(unit.chair and unit.settings.exists() for unit in units())
        what = f"there is no such chair; {listed()}" if named else "no chair with a name is here"
        raise SettingsError(f"--chair {name}: {what}; {makes}")
    return file


def clashes(config: Config) -> Iterator[str]:
    """Give a line for each thing that a chair has and another chair in use has, too.

    A chair that was started by hand is compared with nothing: only units are known.
    """
    unit = unit_of(config.file)
    if unit is None or (unit == ONE and not _is_used(unit)):
        return  # the settings of the chair without a name are always there
    for other in units():
        theirs = None if other == unit else _settings(other)
        if theirs is not None:
            name = f"chair {other.chair}" if other.chair else "the chair without a name"
            yield from _shared(config, theirs, name)
            if _state(unit, config) == _state(other, theirs):
                yield f"state_dir is that of {name}, too. Leave it out: each has its own then."


def _settings(unit: Unit) -> Config | None:
    """Read the settings of a chair; None: it is not used, or its own check has to tell."""
    from sensor.settings.loading import load  # noqa: PLC0415  (pydantic)

    if not _is_used(unit) or not unit.settings.exists():
        return None
    try:
        return load(config_file=unit.settings, environ={})
    except SettingsError:
        return None


def _is_used(unit: Unit) -> bool:
    """Whether the chair's service starts at boot or runs; True where systemd does not run."""
    shown = unit.properties()
    states = shown.get("UnitFileState"), shown.get("ActiveState")
    return not shown or states[0] == "enabled" or states[1] != "inactive"


def _shared(config: Config, theirs: Config, name: str) -> Iterator[str]:
    """Find pins and names in the settings of two chairs; `name` is the other one."""
    chips = {config.pins.chip, theirs.pins.chip}
    if len(chips) == 1 or None in chips:  # None: it is looked for, and may be the same
        pairs = product(wires(asdict(config.pins)), wires(asdict(theirs.pins)))
        for (own, pin), (same, taken) in pairs:
            if pin == taken:
                shared = f"pins.{own} and pins.{same} of {name} share GPIO{pin}"
                yield f"{shared}. Give each wire its own."
    if config.mqtt.wanted and theirs.mqtt.wanted:
        if config.chair.id and config.chair.id == theirs.chair.id:
            yield f"chair.id = {config.chair.id} is that of {name}, too. Change one of them."
        elif config.mqtt.client_id and config.mqtt.client_id == theirs.mqtt.client_id:
            yield f"mqtt.client_id is that of {name}, too. Change one of them."
        if config.chair.name == theirs.chair.name:
            name_is = f"chair.name = {config.chair.name!r} is that of {name}, too"
            yield f"{name_is}: Home Assistant would number the ids of one. Change one of them."
        seats = {(each.seat.topic, each.seat.key) for each in (config, theirs)}
        if config.seat.topic and len(seats) == 1:
            yield f"seat.topic is that of {name}, too: one sensor for two chairs. Change one."


def _state(unit: Unit, config: Config) -> Path:
    return config.state_dir or unit.own(STATE)
