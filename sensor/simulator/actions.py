"""The actions of a script, each handed to the part of the simulation that carries it out."""

import logging
from functools import partial
from random import Random
from typing import TYPE_CHECKING, assert_never

from sensor.daemon.ports import Publication
from sensor.simulator import steps
from sensor.simulator.chatter import flickers

if TYPE_CHECKING:
    from sensor.simulator.simulation import World

log = logging.getLogger(__name__)

PRESS = 0.2
"""Seconds that a finger stays on the button."""
_STUCK = {True: "is stuck: closed", False: "is stuck: open", None: "works again"}


def carry_out(world: "World", action: steps.Action, random: Random) -> None:
    """Carry out an action now; `random` is seeded for it, and gives the same each time."""
    chair = world.chair
    match action:
        case steps.MatStep(closed):
            chair.sit(closed)
        case steps.StuckStep(closed):
            log.info("the mat %s", _STUCK[closed])
            chair.stick(closed)
        case steps.LoopStep(closed):
            chair.plug(closed)
            world.changed("loop", closed)
        case steps.ChatterStep(duration, duty):
            end = world.t + duration
            world.last_until(end)
            world.at(end, partial(chair.sit, chair.pressed))
            for t, closed in flickers(world.t, end, duty, random):
                world.at(t, partial(chair.sit, closed))
        case steps.PressStep():
            chair.press(True)
            world.after(PRESS, partial(chair.press, False))
        case steps.PublishStep(subtopic, payload):
            topic = f"{world.config.mqtt.base_topic}/{world.config.chair.id}/{subtopic}"
            world.broker.publish(Publication(topic=topic, payload=payload, qos=1))
        case steps.BrokerStep():
            _change_the_way(world, action)
        case steps.HomeAssistantStep(duration):
            log.info("Home Assistant restarts")
            _home_assistant(world, "offline")
            world.after(duration, partial(_home_assistant, world, "online"))
            world.last_until(world.t + duration)
        case steps.DownStep():
            world.go_down(action)
        case steps.SuspendStep(duration):
            world.suspend(duration)
        case steps.StallStep(duration):
            log.info("the machine is too busy for the daemon for %g s", duration)
            world.stalled_until = max(world.stalled_until, world.t + duration)
            world.last_until(world.t + duration)
        case steps.DiskStep(full):
            log.info("the disk %s", "is full" if full else "has room again")
            world.disk.fill(full)
        case steps.ClockStep(by):
            world.machine.set_clock(by)
        case steps.SeatStep():
            if world.sensor is not None:
                world.sensor.suffer(action)
        case steps.EndStep():
            world.end_script()
        case _ as never:  # pragma: no cover
            assert_never(never)


def _change_the_way(world: "World", step: steps.BrokerStep) -> None:
    """Change the connection to the broker; each change undoes the one before."""
    was_up, world.way.delay = world.broker.up, step.delay
    if step.refuses:
        log.info("the broker refuses the password")
        world.broker.refuse()
    else:
        if step.delay:
            log.info("each message to the broker takes %g s", step.delay)
        else:
            log.info("the broker is %s", "back" if step.up else "away")
        world.broker.switch(step.up)
    if world.sensor is not None and world.broker.up and not was_up:
        world.sensor.repeat()


def _home_assistant(world: "World", payload: str) -> None:
    topic = world.config.mqtt.birth_topic
    world.broker.publish(Publication(topic=topic, payload=payload, qos=0))
