"""What a day costs others: messages and bytes for the broker, bytes and syncs for the SD card.

The traffic of a working day of eight hours, and of a fidgety one, is counted in the records of
the simulator; mqtt-io and the bare script are given the same edges of the mat, and what
reaches the broker from them is counted. What is written is seen by strace; the script to
compare with keeps, as anybody would, one row an edge and one a minute, with sqlite3 as it comes.
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import stage
from tests.bench.table import Row

DAYS = ("workday", "fidgety")
AT_ONCE = 50
"""Edges that a guest is given before its answers, one an edge, are waited for."""
WRITING = "write,pwrite64,fsync,fdatasync,ftruncate,unlink"


def measure(*, venvs: Path) -> list[Row]:
    """Count each day's."""
    with TemporaryDirectory(prefix="bench-traffic-") as name:
        folder = Path(name)
        rows = []
        for day in DAYS:
            found = records(day, folder)
            rows += _messages(day, found, folder, venvs)
            if shutil.which("strace"):
                rows += _writes(day, found, folder)
        return rows


def records(day: str, folder: Path) -> list[dict[str, Any]]:
    """Simulate a day; return its records."""
    file = folder / f"{day}.jsonl"
    _run(_simulate(day, "--jsonl", str(file)), folder)
    return [json.loads(line) for line in file.read_text().splitlines()]


def messages(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return topic and payload of each message in the records."""
    return [
        (record["topic"], json.dumps(record["payload"], ensure_ascii=False))
        for record in records
        if record["kind"] == "mqtt"
    ]


def kilobytes(messages: list[tuple[str, str]]) -> float:
    """Add up topics and payloads."""
    return sum(len(topic.encode()) + len(text.encode()) for topic, text in messages) / 1000


def written(day: str, folder: Path) -> Counter[str]:
    """Simulate a day; return the `bytes` and `syncs` of its database."""
    return _traced(_simulate(day), folder)


def _messages(day: str, records: list[dict[str, Any]], folder: Path, venvs: Path) -> list[Row]:
    closed = [record["closed"] for record in records if record["kind"] == "contact"]
    with ExitStack() as stack:
        port = stack.enter_context(stage.mosquitto(folder))
        peer = _heard(stage.mqtt_io(port, folder, venvs, driven=True), port, closed, folder)
        floor = _heard(stage.bare(port, "driven"), port, closed, folder)
    parts = (messages(records), peer, floor)
    return [
        Row(f"{day}, 8 h", "messages", *map(len, parts)),
        Row(f"{day}, 8 h", "KB sent", *(kilobytes(part) for part in parts)),
    ]


def _heard(part: stage.Part, port: int, closed: list[bool], folder: Path) -> list[tuple[str, str]]:
    """Move its mat, some edges at a time; return all it said about them."""
    with ExitStack() as stack:
        listener = stage.Listener(port)
        process = stage.launch(part, stack, folder)
        listener.wait_for(part.is_ready)
        heard: list[tuple[str, str]] = []
        for first in range(0, len(closed), AT_ONCE):
            levels = closed[first : first + AT_ONCE]
            process.stdin.write("".join(f"{level:d}\n" for level in levels))
            expected = first + len(levels)

            def all_said(topic: str, payload: bytes, expected: int = expected) -> bool:
                heard.append((topic, payload.decode()))
                return len(heard) >= expected

            listener.wait_for(all_said)
            for _ in levels:
                process.stdout.readline()  # else the pipe is full some day
        listener.close()
    return heard


def _writes(day: str, records: list[dict[str, Any]], folder: Path) -> list[Row]:
    ours = written(day, folder)
    floor = _traced([sys.executable, "-m", "tests.bench.guests.keeper", *_moments(records)], folder)
    return [
        Row(f"{day}, 8 h", "KB written", ours["bytes"] / 1000, None, floor["bytes"] / 1000),
        Row(f"{day}, 8 h", "syncs", ours["syncs"], None, floor["syncs"]),
    ]


def _moments(records: list[dict[str, Any]]) -> list[str]:
    """How many rows the other one keeps: one an edge, and one a minute while the mat is closed."""
    edges = [(record["t"], record["closed"]) for record in records if record["kind"] == "contact"]
    ends = [t for t, _ in edges[1:]] + [records[-1]["t"]]
    seated = sum(end - t for (t, closed), end in zip(edges, ends, strict=True) if closed)
    return [str(len(edges) + int(seated / 60))]


def _traced(command: list[str], folder: Path) -> Counter[str]:
    """Add up what is written to, and synced with, files of a database."""
    trace = folder / "trace"
    _run(
        ["strace", "-f", "-qq", "-y", "-e", f"trace={WRITING}", "-o", str(trace), *command], folder
    )
    found: Counter[str] = Counter()
    for line in trace.read_text(errors="replace").splitlines():
        call = re.search(r"(\w+)\(\d+<[^>]*\.db[^>]*>.* = (\d+)", line)
        if call is None:
            continue
        name, result = call.groups()
        if "write" in name:
            found["bytes"] += int(result)
        elif "sync" in name:
            found["syncs"] += 1
    return found


def _simulate(day: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "sensor", "simulate", "--script", day, *more]


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env=stage.installed({}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
