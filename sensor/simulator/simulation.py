"""The simulated world: a chair, a scripted sitter, a machine that fails, and virtual time.

The daemon in it is the real one, on gpiozero's mock pins. There is one thread, and time jumps
from one thing that happens to the next; `Pace` makes it wait in between for people to watch.
"""

import heapq
import itertools
import logging
import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Any, TextIO, assert_never

from sensor.app import assembled
from sensor.daemon.answer import Now
from sensor.daemon.disk import InlineDisk
from sensor.daemon.inbox import Inbox, StatusAsked, StopAsked
from sensor.daemon.loop import Daemon
from sensor.daemon.ports import Link, Observer, Publication
from sensor.daemon.recording import Recording
from sensor.hardware.buzzer import resting
from sensor.mqtt.topics import Topics
from sensor.mqtt.traffic import Traffic
from sensor.settings.config import Config
from sensor.simulator import script
from sensor.simulator.chatter import flickers
from sensor.simulator.clock import Machine
from sensor.simulator.faults import Disk, SlowLink, SlowWay
from sensor.simulator.memory_broker import Broker, MemoryBroker
from sensor.simulator.records import Records
from sensor.simulator.script import Step
from sensor.simulator.speed import AtOnce, Pace
from sensor.simulator.wires import SimulatedFactory, Wires

log = logging.getLogger(__name__)

AFTERMATH = 0.2
"""Seconds that systemd takes to run ExecStopPost= after the daemon has died."""
PRESS = 0.2
"""Seconds that a finger stays on the button."""
_STUCK = {True: "is stuck: closed", False: "is stuck: open", None: "works again"}


@dataclass
class _Life:
    """One process of the daemon."""

    daemon: Daemon
    inbox: Inbox
    link: Link
    stack: ExitStack


