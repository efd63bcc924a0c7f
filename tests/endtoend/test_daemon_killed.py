"""The daemon is killed without warning and started again: the sitting goes on."""

import os
import select
import signal
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.kit import Chair, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

LONG = {"sit_limit": "60s", "break_min": "60s", "short_absence": "20s"}


def history(state_dir: Path, table: str) -> list[dict[str, Any]]:
    """Read the rows of a table of the history."""
    with closing(sqlite3.connect(state_dir / "chair-sensor.db")) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608


def asked(chip: int) -> tuple[int, bool]:
    """Wait until the kernel is asked for a line, and read by linux/gpio.h which one and how."""
    select.select([chip], [], [], 15)
    request = os.read(chip, 592)
    return int.from_bytes(request[:4], sys.byteorder), any(request[328:336])


def child(process: int) -> int:
    """Return the only child of a process, whichever of its threads has it."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    [found] = [child for task in tasks for child in task.read_text().split()]
    return int(found)


def test_killed_while_sitting(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """The bout goes on over the downtime, is marked as estimated, and nobody sits down anew."""
    port = mosquitto().port
    with record(port) as seen:
        with chair(tmp_path, port, **LONG) as daemon:
            seen.await_state(status="starting")  # else it could sit down before the broker is there
            sat_at = daemon.do("sit")
            before = seen.await_state(status="sitting")
            daemon.end(signal.SIGKILL)
        seen.await_availability("offline")
        mark = len(seen.entries)

        with chair(tmp_path, port, "--seated", **LONG):
            after = seen.await_state(since=mark, status="sitting")

        assert after.payload["estimated"] is True
        assert after.payload["bout_started_at"] == before.payload["bout_started_at"]
        assert after.payload["sitting_seconds"] in range(
            int(after.at - sat_at) - 1, int(after.at - sat_at) + 2
        )
        assert after.payload["today"]["bouts"] == 1
        assert [event["event_type"] for event in seen.events()] == ["sat_down"]


def test_signals_are_the_main_thread_s(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """SIGTERM and SIGINT reach no other thread: that would wake nobody for up to 30 s."""
    port = mosquitto().port
    with record(port) as seen, chair(tmp_path, port, **LONG) as daemon:
        seen.await_state(status="vacant")
        pid = daemon.process.pid
        blocked = {
            int(task.name): int(
                next(
                    line for line in (task / "status").read_text().splitlines() if "SigBlk" in line
                ).split()[1],
                16,
            )
            for task in Path(f"/proc/{pid}/task").iterdir()
        }
    stopping = 1 << signal.SIGTERM - 1 | 1 << signal.SIGINT - 1

    assert blocked.pop(pid) & stopping == 0
    assert len(blocked) >= 3
    assert {mask & stopping for mask in blocked.values()} == {stopping}


def test_killed_before_the_disk_has_what_was_told(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """The next life writes it down, and does not tell it again."""
    port = mosquitto().port
    kept = 'LISTEN_PID=$$ LISTEN_FDNAMES=redo exec "$@" 3<>"$0"'  # as systemd hands a file over
    unit = partial(chair, tmp_path, port, within=["sh", "-c", kept, f"{tmp_path}/kept"], **LONG)

    with record(port) as seen:
        with unit() as daemon:
            seen.await_state(status="starting")
            daemon.do("sit")
            seen.await_event("sat_down")
            with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
                database.execute("BEGIN IMMEDIATE")  # nobody else can write now
                daemon.do("stand")
                told = seen.await_event("stood_up")
                daemon.end(signal.SIGKILL)
        seen.await_availability("offline")
        assert told.payload["id"] not in [row["id"] for row in history(tmp_path, "event")]
        mark = len(seen.entries)

        with unit() as daemon:
            seen.await_state(since=mark, status="away")
            daemon.do("sit")
            seen.await_event("sat_down", since=mark)
            seen.await_state(since=mark, status="sitting")
            daemon.end(signal.SIGTERM)

        heard = [(event["id"], event["event_type"]) for event in seen.events()]
        noted = [(row["id"], row["event_type"]) for row in history(tmp_path, "event")]
        steps = [kind for _, kind in heard if not kind.startswith("problem")]
        assert steps == ["sat_down", "stood_up", "sat_down"]
        assert steps == [kind for _, kind in noted if not kind.startswith("problem")]
        assert set(heard) <= set(noted)


def test_killed_during_an_alert(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """It is the same alert: silent at the start, and level 1 once `return_grace` has passed."""
    port = mosquitto().port
    settings = {"break_min": "60s", "short_absence": "20s", "return_grace": "2s"}
    with record(port) as seen:
        with chair(tmp_path, port, **settings) as daemon:
            seen.await_state(status="starting")
            daemon.do("sit")
            seen.await_event("break_due")
            daemon.end(signal.SIGKILL)
        offline = seen.await_availability("offline")
        mark = len(seen.entries)

        with chair(tmp_path, port, "--seated", **settings) as daemon:
            held = seen.await_state(since=mark, status="break_due")
            again = seen.await_event("break_due", since=mark)
            daemon.await_edges(4 - len(daemon.edges))
            first = daemon.edges[0].at
            stood_at = daemon.do("stand")
            seen.await_state(since=mark, status="away")
            seen.send("do/reset", "PRESS")
            seen.await_state(since=mark, status="vacant")

        assert (held.payload["level"], held.payload["break_due"]) == (0, True)
        assert held.payload["estimated"] is True
        assert first - offline.at > 2
        assert first - held.at < 2.5
        assert again.payload["level"] == 1
        assert len({event["alert_id"] for event in seen.events("break_due")}) == 1
        assert len(seen.events("break_due")) == 2
        assert all(edge.at < stood_at + 1.5 for edge in daemon.edges)
        [alert] = history(tmp_path, "alert")
        assert alert["alert_id"] == again.payload["alert_id"]
        [bout] = history(tmp_path, "bout")
        assert bout["estimated"] == 1


def test_killed_while_the_buzzer_sounds(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """The moment it is dead, another process puts its outputs to rest."""
    port = mosquitto().port
    os.mkfifo(tmp_path / "gpiochip0")
    chip = os.open(tmp_path / "gpiochip0", os.O_RDWR | os.O_NONBLOCK)
    with (
        record(port),
        chair(tmp_path, port, f"--dev={tmp_path}", pins__led="27") as daemon,
    ):
        daemon.ready()
        daemon.do("sit")
        daemon.await_edges(1)
        daemon.end(signal.SIGKILL)

    assert [asked(chip), asked(chip)] == [(17, False), (27, False)]
    os.close(chip)


def test_killed_after_its_guard(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """A guard that has died is replaced; the new one lives until the daemon dies, and no longer."""
    port = mosquitto().port
    daemon = chair(tmp_path, port, f"--dev={tmp_path}")
    daemon.environment = {"WATCHDOG_USEC": "200000"}
    with record(port), daemon:
        daemon.ready()
        os.kill(child(daemon.process.pid), signal.SIGKILL)
        daemon.await_log("another one keeps it now")
        watched = os.pidfd_open(child(daemon.process.pid))
        assert select.select([watched], [], [], 0.2)[0] == []
        daemon.end(signal.SIGKILL)

        assert select.select([watched], [], [], 15)[0] == [watched]
    os.close(watched)


def test_killed_again_and_again(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Five kills in one sitting leave one bout, one sitting down and no lost second."""
    port = mosquitto().port
    with record(port) as seen:
        with chair(tmp_path, port, **LONG) as daemon:
            seen.await_state(status="starting")
            sat_at = daemon.do("sit")
            seen.await_state(status="sitting")
            daemon.end(signal.SIGKILL)
        for _ in range(4):
            mark = len(seen.entries)
            with chair(tmp_path, port, "--seated", **LONG) as daemon:
                seen.await_state(since=mark, status="sitting")
                daemon.end(signal.SIGKILL)
        mark = len(seen.entries)

        with chair(tmp_path, port, "--seated", **LONG):
            last = seen.await_state(since=mark, status="sitting")

        assert abs(last.payload["sitting_seconds"] - (last.at - sat_at)) < 1.2
        assert last.payload["today"]["bouts"] == 1
        assert last.payload["today"]["transitions"] == 0
        assert [event["event_type"] for event in seen.events()] == ["sat_down"]


