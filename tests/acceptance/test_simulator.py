"""Section 11, the simulator: its records, its repeatability, and the scripts it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .records import Attempt, Simulate

KEYS = {
    "contact": {"t", "kind", "closed"},
    "buzzer": {"t", "kind", "on"},
    "mqtt": {"t", "kind", "topic", "payload", "retain", "qos"},
    "daemon": {"t", "kind", "what"},
}

BUSY = """\
1:00    sit
5:00    chatter 5m 70%
20:00   publish set/sit_limit 30
32:00   publish do/snooze PRESS
40:00   broker down
45:00   crash 30s
50:00   broker up
55:00   stand
1:02:00 sit
1:10:00 reboot 20s
1:20:00 suspend 3m
1:30:00 clock +1h
1:40:00 restart
2:30:00 end
"""


def test_records_have_the_keys_of_their_kind(simulate: Simulate) -> None:
    """Each record is an object with exactly the promised keys, in order of time."""
    run = simulate(BUSY)

    assert {r["kind"] for r in run.records} == set(KEYS)
    assert [r for r in run.records if set(r) != KEYS[r["kind"]]] == []
    times = [r["t"] for r in run.records]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= 9003


def test_records_have_the_promised_types(simulate: Simulate) -> None:
    """Times are numbers, levels are booleans, payloads are parsed."""
    run = simulate(BUSY)

    assert all(isinstance(r["closed"], bool) for r in run.kind("contact"))
    assert all(isinstance(r["on"], bool) for r in run.kind("buzzer"))
    assert {r["what"] for r in run.kind("daemon")} <= {"start", "stop", "crash"}
    assert all(isinstance(seen.payload, dict) for seen in run.states())
    assert all(isinstance(seen.payload, str) for seen in run.messages("/availability"))


def test_contact_records_are_the_pins_edges(simulate: Simulate) -> None:
    """Sitting and standing are recorded at their own time."""
    run = simulate("""
        1:00 sit
        2:30.25 stand
        3:00 end
    """)

    edges = [(r["t"], r["closed"]) for r in run.kind("contact") if r["t"] > 0]
    assert edges == [(60, True), (150.25, False)]


@pytest.mark.slow
def test_the_same_script_gives_the_same_bytes(attempt: Attempt, tmp_path: Path) -> None:
    """Two runs of one busy script write the same records, byte for byte."""
    script = tmp_path / "busy.txt"
    script.write_text(BUSY, encoding="utf-8")
    start = ("--start", "2026-03-02T08:00:00+01:00", "--timezone", "Europe/Berlin")

    first = attempt("--script", str(script), *start, hash_seed=1)
    second = attempt("--script", str(script), *start, "--speed", "max", hash_seed=2)

    assert (first.code, second.code) == (0, 0)
    assert first.jsonl.count(b"\n") > 100
    assert first.jsonl == second.jsonl


def test_a_script_may_come_from_standard_input(attempt: Attempt, tmp_path: Path) -> None:
    """`--script -` reads standard input, and does the same as a file."""
    text = "1:00 sit\n5:00 end\n"
    script = tmp_path / "script.txt"
    script.write_text(text, encoding="utf-8")
    start = ("--start", "2026-03-02T08:00:00+00:00")

    piped = attempt("--script", "-", *start, stdin=text)
    read = attempt("--script", str(script), *start)

    assert piped.code == 0
    assert piped.jsonl == read.jsonl
    assert b'"closed"' in piped.jsonl


@pytest.mark.parametrize(
    ("line", "t"),
    [
        ("75:00 sit", 4500.0),
        ("100:30 sit", 6030.0),
        ("1:15:00 sit", 4500.0),
        ("0:30.25 sit", 30.25),
        ("0:00:30.5 sit", 30.5),
        ("00:30 sit", 30.0),
        ("2:00   sit   # comes to work", 120.0),
        ("\t2:00\tsit", 120.0),
        ("   2:00 sit   ", 120.0),
    ],
)
def test_odd_but_good_lines(simulate: Simulate, line: str, t: float) -> None:
    """Minutes over 59, fractions, comments and white space are all understood."""
    run = simulate(f"# a comment\n\n{line}\n\n   # another\n2:00:00 end\n")

    assert [r["t"] for r in run.kind("contact") if r["closed"]] == [t]


@pytest.mark.parametrize(
    ("duration", "seconds"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("45", 45), ("1.5s", 1.5)]
)
def test_durations_are_written_with_units(
    simulate: Simulate, duration: str, seconds: float
) -> None:
    """Seconds, minutes, hours and their mixes are all understood."""
    run = simulate(f"1:00 restart {duration}\n2:00:00 end\n")

    assert [r["t"] for r in run.kind("daemon") if r["what"] == "start"] == [0, 60 + seconds]


def test_nothing_happens_after_the_end(simulate: Simulate) -> None:
    """`end` stops the run there, whatever follows."""
    run = simulate("""
        1:00 sit
        2:00 end
        3:00 stand
        90:00 end
    """)

    assert max(r["t"] for r in run.records) <= 123
    assert run.alerts() == []


def test_the_start_sets_the_wall_clock(simulate: Simulate) -> None:
    """Labels count from `--start`, and are told in the zone of `--timezone`."""
    run = simulate(
        "1:00 sit\n2:00 end\n", start="2026-07-01T10:00:00+02:00", timezone="Europe/Berlin"
    )

    [sat] = run.events("sat_down")
    assert sat.payload["at"].startswith("2026-07-01T10:01:00")
    assert sat.payload["at"].endswith("+02:00")
    assert run.t_of(sat.payload["at"]) == 60


def test_the_zone_is_utc_by_default(simulate: Simulate) -> None:
    """Without `--timezone` labels are told in UTC, wherever the start was written."""
    run = simulate("1:00 sit\n2:00 end\n", start="2026-07-01T10:00:00+02:00")

    [sat] = run.events("sat_down")
    assert sat.payload["at"].startswith("2026-07-01T08:01:00")
    assert run.t_of(sat.payload["at"]) == 60
