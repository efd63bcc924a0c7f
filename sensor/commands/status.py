"""`chair-sensor status`: the current state of the daemon on this machine, without MQTT."""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from sensor.terminal import streams


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chair-sensor status`."""
    parser.add_argument(
        "--json", action="store_true", help="the whole answer of the daemon, as JSON"
    )
    place = parser.add_mutually_exclusive_group()
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
    parser.set_defaults(command=_status)


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


def _status(options: argparse.Namespace) -> None:
    from sensor.status.client import ask  # noqa: PLC0415  (only this command needs them)
    from sensor.status.text import lines  # noqa: PLC0415

    answer = ask(*([options.state_dir.absolute()] if options.state_dir else []))
    if options.json:
        told = json.dumps(answer, indent=2, ensure_ascii=False)
        print(told, file=streams.for_programs())
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print("\n".join(lines(answer, width)))  # noqa: T201
