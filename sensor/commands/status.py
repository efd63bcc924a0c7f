"""`chair-sensor status`: the current state of the daemon on this machine, without MQTT."""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensor.commands.parser import add_chair
from sensor.errors import ChairSensorError
from sensor.terminal import streams

if TYPE_CHECKING:
    from sensor.daemon.answer import Answer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chair-sensor status`."""
    parser.add_argument(
        "--json", action="store_true", help="the whole answer of the daemon, as JSON"
    )
    add_place(parser)
    parser.set_defaults(command=_status)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which daemon is meant."""
    place = parser.add_mutually_exclusive_group()
    add_chair(place)
    place.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="state directory of a daemon started by hand with --set state_dir=DIR",
    )
    place.add_argument(
        "--set",
        action=_StateDir,
        metavar="state_dir=DIR",
        help="the same, as in other commands",
    )


class _StateDir(argparse.Action):
    """Takes `state_dir=DIR` as `--state-dir DIR`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Note the folder; no other setting matters here."""
        key, _, folder = values.partition("=")
        if key.strip() != "state_dir" or not folder:
            parser.error(f"{option_string} takes only state_dir=DIR here")
        namespace.state_dir = Path(folder)


def told(options: argparse.Namespace, command: str = "") -> "Answer":
    """Return the answer of the daemon that is meant, after a command to it. Raises as `ask`."""
    from sensor.settings.config import Config  # noqa: PLC0415  (pydantic takes its time)
    from sensor.status.client import ask, ask_for  # noqa: PLC0415

    if options.state_dir:
        return ask(options.state_dir.absolute(), command=command)
    return ask_for(Config(file=options.config), command) if options.config else ask(command=command)


def _status(options: argparse.Namespace) -> None:
    from sensor.status.text import lines  # noqa: PLC0415

    one = options.state_dir or options.config
    answers = [told(options)] if one else _all(only_one=options.json)
    if options.json:
        whole = json.dumps(answers[0], indent=2, ensure_ascii=False)
        print(whole, file=streams.for_programs())
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print("\n\n".join("\n".join(lines(answer, width)) for answer in answers))  # noqa: T201


def _all(*, only_one: bool) -> "list[Answer]":
    """Ask the daemon of each chair of this machine, and name those that do not answer.

    `only_one` is for programs, which get the chair without a name. Raises as `ask`.
    """
    from sensor.settings.chairs import listed, units  # noqa: PLC0415
    from sensor.status.client import NobodyAnswersError, ask  # noqa: PLC0415

    one, *others = units()
    if not others:
        return [ask()]
    answers: list[Answer] = []
    for unit in [one] if only_one else [one, *others]:
        try:
            answers.append(ask(unit=unit))
        except ChairSensorError as error:
            if unit.chair or not isinstance(error, NobodyAnswersError):
                print(f"chair-sensor: {error}", file=sys.stderr)  # noqa: T201
    if not answers:
        raise ChairSensorError("no daemon answers", fix=f"say which: --chair NAME ({listed()})")
    return answers
