"""A daemon in a process of its own, and an independent client that writes everything down."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Event, Thread
from typing import IO, Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE = 60.0
END = 20.0
"""Seconds in which the daemon ends; on a busy machine its start takes longer."""
CHAIR = Path(__file__).parent / "chair.py"
ROOT = Path(__file__).parents[2]
BASE = "chair-sensor/test"

QUICK = {
    "profile": "demo",
    "sit_limit": "1s",
    "pre_alert": "0",
    "sit_confirm": "0.1s",
    "leave_confirm": "0.3s",
    "break_min": "30s",
    "return_grace": "1s",
    "quiet_hours": "none",
    "chair.id": "test",
    "chair.timezone": "UTC",
    "mqtt.host": "127.0.0.1",
    "mqtt.keepalive": "10",
    "pins.button": "26",
    "pins.tamper": "6",
}


class Diary:
    """A list that other threads add to, and that can be waited on."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._over = False
        self._news = Condition()

    def add(self, entry: Any) -> None:
        """Write one down."""
        with self._news:
            self.entries.append(entry)
            self._news.notify_all()

    def close(self) -> None:
        """Nothing will be added any more: nobody need wait for it."""
        with self._news:
            self._over = True
            self._news.notify_all()

    def wait(self, wanted: Callable[[Any], bool], *, since: int = 0, what: str = "it") -> Any:
        """Return the first entry from number `since` on that is wanted; wait until it is there."""

        def found() -> Any:
            return next((entry for entry in self.entries[since:] if wanted(entry)), None)

        with self._news:
            self._news.wait_for(lambda: self._over or found() is not None, PATIENCE)
            entry = found()
        assert entry is not None, f"waited in vain for {what}; the last: {self.entries[-5:]}"
        return entry

    def wait_for_count(self, count: int) -> None:
        """Wait until there are so many."""
        with self._news:
            self._news.wait_for(lambda: self._over or len(self.entries) >= count, PATIENCE)
        assert len(self.entries) >= count, f"{len(self.entries)} of {count}: {self.entries[-5:]}"


@dataclass(frozen=True)
class Edge:
    """A new level of the buzzer's pin, or of the mat's contact (on: closed)."""

    on: bool
    at: float


