"""The link to a broker that goes away, and a link that must not give up."""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from sensor.daemon.inbox import Connected, Disconnected, Inbox, Message, Received
from sensor.daemon.ports import Publication
from sensor.mqtt import client as client_module
from sensor.mqtt.connection import Connection
from sensor.mqtt.deliveries import BACKLOG
from sensor.mqtt.waker import Waker
from tests.kit import MosquittoStarter, Observe
from tests.mqtt.kit import Opener

ONLINE = Publication(topic="chair/availability", payload="online", retain=True)


def state(payload: str, *, retain: bool = True) -> Publication:
    """Make a message like those of the daemon."""
    return Publication(topic="chair/state", payload=payload, retain=retain)


@pytest.fixture
def silent() -> Iterator[int]:
    """Listen on a port where nobody ever says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class TestOutage:
    """What happens when the broker goes away."""

    def test_twenty_restarts(self, broker: Any, connect: Opener, observe: Observe) -> None:
        """However often the broker dies, the link comes back by itself."""
        link = connect(broker.port)
        link.await_message(Connected)

        for _ in range(20):
            broker.stop()
            link.await_message(Disconnected)
            broker.start()
            link.await_message(Connected)

        assert link.traffic.reconnects == 20
        link.publish(state("still here"))
        assert link.flush(10)
        assert observe(broker.port).next() == ("chair/state", "still here", True)

    def test_nothing_published_while_away_is_ever_delivered(
        self, broker: Any, connect: Opener, observe: Observe
    ) -> None:
        """Stale state is dropped: after an outage the broker only hears what is said then."""
        link = connect(broker.port)
        link.await_message(Connected)
        broker.stop()
        link.await_message(Disconnected)

        link.publish(state("stale"))
        broker.start()
        link.await_message(Connected)
        observer = observe(broker.port)
        link.publish(state("fresh"))

        assert link.flush(10)
        assert observer.next() == ("chair/state", "fresh", False)
        assert observer.seen.empty()

    def test_nothing_in_flight_survives_the_connection(
        self, mosquitto: MosquittoStarter, connect: Opener, observe: Observe
    ) -> None:
        """What the broker had not acknowledged when it died is not sent again either."""
        broker = mosquitto()
        link = connect(broker.port)
        link.await_message(Connected)
        broker.freeze()
        link.publish(state("in flight"))
        assert not link.flush(0.05)
        broker.stop()
        broker.start()
        link.await_message(Connected)

        link.publish(state("fresh"))

        assert link.flush(10)
        observer = observe(broker.port)
        assert observer.next() == ("chair/state", "fresh", True)
        assert observer.seen.empty()

    def test_will_when_the_wire_is_cut(
        self, broker: Any, connect: Opener, observe: Observe
    ) -> None:
        """A link that vanishes leaves a retained `offline`, and comes back."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)
        link.publish(ONLINE)
        assert observer.next() == ("chair/availability", "online", False)

        link.socket.shutdown(socket.SHUT_RDWR)

        assert observer.next() == ("chair/availability", "offline", False)
        assert link.await_message(Disconnected).reason == "the broker closed the connection"
        link.await_message(Connected)
        assert observe(broker.port).next() == ("chair/availability", "offline", True)

    def test_frozen_broker_is_noticed(self, mosquitto: MosquittoStarter, connect: Opener) -> None:
        """A broker that falls silent is noticed within two keepalives."""
        broker = mosquitto()
        link = connect(broker.port, keepalive=1)
        link.await_message(Connected)

        broker.freeze()

        reason = link.await_message(Disconnected).reason
        assert reason == "no sign of life from the broker for 2 s"

    @pytest.mark.slow
    def test_a_broker_that_answers_pings_is_kept(self, broker: Any, connect: Opener) -> None:
        """An idle connection is kept alive by pings alone."""
        link = connect(broker.port, keepalive=1)
        connected = link.await_message(Connected)

        assert link.inbox.get(3.5) is None
        heard = link.traffic.last_heard
        assert heard is not None
        assert heard > connected.at + 2

    def test_clogged_connection_is_given_up(
        self, mosquitto: MosquittoStarter, connect: Opener
    ) -> None:
        """With too many messages unacknowledged the link starts over instead of queueing."""
        broker = mosquitto()
        link = connect(broker.port)
        link.await_message(Connected)
        broker.freeze()

        for _ in range(BACKLOG + 1):
            link.publish(state("x" * 10_000))

        reason = link.await_message(Disconnected).reason
        assert reason == f"the broker has not acknowledged {BACKLOG} messages"

    def test_the_real_waits_start_with_none(
        self, broker: Any, connect: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a first loss the link is back at once, without any wait."""
        monkeypatch.setattr(client_module, "delays", lambda _: iter([0.0]))
        link = connect(broker.port)
        link.await_message(Connected)

        link.socket.shutdown(socket.SHUT_RDWR)

        link.await_message(Connected)


class TestLog:
    """One line per change, and no storm."""

    def test_one_line_per_change(
        self,
        broker: Any,
        connect: Opener,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The log tells of the connection, its loss and its return."""
        monkeypatch.setattr(client_module, "SETTLED", 0.0)
        caplog.set_level(logging.INFO, "sensor")
        link = connect(broker.port)
        link.await_message(Connected)
        link.publish(ONLINE)
        assert link.flush(10)
        link.socket.shutdown(socket.SHUT_RDWR)
        link.await_message(Connected)
        link.publish(ONLINE)
        assert link.flush(10)

        up = f"connected to broker 127.0.0.1:{broker.port}"
        away = "broker away: the broker closed the connection; trying again"
        assert caplog.messages == [up, away, up]

    def test_a_connection_that_ends_at_once_is_no_news(
        self, broker: Any, connect: Opener, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Of a broker that takes and drops us the log says that it is away, and no more."""
        caplog.set_level(logging.INFO, "sensor")
        link = connect(broker.port)
        for _ in range(3):
            link.await_message(Connected)
            link.socket.shutdown(socket.SHUT_RDWR)
            link.await_message(Disconnected)

        away = "broker away: the broker closed the connection; trying again"
        assert caplog.messages == [away]

    def test_the_same_reason_at_most_every_five_minutes(
        self, connect: Opener, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A reason is repeated in the log only after five minutes, by the daemon's clock."""
        clock = [0.0]
        link = connect(1, now=lambda: clock[0])
        for _ in range(5):
            link.await_message(Disconnected)
        assert len(caplog.messages) == 1

        clock[0] = 299.0
        for _ in range(3):
            link.await_message(Disconnected)
        assert len(caplog.messages) == 1

        clock[0] = 300.0
        for _ in range(3):
            link.await_message(Disconnected)
        assert len(caplog.messages) == 2


class TestResilience:
    """Nothing ends the network thread but `close`."""

    def test_exception_in_a_callback(
        self, broker: Any, connect: Opener, observe: Observe, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A callback that fails is logged; the connection goes on."""

        class Picky(Inbox):
            def put(self, message: Message) -> None:
                if isinstance(message, Received) and message.payload == b"bad":
                    raise RuntimeError("boom")
                super().put(message)

        link, observer = connect(broker.port, inbox=Picky()), observe(broker.port)
        link.await_message(Connected)

        observer.publish("chair/set/x", "bad")
        observer.publish("chair/set/x", "good")

        assert link.await_message(Received).payload == b"good"
        assert "unexpected error while reading from the broker" in caplog.text
        assert link.traffic.reconnects == 0

    def test_exception_in_the_thread(
        self,
        broker: Any,
        connect: Opener,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """A bug in the network thread is logged once, and the link starts over."""
        turn, failures = Connection.turn, [RuntimeError("boom"), RuntimeError("boom")]

        def fail(connection: Connection, patience: float) -> bool:
            if failures:
                raise failures.pop()
            return turn(connection, patience)

        monkeypatch.setattr(Connection, "turn", fail)
        link = connect(broker.port)

        assert link.await_message(Disconnected).reason == "unexpected RuntimeError: boom"
        link.await_message(Connected)
        assert link.alive()
        assert [record.levelname for record in caplog.records] == ["ERROR"]

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_a_thread_that_died_is_not_alive(self, broker: Any, connect: Opener) -> None:
        """What not even the network thread survives is told to whoever asks: the watchdog."""

        class Deadly(Inbox):
            def put(self, message: Message) -> None:
                super().put(message)
                raise SystemExit

        link = connect(broker.port, inbox=Deadly())
        link.await_message(Connected)
        link.thread.join(10)
        link.forget_waker()  # else the thread does it

        assert not link.alive()
        link.publish(state("nobody hears it"))

    def test_a_hanging_thread_is_not_alive(
        self, broker: Any, connect: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A thread that does not show up in time counts as dead, even if it exists."""
        monkeypatch.setattr(client_module, "GRACE", -1000.0)

        link = connect(broker.port)
        link.await_message(Connected)

        assert not link.alive()

    def test_publishing_while_connections_come_and_go(self, broker: Any, connect: Opener) -> None:
        """Publishing never fails or blocks, whatever the network thread is doing just then."""
        link = connect(broker.port)
        for number in range(10):
            link.await_message(Connected)
            for _ in range(100):
                link.publish(state(str(number)))
            link.socket.shutdown(socket.SHUT_RDWR)
            for _ in range(100):
                link.publish(state(str(number)))

        link.await_message(Connected)
        assert link.alive()


class TestSenders:
    """The thread that sends a message writes it, unless the network thread is at work."""

    def test_a_message_needs_no_other_thread(
        self, broker: Any, connect: Opener, observe: Observe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It arrives even if the network thread is not woken up."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)
        monkeypatch.setattr(Waker, "wake", lambda _self: None)

        link.publish(state("now", retain=False))

        assert observer.next() == ("chair/state", "now", False)
        monkeypatch.undo()  # `close` wakes the thread

    def test_a_busy_network_thread_is_not_waited_for(
        self, broker: Any, connect: Opener, observe: Observe
    ) -> None:
        """What is sent meanwhile is written by the network thread, in order."""
        link, observer = connect(broker.port), observe(broker.port)
        link.await_message(Connected)

        with link.busy():
            link.publish(state("1", retain=False))
            link.publish(state("2", retain=False))

        assert [observer.next()[1] for _ in range(2)] == ["1", "2"]

    def test_a_bug_while_sending(
        self,
        broker: Any,
        connect: Opener,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """The sender hears nothing of it: the network thread logs it once, and starts over."""
        link = connect(broker.port)
        link.await_message(Connected)

        def fail(*_: object) -> None:
            raise RuntimeError("boom")

        with monkeypatch.context() as patch:
            patch.setattr(Connection, "_packet", fail)
            link.publish(state("lost"))
            assert link.await_message(Disconnected).reason == "unexpected RuntimeError: boom"

        link.await_message(Connected)
        assert [record.levelname for record in caplog.records] == ["ERROR"]
