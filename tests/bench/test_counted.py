"""What can be counted stays below its limit: a small margin above what it was when it was set.

Above a limit, something has become heavier: make it lighter, or raise the limit in a commit that
says why. Far below it, lower the limit. `python -m tests.bench counted` tells all figures.
"""

import shutil
from pathlib import Path

import pytest

from tests.bench import counted, traffic
from tests.bench.table import Row
from tests.kit import MOSQUITTO

pytestmark = pytest.mark.slow

LIMITS = {
    ("start", "modules"): 350,
    ("resident, imported", "KB allocated"): 12_800,
    ("settings checked", "10^9 instr."): 0.34,
    ("resident, imported", "10^9 instr."): 0.65,
    ("workday, 8 h", "messages"): 690,
    ("workday, 8 h", "KB sent"): 715,
    ("workday, 8 h", "turns of the loop"): 1_930,
    ("workday, 8 h", "10^3 calls"): 210,
    ("workday, 8 h", "KB written"): 2_400,
    ("workday, 8 h", "syncs"): 3,
    ("fidgety, 8 h", "messages"): 1_165,
    ("fidgety, 8 h", "KB sent"): 1_165,
    ("fidgety, 8 h", "turns of the loop"): 5_800,
    ("fidgety, 8 h", "10^3 calls"): 1_215,
    ("fidgety, 8 h", "KB written"): 2_350,
    ("fidgety, 8 h", "syncs"): 3,
}


def needs(tool: str) -> pytest.MarkDecorator:
    """Skip where a tool is missing; the gate installs it."""
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def within(*rows: Row) -> None:
    """Compare each row with its limit; the message has all of them."""
    over = {
        f"{row.what}, {row.unit}": f"{row.ours:g}, limit {LIMITS[row.what, row.unit]:g}"
        for row in rows
        if row.ours > LIMITS[row.what, row.unit]
    }
    assert over == {}


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_what_the_start_imports(tmp_path: Path) -> None:
    """Each module costs memory for good, or time at each start."""
    within(*counted.started(tmp_path))


@needs("valgrind")
@pytest.mark.parametrize("what", counted.EXECUTED)
def test_what_the_start_executes(what: str, tmp_path: Path) -> None:
    """On a small Pi the instructions of the start are seconds."""
    within(counted.instructions(what, tmp_path))


@pytest.mark.parametrize("day", traffic.DAYS)
def test_a_day(day: str, tmp_path: Path) -> None:
    """What is sent, how often the loop wakes up, and what it does then."""
    within(*counted.lived(day, tmp_path))


@needs("strace")
@pytest.mark.parametrize("day", traffic.DAYS)
def test_what_a_day_writes(day: str, tmp_path: Path) -> None:
    """An SD card lives on few syncs."""
    within(*counted.written(day, tmp_path))
