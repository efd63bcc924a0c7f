"""The broker in memory is honest: a real one gets the same messages in the same order.

What cannot be equal, and why:
- when the broker was last heard (diagnostics): a real one also acknowledges and answers pings;
- a reconnect: in memory the daemon waits out its backoff in virtual time, on a real broker the
  wait would be in real time, so the simulator connects at once;
- a suspend: no real broker notices one that lasts a moment, so there is no last will, and no
  connection from which the heartbeat begins anew.
"""

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from sensor.settings.loading import load
from sensor.simulator.simulate import Options, simulate
from tests.kit import MosquittoStarter, Observe

EXAMPLES = sorted((Path(__file__).parents[1] / "acceptance" / "examples").glob("*.txt"))
SAME = [path for path in EXAMPLES if path.stem not in ("h", "m")]
EXAMPLE = {path.stem: path for path in EXAMPLES}

Message = tuple[str, Any]
needs_examples = pytest.mark.skipif(not EXAMPLES, reason="the worked examples are not here")


def plain(topic: str, payload: Any) -> Message:
    """Leave out of a message what cannot be equal."""
    if isinstance(payload, dict):
        payload = {key: value for key, value in payload.items() if key != "last_heard_at"}
    return topic.rpartition("/")[2], payload


def recorded(path: Path) -> list[Message]:
    """Read the messages that a simulation has recorded."""
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [plain(r["topic"], r["payload"]) for r in records if r["kind"] == "mqtt"]


@pytest.fixture
def both(
    mosquitto: MosquittoStarter, observe: Observe, tmp_path: Path
) -> Callable[[str], tuple[list[Message], list[Message]]]:
    """Run a script headless and against mosquitto; give what was recorded and what arrived."""

    def run(script: str) -> tuple[list[Message], list[Message]]:
        broker = mosquitto()
        observer = observe(broker.port)
        headless, live = tmp_path / "headless", tmp_path / "live"
        simulate(load(), Options(script=script, jsonl=str(headless)))
        config = load(overrides=["mqtt.host=127.0.0.1", f"mqtt.port={broker.port}"])
        simulate(config, Options(script=script, jsonl=str(live), speed=0, broker="mosquitto"))
        observer.publish("the/end", "")
        arrived = []
        while (message := observer.next())[0] != "the/end":
            topic, text, retained = message
            assert not retained
            arrived.append(plain(topic, json.loads(text) if text.startswith("{") else text))
        assert recorded(live) == arrived
        return recorded(headless), arrived

    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", ["workday", "cat-on-the-chair"])
def test_ready_scripts(both: Any, name: str) -> None:
    """What arrives on mosquitto is what the headless simulation recorded, message for message."""
    headless, arrived = both(name)

    assert arrived == headless
    assert len(arrived) > 50


@pytest.mark.slow
@pytest.mark.parametrize("path", SAME, ids=[path.stem for path in SAME])
def test_worked_examples(both: Any, path: Path) -> None:
    """The same for the worked examples of the specification."""
    headless, arrived = both(str(path))

    assert arrived == headless


@pytest.mark.slow
def test_crash_and_restart(both: Any, tmp_path: Path) -> None:
    """A crash brings the last will, a restart the farewell, on either broker."""
    script = tmp_path / "script.txt"
    script.write_text("0:10 sit\n20:00 crash 20s\n40:00 restart\n50:00 reboot 1m\n70:00 end\n")

    headless, arrived = both(str(script))

    assert arrived == headless
    words = [payload for topic, payload in arrived if topic == "availability"]
    assert [word for word, _ in groupby(words)] == ["online", "offline"] * 4


def test_down_and_broker_away(both: Any, tmp_path: Path) -> None:
    """A connection that comes back while the daemon is down belongs to nobody."""
    script = tmp_path / "script.txt"
    script.write_text("0:10 sit\n20:00 crash 60s\n20:10 broker down\n20:20 broker up\n30:00 end\n")

    headless, arrived = both(str(script))

    assert arrived == headless


def greeting(messages: list[Message]) -> int:
    """Find where the second connection begins: right before the second description."""
    return [topic for topic, _ in messages].index("config", 2) - 1


@needs_examples
def test_outage(both: Any) -> None:
    """Example M: equal up to the outage; afterwards a greeting, and the present state, on both."""
    headless, arrived = both(str(EXAMPLE["m"]))

    for messages in (headless, arrived):
        back = greeting(messages)
        assert [topic for topic, _ in messages[back:][:2]] == ["availability", "config"]
        after = [payload for topic, payload in messages[back:] if topic == "state"]
        assert after[0]["sitting_seconds"] >= 70 * 60
        assert {state["level"] for state in after} == {4}
    until = greeting(headless)
    assert arrived[:until] == headless[:until]


@pytest.mark.slow
@needs_examples
def test_suspend(both: Any) -> None:
    """Example H: equal but for the last will, the greetings and the beat of what is renewed."""
    headless, arrived = both(str(EXAMPLE["h"]))

    def told(messages: list[Message]) -> list[Any]:
        """Give events whole, and of the states in between each change of the status."""
        news = [
            payload if topic == "event" else payload["status"]
            for topic, payload in messages
            if topic in ("state", "event")
        ]
        return [each for each, _ in groupby(news)]

    assert told(arrived) == told(headless)
