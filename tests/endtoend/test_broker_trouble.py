"""Brokers that hang, remember too much, or are not there: the chair does its work."""

import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sensor.status import text
from sensor.status.client import ask
from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

STEADY = {"buzzer_style": "steady"}


def pulses(edges: list[Any]) -> list[float]:
    """Give the times between one edge and the next."""
    return [after.at - before.at for before, after in pairwise(edges)]


def test_frozen_broker(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """A broker that takes everything and answers nothing holds up no beep, nor what comes later."""
    broker = mosquitto()
    settings = STEADY | {"level_after": "0,1s,2s,3s"}
    with record(broker.port) as seen, chair(tmp_path, broker.port, **settings) as daemon:
        sat_at = daemon.ready().do("sit")
        seen.await_event("break_due")

        broker.freeze()
        daemon.await_edges(8)
        broker.thaw()
        state = seen.await_state(level=4)

        assert pulses(daemon.edges) == pytest.approx([0.5] * (len(daemon.edges) - 1), abs=0.25)
        levels = [heard.payload["level"] for heard in seen.heard("state")]
        assert levels == sorted(levels)
        assert state.payload["sitting_seconds"] <= state.at - sat_at + 1


def test_stopped_while_the_broker_is_frozen(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """A broker that does not answer delays the end by three seconds at most."""
    broker = mosquitto()
    with record(broker.port) as seen, chair(tmp_path, broker.port, **STEADY) as daemon:
        daemon.ready().do("sit")
        seen.await_event("break_due")
        broker.freeze()

        code = daemon.end(signal.SIGTERM)

        assert code == 0
        assert not daemon.edges[-1].on
        broker.thaw()
        seen.await_availability("offline")


def test_broker_that_remembers(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """What a broker kept over its own crash gives way to what is true as soon as it is back."""
    keep = ["persistence true", f"persistence_location {tmp_path}/", "autosave_on_changes true"]
    broker = mosquitto("allow_anonymous true", "autosave_interval 1", *keep)
    settings = {"sit_limit": "30s", "break_min": "60s"}
    with record(broker.port) as seen, chair(tmp_path, broker.port, **settings) as daemon:
        daemon.ready()
        seen.await_state(status="vacant")
        mark = len(seen.entries)
        broker.stop()
        daemon.await_log("broker away")

        daemon.do("sit")
        daemon.await_log("sitting:")
        broker.start()
        seen.await_state(since=mark, status="sitting")

        with record(broker.port) as later:
            assert later.await_state().payload["status"] == "sitting"


def test_broker_that_forgets(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Cleared of all it retained, the broker has state and availability again at once.

    The description is what Home Assistant asks for when it starts. Until then a device that
    somebody has removed there stays removed.
    """
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port) as daemon:
        daemon.ready()
        seen.await_state(status="vacant")
        for topic in {heard.topic for heard in seen.entries}:
            seen.clear(topic)

        daemon.do("sit")
        seen.await_state(status="sitting")
        with record(port) as later:
            assert later.await_state().payload["occupied"]
            assert {heard.topic.rpartition("/")[2] for heard in later.entries} <= {
                *("state", "availability"),
            }
        mark = len(seen.entries)
        seen.say("homeassistant/status", "online")
        seen.await_availability("online", since=mark)
        with record(port) as later:
            later.await_availability("online")
            later.wait(lambda heard: heard.topic.endswith("/config") and heard.payload)


def test_a_late_will(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """An `offline` that another client leaves behind is put right at once."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port) as daemon:
        daemon.ready()
        seen.await_availability("online")
        mark = len(seen.entries)

        seen.say("chair-sensor/test/availability", "offline")

        seen.await_availability("offline", since=mark)
        seen.await_availability("online", since=mark)
        assert "another client said 'offline'" in daemon.await_log("put right")


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_broker_that_is_stopped(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    protocol: str,
) -> None:
    """It publishes every will, the chair's too: that is no other client; what was heard is old."""
    broker = mosquitto()
    with chair(tmp_path, broker.port, mqtt__protocol=protocol) as daemon:
        with record(broker.port) as seen:
            seen.await_availability("online")
            seen.say("homeassistant/status", "offline")
        daemon.await_log("connected")
        broker.end()
        daemon.await_log("broker away")
        broker.start()
        with record(broker.port) as later:
            later.await_availability("online")

        assert ask(tmp_path)["mqtt"]["home_assistant"] is None
        daemon.end(signal.SIGTERM)
    assert "another client" not in "\n".join(daemon.log.entries)


@pytest.mark.parametrize(
    ("changed", "leftovers", "left"),
    [
        ({"chair__id": "other"}, 4, 4),
        ({"mqtt__base_topic": "office"}, 3, 4),
        ({"mqtt__discovery_prefix": "ha"}, 1, 4),
        ({"mqtt__discovery": "false"}, 1, 3),
    ],
)
def test_other_settings_leave_nothing_behind(
    *,
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    changed: dict[str, str],
    leftovers: int,
    left: int,
) -> None:
    """Two starts with other settings: the broker retains one chair, the one that runs."""
    port = mosquitto().port
    with record(port) as seen:
        with chair(tmp_path, port) as daemon:
            seen.wait(lambda heard: heard.topic.endswith("/diagnostics"))
            daemon.end(signal.SIGTERM)
        mark = again = len(seen.entries)
        with chair(tmp_path, port, **changed) as daemon:
            for _ in range(leftovers):
                emptied = seen.wait(lambda heard: heard.payload == "", since=mark)
                mark = seen.entries.index(emptied) + 1
            if left == 4:
                seen.wait(lambda heard: "cmps" in heard.payload, since=again)
            daemon.end(signal.SIGTERM)

    with record(port) as later:
        later.say("the/end", "")
        later.wait(lambda heard: heard.topic == "the/end")
        topics = [heard.topic for heard in later.entries if heard.retained]
    assert len(topics) == left
    assert len({topic.rpartition("/")[2] for topic in topics}) == left


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("127.0.0.1", "connection refused"),
        ("no-such-host.invalid", "no-such-host.invalid"),
    ],
)
def test_no_broker(chair: type[Chair], tmp_path: Path, host: str, said: str) -> None:
    """With no broker at all, or a host that makes no sense, the ladder sounds as always."""
    settings = {"level_after": "0,2s,60s,90s", "mqtt__host": host}
    with chair(tmp_path, 1, **settings) as daemon:
        daemon.ready().do("sit")
        daemon.await_edges(4 + 6)
        line = daemon.await_log(said)

        assert "broker away" in line
        assert pulses(daemon.edges) == pytest.approx([0.1, 0.1, 0.1, 1.7] + [0.2] * 5, abs=0.15)
        assert daemon.end(signal.SIGTERM) == 0
        assert not [line for line in daemon.log.entries if "Traceback" in line]
        assert len([line for line in daemon.log.entries if "broker" in line]) == 1


def test_no_broker_wanted(chair: type[Chair], tmp_path: Path) -> None:
    """A chair that is to stay alone rings as always, and never looks for a broker."""
    with chair(tmp_path, 1, mqtt__host="none") as daemon:
        daemon.ready().do("sit")
        daemon.await_edges(4)
        answer = ask(tmp_path)
        assert daemon.end(signal.SIGTERM) == 0

        assert text.broker(answer) == "none wanted (mqtt.host = none)"
        [line] = [line for line in daemon.log.entries if "broker" in line]
        assert "no broker is wanted" in line


@pytest.mark.parametrize("host", ["", "two words", "mqtt://broker", "a..b", "xn--"])
def test_no_host(chair: type[Chair], tmp_path: Path, host: str) -> None:
    """A host that cannot be one is told in one line, and nothing runs."""
    with chair(tmp_path, 1, mqtt__host=host) as daemon:
        code = daemon.end()

        assert code != 0
        assert [line.split(" ")[0] for line in daemon.log.entries] == ["mqtt.host"]
