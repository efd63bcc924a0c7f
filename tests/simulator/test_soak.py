"""A few days of `python -m tests.soak`, which plays years by hand."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [1, 2])
def test_soak(seed: int) -> None:
    """Whatever goes wrong on three random days, no promise is broken."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--days", "3", "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "all kept" in done.stdout
