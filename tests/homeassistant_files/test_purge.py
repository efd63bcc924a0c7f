"""`chair-sensor homeassistant purge` against a real mosquitto."""

import io
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from sensor.commands import main
from sensor.doctor import configuration
from sensor.homeassistant import purge
from sensor.mqtt import probe
from sensor.mqtt.topics import Topics
from tests.kit import MosquittoStarter

MINE = Topics(chair_id="desk")
OTHER = Topics(chair_id="desk-2")
ASK = "Remove chair desk (Desk chair) from broker 127.0.0.1:{port}, and from Home Assistant? [y/N] "


def topics(chair: Topics) -> list[str]:
    """Give what a chair retains, and what Home Assistant's blueprint does for it."""
    own = [chair.discovery, chair.state, chair.diagnostics, chair.availability]
    return [*own, f"{chair.base}/seat/set"]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no Home Assistant to wait for."""
    monkeypatch.setattr(purge, "SETTLE", 0.1)
    monkeypatch.setattr(probe, "LISTEN", 0.3)


@pytest.fixture
def broker(mosquitto: MosquittoStarter) -> Any:
    """Run a broker."""
    return mosquitto()


@pytest.fixture
def ghost(broker: Any, observe: Callable[[int], Any]) -> Any:
    """Let two chairs have been here, both offline; returns who sees what is sent."""
    observer = observe(broker.port)
    for chair in (MINE, OTHER):
        for topic in topics(chair):
            said = "offline" if topic == chair.availability else "{}"
            observer.publish(topic, said, retain=True)
            observer.next()
    return observer


def run(port: int, *options: str) -> int:
    """Run the command; return its exit code."""
    where = ("--set", "mqtt.host=127.0.0.1", "--set", f"mqtt.port={port}", "--set", "chair.id=desk")
    return main.main(["homeassistant", "purge", *where, *options])


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Be the person at the terminal."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def sent(observer: Any) -> list[tuple[str, str]]:
    """Give what was sent since, topic and payload."""
    seen = []
    try:
        while True:
            seen.append(observer.seen.get(timeout=0.3)[:2])
    except Empty:
        return seen


def retained(observe: Callable[[int], Any], port: int) -> dict[str, str]:
    """Ask as somebody new: give what the broker retains."""
    return dict(sent(observe(port)))


def test_removes_the_device_first_and_leaves_no_ghost(
    broker: Any, ghost: Any, observe: Callable[[int], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Home Assistant loses the device, then what it read; the other chair stays."""
    assert run(broker.port, "--yes") == 0

    assert sent(ghost) == [(topic, "") for topic in topics(MINE)]
    assert set(retained(observe, broker.port)) == set(topics(OTHER))
    removed, heard = capsys.readouterr().out.splitlines()
    assert removed == f"removed chair desk (Desk chair) from broker 127.0.0.1:{broker.port}"
    assert heard.startswith("Home Assistant was not heard")


def test_names_the_chair_as_it_was_announced(
    broker: Any, ghost: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings may name it otherwise by now, and Home Assistant's device is what goes."""
    ghost.publish(MINE.discovery, '{"dev": {"name": "Throne"}}', retain=True)
    ghost.next()

    assert run(broker.port, "--yes") == 0

    assert capsys.readouterr().out.startswith("removed chair desk (Throne) from broker")


@pytest.mark.parametrize(
    ("says", "told"), [("online", "the device is gone there, too"), ("offline", "stays there")]
)
def test_says_whether_home_assistant_was_heard(
    broker: Any, ghost: Any, says: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its birth or will message, where it has them retained."""
    ghost.publish("homeassistant/status", says, retain=True)
    ghost.next()

    assert run(broker.port, "--yes") == 0

    heard = capsys.readouterr().out
    assert f"Home Assistant says that it is {says}: " in heard
    assert told in heard


def test_nothing_there(
    broker: Any, observe: Callable[[int], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent either, for Home Assistant warns of a device that it does not know."""
    observer = observe(broker.port)

    assert run(broker.port, "--yes") == 0

    assert sent(observer) == []
    assert capsys.readouterr().out.startswith("there was nothing to remove of chair desk")


def test_with_the_password_of_the_service(
    mosquitto: MosquittoStarter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It finds the password where the README puts it, for the unit."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "chair", "secret"], check=True)
    store = tmp_path / "credstore"
    store.mkdir()
    (store / "chair-sensor.mqtt_password").write_text("secret\n")
    monkeypatch.setattr(configuration, "CREDSTORE", store)

    port = mosquitto(f"password_file {passwords}").port
    code = run(port, "--yes", "--set", "mqtt.username=chair")

    assert code == 0, capsys.readouterr().err


@pytest.mark.parametrize("text", ["y\n", " YES \n"])
def test_asks(
    broker: Any,
    ghost: Any,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says what will go from where, and takes a yes."""
    answer(monkeypatch, text)

    assert run(broker.port) == 0

    assert capsys.readouterr().out.startswith(ASK.format(port=broker.port))
    assert len(sent(ghost)) == len(topics(MINE))


@pytest.mark.parametrize(
    "case",
    [("n\n", 1, "nothing was removed"), ("\n", 1, "nothing was removed"), ("", 2, "Say --yes")],
    ids=["no", "return", "nobody"],
)
def test_anything_else_is_a_no(
    broker: Any,
    ghost: Any,
    case: tuple[str, int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also when nobody is there to ask."""
    text, code, said = case
    answer(monkeypatch, text)

    assert run(broker.port) == code

    assert said in capsys.readouterr().err
    assert sent(ghost) == []


def test_refuses_while_the_daemon_is_online(
    broker: Any, ghost: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even with --yes: the daemon would bring the device back; --force is for a dead one."""
    ghost.publish(MINE.availability, "online", retain=True)
    ghost.next()

    assert run(broker.port, "--yes") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is online and would bring the device back; stop it first" in said
    assert sent(ghost) == []

    assert run(broker.port, "--yes", "--force") == 0
    assert len(sent(ghost)) == len(topics(MINE))


def test_no_broker(capsys: pytest.CaptureFixture[str]) -> None:
    """One line says which broker does not answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert run(port, "--yes") == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"127.0.0.1:{port}" in said
