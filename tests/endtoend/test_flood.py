"""Thousands of messages on a real broker while the buzzer sounds."""

import signal
from itertools import pairwise
from pathlib import Path

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

FLOOD = 1500


def test_flood(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """The beat goes on, the good message at the end is obeyed, and nothing breaks."""
    port = mosquitto("allow_anonymous true", "max_queued_messages 0").port
    with (
        record(port) as seen,
        record(port) as vandal,
        chair(tmp_path, port, buzzer_style="steady") as daemon,
    ):
        daemon.ready().do("sit")
        seen.await_event("break_due")
        first = len(daemon.edges)

        for number in range(FLOOD):
            vandal.send(f"set/{'sit_limit' if number % 2 else 'x' * 100}", b"\xff" * 100)
        vandal.publish("set/snooze", "7")
        seen.await_state(settings=seen.heard("state")[-1].payload["settings"] | {"snooze": 7})
        daemon.await_edges(2)

        edges = daemon.edges[first:]
        lengths = [b.at - a.at for a, b in pairwise(edges)]
        assert max(lengths) < 0.9
        assert daemon.end(signal.SIGTERM) == 0
        assert "Traceback" not in "\n".join(daemon.log.entries)
