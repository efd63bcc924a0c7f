"""The replay of a recording (`daemon/recording.py` has the format) in the present program.

Each line becomes an event of the simulation.
Not replayed: a full or slow disk, a machine too busy for its daemon, a slow way to the broker,
messages that no daemon heard, a reboot while there was no daemon, events after its last end.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sensor.core.instant import shifted
from sensor.daemon.ports import Publication
from sensor.settings.timezones import timezone
from sensor.simulator.lives import Entry, Life
from sensor.simulator.simulation import World
from sensor.simulator.steps import (
    Action,
    ClockStep,
    DownStep,
    LoopStep,
    MatStep,
    PressStep,
    PublishStep,
    Step,
    SuspendStep,
)
from sensor.storage.database import Database
from sensor.storage.files import ChangedSettings
from sensor.storage.paths import DATABASE

_TINY = 0.001
"""Seconds; the least pause between two lives, and the least jump of the clock that counts."""


class Replay:
    """Plays the lives of a recording in a simulation without a script."""

    def __init__(self, lives: Sequence[Life], world: World, state_dir: Path) -> None:
        self._lives = lives
        self._world = world
        self._state_dir = state_dir
        self._boots = 0
        self._has_sensor = any(life.config.seat.topic for life in lives)

    def schedule(self) -> None:
        """Begin the first life now, and schedule everything else."""
        base = -self._lives[0].at  # the script's time less the machine's
        begun = ended = 0.0
        self._begin(self._lives[0], rebooted=True, remembers=False)
        for life, following in zip(self._lives, [*self._lives[1:], None], strict=True):
            end = life.end
            woke_at: float | None = None
            for line in [*life.lines, *([end] if end.what == "killed" else [])]:
                # A line of the start's moment must not come a rounding error before it.
                t = max(begun, base + line.at) if line.at > life.at else begun
                if line is end:
                    ended = t
                    self._end(t, life, following)
                elif line.at == woke_at:  # first the machine has to wake up
                    self._world.at(t, partial(self._schedule, line, t))
                else:
                    woke_at = line.at if line.what == "asleep" else woke_at
                    self._schedule(line, t)
            if following is not None:
                begun = ended + _pause(life, following, ended)
                base = begun - following.at if _rebooted(life, following) else base

    def _end(self, t: float, life: Life, following: Life | None) -> None:
        if following is not None:
            self._go_down(t, life, following)
            return
        if life.end.what == "crash":
            self._at(t, DownStep("crash", _TINY))
        self._world.at(t, partial(self._world.at, t, self._world.finish))

    def _go_down(self, t: float, life: Life, following: Life) -> None:
        down, clean = _pause(life, following, t), life.end.what == "stop"
        rebooted = _rebooted(life, following)
        # `Machine.boot` holds a clock back that is not set: no jump must be added for it.
        behind = down if rebooted and clean and not following.synchronised else 0
        memory = following.memory  # left by this life, or by one that was not recorded?
        remembers = memory is not None and memory.boot_id == life.boot and memory.at <= life.end.at
        begin = partial(
            self._begin, following, rebooted=rebooted, remembers=remembers, behind=behind
        )
        self._world.at(t + down, begin)
        if rebooted and not clean:
            self._world.at(t + down, partial(self._world.machine.boot, following.synchronised, 0))
        how: Any = "crash" if not clean else "reboot" if rebooted else "restart"
        self._at(t, DownStep(how, down, following.synchronised))

    def _begin(self, life: Life, *, rebooted: bool, remembers: bool, behind: float = 0) -> None:
        """Set the simulation to the start of this life; its daemon starts next."""
        world = self._world
        world.config = life.config
        world.next_seed, world.next_life = life.seed, life.life or None
        self._boots += rebooted
        if not remembers:
            self._lay_down(life, -life.at if rebooted else world.machine.now() - life.at)
        drift = round(life.wall - world.machine.wall() + behind, 6)
        if abs(drift) >= _TINY:
            world.do(Step(world.t, ClockStep(drift), 0))
        world.machine.trust_clock(life.synchronised)
        if not life.config.seat.topic:
            world.do(Step(world.t, MatStep(life.mat), 0))
            world.do(Step(world.t, LoopStep(life.loop), 0))
        self._world.memory.drop()

    def _lay_down(self, life: Life, by: float) -> None:
        """Write the state directory as the daemon found it when it was recorded."""
        for file in self._state_dir.glob(f"{DATABASE}*"):
            file.unlink()
        ChangedSettings(self._state_dir).save(life.changed)
        memory = life.memory
        if memory is None:
            return
        if memory.boot_id == life.boot:
            state, at, boot_id = shifted(memory.state, by), memory.at + by, f"boot-{self._boots}"
        else:
            state, at, boot_id = memory.state, memory.at, "another boot"
        database = Database(self._state_dir / DATABASE, zone=timezone(life.config.chair.timezone))
        database.open()
        database.save(replace(memory, state=state, at=at, boot_id=boot_id), ())
        database.close()

    def _schedule(self, line: Entry, t: float) -> None:
        world, broker = self._world, self._world.memory
        match line.what, *line.values:
            case (("mat" | "loop"), _) if self._has_sensor:
                pass  # both follow from the sensor's messages
            case "seat", topic, payload, retained:
                told = Publication(topic=topic, payload=payload, retain=retained)
                if retained:  # right at a start the daemon has to connect first
                    world.at(t, partial(world.at, t, partial(broker.deliver, told)))
                else:
                    world.at(t, partial(broker.publish, told))
            case "mat", closed:
                self._at(t, MatStep(closed))
            case "loop", closed:
                self._at(t, LoopStep(closed))
            case "button", *_:
                self._at(t, PressStep())
            case "got", subtopic, payload:
                self._at(t, PublishStep(subtopic, payload))
            case "birth", payload:
                said = Publication(topic=world.config.mqtt.birth_topic, payload=payload, qos=0)
                world.at(t, partial(broker.publish, said))
            case "broker", connected:
                world.at(t, broker.let_in if connected else broker.drop)
            case "clock", by:
                world.at(t, partial(self._set_clock, by))
            case "asleep", duration:
                self._at(round(t - duration, 6), SuspendStep(duration))
            case "synchronised", right:
                world.at(t, partial(world.machine.trust_clock, right))

    def _set_clock(self, by: float) -> None:
        right = self._world.machine.synchronised()
        self._world.do(Step(self._world.t, ClockStep(by), 0))
        self._world.machine.trust_clock(right)  # a line of its own tells when it is

    def _at(self, t: float, action: Action) -> None:
        self._world.at(t, partial(self._world.do, Step(t, action, 0)))


def _rebooted(life: Life, following: Life) -> bool:
    return following.boot != life.boot or following.at < life.end.at


def _pause(life: Life, following: Life, t: float) -> float:
    """Return the seconds between two lives, of which the first ended at `t`."""
    if not _rebooted(life, following):
        pause = following.at - life.end.at
    elif following.t is not None and following.t > t:
        pause = following.t - t
    else:  # only the wall clock is left, right or not
        pause = following.wall - life.wall_at_end
    return max(_TINY, round(pause, 6))
