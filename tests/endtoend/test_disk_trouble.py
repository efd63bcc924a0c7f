"""A disk that takes nothing, under a running daemon: the chair works, and nothing is lost."""

import resource
import signal
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any


def events(state_dir: Path) -> list[str]:
    """List the types of all events in the history."""
    with closing(sqlite3.connect(state_dir / "chair-sensor.db")) as database:
        return [name for (name,) in database.execute("SELECT event_type FROM event")]


def limit_files(daemon: Any, size: int) -> None:
    """Let the daemon write files of this size at most: what is beyond fails, as on a full disk."""
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_full_disk(mosquitto: Any, chair: Any, record: Any, tmp_path: Path) -> None:
    """It is told once, the alert comes and sounds, and later everything is in the history."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, break_min="3s", short_absence="1s") as daemon:
        seen.await_state(status="vacant")
        limit_files(daemon, 0)

        daemon.do("sit")
        problem = seen.await_state(problem="storage")
        seen.await_event("break_due")
        daemon.await_edges(4 - len(daemon.edges))
        limit_files(daemon, resource.RLIM_INFINITY)
        daemon.do("stand")
        seen.await_event("break_complete")
        seen.await_event("problem_solved")
        code = daemon.end(signal.SIGTERM)

        assert code == 0
        assert problem.payload["status"] in ("vacant", "sitting")
        told = [event["event_type"] for event in seen.events()]
        assert told.count("problem") == told.count("problem_solved") == 1
        assert sorted(events(tmp_path)) == sorted(told)
        log = "\n".join(daemon.log.entries)
        assert log.count("writing is tried again") == 1
        assert log.count("the database can be written again") == 1
        assert "Traceback" not in log


def test_nowhere_to_write(mosquitto: Any, chair: Any, record: Any) -> None:
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


def test_busy_database(mosquitto: Any, chair: Any, record: Any, tmp_path: Path) -> None:
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
