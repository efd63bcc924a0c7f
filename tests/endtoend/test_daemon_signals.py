"""How the daemon ends, what it survives, and that there is only one of it."""

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

LONG = {"sit_limit": "60s", "break_min": "60s"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end(
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """In the middle of a beep: silence, good-bye, a checkpoint, exit 0 and no traceback."""
    port = mosquitto().port
    with (
        record(port) as seen,
        chair(tmp_path, port, buzzer_style="steady") as daemon,
    ):
        daemon.ready().do("sit")
        daemon.buzzer.wait(lambda edge: edge.on)

        code = daemon.end(number)

        assert code == 0
        assert not daemon.edges[-1].on
        assert daemon.edges[-1].at - daemon.edges[-2].at < 0.45
        assert seen.await_availability("offline").topic == seen.entries[-1].topic
        assert f"stopping: {number.name}" in "\n".join(daemon.log.entries)
        assert "Traceback" not in "\n".join(daemon.log.entries)
        with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
            [(state,)] = database.execute("SELECT state FROM checkpoint")
        assert '"Seated"' in state


def test_bout_survives_an_orderly_restart(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Stopped and started again, the bout goes on as after a kill."""
    port = mosquitto().port
    with record(port) as seen:
        with chair(tmp_path, port, **LONG) as daemon:
            daemon.ready().do("sit")
            before = seen.await_state(status="sitting")
            daemon.end(signal.SIGTERM)
        mark = len(seen.entries)

        with chair(tmp_path, port, "--seated", **LONG):
            after = seen.await_state(since=mark, status="sitting")

        assert after.payload["bout_started_at"] == before.payload["bout_started_at"]
        assert after.payload["estimated"] is True


def test_hangup_is_ignored(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """SIGHUP, the end of a terminal, is no reason to leave the chair."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, **LONG) as daemon:
        daemon.ready()

        daemon.signal(signal.SIGHUP)
        daemon.do("sit")

        seen.await_state(status="sitting")
        assert daemon.process.poll() is None


def ignored(process: subprocess.Popen[str]) -> int:
    """Return the signals that a process ignores, as the kernel's bits."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if "SigIgn" in line), 16)


def test_the_whole_command(tmp_path: Path) -> None:
    """What its caller ignores stays ignored; SIGTERM ends it in order, whatever was before."""
    given = ("mqtt.host=127.0.0.1", "mqtt.port=1", "seat.topic=x", "pins.buzzer=none")
    settings = [f"--set={setting}" for setting in (*given, f"state_dir={tmp_path}")]
    command = [sys.executable, "-m", "sensor", "run", *settings]
    quietly = ["sh", "-c", 'trap "" QUIT; exec "$@"', "-", *command]
    with subprocess.Popen(quietly, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as daemon:
        assert daemon.stderr is not None
        said = next(line for line in daemon.stderr if "broker away" in line)
        bits = ignored(daemon)
        daemon.send_signal(signal.SIGQUIT)
        daemon.send_signal(signal.SIGTERM)
        said += daemon.stderr.read()

    assert bits >> (signal.SIGQUIT - 1) & 1
    assert bits >> (signal.SIGHUP - 1) & 1
    assert daemon.returncode == 0
    assert "stopping: SIGTERM" in said


def test_only_one(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """A second daemon on the same state directory says so in one line and disturbs nobody."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, **LONG) as first:
        first.ready()
        seen.await_state(status="vacant")
        mark = len(seen.entries)

        with chair(tmp_path, port, **LONG) as second:
            code = second.end()

        assert code == 1
        [line] = second.log.entries
        assert re.search(r"another chair-sensor is running on .*; stop it first", line)
        first.do("sit")
        seen.await_state(status="sitting")
        assert "offline" not in [m.payload for m in seen.entries[mark:]]


def test_next_one_after_a_kill(chair: type[Chair], tmp_path: Path) -> None:
    """A lock left behind by a killed daemon keeps nobody out."""
    with chair(tmp_path, 1) as first:
        first.ready()
        first.end(signal.SIGKILL)

    with chair(tmp_path, 1) as second:
        second.ready()


def test_hands(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Button and tamper loop work on the real pins, from gpiozero's threads."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, snooze="1s") as daemon:
        daemon.ready().do("sit")
        seen.await_event("break_due")

        daemon.do("press")
        snoozed = seen.await_state(status="snoozed")
        mark = len(seen.entries)
        seen.await_event("break_due", since=mark)
        daemon.do("unplug")
        seen.await_state(since=mark, status="unplugged", problem="unplugged")
        daemon.do("plug")
        seen.await_state(since=mark, status="unplugged")
        solved = seen.await_event("problem_solved")

        assert snoozed.payload["snoozes_left"] == 1
        assert solved.payload["alert_id"] is None


def test_too_few_files(chair: type[Chair], tmp_path: Path) -> None:
    """Where hardly a file may be opened the daemon says what to raise, in one line, and ends."""
    daemon = chair(tmp_path, 1)
    daemon._command = ["prlimit", "--nofile=10", *daemon._command]
    with daemon:
        assert daemon.end() == 1

    [line] = daemon.log.entries
    assert "only 10 files may be open at once, and 32 are needed; raise the limit" in line
