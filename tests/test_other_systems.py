"""The simulation and the commands for data run where there is no POSIX, as on Windows."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = "0:01 sit\n0:10 end\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[subprocess.Popen[str]]:
    """Start what runs commands without POSIX; see there."""
    with subprocess.Popen(
        [sys.executable, ROOT / "tests/without_posix.py"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def run(elsewhere: subprocess.Popen[str], tmp_path: Path) -> Run:
    """Start `chair-sensor` without POSIX; return how it ended."""
    given, out, err = (tmp_path / name for name in ("given", "out", "err"))
    given.write_text(SCRIPT)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        streams = [str(given), str(out), str(err)]
        request = {"arguments": arguments, "folder": str(tmp_path), "streams": streams}
        assert elsewhere.stdin is not None
        assert elsewhere.stdout is not None
        print(json.dumps(request), file=elsewhere.stdin, flush=True)
        code = int(elsewhere.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())

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