def test_killed_while_away(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """The absence goes on over the downtime, and the break is complete when it would have been."""
    port = mosquitto().port
    settings = {"sit_limit": "60s", "break_min": "8s", "short_absence": "1s"}
    with record(port) as seen:
        with chair(tmp_path, port, **settings) as daemon:
            seen.await_state(status="starting")
            daemon.do("sit")
            seen.await_state(status="sitting")
            stood_at = daemon.do("stand")
            seen.await_event("stood_up")
            daemon.end(signal.SIGKILL)

        with chair(tmp_path, port, **settings):
            complete = seen.await_event("break_complete")

        assert abs(complete.at - (stood_at + 8)) < 0.7
        assert len(seen.events("stood_up")) == 1


def test_killed_and_nobody_there_any_more(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Who was seated before and is gone after leaves a closed bout, and no alert."""
    port = mosquitto().port
    with record(port) as seen:
        with chair(tmp_path, port) as daemon:
            seen.await_state(status="starting")
            daemon.do("sit")
            seen.await_event("break_due")
            daemon.end(signal.SIGKILL)
        mark = len(seen.entries)

        with chair(tmp_path, port) as daemon:
            state = seen.await_state(since=mark, status="vacant")
            daemon.end(signal.SIGTERM)

        assert (state.payload["break_due"], state.payload["sitting_seconds"]) == (False, 0)
        assert daemon.edges == []
        assert [row["why"] for row in history(tmp_path, "gap")] == ["down"]
        assert len(history(tmp_path, "bout")) == len(history(tmp_path, "alert")) == 1
