"""From the command to the first `online` at the broker: time, processor, modules, instructions.

Ours is the whole of `chair-sensor run`, which reads and checks its settings.
"""

import re
import shutil
import subprocess
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import stage
from tests.bench.measure import cpu_seconds
from tests.bench.table import Row

CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
PARTS = ("ours", "peer", "floor")


def measure(*, runs: int, venvs: Path) -> list[Row]:
    """Start each so often, in turn; the quickest start counts, for a machine can only add."""
    walls: dict[str, list[float]] = {name: [] for name in PARTS}
    cpus: dict[str, list[float]] = {name: [] for name in PARTS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-start-")))
        port = stack.enter_context(stage.mosquitto(folder))
        parts = {
            "ours": stage.chair(port, folder),
            "peer": stage.mqtt_io(port, folder, venvs, driven=False),
            "floor": stage.bare(port),
        }
        for number in range(runs + 1):
            for name, part in parts.items():
                wall, cpu = _start(part, port, folder)
                if number:  # the first one compiles bytecode
                    walls[name].append(wall)
                    cpus[name].append(cpu)
        imported = {name: modules(part, port, folder) for name, part in parts.items()}
        rows = [
            Row("cold start", "s", *(min(walls[name]) for name in PARTS)),
            Row("cold start", "CPU s", *(min(cpus[name]) for name in PARTS)),
            Row("cold start", "modules", *(imported[name] for name in PARTS)),
        ]
        if shutil.which("valgrind"):
            counted = {name: _instructions(part, port, folder) for name, part in parts.items()}
            rows.append(Row("cold start", "10^9 instr.", *(counted[name] for name in PARTS)))
        return rows


def _start(part: stage.Part, port: int, folder: Path) -> tuple[float, float]:
    """Return seconds on the clock and on the processor until it is there."""
    with ExitStack() as stack:
        listener = stage.Listener(port)
        began = time.monotonic()
        pid = stage.start(part, stack, folder, listener)
        took = time.monotonic() - began, cpu_seconds(pid)
        listener.close()
    return took


def modules(part: stage.Part, port: int, folder: Path) -> float:
    """Count what is imported until it is there."""
    told = {**part.environment, "PYTHONPROFILEIMPORTTIME": "1"}
    _start(replace(part, environment=told), port, folder)
    return (folder / f"{part.name}.log").read_text().count("import time: ") - 1  # its heading


def _instructions(part: stage.Part, port: int, folder: Path) -> float:
    """Count what is executed from the start until it is there and has been ended again."""
    _start(replace(part, command=[*CALLGRIND, *part.command]), port, folder)
    return _counted((folder / f"{part.name}.log").read_text())


def collected(command: list[str], folder: Path) -> float:
    """Count what a command executes, in 10^9 instructions."""
    ran = subprocess.run(
        [*CALLGRIND, *command],
        cwd=folder,
        env=stage.installed({"PYTHONHASHSEED": "0"}),
        capture_output=True,
        text=True,
        check=True,
    )
    return _counted(ran.stderr)


def _counted(log: str) -> float:
    found = re.findall(r"Collected : (\d+)", log)
    return sum(map(int, found)) / 1e9
