"""All checks in their order, from the machine to the network."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from sensor.daemon.answer import Answer
from sensor.daemon.ports import Clock
from sensor.doctor.configuration import Configuration
from sensor.doctor.database import database
from sensor.doctor.files import files
from sensor.doctor.finding import Finding, fail, ok, troubled, unknown
from sensor.doctor.gpio import gpio
from sensor.doctor.network import network
from sensor.doctor.seat import seat
from sensor.doctor.service import service
from sensor.doctor.software import clock as clock_check
from sensor.doctor.software import software
from sensor.errors import AS_ROOT, ChairSensorError, HiddenError, SettingsError
from sensor.hardware.chips import FactoryMaker
from sensor.mqtt.topics import Topics
from sensor.settings.chairs import clashes, listed, units
from sensor.settings.config import Config
from sensor.settings.lines import display
from sensor.settings.unit import ONE
from sensor.status.client import NobodyAnswersError, NotToldError, ask, ask_for
from sensor.storage.identity import known_id
from sensor.storage.in_force import ORIGIN, in_force
from sensor.storage.paths import DATABASE, state_directories


def examine(
    configuration: Configuration, make_factory: FactoryMaker, clock: Clock
) -> Iterator[Finding]:
    """Run every check that is possible here, one after the other."""
    yield from software()
    yield from configuration.findings()
    unit = configuration.unit or ONE
    config = configuration.config
    if config is not None:
        yield from _chairs(config)
    if configuration.unit and unit.installed():
        yield from files(configuration.file, configuration.files, unit)
    answer: Answer | None = None
    hides = False
    try:
        answer = ask_for(config) if config else ask(unit=unit)
    except NobodyAnswersError as error:
        start = f"sudo systemctl start {unit.name}"
        if not configuration.unit:
            start = f"chair-sensor run --config {configuration.file}"
        yield unknown("daemon", "; ".join(filter(None, ("not running", error.other))), start)
    except NotToldError as error:
        hides = True
        yield unknown("daemon", error.what, AS_ROOT)
    except ChairSensorError as error:
        hides = True
        yield troubled("daemon", error)
    else:
        yield ok("daemon", f"{answer['state']['status']}: {answer['state']['reason']}")
    if config is not None:
        yield _changed(config, Path(answer["state_dir"]) if answer else None)
    if hides:
        yield unknown("pins", "held by the daemon, which does not answer this user")
    elif config is not None:
        yield from gpio(config.pins, answer, make_factory, clock, unit)
    if config is not None and config.seat.topic is not None and not hides:
        yield from seat(config.seat, answer, clock, unit)
    yield from clock_check(clock, config, answer, unit)
    if config is not None:
        failed = answer is not None and answer["state"]["problem"] == "storage"
        yield from database(_database(config, answer), unit, daemon_says_failed=failed)
    if configuration.unit:
        yield from service(unit)
    else:
        yield ok("unit", f"not checked: the unit does not read {configuration.file}")
    if config is not None:
        yield from network(
            config,
            _topics(config, answer),
            partial(_answer, config),
            password_hidden=configuration.password_hidden,
            daemon_hides=hides,
        )


def _answer(config: Config) -> Answer | None:
    try:
        return ask_for(config)
    except ChairSensorError:
        return None


def _chairs(config: Config) -> Iterator[Finding]:
    """Compare the chair with the others of this machine, if there are any."""
    if len(units()) == 1:
        return
    found = [fail("chairs", problem) for problem in clashes(config)]
    yield from found or [ok("chairs", f"shares nothing with another; {listed()}")]


def _changed(config: Config, state_dir: Path | None) -> Finding:
    """Name the settings that differ from what is written."""
    now = in_force(config, state_dir=state_dir)
    for problem in now.problems:
        hidden = isinstance(problem, HiddenError)
        return unknown("changes", problem.what, AS_ROOT if hidden else problem.fix)
    rules, profile = now.config.rules(), now.config.profile_in_force
    changed = [name for name, origin in now.origins.items() if origin == ORIGIN]
    if not changed:
        return ok("changes", "nothing was changed from Home Assistant")
    named = ", ".join(
        f"{name} = {display((name,), getattr(rules, name, profile))}" for name in changed
    )
    return ok("changes", f"{named}: {ORIGIN}, which wins over the settings file")


def _database(config: Config, answer: Answer | None) -> Path:
    if answer is not None:
        return Path(answer["state_dir"], DATABASE)
    places = state_directories(config)
    return next((place for place in places if _may_be_there(place)), places[0]) / DATABASE


def _may_be_there(place: Path) -> bool:
    """Whether the directory exists, or may exist: only root can look at the unit's state."""
    try:
        place.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _topics(config: Config, answer: Answer | None) -> Topics | None:
    try:
        return Topics.of(config.mqtt, known_id(config), sensors=config.seat.topics)
    except SettingsError:
        pass  # only root and the daemon know an id that was generated
    if answer is None:
        return None
    base, _, chair_id = answer["mqtt"]["base_topic"].rpartition("/")
    mqtt = replace(config.mqtt, base_topic=base)
    return Topics.of(mqtt, chair_id, sensors=config.seat.topics)
