"""`chair-sensor status`: what the running daemon thinks now, on this machine, without MQTT."""

import argparse
import json
from pathlib import Path

from sensor.terminal import streams


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chair-sensor status`."""
    parser.add_argument("--json", action="store_true", help="all that the daemon tells, as JSON")
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="that of a daemon started by hand with --set state_dir=DIR",
    )
    parser.set_defaults(command=_status)


def _status(options: argparse.Namespace) -> None:
    from sensor.status.client import ask  # noqa: PLC0415  (only this command needs them)
    from sensor.status.text import lines  # noqa: PLC0415

    answer = ask(*([options.state_dir.absolute()] if options.state_dir else []))
    if options.json:
        told = json.dumps(answer, indent=2, ensure_ascii=False)
        print(told, file=streams.for_programs())
    else:
        print("\n".join(lines(answer)))  # noqa: T201
