"""Benchmarks: `python -m tests.bench [GROUP...]` from the root of the repository; all if none.

usage    wake-ups, processor and memory of the daemon at its daily work, beside the others
start    from the command to the first message: time, processor, modules, instructions
latency  from an edge of the mat's pin to a message, and to a silent buzzer
counted  what does not depend on the machine: modules, instructions, messages, calls, syncs of ours
traffic  messages, bytes, and writes to the disk of a working day
faults   what is known after a broker's outage, and the buzzer's beat in a flood of messages
speed    simulated time per second, memory after a simulated year
fleet    how many chairs one mosquitto takes, and how long they need when it was restarted
report   processor time of a report, and size of the database, after one to ten years

Every row is one run: chair-sensor, mqtt-io with its gpiozero module, and a bare script on gpiozero
and paho as the floor. They need Linux and mosquitto; mqtt-io is installed in an environment of
its own on first use; strace and valgrind add rows where they are installed. Processor time,
context switches and instructions are counted rather than wall time, so that a busy machine
disturbs them little; latency is the exception: let nothing else run. Only what is `counted` is
tested, against limits. Each run is written to a file of its own with the commit, and shown
beside the newest earlier figures of this machine.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import (
    counted,
    faults,
    fleet,
    latency,
    report,
    speed,
    stage,
    start,
    table,
    traffic,
    usage,
)
from tests.bench.table import Row

QUIET = 0.3
"""Load, the mean of a minute, above which latency is not to be believed."""


def main() -> None:
    """Run what was asked for."""
    options = _parser().parse_args()
    groups: dict[str, Callable[[], list[Row]]] = {
        "usage": lambda: usage.measure(seconds=options.seconds, venvs=options.venvs),
        "start": lambda: start.measure(runs=options.runs, venvs=options.venvs),
        "latency": lambda: latency.measure(edges=options.edges, venvs=options.venvs),
        "counted": counted.measure,
        "traffic": lambda: traffic.measure(venvs=options.venvs),
        "faults": lambda: faults.measure(venvs=options.venvs),
        "speed": lambda: speed.measure(runs=options.runs),
        "fleet": lambda: fleet.measure(seconds=options.seconds),
        "report": lambda: report.measure(runs=options.runs),
    }
    unknown = set(options.groups) - set(groups)
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(groups)}")
    run = _run()
    if run["load"] > QUIET:
        print(f"the machine is not quiet, its load is {run['load']:.1f}", file=sys.stderr)  # noqa: T201
    earlier = _earlier(options.results, run)
    options.results.mkdir(exist_ok=True)
    every = []
    for _ in range(options.times):
        every.append([row for group in options.groups or groups for row in groups[group]()])
        text = table.as_json(run, every[-1])
        stamp = run["began"].translate({ord(sign): None for sign in "-:"})
        (options.results / f"{stamp}-{run['commit'][:12]}.json").write_text(text, "utf-8")
        if options.json:
            sys.stdout.write(text)
        run = _run()
    if not options.json:
        table.show(table.middle(every), earlier)


def _parser() -> argparse.ArgumentParser:
    assert __doc__
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("groups", nargs="*", metavar="GROUP")
    parser.add_argument("--times", type=int, default=1, help="whole runs; shown is the middle one")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seconds", type=float, default=60, help="usage, fleet: how long to look")
    parser.add_argument("--runs", type=int, default=5, help="speed, start, report: how often")
    parser.add_argument("--edges", type=int, default=300, help="latency: of each mat")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path(".bench"),
        help="folder of the results, a file for each run (default: %(default)s)",
    )
    parser.add_argument(
        "--venvs",
        type=Path,
        default=Path(".venv-bench"),
        help="where mqtt-io is installed (default: %(default)s)",
    )
    return parser


def _run() -> dict[str, Any]:
    """Say what is measured, on what, and how busy that is."""
    git = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    commit = subprocess.run(git, cwd=stage.ROOT, capture_output=True, text=True, check=False)
    return {
        "commit": commit.stdout.strip() or "unknown",
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "name": platform.node(),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
        },
        "load": os.getloadavg()[0],
    }


def _earlier(results: Path, run: dict[str, Any]) -> table.Earlier:
    """Return the newest figure of each row that this machine has measured."""
    found: dict[tuple[str, str], float] = {}
    for file in sorted(results.glob("*.json")):
        of, figures = table.read(file)
        if of["machine"] == run["machine"]:
            found |= figures
    return found


if __name__ == "__main__":
    main()
