"""What can be counted: the same on a busy machine, so that a test can hold it against limits.

Modules, instructions and memory of the start; messages, bytes, turns of the loop and function
calls of a simulated day; what it writes to the disk and how often it syncs. Nothing is timed.
"""

import cProfile
import io
import pstats
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor.daemon.ports import Observer
from sensor.simulator.simulation import World
from tests.bench import stage, start, traffic
from tests.bench.table import Row
from tests.play import Play

RESIDENT = "import sensor.app, sensor.mqtt.client, sensor.hardware.pins, sensor.status.server"
MEMORY = (
    f"{RESIDENT}, gc, tracemalloc; gc.collect(); print(tracemalloc.get_traced_memory()[0] // 1000)"
)
EXECUTED = {
    "settings checked": ["-m", "sensor", "check-config"],
    "resident, imported": ["-c", RESIDENT],
}


class Turns(Observer):
    """Counts the turns of the loop. Where somebody does, a simulation spares the daemon none."""

    count = 0

    def turned(self, _at: float) -> None:
        """Count one."""
        self.count += 1


def measure() -> list[Row]:
    """Count all of it, with the tools that are there."""
    with TemporaryDirectory(prefix="bench-counted-") as name:
        folder = Path(name)
        rows = started(folder)
        if shutil.which("valgrind"):
            rows += [instructions(what, folder) for what in EXECUTED]
        for day in traffic.DAYS:
            rows += lived(day, folder)
            if shutil.which("strace"):
                rows += written(day, folder)
        return rows


def started(folder: Path) -> list[Row]:
    """Count what `run` imports, and what of it stays in memory."""
    with stage.mosquitto(folder) as port:
        imported = start.modules(stage.chair(port, folder), port, folder)
    return [
        Row("start", "modules", imported),
        Row("resident, imported", "KB allocated", _asked("-X", "tracemalloc", "-c", MEMORY)),
    ]


def instructions(what: str, folder: Path) -> Row:
    """Count what a part of the start executes, under valgrind; nothing in it waits for others."""
    return Row(what, "10^9 instr.", start.collected([sys.executable, *EXECUTED[what]], folder))


def lived(day: str, folder: Path) -> list[Row]:
    """Count what the daemon says and does on a simulated day."""
    said = traffic.messages(traffic.records(day, folder))
    calls, turns = _calls(day, folder)
    return [
        Row(f"{day}, 8 h", "messages", len(said)),
        Row(f"{day}, 8 h", "KB sent", traffic.kilobytes(said)),
        Row(f"{day}, 8 h", "turns of the loop", turns),
        Row(f"{day}, 8 h", "10^3 calls", calls / 1000),
    ]


def written(day: str, folder: Path) -> list[Row]:
    """Count what a simulated day writes to the database, under strace."""
    found = traffic.written(day, folder)
    return [
        Row(f"{day}, 8 h", "KB written", found["bytes"] / 1000),
        Row(f"{day}, 8 h", "syncs", found["syncs"]),
    ]


def _calls(day: str, folder: Path) -> tuple[int, int]:
    """Live a day; return how many functions were called, and how often the loop turned."""
    script = (stage.SCRIPTS / f"{day}.txt").read_text("utf-8")
    turns = Turns()
    with TemporaryDirectory(dir=folder) as state, ExitStack() as stack:
        world: World = Play(Path(state), script).world
        world.observers.append(turns)
        profile = stack.enter_context(cProfile.Profile())
        world.run()
        profile.disable()
    stats = pstats.Stats(profile, stream=io.StringIO())
    return stats.total_calls, turns.count  # type: ignore[attr-defined]


def _asked(*arguments: str) -> int:
    """Ask an interpreter of its own for a number."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=stage.ROOT,
        env=stage.installed({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(ran.stdout)
