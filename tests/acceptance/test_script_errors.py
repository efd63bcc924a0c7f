"""Section 11, scripts that cannot be read: one line that helps, exit 2, and nothing run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .records import Attempt

BAD_LINES = [
    "0:30",
    "sit",
    "0:30 jump",
    "0:30 sit down",
    "0:30 stand up",
    "30 sit",
    "0:75 sit",
    "1:75:00 sit",
    "1:2:3:4 sit",
    "-0:30 sit",
    "half past sit",
    "0:3O sit",
    ":30 sit",
    "0: sit",
    "nan:00 sit",
    "0:inf sit",
    "0:30,5 sit",
    "0:30 press twice",
    "0:30 chatter",
    "0:30 chatter 10s",
    "0:30 chatter 10s 180%",
    "0:30 chatter 10s -5%",
    "0:30 chatter 10s nan%",
    "0:30 chatter 10s often",
    "0:30 chatter 10q 80%",
    "0:30 chatter -10s 80%",
    "0:30 chatter 10s 80% more",
    "0:30 publish",
    "0:30 publish set/buzzer",
    "0:30 broker",
    "0:30 broker sideways",
    "0:30 broker up now",
    "0:30 broker slow",
    "0:30 broker slow down",
    "0:30 broker slow 3s 4s",
    "0:30 broker refuse me",
    "0:30 homeassistant",
    "0:30 homeassistant stop",
    "0:30 homeassistant restart soon",
    "0:30 stuck",
    "0:30 stuck ajar",
    "0:30 unstuck now",
    "0:30 stall",
    "0:30 stall long",
    "0:30 disk",
    "0:30 disk half",
    "0:30 restart soon",
    "0:30 restart -5s",
    "0:30 restart nan",
    "0:30 restart 5s 6s",
    "0:30 crash 5x",
    "0:30 crash infs",
    "0:30 reboot 90s sometimes",
    "0:30 reboot never",
    "0:30 suspend",
    "0:30 suspend forever",
    "0:30 suspend -1h",
    "0:30 clock",
    "0:30 clock +soon",
    "0:30 clock back",
    "0:30 unplug now",
    "0:30 plug in",
    "0:30 seat",
    "0:30 seat lost",
    "0:30 seat late",
    "0:30 seat late soon",
    "0:30 seat stale",
    "0:30 seat battery",
    "0:30 seat battery 200%",
    "0:30 seat miss twice",
    "0:30 bridge",
    "0:30 bridge sideways",
    "0:30 end now",
    "0:30 sit 0:40 stand",
]

EXAMPLE = re.compile(r"\d:\d\d(:\d\d)?(\.\d+)?\s+[a-z]+|\b\d+(s|m|h)\b|\d+ ?%")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")  # the bad line itself is no example


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_line_is_told_in_one_line(attempt: Attempt, tmp_path: Path, line: str) -> None:
    """The message has the file, the line number, what is wrong, and an example."""
    script = tmp_path / "monday.txt"
    script.write_text(f"# a day\n0:10 sit\n{line}\n1:00 end\n", encoding="utf-8")

    outcome = attempt("--script", str(script))

    told = [text for text in outcome.stderr.splitlines() if text.strip()]
    assert outcome.code == 2
    assert len(told) == 1, outcome.stderr
    assert re.search(r"monday\.txt\D{1,9}3\b", told[0])
    assert EXAMPLE.search(QUOTED.sub("", told[0].partition("monday.txt")[2]))


@pytest.mark.parametrize("line", BAD_LINES)
def test_nothing_runs_after_a_bad_line(attempt: Attempt, tmp_path: Path, line: str) -> None:
    """A script with one bad line leaves no record, not even of the good lines before it."""
    script = tmp_path / "monday.txt"
    script.write_text(f"0:10 sit\n1:00 publish set/buzzer OFF\n{line}\n", encoding="utf-8")

    outcome = attempt("--script", str(script))

    assert outcome.code == 2
    assert outcome.jsonl == b""


def test_a_script_that_is_not_there(attempt: Attempt, tmp_path: Path) -> None:
    """A missing file is told in one line that names it."""
    outcome = attempt("--script", str(tmp_path / "nowhere.txt"))

    told = [text for text in outcome.stderr.splitlines() if text.strip()]
    assert outcome.code == 2
    assert len(told) == 1, outcome.stderr
    assert "nowhere.txt" in told[0]
    assert outcome.jsonl == b""


def test_a_script_that_is_no_text(attempt: Attempt, tmp_path: Path) -> None:
    """A file of bytes that are no text is told in one line, without a traceback."""
    script = tmp_path / "picture.txt"
    script.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")

    outcome = attempt("--script", str(script))

    told = [text for text in outcome.stderr.splitlines() if text.strip()]
    assert outcome.code == 2
    assert len(told) == 1, outcome.stderr
    assert "picture.txt" in told[0]


def test_a_bad_line_on_standard_input(attempt: Attempt) -> None:
    """On standard input the line number is told too."""
    outcome = attempt("--script", "-", stdin="1:00 sit\n2:00 jump\n")

    told = [text for text in outcome.stderr.splitlines() if text.strip()]
    assert outcome.code == 2
    assert len(told) == 1, outcome.stderr
    assert re.search(r"\b2\b", told[0])
    assert "jump" in told[0]
