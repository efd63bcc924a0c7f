"""The way into the product for every test of this folder: its command line, nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .records import Attempt, Outcome, Run, Simulate

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def attempt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attempt]:
    """Run the command with these arguments, and tell how it ended."""
    environment = {key: value for key, value in os.environ.items() if "CHAIR_SENSOR_" not in key}
    midwives: dict[int, subprocess.Popen[str]] = {}

    def midwife(hash_seed: int) -> subprocess.Popen[str]:
        if hash_seed not in midwives:
            midwives[hash_seed] = subprocess.Popen(
                [sys.executable, HERE / "midwife.py"],
                env=environment | {"PYTHONHASHSEED": str(hash_seed)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        return midwives[hash_seed]

    def attempt(*arguments: str, stdin: str = "", hash_seed: int = 0) -> Outcome:
        folder = tmp_path_factory.mktemp("run")
        jsonl, stderr = folder / "records.jsonl", folder / "stderr"
        (folder / "stdin").write_text(stdin, encoding="utf-8")
        request = {
            "arguments": ["simulate", *arguments, "--jsonl", str(jsonl)],
            "streams": [str(folder / "stdin"), os.devnull, str(stderr)],
        }
        process = midwife(hash_seed)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        written = jsonl.read_bytes() if jsonl.exists() else b""
        return records.Outcome(code, stderr.read_text(encoding="utf-8"), written)

    yield attempt
    for process in midwives.values():
        process.communicate()


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
