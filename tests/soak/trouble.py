"""What goes wrong in a long life: drawn at random, some of it each working day."""

from collections.abc import Iterator
from random import Random

from sensor.simulator import script
from sensor.simulator.script import Action, Mat, Step

A_DAY = 8
"""Things that go wrong, or that the sitter asks for, on a working day."""
BROKER_AWAY = (1.0, 3 * 3600.0)
MISSING = (1.0, 240.0)
"""Seconds that the daemon, the machine or the mat is away: shorter and longer than a break."""


def trouble(random: Random, sitter: list[Step]) -> Iterator[Step]:
    """Draw faults around the moments at which the sitter does something, where they hurt most."""
    moves = [step.at for step in sitter if isinstance(step.action, Mat)]
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
        [(0, script.Broker(up=False)), (long, script.Broker(up=True))],
        [(0, script.SlowBroker(random.uniform(0.1, 20))), (long, script.Broker(up=True))],
        [(0, script.Refusal()), (long, script.Broker(up=True))],
        [(0, script.HomeAssistant(missing))],
        [(0, script.Down("crash", missing))],
        [(0, script.Down("restart", missing))],
        [(0, script.Down("reboot", missing))],
        [
            (0, script.Down("reboot", missing, synchronised=False)),
            (set_after, script.Clock(missing)),
        ],
        [(0, script.Clock(random.gauss(0, 3600)))],
        [(0, script.Suspend(missing * random.choice([1, 100])))],
        [(0, script.Stall(random.uniform(0.1, 90)))],
        [(0, script.Disk(full=True)), (long, script.Disk(full=False))],
        [(0, script.Loop(closed=False)), (missing * 3, script.Loop(closed=True))],
        [(0, script.Chatter(missing, random.uniform(0.1, 0.9)))],
        [(0, script.Stuck(random.choice([True, False]))), (missing, script.Stuck(None))],
        [(0, script.Press())],
        [(0, script.Publish("set/do_not_disturb", random.choice(["ON", "OFF"])))],
        [(0, script.Publish("set/sit_limit", random.choice(["30", "60", "5000", "x"])))],
        [(0, script.Publish("do/test_buzzer", "PRESS"))],
        [(0, script.Publish("do/void", "PRESS"))],
        [(0, script.Publish("do/reset", "PRESS"))],
    ]
    return random.choice(choices)
