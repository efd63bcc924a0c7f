"""How fast the simulator is, through the public command, and what a long run leaves in memory.

Speed is simulated days per second on the processor, user and system, without the start. The
quickest run counts: whatever else a machine does can only add.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import stage
from tests.bench.table import Row

WORKING_DAYS = 250


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command."""

    cpu: float
    wall: float
    peak: float
    """MB."""
    records: int


def measure(*, runs: int) -> list[Row]:
    """Run every script so often."""
    with TemporaryDirectory(prefix="bench-speed-") as name:
        folder = Path(name)
        nothing = _script(folder, "nothing", "0:00 end\n")
        _simulate(nothing, folder)  # bytecode is compiled
        start = min((_simulate(nothing, folder) for _ in range(5)), key=lambda run: run.cpu)
        chatter = _script(folder, "chatter", "0:00:01 chatter 8h 50%\n8:00:02 end\n")
        days = {
            "workday, 8 h": ("workday", 1 / 3),
            "fidgety, 8 h": ("fidgety", 1 / 3),
            "8 h of chatter": (chatter, 1 / 3),
            f"{WORKING_DAYS} working days": (_script(folder, "year", _year()), WORKING_DAYS),
        }
        rows = [Row("simulate, nothing at all", "CPU s", start.cpu)]
        for title, (script, length) in days.items():
            best = min((_simulate(script, folder) for _ in range(runs)), key=lambda run: run.cpu)
            cpu = max(0.001, best.cpu - start.cpu)
            rows.append(Row(f"simulate {title}", "days / CPU s", length / cpu, more_is_better=True))
            more = best.peak - start.peak
            rows.append(Row(f"simulate {title}", "MB more at its peak", more))
        return rows


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


def _year() -> str:
    """Put one ready working day after the other, 24 hours apart."""
    lines = (stage.SCRIPTS / "workday.txt").read_text().splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    text = []
    for day in range(WORKING_DAYS):
        for moment, action in steps:
            hours, rest = moment.split(":", maxsplit=1)
            if action != "end":
                text.append(f"{int(hours) + 24 * day}:{rest} {action}")
    return "\n".join([*text, f"{24 * WORKING_DAYS}:00:00 end", ""])
