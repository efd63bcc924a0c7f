"""What waiting costs: the daemon beside its peers, on one broker, with nothing happening.

Somebody sits on the chair and no alert is due, which is how most hours go.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage, tables
from tests.bench.measure import Usage, Watch

SETTLE = 10
"""Seconds between the last start and the first look."""
COLUMNS = ("wakeups", "cpu", "rss", "pss", "private", "threads")
HEADINGS = ("", "wake-ups/s", "CPU ms/s", "RSS MB", "PSS MB", "private MB", "threads")


def measure(*, seconds: float, venvs: Path) -> dict[str, Any]:
    """Run all side by side and look at them for so long."""
    with _all_at_work(venvs):
        pass  # bytecode is compiled now; compiling would leave its marks in memory
    with _all_at_work(venvs) as pids:
        time.sleep(SETTLE)
        watches = {name: Watch(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        usages = {name: watch.usage() for name, watch in watches.items()}
    return _result(seconds, usages)


@contextmanager
def _all_at_work(venvs: Path) -> Iterator[dict[str, int]]:
    """Start a broker and all who take part; gives their process ids by name."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-idle-")))
        port = stack.enter_context(stage.mosquitto(folder))
        listener = stage.Listener(port)
        parts = [
            stage.chair(port, folder),
            stage.chair(port, folder, name="chair-sensor with pydantic", pydantic=True),
            stage.mqtt_io(port, folder, venvs, driven=False),
            stage.bare(port),
        ]
        pids = {part.name: _start(part, stack, folder, listener) for part in parts}
        listener.close()
        yield pids


def _start(part: stage.Part, stack: ExitStack, folder: Path, listener: stage.Listener) -> int:
    log = folder / f"{part.name}.log"
    process = stack.enter_context(stage.running(part.command, part.environment, log))
    listener.wait_for(lambda topic, _payload: topic == part.ready_topic)
    return int(process.pid)


def _result(seconds: float, usages: dict[str, Usage]) -> dict[str, Any]:
    ours, _, *peers = usages
    return {
        "seconds": seconds,
        "usage": {name: usage.as_json() for name, usage in usages.items()},
        "ratio": {
            peer: {
                column: round(getattr(usages[ours], column) / getattr(usages[peer], column), 3)
                for column in COLUMNS
                if getattr(usages[peer], column)
            }
            for peer in peers
        },
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    rows: list[list[Any]] = [
        [name, *(usage[column] for column in COLUMNS)] for name, usage in result["usage"].items()
    ]
    rows += [
        [f"chair-sensor / {peer}", *(ratio.get(column, "-") for column in COLUMNS)]
        for peer, ratio in result["ratio"].items()
    ]
    tables.show(f"Idle, over {result['seconds']:.0f} s", HEADINGS, rows)
