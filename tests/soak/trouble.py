"""What goes wrong in a long life: drawn at random, some of it each working day."""

from collections.abc import Iterator
from random import Random

from sensor.simulator import script
from sensor.simulator.script import Action, MatStep, Step

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
        [(0, script.BrokerStep(up=False)), (long, script.BrokerStep(up=True))],
        [
            (0, script.BrokerStep(up=True, delay=random.uniform(0.1, 20))),
            (long, script.BrokerStep(up=True)),
        ],
        [(0, script.BrokerStep(up=True, refuses=True)), (long, script.BrokerStep(up=True))],
        [(0, script.HomeAssistantStep(missing))],
        [(0, script.DownStep("crash", missing))],
        [(0, script.DownStep("restart", missing))],
        [(0, script.DownStep("reboot", missing))],
        [
            (0, script.DownStep("reboot", missing, synchronised=False)),
            (set_after, script.ClockStep(missing)),
        ],
        [(0, script.ClockStep(random.gauss(0, 3600)))],
        [(0, script.SuspendStep(missing * random.choice([1, 100])))],
        [(0, script.StallStep(random.uniform(0.1, 90)))],
        [(0, script.DiskStep(full=True)), (long, script.DiskStep(full=False))],
        [(0, script.LoopStep(closed=False)), (missing * 3, script.LoopStep(closed=True))],
        [(0, script.ChatterStep(missing, random.uniform(0.1, 0.9)))],
        [(0, script.StuckStep(random.choice([True, False]))), (missing, script.StuckStep(None))],
        [(0, script.PressStep())],
        [(0, script.PublishStep("set/do_not_disturb", random.choice(["ON", "OFF"])))],
        [(0, script.PublishStep("set/sit_limit", random.choice(["30", "60", "5000", "x"])))],
        [(0, script.PublishStep("do/test_buzzer", "PRESS"))],
        [(0, script.PublishStep("do/void", "PRESS"))],
        [(0, script.PublishStep("do/reset", "PRESS"))],
    ]
    return random.choice(choices)
