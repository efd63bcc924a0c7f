"""The simulator as people start it: a broker of its own, and a clean end on Ctrl-C."""

import json
import logging
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any

import pytest

from sensor.commands.main import _parser
from sensor.settings.loading import load
from sensor.simulator.removal import named_to_purge, offer_removal
from sensor.status.client import ask
from tests.kit import MosquittoStarter, Observe

pytestmark = pytest.mark.slow

PATIENCE = 60.0
ROOT = Path(__file__).parents[2]


class Simulation:
    """A process of `chair-sensor simulate`."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "sensor", "simulate", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.lines: Queue[str] = Queue()
        assert self.process.stdout is not None
        self._reader = Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self.lines.put(line)

    def await_line(self, pattern: str) -> re.Match[str]:
        """Wait for a line that looks so."""
        until = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.lines.get(timeout=until - time.monotonic()))
            if found is not None:
                return found

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; tell exit code and what was said of errors.

        What takes 5 s to end leaves with another code, whatever it waits for.
        """
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()

    def close(self) -> None:
        """Kill what is left."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Simulation]]:
    """Start `chair-sensor simulate` with arguments."""
    started: list[Simulation] = []

    def run(*arguments: str) -> Simulation:
        started.append(Simulation(*arguments))
        return started[-1]

    yield run
    for simulation in started:
        simulation.close()


def next_state(observer: Any) -> dict[str, Any]:
    """Wait for a state of the simulated chair."""
    while True:
        topic, text, _ = observer.next()
        if topic == "chair-sensor/simulated/state":
            state: dict[str, Any] = json.loads(text)
            return state


def test_without_arguments(start: Any, observe: Observe) -> None:
    """It brings a broker, says how to watch it, obeys a command, and ends on Ctrl-C."""
    simulation = start()
    port = int(simulation.await_line(r"MQTT broker on 127\.0\.0\.1,? port (\d+)")[1])

    observer = observe(port)
    first = next_state(observer)
    observer.publish("chair-sensor/simulated/set/sit_limit", "45")
    while next_state(observer)["settings"]["sit_limit"] != 45:
        pass
    code, errors = simulation.interrupt()

    assert first["status"] in ("starting", "vacant", "sitting")
    assert (code, errors) == (0, "")


def test_speed_of_life(start: Any) -> None:
    """At `--speed 1` ten seconds of an empty chair take ten seconds; Ctrl-C does not wait."""
    simulation = start("--speed", "1")
    simulation.await_line("connected to broker")

    code, errors = simulation.interrupt()

    assert (code, errors) == (0, "")


def test_script_live_to_its_end(start: Any, tmp_path: Path) -> None:
    """A script of one's own at a speed ends by itself, with its records."""
    script = tmp_path / "script.txt"
    script.write_text("0:01 sit\n1:00 end\n")
    out = tmp_path / "out.jsonl"

    simulation = start("--script", str(script), "--speed", "100", "--jsonl", str(out))

    assert simulation.process.wait(PATIENCE) == 0
    last = json.loads(out.read_text().splitlines()[-1])
    assert last == {"t": pytest.approx(60, abs=2), "kind": "daemon", "what": "stop"}


@pytest.mark.parametrize("speed", ["max", "60"])
def test_nobody_listens(start: Any, speed: str) -> None:
    """A broker named by hand that is not there is told in one line, exit 1."""
    simulation = start("--broker", "127.0.0.1:1", "--speed", speed)

    assert simulation.process.wait(PATIENCE) == 1
    [line] = simulation.process.stderr.read().splitlines()
    assert "connection refused by 127.0.0.1:1" in line


def test_address_of_version_6(start: Any) -> None:
    """An IPv6 address is told as it is written everywhere, in brackets."""
    simulation = start("--broker", "::1", "--set", "mqtt.port=1")

    assert simulation.process.wait(PATIENCE) == 1
    [line] = simulation.process.stderr.read().splitlines()
    assert "--broker [::1]: " in line
    assert " [::1]:1" in line


def test_broker_goes_away(start: Any, mosquitto: MosquittoStarter) -> None:
    """A broker that dies meanwhile is told, the chair works on, and Ctrl-C ends it in time."""
    broker = mosquitto()
    simulation = start("--broker", f"127.0.0.1:{broker.port}", "--speed", "1")
    simulation.await_line("connected to broker")
    broker.stop()
    simulation.await_line("broker away")

    code, errors = simulation.interrupt()

    assert (code, errors) == (0, "")


def test_refused_password(start: Any, tmp_path: Path) -> None:
    """A script can let the broker refuse the password, and the chair comes back afterwards."""
    script = tmp_path / "script.txt"
    script.write_text("1:00 broker refuse\n2:00 broker up\n10:00 end\n")

    simulation = start("--script", str(script), "--speed", "20")

    simulation.await_line("connected to broker")
    simulation.await_line("broker away: wrong user or password, or not authorised")
    simulation.await_line("connected to broker")


