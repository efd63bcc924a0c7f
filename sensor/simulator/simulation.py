"""The simulated world: a chair, a scripted sitter, a machine that fails, and virtual time.

The daemon is the real one, on gpiozero's mock pins. There is one thread, and time jumps from one
event to the next; `Pace` makes it wait in between, to be watched.
"""

import heapq
import itertools
import logging
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TextIO

from sensor.daemon.answer import Now
from sensor.daemon.disk import InlineDisk
from sensor.daemon.inbox import Done, Inbox, Received, StatusAsked
from sensor.daemon.ports import DiskJobs, Observer
from sensor.settings.config import Config
from sensor.simulator.actions import carry_out
from sensor.simulator.chair import SimulatedChair
from sensor.simulator.clock import Machine
from sensor.simulator.faults import Disk, SlowWay
from sensor.simulator.memory_broker import Broker, MemoryBroker
from sensor.simulator.process import Memory, Process
from sensor.simulator.records import Records
from sensor.simulator.sensor import SimulatedSensor
from sensor.simulator.speed import AtOnce, Pace
from sensor.simulator.steps import WHILE_ASLEEP, DownStep, Step

if TYPE_CHECKING:
    from sensor.daemon.recording import Recording

log = logging.getLogger(__name__)

AFTERMATH = 0.2
"""Seconds that systemd takes to run ExecStopPost= after the daemon has died."""


