"""The daemon: one thread that waits, asks the core, and carries out.

It touches the world through the ports alone. `run` is the loop of a real machine; the simulator
drives the same `turn` on its own time. Buzzer and LED come first in every turn and never wait
for anything; the broker and the disk may be away for ever. Events and states go to the broker
once the write that carries them has come back, so that a kill in between tells nothing twice.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sensor.core import chair
from sensor.core.events import (
    BuzzerSwitch,
    ClockSet,
    ContactIs,
    DoNotDisturb,
    Effect,
    Input,
    LoopIs,
    Refuse,
    Reset,
    Row,
    RulesAre,
    Snooze,
    StorageIs,
    Suspended,
    Tell,
    TestBuzzer,
    Void,
    Write,
)
from sensor.core.instant import NEVER
from sensor.core.lamp import lamp
from sensor.core.report import report
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.core.sitting import open_bout
from sensor.core.state import State
from sensor.core.text import Translate
from sensor.daemon.checkpoints import Checkpoints
from sensor.daemon.commands import Command, Press, SwitchBuzzer, SwitchDnd
from sensor.daemon.diagnostics import Diagnostics
from sensor.daemon.inbox import (
    Acknowledged,
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
from sensor.daemon.log_lines import LogLines
from sensor.daemon.ports import (
    ChangedStore,
    Clock,
    DiskJobs,
    Gateway,
    Health,
    Lamp,
    Link,
    Output,
    Publication,
    Recorder,
    Seat,
    Store,
)
from sensor.errors import ChairSensorError
from sensor.settings.config import Config
from sensor.settings.overrides import (
    BUZZER,
    Change,
    Refusal,
    apply_change,
    reconciled,
    restored,
    rule_changes,
)

log = logging.getLogger(__name__)

LOOK_EVERY = 30
"""Seconds between two looks at the pins and clocks when nothing happens."""
LONGEST_ON = 2
"""Seconds that the buzzer may be on without a pause."""
JUMP = 0.5
"""Seconds that two clocks must drift apart to count as a jump or a suspend."""

_PRESSES: dict[str, type[Snooze | Void | Reset | TestBuzzer]] = {
    "snooze": Snooze,
    "void": Void,
    "reset": Reset,
    "test_buzzer": TestBuzzer,
}


MOST_AT_ONCE = 100
"""Messages taken in one turn at most, so that a flood cannot keep the buzzer waiting."""
LONGEST_TAKING = 0.02
"""Seconds after which a turn takes no further message, and looks at the buzzer again."""
MOST_WAITING = 10_000
"""Rows kept while the disk cannot be read or does not answer; the oldest are dropped first."""
LAST_WORDS = 5
"""Seconds at most that stopping waits for the last checkpoint before the farewell is sent."""
DROPPED_EVERY = 1
"""Seconds between two lines in the log about messages that were dropped."""


@dataclass(frozen=True, slots=True)
class _View:
    """What the broker may be shown: the state as it was written, and what explains it."""

    state: State
    rules: Rules
    profile: str
    tells: tuple[Tell, ...]


class Daemon:
    """Owns the chair's state; everything else is lent to it, open and ready."""

    def __init__(  # noqa: PLR0913  (one argument for each port)
        self,
        *,
        life: str,
        config: Config,
        clock: Clock,
        inbox: Inbox,
        seat: Seat,
        buzzer: Output,
        lamp: Lamp | None,
        two_colours: bool,
        link: Link,
        gateway: Gateway,
        farewell: Publication,
        store: Store,
        changed: ChangedStore,
        disk: DiskJobs,
        health: Health,
        diagnostics: Diagnostics,
        translate: Translate,
        recorder: Recorder,
    ) -> None:
        self._life = life
        self._config = config
        self._clock = clock
        self._inbox = inbox
        self._seat = seat
        self._buzzer = buzzer
        self._lamp = lamp
        self._two_colours = two_colours
        self._link = link
        self._gateway = gateway
        self._farewell = farewell
        self._checkpoints = Checkpoints(store, changed, disk, clock, recorder)
        self._log_lines = LogLines(health, translate)
        self._changed = changed
        self._health = health
        self._diagnostics = diagnostics
        self._translate = translate
        self._recorder = recorder
        self._look_every = min(LOOK_EVERY, health.watchdog_interval or LOOK_EVERY)
        self._overrides: dict[str, Any] = {}
        self._rules: Rules = config.rules()
        self._state: State
        self._fed = 0.0
        self._asleep = 0.0
        self._look_at = 0.0
        self._beep_at = NEVER
        self._act_at = NEVER
        self._sounds = False
        self._acted: State | None = None
        self._rows: deque[Row | Tell] = deque(maxlen=MOST_WAITING)
        self._tells: list[Tell] = []
        self._news: list[Tell] = []
        self._writing: _View | None = None
        self._dropped = 0
        self._dropped_at = -NEVER
        self._asked: list[Callable[[dict[str, Any]], None]] = []
        self._why = ""
        self._on_since = NEVER
        self._timed: State | None = None
        self._timed_until = NEVER
        self.stopping = False

    # --- life -------------------------------------------------------------------------------

    def run(self) -> None:
        """Work until somebody asks to stop; whatever happens, the buzzer ends silent."""
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
        """Read the pins, remember, and open the way to the broker; never waits for it."""
        self._fed, self._asleep, offset = self._clock.read()
        now = self._fed
        self._recall_settings()
        self._state = chair.start(
            contact_closed=self._seat.contact_closed(),
            loop_closed=self._seat.loop_closed(),
            now=now,
            wall_offset=offset,
            rules=self._rules,
            life=self._life,
        )
        self._recorder.began(self._clock, now, self._state, self._overrides)
        self._checkpoints.open(now)
        self._note_storage(now)
        self._recall(now)
        self._apply(BuzzerSwitch(self._overrides.get(BUZZER, True)), now)
        self._link.open()
        self._finish_turn(now)
        self._health.ready()

    def stop(self) -> None:
        """Fall silent, write the last checkpoint, say good-bye; each step is tried."""
        if self._why:
            log.info("stopping: %s", self._why)
        failures: list[Exception] = []
        for step in (
            partial(self._buzzer.set, False),
            self._darken,
            self._health.stopping,
            self._write_last,
            partial(self._link.close, self._farewell),
            self._checkpoints.close,
            lambda: self._recorder.ended(self._clock.now()),
        ):
            try:
                step()
            except Exception as error:
                log.exception("while stopping")
                failures.append(error)
        if failures:
            raise failures[0]

    def _darken(self) -> None:
        if self._lamp is not None:
            self._lamp.set("off")

    def _write_last(self) -> None:
        """Write the last checkpoint, and tell what has been written; a slow disk has its time."""
        if not self._checkpoints.has_saved:
            return  # it never started
        now, until = self._clock.now(), self._clock.now() + LAST_WORDS
        held = self._holds
        self._await_disk(until)
        self._hand_over(now, last=True)  # behind what the disk is still at, if it must be
        self._await_disk(until)
        if held:
            self._tell(now)

    def _await_disk(self, until: float) -> None:
        while self._checkpoints.busy and self._clock.now() < until:
            message = self._clock.wait(self._inbox, until)
            if isinstance(message, Done):
                message.then()

    def wake_at(self) -> float:
        """Return when the next turn is due even if nothing happens."""
        return min(self._beep_at, self._act_at, self._look_at)

    def _deadline(self) -> float:
        """Return when time alone will change the state: asked thrice a turn, worked out once."""
        if self._timed is not self._state:
            self._timed, self._timed_until = self._state, chair.deadline(self._state, self._rules)
        return self._timed_until

    def turn(self, message: Message | None) -> None:
        """Take in a message, if there is one, and all that time has brought; then act."""
        now, asleep, offset = self._clock.read()
        now = max(now, self._fed)
        self._compare_clocks(now, asleep, offset)
        if now >= self._look_at:
            self._follow_the_zone(now)
        self._look_at_pins(now, message)
        taken, until = 0, now + LONGEST_TAKING
        while message is not None:
            self._take(message, min(max(message.at, self._fed), now))
            taken += 1
            more = taken < MOST_AT_ONCE and self._clock.now() < until
            message = self._inbox.get() if more else None
        self._say_what_was_dropped(now)
        self._finish_turn(now, quiet=taken == 0)

    def _finish_turn(self, now: float, *, quiet: bool = False) -> None:
        if self._deadline() <= now:
            self._state, effects = chair.advance(self._state, now, self._rules)
            self._note(effects)
        self._fed = now
        waiting = bool(self._rows) and not self._checkpoints.busy
        if not quiet or now >= self._act_at or self._state is not self._acted or waiting:
            self._recall(now)
            self._beep(now)
            self._act(now)
        elif now >= self._beep_at:
            self._beep(now)
        if now >= self._look_at:
            self._look_at = now + self._look_every
            if self._link.alive():
                self._health.watchdog()
        self._recorder.turned(now)

    # --- looking ------------------------------------------------------------------------------

    def _compare_clocks(self, now: float, asleep: float, offset: float) -> None:
        gap = asleep - self._asleep
        self._asleep = asleep
        if gap > JUMP:
            log.info("the machine was suspended for %.0f s: not counted as sitting", gap)
            self._recorder.note(now, "asleep", gap)
            self._apply(Suspended(gap), now)
        drift = offset - self._state.wall_offset
        if abs(drift) > JUMP:
            log.info("the wall clock was set by %+.0f s; no duration changes", drift)
            self._recorder.note(now, "clock", drift)
            self._apply(ClockSet(offset, first=not self._checkpoints.clock_known), now)

    def _follow_the_zone(self, now: float) -> None:
        """Notice that the system's own time zone is another one, as on a Pi that is being set up.

        Working and quiet hours, and where a day begins, are local time.
        """
        if self._config.chair.timezone is not None:
            return
        rules = self._config.rules(rule_changes(self._overrides))
        if rules != self._rules:
            log.info("the system's time zone is another one now: %s", rules.timezone)
            self._apply(RulesAre(rules), now)
            self._rules = rules

    def _look_at_pins(self, now: float, message: Message | None) -> None:
        """Heal an edge that got lost. What was missed happened before anything that is due now."""
        due = self._deadline() <= now
        if now < self._look_at and (not due or self._edge_may_come(message)):
            return  # nothing is decided now, or an edge is what brings it about
        closed = self._seat.contact_closed()
        loop_closed = self._seat.loop_closed()
        if self._edge_may_come(message):
            return
        at = self._fed if due else now
        plugged = self._state.unplugged_at is None
        if loop_closed != plugged:
            self._recorder.took(LoopRead(loop_closed, at), at)
            self._heal(LoopIs(loop_closed), "tamper loop", at)
        if closed != self._state.contact.closed:
            self._recorder.took(ContactRead(closed, at), at)
            self._heal(ContactIs(closed), "mat", at)

    def _edge_may_come(self, message: Message | None) -> bool:
        """Whether what the pins say may be told by a message that is still to be taken."""
        return message is not None or self._inbox.has_urgent

    def _heal(self, reading: ContactIs | LoopIs, wire: str, at: float) -> None:
        self._diagnostics.healed_edges += 1
        level = "closed" if reading.closed else "open"
        count = self._diagnostics.healed_edges
        log.warning("the %s is %s, but no edge told so (%d so far)", wire, level, count)
        self._apply(reading, at)

    # --- taking in ----------------------------------------------------------------------------

    def _take(self, message: Message, at: float) -> None:
        self._recorder.took(message, at)
        match message:
            case ContactRead(closed):
                self._diagnostics.edge(at)
                self._apply(ContactIs(closed), at)
            case LoopRead(closed):
                self._apply(LoopIs(closed), at)
            case ButtonPressed():
                self._apply(Snooze(), at)
            case Connected():
                self._gateway.connected(at, self._rules)
            case Disconnected(reason):
                self._gateway.disconnected(reason)
            case Acknowledged(topic):
                self._gateway.acknowledged(topic)
            case Received():
                command = self._gateway.listen(message)
                if command is not None:
                    self._obey(command, at)
            case StatusAsked(reply):
                self._asked.append(reply)
            case Done(then):
                then()
            case StopAsked(why):
                self._why = why
                self.stopping = True

    def _obey(self, command: Command, at: float) -> None:
        self._gateway.forget()  # the state is told again, changed or not
        match command:
            case Change():
                changed = apply_change(self._config, self._overrides, command)
                if isinstance(changed, Refusal):
                    self._gateway.refuse(changed.reason)
                else:
                    self._change_settings(changed, at)
            case SwitchBuzzer(on):
                self._change_settings({**self._overrides, BUZZER: on}, at)
            case SwitchDnd(on):
                self._apply(DoNotDisturb(on), at)
            case Press("reset_settings"):
                self._change_settings({}, at)
            case Press(action):
                self._apply(_PRESSES[action](), at)

    def _change_settings(self, overrides: dict[str, Any], at: float) -> None:
        if overrides == self._overrides:
            return  # nothing to write either
        self._overrides = overrides
        self._checkpoints.keep(overrides)
        rules = self._config.rules(rule_changes(overrides))
        if rules != self._rules:
            self._apply(RulesAre(rules), at)
            self._rules = rules
        self._apply(BuzzerSwitch(overrides.get(BUZZER, True)), at)

    def _apply(self, happening: Input | Recall, at: float) -> None:
        self._state, effects = chair.step(
            self._state, happening, at, self._rules, due=self._deadline()
        )
        self._fed = max(self._fed, at)
        self._note(effects)

    def _note(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell():
                    self._tells.append(effect)
                    self._news.append(effect)
                    self._rows.append(effect)
                case Write(row):
                    self._rows.append(row)
                case Refuse(reason):
                    self._gateway.refuse(reason)

    def _say_what_was_dropped(self, now: float) -> None:
        dropped = self._inbox.dropped - self._dropped
        if dropped and now >= self._dropped_at + DROPPED_EVERY:
            self._dropped, self._dropped_at = self._inbox.dropped, now
            log.warning("too many messages from the broker at once: %d dropped", dropped)

    # --- acting -------------------------------------------------------------------------------

    def _beep(self, now: float) -> None:
        sounds, sound_edge = chair.sound(self._state, now, self._rules)
        self._sounds = self._within_reason(sounds, now)
        self._buzzer.set(self._sounds)
        lamp_edge = NEVER
        if self._lamp is not None:
            light, lamp_edge = lamp(self._state, now, two_colours=self._two_colours)
            self._lamp.set(light)
        too_long = self._on_since + LONGEST_ON if self._sounds else NEVER
        self._beep_at = min(sound_edge, lamp_edge, too_long)

    def _act(self, now: float) -> None:
        if self._writing is not None and not self._checkpoints.busy:
            self._show(self._writing, now)  # before more is written, which takes its time again
            self._writing = None
        self._save(now)
        self._tell(now)
        self._log_lines.write(self._state, self._rules, self._news, sounds=self._sounds)
        self._news.clear()
        for reply in self._asked:
            reply(self._status(now))
        self._asked.clear()
        self._acted = self._state
        self._act_at = min(self._deadline(), self._checkpoints.next_at)
        if not self._holds:
            self._act_at = min(self._act_at, self._gateway.next_at)

    @property
    def _holds(self) -> bool:
        """Whether telling waits for a write that is under way."""
        return self._checkpoints.busy and not self._checkpoints.refuses

    def _tell(self, now: float) -> None:
        """Tell all that is news, unless a write that carries it is under way."""
        if not self._holds:
            self._writing = None  # what is told now must not be followed by something older
            self._show(self._view, now)

    def _show(self, view: _View, now: float) -> None:
        for tell in view.tells:
            self._gateway.tell(tell, view.state, view.rules)
            self._recorder.note(now, "told", tell.event_type)
        del self._tells[: len(view.tells)]
        self._gateway.show(view.state, now, view.rules, view.profile)

    @property
    def _view(self) -> _View:
        return _View(self._state, self._rules, self._profile, tuple(self._tells))

    def _within_reason(self, sounds: bool, now: float) -> bool:
        """Never on for more than two seconds at a stretch, whatever comes together."""
        if not sounds:
            self._on_since = NEVER
        else:
            self._on_since = min(self._on_since, now)
        return sounds and now < self._on_since + LONGEST_ON

    @property
    def _profile(self) -> str:
        return str(self._overrides.get("profile", self._config.profile))

    def _report(self, now: float) -> dict[str, Any]:
        return report(
            self._state, now, self._rules, profile=self._profile, translate=self._translate
        )

    def _status(self, now: float) -> dict[str, Any]:
        """Tell all that is known now, for those who ask on this machine."""
        return {
            "state": self._report(now),
            "buzzer_sounds": self._sounds,
            "edges_last_minute": self._diagnostics.edges_last_minute(now),
            "diagnostics": self._diagnostics.report(self._state, self._rules),
            "mqtt": self._gateway.status(),
            "clock": {"synchronised": self._clock.synchronised()},
        }

    def _save(self, now: float) -> None:
        """Let the disk have what is new, if it is free; what follows from its answer, too."""
        self._checkpoints.look(now)
        self._note_storage(now)
        while self._checkpoints.is_due(self._state, self._rows, now):
            self._hand_over(now)
            self._recall(now)
            self._note_storage(now)
            if self._checkpoints.refuses:
                break

    def _hand_over(self, now: float, *, last: bool = False) -> None:
        view = self._view
        if self._checkpoints.save(self._state, self._rows, now, self._rules, last=last):
            self._rows.clear()
            self._writing = view

    def _note_storage(self, now: float) -> None:
        if self._checkpoints.fails is not self._state.storage_failed:
            self._apply(StorageIs(not self._checkpoints.fails), now)

    # --- remembering --------------------------------------------------------------------------

    def _recall_settings(self) -> None:
        overrides, dropped = restored(self._changed.load())  # before anything sounds
        self._overrides, clashes = reconciled(self._config, overrides)
        for line in (*dropped, *clashes):
            log.warning("%s", line)
        self._rules = self._config.rules(rule_changes(self._overrides))

    def _recall(self, now: float) -> None:
        while (recall := self._checkpoints.recall(self._state, now)) is not None:
            self._apply(recall, now)
            bout = open_bout(self._state.sitting)
            if recall.past.told_seated and bout and bout.started_at < self._state.started_at:
                self._take_back_sitting_down()

    def _take_back_sitting_down(self) -> None:
        """Drop a `sat_down` that nobody has been told of yet: the bout of before goes on."""
        for tell in [tell for tell in self._tells if tell.event_type == "sat_down"][:1]:
            if tell in self._rows:
                self._rows.remove(tell)
                self._tells.remove(tell)
