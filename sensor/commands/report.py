"""`chair-sensor report`: the sitting time of a day, a week, any period; it only reads."""

import argparse
import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from sensor.commands.parser import Parser
from sensor.errors import ChairSensorError, SettingsError
from sensor.report.days import NAMES
from sensor.terminal import streams
from sensor.terminal.dialogue import loaded, say, to_add

if TYPE_CHECKING:
    from sensor.report.report import Report


def add(
    commands: "argparse._SubParsersAction[Parser]",
    new_command: Callable[..., Parser],
) -> None:
    """Add `chair-sensor report`; `new_command` is that of `main.py`."""
    parser = new_command(
        commands,
        "report",
        "show the sitting time of a day, a week, any period",
        f"PERIOD is {', '.join(NAMES)}; or 2026-03-02, 2026-W10, 2026-03, 2026 or "
        "2026-03-01..2026-03-14. It only reads, also while the daemon runs. The history of the "
        "systemd unit may only be read by root.",
        example="sudo chair-sensor report week --html week.html",
    )
    parser.add_argument(
        "period", nargs="?", metavar="PERIOD", help="which days (default: today; --demo: week)"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="show a simulated office worker, not this chair",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything, for programs")
    form.add_argument("--csv", action="store_true", help="a line for each day, for spreadsheets")
    form.add_argument(
        "--html",
        type=Path,
        metavar="FILE|DIR",
        help="one page with pictures, to keep or to print; in a folder it is named after its days",
    )
    parser.add_argument(
        "--open", action="store_true", help="show the page in the browser; without --html a new one"
    )
    parser.set_defaults(command=_report)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Switch garbage collection off: on a long history it takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def _report(options: argparse.Namespace) -> None:
    if options.open and (options.json or options.csv):
        raise SettingsError("--open shows a page; leave out --json and --csv")
    if options.demo and any(text.partition("=")[0].strip() == "state_dir" for text in options.set):
        raise SettingsError("--demo has a history of its own; leave out --set state_dir")
    report = _of_a_demo(options) if options.demo else _of_this_chair(options)
    if options.json or options.csv:
        from sensor.report.data import as_csv, as_json  # noqa: PLC0415

        streams.for_programs().write(as_csv(report) if options.csv else as_json(report) + "\n")
    elif options.html is not None or options.open:
        _write_page(report, options.html, in_browser=options.open)
    else:
        _show(report)


def _of_this_chair(options: argparse.Namespace) -> "Report":
    from sensor.report.kept import compiled_from  # noqa: PLC0415
    from sensor.storage.in_force import in_force  # noqa: PLC0415
    from sensor.storage.paths import existing_database  # noqa: PLC0415

    config, _, _, problems = in_force(loaded(options))
    for problem in problems:
        print(f"chair-sensor: {problem}", file=sys.stderr)  # noqa: T201
    period = options.period or "today"
    now = datetime.now(config.rules().timezone).timestamp()
    return compiled_from(config, period, partial(existing_database, config), now)


def _of_a_demo(options: argparse.Namespace) -> "Report":
    """Report on a simulated office worker, as of the second Friday evening."""
    from sensor.report.kept import compiled_from  # noqa: PLC0415
    from sensor.settings.loading import load_with_origins  # noqa: PLC0415
    from sensor.simulator.simulate import named, office_weeks  # noqa: PLC0415
    from sensor.storage.paths import DATABASE  # noqa: PLC0415

    with TemporaryDirectory(prefix="chair-sensor-") as folder:
        given = load_with_origins(config_file=options.config, overrides=options.set)
        config, now = office_weeks(named(given), Path(folder), days=10)
        return compiled_from(config, options.period or "week", lambda: Path(folder, DATABASE), now)


def _show(report: "Report") -> None:
    from sensor.report.terminal import TextReport  # noqa: PLC0415

    # A file or a pipe gets what fits on a page.
    width = shutil.get_terminal_size((100, 24)).columns
    for line in TextReport(width, streams.spelled, colour=streams.has_colours()).lines(report):
        say(line)


def _write_page(report: "Report", output: Path | None, *, in_browser: bool) -> None:
    try:
        from sensor.report.page import named, page  # noqa: PLC0415
    except ModuleNotFoundError as error:
        advice = f"{to_add('matplotlib', 'jinja2')}; or use --json or --csv"
        raise ChairSensorError(f"the page needs {error.name}: {advice}") from None
    from sensor.storage.output import write  # noqa: PLC0415

    if output is None:
        output = Path(mkdtemp(prefix="chair-sensor-"))
    if output.is_dir():
        output = output / named(report.period)
    write(output, [page(report, beside=output.parent)])
    say(f"wrote {output}")
    if in_browser:
        import webbrowser  # noqa: PLC0415

        if not webbrowser.open(output.absolute().as_uri()):
            raise ChairSensorError(f"no browser could be started; open {output} yourself")
