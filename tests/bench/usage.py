"""What a process costs while it does its daily work: wake-ups, processor, memory.

Three situations, each over the same seconds for all, side by side on one broker: somebody sits and
no alert is due, which is how most hours go; the buzzer sounds on and off; the broker is away.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage
from tests.bench.measure import Usage, Watch
from tests.bench.table import Row

SETTLE = 10
"""Seconds between the last start and the first look."""
AWAY = 45
"""Seconds without a broker before the first look: by then everybody's waits have grown."""
FIGURES = (("wakeups", "wake-ups/s"), ("cpu", "CPU ms/s"), ("rss", "RSS MB"), ("pss", "PSS MB"))


def measure(*, seconds: float, venvs: Path) -> list[Row]:
    """Look at each situation for so long."""
    with _all_at_work(venvs, alerting=False):
        pass  # bytecode is compiled now; compiling would leave its marks in memory
    rows: list[Row] = []
    with _all_at_work(venvs, alerting=False) as (pids, end_broker):
        time.sleep(SETTLE)
        rows += _rows("seated, no alert", _look(pids, seconds))
        end_broker()
        time.sleep(AWAY)
        rows += _rows("broker away", _look(pids, seconds))
    with _all_at_work(venvs, alerting=True) as (pids, _):
        time.sleep(SETTLE)
        rows += _rows("buzzer on and off", _look(pids, seconds))
    return rows


def _look(pids: dict[str, int], seconds: float) -> dict[str, Usage]:
    watches = {name: Watch(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    return {name: watch.usage() for name, watch in watches.items()}


def _rows(situation: str, usages: dict[str, Usage]) -> Iterator[Row]:
    for field, unit in FIGURES:
        values = {name: getattr(usage, field) for name, usage in usages.items()}
        yield Row(
            what=situation,
            unit=unit,
            ours=values["chair"],
            peer=values.get("mqtt-io"),
            floor=values["bare"],
        )


@contextmanager
def _all_at_work(venvs: Path, *, alerting: bool) -> Iterator[tuple[dict[str, int], Any]]:
    """Start a broker and all who take part; gives their process ids, and how to end the broker."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-usage-")))
        broker = stack.enter_context(ExitStack())
        port = broker.enter_context(stage.mosquitto(folder))
        listener = stage.Listener(port)
        if alerting:
            parts = {
                "chair": stage.chair(port, folder, explicit=stage.ALWAYS_DUE),
                "bare": stage.bare(port, "beeping"),
            }
        else:
            parts = {
                "chair": stage.chair(port, folder),
                "mqtt-io": stage.mqtt_io(port, folder, venvs, driven=False),
                "bare": stage.bare(port),
            }
        pids = {name: stage.start(part, stack, folder, listener) for name, part in parts.items()}
        listener.close()
        yield pids, broker.close
