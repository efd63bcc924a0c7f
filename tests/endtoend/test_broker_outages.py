"""Twenty kills of the broker in the middle of an alert, one after the other."""

import datetime as dt
import signal
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

OUTAGES = 20
PULSE = 0.5
LATE = 0.4
"""Seconds by which a busy machine may be late; far less than the pulse that it would skip."""


@dataclass
class Story:
    """What twenty outages left behind."""

    sat_at: float
    stood_at: float
    returns: list[tuple[float, list[Any]]]
    """For each: when the broker was back, and what was heard from then on until the next kill."""
    messages: list[Any]
    edges: list[Any]
    last: dict[str, Any]
    """What was heard last on each topic that is no event, and what the broker kept."""
    retained: dict[str, Any]
    log: list[str]

    def states(self) -> list[Any]:
        """List the states that were heard while somebody sat."""
        return [m for m in self.messages if m.topic.endswith("/state") and m.payload["occupied"]]


@pytest.fixture(scope="module")
def story(
    lasting_mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    """Live through it once; the tests look at the records."""
    broker = lasting_mosquitto()
    settings = {"buzzer_style": "steady", "level_after": "0,3s,6s,9s", "realert_every": "4s"}
    marks, back = [], []
    with (
        record(broker.port) as seen,
        chair(tmp_path_factory.mktemp("state"), broker.port, "--hasty", **settings) as daemon,
    ):
        seen.await_state(status="vacant")
        sat_at = daemon.do("sit")
        seen.await_event("break_due")
        for _ in range(OUTAGES):
            daemon.await_edges(1)  # be it the begin of a beep or of a pause
            broker.stop()
            seen.await_loss()
            marks.append(len(seen.entries))
            broker.start()
            back.append(time.monotonic())
            seen.await_state(since=marks[-1], status="break_due")
        seen.wait(lambda heard: heard.topic.endswith("/diagnostics"), since=marks[-1])
        messages = list(seen.entries)
        stood_at = daemon.do("stand")
        seen.await_state(since=len(messages), occupied=False)
        log, edges = list(daemon.log.entries), daemon.edges
        daemon.signal(signal.SIGSTOP)  # it says nothing more: what was said last stays the last
        seen.publish("mark", "")
        seen.wait(lambda heard: heard.topic.endswith("/mark"))
        said = [m for m in seen.entries if not m.topic.endswith(("/event", "/mark"))]
        last = {m.topic: m.payload for m in said}
        with record(broker.port) as later:
            later.wait_for_count(len(last))
            retained = {heard.topic: heard.payload for heard in later.entries if heard.retained}
    ends = [*marks[1:], len(messages)]
    heard = [messages[mark:end] for mark, end in zip(marks, ends, strict=True)]
    returns = list(zip(back, heard, strict=True))
    return Story(sat_at, stood_at, returns, messages, edges, last, retained, log)


def test_buzzer_keeps_its_pulse(story: Story) -> None:
    """Half a second on, half a second off, as if there were no broker at all."""
    edges = [edge for edge in story.edges if edge.at < story.stood_at]

    # Most are punctual; a busy machine may delay any, the first one as well.
    first = median(edge.at - number * PULSE for number, edge in enumerate(edges))
    assert len(edges) == pytest.approx((story.stood_at - first) / PULSE, abs=1.5)
    for number, edge in enumerate(edges):
        assert edge.on is (number % 2 == 0)
        assert -0.05 <= edge.at - (first + number * PULSE) <= LATE


def test_comes_back_within_seconds(story: Story) -> None:
    """After each outage the chair is on the broker again within seconds."""
    took = [heard[0].at - back for back, heard in story.returns]

    assert len(took) == OUTAGES
    assert max(took) < 6


def test_greets_in_order(story: Story) -> None:
    """Each time: availability, discovery, the state; news of that very moment come in between."""
    # Where the chair was back before the recorder, a broker tells what is retained in any order.
    live = [heard for _, heard in story.returns if not any(m.retained for m in heard)]

    assert live
    for heard in live:
        greeting = [m for m in heard if not m.topic.endswith("/event")][:3]
        assert [m.topic for m in greeting] == [
            "chair-sensor/test/availability",
            "homeassistant/device/chair-sensor-test/config",
            "chair-sensor/test/state",
        ]
        assert greeting[0].payload == "online"


def test_states_are_of_their_moment(story: Story) -> None:
    """No stale state is ever published: the sitting time is that of the clock on the wall."""
    for state in story.states():
        assert state.payload["sitting_seconds"] == pytest.approx(state.at - story.sat_at, abs=1.1)


def test_never_goes_backwards(story: Story) -> None:
    """Sitting time and level only rise, however often the broker went."""
    seconds = [state.payload["sitting_seconds"] for state in story.states()]
    levels = [state.payload["level"] for state in story.states()]

    assert seconds == sorted(seconds)
    assert levels == sorted(levels)
    assert levels[-1] == 4


def test_one_alert(story: Story) -> None:
    """It is one alert, said once to be due; events are news, none of them comes late or twice."""
    alerts = [m for m in story.messages if m.topic.endswith("/event") and m.payload["alert_id"]]

    assert [m.payload["event_type"] for m in alerts].count("break_due") == 1
    assert len({m.payload["alert_id"] for m in alerts}) == 1
    assert len({m.payload["id"] for m in alerts}) == len(alerts)
    for event in alerts:
        happened = dt.datetime.fromisoformat(event.payload["at"]).timestamp()
        assert abs(event.wall - happened) < 1


def test_retained_is_what_was_said_last(story: Story) -> None:
    """Who comes later finds the newest of everything, and no event."""
    assert story.retained == story.last
    assert story.retained["chair-sensor/test/availability"] == "online"


def test_log_is_short(story: Story) -> None:
    """Each reason is logged once, not at each of twenty outages, and never a traceback."""
    about = [line for line in story.log if "broker" in line]

    assert len(about) <= 8
    assert not [line for line in story.log if "Traceback" in line or "ERROR" in line]
