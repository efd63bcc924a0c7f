"""The log of the resident daemon never waits for whoever reads it."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sensor.daemon.log_writer import MOST_LINES, LogWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe: reading and writing end."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def record(text: str) -> logging.LogRecord:
    """Make a line of the log."""
    return logging.LogRecord("sensor", logging.INFO, __file__, 1, text, None, None)


def test_lines_are_written_in_order(pipe: tuple[int, int]) -> None:
    """What is logged comes out, whatever characters are in it."""
    reading, writing = pipe
    writer = LogWriter(writing)

    for text in ("first", "zwölf \ud800"):
        writer.handle(record(text))
    writer.flush()

    assert os.read(reading, 4096).decode() == "first\nzwölf \\ud800\n"


def test_what_finds_no_room_is_counted(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that nobody reads are dropped, and once they are read again it says how many."""
    monkeypatch.setattr("sensor.daemon.log_writer.PATIENCE", 0)
    reading, writing = pipe
    writer = LogWriter(writing)

    for number in range(4 * MOST_LINES):
        writer.handle(record(f"{number:04} {'x' * 1000}"))
    writer.flush()
    said = b""
    while b" more lines\n" not in said:
        said += os.read(reading, 65536)

    lines = said.decode().splitlines()
    kept = [line for line in lines if line.endswith("x")]
    assert lines[-1] == f"and {4 * MOST_LINES - len(kept)} more lines"
    assert MOST_LINES <= len(kept) < 4 * MOST_LINES


def test_nobody_reads_any_more(pipe: tuple[int, int]) -> None:
    """A reader that has gone ends nothing."""
    reading, writing = pipe
    os.close(reading)
    writer = LogWriter(writing)

    writer.handle(record("unheard"))
    writer.flush()
