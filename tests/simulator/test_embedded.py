"""The broker in the box."""

import builtins
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from sensor.errors import ChairSensorError
from sensor.simulator.embedded_broker import EmbeddedBroker

PATIENCE = 60.0


class Client:
    """A client of MQTT 3.1.1 that keeps what it sees."""

    def __init__(self, port: int, topic: str, will: str | None = None) -> None:
        self.seen: queue.Queue[tuple[str, str, int, bool]] = queue.Queue()
        subscribed = threading.Event()
        self.paho = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self.paho.on_connect = self._subscribe
        self._topic = topic
        self.paho.on_subscribe = lambda *_: subscribed.set()
        self.paho.on_message = lambda _c, _u, message: self.seen.put(
            (message.topic, message.payload.decode(), message.qos, message.retain)
        )
        if will is not None:
            self.paho.will_set(will, "offline", 1, retain=True)
        self.paho.connect("127.0.0.1", port)
        self.paho.loop_start()
        assert subscribed.wait(PATIENCE)

    def _subscribe(self, *_: object) -> None:
        self.paho.subscribe(self._topic, 1)

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish with QoS 1, and wait for the acknowledgement."""
        self.paho.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE)

    def next(self) -> tuple[str, str, int, bool]:
        """Give the next message: topic, payload, QoS, whether it was retained."""
        return self.seen.get(timeout=PATIENCE)


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """Run a broker."""
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def client(broker: EmbeddedBroker) -> Iterator[Callable[..., Client]]:
    """Connect clients that leave at the end."""
    clients: list[Client] = []

    def connect(topic: str = "none", **more: Any) -> Client:
        clients.append(Client(broker.port, topic, **more))
        return clients[-1]

    yield connect
    for each in clients:
        each.paho.disconnect()
        each.paho.loop_stop()


def test_delivers_in_order(client: Any) -> None:
    """What one client publishes reaches another: all of it, in order, once."""
    here, there = client("chair/#"), client()

    for number in range(100):
        there.publish("chair/x", str(number))

    assert [here.next() for _ in range(100)] == [("chair/x", str(n), 1, False) for n in range(100)]


def test_retains(client: Any) -> None:
    """A retained message is there for those who subscribe later, the newest only."""
    first = client("chair/#")
    first.publish("chair/state", "old", retain=True)
    first.publish("chair/state", "new", retain=True)

    later = client("chair/#")

    assert later.next() == ("chair/state", "new", 1, True)
    assert later.seen.empty()


def test_forgets_a_retained_message(client: Any) -> None:
    """An empty retained message takes the old one back."""
    first = client()
    first.publish("chair/state", "old", retain=True)
    first.publish("chair/state", "", retain=True)

    later = client("chair/#")
    first.publish("chair/x", "end")

    assert later.next()[1] == "end"


def test_tells_only_what_was_subscribed(client: Any) -> None:
    """A new client gets no retained messages that only others subscribed to."""
    first = client("chair/#")
    first.publish("chair/state", "{}", retain=True)

    other = client("chair/set/#")
    first.publish("chair/set/x", "end")

    assert other.next() == ("chair/set/x", "end", 1, False)


def test_will(client: Any) -> None:
    """The will of a client that vanishes is published, and retained."""
    here, gone = client("chair/#"), client(will="chair/availability")

    gone.paho.socket().shutdown(socket.SHUT_RDWR)

    assert here.next() == ("chair/availability", "offline", 1, False)
    assert client("chair/#").next() == ("chair/availability", "offline", 1, True)


def test_no_will_after_a_disconnect(client: Any) -> None:
    """The will of a client that says goodbye is not published."""
    here, gone = client("chair/#"), client(will="chair/availability")

    gone.paho.disconnect()
    client().publish("chair/x", "end")

    assert here.next()[1] == "end"


def test_outage(broker: EmbeddedBroker, client: Any) -> None:
    """It can be stopped and started again on its port; what it retained is gone."""
    client().publish("chair/state", "old", retain=True)
    port = broker.port

    for _ in range(5):
        broker.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        broker.start()

    assert broker.port == port
    later = client("chair/#")
    later.publish("chair/state", "new")
    assert later.next() == ("chair/state", "new", 1, False)


def test_stops_with_a_client_that_never_said_hello(broker: EmbeddedBroker) -> None:
    """A connection without a word does not hold up the stop."""
    with socket.create_connection(("127.0.0.1", broker.port)) as mute:
        mute.settimeout(PATIENCE)

        broker.stop()

        assert mute.recv(1) == b""


def test_stops_in_the_middle_of_deliveries(broker: EmbeddedBroker, client: Any) -> None:
    """Messages on their way do not hold up the stop, and leave no thread behind."""
    client("chair/#")
    there = client()
    for number in range(100):
        there.paho.publish("chair/x", str(number), 1)

    broker.stop()

    assert "embedded-broker" not in [thread.name for thread in threading.enumerate()]


def test_start_and_stop_are_idempotent(broker: EmbeddedBroker) -> None:
    """Starting or stopping twice does nothing; a broker never started can be stopped."""
    assert broker.start() is broker
    broker.stop()
    broker.stop()
    EmbeddedBroker().stop()


def test_port_taken(broker: EmbeddedBroker) -> None:
    """A port that somebody else took meanwhile is told in one line."""
    broker.stop()
    with (
        socket.create_server(("127.0.0.1", broker.port)),
        pytest.raises(ChairSensorError, match=f"did not start on 127.0.0.1:{broker.port}: "),
    ):
        broker.start()


def test_amqtt_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without amqtt the error says what to install."""
    real = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name.startswith("amqtt"):
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(ChairSensorError, match=r"pip install amqtt"):
        EmbeddedBroker().start()
