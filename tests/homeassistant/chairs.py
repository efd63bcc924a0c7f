"""Chairs to put into the house: the real daemon on simulated pins, and somebody who listens in.

`Chair` lives in real time and obeys the test; `simulate` plays a script at a speed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.homeassistant.diary import PATIENCE, Diary, Log

ROOT = Path(__file__).parents[2]
_DAEMON = ROOT / "tests/endtoend/chair.py"
_ALWAYS = {
    "quiet_hours": "none",
    "chair.timezone": "UTC",
    "pins.button": "26",
    "pins.tamper": "6",
}
_PROMPT = {"sit_confirm": "0.1s", "leave_confirm": "0.3s", "buzzer_release": "0.1s"}


def _flags(*layers: Mapping[str, Any]) -> list[str]:
    chosen = {key.replace("__", "."): value for layer in layers for key, value in layer.items()}
    return [f"--set={key}={value}" for key, value in chosen.items()]


def _environment() -> dict[str, str]:
    kept = {key: v for key, v in os.environ.items() if not key.startswith("CHAIR_SENSOR_")}
    return kept | {"PYTHONPATH": str(ROOT)}


class Chair:
    """The daemon as its service runs it; `with` ends it in the end."""

    def __init__(self, chair_id: str, broker: "Ear", state_dir: Path, **settings: Any) -> None:
        self.id = chair_id
        self.seated = False
        own = {"chair.id": chair_id, "chair.name": f"Chair {chair_id}", "state_dir": state_dir}
        wire = {"mqtt.host": "127.0.0.1", "mqtt.port": broker.port}
        self._flags = _flags(_ALWAYS, _PROMPT, own, wire, settings)
        self.log = Log()
        self.buzzer = Log()
        """Its pin: a line `on 1234.5` or `off ...` for each new level."""

    def start(self) -> Self:
        """Run it, with the sitter where they are."""
        seated = ["--seated"] if self.seated else []
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, _DAEMON, *seated, *self._flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(),
        )
        self._readers = [
            self.log.follow(self._process.stderr),
            self.buzzer.follow(self._process.stdout),
        ]
        return self

    @property
    def pid(self) -> int:
        """Its process, since the last start."""
        return self._process.pid

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        self._process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        assert self._process.stdin is not None
        self._process.stdin.close()

    def do(self, word: str) -> None:
        """Let the sitter `sit`, `stand` or `press`."""
        assert self._process.stdin is not None
        self.seated = {"sit": True, "stand": False}.get(word, self.seated)
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()
        print(*self.log.lines, sep="\n")  # noqa: T201  (pytest shows it if the test fails)


def command(*words: str, chair_id: str, broker: "Ear", **settings: Any) -> str:
    """Run one of the product's own commands about a chair; return what it says."""
    place = {"chair.id": chair_id, "mqtt.host": "127.0.0.1", "mqtt.port": broker.port}
    done = subprocess.run(
        [sys.executable, "-m", "sensor", *words, *_flags(place, settings)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )
    return done.stdout


@contextmanager
def simulate(
    chair_id: str,
    broker: "Ear",
    script: str,
    *,
    speed: str,
    start: str = "2026-03-02T08:00:00",
    **settings: Any,
) -> Iterator[subprocess.Popen[str]]:
    """Play a script on a chair of its own; in the end it is stopped, wherever it is."""
    own = {"chair.id": chair_id, "chair.name": f"Chair {chair_id}"}
    always = {key: value for key, value in _ALWAYS.items() if key != "mqtt.host"}
    flags = _flags(always, own, settings)
    options = [
        "--script",
        "-",
        "--speed",
        speed,
        "--start",
        start,
        "--broker",
        f"127.0.0.1:{broker.port}",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "sensor", "simulate", *options, *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(),
    )
    log = Log()
    reader = log.follow(process.stdout)
    assert process.stdin is not None
    process.stdin.write(script)
    process.stdin.close()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        reader.join(PATIENCE)
        print(*log.lines, sep="\n")  # noqa: T201


@dataclass(frozen=True)
class Heard:
    """A message on the broker, and when it reached us (monotonic)."""

    at: float
    topic: str
    payload: Any
    retained: bool


class Ear(Diary):
    """An independent client of the broker that remembers everything."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.heard: list[Heard] = []
        self._subscribed = Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(0.01, 0.05)  # type: ignore[arg-type]
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._hear(message)

    def _subscribe(self, *_: object) -> None:
        self._client.subscribe("#", 1)

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self.port)
        self._client.loop_start()
        assert self._subscribed.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, message: paho.MQTTMessage) -> None:
        text = message.payload.decode()
        payload = json.loads(text) if text.startswith("{") else text
        with self.news:
            heard = Heard(time.monotonic(), message.topic, payload, message.retain)
            self.heard.append(heard)
            self.news.notify_all()

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE)

    def tell(self, chair_id: str, subtopic: str, payload: str) -> None:
        """Send a chair a command past Home Assistant."""
        self.say(f"chair-sensor/{chair_id}/{subtopic}", payload)

    def forget_chairs(self) -> None:
        """Have Home Assistant remove all chairs that were announced to it."""
        last = {each.topic: each.payload for each in self.heard if each.topic.endswith("/config")}
        for topic, payload in last.items():
            if payload:
                self.say(topic, "", retain=True)

    def on(self, chair_id: str, subtopic: str, since: int = 0) -> list[Heard]:
        """List what a chair said on `<base>/<subtopic>`."""
        topic = f"chair-sensor/{chair_id}/{subtopic}"
        return [each for each in self.heard[since:] if each.topic == topic]

    def state(self, chair_id: str) -> dict[str, Any]:
        """Return what is retained as the chair's state."""
        last: dict[str, Any] = self.on(chair_id, "state")[-1].payload
        return last

    def await_description(self, chair_id: str, *, since: int = 0) -> dict[str, Any]:
        """Wait until a chair has announced itself to Home Assistant; return its components."""
        topic = f"homeassistant/device/chair-sensor-{chair_id}/config"
        described: Heard = self.wait(
            lambda: next((each for each in self.heard[since:] if each.topic == topic), None), topic
        )
        components: dict[str, Any] = described.payload["cmps"]
        return components

    def await_farewell(self, chair_id: str, since: int) -> None:
        """Wait until a chair has said good-bye; then all that it said before is here."""

        def gone() -> bool | None:
            return (
                any(e.payload == "offline" for e in self.on(chair_id, "availability", since))
                or None
            )

        self.wait(gone, f"the good-bye of {chair_id}")

    def await_state(self, chair_id: str, *, since: int = 0, **wanted: Any) -> Heard:
        """Wait for a state with these values; `settings__snooze` reaches inside."""

        def found() -> Heard | None:
            for heard in self.on(chair_id, "state", since):
                flat = heard.payload | _flat(heard.payload)
                if all(flat[key] == value for key, value in wanted.items()):
                    return heard
            return None

        return self.wait(found, f"a state of {chair_id} with {wanted}")


def _flat(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{outer}__{inner}": value
        for outer, table in payload.items()
        if isinstance(table, dict)
        for inner, value in table.items()
    }
