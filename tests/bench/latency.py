"""How long the world waits: from an edge of the mat's pin to a message, and to silence.

The filters are off (`sit_confirm`, `leave_confirm`, `buzzer_release` = 0), so that the machinery
alone is measured. All take turns on one broker. Each message has a client of its own that has
subscribed to nothing else, as an automation has, and each edge is timed to one of the messages.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import stage
from tests.bench.table import Row

PAUSE = (0.02, 0.06)
"""Seconds between two edges, drawn at random so that nothing beats in time with them."""

Found = Callable[[bytes, bool], bool]
"""Whether a payload is the one for a mat that was closed, or opened."""


def measure(*, edges: int, venvs: Path) -> list[Row]:
    """Measure all in turn, edge by edge."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-latency-")))
        port = stack.enter_context(stage.mosquitto(folder))
        daemon = stage.chair(port, folder, driven=True, seated=False, explicit=stage.NO_FILTER)
        base = daemon.ready_topic.removesuffix("/availability")
        mats = [
            _Mat(
                daemon,
                [
                    _Message(port, f"{base}/event", _chair_tells),
                    _Message(port, f"{base}/state", _chair_shows),
                ],
                *(stack, folder, port),
            ),
            _Mat(
                stage.mqtt_io(port, folder, venvs, driven=True),
                [_Message(port, "mqtt-io/input/mat", _says)],
                *(stack, folder, port),
            ),
            _Mat(
                stage.bare(port, "driven"),
                [_Message(port, "bare/mat", _says)],
                *(stack, folder, port),
            ),
        ]
        time.sleep(2)
        for _ in range(edges):
            for mat in mats:
                mat.move_for_each()
        buzzer = _Buzzer(
            stage.chair(
                port,
                folder,
                name="buzzer",
                driven=True,
                buzzer=True,
                seated=False,
                explicit=stage.ALWAYS_DUE,
            ),
            stack,
            folder,
            port,
        )
        for _ in range(edges):
            buzzer.move()
    (event, state), (peer,), (floor,) = (mat.messages for mat in mats)
    return [
        *_rows("edge to event", event.delays, peer.delays, floor.delays),
        *_rows("edge to state", state.delays, peer.delays, floor.delays),
        *_rows("edge to silent buzzer", buzzer.delays),
    ]


def _rows(what: str, ours: list[float], *others: list[float]) -> list[Row]:
    every = (ours, *others)
    return [
        Row(what, "ms, median", *map(statistics.median, every)),
        Row(what, "ms, 95 %", *(statistics.quantiles(delays, n=20)[-1] for delays in every)),
    ]


class _Message:
    """A message, the client that waits for it, and how long it took: in milliseconds."""

    def __init__(self, port: int, topic: str, found: Found) -> None:
        self.delays: list[float] = []
        self.listener = stage.Listener(port, topic)
        self._found = found

    def hear(self, *, closed: bool) -> int:
        """Wait for it; return when it came, of the monotonic clock: before it is read."""
        self.listener.wait_for(lambda _topic, payload: self._found(payload, closed))
        return self.listener.heard_at


class _Mat:
    """A mat, the process that watches it, and what that process tells of it."""

    def __init__(
        self,
        part: stage.Part,
        messages: list[_Message],
        stack: ExitStack,
        folder: Path,
        port: int,
    ) -> None:
        self.messages = messages
        self._closed = False
        self._process = stage.ready(part, stack, folder, port)

    def move_for_each(self) -> None:
        """Move once for each message."""
        for message in self.messages:
            self._move(message)

    def _move(self, message: _Message) -> None:
        """Close the mat if it is open, and the other way round; wait for the message."""
        time.sleep(random.uniform(*PAUSE))  # noqa: S311
        message.listener.drain()
        self._closed = not self._closed
        self._process.stdin.write(f"{self._closed:d}\n")
        heard = message.hear(closed=self._closed)
        edge = int(self._process.stdout.readline().split()[0])
        message.delays.append((heard - edge) / 1e6)


class _Buzzer:
    """A chair that is always due, and how long its buzzer took to fall silent."""

    def __init__(self, part: stage.Part, stack: ExitStack, folder: Path, port: int) -> None:
        self.delays: list[float] = []
        self._process = stage.ready(part, stack, folder, port)

    def move(self) -> None:
        """Sit down until the buzzer sounds, and get up in the middle of a beep of 0.5 s."""
        self._process.stdin.write("1\n")
        while self._read()[1] != "sounds":
            pass
        time.sleep(random.uniform(*PAUSE))  # noqa: S311
        self._process.stdin.write("0\n")
        told: dict[str, int] = {}
        while "edge" not in told or "silent" not in told:  # in any order
            moment, what = self._read()
            told[what] = moment
        self.delays.append((told["silent"] - told["edge"]) / 1e6)

    def _read(self) -> tuple[int, str]:
        moment, what = self._process.stdout.readline().split()
        return int(moment), what


def _chair_tells(payload: bytes, closed: bool) -> bool:
    kind = "sat_down" if closed else "stood_up"
    return bool(json.loads(payload)["event_type"] == kind)


def _chair_shows(payload: bytes, closed: bool) -> bool:
    return json.loads(payload)["occupied"] is closed


def _says(payload: bytes, closed: bool) -> bool:
    return payload == (b"ON" if closed else b"OFF")