def test_refused_and_killed(start: Any, tmp_path: Path) -> None:
    """A broker that has not let the daemon in gets no last will of it, and no good-bye."""
    script, records = tmp_path / "script.txt", tmp_path / "records"
    script.write_text("0:20 broker refuse\n1:00 crash 5s\n1:30 end\n")

    simulation = start("--script", str(script), "--speed", "60", "--jsonl", str(records))

    assert simulation.process.wait(PATIENCE) == 0
    all_of_it = [json.loads(line) for line in records.read_text().splitlines()]
    assert [r["what"] for r in all_of_it if r["kind"] == "daemon"][:2] == ["start", "crash"]
    assert [r for r in all_of_it if r["kind"] == "mqtt" and r["t"] > 21] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--broker", "127.0.0.1:x"], "--broker must be HOST[:PORT] (got '127.0.0.1:x')."),
        (["--broker", "a..b"], "mqtt.host must be the name or address of a host alone (got 'a..b'"),
        (
            ["--broker", "127.0.0.1:99999"],
            "mqtt.port must be a whole number, 1 to 65535 (got '99999'",
        ),
        (["--script", "no-such-file"], "no-such-file: No such file"),
        (["--start", "tomorrow"], "--start 'tomorrow' is not a time"),
        (["--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (["--script", "workday", "--jsonl", "/proc/no/where"], "--jsonl /proc/no/where"),
        (["--set", "sit_limitt=5m"], "Did you mean"),
    ],
)
def test_refused(start: Any, arguments: list[str], said: str) -> None:
    """What cannot be is told in one line, exit 2, and nothing runs."""
    simulation = start(*arguments)

    assert simulation.process.wait(PATIENCE) == 2
    errors = simulation.process.stderr.read()
    assert said in errors
    assert len(errors.splitlines()) == 1


def test_it_begins_now_at_a_broker(
    start: Any, mosquitto: MosquittoStarter, observe: Observe
) -> None:
    """A broker of one's own hears times of today, and the end tells how to remove the device."""
    broker = mosquitto()
    observer = observe(broker.port)
    before = datetime.now(UTC)
    simulation = start("--broker", f"127.0.0.1:{broker.port}", "--speed", "1")

    state = next_state(observer)
    code, errors = simulation.interrupt()

    assert state["today"]["date"] in {
        f"{before.astimezone() + timedelta(hours=h):%Y-%m-%d}" for h in (-4, 0)
    }
    assert (code, errors) == (0, "")
    simulation.await_line(
        "to remove the device: chair-sensor homeassistant purge --set chair.id=simulated "
        f"--set mqtt.host=127.0.0.1 --set mqtt.port={broker.port}"
    )


def test_status_names_the_broker(start: Any, tmp_path: Path) -> None:
    """`status` says with which broker a kept simulation is connected: its own."""
    simulation = start("--speed", "60", "--keep", str(tmp_path / "kept"))
    broker = simulation.await_line(r"connected to broker (127\.0\.0\.1:\d+)")[1]

    assert ask(tmp_path / "kept")["broker"] == broker
    assert simulation.interrupt() == (0, "")


def test_ctrl_c_instead_of_an_answer(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """How to remove the device is told all the same, on a line of its own."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("builtins.input", lambda _question: sys.exit(130))

    with pytest.raises(SystemExit):
        offer_removal(load(overrides=["chair.id=c"], environ={}), may_ask=True)

    assert caplog.messages == [
        "to remove the device: chair-sensor homeassistant purge --set chair.id=c"
    ]
    assert capsys.readouterr().err == "\n"


def test_the_removal_names_what_leads_to_the_chair(tmp_path: Path) -> None:
    """Topics, TLS and user are among the options; the password is not."""
    file = tmp_path / "my settings.toml"
    file.write_text("mqtt.password = 'hush'\nmqtt.username = 'chair'\nmqtt.keepalive = 60\n")
    file.chmod(0o600)
    given = ("chair.id=c", "mqtt.host=broker.lan", "mqtt.base_topic=my/chairs", "mqtt.tls=true")

    said = named_to_purge(load(config_file=file, overrides=given, environ={}))

    assert said == (
        f"--config '{file}' --set chair.id=c --set mqtt.host=broker.lan --set mqtt.username=chair "
        "--set mqtt.tls=true --set mqtt.base_topic=my/chairs"
    )
    parser = _parser().parse_args(["homeassistant", "purge", *shlex.split(said)])
    found = load(config_file=parser.config, overrides=parser.set, environ={}).mqtt
    assert (found.password, found.base_topic, found.tls) == ("hush", "my/chairs", True)
