"""`chair-sensor export | import | forget`: copies, adds to and deletes the history."""

import argparse
import math
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sensor.commands.parser import Parser
from sensor.errors import ChairSensorError, SettingsError
from sensor.terminal import streams
from sensor.terminal.dialogue import agreed, loaded, say

PERIODS = "as for `report`"


def add(
    commands: "argparse._SubParsersAction[Parser]",
    new_command: Callable[..., Parser],
) -> None:
    """Add the commands; `new_command` is that of `main.py`."""
    parser = new_command(
        commands,
        "export",
        "write the raw history as JSON or CSV",
        "JSON goes to standard output, or where --output says. CSV, a file for each table, goes "
        "into a folder. `import` reads both.",
        example="sudo chair-sensor export --output history.json",
    )
    parser.add_argument("period", nargs="?", default="all", metavar="PERIOD", help=PERIODS)
    parser.add_argument("--csv", action="store_true", help="a folder of CSV files; needs --output")
    parser.add_argument("--output", type=Path, metavar="FILE|DIR", help="write it there")
    parser.add_argument(
        "--anonymise",
        action="store_true",
        help="move all to the year 2000 by whole weeks, and number the ids",
    )
    parser.set_defaults(command=_export)
    parser = new_command(
        commands,
        "import",
        "add what `export` has written to the history",
        "Rows that are there already are not added again. Where there is no history yet, it "
        "begins one: on a new Pi, or on a laptop to look at it there.",
        example="chair-sensor import history.json",
    )
    parser.add_argument("source", type=Path, metavar="FILE|DIR")
    parser.set_defaults(command=_import)
    parser = new_command(
        commands,
        "forget",
        "delete a period from the history, or all of it",
        "What is deleted is overwritten on disk and cannot be brought back.",
        example="sudo chair-sensor forget 2026-03-02",
    )
    parser.add_argument("period", metavar="PERIOD", help=f"{PERIODS}; all: everything")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(command=_forget)


def _export(options: argparse.Namespace) -> None:
    from sensor.storage import output  # noqa: PLC0415
    from sensor.storage.exchange import NAMES, Export  # noqa: PLC0415
    from sensor.storage.history import reading  # noqa: PLC0415

    if options.csv and options.output is None:
        raise SettingsError("--csv writes several files; name a folder with --output")
    path, start, end = _asked_for(options)
    with reading(path) as connection:
        export = Export(connection, start, end, anonymise=options.anonymise)
        if options.csv:
            output.make(options.output)
            for name, table in NAMES.items():
                output.write(options.output / f"{name}.csv", export.csv(table))
        elif options.output is not None:
            output.write(options.output, export.json())
        else:
            streams.for_programs().writelines(export.json())
    if options.output is not None:
        say(f"wrote {export.written} rows to {options.output}")
    for count, why in (
        (export.left_out.damaged, "cannot be true"),
        (export.left_out.overlapping, "share time with another, as after a clock was put back"),
    ):
        if count:
            print(f"left out {count} rows that {why}", file=sys.stderr)  # noqa: T201


def _import(options: argparse.Namespace) -> None:
    from sensor.storage.exchange import imported, read_file  # noqa: PLC0415
    from sensor.storage.paths import database_to_write  # noqa: PLC0415

    with database_to_write(loaded(options)) as path:
        added, given = imported(path, read_file(options.source), options.source)
    say(f"added {added} of {given} rows to {path}")


def _forget(options: argparse.Namespace) -> None:
    from sensor.storage.forgetting import forget  # noqa: PLC0415
    from sensor.storage.lock import is_held  # noqa: PLC0415

    path, start, end = _asked_for(options)
    what = "the whole history" if end == math.inf else f"the history of {options.period}"
    question = f"Delete {what} in {path}?"
    if not options.yes and not agreed(question, otherwise="say --yes to delete without asking"):
        raise ChairSensorError("nothing was deleted")
    gone = forget(path, start, end, now=time.time(), runs=is_held(path.parent))
    say(f"deleted {gone} rows")
    if end == math.inf:
        for aside in sorted(path.parent.glob(f"{path.name}.unreadable-*")):
            say(f"still there, from a damaged database: {aside}")


def _asked_for(options: argparse.Namespace) -> tuple[Path, float, float]:
    """Return the database, and from when to when; without end for `all`."""
    from sensor.report.days import Almanac, read_period  # noqa: PLC0415
    from sensor.storage.paths import existing_database  # noqa: PLC0415

    config = loaded(options)
    rules = config.rules()
    almanac = Almanac(rules.day_starts, rules.timezone)
    today = almanac.day(datetime.now(rules.timezone).timestamp())
    period = read_period(options.period, today, today)
    path = existing_database(config)
    if options.period.strip().lower() == "all":
        return path, -math.inf, math.inf
    return path, *almanac.span(period)
