"""The link to a broker that does not want it."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor.daemon.inbox import Connected, Disconnected
from sensor.daemon.ports import Publication
from sensor.mqtt import client as client_module
from tests.kit import MosquittoStarter
from tests.mqtt.kit import Opener

DYNAMIC_SECURITY = next(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)


def state(payload: str, *, retain: bool = True) -> Publication:
    """Make a message like those of the daemon."""
    return Publication(topic="chair/state", payload=payload, retain=retain)


@pytest.fixture
def silent() -> Iterator[int]:
    """Listen on a port where nobody ever says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class TestRefusal:
    """Why there is no connection, in plain words."""

    @pytest.mark.parametrize(
        ("host", "reason"),
        [
            ("no-such-host.invalid", "unknown host 'no-such-host.invalid' (mqtt.host)"),
            ("bad..name", "unknown host 'bad..name' (mqtt.host)"),
            ("ä" * 64, f"'{'ä' * 64}:1883' is not an address (mqtt.host, mqtt.port)"),
        ],
    )
    def test_garbage_host(self, connect: Opener, host: str, reason: str) -> None:
        """A host that cannot be found is named, whatever it looks like; the thread lives on."""
        link = connect(None, host=host)

        assert link.await_message(Disconnected).reason == reason
        link.await_message(Disconnected)
        assert link.alive()

    def test_nobody_listens(self, connect: Opener) -> None:
        """A port without a broker refuses the connection."""
        reason = connect(1).await_message(Disconnected).reason

        assert reason == "connection refused by 127.0.0.1:1; is the broker running?"

    def test_nobody_answers(
        self, silent: int, connect: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A port where nobody speaks is given up after a while."""
        monkeypatch.setattr(client_module, "GREETING_TIMEOUT", 0.2)

        reason = connect(silent).await_message(Disconnected).reason

        assert reason == "timeout: the broker takes the connection but does not answer"

    def test_somebody_else_answers(self, connect: Opener) -> None:
        """What answers in another language is told from a broker."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            link = connect(port := listening.getsockname()[1])
            other, _ = listening.accept()
            with other:
                other.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # a TLS alert
                reason = link.await_message(Disconnected).reason

        expected = f"127.0.0.1:{port} does not answer in MQTT; is it a port for TLS"
        assert reason == f"{expected} (mqtt.tls, mqtt.port)?"

    @pytest.mark.parametrize("protocol", ["3.1.1", "5"])
    def test_wrong_password(
        self,
        mosquitto: MosquittoStarter,
        connect: Opener,
        tmp_path: Path,
        protocol: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """A wrong password is told in words and never shown; the right one is accepted."""
        passwords = tmp_path / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "me", "right"], check=True)
        port = mosquitto(f"password_file {passwords}").port

        wrong = connect(port, username="me", password="secret-77", protocol=protocol)  # noqa: S106
        reason = wrong.await_message(Disconnected).reason
        right = connect(port, username="me", password="right", client_id="b")  # noqa: S106

        expected = "wrong user or password, or not authorised with this client id (mqtt.username"
        assert reason.startswith(expected)
        assert right.await_message(Connected)
        assert "secret-77" not in caplog.text

    def test_refused_subscription(
        self,
        mosquitto: MosquittoStarter,
        connect: Opener,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """A refused subscription is logged, and the link is connected all the same."""
        if DYNAMIC_SECURITY is None:
            pytest.skip("this mosquitto has no dynamic security plugin")
        rules = tmp_path / "rules.json"
        access = {"publishClientSend": True, "publishClientReceive": True, "subscribe": False}
        rules.write_text(json.dumps({"defaultACLAccess": access | {"unsubscribe": True}}))
        broker = mosquitto(
            "allow_anonymous true", f"plugin {DYNAMIC_SECURITY}", f"plugin_opt_config_file {rules}"
        )

        link = connect(broker.port)
        link.await_message(Connected)

        assert set(link.traffic.refused) == {"chair/set/#", "chair/do/+"}
        assert "chair/set/#: the broker does not let us subscribe: " in caplog.text

    def test_refused_publication(
        self,
        mosquitto: MosquittoStarter,
        connect: Opener,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """In MQTT 5 the broker says that it does not take a message; that is logged once."""
        rules = tmp_path / "acl"
        rules.write_text("topic read #\n")
        broker = mosquitto("allow_anonymous true", f"acl_file {rules}")
        link = connect(broker.port, protocol="5")
        link.await_message(Connected)

        for _ in range(3):
            link.publish(state("{}"))

        assert link.flush(10)
        why = "the broker does not let us publish: Not authorized"
        assert link.traffic.refused == {"chair/state": why}
        assert caplog.messages.count(f"chair/state: {why}") == 1

    def test_rival_with_the_same_client_id(
        self, mosquitto: MosquittoStarter, connect: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two links with one client id kick each other out; the log asks about it."""
        monkeypatch.setattr(client_module, "TAKEN_OVER", 0.01)
        port = mosquitto().port
        link, _rival = connect(port), connect(port)

        while "another client" not in (reason := link.await_message(Disconnected).reason):
            pass

        assert "the client id 'chair-test' too (mqtt.client_id)" in reason

    def test_taken_over_in_mqtt_5(self, connect: Opener) -> None:
        """In MQTT 5 a broker can say that the session was taken over; then so does the log."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            link = connect(listening.getsockname()[1], protocol="5", subscriptions=[])
            broker, _ = listening.accept()
            with broker:
                assert broker.recv(1000)
                broker.sendall(b"\x20\x03\x00\x00\x00")  # CONNACK
                link.await_message(Connected)
                broker.sendall(b"\xe0\x06\x8e\x04\x1f\x00\x01x")  # DISCONNECT
                reason = link.await_message(Disconnected).reason

        expected = "session taken over: another client uses the client id 'chair-test'"
        assert reason == f"{expected} (mqtt.client_id)"
