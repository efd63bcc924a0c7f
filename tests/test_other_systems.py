"""The simulation and the commands for data run where there is no POSIX, as on Windows."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = "0:01 sit\n0:10 end\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Start `chair-sensor` without POSIX; return how it ended."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "tests/without_posix.py", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
            input=SCRIPT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("--help", "without a Pi:"),
        ("help simulator", "SIMULATOR"),
        ("exercises", "not a treatment"),
        ("check-config", "valid without it"),
        ("simulate --script workday", "the simulation is over"),
        ("simulate --script - --speed 3600 --plain", "Sitting; break due at 09:00."),
        ("report --demo", "9 to 15 March 2026"),
        ("report --demo --html page.html", "wrote page.html"),
    ],
)
def test_works(command: str, said: str, run: Run) -> None:
    """Nothing on the way of these needs what is not there."""
    done = run(*command.split())

    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


@pytest.mark.slow
def test_data(run: Run) -> None:
    """A kept history can be reported on, exported, restored and forgotten."""
    assert run("simulate", "--sitter", "office", "--keep", "one").returncode == 0
    one, other = ("--set", "state_dir=one"), ("--set", "state_dir=other")

    for command in (
        ("report", "2026-03-02", *one),
        ("export", "--output", "history.json", *one),
        ("import", "history.json", *other),
        ("forget", "all", "--yes", *other),
    ):
        done = run(*command)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "status"])
def test_the_daemon_needs_linux(command: str, run: Run) -> None:
    """What cannot be is one line that says so."""
    done = run(command)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "`chair-sensor simulate`" in done.stderr
