"""`chair-sensor homeassistant blueprint | dashboard | purge | discovery`.

Files go to standard output, so that they can be piped, or where `--output` says.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sensor.commands.parser import Parser
from sensor.errors import ChairSensorError, SettingsError
from sensor.terminal import streams
from sensor.terminal.dialogue import agreed, loaded, say

if TYPE_CHECKING:
    from sensor.settings.config import Config


def add_commands(
    commands: "argparse._SubParsersAction[Parser]",
    new_command: Callable[..., Parser],
) -> None:
    """Add what can follow `chair-sensor homeassistant`; `new_command` is that of `main.py`."""
    parser = new_command(
        commands,
        "blueprint",
        "list, print or write automation blueprints",
        "Put them into Home Assistant's folder blueprints/automation/chair-sensor, then choose "
        "Settings > Automations > Blueprints there.",
        example="chair-sensor homeassistant blueprint --output .",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="which one; without it: a list")
    _add_output(parser)
    parser.set_defaults(command=_blueprint)
    parser = new_command(
        commands,
        "dashboard",
        "print or write a dashboard for this chair",
        "The comment at its top says what to do with it.",
        example="chair-sensor homeassistant dashboard --output dashboard.yaml",
    )
    parser.add_argument(
        "--prefix",
        metavar="BEGINNING",
        help="what the chair's entity ids begin with (default: made of its first name, desk_chair)",
    )
    parser.add_argument(
        "--suffix",
        metavar="NUMBER",
        default="",
        help="what they end with, if Home Assistant had a chair of that name already, such as 2",
    )
    parser.add_argument(
        "--plain", action="store_true", help="for a Home Assistant older than 2025.12"
    )
    _add_output(parser)
    parser.set_defaults(command=_dashboard)
    parser = new_command(
        commands,
        "purge",
        "remove the chair from the broker and from Home Assistant",
        "Stop the daemon first, and let Home Assistant run: it forgets the device at once. "
        "The history on this machine stays.",
        example="sudo chair-sensor homeassistant purge",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--force", action="store_true", help="even if the broker believes that the daemon is online"
    )
    parser.set_defaults(command=_purge)
    parser = new_command(
        commands,
        "discovery",
        "print the message by which Home Assistant learns of the chair",
        "The topic goes to standard error, the JSON to standard output.",
        example="chair-sensor homeassistant discovery",
    )
    parser.set_defaults(command=_discovery)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE|DIR", help="write it there")


def _blueprint(options: argparse.Namespace) -> None:
    from sensor.homeassistant import files  # noqa: PLC0415
    from sensor.languages import translation  # noqa: PLC0415

    config = loaded(options)
    translate = translation(config.language)
    own = config.mqtt.base_topic
    if options.name is not None:
        text = files.blueprint(options.name, translate, own)
        name = options.name.removesuffix(".yaml").replace("-", "_")
        _put_out(text, options.output, f"{name}.yaml")
    elif options.output is not None:
        if not options.output.is_dir():
            raise SettingsError(
                f"{options.output} is not a folder; name a folder, or one blueprint"
            )
        for name in files.blueprints():
            _put_out(files.blueprint(name, translate, own), options.output, f"{name}.yaml")
    else:
        for name, title in files.blueprints(translate).items():
            say(f"{name:24} {title}")


def _dashboard(options: argparse.Namespace) -> None:
    from sensor.homeassistant import files  # noqa: PLC0415
    from sensor.languages import translation  # noqa: PLC0415

    config = loaded(options)
    rules = config.rules()
    text = files.dashboard(
        config.chair.name,
        options.prefix or _prefix(config),
        suffix=options.suffix,
        limit=rules.sit_limit / 60,
        soon=rules.pre_alert / 60,
        plain=options.plain,
        buzzer=config.pins.buzzer is not None,
        translate=translation(config.language),
    )
    _put_out(text, options.output, "chair_dashboard.yaml")


def _prefix(config: "Config") -> str:
    """Return what the chair's entity ids begin with: as it was announced first, if that is known.

    Only a name without any Latin letter needs the chair's id.
    """
    from sensor.homeassistant.discovery import BEGINNING, entity_prefix  # noqa: PLC0415
    from sensor.mqtt.topics import Topics  # noqa: PLC0415
    from sensor.storage.files import Announced  # noqa: PLC0415
    from sensor.storage.identity import known_id, remembered_id  # noqa: PLC0415
    from sensor.storage.paths import state_directories  # noqa: PLC0415

    if chair_id := config.chair.id or remembered_id(config):
        topic = Topics.of(config.mqtt, chair_id).discovery
        for directory in state_directories(config):
            if prefix := Announced(directory).load().get(topic, {}).get(BEGINNING):
                return prefix
    return entity_prefix(config.chair.name) or entity_prefix(known_id(config))


def _purge(options: argparse.Namespace) -> None:
    from sensor.doctor.configuration import CREDSTORE  # noqa: PLC0415
    from sensor.homeassistant.purge import heard, look, naming, purge  # noqa: PLC0415
    from sensor.mqtt.topics import Topics  # noqa: PLC0415
    from sensor.settings.unit import unit_of  # noqa: PLC0415
    from sensor.storage.identity import known_id  # noqa: PLC0415

    may_look = os.access(CREDSTORE, os.R_OK | os.X_OK) and unit_of(options.config)  # root may
    config = loaded(options, credentials_dir=CREDSTORE if may_look else None)
    chair = Topics.of(config.mqtt, known_id(config, sure=True))
    kept = look(config, chair)
    what = naming(config, chair, kept)
    question = f"Remove {what}, and from Home Assistant?"
    if not options.yes and not agreed(question, otherwise="say --yes to remove without asking"):
        raise ChairSensorError("nothing was removed")
    count = purge(config, chair, force=options.force)
    say(f"removed {what}" if count else f"there was nothing to remove of {what}")
    if chair.discovery in kept:
        say(heard(config, kept))


def _discovery(options: argparse.Namespace) -> None:
    from sensor.homeassistant.discovery import Discovery  # noqa: PLC0415
    from sensor.languages import translation  # noqa: PLC0415
    from sensor.mqtt.topics import Topics  # noqa: PLC0415
    from sensor.storage.identity import known_id  # noqa: PLC0415

    config = loaded(options)
    chair = Topics.of(config.mqtt, known_id(config), sensors=config.seat.topics)
    describe = Discovery(chair, config, translation(config.language))
    message = describe.payload(config.rules().day_starts, {})
    print(f"retained on {chair.discovery}:", file=sys.stderr)  # noqa: T201
    _put_out(json.dumps(message, indent=2, ensure_ascii=False), None, "")


def _put_out(text: str, output: Path | None, name: str) -> None:
    from sensor.homeassistant import files  # noqa: PLC0415

    if output is None:
        print(text.rstrip(), file=streams.for_programs())
    else:
        say(f"wrote {files.write(text, output, name)}")
