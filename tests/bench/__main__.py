"""Benchmarks: `python -m tests.bench idle | speed | latency` from the root of the repository.

idle     wake-ups, CPU and memory of the waiting daemon, beside mqtt-io and a bare script
speed    simulated time per second, start-up, memory after a simulated year
latency  from an edge of the mat's pin to a message, and to a silent buzzer

They need Linux and mosquitto; mqtt-io is installed in an environment of its own on first use.
Processor time and context switches are counted rather than wall time, so a busy machine disturbs
them little; latency is the exception: let nothing else run. Nothing here is a test.
"""

import argparse
import os
import platform
from pathlib import Path
from typing import Any

from tests.bench import idle, latency, speed, tables


def main() -> None:
    """Run what was asked for."""
    options = _parser().parse_args()
    modules = {"idle": idle, "speed": speed, "latency": latency}
    result: dict[str, Any]
    match options.benchmark:
        case "idle":
            result = idle.measure(seconds=options.seconds, venvs=options.venvs)
        case "speed":
            result = speed.measure(runs=options.runs)
        case _:
            result = latency.measure(edges=options.edges, venvs=options.venvs)
    if options.json:
        tables.show_json({"machine": _machine(), options.benchmark: result})
    else:
        modules[options.benchmark].show(result)


def _parser() -> argparse.ArgumentParser:
    assert __doc__
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("benchmark", choices=("idle", "speed", "latency"))
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seconds", type=float, default=120, help="idle: how long to look")
    parser.add_argument("--runs", type=int, default=5, help="speed: of each script")
    parser.add_argument("--edges", type=int, default=300, help="latency: of each mat")
    parser.add_argument(
        "--venvs",
        type=Path,
        default=Path(".venv-bench"),
        help="where mqtt-io is installed (default: %(default)s)",
    )
    return parser


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    main()
