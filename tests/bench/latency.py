"""How long the world waits: from an edge of the mat's pin to a message, and to silence.

The filters are off (`sit_confirm`, `leave_confirm`, `buzzer_release` = 0), so that the machinery
alone is measured. All take turns on one broker; the listener is a client of its own.
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

Found = Callable[[str, bytes, bool], bool]


def measure(*, edges: int, venvs: Path) -> list[Row]:
    """Measure all in turn, edge by edge."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-latency-")))
        port = stack.enter_context(stage.mosquitto(folder))
        listener = stage.Listener(port)
        daemon = stage.chair(port, folder, driven=True, seated=False, explicit=stage.NO_FILTER)
        parts: list[tuple[stage.Part, dict[str, Found]]] = [
            (daemon, {"event": _chair_tells, "state": _chair_shows}),
            (stage.mqtt_io(port, folder, venvs, driven=True), {"": _mqtt_io_says}),
            (stage.bare(port, "driven"), {"": _bare_says}),
        ]
        mats = [_Mat(part, messages, stack, folder, listener) for part, messages in parts]
        time.sleep(2)
        for _ in range(edges):
            for mat in mats:
                mat.move()
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
            listener,
        )
        for _ in range(edges):
            buzzer.move()
        listener.close()
    mat, peer, floor = mats
    return [
        *_rows("edge to event", mat.delays["chair-sensor event"], peer.only, floor.only),
        *_rows("edge to state", mat.delays["chair-sensor state"], peer.only, floor.only),
        *_rows("edge to silent buzzer", buzzer.delays),
    ]


def _rows(what: str, ours: list[float], *others: list[float]) -> list[Row]:
    every = (ours, *others)
    return [
        Row(what, "ms, median", *map(statistics.median, every)),
        Row(what, "ms, 95 %", *(statistics.quantiles(delays, n=20)[-1] for delays in every)),
    ]


class _Mat:
    """A mat, the process that watches it, and how long its messages took."""

    def __init__(
        self,
        part: stage.Part,
        messages: dict[str, Found],
        stack: ExitStack,
        folder: Path,
        listener: stage.Listener,
    ) -> None:
        self.delays: dict[str, list[float]] = {
            f"{part.name} {message}".strip(): [] for message in messages
        }
        self._messages = list(messages.values())
        self._listener = listener
        self._closed = False
        self._process = stage.launch(part, stack, folder)
        listener.wait_for(part.is_ready)

    @property
    def only(self) -> list[float]:
        """The delays of the one message there is."""
        (delays,) = self.delays.values()
        return delays

    def move(self) -> None:
        """Close the mat if it is open, and the other way round; wait for each message in turn."""
        time.sleep(random.uniform(*PAUSE))  # noqa: S311
        self._listener.drain()
        self._closed = not self._closed
        self._process.stdin.write(f"{self._closed:d}\n")
        heard = [self._hear(found) for found in self._messages]
        edge = int(self._process.stdout.readline().split()[0])
        for delays, moment in zip(self.delays.values(), heard, strict=True):
            delays.append((moment - edge) / 1e6)

    def _hear(self, found: Found) -> int:
        self._listener.wait_for(lambda topic, payload: found(topic, payload, self._closed))
        return time.monotonic_ns()


class _Buzzer:
    """A chair that is always due, and how long its buzzer took to fall silent."""

    def __init__(
        self, part: stage.Part, stack: ExitStack, folder: Path, listener: stage.Listener
    ) -> None:
        self.delays: list[float] = []
        self._process = stage.launch(part, stack, folder)
        listener.wait_for(part.is_ready)

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


def _chair_tells(topic: str, payload: bytes, closed: bool) -> bool:
    kind = "sat_down" if closed else "stood_up"
    return topic.endswith("/event") and json.loads(payload)["event_type"] == kind


def _chair_shows(topic: str, payload: bytes, closed: bool) -> bool:
    return topic.endswith("/state") and json.loads(payload)["occupied"] is closed


def _mqtt_io_says(topic: str, payload: bytes, closed: bool) -> bool:
    return topic == "mqtt-io/input/mat" and payload == (b"ON" if closed else b"OFF")


def _bare_says(topic: str, payload: bytes, closed: bool) -> bool:
    return topic == "bare/mat" and payload == (b"ON" if closed else b"OFF")
