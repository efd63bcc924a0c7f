"""A few days of `python -m tests.soak`, which plays years by hand."""

import subprocess
import sys
from pathlib import Path

import pytest

from sensor.daemon.ports import Publication
from sensor.simulator.sitter import office
from tests.soak.__main__ import BEGIN, _live
from tests.soak.promises import BrokenPromiseError, Promises

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_leak_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Memory that grows with each thing that happens breaks a promise, too."""
    check, hoard = Promises.check, []

    def leak(promises: Promises) -> None:
        hoard.append(b"x" * 20_000)
        check(promises)

    monkeypatch.setattr(Promises, "check", leak)

    with pytest.raises(BrokenPromiseError, match="the memory has grown from"):
        _live(office(seed=1, days=1, start=BEGIN), tmp_path)


def test_a_stale_state_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key of the state that the broker is not told about breaks a promise."""
    hear = Promises.hear

    def miss(promises: Promises, publication: Publication) -> None:
        hear(promises, publication)
        promises._shown.get("today", {})["bouts"] = 0

    monkeypatch.setattr(Promises, "hear", miss)

    with pytest.raises(BrokenPromiseError, match="today: the broker has"):
        _live(office(seed=1, days=1, start=BEGIN), tmp_path)
