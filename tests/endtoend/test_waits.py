"""The buzzer waits for nothing: not for the disk, not for the log, not for a burst of commands.

The real daemon, with a sitter who sits down and gets up at random moments while everything around
takes its time. `CHAIR_SENSOR_MOMENTS=200` makes it as many moments, for a run by hand.
"""

import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import pairwise
from math import inf
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

MOMENTS = int(os.environ.get("CHAIR_SENSOR_MOMENTS", "3"))
BURST = 2000
"""Valid commands at once."""
RELEASE = 1.0
AFTER = (0.0, 1.2, 2.4, 3.6)
"""Seconds after which each level begins, which a burst tells."""
CONFIRM = 0.1
LONGEST = 2.0
"""Seconds that no tone exceeds; these ones last for 0.2 s."""
LATE = 0.2
"""Seconds that the daemon may be late on a machine that is never late; a disk takes 8 s."""
WAKES = 4
"""Times that the daemon may have waited for the processor as long as the machine was late then."""
BEAT = 0.02
"""Seconds between two looks at how late the machine is."""
AROUND = 0.5
"""Seconds before and after a moment in which the machine's lateness counts for it."""
MARGIN = 0.25
"""Seconds before getting up in which no level is expected to have begun."""
END = 20
"""Seconds in which SIGTERM ends the daemon, whatever hangs; the unit grants 60."""
Late = Callable[[float, float], float]

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


@pytest.fixture
def late() -> Iterator[Late]:
    """Tell how many seconds late the machine has woken a thread at worst between two moments."""
    over, beats = Event(), [(0.0, 0.0)]

    def beat() -> None:
        due = time.monotonic() + BEAT
        while not over.wait(max(0.0, due - time.monotonic())):
            now = time.monotonic()
            beats.append((now, now - due))
            due = now + BEAT

    def worst(begin: float, end: float) -> float:
        near = (late for at, late in beats if begin - AROUND < at < end + AROUND)
        return max(near, default=0.0)

    thread = Thread(target=beat)
    thread.start()
    yield worst
    over.set()
    thread.join()


def sits(daemon: Chair, seconds: float) -> None:
    """Let the sitter sit for so long, and then get up until the buzzer must be silent."""
    daemon.do("sit")
    time.sleep(seconds)
    daemon.do("stand")
    time.sleep(RELEASE + MARGIN)


def measured(daemon: Chair, late: Late) -> dict[str, list[tuple[float, float]]]:
    """List how long each tone was, how long it sounded at an empty chair, how late a level was.

    Beside each stands how late the machine was then.
    """
    contact = daemon.contact.entries
    tones = [(on.at, off.at) for on, off in pairwise(daemon.edges) if on.on]
    silent, levels = [], []
    back = [edge.at for edge in contact[2::2]] + [inf]
    for closed, opened, again in zip(contact[::2], contact[1::2], back, strict=True):
        after = [off for on, off in tones if on < again and off > opened.at]
        silent += [(opened.at, max(after))] if after else []
        if closed is contact[0]:
            continue  # no break was due yet
        for start in AFTER:
            begins = closed.at + CONFIRM + start
            if begins < opened.at - MARGIN:
                levels.append((begins, min(on for on, _ in tones if on >= begins - 0.01)))
    found = {"tone": tones, "silent after": silent, "level late": levels}
    return {
        name: [(end - begin, late(begin, end)) for begin, end in spans]
        for name, spans in found.items()
    }


def check(daemon: Chair, late: Late) -> None:
    """See that no tone was held and none came late, beyond what the machine itself was late."""
    most = {"tone": LONGEST, "silent after": RELEASE + LATE, "level late": LATE}
    figures = measured(daemon, late)
    for name, values in figures.items():
        ordered = sorted(values) or [(0.0, 0.0)]
        usual, (worst, then) = ordered[len(ordered) // 2][0], ordered[-1]
        print(  # noqa: T201
            f"{name}: {len(values)}, median {usual:.3f} s, at most {worst:.3f} s, "
            f"with the machine {then:.3f} s late"
        )
    print(f"the machine: at most {late(0, inf):.3f} s late")  # noqa: T201
    for name, values in figures.items():
        over = [(value, then) for value, then in values if value >= most[name] + WAKES * then]
        assert not over, name
    assert not daemon.edges[-1].on


def moments(daemon: Chair, before: Callable[[], None]) -> None:
    """Let the sitter come and go, each time at a random moment after something has begun."""
    random = Random(7)  # noqa: S311  (the same moments each time)
    for _ in range(MOMENTS):
        before()
        time.sleep(random.uniform(0, 0.3))
        sits(daemon, random.uniform(0.2, 5))


@pytest.mark.parametrize("log", ["", "1"], ids=["slow disk", "slow disk and log"])
def test_slow_disk_and_a_burst_of_commands(
    *,
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    slow: dict[str, str],
    late: Late,
    log: str,
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
        print(f"ended within {time.monotonic() - began:.1f} s")  # noqa: T201
        check(daemon, late)


def test_a_new_database_on_a_slow_disk(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    slow: dict[str, str],
) -> None:
    """With syncs of 2 s from the first moment on, a stop loses no row of a history just begun."""
    port = mosquitto().port
    mark = Path(slow["SLOW_WHILE"])
    daemon = chair(tmp_path, port, **SETTINGS)
    daemon.environment = slow | {"SLOW_SECONDS": "2"}
    mark.touch()
    try:
        with record(port) as seen, daemon:
            seen.await_state(status="vacant")
            daemon.do("sit")
            seen.await_state(status="sitting")
            daemon.signal(signal.SIGTERM)
            assert daemon.process.wait(END) == 0
    finally:
        mark.unlink()
    with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
        kept = list(database.execute("SELECT event_type FROM event"))
    assert kept == [("sat_down",)]


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
    *,
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    late: Late,
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
            print(f"ended within {time.monotonic() - began:.1f} s")  # noqa: T201
            check(daemon, late)
            assert seen.await_availability("offline")


def test_notify_socket_that_nobody_reads(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    late: Late,
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
            check(daemon, late)
