"""Two nodes of a real clustered broker: what they share, and what the chair makes of it.

By hand (`.ci/run clusters`): it needs Debian's rabbitmq-server and ejabberd, root for a name of
its own with two addresses, and minutes. Skipped unless CLUSTERS is set.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import Empty, Queue
from threading import Event
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.endtoend.cluster import HOSTS, Cluster, Ejabberd, RabbitMQ
from tests.endtoend.kit import Chair

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("CLUSTERS" not in os.environ, reason="by hand: .ci/run clusters"),
]

PATIENCE = 30.0
NOTHING = 3.0
"""Seconds in which a message comes that comes at all."""
PULSE = 0.5
NAME = "brokers.test"
"""Has both addresses, as a cluster's name in the DNS has."""


@dataclass(frozen=True)
class Holds:
    """What a broker's nodes have in common; a row of the README's table each."""

    wildcard: bool
    """Retained messages are given to subscriptions with wildcards."""
    elsewhere: bool
    """Retained messages are given by the node that did not take them."""


BROKERS: dict[type[Cluster], Holds] = {
    RabbitMQ: Holds(wildcard=False, elsewhere=False),
    Ejabberd: Holds(wildcard=True, elsewhere=False),
}


class Guest:
    """A client of one node that remembers what it hears: topic, payload, retained."""

    def __init__(
        self, cluster: Cluster, node: int, client_id: str, topic: str = "", will: str = ""
    ) -> None:
        self.heard: Queue[tuple[str, str, bool]] = Queue()
        self.gone = Event()
        self._ready = Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, reconnect_on_failure=False
        )
        if cluster.password:
            self._client.username_pw_set("observer", cluster.password)
        if will:
            self._client.will_set(will, "dead", 1)
        self._topic = topic
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_disconnect = lambda *_: self.gone.set()
        self._client.on_message = lambda _c, _u, message: self.heard.put(
            (message.topic, message.payload.decode(), message.retain)
        )
        self._client.connect(HOSTS[node], cluster.port, keepalive=20)

    def _subscribe(self, *_: Any) -> None:
        if self._topic:
            self._client.subscribe(self._topic, 1)
        else:
            self._ready.set()

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE)

    def die(self) -> None:
        """Go without a word."""
        sock = self._client.socket()
        assert isinstance(sock, socket.socket)
        sock.shutdown(2)

    def next(self, patience: float = PATIENCE) -> tuple[str, str, bool] | None:
        """Give the next message, or None if none comes."""
        try:
            return self.heard.get(timeout=patience)
        except Empty:
            return None

    def await_message(self, topic: str, text: str) -> float:
        """Wait for a message with these words in it; return when it came."""
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            came = self.next(left)
            if came is not None and came[0] == topic and text in came[1]:
                return time.monotonic()
        raise AssertionError(f"no {text} on {topic} within {PATIENCE:g} s")


