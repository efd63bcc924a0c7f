"""The examples for mosquitto, in a real one: everybody may do what he must, and nothing else."""

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from threading import Event
from typing import NamedTuple, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from sensor.commands import main
from sensor.homeassistant import purge
from sensor.mqtt.topics import Topics
from tests.endtoend.kit import Chair
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
README = (ROOT / "systemd/README.md").read_text("utf-8")
DESK = Topics(chair_id="desk")
PATIENCE = 60.0


class House(NamedTuple):
    """A broker as in the examples: its two ports, its certificate."""

    port: int
    tls_port: int
    certificate: Path


class Guest:
    """A client with a name, which is its password too."""

    def __init__(self, house: House, user: str | None) -> None:
        self.seen: Queue[tuple[str, str]] = Queue()
        self._subscribed = Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(user, user)
        self._client.tls_set(ca_certs=str(house.certificate))
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_connect = lambda *result: self.answers.put(str(result[3]))
        self.answers: Queue[str] = Queue()
        self._client.on_message = lambda _c, _u, one: self.seen.put(
            (one.topic, one.payload.decode())
        )
        self._client.connect("localhost", house.tls_port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def listen(self) -> Self:
        """Subscribe to everything; what is not allowed is never delivered."""
        self._client.subscribe("#", 1)
        assert self._subscribed.wait(PATIENCE)
        return self

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has taken or dropped it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE)

    def await_topic(self, topic: str, wanted: Callable[[str], bool] = bool) -> str:
        """Wait for a message there."""
        while True:
            found, payload = self.seen.get(timeout=PATIENCE)
            if found == topic and wanted(payload):
                return payload


@pytest.fixture
def house(mosquitto: MosquittoStarter, tmp_path: Path) -> House:
    """Run the broker of the examples, with the certificate that the README makes."""
    (command,) = re.findall(
        r"^<!-- certificate -->\n```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL
    )
    command = command.replace("raspberrypi.local", "localhost")
    subprocess.run(["sh", "-ec", command], cwd=tmp_path, check=True, capture_output=True)
    password_file = tmp_path / "passwd"
    password_file.touch(mode=0o600)
    maker = shutil.which("mosquitto_passwd") or "mosquitto_passwd"
    for user in ("chair", "homeassistant"):
        subprocess.run([maker, "-b", password_file, user, user], check=True)
    acl_file = tmp_path / "acl"
    acl_file.write_text((ROOT / "systemd/mosquitto.acl").read_text("utf-8"))
    acl_file.chmod(0o600)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        tls_port = probe.getsockname()[1]
    text = (ROOT / "systemd/mosquitto.conf").read_text("utf-8")
    for place, mine in {
        "listener 1883 127.0.0.1\n": "",  # the fixture has one of its own
        "listener 8883\n": f"listener {tls_port} 127.0.0.1\n",
        "/etc/mosquitto/passwd": str(password_file),
        "/etc/mosquitto/acl": str(acl_file),
        "/etc/mosquitto/certs": str(tmp_path),
    }.items():
        assert text.count(place) == (2 if place.endswith("certs") else 1), place
        text = text.replace(place, mine)

    broker = mosquitto(*text.splitlines())
    return House(broker.port, tls_port, tmp_path / "broker.crt")


def secret(tmp_path: Path) -> Path:
    """Write the chair's password down."""
    path = tmp_path / "secret"
    path.write_text("chair\n")
    return path


def test_a_chair_and_home_assistant(house: House, chair: type[Chair], tmp_path: Path) -> None:
    """Over TLS the chair announces itself, tells its state and obeys."""
    settings = {
        "chair.id": "desk",
        "mqtt.host": "localhost",
        "mqtt.username": "chair",
        "mqtt.password_file": str(secret(tmp_path)),
    }
    with Guest(house, "homeassistant") as home:
        home.listen()
        tls = settings | {"mqtt.ca_file": str(house.certificate)}
        with chair(tmp_path, house.tls_port, **tls):
            home.await_topic(DESK.availability, lambda payload: payload == "online")
            home.await_topic(DESK.discovery)
            home.publish(f"{DESK.base}/set/sit_limit", "45")
            home.await_topic(
                DESK.state, lambda text: json.loads(text)["settings"]["sit_limit"] == 45
            )


def test_the_chair_may_no_more(house: House) -> None:
    """It can neither speak for another chair nor listen to the house."""
    with Guest(house, "homeassistant") as home, Guest(house, "chair") as chair:
        home.listen()
        chair.listen()

        chair.publish("chair-sensor/other/state", "{}")
        chair.publish("homeassistant/device/other/config", "{}")
        chair.publish(DESK.state, "{}")
        home.publish("homeassistant/light/config", "{}")
        home.publish("homeassistant/status", "online")

        assert home.seen.get(timeout=PATIENCE) == (DESK.state, "{}")
        assert chair.seen.get(timeout=PATIENCE) == (DESK.state, "{}")
        assert chair.seen.get(timeout=PATIENCE) == ("homeassistant/status", "online")


def test_home_assistant_may_no_more(house: House) -> None:
    """It gives orders to any chair, may be its seat, and cannot speak for one."""
    with Guest(house, "homeassistant") as home, Guest(house, "chair") as chair:
        chair.listen()

        home.publish(DESK.state, "{}")
        home.publish(f"{DESK.base}/do/snooze", "PRESS")
        home.publish(f"{DESK.base}/seat/set", "{}")

        assert chair.seen.get(timeout=PATIENCE) == (f"{DESK.base}/do/snooze", "PRESS")
        assert chair.seen.get(timeout=PATIENCE) == (f"{DESK.base}/seat/set", "{}")


def test_a_huge_message_reaches_nobody(house: House) -> None:
    """The broker takes what a chair sends, and drops a message that would fill a small Pi."""
    with Guest(house, "homeassistant") as home, Guest(house, "chair") as chair:
        chair.listen()

        home.publish(f"{DESK.base}/set/sit_limit", "9" * 70_000)
        home.publish(f"{DESK.base}/set/sit_limit", "9" * 40_000)

        assert len(chair.seen.get(timeout=PATIENCE)[1]) == 40_000


def test_nobody_comes_in_without_a_name(house: House) -> None:
    """Anonymous clients are refused."""
    with Guest(house, None) as stranger:
        assert "Not authorized" in stranger.answers.get(timeout=PATIENCE)


def test_the_chair_can_be_taken_out(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`homeassistant purge` needs no more rights than the chair has."""
    monkeypatch.setattr(purge, "SETTLE", 0.1)
    settings = {
        "chair.id": "desk",
        "mqtt.host": "127.0.0.1",
        "mqtt.port": str(house.port),
        "mqtt.username": "chair",
        "mqtt.password_file": str(secret(tmp_path)),
    }
    with Guest(house, "homeassistant") as home, Guest(house, "chair") as chair:
        home.listen()
        chair.publish(DESK.discovery, "{}", retain=True)
        home.await_topic(DESK.discovery)

        done = main.main(
            ["homeassistant", "purge", "--yes"]
            + [f"--set={key}={value}" for key, value in settings.items()]
        )

        assert done == 0
        assert home.await_topic(DESK.discovery, lambda payload: not payload) == ""
