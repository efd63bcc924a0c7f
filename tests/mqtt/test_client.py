"""The link to the broker, against real brokers on this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from sensor.daemon.inbox import Connected, Disconnected, Inbox, Received
from sensor.daemon.ports import Publication
from sensor.mqtt import client as client_module
from sensor.mqtt.client import PahoLink
from sensor.settings.config import Mqtt
from tests.kit import MosquittoStarter, Observe
from tests.mqtt.kit import Opener

ONLINE = Publication(topic="chair/availability", payload="online", retain=True)
OFFLINE = Publication(topic="chair/availability", payload="offline", retain=True)


def state(payload: str, *, retain: bool = True) -> Publication:
    """Make a message like those of the daemon."""
    return Publication(topic="chair/state", payload=payload, retain=retain)


@pytest.fixture
def silent() -> Iterator[int]:
    """Listen on a port where nobody ever says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class TestConversation:
    """What goes to and fro while the broker is there."""

    def test_tells_the_inbox_when_it_is_connected(self, broker: Any, connect: Opener) -> None:
        """The inbox hears of the connection, stamped with the daemon's clock."""
        link = connect(broker.port, now=lambda: 42.0)

        assert link.inbox.get(10) == Connected(at=42.0)
        assert link.alive()
        assert link.traffic.last_heard == 42.0
        assert link.traffic.reconnects == 0

    def test_publishes(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """What is published reaches another client."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)

        link.publish(state("{}", retain=False))

        assert observer.next() == ("chair/state", "{}", False)

    def test_keeps_the_order(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """Many messages at once arrive complete and in order."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)

        for number in range(200):
            link.publish(state(str(number)))

        assert [observer.next()[1] for _ in range(200)] == [str(n) for n in range(200)]
        assert link.flush(10)

    def test_what_goes_together(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """Messages that are handed over as one come in their order, whatever their QoS."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)
        together = [state(str(n), retain=False)._replace(qos=n % 2) for n in range(4)]

        link.publish(*together)

        assert [observer.next()[1] for _ in together] == ["0", "1", "2", "3"]
        assert link.flush(10)

    def test_a_large_message(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """What does not fit into the socket at once is sent piece by piece."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)

        link.publish(state("x" * 8_000_000, retain=False))

        assert link.flush(10)
        assert len(observer.next()[1]) == 8_000_000

    def test_retains(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """A retained message is there for those who come later, with its flag."""
        link = connect(broker.port)
        link.await_message(Connected)

        link.publish(state("late"))

        assert link.flush(10)
        assert observe(broker.port).next() == ("chair/state", "late", True)

    def test_receives_what_it_subscribed_to(
        self, broker: Any, connect: Opener, observe: Observe
    ) -> None:
        """Messages on the subscribed topics reach the inbox, others do not."""
        link, observer = connect(broker.port, now=lambda: 7.0), observe(broker.port)
        link.await_message(Connected)

        observer.publish("chair/other", "no")
        observer.publish("chair/set/sit_limit", "45")
        observer.publish("chair/do/snooze", "PRESS")

        assert link.inbox.get(10) == Received("chair/set/sit_limit", b"45", False, 7.0)
        assert link.inbox.get(10) == Received("chair/do/snooze", b"PRESS", False, 7.0)

    def test_keeps_the_echo_of_its_own_word(
        self, broker: Any, connect: Opener, observe: Observe
    ) -> None:
        """That the chair is there is no news to the inbox; that it is not there is."""
        link = connect(broker.port, subscriptions=["chair/availability"], now=lambda: 7.0)
        link.await_message(Connected)

        link.publish(ONLINE)
        assert link.flush(10)
        observe(broker.port).publish("chair/availability", "offline")

        assert link.inbox.get(10) == Received("chair/availability", b"offline", False, 7.0)

    def test_tells_retained_commands(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """A retained message is marked, so that the daemon can ignore it."""
        observe(broker.port).publish("chair/do/snooze", "PRESS", retain=True)

        assert connect(broker.port).await_message(Received).retained

    def test_a_message_that_cannot_be_sent_is_logged(
        self, broker: Any, connect: Opener, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A topic with a wildcard is refused in the log, and does no harm."""
        link = connect(broker.port)
        link.await_message(Connected)

        link.publish(Publication(topic="chair/#", payload=""))
        link.publish(state("fine", retain=False))

        assert link.flush(10)
        assert "cannot publish chair/#: Publish topic cannot contain wildcards." in caplog.text
        assert link.alive()

    def test_without_subscriptions(self, broker: Any, connect: Opener) -> None:
        """A link that only talks is connected as soon as it is accepted."""
        assert connect(broker.port, subscriptions=[]).await_message(Connected)

    def test_qos_0(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """A message that asks for no acknowledgement is done when it is sent."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)

        link.publish(Publication(topic="chair/x", payload="0", qos=0))

        assert link.flush(10)
        assert observer.next() == ("chair/x", "0", False)

    def test_mqtt_5(self, mosquitto: MosquittoStarter, connect: Opener, observe: Observe) -> None:
        """The same conversation in MQTT 5."""
        broker = mosquitto()
        link, observer = connect(broker.port, protocol="5"), observe(broker.port)
        link.await_message(Connected)

        for number in range(100):
            link.publish(state(str(number)))

        assert [observer.next()[1] for _ in range(100)] == [str(n) for n in range(100)]
        assert link.flush(10)
        observer.publish("chair/set/buzzer", "OFF")
        assert link.await_message(Received).payload == b"OFF"


class TestClose:
    """`close` ends it in every state."""

    def test_farewell(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """A connected link says goodbye, after all that was said before, and sends no will."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)
        link.publish(state("last"))

        link.close(OFFLINE)

        assert observer.next() == ("chair/state", "last", False)
        assert observer.next() == ("chair/availability", "offline", False)
        observer.publish("end", "")
        assert observer.next()[0] == "end"
        assert not link.alive()

    def test_clean_disconnect_without_farewell(
        self, broker: Any, connect: Opener, observe: Observe
    ) -> None:
        """Without a farewell the link leaves silently; the broker publishes no will."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)

        link.close()

        observer.publish("end", "")
        assert observer.next()[0] == "end"

    def test_twice(self, broker: Any, connect: Opener) -> None:
        """Closing again does nothing; nor does publishing, or opening, after it."""
        link = connect(broker.port)
        link.await_message(Connected)

        link.close(OFFLINE)
        link.close(OFFLINE)
        link.publish(ONLINE)
        link.open()

        assert not link.flush(0)
        assert not link.alive()

    def test_never_opened(self) -> None:
        """A link that was never opened can be closed; it never was alive."""
        link = PahoLink(
            settings=Mqtt(),
            client_id="x",
            will=OFFLINE,
            subscriptions=[],
            inbox=Inbox(),
            now=time.monotonic,
            random=Random(1),  # noqa: S311 - jitter
        )

        link.close(OFFLINE)

        assert not link.alive()

    def test_while_waiting_to_try_again(
        self, connect: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A link that waits for its next attempt stops at once."""
        link = connect(1)
        monkeypatch.setattr(client_module, "delays", lambda _: iter([0.0, 1000.0]))
        link = connect(1)
        link.await_message(Disconnected)
        assert link.alive()

        link.close(OFFLINE)

        assert not link.thread.is_alive()

    def test_while_the_broker_does_not_greet(self, silent: int, connect: Opener) -> None:
        """A link that waits for the broker's greeting stops at once."""
        link = connect(silent)

        link.close(OFFLINE)

        assert not link.thread.is_alive()
        assert link.inbox.get() is None

    def test_while_looking_up_the_host(
        self, connect: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A lookup that blocks is no fault, and does not hold up `close`."""
        looking, answer = threading.Event(), threading.Event()

        def slow(*_args: Any, **_options: Any) -> list[Any]:
            looking.set()
            answer.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.setattr(client_module, "FAREWELL_TIMEOUT", -0.9)
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        link = connect(1883, host="slow.example")
        assert looking.wait(10)
        assert link.alive()

        link.close(OFFLINE)

        assert link.thread.is_alive()
        answer.set()
        link.thread.join(10)
        assert not link.thread.is_alive()
        assert link.inbox.get() is None

    def test_while_the_broker_is_frozen(self, mosquitto: MosquittoStarter, connect: Opener) -> None:
        """A broker that does not take the farewell is not waited for any longer than 2 s."""
        broker = mosquitto()
        link = connect(broker.port)
        link.await_message(Connected)
        broker.freeze()
        start = time.monotonic()

        link.close(OFFLINE)

        assert time.monotonic() - start < 2 + 3, "3 s are for a busy machine"
        assert not link.thread.is_alive()
