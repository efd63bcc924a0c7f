"""A disk that takes nothing, under a running daemon: the chair works, and nothing is lost."""

import os
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow


def events(state_dir: Path) -> list[str]:
    """List the types of all events in the history."""
    with closing(sqlite3.connect(state_dir / "chair-sensor.db")) as database:
        return [name for (name,) in database.execute("SELECT event_type FROM event")]


class Failing:
    """A disk on which every write fails: EFBIG, which SQLite calls a disk I/O error."""

    says = "disk I/O error"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def spoil(self, daemon: Chair) -> None:
        """Let the daemon write files of no size at all."""
        self._limit(daemon, 0)

    def mend(self, daemon: Chair) -> None:
        """Let it write again."""
        self._limit(daemon, resource.RLIM_INFINITY)

    def _limit(self, daemon: Chair, size: int) -> None:
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, hard))


class Full:
    """A small file system, which somebody else fills to the last byte."""

    says = "database or disk is full"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def spoil(self, _daemon: Any) -> None:
        """Fill it."""
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def mend(self, _daemon: Any) -> None:
        """Make room again."""
        self._ballast.unlink()


@pytest.fixture(params=[Failing, Full])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Failing | Full]:
    """Give a disk that can be spoilt."""
    with small_file_system(tmp_path) if request.param is Full else nullcontext():
        yield request.param(tmp_path)


@contextmanager
def small_file_system(where: Path) -> Iterator[None]:
    """Mount half a megabyte there."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(where)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted by root alone, and not everywhere")
    yield
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_spoilt_disk(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], disk: Failing | Full
) -> None:
    """It is told once, the alert comes and sounds, and later everything is in the history."""
    port, folder = mosquitto().port, disk.folder / "state"
    folder.mkdir()
    with record(port) as seen, chair(folder, port, break_min="3s", short_absence="1s") as daemon:
        seen.await_state(status="vacant")
        disk.spoil(daemon)

        daemon.do("sit")
        problem = seen.await_state(problem="storage")
        seen.await_event("break_due")
        daemon.await_edges(4 - len(daemon.edges))
        disk.mend(daemon)
        daemon.do("stand")
        seen.await_event("break_complete")
        seen.await_event("problem_solved")
        code = daemon.end(signal.SIGTERM)

        assert code == 0
        assert problem.payload["status"] in ("vacant", "sitting")
        told = [event["event_type"] for event in seen.events()]
        assert told.count("problem") == told.count("problem_solved") == 1
        assert sorted(events(folder)) == sorted(told)
        log = "\n".join(daemon.log.entries)
        assert log.count(f"{disk.says}; counting goes on from memory, writing is tried again") == 1
        assert log.count("the database can be written again") == 1
        assert "Traceback" not in log


def test_nowhere_to_write(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder]
) -> None:
    """In a directory where nothing can be made it sits, rings and ends as always."""
    port = mosquitto().port
    with record(port) as seen, chair(Path("/proc/self/fdinfo"), port) as daemon:
        daemon.ready().do("sit")
        due = seen.await_event("break_due")
        daemon.await_edges(4 - len(daemon.edges))
        state = seen.await_state(break_due=True)

        assert daemon.end(signal.SIGTERM) == 0
        assert due.payload["level"] == 1
        assert state.payload["problem"] == "storage"
        assert "Traceback" not in "\n".join(daemon.log.entries)


def test_busy_database(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """A program that locks the database for seconds lengthens no beep."""
    port = mosquitto().port
    settings = {"buzzer_style": "steady", "level_after": "0,1s,2s,3s"}
    with record(port) as seen, chair(tmp_path, port, **settings) as daemon:
        daemon.ready().do("sit")
        seen.await_event("break_due")
        with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            daemon.await_edges(8)

        lengths = [after.at - before.at for before, after in pairwise(daemon.edges)]
        assert max(lengths) < 0.9
        daemon.do("stand")
        seen.await_event("problem_solved")
