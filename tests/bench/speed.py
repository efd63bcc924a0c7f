"""How fast the simulator is, through the public command, and what a long run leaves in memory.

Speed is simulated seconds per second on the processor, user and system, without the start. The
quickest run counts: whatever else a machine does can only add.
"""

import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage, tables

HOUR = 3600
WORKING_DAYS = 250
READY_SCRIPTS = stage.ROOT / "sensor" / "simulator" / "scripts"
HEADINGS = (
    "",
    "simulated h",
    "CPU s",
    "simulated s / CPU s",
    "wall s",
    "peak RSS MB",
    "records",
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command."""

    cpu: float
    wall: float
    peak: float
    """MB."""
    records: int


def measure(*, runs: int) -> dict[str, Any]:
    """Run every script so often."""
    with TemporaryDirectory(prefix="bench-speed-") as name:
        folder = Path(name)
        nothing = _script(folder, "nothing", "0:00 end\n")
        _simulate(nothing, folder)  # bytecode is compiled
        start = [_simulate(nothing, folder) for _ in range(5)]
        start_cpu = min(run.cpu for run in start)
        scripts = {
            "fidgety, 8 h": ("fidgety", 8.0),
            "workday, 8 h": ("workday", 8.0),
            "8 h of chatter": (_script(folder, "chatter", _chatter()), 8.0),
            f"{WORKING_DAYS} working days": (_script(folder, "year", _year()), _year_hours()),
        }
        return {
            "start_up": {
                "cpu": round(statistics.median(run.cpu for run in start), 3),
                "wall": round(statistics.median(run.wall for run in start), 3),
                "peak": round(statistics.median(run.peak for run in start), 1),
            },
            "scripts": {
                title: _summary([_simulate(script, folder) for _ in range(runs)], hours, start_cpu)
                for title, (script, hours) in scripts.items()
            },
        }


def _summary(runs: list[Run], hours: float, start_cpu: float) -> dict[str, float]:
    cpu = max(0.001, min(run.cpu for run in runs) - start_cpu)
    return {
        "hours": hours,
        "cpu": round(cpu, 3),
        "speed": round(hours * HOUR / cpu),
        "wall": round(statistics.median(run.wall for run in runs), 2),
        "peak": round(max(run.peak for run in runs), 1),
        "records": runs[0].records,
    }


def _simulate(script: str, folder: Path) -> Run:
    """Run the command; its own use of the machine is what the kernel says when it has ended."""
    records = folder / "records.jsonl"
    command = [sys.executable, "-m", "sensor", "simulate", "--script", script, "--jsonl", records]
    began = os.times().elapsed
    with (folder / "log").open("w") as log:
        process = os.posix_spawn(
            sys.executable,
            [str(word) for word in command],
            stage.installed({}),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ],
        )
        _, status, used = os.wait4(process, 0)
    if status:
        sys.exit(f"{' '.join(map(str, command))}\n{(folder / 'log').read_text()}")
    with records.open() as lines:
        number = sum(1 for _ in lines)
    return Run(
        cpu=used.ru_utime + used.ru_stime,
        wall=os.times().elapsed - began,
        peak=used.ru_maxrss / 1024,
        records=number,
    )


def _script(folder: Path, name: str, text: str) -> str:
    file = folder / f"{name}.txt"
    file.write_text(text)
    return str(file)


def _chatter() -> str:
    return "0:00:01 chatter 8h 50%\n8:00:02 end\n"


def _year() -> str:
    """Put one ready working day after the other, 24 hours apart."""
    lines = (READY_SCRIPTS / "workday.txt").read_text().splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    text = []
    for day in range(WORKING_DAYS):
        for moment, action in steps:
            hours, rest = moment.split(":", maxsplit=1)
            if action != "end":
                text.append(f"{int(hours) + 24 * day}:{rest} {action}")
    return "\n".join([*text, f"{24 * WORKING_DAYS}:00:00 end", ""])


def _year_hours() -> float:
    return 24.0 * WORKING_DAYS


def show(result: dict[str, Any]) -> None:
    """Print the tables."""
    start = result["start_up"]
    tables.show(
        "Start-up alone (median of 5)",
        ("", "CPU s", "wall s", "peak RSS MB"),
        [["a script that ends at once", start["cpu"], start["wall"], start["peak"]]],
    )
    columns = ("hours", "cpu", "speed", "wall", "peak", "records")
    tables.show(
        "Simulation",
        HEADINGS,
        [[title, *(row[column] for column in columns)] for title, row in result["scripts"].items()],
    )
