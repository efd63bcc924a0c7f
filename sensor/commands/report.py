"""`chair-sensor report`: what was sat today, in a week, in any period; it only reads."""

import argparse
import gc
import math
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sensor.errors import ChairSensorError, SettingsError
from sensor.terminal import streams
from sensor.terminal.dialogue import loaded, say, to_add

if TYPE_CHECKING:
    from sensor.report.report import Report
    from sensor.settings.config import Config


def add_report(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    new_command: Callable[..., argparse.ArgumentParser],
) -> None:
    """Add `chair-sensor report`; `new_command` is that of `main.py`."""
    parser = new_command(
        commands,
        "report",
        "show what was sat: today, a week, any period",
        "PERIOD is today, yesterday, week, last-week, month, year, all;\n"
        "or 2026-03-02, 2026-W10, 2026-03, 2026 or 2026-03-01..2026-03-14.\n"
        "It looks at the history while the daemon runs. That of the unit may only be read by root.",
    )
    parser.add_argument("period", nargs="?", default="today", metavar="PERIOD")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything, for programs")
    form.add_argument("--csv", action="store_true", help="a line for each day, for spreadsheets")
    form.add_argument(
        "--html", type=Path, metavar="FILE", help="one page with pictures, to keep or to print"
    )
    parser.set_defaults(command=_report)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no garbage be looked for: a hundred thousand rows are none, and it takes a third."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def _report(options: argparse.Namespace) -> None:
    from sensor.storage.in_force import in_force  # noqa: PLC0415

    config, _, _, problems = in_force(loaded(options))
    for problem in problems:
        print(f"chair-sensor: {problem}", file=sys.stderr)  # noqa: T201
    report = _compiled(config, options.period)
    if options.json or options.csv:
        from sensor.report.data import as_csv, as_json  # noqa: PLC0415

        streams.for_programs().write(as_csv(report) if options.csv else as_json(report) + "\n")
    elif options.html is not None:
        _write_page(report, options.html)
    else:
        _show(report)


def _compiled(config: "Config", text: str) -> "Report":
    from sensor.report.days import Almanac, read_period  # noqa: PLC0415
    from sensor.report.report import compiled, needed  # noqa: PLC0415
    from sensor.storage.history import began, read  # noqa: PLC0415
    from sensor.storage.paths import existing_database  # noqa: PLC0415

    rules = config.rules()
    almanac = Almanac(rules.day_starts, rules.timezone)
    now = datetime.now(rules.timezone).timestamp()
    path = existing_database(config)
    today, first = almanac.day(now), began(path)
    period = read_period(text, today, almanac.day(first) if first is not None else today)
    if period.first > today:
        raise SettingsError(f"{text!r} is still to come; today is {today}")
    try:
        since, until = needed(period, almanac)
    except (OverflowError, ValueError):
        since, until = -math.inf, math.inf
    history = read(path, since=since, until=until, zone=rules.timezone)
    return compiled(
        history,
        period,
        almanac,
        rules,
        now=now,
        chair_name=config.chair.name,
        language=config.language,
        with_self_checks=config.self_check,
    )


def _show(report: "Report") -> None:
    from sensor.report.terminal import TextReport  # noqa: PLC0415

    # A file or a pipe gets what fits on a page.
    width = shutil.get_terminal_size((100, 24)).columns
    for line in TextReport(width, streams.spelled, colour=streams.has_colours()).lines(report):
        say(line)


def _write_page(report: "Report", output: Path) -> None:
    try:
        from sensor.report.page import page  # noqa: PLC0415
    except ModuleNotFoundError as error:
        advice = f"{to_add('matplotlib', 'jinja2')}; or use --json or --csv"
        raise ChairSensorError(f"the page needs {error.name}: {advice}") from None
    from sensor.storage.output import write  # noqa: PLC0415

    write(output, [page(report)])
    say(f"wrote {output}")
