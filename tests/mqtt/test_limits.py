"""The link to brokers that limit things, leave things unanswered, or close when they like."""

import logging
import tracemalloc
from threading import Thread
from typing import Any

import pytest

from sensor.daemon.inbox import Connected, Disconnected, Received
from sensor.daemon.ports import Publication
from sensor.mqtt import client as client_module
from sensor.mqtt import deliveries as deliveries_module
from tests.mqtt.kit import Opener

from . import difficult
from .difficult import Difficult, Published

OFFLINE = Publication(topic="chair/availability", payload="offline", retain=True)
SMALL = Publication(topic="chair/state", payload="{}", retain=True)
LARGE = Publication(topic="homeassistant/device/chair/config", payload="x" * 20_000, retain=True)
both = pytest.mark.parametrize("protocol", ["3.1.1", "5"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a message count as unanswered sooner."""
    monkeypatch.setattr(deliveries_module, "PATIENCE", 0.2)


def connected(link: Any) -> Any:
    """Wait for the connection."""
    link.await_message(Connected)
    return link


class TestUnanswered:
    """A topic that is never acknowledged stops no other, and is not believed to be said."""

    @both
    @pytest.mark.usefixtures("impatient")
    def test_others_go_on(
        self, connect: Opener, protocol: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Far more messages than may be on their way at once; it is said once, with the topic."""
        with Difficult(deaf=frozenset({"state"})) as broker:
            link = connected(connect(broker.port, protocol=protocol))
            for _ in range(50):
                link.publish(SMALL)
            link.publish(LARGE)

            assert link.flush(10)
            got = [broker.got.get(timeout=10) for _ in range(51)]

            link.await_refused("chair/state")

        assert got[-1].topic == LARGE.topic
        why = "the broker has not acknowledged a message for 0 s"
        assert link.traffic.refused == {"chair/state": why}
        assert caplog.messages.count(f"chair/state: {why}") == 1

    @both
    @pytest.mark.usefixtures("impatient")
    def test_a_window_that_is_full(self, connect: Opener, protocol: str) -> None:
        """With a small Receive Maximum the topic goes on without acknowledgement (QoS 0)."""
        limits = {difficult.RECEIVE_MAXIMUM: 3}
        with Difficult(deaf=frozenset({"state"}), properties=limits) as broker:
            link = connected(connect(broker.port, protocol=protocol))
            link.publish(SMALL)
            assert link.flush(10)
            for _ in range(10):
                link.publish(SMALL)
            link.publish(LARGE)
            assert link.flush(10)
            got = [broker.got.get(timeout=10) for _ in range(12)]

        assert [message.qos for message in got] == [1, *[0] * 10, 1]

    @both
    @pytest.mark.parametrize("deaf", [set(), {"availability"}])
    def test_farewell(self, connect: Opener, protocol: str, deaf: set[str]) -> None:
        """Without an acknowledged farewell there is no DISCONNECT: the broker sends the will."""
        with Difficult(deaf=frozenset(deaf)) as broker:
            link = connected(connect(broker.port, protocol=protocol))
            link.close(OFFLINE)

            assert broker.got.get(timeout=10).payload == b"offline"
            assert broker.ended.get(timeout=10) is not bool(deaf)

    @pytest.mark.usefixtures("impatient")
    def test_farewell_on_a_topic_that_is_not_acknowledged(self, connect: Opener) -> None:
        """Known beforehand, it is not waited for, and the will is sent all the same."""
        with Difficult(deaf=frozenset({"availability"})) as broker:
            link = connected(connect(broker.port))
            link.publish(OFFLINE)
            assert link.flush(10)
            link.close(OFFLINE)

            assert not broker.ended.get(timeout=10)

    def test_refused_farewell(self, connect: Opener) -> None:
        """One that the broker says it does not take (MQTT 5) leaves it to the will too."""
        with Difficult(puback={"availability": 0x87}) as broker:
            link = connected(connect(broker.port, protocol="5"))
            link.close(OFFLINE)

            assert not broker.ended.get(timeout=10)

    @pytest.mark.usefixtures("impatient")
    def test_a_late_answer(self, connect: Opener) -> None:
        """What is acknowledged after all is no longer told as refused."""
        with Difficult(deaf=frozenset({"state"})) as broker:
            link = connected(connect(broker.port))
            link.publish(SMALL)
            assert link.flush(10)
            assert "chair/state" in link.traffic.refused
            assert link.connection.deliveries.acknowledged(2, None) is None

        assert link.traffic.refused == {}


class TestAnnounced:
    """What MQTT 5 lets a broker say of itself is kept to."""

    def test_packet_size(self, connect: Opener, caplog: pytest.LogCaptureFixture) -> None:
        """What is too large is not sent, all else is; it is said which, and what for."""
        with Difficult(properties={difficult.MAXIMUM_PACKET: 10_000}, largest=10_000) as broker:
            link = connected(connect(broker.port, protocol="5"))
            for message in (LARGE, SMALL, LARGE, SMALL):
                link.publish(message)

            assert link.flush(10)
            assert [broker.got.get(timeout=10).topic for _ in range(2)] == [SMALL.topic] * 2

        [line] = [line for line in caplog.messages if "bytes" in line]
        assert line.startswith(f"{LARGE.topic}: not sent, 20043 bytes are too large for")
        assert line.endswith("the broker (at most 10000); Home Assistant does not find the chair")
        assert LARGE.topic in link.traffic.refused

    def test_what_is_left_out_holds_nobody_up(self, connect: Opener) -> None:
        """Who waits for the last answer is woken, also if the last message is not sent."""
        with Difficult(properties={difficult.MAXIMUM_PACKET: 10_000}) as broker:
            link = connected(connect(broker.port, protocol="5"))
            waiting = Thread(target=link.flush, args=(60,))
            with link.connection._works:  # as if the network thread were at work
                link.publish(LARGE)
                waiting.start()
                while not link.connection.deliveries._settled._waiters:
                    waiting.join(0.01)
            waiting.join(5)

            assert not waiting.is_alive()

    def test_without_retained_messages(self, connect: Opener) -> None:
        """Messages and the will go without the flag; a will that was refused is tried without."""
        broker = Difficult(
            properties={difficult.RETAIN_AVAILABLE: 0},
            connack=lambda will: 0x9A if will and will.retain else 0,
        )
        with broker:
            link = connected(connect(broker.port, protocol="5"))
            link.publish(SMALL)

            assert broker.got.get(timeout=10) == Published("chair/state", b"{}", 1, False)
            assert [will and will.retain for will in broker.wills] == [True, False]
            assert "retained messages" in link.traffic.refused

    def test_qos_0_only(self, connect: Opener) -> None:
        """The same with QoS 1."""
        broker = Difficult(
            properties={difficult.MAXIMUM_QOS: 0},
            connack=lambda will: 0x9B if will and will.qos else 0,
        )
        with broker:
            link = connected(connect(broker.port, protocol="5"))
            link.publish(SMALL)

            assert broker.got.get(timeout=10) == Published("chair/state", b"{}", 0, True)
            assert [will and will.qos for will in broker.wills] == [1, 0]
            assert link.flush(10)

    @pytest.mark.parametrize(("server", "pings"), [(1, 1), (0, 0), (3600, 0)])
    def test_keepalive(self, connect: Opener, server: int, pings: int) -> None:
        """A shorter one is kept to; 0, or a longer one, is no reason to ping more, or never."""
        with Difficult(properties={difficult.KEEPALIVE: server}) as broker:
            link = connected(connect(broker.port, protocol="5", keepalive=30))
            assert link.inbox.get(1.5 if pings else 0.3) is None
            expected = server if 0 < server < 30 else 30

            assert broker.kinds[difficult.PINGREQ] == pings
            assert link.connection._client.keepalive == expected

    def test_our_own(self, connect: Opener) -> None:
        """The broker is told what is the most that is read: no message larger is sent to us."""
        with Difficult() as broker:
            connected(connect(broker.port, protocol="5"))

            assert b"\x27" + (65_536).to_bytes(4, "big") in broker.connects[0]


class TestLearned:
    """A broker of MQTT 3.1.1 cannot say its limits: it closes the connection."""

    @both
    def test_packet_size(
        self, connect: Opener, protocol: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The message that was the last word twice is left out from then on, and named."""
        caplog.set_level(logging.INFO, "sensor")
        with Difficult(largest=10_000) as broker:
            link = connect(broker.port, protocol=protocol)
            for _ in range(2):
                connected(link)
                link.publish(SMALL)
                link.publish(LARGE)
                link.await_message(Disconnected)
            connected(link)
            for _ in range(3):
                link.publish(LARGE)
                link.publish(SMALL)
            assert link.flush(10)

            assert broker.connections == 3
            assert link.traffic.reconnects == 2
            assert {broker.got.get(timeout=10).topic for _ in range(5)} == {SMALL.topic}
        assert f"{LARGE.topic}: not sent, 20043 bytes" in caplog.text
        assert "client id" not in caplog.text
        assert "connected to broker" not in caplog.text

    def test_another_reason(self, connect: Opener) -> None:
        """A broker that closes for another reason is not suspected for long."""
        with Difficult() as broker:
            link = connected(connect(broker.port))
            link.publish(LARGE)
            assert link.flush(10)
            link.limits.dropped({LARGE.topic: 20_043}, certain=False)
            link.limits.dropped({LARGE.topic: 20_043}, certain=False)

            assert link.limits.largest is None


class TestClosings:
    """Where a connection ends says what may be the matter."""

    @both
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (difficult.CONNECT, "closed the connection without an answer; is it a port for TLS"),
            (difficult.SUBSCRIBE, "accepted the connection, then closed it before it answered our"),
        ],
    )
    def test_in_the_greeting(self, connect: Opener, protocol: str, kind: int, words: str) -> None:
        """At the CONNECT, or at the SUBSCRIBE."""
        with Difficult(closes_at=frozenset({kind})) as broker:
            reason = connect(broker.port, protocol=protocol).await_message(Disconnected).reason

        assert words in reason

    @pytest.mark.parametrize(
        ("protocol", "other"), [("3.1.1", "mqtt.protocol = '5'"), ("5", "mqtt.protocol = '3.1.1'")]
    )
    def test_another_protocol_is_worth_a_try(
        self, connect: Opener, protocol: str, other: str
    ) -> None:
        """RabbitMQ 3.10 closes without an answer if it is asked for MQTT 5."""
        with Difficult(closes_at=frozenset({difficult.CONNECT})) as broker:
            reason = connect(broker.port, protocol=protocol).await_message(Disconnected).reason

        assert other in reason

    def test_at_an_answer_that_is_none(self, connect: Opener) -> None:
        """A code that no PUBACK has, of mosquitto 2.0: the message is left out the third time."""
        with Difficult(puback={"config": 0x95}) as broker:
            link = connect(broker.port, protocol="5")
            for _ in range(2):
                connected(link).publish(LARGE)
                reason = link.await_message(Disconnected).reason
                assert "the broker sent something that MQTT does not know" in reason
            connected(link).publish(LARGE)
            link.publish(SMALL)

            assert link.flush(10)
            assert "too large for the broker" in link.traffic.refused[LARGE.topic]

    @pytest.mark.parametrize("answer", [b"", b"\0", b"\0\1\0"])
    def test_at_an_answer_without_sense(self, connect: Opener, answer: bytes) -> None:
        """To no message, or with a reason, which MQTT 3.1.1 does not have."""
        with Difficult() as broker:
            broker.sends = [difficult.packet(difficult.PUBACK, answer)]
            reason = connect(broker.port).await_message(Disconnected).reason

        assert "the broker sent something that MQTT does not know" in reason

    @both
    def test_an_answer_to_nothing(self, connect: Opener, protocol: str) -> None:
        """It changes nothing."""
        with Difficult() as broker:
            broker.sends = [difficult.packet(difficult.PUBACK, b"\7\7")]
            link = connected(connect(broker.port, protocol=protocol))
            link.publish(SMALL)

            assert link.flush(10)

    @both
    def test_in_a_later_greeting(self, connect: Opener, protocol: str) -> None:
        """A broker that has accepted the chair before is not taken for another port."""
        with Difficult() as broker:
            link = connected(connect(broker.port, protocol=protocol))
            broker.closes_at = frozenset({difficult.CONNECT})
            broker.hang_up()
            link.await_message(Disconnected)
            reason = link.await_message(Disconnected).reason

        assert "closed the connection without an answer, unlike before" in reason

    @both
    def test_at_subscriptions_of_qos_1(self, connect: Opener, protocol: str) -> None:
        """As RabbitMQ does while another node is lost: subscribed with QoS 0, until that ends."""
        with Difficult(listeners=0) as broker:
            link = connect(broker.port, protocol=protocol)
            told = link.await_message(Disconnected).reason
            connected(link).publish(SMALL)

            assert link.flush(10)
            assert broker.got.get(timeout=10).qos == 1
            assert "is another node of a cluster lost" in told
            broker.listeners = 2
            broker.hang_up()
            connected(link)
            assert broker.connections == 3

    @both
    def test_at_each_message(
        self, connect: Opener, protocol: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A broker that closes at any message is not one with a rival."""
        monkeypatch.setattr(client_module, "TAKEN_OVER", 0.0)
        with Difficult(closes_at=frozenset({difficult.PUBLISH})) as broker:
            link = connect(broker.port, protocol=protocol)
            for _ in range(client_module.KICKS):
                connected(link)
                link.publish(SMALL)
                reason = link.await_message(Disconnected).reason

        assert "at our first message; does it let this user publish" in reason

    @both
    def test_another_language(self, connect: Opener, protocol: str) -> None:
        """What comes first is not MQTT: a TLS alert, or the words of a web server."""
        with Difficult(says=b"HTTP/1.1 400 Bad Request\r\n\r\n") as broker:
            reason = connect(broker.port, protocol=protocol).await_message(Disconnected).reason

        assert "does not answer in MQTT; is it a port for TLS" in reason

    @both
    def test_another_version(self, connect: Opener, protocol: str) -> None:
        """CONNACK 1 (3.1.1), or its word in MQTT 5."""
        with Difficult(connack=lambda _: 1 if protocol == "3.1.1" else 0x84) as broker:
            reason = connect(broker.port, protocol=protocol).await_message(Disconnected).reason

        assert reason == "the broker does not speak this version of MQTT (mqtt.protocol)"

    def test_not_with_this_client_id(self, connect: Opener) -> None:
        """A broker that ties client ids to users says "not authorised": the line names both."""
        with Difficult(connack=lambda _: 5) as broker:
            reason = connect(broker.port).await_message(Disconnected).reason

        assert "mqtt.username" in reason
        assert "client id" in reason


class TestLargeMessages:
    """What is sent to us has a bound."""

    def test_not_read(self, connect: Opener) -> None:
        """A message of 200 MB is given up at its header, with its topic; no memory is spent."""
        with Difficult() as broker:
            start = (7).to_bytes(2, "big") + b"chair/x"
            broker.sends = [b"\x31" + difficult.varint(200_000_000) + start + b"x" * 100_000]
            tracemalloc.start()
            reason = connect(broker.port).await_message(Disconnected).reason
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

        assert reason.startswith(
            "a message of 200000000 bytes waits on chair/x; no more than 65536"
        )
        assert peak < 2_000_000

    def test_not_in_a_tight_loop(self, connect: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
        """A retained one comes with each connection: the attempts become rare."""
        monkeypatch.setattr(client_module, "delays", lambda _: iter([0.0, 1000.0]))
        with Difficult() as broker:
            broker.sends = [broker.message("chair/x", b"x" * 70_000, retain=True)]
            link = connect(broker.port)
            for _ in range(client_module.KICKS):
                link.await_message(Disconnected)

            assert link.inbox.get(0.2) is None
            assert broker.connections == client_module.KICKS

    def test_the_chair_goes_on_without(self, connect: Opener) -> None:
        """A retained one costs the subscription that brings it, and no more; `status` says so."""
        with Difficult() as broker:
            broker.sends = [broker.message("chair/set/x", b"x" * 70_000, retain=True)]
            broker.sends_for = b"chair/set/#"
            link = connect(broker.port)
            link.await_message(Disconnected)
            connected(link)
            link.publish(SMALL)

            assert link.flush(10)
            assert "a message on chair/set/x is too large" in link.traffic.refused["chair/set/#"]
            assert "chair/do/+" not in link.traffic.refused

    def test_a_topic_that_is_no_text(
        self, connect: Opener, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Bytes that are not UTF-8 are passed over without a word; what follows is heard."""
        with Difficult() as broker:
            body = (3).to_bytes(2, "big") + b"\xff\xfe/" + b"x"
            broker.sends = [
                difficult.packet(difficult.PUBLISH, body),
                broker.message("chair/set/x", b"1"),
            ]
            link = connect(broker.port)

            assert link.await_message(Received).topic == "chair/set/x"
        assert "Traceback" not in caplog.text
