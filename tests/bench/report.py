"""How long a report takes, and how large its database is, after one year of sitting and after ten.

The first year is lived by the real daemon on a simulated chair: the random office worker, five days
a week. The years before it are that one again, 52 weeks earlier: what a report reads is rows.
Processor time is that of the public command, start included; the quickest of the runs counts.
"""

import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor.settings.loading import load
from sensor.simulator.simulation import World
from sensor.simulator.sitter import office
from sensor.storage.tables import TABLES
from tests.bench import stage
from tests.bench.table import Row

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""
WEEKS = 52
YEAR = WEEKS * 7 * 86400
YEARS = (1, 2, 5, 10)
FORMS = {
    "terminal": [],
    "--json": ["--json"],
    "--csv": ["--csv"],
    "--html": ["--html", "page.html"],
}


def measure(*, runs: int) -> list[Row]:
    """Report on all there is, in every form, after so many years."""
    rows = []
    with TemporaryDirectory(prefix="bench-report-") as name:
        folder = Path(name)
        database = live_a_year(folder)
        for years, before in zip(YEARS, (1, *YEARS), strict=False):
            lengthen(database, range(before, years))
            title = "a year" if years == 1 else f"{years} years"
            size = database.stat().st_size / 1e6 / years
            rows.append(Row(f"history of {title}", "MB a year", size))
            rows += [
                Row(f"report all, {title}, {form}", "CPU s", _took(folder, options, runs))
                for form, options in FORMS.items()
            ]
    return rows


def live_a_year(folder: Path) -> Path:
    """Let an office worker sit on the chair for a year; return the database."""
    config = load(overrides=["chair.id=bench", "chair.timezone=UTC"], environ={})
    steps = office(seed=1, days=WEEKS * 5, start=BEGIN)
    world = World(config=config, steps=steps, wall_start=BEGIN.timestamp(), state_dir=folder)
    world.run()
    return folder / "chair-sensor.db"


def lengthen(database: Path, more: range) -> None:
    """Put the year before itself again, so many years earlier."""
    with closing(sqlite3.connect(database)) as connection, connection:
        begin = BEGIN.timestamp()
        for earlier in more:
            for table in TABLES.values():
                moved = [
                    f"{name} - {earlier * YEAR}" if name in table.moments else name
                    for name in table.names
                ]
                connection.execute(
                    f"INSERT INTO {table.name} ({', '.join(table.names)}) "  # noqa: S608
                    f"SELECT {', '.join(moved)} FROM {table.name} WHERE {table.first} >= {begin}",
                )
            connection.execute(
                "UPDATE watch SET ended_at = (SELECT wall FROM checkpoint) - ? "
                "WHERE ended_at IS NULL AND started_at < ?",
                (earlier * YEAR, begin),
            )


def _took(folder: Path, options: list[str], runs: int) -> float:
    """Return the seconds of processor of the quickest run; one more before it compiles bytecode."""
    command = [sys.executable, "-m", "sensor", "report", "all", *options]
    settings = ["--set", f"state_dir={folder}", "--set", "chair.timezone=UTC"]
    took = []
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [*command, *settings],
            env=stage.installed({}),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(took)
