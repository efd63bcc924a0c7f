"""What goes wrong in a long life: drawn at random, some of it each working day."""

from collections.abc import Iterator
from random import Random

from sensor.simulator import steps
from sensor.simulator.steps import Action, MatStep, Step

A_DAY = 8
"""Things that go wrong, or that the sitter asks for, on a working day."""
BROKER_AWAY = (1.0, 3 * 3600.0)
MISSING = (1.0, 240.0)
"""Seconds that the daemon, the machine or the mat is away: shorter and longer than a break."""


def trouble(random: Random, sitter: list[Step]) -> Iterator[Step]:
    """Draw faults around the moments at which the sitter does something, where they hurt most."""
    moves = [step.at for step in sitter if isinstance(step.action, MatStep)]
    for at in random.choices(moves, k=len(moves) * A_DAY // 30):
        t = max(0.0, round(at + random.gauss(0, 900), 3))
        for wait, action in _fault(random):
            t += wait
            if t < sitter[-1].at - 3600:
                yield Step(at=round(t, 3), action=action, line=0)


def _fault(random: Random) -> list[tuple[float, Action]]:
    missing = round(random.uniform(*MISSING), 3)
    long = round(random.uniform(*BROKER_AWAY), 3)
    set_after = missing + random.uniform(1, 300)  # the daemon waits two minutes for it
    choices: list[list[tuple[float, Action]]] = [
        [(0, steps.BrokerStep(up=False)), (long, steps.BrokerStep(up=True))],
        [
            (0, steps.BrokerStep(up=True, delay=random.uniform(0.1, 20))),
            (long, steps.BrokerStep(up=True)),
        ],
        [(0, steps.BrokerStep(up=True, refuses=True)), (long, steps.BrokerStep(up=True))],
        [(0, steps.HomeAssistantStep(missing))],
        [(0, steps.DownStep("crash", missing))],
        [(0, steps.DownStep("restart", missing))],
        [(0, steps.DownStep("reboot", missing))],
        [
            (0, steps.DownStep("reboot", missing, synchronised=False)),
            (set_after, steps.ClockStep(missing)),
        ],
        [(0, steps.ClockStep(random.gauss(0, 3600)))],
        [(0, steps.SuspendStep(missing * random.choice([1, 100])))],
        [(0, steps.StallStep(random.uniform(0.1, 90)))],
        [(0, steps.DiskStep(full=True)), (long, steps.DiskStep(full=False))],
        [(0, steps.LoopStep(closed=False)), (missing * 3, steps.LoopStep(closed=True))],
        [(0, steps.ChatterStep(missing, random.uniform(0.1, 0.9)))],
        [(0, steps.StuckStep(random.choice([True, False]))), (missing, steps.StuckStep(None))],
        [(0, steps.PressStep())],
        [(0, steps.PublishStep("set/do_not_disturb", random.choice(["ON", "OFF"])))],
        [(0, steps.PublishStep("set/sit_limit", random.choice(["30", "60", "5000", "x"])))],
        [(0, steps.PublishStep("do/test_buzzer", "PRESS"))],
        [(0, steps.PublishStep("do/void", "PRESS"))],
        [(0, steps.PublishStep("do/reset", "PRESS"))],
    ]
    return random.choice(choices)