class World:
    """The simulation of one script."""

    over = False
    endless = False
    """Whether the simulation goes on after the script, until `finish`."""
    played = False
    """Whether the script has ended by itself, and the simulation goes on."""
    next_seed: int | None = None
    """Seed of the daemon's next life; None: drawn."""
    next_life: str | None = None
    """Name of the daemon's next life; None: made of its boot and start."""

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
        self.observers: list[Observer] = []
        """Observers of each life of the daemon, besides a recording."""
        self.config = config
        self.state_dir = state_dir
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
        """The broker of headless simulations."""
        self.broker: Broker = self.memory
        self._asleep_until: float | None = None
        self.stalled_until = 0.0
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._asked = Inbox()  # also waited on while no daemon has turns
        self._listening = self._asked
        self._rests_until = 0.0  # the daemon's, if nothing has happened since it looked
        self.process: Process | None = None
        """The daemon's process; None: it is down."""
        self._scripted = True
        self.chair = SimulatedChair(config.pins, self._contact_changed, self._buzzer_changed)
        self.sensor: SimulatedSensor | None = None
        """The seat on the broker; None: the mat is on a pin, or others speak for the seat."""
        self.disk = Disk()
        self.disk_jobs: Callable[[], DiskJobs] = InlineDisk
        """Makes the disk thread's stand-in for the daemon's next process."""
        self.way = SlowWay(lambda: self.t, self.at)
        self._ends_at = 0.0 if steps else math.inf  # no script: until `finish`
        self._booted_at = self.machine.booted_at
        """Boot of the machine on which the daemon's last life began; seconds of the script."""
        self._back_at = 0.0
        self.scratch = Memory()
        self._schedule(steps)

    def _schedule(self, steps: list[Step]) -> None:
        for step in steps:
            self.at(step.at, partial(self._play, step))
        if steps:
            self.last_until(steps[-1].at)

    # --- the loop -----------------------------------------------------------------------------

    def at(self, t: float, happening: Callable[[], None]) -> None:
        """Schedule a call at `t` seconds of the script; calls at one moment keep their order."""
        heapq.heappush(self._happenings, (t, next(self._number), happening))

    def after(self, delay: float, happening: Callable[[], None]) -> None:
        """Schedule a call `delay` seconds from now."""
        self.at(self.t + delay, happening)

    def run(self) -> None:
        """Play the script to its end."""
        try:
            if self.sensor is not None:
                self.sensor.begin()
            self.start()
            while not self.over:
                self.advance()
                if self._rests_until:
                    self._spare_looks(self._rests_until)
            self.stop("the simulation is over")
        finally:
            self.abandon()

    def next_at(self) -> float:
        """Return the next moment with something to do, in seconds of the script; inf: never."""
        if self.over:
            return math.inf
        if self.process is not None and self.process.inbox:
            return self.t
        wake = self.machine.when(self.process.daemon.wake_at()) if self.process else math.inf
        return min(wake, self._happenings[0][0] if self._happenings else math.inf)

    def abandon(self) -> None:
        """Close what a daemon has left open that did not end because of an error."""
        process, self.process = self.process, None
        if process is not None:
            process.cut_off()
            process.close()
        self.disk.let_go()

    def ask(self, happening: Callable[[], None]) -> None:
        """Schedule a call as the next one; safe in any thread and signal handler."""
        self._asked.put(Done(happening, self.t))
        self._listening.nudge()

    def finish(self) -> None:
        """End after the present call; safe in any thread and signal handler."""
        self.ask(self._end)

    def drop_script(self) -> None:
        """Drop the rest of the script: from now on the user acts."""
        if self._scripted:
            log.info("the script ends here: the chair is yours")
        self._scripted = False

    def look(self, reply: Callable[[Now], None]) -> None:
        """Ask the daemon for its status; an answer comes in the simulation's thread, or none."""
        self._hand_on(StatusAsked(reply, self.machine.now()))

    def put(self, asked: StatusAsked | Received) -> None:
        """Take a question or a command from the status service, from any thread."""
        self.ask(partial(self._hand_on, asked))

    def _hand_on(self, asked: StatusAsked | Received) -> None:
        if self.process is not None and self.works:
            self.process.inbox.put(asked._replace(at=self.machine.now()))

    def seconds(self) -> float:
        """Return the seconds since the script began, also while time passes."""
        return self.pace.now(self.t)

    def troubles(self) -> list[str]:
        """List the faults of the moment, in a word or two each."""
        found = {
            "daemon down": self.process is None,
            "asleep": self._asleep_until is not None,
            "too busy": self.t < self.stalled_until,
            "mat unplugged": self.chair.unplugged and not self.sensor,
            "mat stuck closed": self.chair.stuck is True,
            "mat stuck open": self.chair.stuck is False,
            "broker away": not self.broker.up,
            "broker slow": self.way.delay > 0,
            "password refused": self.broker.refuses,
            "disk full": self.disk.full,
            **(self.sensor.troubles() if self.sensor else {}),
        }
        return [name for name, is_so in found.items() if is_so]

    def _end(self) -> None:
        self.over = True

    def end_script(self) -> None:
        """End, or go on without the script if `endless`."""
        if self.endless:
            self.played = self.played or self._scripted
            self.drop_script()
        else:
            self._end()

    @property
    def works(self) -> bool:
        """Whether the machine gives the daemon its turns."""
        return self._asleep_until is None and self.t >= self.stalled_until

    def advance(self) -> None:
        """Do one step: a call that was asked for, a message, the script, or the passing of time."""
        self._rests_until = 0
        process = self.process if self.works else None
        inbox = self._listening = process.inbox if process else self._asked
        asked = self._asked.get()  # a later question nudges this inbox
        message = asked or inbox.get()
        if message is None:
            until = happening = self._happenings[0][0] if self._happenings else math.inf
            if process is not None:
                until = min(until, self.machine.when(process.daemon.wake_at()))
            self.t, message = self.pace.wait(inbox, self.t, max(self.t, until))
            if message is None and happening <= self.t:
                heapq.heappop(self._happenings)[2]()
                return
        if process is not None and not asked:
            process.daemon.turn(message)
            self._rests_until = process.daemon.rests_until
        elif isinstance(message, Done):
            message.then()

    def _spare_looks(self, until: float) -> None:
        """Spare the daemon its looks until something happens: they find what the last one found.

        At a pace for people anything may happen meanwhile.
        """
        process = self.process
        if process is None or process.inbox or not isinstance(self.pace, AtOnce):
            return
        happens = self._happenings[0][0] if self._happenings else math.inf
        until = min(happens, self.machine.when(until))
        looks_at = process.daemon.wake_at()
        while (t := self.machine.when(looks_at)) < until:
            self.t = t
            looks_at = process.daemon.spare_look(t - self.machine.booted_at)

    # --- lives of the daemon ------------------------------------------------------------------

    def start(self) -> None:
        """Start the daemon, unless it runs or is not yet due."""
        if self.process is not None or self.over or self.t < self._back_at:
            return
        self.records.daemon("start")
        self.stalled_until = self.t
        self._booted_at = self.machine.booted_at
        seed = self._random.getrandbits(32) if self.next_seed is None else self.next_seed
        if self.recording is not None:
            self.recording.seed, self.recording.t = seed, self.t
        self.process = Process(self, seed)
        self.process.daemon.start()

    def stop(self, why: str) -> None:
        """Stop the daemon, if it runs, as SIGTERM does."""
        process, self.process = self.process, None
        if process is not None:
            process.stop(why)
            self.records.daemon("stop")

    def _crash(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        log.info("the daemon is killed")
        process.cut_off()
        self.records.daemon("crash")
        if self.recording is not None:
            self.recording.ended(self.machine.now(), "crash")
        self.broker.crash()
        process.close()
        self.disk.let_go()

    def _aftermath(self) -> None:
        """Do what systemd's ExecStopPost= does."""
        if self.process is None:
            self.chair.silence()

    # --- actions --------------------------------------------------------------------------------

    def _play(self, step: Step) -> None:
        if self._scripted:
            self.do(step)

    def do(self, step: Step) -> None:
        """Carry out an action now, or when the machine wakes up."""
        if self.over:
            return
        if self._asleep_until is not None and not isinstance(step.action, WHILE_ASLEEP):
            # After all that waking up brings: a machine takes a moment to fall asleep again.
            then = partial(self.do, step)
            self.at(self._asleep_until, partial(self.at, self._asleep_until, then))
            self.last_until(self._asleep_until)
            return
        carry_out(self, step.action, Random(f"{self._seed}:{step.line}"))  # noqa: S311

    def go_down(self, down: DownStep) -> None:
        """End the daemon, or the machine with it, and schedule its return."""
        self._back_at = max(self._back_at, self.t + down.duration)
        match down.how:
            case "restart":
                self.stop("a restart")
            case "crash":
                self._crash()
                self.after(min(AFTERMATH, down.duration / 2), self._aftermath)
            case "reboot":
                self.stop("a reboot")
                self.chair.wires.release()
                boot = partial(self.machine.boot, down.synchronised, down.duration)
                self.after(down.duration, boot)
        self.after(down.duration, self.start)
        self.last_until(self.t + down.duration)

    def suspend(self, duration: float) -> None:
        """Let the machine sleep for `duration` seconds."""
        self._asleep_until = self.t + duration
        self.chair.wires.asleep = True
        if self.process is not None:
            self.broker.sleep(duration)
        self.after(duration, partial(self._resume, duration))
        self.last_until(self.t + duration)

    def _resume(self, duration: float) -> None:
        self._asleep_until = None
        self.machine.sleep(duration)
        self.chair.wires.wake()
        if self.process is not None:
            self.broker.wake()
            self.process.daemon.turn(None)
        if self.sensor is not None:
            self.sensor.wake()

    def last_until(self, t: float) -> None:
        """Prolong the script until `t` seconds at least."""
        self._ends_at = max(self._ends_at, t)
        self.at(t, self._finish)

    def _finish(self) -> None:
        """End the script, if nothing that it has brought about is left."""
        if self.t >= self._ends_at:
            self.end_script()

    def _contact_changed(self, closed: bool) -> None:
        self.records.contact(closed)
        self.changed("mat", closed)

    def _buzzer_changed(self, on: bool) -> None:
        self.records.buzzer(on)  # asked for each time: the screen puts records of its own here

    def changed(self, what: str, closed: bool) -> None:
        """Let the sensor notice a change, and the recording one that the daemon cannot see."""
        if self.sensor is not None:
            self.sensor.notice(what)
        if self.recording is not None and (self.process is None or self._asleep_until is not None):
            self.recording.note(self.seconds() - self._booted_at, what, int(closed))
