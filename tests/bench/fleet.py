"""How many chairs one mosquitto takes: its cost, what became of the messages, and its restart.

A fleet of whole daemons in one process (`guests/fleet.py`), each with a random office worker, at
the speed of life. Then the broker is killed and started anew, without any memory: an independent
client waits until it has seen the state of every chair.
"""

import re
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage
from tests.bench.measure import Watch
from tests.bench.table import Row

SIZES = (100, 300, 1000)
_SAID = re.compile(
    r"(?P<up>\d+) of \d+ connected.* sent (?P<sent>\d+), received (?P<received>\d+),"
    r".* lost (?P<lost>\d+); (?P<true>\d+) states true; .* 99 % (?P<late>[\d.]+) ms"
)

Said = dict[str, float]


def measure(*, seconds: float) -> list[Row]:
    """Look at each size for so long."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the broker has a file a chair
    return [row for chairs in SIZES for row in _rows(chairs, seconds)]


def _rows(chairs: int, seconds: float) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-fleet-")))
        first = stack.enter_context(ExitStack())
        port, broker = first.enter_context(stage.broker(folder))
        command = [sys.executable, "-m", "tests.bench.guests.fleet", "--chairs", str(chairs)]
        address = ["--broker", f"127.0.0.1:{port}"]
        fleet = stack.enter_context(stage.running([*command, *address], {}, folder / "log"))
        before = _said(fleet, lambda said: said["up"] == said["true"] == chairs)
        watches = Watch(broker.pid), Watch(fleet.pid)
        until = time.monotonic() + seconds
        after = _said(fleet, lambda _: time.monotonic() >= until)
        theirs, own = (watch.usage() for watch in watches)
        broker.kill()
        first.close()
        stack.enter_context(stage.broker(folder, port))
        began = time.monotonic()
        back = _all_back(port, chairs) - began
        end = _said(fleet, lambda said: said["up"] == said["true"] == chairs)
    rate = (after["sent"] - before["sent"]) / seconds
    title = f"{chairs} chairs"
    return [
        Row(title, "messages/s", rate),
        Row(title, "messages sent before the restart", after["sent"]),
        Row(title, "of them received by the witness", after["received"]),
        Row(title, "messages lost", end["lost"]),
        Row(title, "ms to a subscriber, 99 %", after["late"]),
        Row(title, "CPU ms/s of mosquitto", theirs.cpu),
        Row(title, "PSS MB of mosquitto", theirs.pss),
        Row(title, "CPU ms/s of the fleet", own.cpu),
        Row(title, "PSS MB of the fleet", own.pss),
        Row(title, "s until all are back", back),
    ]


def _said(fleet: Any, found: Callable[[Said], bool]) -> Said:
    """Read what the fleet says of itself every few seconds, until it is the one."""
    for line in fleet.stdout:
        match = _SAID.search(line)
        if match is not None:
            said = {name: float(value) for name, value in match.groupdict().items()}
            if found(said):
                return said
    sys.exit("the fleet has ended; see its log")


def _all_back(port: int, chairs: int) -> float:
    """Return when the state of the last chair was seen."""
    seen = set()

    def found(topic: str, payload: bytes) -> bool:
        if payload:
            seen.add(topic)
        return len(seen) == chairs

    # The states alone: all that comes at once would be more than a broker keeps for a slow reader.
    listener = stage.Listener(port, "chair-sensor/+/state", retained=True)
    listener.wait_for(found)
    listener.close()
    return time.monotonic()
