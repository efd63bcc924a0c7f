"""`chair-sensor status` against a real daemon in a process of its own."""

import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from sensor.commands import main
from sensor.errors import ChairSensorError
from sensor.status import client
from sensor.status.client import ask
from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_unit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever runs on this machine is not asked."""
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run")


def test_what_it_thinks_now(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    capsys: Any,
) -> None:
    """The page says what is published, and how mat, buzzer and broker are."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, sit_limit="1h", break_min="5m") as daemon:
        daemon.ready().do("sit")
        seen.await_state(status="sitting")

        assert main.main(["status", "--state-dir", str(tmp_path)]) == 0

    said = capsys.readouterr().out
    assert said.startswith("Desk chair (chair-sensor/test): sitting\nSitting; break due at ")
    assert "of 1 h\n" in said
    assert "mat             pressed (GPIO5); 1 change in the last minute\n" in said
    assert "buzzer          silent now (GPIO17)\n" in said
    assert f"broker          connected to 127.0.0.1:{port}\n" in said


def test_not_me_without_a_broker(chair: type[Chair], tmp_path: Path, capsys: Any) -> None:
    """A command reaches the daemon without MQTT; a second one is refused with the reason."""
    with chair(tmp_path, 1, sit_limit="1h", break_min="5m") as daemon:
        daemon.await_log("broker away")
        daemon.do("sit")
        daemon.await_log("sitting: ")

        assert main.main(["not-me", "--state-dir", str(tmp_path)]) == 0
        assert main.main(["not-me", "--state-dir", str(tmp_path)]) == 1
        assert main.main(["do-not-disturb", "--state-dir", str(tmp_path)]) == 0
        assert ask(tmp_path)["state"]["do_not_disturb"] is True
        assert main.main(["do-not-disturb", "--off", "--state-dir", str(tmp_path)]) == 0
        assert ask(tmp_path)["state"]["do_not_disturb"] is False

    said = capsys.readouterr()
    assert said.out.startswith("Desk chair (chair-sensor/test): ignored\n")
    assert "do not disturb until " in said.out
    marked = "already marked; counting begins again when the chair has been empty"
    assert said.err == f"chair-sensor: not me: {marked}\n"


def test_json(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    capsys: Any,
) -> None:
    """`--json` has the state as it is published, and all else that the daemon knows."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, sit_limit="1h", break_min="5m") as daemon:
        daemon.ready()
        published = seen.await_state(status="vacant").payload

        main.main(["status", "--json", "--state-dir", str(tmp_path)])
        told = json.loads(capsys.readouterr().out)

    del published["today"], told["state"]["today"]
    assert told["state"] == published
    assert told["pid"] == daemon.process.pid
    assert told["mqtt"]["connected"] is True
    assert told["diagnostics"]["edges"] == told["edges_last_minute"] == 0


def test_home_assistant(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """What Home Assistant last said of itself is passed on."""
    port = mosquitto("allow_anonymous true").port
    with record(port) as seen, chair(tmp_path, port) as daemon:
        daemon.ready()
        seen.await_availability("online")
        assert ask(tmp_path)["mqtt"]["home_assistant"] is None

        seen._client.publish("homeassistant/status", "offline", 1)
        seen.publish("do/test_buzzer", "PRESS")
        daemon.buzzer.wait(lambda edge: edge.on)

        assert ask(tmp_path)["mqtt"]["home_assistant"] == "offline"


def test_without_a_broker(chair: type[Chair], tmp_path: Path) -> None:
    """With the broker away it says why."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        with chair(tmp_path, port) as daemon:
            daemon.await_log("broker away")

            mqtt = ask(tmp_path)["mqtt"]

    assert mqtt["connected"] is False
    assert mqtt["trouble"] is not None
    assert mqtt["trouble"].startswith(f"connection refused by 127.0.0.1:{port}")


def test_after_a_kill(
    mosquitto: MosquittoStarter, chair: type[Chair], tmp_path: Path, capsys: Any
) -> None:
    """A killed daemon leaves a dead socket: nobody answers; its successor does again."""
    port = mosquitto().port
    with chair(tmp_path, port) as daemon:
        daemon.ready().end(signal.SIGKILL)
    assert (tmp_path / "chair-sensor.status").is_socket()

    assert main.main(["status", "--state-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("chair-sensor: no daemon answers at")
    with chair(tmp_path, port) as daemon:
        daemon.ready()
        daemon.await_log("starting: ")
        assert ask(tmp_path)["pid"] == daemon.process.pid


def test_nothing_is_left_behind(
    mosquitto: MosquittoStarter, chair: type[Chair], tmp_path: Path
) -> None:
    """A daemon that was stopped takes its socket along."""
    with chair(tmp_path, mosquitto().port) as daemon:
        daemon.ready().await_log("starting: ")
        daemon.end(signal.SIGTERM)

    assert not (tmp_path / "chair-sensor.status").exists()


def test_frozen(
    mosquitto: MosquittoStarter, chair: type[Chair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that hangs is told of as such, and nobody waits for ever."""
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    with chair(tmp_path, mosquitto().port) as daemon:
        daemon.ready().await_log("starting: ")
        daemon.signal(signal.SIGSTOP)

        with pytest.raises(ChairSensorError, match="timed out"):
            ask(tmp_path)


def test_nobody_else_reads_what_a_daemon_writes(chair: type[Chair], tmp_path: Path) -> None:
    """Started by hand, it makes no file that another user may open; the socket asks who it is."""
    with chair(tmp_path, 1) as daemon:
        daemon.await_log("broker away")

        open_to_others = {
            path.name
            for path in tmp_path.iterdir()
            if path.stat().st_mode & 0o077 and path.name.startswith("cha") and not path.is_socket()
        }
        names = {path.name for path in tmp_path.iterdir()}

    assert open_to_others == set()
    assert {"chair-sensor.db", "chair-sensor.lock", "chair-sensor.status"} <= names