class World:
    """Runs one script."""

    def __init__(  # noqa: PLR0913  (all by name)
        self,
        *,
        config: Config,
        steps: list[Step],
        wall_start: float,
        state_dir: Path,
        seed: int = 1,
        records_to: TextIO | None = None,
    ) -> None:
        self.t = 0.0
        """Seconds since the script began."""
        self.records = Records(records_to, lambda: self.t)
        self.recording: Recording | None = None
        self.next_seed: int | None = None
        """For what the next life of the daemon leaves to chance; None: drawn."""
        self.next_life: str | None = None
        """What the next life of the daemon is called; None: after its boot and start."""
        self.observers: list[Observer] = []
        """Who looks on while the daemon lives, besides a recording."""
        self.config = config
        self._state_dir = state_dir
        self._seed = seed
        self._random = Random(seed)  # noqa: S311  (it must be repeatable)
        self.pace: Pace = AtOnce()
        self.machine = Machine(self.seconds, wall_start)
        self.memory = MemoryBroker(
            got=self.records.mqtt,
            now=self.machine.now,
            schedule=self.after,
            random=Random(seed),  # noqa: S311  (it must be repeatable)
            keepalive=config.mqtt.keepalive,
        )
        """The broker, unless another one takes its place."""
        self.broker: Broker = self.memory
        self._asleep_until: float | None = None
        self._stalled_until = 0.0
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._asleep = Inbox()
        self._listening = self._asleep
        self._life: _Life | None = None
        self.over = False
        self.endless = False
        """Whether it goes on when the script is over, until `finish`."""
        self._scripted = True
        self._pins = config.pins
        self.wires = Wires(self._output_changed)
        self._disk = Disk()
        self._way = SlowWay(lambda: self.t, self.at)
        self.pressed = False
        """Whether somebody is on the mat, whatever its contact says."""
        self._stuck: bool | None = None
        self._unplugged = False
        self._closed = self._sounds = False
        self._level("mat", False)
        self._level("tamper", True)
        self._level("button", False)
        self._ends_at = 0.0 if steps else math.inf  # no script: until somebody calls `finish`
        self._booted_at = self.machine.booted_at
        """When the machine was started on which the last life of the daemon began."""
        self._back_at = 0.0
        for step in steps:
            self.at(step.at, partial(self._play, step))
        if steps:
            self._last_until(steps[-1].at)

    # --- the loop -----------------------------------------------------------------------------

    def at(self, t: float, happening: Callable[[], None]) -> None:
        """Let something happen at `t`; at the same moment, in the order asked for."""
        heapq.heappush(self._happenings, (t, next(self._number), happening))

    def after(self, delay: float, happening: Callable[[], None]) -> None:
        """Let something happen `delay` seconds from now."""
        self.at(self.t + delay, happening)

    def run(self) -> None:
        """Play the script to its end."""
        try:
            self._start()
            while not self.over:
                self._next()
            self.end()
        finally:
            self.abandon()

    def begin(self) -> None:
        """Start the daemon, for one who calls `play` instead of `run`."""
        self._start()

    def next_at(self) -> float:
        """Return when there is something to do next."""
        if self.over:
            return math.inf
        if self._life is not None and self._life.inbox:
            return self.t
        wake = self.machine.when(self._life.daemon.wake_at()) if self._life else math.inf
        return min(wake, self._happenings[0][0] if self._happenings else math.inf)

    def play(self, t: float) -> None:
        """Let the time until `t` pass."""
        while self.next_at() <= t:
            self._next()
        self.t = max(self.t, t)

    def end(self) -> None:
        """Stop the daemon."""
        self._stop("the simulation is over")

    def abandon(self) -> None:
        """Close what a daemon has left open that an error has kept from its end."""
        life, self._life = self._life, None
        if life is not None:
            self.wires.attach(None)
            life.stack.close()
        self._disk.let_go()

    def ask(self, happening: Callable[[], None]) -> None:
        """Let something happen next; safe from any thread or signal handler."""
        self._asked.put(happening)
        self._listening.nudge()

    def finish(self) -> None:
        """End as soon as the thing at hand is done; safe from any thread or signal handler."""
        self.ask(self._end)

    def drop_script(self) -> None:
        """Do nothing more of the script: somebody else decides what happens."""
        if self._scripted:
            log.info("the script ends here: the chair is yours")
        self._scripted = False

    def look(self, reply: Callable[[Now], None]) -> None:
        """Ask the daemon how things are; an answer comes in the world's thread, or none."""
        life = self._life
        if life is not None and self._works():
            life.inbox.put(StatusAsked(reply, self.machine.now()))

    def seconds(self) -> float:
        """Seconds since the script began, also while time passes."""
        return self.pace.now(self.t)

    def troubles(self) -> list[str]:
        """Say what is wrong in this world now, in a word or two each."""
        found = {
            "daemon down": self._life is None,
            "asleep": self._asleep_until is not None,
            "too busy": self.t < self._stalled_until,
            "mat unplugged": self._unplugged,
            "mat stuck closed": self._stuck is True,
            "mat stuck open": self._stuck is False,
            "broker away": not self.broker.up,
            "broker slow": self._way.delay > 0,
            "password refused": self.broker.refuses,
            "disk full": self._disk.full,
        }
        return [name for name, is_so in found.items() if is_so]

    def _end(self) -> None:
        self.over = True

    def _end_script(self) -> None:
        if self.endless:
            self.drop_script()
        else:
            self._end()

    def _works(self) -> bool:
        """Whether the machine lets the daemon, if there is one, have its turns."""
        return self._asleep_until is None and self.t >= self._stalled_until

    def _next(self) -> None:
        """Let one thing happen: what was asked for, a message, the script, or time alone."""
        life = self._life if self._works() else None
        inbox = self._listening = life.inbox if life else self._asleep
        if not self._asked.empty():  # looked at only now: who asks later nudges this inbox
            self._asked.get()()
            return
        message = inbox.get()
        if message is None:
            until = happening = self._happenings[0][0] if self._happenings else math.inf
            if life is not None:
                until = min(until, self.machine.when(life.daemon.wake_at()))
            self.t, message = self.pace.wait(inbox, self.t, max(self.t, until))
            if message is None and happening <= self.t:
                heapq.heappop(self._happenings)[2]()
                return
        if life is not None:
            life.daemon.turn(message)

    # --- lives of the daemon ------------------------------------------------------------------

    def _start(self) -> None:
        if self._life is not None or self.over or self.t < self._back_at:
            return
        self.records.daemon("start")
        self._stalled_until = self.t
        self._booted_at = self.machine.booted_at
        seed = self._random.getrandbits(32) if self.next_seed is None else self.next_seed
        if self.recording is not None:
            self.recording.seed, self.recording.t = seed, self.t
        inbox = Inbox()
        links: list[Link] = []

        def make_link(topics: Topics, inbox: Inbox, traffic: Traffic) -> Link:
            links.append(self.broker.connect(topics, inbox, traffic))
            return SlowLink(links[0], self._way)

        stack = ExitStack()
        daemon = stack.enter_context(
            assembled(
                self.config,
                state_dir=self._state_dir,
                clock=self.machine,
                inbox=inbox,
                factory=SimulatedFactory(self.wires),
                make_link=make_link,
                observers=[*self.observers, *([self.recording] if self.recording else [])],
                connect=self._disk.connect,
                replace=self._disk.replace,
                seed=seed,
                life=self.next_life,
                disk=InlineDisk(),
            )
        )
        self._life = _Life(daemon, inbox, links[0], stack)
        daemon.start()

    def _stop(self, why: str) -> None:
        life, self._life = self._life, None
        if life is None:
            return
        with life.stack:
            life.daemon.turn(StopAsked(why, self.machine.now()))
            life.daemon.stop()
        self.wires.attach(None)
        self.records.daemon("stop")

    def _crash(self) -> None:
        life, self._life = self._life, None
        if life is None:
            return
        log.info("the daemon is killed")
        self.wires.attach(None)  # from here on nothing of it reaches the world
        self.records.daemon("crash")
        if self.recording is not None:
            self.recording.ended(self.machine.now(), "crash")
        self.broker.crash(life.link)
        life.stack.close()
        self._disk.let_go()

    def _aftermath(self) -> None:
        """What systemd's ExecStopPost= does."""
        if self._life is None:
            for _key, number, high in resting(self._pins):
                self.wires.drive(None, number, high)

    # --- actions --------------------------------------------------------------------------------

    def _play(self, step: Step) -> None:
        if self._scripted:
            self.do(step)

    def do(self, step: Step) -> None:
        """Carry out an action now, or when the machine wakes up."""
        if self.over:
            return
        action = step.action
        if self._asleep_until is not None and not isinstance(
            action,
            script.MatStep
            | script.StuckStep
            | script.LoopStep
            | script.ChatterStep
            | script.EndStep,
        ):
            # Not before what comes of the waking up: a machine takes a moment to fall asleep again.
            then = partial(self.do, step)
            self.at(self._asleep_until, partial(self.at, self._asleep_until, then))
            self._last_until(self._asleep_until)
            return
        match action:
            case script.MatStep(closed):
                self._sit(closed)
            case script.StuckStep(closed):
                log.info("the mat %s", _STUCK[closed])
                self._stuck = closed
                self._sit(self.pressed)
            case script.LoopStep(closed):
                self._unplugged = not closed
                self._level("tamper", closed)
                self._unseen("loop", int(closed))
            case script.ChatterStep():
                self._chatter(action, Random(f"{self._seed}:{step.line}"))  # noqa: S311
            case script.PressStep():
                self._level("button", True)
                self.after(PRESS, partial(self._level, "button", False))
            case script.PublishStep(subtopic, payload):
                topic = f"{self.config.mqtt.base_topic}/{self.config.chair.id}/{subtopic}"
                self.broker.publish(Publication(topic=topic, payload=payload, qos=1))
            case script.BrokerStep() | script.SlowBrokerStep() | script.RefusalStep():
                self._change_the_way(action)
            case script.HomeAssistantStep(duration):
                log.info("Home Assistant restarts")
                self._home_assistant("offline")
                self.after(duration, partial(self._home_assistant, "online"))
                self._last_until(self.t + duration)
            case script.DownStep():
                self._go_down(action)
            case script.SuspendStep(duration):
                self._suspend(duration)
            case script.StallStep(duration):
                log.info("the machine is too busy for the daemon for %g s", duration)
                self._stalled_until = max(self._stalled_until, self.t + duration)
                self._last_until(self.t + duration)
            case script.DiskStep(full):
                log.info("the disk %s", "is full" if full else "has room again")
                self._disk.fill(full)
            case script.ClockStep(by):
                self.machine.set_clock(by)
            case script.EndStep():
                self._end_script()
            case _ as never:  # pragma: no cover
                assert_never(never)

    def _change_the_way(
        self, action: script.BrokerStep | script.SlowBrokerStep | script.RefusalStep
    ) -> None:
        """Do something to the way to the broker; each thing undoes the one before."""
        self._way.delay = 0
        match action:
            case script.BrokerStep(up):
                log.info("the broker is %s", "back" if up else "away")
                self.broker.switch(up)
            case script.SlowBrokerStep(delay):
                log.info("each message to the broker takes %g s", delay)
                self._way.delay = delay
                self.broker.switch(True)
            case script.RefusalStep():
                log.info("the broker refuses the password")
                self.broker.refuse()

    def _go_down(self, down: script.DownStep) -> None:
        self._back_at = max(self._back_at, self.t + down.duration)
        match down.how:
            case "restart":
                self._stop("a restart")
            case "crash":
                self._crash()
                self.after(min(AFTERMATH, down.duration / 2), self._aftermath)
            case "reboot":
                self._stop("a reboot")
                self.wires.release()
                boot = partial(self.machine.boot, down.synchronised, down.duration)
                self.after(down.duration, boot)
        self.after(down.duration, self._start)
        self._last_until(self.t + down.duration)

    def _suspend(self, duration: float) -> None:
        self._asleep_until = self.t + duration
        if self._life is not None:
            self.broker.sleep(self._life.link, duration)
        self.after(duration, partial(self._resume, duration))
        self._last_until(self.t + duration)

    def _resume(self, duration: float) -> None:
        self._asleep_until = None
        self.machine.sleep(duration)
        self.wires.catch_up()
        if self._life is not None:
            self.broker.wake(self._life.link)
            self._life.daemon.turn(None)

    def _chatter(self, chatter: script.ChatterStep, random: Random) -> None:
        end = self.t + chatter.duration
        self._last_until(end)
        self.at(end, partial(self._sit, self.pressed))
        for t, closed in flickers(self.t, end, chatter.duty, random):
            self.at(t, partial(self._sit, closed))

    def _home_assistant(self, payload: str) -> None:
        topic = self.config.mqtt.birth_topic
        self.broker.publish(Publication(topic=topic, payload=payload, qos=0))

    def _last_until(self, t: float) -> None:
        """Let the script go on until `t` at least."""
        self._ends_at = max(self._ends_at, t)
        self.at(t, self._finish)

    def _finish(self) -> None:
        """End after the last thing that the script has brought about."""
        if self.t >= self._ends_at:
            self._end_script()

    # --- wires ----------------------------------------------------------------------------------

    def _sit(self, pressed: bool) -> None:
        """Press the mat or let go; a stuck contact does not care."""
        self.pressed = pressed
        closed = pressed if self._stuck is None else self._stuck
        if closed is not self._closed:
            self._closed = closed
            self.records.contact(closed)
            self._level("mat", closed)
            self._unseen("mat", int(closed))

    def _unseen(self, what: str, *values: Any) -> None:
        """Tell the recording what the daemon, being down or asleep, cannot see."""
        if self.recording is not None and (self._life is None or self._asleep_until is not None):
            self.recording.note(self.seconds() - self._booted_at, what, *values)

    def _level(self, wire: str, closed: bool) -> None:
        """Close or open a contact to ground."""
        number = getattr(self._pins, wire)
        if number is not None:
            self.wires.pull(number, not closed, silently=self._asleep_until is not None)

    def _output_changed(self, number: int, high: bool | None) -> None:
        # A pin that nobody drives is silent: the resistor at the transistor sees to it.
        sounds = high is self._pins.buzzer_active_high
        if number == self._pins.buzzer and sounds is not self._sounds:
            self._sounds = sounds
            self.records.buzzer(sounds)
