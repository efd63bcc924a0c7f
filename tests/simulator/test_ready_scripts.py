"""The scripts that ship with the product."""

import json
from pathlib import Path

import pytest

from sensor.settings.loading import load
from sensor.simulator.simulate import Options, ready_scripts, simulate

NAMES = sorted(ready_scripts())


def test_names() -> None:
    """These are there; the README and the help name them."""
    assert NAMES == [
        "broker-outage",
        "cat-on-the-chair",
        "fidgety",
        "forgetful",
        "night",
        "workday",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_repeatable(tmp_path: Path, name: str) -> None:
    """It runs to its end, with a daemon that starts and stops, and twice the same to the byte."""
    for run in ("first", "second"):
        simulate(load(), Options(script=name, jsonl=str(tmp_path / run)))

    first = (tmp_path / "first").read_bytes()
    assert first == (tmp_path / "second").read_bytes()
    records = [json.loads(line) for line in first.splitlines()]
    whats = [record["what"] for record in records if record["kind"] == "daemon"]
    assert (whats[0], whats[-1]) == ("start", "stop")
    times = [record["t"] for record in records]
    assert times == sorted(times)
    assert {record["kind"] for record in records} >= {"contact", "mqtt", "daemon"}


@pytest.mark.slow
def test_seed_matters_for_chatter_only(tmp_path: Path) -> None:
    """Another seed is another fidgety sitter, but the same one for a script without chance."""
    for name, differs in (("fidgety", True), ("forgetful", False)):
        for seed in (1, 2):
            out = tmp_path / f"{name}-{seed}"
            simulate(load(), Options(script=name, seed=seed, jsonl=str(out)))
        same = (tmp_path / f"{name}-1").read_bytes() == (tmp_path / f"{name}-2").read_bytes()
        assert same is not differs


@pytest.mark.slow
def test_long_silence_of_the_cat(tmp_path: Path) -> None:
    """A bag or a cat is given up on: the last hours pass in silence, with a problem told."""
    out = tmp_path / "records"
    simulate(load(), Options(script="cat-on-the-chair", jsonl=str(out)))

    records = [json.loads(line) for line in out.read_text().splitlines()]
    problems = [
        record["t"]
        for record in records
        if record["kind"] == "mqtt"
        and record["topic"].endswith("/event")
        and record["payload"]["event_type"] == "problem"
    ]
    assert len(problems) == 1
    [since] = problems
    solved = next(
        record["t"]
        for record in records
        if record["kind"] == "mqtt"
        and record["topic"].endswith("/event")
        and record["payload"]["event_type"] == "problem_solved"
    )
    beeps = [r["t"] for r in records if r["kind"] == "buzzer" and since < r["t"] < solved]
    assert beeps == []
