"""The random office worker: a working life as a chair sees it, drawn from published figures.

Pure: a seed and a date give the same day every time, whatever comes before and after it. The
sitter does not heed alerts: 80 % of the users whom a cushion nudged stayed seated (Darma, in Fast
Company), and an example that obeyed would flatter the product.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Protocol

from sensor.simulator.script import LONGEST
from sensor.simulator.steps import Action, EndStep, MatStep, Step

BOUT = (19 * 60.0, 0.78)
"""Median in seconds, and sigma of a log-normal distribution.

The one that gives what Evans 2012 measured on 28 office workers with activPAL (Am J Prev Med
43:293): 5.7 h seated in a working day, 3.3 h of it in 3.7 bouts longer than half an hour.
"""
ABSENCE = (2.6 * 60.0, 1.35)
"""Median in seconds, and sigma of a log-normal distribution.

The median natural interruption of sitting is 2.6 min (Blankenship, on AusDiab). The spread makes
the sum come out: seated are 76 % of the time at work (Evans 2012), and lunch takes its part.
"""
LONGEST_ABSENCE = 2 * 3600.0
"""Seconds; a longer absence is the end of the day."""
AT_WORK = (7.5 * 3600.0, 20 * 60.0)
"""Mean and deviation in seconds, lunch included: 5.7 h are 76 % of it (Evans 2012)."""
BEGIN = (8.5 * 3600.0, 12 * 60.0)
"""Mean and deviation, seconds since midnight. Our assumption."""
LUNCH_FROM = (12 * 3600.0, 12.75 * 3600.0)
"""Seconds since midnight, evenly spread: the next to get up is for lunch. Our assumption."""
LUNCH = (30 * 60.0, 8 * 60.0)
"""Mean and deviation in seconds. Our assumption."""
SHORTEST_LUNCH = 10 * 60.0
FIDGET_EVERY = 12 * 60.0
"""Mean seconds, exponentially spread, between two losses of contact while seated.

Our assumption: mats open with small movements (PICAXE forum 26176), nobody has counted how often.
"""
FIDGET = (0.8, 1.0)
"""Median in seconds, and sigma of a log-normal distribution.

From a fraction of a second to almost ten: chair-exit monitors offer 0 to 4 s against momentary
movement (NGM-31), the PICAXE forum (26176) advises 10 s.
"""
LONGEST_FIDGET = 9.0
"""Seconds; longer would be getting up."""
AFTERWARDS = 3600.0
"""Seconds that the script goes on after the sitter has gone home."""


class Sitter(Protocol):
    """A random sitter."""

    def __call__(self, *, seed: int, days: int, start: datetime) -> list[Step]:
        """Draw `days` working days for a script that begins at `start`, a local time."""
        ...


def office(*, seed: int, days: int, start: datetime) -> list[Step]:
    """Draw Mondays to Fridays, the first one on the day of `start` or after it.

    At most LONGEST seconds come out. Actions before `start` are left out, but a sitter
    who would be seated then is seated.
    """
    steps: list[Step] = []
    begin = start.timestamp()
    earlier: list[Step] = []
    t = 0.0
    for day in _weekdays(start.date(), days):
        midnight = datetime.combine(day, time(), start.tzinfo).timestamp() - begin
        for seconds, action in _day(Random(f"{seed}:{day}")):  # noqa: S311  (repeatable)
            t = round(midnight + seconds, 3)
            if t < 0:
                earlier = [Step(0, action, 1)] if action == MatStep(closed=True) else []
            elif t <= LONGEST:
                steps += earlier
                earlier = []
                steps.append(Step(t, action, len(steps) + 1))
    return [*steps, Step(t + AFTERWARDS, EndStep(), len(steps) + 1)]


SITTERS: Mapping[str, Sitter] = {"office": office}


def _weekdays(first: date, days: int) -> Iterator[date]:
    day = first
    while days:
        if day.weekday() < 5:
            yield day
            days -= 1
        day += timedelta(days=1)


def _day(random: Random) -> Iterator[tuple[float, Action]]:
    """Yield the actions by seconds since midnight; a change of summer time is ignored."""
    t = random.gauss(*BEGIN)
    home = t + random.gauss(*AT_WORK)
    lunch = random.uniform(*LUNCH_FROM)
    while t < home:
        yield t, MatStep(closed=True)
        up = min(t + _lognormal(random, BOUT), home)
        yield from _fidgets(random, t, up)
        yield up, MatStep(closed=False)
        if up >= lunch:
            away = max(SHORTEST_LUNCH, random.gauss(*LUNCH))
            lunch = math.inf
        else:
            away = min(_lognormal(random, ABSENCE), LONGEST_ABSENCE)
        t = up + away


def _fidgets(random: Random, sat: float, up: float) -> Iterator[tuple[float, Action]]:
    t = sat
    while True:
        t += random.expovariate(1 / FIDGET_EVERY)
        back = t + min(_lognormal(random, FIDGET), LONGEST_FIDGET)
        if back >= up:
            return
        yield t, MatStep(closed=False)
        yield back, MatStep(closed=True)
        t = back


def _lognormal(random: Random, shape: tuple[float, float]) -> float:
    median, sigma = shape
    return median * math.exp(random.gauss(0, sigma))
