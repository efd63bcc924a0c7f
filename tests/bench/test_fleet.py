"""A fleet of chairs on one mosquitto: all that is sent arrives, and a restart is survived."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from subprocess import PIPE, Popen
from sys import executable
from threading import Thread
from typing import Any

import pytest

from tests.kit import MosquittoStarter, Observe

pytestmark = pytest.mark.slow

PATIENCE = 60
CHAIRS = 10


class Fleet:
    """A process of the fleet, and what it says every half second."""

    def __init__(self, port: int) -> None:
        command = [executable, "-m", "tests.bench.guests.fleet", "--chairs", str(CHAIRS)]
        self.process = Popen(
            [*command, "--broker", f"127.0.0.1:{port}", "--speed", "20", "--tell-every", "0.5"],
            stdout=PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, pattern: str) -> dict[str, int]:
        """Wait for a summary that looks so; give its numbers by the word beside them."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            if re.search(pattern, line):
                numbers = re.findall(
                    r"(sent|received|under way|cut off|unwatched|lost) (\d+)", line
                )
                return {name: int(number) for name, number in numbers}

    def end(self) -> dict[str, int]:
        """Press Ctrl-C; give the numbers of the last summary."""
        self.process.send_signal(signal.SIGINT)
        return self.until(f"0 of {CHAIRS} connected")


@pytest.fixture
def fleet() -> Iterator[Callable[[int], Fleet]]:
    """Start a fleet on the broker at a port."""
    fleets: list[Fleet] = []

    def start(port: int) -> Fleet:
        fleets.append(Fleet(port))
        return fleets[-1]

    yield start
    for one in fleets:
        one.process.kill()
        one.process.wait()
        assert one.process.stdout is not None
        one.process.stdout.close()


def test_each_message_is_accounted_for(
    fleet: Any, mosquitto: MosquittoStarter, observe: Observe
) -> None:
    """All connect; all that is sent is received, as another client sees it, too."""
    broker = mosquitto()
    observer = observe(broker.port)
    chairs = fleet(broker.port)

    chairs.until(f"{CHAIRS} of {CHAIRS} connected.* {CHAIRS} states true")
    last = chairs.end()
    code = chairs.process.wait(PATIENCE)

    observer.publish("the/end", "")
    seen = 0
    while observer.next()[0] != "the/end":
        seen += 1
    assert code == 0
    assert last["sent"] == last["received"] == seen > 4 * CHAIRS
    assert last["lost"] == last["cut off"] == last["unwatched"] == last["under way"] == 0


def test_the_broker_restarts(fleet: Any, mosquitto: MosquittoStarter, observe: Observe) -> None:
    """After a restart with all memory lost each chair's true state is back, and nothing is lost."""
    broker = mosquitto()
    chairs = fleet(broker.port)
    chairs.until(f"{CHAIRS} of {CHAIRS} connected.* {CHAIRS} states true")

    broker.stop()
    chairs.until(f"^\\S+ +0 of {CHAIRS} connected")
    broker.start()
    chairs.until(f"{CHAIRS} of {CHAIRS} connected.* {CHAIRS} states true")
    observer = observe(broker.port)
    states = {observer.next()[0] for _ in range(4 * CHAIRS)}
    last = chairs.end()

    assert sum(topic.endswith("/state") for topic in states) == CHAIRS
    assert last["lost"] == 0
    accounted = last["received"] + last["cut off"] + last["unwatched"] + last["under way"]
    assert last["sent"] == accounted
