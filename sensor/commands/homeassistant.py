"""`chair-sensor homeassistant blueprint | dashboard | purge | discovery`.

Files go to standard output, so that they can be piped, or where `--output` says.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from sensor.commands.parser import Parser
from sensor.errors import ChairSensorError, SettingsError
from sensor.terminal import streams
from sensor.terminal.dialogue import agreed, loaded, say


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
        with_settings=False,
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
        help="what the chair's entity ids begin with (default: made of its name, desk_chair)",
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

    if options.name is not None:
        text = files.blueprint(options.name)
        name = options.name.removesuffix(".yaml").replace("-", "_")
        _put_out(text, options.output, f"{name}.yaml")
    elif options.output is not None:
        if not options.output.is_dir():
            raise SettingsError(
                f"{options.output} is not a folder; name a folder, or one blueprint"
            )
        for name in files.blueprints():
            _put_out(files.blueprint(name), options.output, f"{name}.yaml")
    else:
        for name, title in files.blueprints().items():
            say(f"{name:24} {title}")


def _dashboard(options: argparse.Namespace) -> None:
    from sensor.homeassistant import files  # noqa: PLC0415
    from sensor.homeassistant.discovery import entity_prefix  # noqa: PLC0415
    from sensor.storage.identity import known_id  # noqa: PLC0415

    config = loaded(options)
    name = config.chair.name
    # Only a name without any Latin letter needs the chair's id
    prefix = options.prefix or entity_prefix(name) or entity_prefix(known_id(config))
    _put_out(files.dashboard(name, prefix), options.output, "chair_dashboard.yaml")


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
    chair = Topics.of(config.mqtt, known_id(config))
    describe = Discovery(chair, config.chair, translation(config.language))
    message = describe.payload(config.rules().day_starts, {})
    print(f"retained on {chair.discovery}:", file=sys.stderr)  # noqa: T201
    _put_out(json.dumps(message, indent=2, ensure_ascii=False), None, "")


def _put_out(text: str, output: Path | None, name: str) -> None:
    from sensor.homeassistant import files  # noqa: PLC0415

    if output is None:
        print(text.rstrip(), file=streams.for_programs())
    else:
        say(f"wrote {files.write(text, output, name)}")
