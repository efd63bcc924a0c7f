"""A real mosquitto that limits what clients may do: the chair sounds, and says what is missing."""

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

PROTOCOLS = ("3.1.1", "5")
UNTRUE = (
    "another client use",  # no other client is there
    "does not answer in MQTT",  # it does
    "Traceback",
)
"""What the log must not say: none of it is so."""
TOO_LARGE = "too large for the broker"

STEEP = {"level_after": "0,1s,2s,3s"}
"""An alert that climbs quickly, for what is seen in its first seconds."""
DISCOVERY = "homeassistant/device/chair-sensor-test/config"

Limited = Callable[..., tuple[Any, int]]


def talk_of_the_broker(daemon: Chair) -> list[str]:
    """List what the log says of the broker, without its times."""
    lines = [re.sub(r"^[-0-9: ,]+", "", line) for line in daemon.log.entries]
    return [line for line in lines if "broker" in line]


@pytest.fixture
def limited(mosquitto: MosquittoStarter) -> Limited:
    """Start a mosquitto with limits; return it, and the port of a listener without them."""

    def start(*options: str) -> tuple[Any, int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free: int = probe.getsockname()[1]
        free_for_all = (f"listener {free} 127.0.0.1", "allow_anonymous true")
        broker = mosquitto(
            "per_listener_settings true", "allow_anonymous true", *options, *free_for_all
        )
        return broker, free

    return start


@contextmanager
def an_alert(
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    ports: tuple[int, int],
    **settings: str,
) -> Iterator[tuple[Any, Any]]:
    """Let somebody sit too long at a chair on the first port; listen at the second one."""
    port, free = ports
    with record(free) as seen, chair(tmp_path, port, **settings) as daemon:
        daemon.ready().do("sit")
        daemon.await_edges(2)
        yield daemon, seen
        for untrue in UNTRUE:
            assert not [line for line in daemon.log.entries if untrue in line]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "limit",
    [
        "max_qos 1",
        "max_inflight_messages 1",
        "max_inflight_bytes 1000",
        "max_queued_messages 1",
        "max_keepalive 20",
        "use_username_as_clientid true",
    ],
)
def test_harmless_limits(
    limited: Limited,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    *,
    limit: str,
    protocol: str,
) -> None:
    """Limits that the chair can keep are kept without a word."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "chair", "pw"], check=True)
    broker, free = limited(limit, f"password_file {passwords}")
    settings = {
        "mqtt__protocol": protocol,
        "mqtt__keepalive": "60",
        "mqtt__username": "chair",
        "mqtt__password": "pw",
    }
    with an_alert(chair, record, tmp_path / "state", (broker.port, free), **settings) as (
        daemon,
        seen,
    ):
        seen.await_state(level=1)
        seen.wait(lambda heard: heard.topic == DISCOVERY, what="the description")
        daemon.do("stand")
        seen.await_state(status="away")

        [line] = talk_of_the_broker(daemon)
        assert "connected to broker" in line


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("limit", ["max_packet_size 10000", "message_size_limit 10000"])
def test_too_small_for_the_description(
    limited: Limited,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    *,
    limit: str,
    protocol: str,
) -> None:
    """A broker that takes no message as large as the description gets all the others."""
    broker, free = limited(limit)
    with an_alert(chair, record, tmp_path, (broker.port, free), mqtt__protocol=protocol) as (
        daemon,
        seen,
    ):
        seen.await_state(level=1)
        daemon.do("stand")
        seen.await_state(status="away")

        assert not [heard for heard in seen.entries if heard.topic == DISCOVERY]
        assert broker.greeted("chair-sensor-test") <= 3
        said = [line for line in talk_of_the_broker(daemon) if TOO_LARGE in line]
        heard_of_it = (limit, protocol) != ("message_size_limit 10000", "3.1.1")
        assert len(said) == heard_of_it, "acknowledged and dropped: nobody can know"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_too_small_for_anything(
    limited: Limited, chair: type[Chair], record: type[Recorder], tmp_path: Path, *, protocol: str
) -> None:
    """A broker that takes no message as large as a state is not overrun, and the log says why."""
    broker, free = limited("max_packet_size 300")
    with an_alert(chair, record, tmp_path, (broker.port, free), mqtt__protocol=protocol) as (
        daemon,
        _,
    ):
        daemon.await_log(TOO_LARGE)
        daemon.await_edges(6)

        assert broker.greeted("chair-sensor-test") <= 6


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("limit", "word"), [("retain_available false", "retain"), ("max_qos 0", "QoS")]
)
def test_less_than_the_chair_asks_for(
    limited: Limited,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    *,
    limit: str,
    word: str,
    protocol: str,
) -> None:
    """What a broker lacks, retained messages or QoS 1, is named; MQTT 5 goes on without it."""
    broker, free = limited(limit)
    settings = STEEP | {"mqtt__protocol": protocol}
    with an_alert(chair, record, tmp_path, (broker.port, free), **settings) as (daemon, seen):
        daemon.await_log(word)
        if protocol == "5":  # in 3.1.1 the broker has closed at the CONNECT, and does so again
            seen.await_state(level=1)
            daemon.do("stand")
            seen.await_state(status="away")
        else:
            daemon.await_edges(4)

        assert len(talk_of_the_broker(daemon)) <= 3


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_state_and_event_denied(
    limited: Limited, chair: type[Chair], record: type[Recorder], tmp_path: Path, *, protocol: str
) -> None:
    """What an ACL denies is said once for each topic, where the broker says so at all."""
    (tmp_path / "acl").write_text(
        "topic read #\ntopic write chair-sensor/test/availability\ntopic write homeassistant/#\n"
    )
    broker, free = limited(f"acl_file {tmp_path}/acl")
    settings = STEEP | {"mqtt__protocol": protocol}
    with an_alert(chair, record, tmp_path, (broker.port, free), **settings) as (daemon, seen):
        seen.await_availability("online")
        daemon.await_edges(6)
        daemon.end(15)

        said = [line for line in talk_of_the_broker(daemon) if "publish" in line]
        topics = ("state", "event", "diagnostics") if protocol == "5" else ()
        for topic in topics:
            assert sum(f"chair-sensor/test/{topic}" in line for line in said) == 1
        assert len(said) == len(topics), "3.1.1 has no word for it"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("max_connections 1", "is the broker full"),
        ("clientid_prefixes office-", "not authorised with this client id"),
        ("use_username_as_clientid true", "not authorised"),
    ],
)
def test_not_let_in(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    tmp_path: Path,
    *,
    limit: str,
    said: str,
    protocol: str,
) -> None:
    """A broker that takes no such client is away, for a reason that is so, in one line."""
    broker = mosquitto("allow_anonymous true", limit)
    with (
        socket.create_connection(("127.0.0.1", broker.port)),  # takes the only place
        chair(tmp_path, broker.port, mqtt__protocol=protocol, **STEEP) as daemon,
    ):
        daemon.ready().do("sit")
        line = daemon.await_log("broker away")
        daemon.await_edges(8)

        assert said in line
        assert not [untrue for untrue in UNTRUE if untrue in line]
        assert len(talk_of_the_broker(daemon)) == 1
