"""Brokers, an independent client and a stage with a simulated chair, for any test."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from sensor.daemon.inbox import Inbox, Message
from sensor.simulator.wires import SimulatedFactory, Wires

PATIENCE = 60.0
"""Seconds until what has not come is missed: only a test that fails takes so long."""
MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")

MosquittoStarter = Callable[..., "Mosquitto"]
Observe = Callable[[int], "Observer"]


class Mosquitto:
    """A mosquitto of our own on a free loopback port; `options` go into its configuration."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.runs = False
        self.log: list[str] = []
        self._config = folder / f"mosquitto-{self.port}.conf"
        lines = ["user root", "persistence false", f"listener {self.port} 127.0.0.1", *options]
        self._config.write_text("\n".join([*lines, ""]))

    def start(self) -> Self:
        """Run it; returns when it listens."""
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", self._config], stderr=subprocess.PIPE, text=True
        )
        running = Event()
        self._reader = Thread(target=self._read, args=(running,), daemon=True)
        self._reader.start()
        assert running.wait(PATIENCE), "mosquitto does not start"
        self.runs = True
        return self

    def stop(self) -> None:
        """Kill it, as a power cut would."""
        self._end_by(signal.SIGKILL)

    def end(self) -> None:
        """Stop it as a service is stopped: it publishes all wills, then closes."""
        self._end_by(signal.SIGTERM)

    def _end_by(self, number: signal.Signals) -> None:
        self.runs = False
        self._process.send_signal(number)
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def freeze(self) -> None:
        """Let it hold its breath: connections stay open, nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it breathe again."""
        self._process.send_signal(signal.SIGCONT)

    def greeted(self, client_id: str) -> int:
        """Count how often it has let this client in."""
        return sum(f" as {client_id} " in line for line in self.log)

    def _read(self, running: Event) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self.log.append(line)
                if "running" in line:
                    running.set()


@contextmanager
def mosquittos(folder: Path) -> Iterator[MosquittoStarter]:
    """Let mosquittos be started, and stop them in the end; skips the test where there is none."""
    if MOSQUITTO is None:
        if os.environ.get("CI"):
            pytest.fail("mosquitto is missing; in CI it must be there")
        pytest.skip("mosquitto is not installed")
    started: list[Mosquitto] = []

    def start(*options: str) -> Mosquitto:
        started.append(Mosquitto(folder, *(options or ["allow_anonymous true"])).start())
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


class Observer:
    """An independent client that sees everything on the broker."""

    def __init__(self, port: int) -> None:
        self.seen: Queue[tuple[str, str, bool]] = Queue()
        subscribed = Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _c, _u, message: self.seen.put(
            (message.topic, message.payload.decode(), message.retain)
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(PATIENCE)

    def _subscribe(self, *_: object) -> None:
        self._client.subscribe("#", 1)

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE)

    def next(self) -> tuple[str, str, bool]:
        """Give the next message: topic, payload, whether it was retained."""
        return self.seen.get(timeout=PATIENCE)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


class Stage:
    """A clock (ports.Clock) on which a sitter acts: time passes only where somebody waits for it.

    Seconds since the beginning. `heard` is what became of each output: moment, pin, level.
    """

    boot_id = "stage"

    def __init__(self) -> None:
        self.heard: list[tuple[float, int, bool | None]] = []
        self.wires = Wires(lambda pin, high: self.heard.append((self._now, pin, high)))
        self.set = True
        self._now = 0.0
        self._acts: list[tuple[float, int, bool]] = []

    def factory(self, _chip: int | None = None) -> SimulatedFactory:
        """Open the simulated chip."""
        return SimulatedFactory(self.wires)

    def pull(self, pin: int, closed: bool, after: float = 0) -> None:
        """Close or open a contact, so many seconds from now."""
        self._acts.append((self._now + after, pin, closed))
        self._acts.sort()

    def now(self) -> float:
        """Give the moment."""
        return self._now

    monotonic = now

    def wall(self) -> float:
        """Label the moment."""
        return 1_700_000_000 + self._now

    def read(self) -> tuple[float, float, float]:
        """Look at all clocks at once; the machine never slept."""
        return self._now, 0.0, self.wall() - self._now

    def synchronised(self) -> bool:
        """Say whether the wall clock is right."""
        return self.set

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Let time pass until a message is there or the moment has come."""
        while True:
            message = inbox.get()
            if message is not None:
                return message
            if not self._acts or self._acts[0][0] > until:
                self._now = max(self._now, until)
                return None
            at, pin, closed = self._acts.pop(0)
            self._now = max(self._now, at)
            self.wires.pull(pin, not closed)
