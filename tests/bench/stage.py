"""Who takes part: a broker of our own, the daemon, and its peers, each a process of its own.

mqtt-io gets a virtual environment, made on first use and kept; everything else runs on the
interpreter of the benchmark. All are ended by the process id that we started.
"""

# ruff: noqa: T201  (it prints: that is its purpose)

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "sensor" / "simulator" / "scripts"
MQTT_IO = "2.7.0"
PATIENCE = 90.0
"""Seconds; valgrind makes everything fifty times slower."""
MAT = 5

MQTT_IO_CONFIG = """\
mqtt:
  host: 127.0.0.1
  port: {port}
  topic_prefix: mqtt-io
gpio_modules:
  - name: pi
    module: gpiozero
digital_inputs:
  - name: mat
    module: pi
    pin: {mat}
    interrupt: both
"""


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
"""The buzzer sounds as soon as somebody sits: half a second on, half a second off."""


@dataclass(frozen=True, slots=True)
class Part:
    """One who takes part: how it is started, and what it says once it is at work."""

    name: str
    command: list[str]
    ready_topic: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def is_ready(self, topic: str, payload: bytes) -> bool:
        """Whether this message says so."""
        return topic == self.ready_topic and payload in (b"online", b"running")


def installed(environment: Mapping[str, str]) -> dict[str, str]:
    """Let bytecode be kept, as an installation has it: else every start compiles the product."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, "PYTHONPATH": str(ROOT), **environment}


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Any]:
    """Run a process with pipes to and from it; it is ended whatever happens.

    Nobody reads the pipe to a process that is not `driven`; such a process says nothing.
    """
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=installed(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            bufsize=1,
        )
        with process:
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()


def launch(part: Part, stack: ExitStack, folder: Path) -> Any:
    """Start one who takes part; it ends with the stack."""
    log = folder / f"{part.name}.log"
    return stack.enter_context(running(part.command, part.environment, log))


def ready(part: Part, stack: ExitStack, folder: Path, port: int) -> Any:
    """Start one who takes part, wait until it is there, and leave the broker alone again."""
    listener = Listener(port)
    process = launch(part, stack, folder)
    listener.wait_for(part.is_ready)
    listener.close()
    return process


def start(part: Part, stack: ExitStack, folder: Path, listener: "Listener") -> int:
    """Start one who takes part, and wait until it is there; returns the process id."""
    process = launch(part, stack, folder)
    listener.wait_for(part.is_ready)
    return int(process.pid)


@contextmanager
def mosquitto(folder: Path, port: int | None = None) -> Iterator[int]:
    """Run a broker on a port of the loopback, a free one if none is given; gives the port."""
    with broker(folder, port) as (chosen, _process):
        yield chosen


@contextmanager
def broker(folder: Path, port: int | None = None) -> Iterator[tuple[int, Any]]:
    """Run a broker; gives its port and its process."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sys.exit("mosquitto is missing; install it (sudo apt install mosquitto)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = port or probe.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    with running([program, "-c", str(config)], {}, folder / "mosquitto.log") as process:
        yield port, process


class Listener:
    """An independent client; it reads in the thread that asks, so nothing else is in the way."""

    def __init__(self, port: int, topic: str = "#", *, retained: bool = False) -> None:
        self._topic = topic
        self._retained = retained
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._found: Callable[[str, bytes], bool] = lambda _topic, _payload: False
        self._hit = False
        self._seen = 0
        self._client.on_message = lambda _c, _u, message: self._hear(message)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._see("", b"")
        self._connect(port)

    def wait_for(self, found: Callable[[str, bytes], bool]) -> None:
        """Read until a message is the one."""
        self._found, self._hit = found, False
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self._client.loop(0.1)
            if self._hit:
                return
        sys.exit("the message that was waited for has not come; see the logs")

    def listen(self, seconds: float, note: Callable[[str, bytes], None]) -> None:
        """Read what comes within so many seconds."""

        def noted(topic: str, payload: bytes) -> bool:
            note(topic, payload)
            return False

        self._found, self._hit = noted, False
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._client.loop(0.05)

    def drain(self) -> None:
        """Read what has come already."""
        self._found = lambda _topic, _payload: False
        while self._seen_now():
            pass

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()

    def _subscribe(self, *_: Any) -> None:
        self._client.subscribe(self._topic, 0)

    def _connect(self, port: int) -> None:
        for _ in range(100):
            try:
                self._client.connect("127.0.0.1", port)
            except ConnectionRefusedError:  # the broker is still starting
                time.sleep(0.05)
            else:
                break
        self.wait_for(lambda topic, _payload: topic == "")

    def _seen_now(self) -> bool:
        before = self._seen
        self._client.loop(0)
        return self._seen != before

    def _hear(self, message: paho.MQTTMessage) -> None:
        self.heard_at = time.monotonic_ns()
        if self._retained or not message.retain:  # what an earlier one has left is no news
            self._see(message.topic, bytes(message.payload))

    def _see(self, topic: str, payload: bytes) -> None:
        self._seen += 1
        self._hit = self._hit or self._found(topic, payload)


def chair(port: int, folder: Path, **choices: Any) -> Part:
    """The command `run`; see guests/chair.py for the choices."""
    name = choices.pop("name", "chair-sensor")
    state = folder / name.replace(" ", "-")
    given = json.dumps({"port": port, "state_dir": str(state), **choices})
    return Part(
        name=name,
        command=[sys.executable, "-m", "tests.bench.guests.chair", given],
        ready_topic=f"chair-sensor/{state.name}/availability",
    )


def bare(port: int, *choices: str) -> Part:
    """The script that everybody writes first."""
    return Part(
        name="bare script",
        command=[sys.executable, "-m", "tests.bench.guests.bare", str(port), *choices],
        ready_topic="bare/availability",
        environment={"GPIOZERO_PIN_FACTORY": "mock"},
    )


def mqtt_io(port: int, folder: Path, venvs: Path, *, driven: bool) -> Part:
    """The nearest peer; `driven` lets us move its pins."""
    python = _mqtt_io_python(venvs)
    config = folder / "mqtt-io.yml"
    config.write_text(MQTT_IO_CONFIG.format(port=port, mat=MAT))
    module = "tests.bench.guests.driven_mqtt_io" if driven else "mqtt_io"
    return Part(
        name=f"mqtt-io {MQTT_IO}",
        command=[str(python), "-m", module, str(config)],
        ready_topic="mqtt-io/status",
        environment={"GPIOZERO_PIN_FACTORY": "mock"},
    )


def _mqtt_io_python(venvs: Path) -> Path:
    folder = venvs.resolve() / f"mqtt-io-{MQTT_IO}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"installing mqtt-io {MQTT_IO} in {folder} ...", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", f"mqtt-io=={MQTT_IO}", "gpiozero", "paho-mqtt"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        (folder / "complete").touch()
    return python
