"""The daemon: one thread that waits, asks the core, and carries out.

It touches the world through the ports alone. `run` is the loop of a real machine; the simulator
drives the same `turn` on its own time. Buzzer and lamp come first in every turn and never wait
for anything; the broker and the disk may be away for ever.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from sensor.core import chair
from sensor.core.events import BatteryIs, ContactIs, LoopIs, Snooze
from sensor.core.instant import NEVER
from sensor.core.messages import StateMessage
from sensor.core.report import report
from sensor.core.state import State
from sensor.core.words import Translate
from sensor.daemon.answer import Now
from sensor.daemon.checkpoints import Checkpoints
from sensor.daemon.diagnostics import Diagnostics
from sensor.daemon.inbox import (
    Acknowledged,
    BatteryRead,
    ButtonPressed,
    Connected,
    ContactRead,
    Disconnected,
    Done,
    Inbox,
    LoopRead,
    Message,
    Received,
    StatusAsked,
    StopAsked,
)
from sensor.daemon.live_state import LiveState
from sensor.daemon.log_lines import LogLines
from sensor.daemon.outputs import Outputs
from sensor.daemon.overrides import Overrides
from sensor.daemon.ports import (
    ChangedStore,
    Clock,
    ContactSource,
    DiskJobs,
    Gateway,
    Observer,
    Scratch,
    Store,
    heard_by,
)
from sensor.daemon.publisher import Publisher
from sensor.daemon.redo import RedoLog
from sensor.daemon.watch import Watcher
from sensor.errors import ChairSensorError
from sensor.settings.config import Config

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
"""Messages taken in one turn at most: a flood of them must not keep the buzzer waiting."""
LONGEST_TAKING = 0.02
"""Seconds after which a turn takes no further message and drives the buzzer again."""
DROPPED_EVERY = 1
"""Seconds between two lines in the log about messages that were dropped."""


class Daemon:
    """Owns the chair's state. The ports are given to it open; only the link it opens itself."""

    def __init__(  # noqa: PLR0913  (one argument for each port)
        self,
        *,
        life: str,
        config: Config,
        clock: Clock,
        inbox: Inbox,
        source: ContactSource,
        outputs: Outputs,
        gateway: Gateway,
        store: Store,
        changed: ChangedStore,
        disk: DiskJobs,
        scratch: Scratch,
        diagnostics: Diagnostics,
        observers: Sequence[Observer],
        translate: Translate,
    ) -> None:
        self.stopping = False
        """Whether a `StopAsked` has been taken in."""
        self.rests_until = 0.0
        """After a look that found nothing, and of which nobody hears: when there is more to do."""
        self.source = source
        """Where the mat's contact comes from."""
        self._life = life
        self._clock = clock
        self._inbox = inbox
        self._outputs = outputs
        self._gateway = gateway
        self._changed = changed
        self._diagnostics = diagnostics
        self._translate = translate
        self._observers = [diagnostics, *observers, source]
        self._took = heard_by(self._observers, "took")
        self._turned = heard_by(self._observers, "turned")
        self._alive = heard_by(self._observers, "alive")
        redo = RedoLog(scratch, clock.boot_id)
        self.live = LiveState(config.rules(), redo)
        self._checkpoints = Checkpoints(
            store=store,
            changed=changed,
            disk=disk,
            clock=clock,
            live=self.live,
            redo=redo,
            observers=self._observers,
        )
        self._overrides = Overrides(config, self.live, self._checkpoints, gateway)
        self._publisher = Publisher(
            live=self.live,
            overrides=self._overrides,
            checkpoints=self._checkpoints,
            redo=redo,
            gateway=gateway,
            observers=self._observers,
        )
        self._watch = Watcher(clock, source, inbox, self.live, self._observers)
        self._log_lines = LogLines(self._observers, translate)
        self._follows_zone = config.chair.timezone is None
        self._act_at = NEVER
        self._acted: State | None = None
        self._dropped = 0
        self._dropped_at = -NEVER
        self._asked: list[Callable[[Now], None]] = []
        self._why = ""

    # --- life -------------------------------------------------------------------------------

    def run(self) -> None:
        """Turn until a `StopAsked`; whatever happens, the buzzer ends silent."""
        try:
            self.start()
            while not self.stopping:
                self.turn(self._clock.wait(self._inbox, self.wake_at()))
        except ChairSensorError:
            raise
        except Exception:
            self._checkpoints.died()
            raise
        finally:
            self.stop()

    def start(self) -> None:
        """Read the contact, restore the last life, and start connecting; wait for neither."""
        now, offset = self._watch.begin()
        self._overrides.load(self._changed)  # before anything sounds
        closed, known = self.source.read()
        state = chair.start(
            contact_closed=bool(closed),
            loop_closed=known,
            now=now,
            wall_offset=offset,
            rules=self.live.rules,
            life=self._life,
            why=self.source.why,
        )
        self.live.begin(state, now)
        for each in self._observers:
            each.began(self._clock, now, state, self._overrides.values)
        self._checkpoints.open(now)
        self._publisher.note_storage(now)
        self._publisher.recall(now)
        self.live.apply(self._overrides.buzzer_switch, now)
        self._gateway.open()
        self._finish_turn(now)
        for each in self._observers:
            each.ready()

    def stop(self) -> None:
        """Silence the outputs, write the last checkpoint, send the farewell; try each step."""
        if self._why:
            log.info("stopping: %s", self._why)
        failures: list[Exception] = []
        steps: list[Callable[[], None]] = [
            self._outputs.silence,
            self._outputs.darken,
            *(each.stopping for each in self._observers),
            partial(self._publisher.write_last, self._clock, self._inbox),
            self._gateway.close,
            self._checkpoints.close,
            *(partial(self._ended, each) for each in self._observers),
        ]
        for step in steps:
            try:
                step()
            except Exception as error:
                log.exception("while stopping")
                failures.append(error)
        if failures:
            raise failures[0]

    def _ended(self, observer: Observer) -> None:
        observer.ended(self._clock.now())

    def wake_at(self) -> float:
        """Return when the next turn is due even if nothing happens."""
        return min(self._outputs.next_at, self._act_at, self._watch.next_at, self.source.next_at)

    def spare_look(self, now: float) -> float:
        """Take a look for done, for a caller who knows that it finds nothing; return the next."""
        self.live.fed = now
        self._watch.done(now)
        return self._watch.next_at

    def turn(self, message: Message | None) -> None:
        """Take in what time has brought and the message, if there is one; then act."""
        now = self._watch.compare_clocks(clock_known=self._checkpoints.clock_known)
        if self._follows_zone and now >= self._watch.next_at:
            self._follow_the_zone(now)
        self._watch.look_at_contact(now, message)
        taken, until = 0, now + LONGEST_TAKING
        while message is not None:
            self._take(message, min(max(message.at, self.live.fed), now))
            taken += 1
            more = taken < MOST_AT_ONCE and self._clock.now() < until
            message = self._inbox.get() if more else None
        if self._inbox.dropped != self._dropped:
            self._say_what_was_dropped(now)
        self._finish_turn(now, quiet=taken == 0)

    def _finish_turn(self, now: float, *, quiet: bool = False) -> None:
        live, outputs, publisher = self.live, self._outputs, self._publisher
        live.advance(now)
        self.rests_until = 0
        if not quiet or now >= self._act_at or live.state is not self._acted or publisher.waits:
            publisher.recall(now)
            outputs.drive(live.state, now, live.rules)
            self._act(now)
        elif now >= outputs.next_at:
            outputs.drive(live.state, now, live.rules)
        elif now >= self._watch.next_at and not (self._turned or self._alive):
            self.rests_until = min(outputs.next_at, self._act_at, self.source.next_at)
        if now >= self._watch.next_at:
            self._watch.done(now)
            if self._gateway.alive():  # also where nobody listens: it looks after its answers
                for alive in self._alive:
                    alive()
        for turned in self._turned:
            turned(now)

    def _follow_the_zone(self, now: float) -> None:
        """Use the system's new time zone, if it has changed.

        Working and quiet hours, and where a day begins, are local time.
        """
        if (rules := self._overrides.rules()) != self.live.rules:
            log.info("the system's time zone is another one now: %s", rules.timezone)
            self.live.change_rules(rules, now)

    # --- taking in ----------------------------------------------------------------------------

    def _take(self, message: Message, at: float) -> None:
        for took in self._took:
            took(message, at)
        match message:
            case ContactRead(closed):
                self.live.apply(ContactIs(closed), at)
            case LoopRead(closed):
                self.live.apply(LoopIs(closed, message.why), at)
            case BatteryRead(low):
                self.live.apply(BatteryIs(low), at)
            case ButtonPressed():
                self.live.apply(Snooze(), at)
            case Connected() | Disconnected() | Acknowledged() | Received():
                command = self._gateway.take(message, at, self.live.rules)
                if command is not None:
                    self._overrides.obey(command, at)
            case StatusAsked(reply):
                self._asked.append(reply)
            case Done(then):
                then()
            case StopAsked(why):
                self._why = why
                self.stopping = True

    def _say_what_was_dropped(self, now: float) -> None:
        if now >= self._dropped_at + DROPPED_EVERY:
            dropped = self._inbox.dropped - self._dropped
            self._dropped, self._dropped_at = self._inbox.dropped, now
            log.warning("too many messages from the broker at once: %d dropped", dropped)

    # --- acting -------------------------------------------------------------------------------

    def _act(self, now: float) -> None:
        """Write, publish, log, and send the status answers that were asked for."""
        live, publisher = self.live, self._publisher
        publisher.publish(now)
        if publisher.news or live.state is not self._acted:
            sounds = self._outputs.sounds
            self._log_lines.write(live.state, live.rules, publisher.news, sounds=sounds)
            publisher.news.clear()
        for reply in self._asked:
            reply(self._status(now))
        self._asked.clear()
        self._acted = live.state
        self._act_at = min(live.deadline, publisher.next_at)

    def report(self, now: float) -> StateMessage:
        """Return the state as it is published."""
        return report(
            self.live.state,
            now,
            self.live.rules,
            profile=self._overrides.profile,
            translate=self._translate,
        )

    def _status(self, now: float) -> Now:
        """Return the status answer: all that is known now."""
        return {
            "state": self.report(now),
            "contact": self.source.about(),
            "buzzer_sounds": self._outputs.sounds,
            "edges_last_minute": self._diagnostics.edges_last_minute(now),
            "diagnostics": self._diagnostics.report(self.live.state, self.live.rules),
            "mqtt": self._gateway.status(),
            "clock": {"synchronised": self._clock.synchronised()},
        }
