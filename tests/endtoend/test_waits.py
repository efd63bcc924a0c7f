"""The buzzer waits for nothing: not for the disk, not for the log, not for a burst of commands.

The real daemon, with a sitter who sits down and gets up at random moments while everything around
takes its time. `CHAIR_SENSOR_MOMENTS=200` makes it as many moments, for a run by hand.
"""

import os
import pty
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

MOMENTS = int(os.environ.get("CHAIR_SENSOR_MOMENTS", "3"))
BURST = 2000
"""Valid commands at once."""
RELEASE = 1.0
AFTER = (0.0, 1.2, 2.4, 3.6)
"""Seconds after which each level begins, which a burst tells."""
CONFIRM = 0.1
TONE = 0.2
LATE = 0.25
"""Seconds: what waits for a disk of 8 s would be later by far, and a busy machine hardly ever."""
END = 20
"""Seconds in which SIGTERM ends the daemon, whatever hangs; the unit grants 60."""
SETTINGS = {
    "buzzer_release": "1s",
    "return_grace": "0",
    "leave_confirm": "0.2s",
    "short_absence": "20s",
    "level_after": "0,1.2s,2.4s,3.6s",
    "level_every": "once,60s,60s,60s",
}


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Compile what makes a disk or a log slow; return the environment that preloads it."""
    folder = tmp_path_factory.mktemp("slow")
    compiler = shutil.which("cc")
    assert compiler, "these tests need a C compiler: apt install gcc libc6-dev"
    source = Path(__file__).parent / "slow.c"
    library = folder / "slow.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    mark = folder / "mark"
    mark.unlink(missing_ok=True)
    return {"LD_PRELOAD": str(library), "SLOW_WHILE": str(mark), "SLOW_SECONDS": "8"}


def sits(daemon: Any, seconds: float) -> None:
    """Let the sitter sit for so long, and then get up until the buzzer must be silent."""
    daemon.do("sit")
    time.sleep(seconds)
    daemon.do("stand")
    time.sleep(RELEASE + LATE)


def check(daemon: Any) -> dict[str, float]:
    """See that no tone was held and none came late; return the longest and the latest."""
    edges, contact = daemon.edges, daemon.contact.entries
    tones = [(a.at, b.at) for a, b in pairwise(edges) if a.on]
    longest = max(off - on for on, off in tones)
    silent, late = 0.0, 0.0
    for closed, opened in zip(contact[::2], contact[1::2], strict=True):
        after = [off for on, off in tones if on < opened.at + RELEASE + LATE and off > opened.at]
        silent = max([silent, *(off - opened.at for off in after)])
        for start in AFTER:
            begins = closed.at + CONFIRM + start
            if begins < opened.at - LATE and closed is not contact[0]:  # not due yet, that time
                nearest = min(on - begins for on, _ in tones if on >= begins - 0.01)
                late = max(late, nearest)
    assert longest < TONE + LATE
    assert silent < RELEASE + LATE
    assert late < LATE
    assert not edges[-1].on
    return {"longest tone": longest, "silent after": silent, "level late by": late}


def moments(daemon: Any, before: Callable[[], None]) -> None:
    """Let the sitter come and go, each time at a random moment after something has begun."""
    random = Random(7)  # noqa: S311  (the same moments each time)
    for _ in range(MOMENTS):
        before()
        time.sleep(random.uniform(0, 0.3))
        sits(daemon, random.uniform(0.2, 5))


@pytest.mark.parametrize("log", ["", "1"], ids=["slow disk", "slow disk and log"])
def test_slow_disk_and_a_burst_of_commands(
    *, mosquitto: Any, chair: Any, record: Any, tmp_path: Path, slow: dict[str, str], log: str
) -> None:
    """With syncs of 8 s, thousands of valid commands and a log that hangs, no tone is held."""
    port = mosquitto("allow_anonymous true", "max_queued_messages 0").port
    mark = Path(slow["SLOW_WHILE"])
    daemon = chair(tmp_path, port, **SETTINGS)
    daemon.environment = slow | ({"SLOW_LOG": log} if log else {})
    with record(port) as seen, record(port) as vandal, daemon:
        seen.await_state(status="vacant")
        sits(daemon, 1.5)

        def burst() -> None:
            for number in range(BURST):
                vandal.send("set/snooze", str(5 + number % 2))

        try:
            mark.touch()
            moments(daemon, burst)
            began = time.monotonic()
            daemon.signal(signal.SIGTERM)
            assert daemon.process.wait(END) == 0
        finally:
            mark.unlink()
        figures = check(daemon) | {"ended within": time.monotonic() - began}
        print(figures)  # noqa: T201  (what was measured)
        assert figures["ended within"] < END


@contextmanager
def stopped_terminal() -> Iterator[int]:
    """Give a terminal on which somebody has pressed Ctrl-S."""
    master, terminal = pty.openpty()
    os.write(master, b"\x13")
    time.sleep(0.1)  # until the line discipline has taken it
    yield terminal
    os.close(terminal)
    os.close(master)


@contextmanager
def full_pipe() -> Iterator[int]:
    """Give a pipe that nobody reads, full to the last byte."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, bytes(4096)):
            pass
    os.set_blocking(writing, True)
    yield writing
    os.close(writing)
    os.close(reading)


@contextmanager
def stalled_journal() -> Iterator[int]:
    """Give a stream as systemd makes them to the journal, which reads nothing any more."""
    journal, stream = socket.socketpair()
    with journal, stream:
        stream.setblocking(False)
        with suppress(BlockingIOError):
            while stream.send(bytes(4096)):
                pass
        stream.setblocking(True)
        yield stream.fileno()


@pytest.mark.parametrize("blocked", [stopped_terminal, full_pipe, stalled_journal])
def test_blocked_log(
    mosquitto: Any,
    chair: Any,
    record: Any,
    tmp_path: Path,
    blocked: Callable[[], AbstractContextManager[int]],
) -> None:
    """Where no line of the log gets through, the buzzer keeps its times, and SIGTERM ends it."""
    port = mosquitto().port
    with blocked() as stream:
        daemon = chair(tmp_path, port, log_level="debug", **SETTINGS)
        daemon.log_to = stream
        with record(port) as seen, daemon:
            seen.await_state(status="vacant")
            sits(daemon, 1.5)
            moments(daemon, lambda: None)
            began = time.monotonic()
            daemon.signal(signal.SIGTERM)
            assert daemon.process.wait(END) == 0
            figures = check(daemon) | {"ended within": time.monotonic() - began}
            print(figures)  # noqa: T201  (what was measured)
            assert seen.await_availability("offline")


def test_notify_socket_that_nobody_reads(
    mosquitto: Any, chair: Any, record: Any, tmp_path: Path
) -> None:
    """A systemd that takes no message holds no tone."""
    port, place = mosquitto().port, tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, suppress(BlockingIOError):
            other.setblocking(False)
            while other.sendto(b"X=1", str(place)):
                pass
        daemon = chair(tmp_path, port, **SETTINGS)
        daemon.environment = {"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "1000000"}
        with record(port) as seen, daemon:
            seen.await_state(status="vacant")
            sits(daemon, 1.5)
            moments(daemon, lambda: None)
            daemon.signal(signal.SIGTERM)
            assert daemon.process.wait(END) == 0
            check(daemon)
