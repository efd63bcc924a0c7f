"""How long the world waits: from an edge of the mat's pin to a message, and to silence.

The filters are off (`sit_confirm`, `leave_confirm`, `buzzer_release` = 0), so that the machinery
alone is measured. All take turns on one broker; the listener is a client of its own.
"""

import json
import math
import random
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage, tables

NO_FILTER = {"sit_confirm": 0, "leave_confirm": 0, "buzzer_release": 0}
ALWAYS_DUE = {
    **NO_FILTER,
    "sit_limit": 0.01,
    "pre_alert": 0,
    "return_grace": 0,
    "quiet_hours": None,
    "buzzer_style": "steady",
    "fatigue_after": 1e9,
    "suspicious_after": None,
}
"""The buzzer sounds as soon as somebody sits."""
PAUSE = (0.02, 0.06)
"""Seconds between two edges, drawn at random so that nothing beats in time with them."""

Found = Callable[[str, bytes, bool], bool]


def measure(*, edges: int, venvs: Path) -> dict[str, Any]:
    """Measure all in turn, edge by edge."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-latency-")))
        port = stack.enter_context(stage.mosquitto(folder))
        listener = stage.Listener(port)
        daemon = stage.chair(port, folder, driven=True, seated=False, explicit=NO_FILTER)
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
                explicit=ALWAYS_DUE,
            ),
            stack,
            folder,
            listener,
        )
        for _ in range(edges):
            buzzer.move()
        listener.close()
    return {
        "edges": edges,
        "message_ms": {
            name: _summary(delays) for mat in mats for name, delays in mat.delays.items()
        },
        "silence_ms": {"chair-sensor": _summary(buzzer.delays)},
    }


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
        log = folder / f"{part.name}.log"
        self._process = stack.enter_context(stage.running(part.command, part.environment, log))
        listener.wait_for(lambda topic, _payload: topic == part.ready_topic)

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
        log = folder / "buzzer.log"
        self._process = stack.enter_context(stage.running(part.command, part.environment, log))
        listener.wait_for(lambda topic, _payload: topic == part.ready_topic)

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


def _summary(delays: list[float]) -> dict[str, float]:
    ordered = sorted(delays)
    return {
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[math.ceil(0.95 * len(ordered)) - 1], 3),
        "worst": round(ordered[-1], 3),
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    rows = [
        [f"message: {name}", *figures.values()] for name, figures in result["message_ms"].items()
    ]
    rows += [
        [f"silence: {name}", *figures.values()] for name, figures in result["silence_ms"].items()
    ]
    tables.show(
        f"From an edge of the mat, {result['edges']} edges, ms",
        ("", "median", "p95", "worst"),
        rows,
    )
