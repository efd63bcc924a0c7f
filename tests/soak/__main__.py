"""A long life in a short time: `python -m tests.soak [--days N] [--seed N]`, from the root.

A random office worker sits on the chair (`sensor/simulator/sitter.py`), the real daemon watches
on the simulator's time, and something goes wrong several times a day. After every single thing
that happens the promises are checked (`promises.py`); the first one broken ends the run with the
seed and the moment, and so does, at the end, memory that has grown by more than a tenth. 2,500
working days, ten years, take an hour or two; the tests play a few.
"""

# ruff: noqa: T201  (it prints: that is its purpose)

import argparse
import logging
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sensor.settings.loading import load
from sensor.simulator.simulation import World
from sensor.simulator.sitter import office
from sensor.simulator.steps import Step
from tests.soak.promises import BrokenPromiseError, Promises
from tests.soak.trouble import trouble

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
MOST_GROWTH = 0.1
"""Share by which the memory may have grown since the first tenth: by then all that is remembered
for speed is there."""
LATE = 5.0
"""Megabytes that are no growth: in a short soak some modules are first used after a tenth."""
SETTINGS = ("chair.id=soak", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26")


def main() -> None:
    """Live so many days, and say what they came to."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=2500, help="working days (2,500: ten years)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("sensor").setLevel(logging.CRITICAL)
    steps = office(seed=options.seed, days=options.days, start=BEGIN)
    faults = trouble(Random(options.seed), steps)  # noqa: S311  (it must be repeatable)
    with TemporaryDirectory(prefix="soak-") as folder:
        try:
            _live(sorted([*steps, *faults], key=lambda step: step.at), Path(folder))
        except BrokenPromiseError as broken:
            sys.exit(f"--days {options.days} --seed {options.seed}: {broken}")


def _live(steps: list[Step], folder: Path) -> None:
    began = time.process_time()
    world = World(
        config=load(config_file=None, overrides=SETTINGS),
        steps=steps,
        wall_start=BEGIN.timestamp(),
        state_dir=folder,
    )
    promises = Promises(world)
    world.memory.got = promises.hear
    first = last = 0.0
    done = 0
    tenth = max(1, int(steps[-1].at / 10))
    with ExitStack() as stack:
        stack.callback(world.abandon)
        world.start()
        while not world.over:
            world.advance()
            promises.check()
            if int(world.t / tenth) > done:
                done = int(world.t / tenth)
                last = resident()
                first = first or last
                seconds = time.process_time() - began
                days = world.t / 86400
                print(f"{done * 10:3} %  {days:6.0f} days  {seconds:6.0f} s  {last:.1f} MB")
        world.stop("the soak is over")
    promises.check_history(folder / "chair-sensor.db")
    print(promises.summary(), f"memory {first:.1f} -> {last:.1f} MB", sep="\n")
    if last - first > max(MOST_GROWTH * first, LATE):
        raise BrokenPromiseError(f"the memory has grown from {first:.1f} to {last:.1f} MB")


def resident() -> float:
    """Return the megabytes that this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
