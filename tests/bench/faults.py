"""What is left when things go wrong: edges of the mat around a broker's outage, and a flood.

The outage: all are given the same edges before, while the broker is away, and after it is back.
Known is an edge that anybody can still learn of a while later: from a message, late or not, or
from the history that chair-sensor keeps; a later message does not make up for an earlier one.

The flood: somebody without good intentions sends as many messages as the row says to the topics of
commands while the buzzer sounds, half a second on and half a second off.
"""

import json
import sqlite3
import struct
import time
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from socket import create_connection
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage
from tests.bench.measure import Watch
from tests.bench.table import Row

EDGES = 21
"""An odd number: after the outage the mat is not as it was before."""
PAUSE = 0.1
"""Seconds between two edges."""
BACK = 60.0
"""Seconds that everybody has to be back after the outage: the longest wait is half a minute."""
SETTLE = 5.0
"""Seconds for the last messages."""
A_SECOND = 10_000
"""Messages of the flood."""
FLOOD = 5
"""Seconds that it lasts."""
BATCH = 0.1
"""Seconds between two batches of it."""


def measure(*, venvs: Path) -> list[Row]:
    """Let both happen."""
    with TemporaryDirectory(prefix="bench-faults-") as name:
        return [*_outage(Path(name), venvs), *_flood(Path(name))]


def _outage(folder: Path, venvs: Path) -> list[Row]:
    with ExitStack() as stack:
        broker = stack.enter_context(ExitStack())
        port = broker.enter_context(stage.mosquitto(folder))
        listener = stage.Listener(port)
        parts = [
            stage.chair(port, folder, driven=True, seated=False, explicit=stage.NO_FILTER),
            stage.mqtt_io(port, folder, venvs, driven=True),
            stage.bare(port, "driven"),
        ]
        processes = []
        for part in parts:
            processes.append(stage.launch(part, stack, folder))
            listener.wait_for(part.is_ready)
        listener.close()
        broker.close()
        _move(processes, first=1)
        kept = _history(folder)
        stack.enter_context(stage.mosquitto(folder, port))
        listener = stage.Listener(port, retained=True)
        late, after = _Notes(), _Notes()
        listener.listen(BACK, late.take)
        _move(processes, first=0)
        listener.listen(SETTLE, after.take)
    known = [kept, *late.counts[1:]]
    return [
        Row("edges in an outage, known later", f"of {EDGES}", *known, more_is_better=True),
        Row("how it is now, told after it", "1: yes", *late.closed, more_is_better=True),
        Row("edges after it, told", f"of {EDGES}", *after.counts, more_is_better=True),
    ]


def _move(processes: list[Any], *, first: int) -> None:
    """Give everybody the same edges; the last is like the first."""
    for number in range(EDGES):
        for process in processes:
            process.stdin.write(f"{(first + number) % 2}\n")
        time.sleep(PAUSE)


def _history(folder: Path) -> int:
    """Count the edges that chair-sensor has written down."""
    with closing(sqlite3.connect(folder / "chair-sensor" / "chair-sensor.db")) as database:
        kinds = "('sat_down', 'stood_up')"
        asked = f"SELECT count(*) FROM event WHERE event_type IN {kinds}"  # noqa: S608
        (count,) = database.execute(asked).fetchone()
        return int(count)


class _Notes:
    """What all of them say about the mat: how many messages, and whether it is closed now."""

    def __init__(self) -> None:
        self.counts = [0, 0, 0]
        self.closed = [0, 0, 0]

    def take(self, topic: str, payload: bytes) -> None:
        """Take down one message."""
        if topic.endswith("chair-sensor/event"):
            self.counts[0] += json.loads(payload)["event_type"] in ("sat_down", "stood_up")
        elif topic.endswith("chair-sensor/state"):
            self.closed[0] = int(json.loads(payload)["occupied"] is True)
        elif topic in ("mqtt-io/input/mat", "bare/mat"):
            who = 1 if topic.startswith("mqtt-io") else 2
            self.counts[who] += 1
            self.closed[who] = int(payload == b"ON")


def _flood(folder: Path) -> list[Row]:
    with ExitStack() as stack:
        port = stack.enter_context(stage.mosquitto(folder))
        listener = stage.Listener(port)
        part = stage.chair(
            port, folder, name="flooded", driven=True, buzzer=True, explicit=stage.ALWAYS_DUE
        )
        process = stage.launch(part, stack, folder)
        listener.wait_for(part.is_ready)
        listener.close()
        beats: list[float] = []
        for what in ("quiet", "flood"):
            sent = _send(port, A_SECOND if what == "flood" else 0)
            process.stdin.write("1\n")  # changes nothing: its answer ends what is read here
            beats.append(_longest_beat(process))
        memory = Watch(process.pid).usage().rss
    return [
        Row(f"flood of {sent:,.0f} messages/s: longest beat", "s", beats[1], None, beats[0]),
        Row("memory after it", "RSS MB", memory),
    ]


def _longest_beat(process: Any) -> float:
    """Return the longest time that the buzzer was on or off at a stretch; half a second is due."""
    moments = []
    while (told := process.stdout.readline().split())[1] != "edge":
        moments.append(int(told[0]) / 1e9)
    return max(after - before for before, after in pairwise(moments))


def _send(port: int, a_second: int) -> float:
    """Flood the topics of commands; return how many messages a second the broker took."""
    connect = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04evil"
    topic = b"chair-sensor/flooded/set/sit_limit"
    body = struct.pack(">H", len(topic)) + topic + b"no"
    message = bytes([0x30, len(body)]) + body
    began, batches = time.monotonic(), round(FLOOD / BATCH)
    with create_connection(("127.0.0.1", port)) as evil:
        evil.sendall(connect)
        for number in range(batches):
            evil.sendall(message * round(a_second * BATCH))
            time.sleep(max(0.0, began + (number + 1) * BATCH - time.monotonic()))
    return a_second * FLOOD / (time.monotonic() - began)
