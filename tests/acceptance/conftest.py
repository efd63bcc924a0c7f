"""The way into the product for every test of this folder: its command line, nothing else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .records import Attempt, Outcome, Run, Simulate

HERE = Path(__file__).parent
COMMAND = (sys.executable, "-m", "sensor", "simulate")
WORST_CASE_S = 180  # wall-clock seconds; a simulated day takes about one


def load_records() -> Any:
    """Load records.py from beside this file: import mode `importlib` knows no siblings."""
    spec = importlib.util.spec_from_file_location("acceptance_records", HERE / "records.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


records = load_records()


def environment(hash_seed: int) -> dict[str, str]:
    """Build an environment in which only the test's own arguments count."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHAIR_SENSOR_")}
    return kept | {"PYTHONHASHSEED": str(hash_seed)}


@pytest.fixture(scope="session")
def attempt(tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    """Run the command with these arguments, and tell how it ended."""

    def attempt(*arguments: str, stdin: str | None = None, hash_seed: int = 0) -> Outcome:
        jsonl = tmp_path_factory.mktemp("run") / "records.jsonl"
        done = subprocess.run(
            [*COMMAND, *arguments, "--jsonl", str(jsonl)],
            check=False,
            capture_output=True,
            encoding="utf-8",
            env=environment(hash_seed),
            input=stdin if stdin is not None else "",
            timeout=WORST_CASE_S,
        )
        written = jsonl.read_bytes() if jsonl.exists() else b""
        return records.Outcome(done.returncode, done.stderr, written)

    return attempt


@pytest.fixture(scope="session")
def simulate(attempt: Attempt, tmp_path_factory: pytest.TempPathFactory) -> Simulate:
    """Simulate a script; the same script with the same options is run once per session."""
    seen: dict[tuple[object, ...], Run] = {}

    def simulate(
        script: str,
        *,
        settings: Mapping[str, object] | None = None,
        config: str | None = None,
        start: str = "2026-03-02T08:00:00+00:00",
        timezone: str | None = None,
    ) -> Run:
        script = textwrap.dedent(script)
        pairs = tuple(f"{key}={value}" for key, value in (settings or {}).items())
        key = (script, pairs, config, start, timezone)
        if key not in seen:
            folder = tmp_path_factory.mktemp("script")
            (folder / "script.txt").write_text(script, encoding="utf-8")
            arguments = ["--script", str(folder / "script.txt"), "--start", start]
            for pair in pairs:
                arguments += ["--set", pair]
            if timezone is not None:
                arguments += ["--timezone", timezone]
            if config is not None:
                (folder / "config.toml").write_text(textwrap.dedent(config), encoding="utf-8")
                arguments += ["--config", str(folder / "config.toml")]
            outcome = attempt(*arguments)
            assert outcome.code == 0, outcome.stderr
            seen[key] = records.Run.read(outcome.jsonl.decode(), start=start)
        return seen[key]

    return simulate


@pytest.fixture(scope="session")
def example(simulate: Simulate) -> Any:
    """Run one of the worked examples, a to m, from the folder `examples`."""

    def example(letter: str, **options: Any) -> Run:
        script = (HERE / "examples" / f"{letter}.txt").read_text(encoding="utf-8")
        return simulate(script, **options)

    return example