class Chair:
    """The daemon under test; `with` starts it and in the end kills what is left of it."""

    def __init__(
        self,
        state_dir: Path,
        port: int,
        *flags: str,
        within: Sequence[str] = (),
        **settings: str,
    ) -> None:
        dotted = {key.replace("__", "."): value for key, value in settings.items()}
        chosen = QUICK | {"mqtt.port": str(port), "state_dir": str(state_dir)} | dotted
        pairs = [f"--set={key}={value}" for key, value in chosen.items()]
        self._command = [*within, sys.executable, str(CHAIR), *flags, *pairs]
        self.environment: dict[str, str] = {}
        """Added to that of the process."""
        self.log_to: int = subprocess.PIPE
        """Where standard error goes; by default it is read, line by line."""
        self.buzzer = Diary()
        self.contact = Diary()
        self.log = Diary()

    def __enter__(self) -> Self:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CHAIR_SENSOR_")}
        kept |= {"PYTHONPATH": str(ROOT)} | self.environment
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log_to,
            text=True,
            env=kept,
        )
        self._readers = [Thread(target=self._read_edges, args=(self.process.stdout,), daemon=True)]
        if self.process.stderr is not None:
            reader = Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
            self._readers.append(reader)
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)
        print(*self.log.entries, sep="\n")  # noqa: T201  (pytest shows it if the test fails)

    @property
    def edges(self) -> list[Edge]:
        """What the buzzer's pin did so far."""
        return list(self.buzzer.entries)

    def ready(self) -> Self:
        """Wait until it watches the mat."""
        self.await_log("watching the mat")
        return self

    def do(self, word: str) -> float:
        """Let the sitter do something; return when, by the monotonic clock."""
        assert self.process.stdin is not None
        at = time.monotonic()
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return at

    def await_log(self, text: str) -> str:
        """Wait for a line in the log."""
        line: str = self.log.wait(lambda line: text in line, what=repr(text))
        return line

    def await_edges(self, more: int) -> None:
        """Wait until the buzzer's pin has changed so many times more."""
        self.buzzer.wait_for_count(len(self.buzzer.entries) + more)

    def signal(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def end(self, number: int | None = None) -> int:
        """Send a signal, if one is given, and wait for the end; return the exit code."""
        if number is not None and self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(END)
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read_edges(self, lines: IO[str]) -> None:
        for line in lines:
            word, at = line.split()
            wire = self.buzzer if word in ("on", "off") else self.contact
            wire.add(Edge(word in ("on", "closed"), float(at)))
        self.buzzer.close()
        self.contact.close()

    def _read_log(self, lines: IO[str]) -> None:
        for line in lines:
            self.log.add(line.rstrip("\n"))
        self.log.close()


@dataclass(frozen=True)
class Heard:
    """A message that reached the independent client, and when."""

    at: float
    wall: float
    topic: str
    payload: Any
    retained: bool


class Recorder(Diary):
    """An independent client that hears everything, and is back at once after an outage."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._subscribed = Event()
        self._lost = Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(0.01, 0.01)  # type: ignore[arg-type]
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = lambda *_: self._lost.set()
        self._client.on_message = lambda _c, _u, message: self._hear(message)
        self._client.connect("127.0.0.1", port)

    def _subscribe(self, *_: object) -> None:
        self._client.subscribe("#", 1)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._subscribed.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def await_loss(self) -> None:
        """Wait until all that the broker said before it went has been heard."""
        assert self._lost.wait(PATIENCE)
        self._lost.clear()

    def _hear(self, message: paho.MQTTMessage) -> None:
        text = message.payload.decode(errors="replace")
        payload = json.loads(text) if text.startswith("{") else text
        self.add(Heard(time.monotonic(), time.time(), message.topic, payload, message.retain))

    def send(self, subtopic: str, payload: str | bytes) -> paho.MQTTMessageInfo:
        """Send a command, as quickly as the broker takes it."""
        return self._client.publish(f"{BASE}/{subtopic}", payload, 1)

    def publish(self, subtopic: str, payload: str | bytes) -> None:
        """Send a command, and wait until the broker has it."""
        self.send(subtopic, payload).wait_for_publish(PATIENCE)

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Send anything to anybody, and wait until the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE)

    def clear(self, topic: str) -> None:
        """Let the broker forget what it retains there."""
        self._client.publish(topic, b"", 1, retain=True).wait_for_publish(PATIENCE)

    def heard(self, subtopic: str) -> list[Heard]:
        """List what came on `<base>/<subtopic>`."""
        return [each for each in self.entries if each.topic == f"{BASE}/{subtopic}"]

    def await_state(self, *, since: int = 0, **wanted: Any) -> Heard:
        """Wait for a state with these values."""

        def fits(heard: Heard) -> bool:
            return (
                heard.topic == f"{BASE}/state"
                and isinstance(heard.payload, dict)
                and wanted.items() <= {key: heard.payload[key] for key in wanted}.items()
            )

        heard: Heard = self.wait(fits, since=since, what=f"a state with {wanted}")
        return heard

    def await_event(self, event_type: str, *, since: int = 0) -> Heard:
        """Wait for an event of this type."""

        def fits(heard: Heard) -> bool:
            return heard.topic == f"{BASE}/event" and heard.payload["event_type"] == event_type

        heard: Heard = self.wait(fits, since=since, what=event_type)
        return heard

    def await_availability(self, word: str, *, since: int = 0) -> Heard:
        """Wait for `online` or `offline`."""
        heard: Heard = self.wait(
            lambda heard: heard.topic == f"{BASE}/availability" and heard.payload == word,
            since=since,
            what=word,
        )
        return heard

    def events(self, prefix: str = "") -> list[dict[str, Any]]:
        """List the events whose type begins so."""
        events = [heard.payload for heard in self.heard("event")]
        return [event for event in events if event["event_type"].startswith(prefix)]