@pytest.fixture(scope="module", params=BROKERS, ids=lambda kind: kind.package)
def lasting_cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Run two nodes for all tests."""
    kind: type[Cluster] = request.param
    assert kind.installed(), f"apt-get install {kind.package}"
    with kind(tmp_path_factory.mktemp(kind.package)) as running:
        yield running


@pytest.fixture
def cluster(lasting_cluster: Cluster) -> Cluster:
    """Have both nodes running."""
    lasting_cluster.bring_back()
    return lasting_cluster


@pytest.fixture
def holds(cluster: Cluster) -> Holds:
    """Tell what is known of this broker."""
    return BROKERS[type(cluster)]


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Any:
    """Print what was measured."""

    def say(text: str) -> None:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\n{request.node.name}: {text}")  # noqa: T201

    return say


def test_messages_cross(cluster: Cluster) -> None:
    """What is said at one node is heard at the other one."""
    with Guest(cluster, 0, "here") as here, Guest(cluster, 1, "there", "live/#") as there:
        here.say("live/word", "x")
        assert there.next() == ("live/word", "x", False)


def test_retained(cluster: Cluster, holds: Holds) -> None:
    """Who comes later gets what is retained, as far as the table says."""
    with Guest(cluster, 0, "here") as here:
        here.say("kept/word", "x", retain=True)
    kept = ("kept/word", "x", True)
    for node, topic, given in (
        (0, "kept/word", True),
        (0, "kept/#", holds.wildcard),
        (1, "kept/word", holds.elsewhere),
        (1, "kept/#", holds.elsewhere and holds.wildcard),
    ):
        # One id each: a node may close a new session together with the one that has just ended.
        with Guest(cluster, node, f"late-{node}-{topic[-1]}", topic) as late:
            assert late.next(NOTHING) == (kept if given else None), (node, topic)


def test_will_of_a_client(cluster: Cluster) -> None:
    """The will of a client that dies at one node is heard at the other one."""
    with (
        Guest(cluster, 0, "mortal", will="will/client") as mortal,
        Guest(cluster, 1, "heir", "will/#") as heir,
    ):
        mortal.die()
        assert heir.next() == ("will/client", "dead", False)


def test_session_taken_over(cluster: Cluster) -> None:
    """A client that comes to the other node ends its old connection at the first one."""
    with Guest(cluster, 0, "same") as first, Guest(cluster, 1, "same") as second:
        assert first.gone.wait(PATIENCE)
        assert not second.gone.is_set()


def test_node_lost_during_an_alert(
    cluster: Cluster, chair: type[Chair], figure: Any, tmp_path: Path
) -> None:
    """The buzzer keeps its pulse, and the chair is at the other node at once; no will is sent."""
    settings = {"buzzer_style": "steady", "level_after": "0,4s,8s,12s"}
    with (
        Guest(cluster, 1, "observer", "chair-sensor/#") as seen,
        at_a_name_with_two_addresses(chair, tmp_path, cluster, **settings) as daemon,
    ):
        daemon.await_log("connected to broker")
        daemon.do("sit")
        seen.await_message("chair-sensor/test/state", '"status":"break_due"')
        daemon.await_edges(1)

        killed_at = time.monotonic()
        cluster.kill(0)
        back_at = seen.await_message("chair-sensor/test/availability", "online")
        seen.await_message("chair-sensor/test/state", '"level":2')
        seen.await_message("chair-sensor/test/event", "break_overdue")
        daemon.do("stand")
        seen.await_message("chair-sensor/test/state", '"status":"away"')
        figure(f"at the other node after {back_at - killed_at:.2f} s")

        pulses = [after.at - before.at for before, after in pairwise(daemon.edges)]
        assert pulses[:-1] == pytest.approx([PULSE] * (len(pulses) - 1), abs=0.25)
        assert_nothing_untrue(daemon)


def test_node_lost_in_the_handshake(cluster: Cluster, chair: type[Chair], tmp_path: Path) -> None:
    """A node that takes the connection and dies before it greets: the other one is found."""
    with Guest(cluster, 1, "witness", "chair-sensor/#") as seen:
        cluster.signal(0, signal.SIGSTOP)
        with at_a_name_with_two_addresses(chair, tmp_path, cluster) as daemon:
            daemon.do("sit")
            daemon.await_edges(2)
            cluster.kill(0)

            seen.await_message("chair-sensor/test/state", '"status":"break_due"')
            assert_nothing_untrue(daemon)


@contextmanager
def at_a_name_with_two_addresses(
    chair: type[Chair], folder: Path, cluster: Cluster, **settings: str
) -> Iterator[Any]:
    """Start a chair that knows the nodes by one name, in a world that has it."""
    hosts = folder / "hosts"
    lines = ["127.0.0.1 localhost", *(f"{address} {NAME}" for address in HOSTS), ""]
    hosts.write_text("\n".join(lines))
    if cluster.password:
        settings |= {"mqtt__username": "chair", "mqtt__password": cluster.password}
    world = ("unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "-")
    with chair(folder / "state", cluster.port, within=world, mqtt__host=NAME, **settings) as daemon:
        yield daemon.ready()


def assert_nothing_untrue(daemon: Chair) -> None:
    """Make sure that the log suspects nobody of what a lost node has done."""
    said = "\n".join(line for line in daemon.log.entries if "broker" in line)
    untrue = ("another client", "does not answer in MQTT", "Traceback")
    assert not [word for word in untrue if word in said], said
