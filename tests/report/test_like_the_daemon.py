"""What a report says of today is what the daemon says of it over MQTT."""

import math
from contextlib import closing
from datetime import UTC, time
from random import Random
from typing import Any

import pytest

from sensor.core import report
from sensor.core.rules import Rules
from sensor.daemon.memory import Memory
from sensor.report.days import Almanac, Period
from sensor.report.metrics import Figures, figures
from sensor.simulator.simulate import SCRIPTS, ready_scripts
from sensor.storage.database import Database
from sensor.storage.exchange import Export, imported, read_file
from sensor.storage.history import read, reading
from sensor.storage.tables import LeftOut

ALMANAC = Almanac(time(4), UTC)
LENGTH = 17 * 3600
"""Seconds; a script that begins at 08:00 then stays within one day."""
HAPPENINGS = [
    *("restart", "restart 50s", "crash 60s", "crash 20m", "reboot 40s", "suspend 2m"),
    *("suspend 20m", "publish do/snooze PRESS"),
    *("publish set/do_not_disturb ON", "chatter 4m 85%", "publish do/void PRESS"),
]


def as_published(found: Figures) -> dict[str, Any]:
    """The figures under the names of the state message, and rounded like there."""
    share = found.prolonged_share
    return {
        "chair_seconds": round(found.chair_seconds),
        "longest_bout_seconds": round(found.longest_bout_seconds),
        "bouts": found.bouts,
        "transitions": found.transitions,
        "short_breaks": found.short_breaks,
        "full_breaks": found.full_breaks,
        "prolonged_share": None if share is None else round(share, 3),
        "alerts": found.alerts,
        "alerts_heeded": found.alerts_heeded,
        "coverage_seconds": round(found.coverage_seconds),
    }


def compare(played: Any) -> None:
    """Read the database as a report does, and as the daemon does that starts again.

    Nothing that a daemon writes is taken for damage, and its export is known to be there.
    """
    with closing(Database(played.database)) as database:
        memory = database.open()
    assert isinstance(memory, Memory)
    published = report.report(memory.state, memory.at, Rules(), profile="")["today"]
    history = read(played.database, zone=UTC)
    assert history.as_of is not None
    day = ALMANAC.day(history.as_of)

    assert history.damaged == 0
    with reading(played.database) as connection:
        export = Export(connection, -math.inf, math.inf, anonymise=False)
        played.database.with_name("all.json").write_text("".join(export.json()))
    assert export.left_out == LeftOut()
    assert imported(played.database, read_file(played.database.with_name("all.json")))[0] == 0
    told = as_published(figures(history, [ALMANAC.span(Period(day, day))])[0])

    exact = {"chair_seconds": 1, "coverage_seconds": 1, "longest_bout_seconds": 1}
    assert day.isoformat() == published["date"]
    assert told == {
        name: pytest.approx(value, abs=exact.get(name, 0)) if value is not None else None
        for name, value in published.items()
        if name != "date"
    }


def random_day(seed: int) -> str:
    """A day on which everything happens that can happen."""
    random = Random(seed)  # noqa: S311  (it must be repeatable)
    t, lines = 20.0, []
    while t < LENGTH:
        lines.append(f"{_clock(t)} sit")
        t += random.choice([2, 20, 90, 400, 1500, 2400, 4000]) * random.uniform(0.8, 1.2)
        if random.random() < 0.2:
            lines.append(f"{_clock(t)} {random.choice(HAPPENINGS)}")
            t += random.choice([30, 150, 300])
        lines.append(f"{_clock(t)} stand")
        if random.random() < 0.1:
            lines += [f"{_clock(t + 20)} unplug", f"{_clock(t + 100)} plug"]
            t += 110
        away = random.choice([5, 15, 45, 61, 150, 299, 301, 900, 2500]) * random.uniform(0.9, 1.1)
        if away > 40 and random.random() < 0.15:
            lines.append(f"{_clock(t + 20)} publish do/reset PRESS")
        t += away
    return "\n".join([*lines, f"{_clock(t)} sit", f"{_clock(t + 30)} end"])


def _clock(t: float) -> str:
    return f"{int(t // 3600)}:{int(t // 60) % 60:02}:{int(t % 60):02}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ready_scripts())
def test_ready_scripts(play: Any, name: str) -> None:
    """The days that ship with the simulator."""
    compare(play((SCRIPTS / f"{name}.txt").read_text(encoding="utf-8")))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_random_days(play: Any, seed: int) -> None:
    """Days with restarts, crashes, suspends, a mat that is unplugged, and much fidgeting."""
    compare(play(random_day(seed)))
