"""The daemon: one thread that waits, asks the core, and carries out.

It touches the world through the ports alone. `run` is the loop of a real machine; the simulator
drives the same `turn` on its own time. Buzzer and LED come first in every turn and never wait
for anything; the broker and the disk may be away for ever.
"""

import logging
from collections.abc import Callable
from typing import Any

from sensor.config import Config
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
from sensor.core.recall import Recall
from sensor.core.report import report
from sensor.core.rules import Rules
from sensor.core.state import State
from sensor.core.text import Translate
from sensor.diagnostics import Diagnostics
from sensor.inbox import (
    Acknowledged,
    ButtonPressed,
    Connected,
    ContactRead,
    Disconnected,
    Inbox,
    LoopRead,
    Message,
    Received,
    StatusAsked,
    StopAsked,
)
from sensor.journal import Journal
from sensor.keeper import Keeper
from sensor.mqtt.commands import (
    BUZZER,
    Change,
    Command,
    Press,
    Refusal,
    SwitchBuzzer,
    SwitchDnd,
    apply_change,
    reconciled,
    restored,
    rule_changes,
)
from sensor.mqtt.session import Session
from sensor.ports import (
    ChangedStore,
    Clock,
    Health,
    Lamp,
    Link,
    Output,
    Publication,
    Recorder,
    Seat,
    Store,
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


class Daemon:
    """Owns the chair's state; everything else is lent to it, open and ready."""

    def __init__(  # noqa: PLR0913  (one argument for each port)
        self,
        *,
        config: Config,
        clock: Clock,
        inbox: Inbox,
        seat: Seat,
        buzzer: Output,
        lamp: Lamp | None,
        two_colours: bool,
        link: Link,
        session: Session,
        farewell: Publication,
        store: Store,
        changed: ChangedStore,
        health: Health,
        diagnostics: Diagnostics,
        translate: Translate,
        recorder: Recorder,
    ) -> None:
        self._config = config
        self._clock = clock
        self._inbox = inbox
        self._seat = seat
        self._buzzer = buzzer
        self._lamp = lamp
        self._two_colours = two_colours
        self._link = link
        self._session = session
        self._farewell = farewell
        self._keeper = Keeper(store, clock, recorder)
        self._journal = Journal(health, translate)
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
        self._rows: list[Row | Tell] = []
        self._tells: list[Tell] = []
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
        )
        past = self._keeper.open(now)
        self._recorder.began(self._clock, now, self._state, self._overrides, past)
        if self._keeper.began_afresh:
            self._apply(StorageIs(well=False), now)
        self._recall(now)
        self._apply(BuzzerSwitch(self._overrides.get(BUZZER, True)), now)
        self._link.open()
        self._finish_turn(now)
        self._health.ready()

    def stop(self) -> None:
        """Fall silent, remember, say good-bye."""
        if self._why:
            log.info("stopping: %s", self._why)
        self._buzzer.set(False)
        if self._lamp is not None:
            self._lamp.set("off")
        self._health.stopping()
        if self._keeper.has_saved:  # else it never started
            self._save(self._clock.now())
        self._link.close(self._farewell)
        self._keeper.close()
        self._recorder.ended(self._clock.now())

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
        self._look_at_pins(now, message)
        taken = 0
        while message is not None:
            self._take(message, min(max(message.at, self._fed), now))
            taken += 1
            message = self._inbox.get() if taken < MOST_AT_ONCE else None
        self._finish_turn(now, quiet=taken == 0)

    def _finish_turn(self, now: float, *, quiet: bool = False) -> None:
        if self._deadline() <= now:
            self._state, effects = chair.advance(self._state, now, self._rules)
            self._note(effects)
        self._fed = now
        if not quiet or now >= self._act_at or self._state is not self._acted or self._rows:
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
            self._apply(ClockSet(offset), now)

    def _look_at_pins(self, now: float, message: Message | None) -> None:
        """Heal an edge that got lost. What was missed happened before anything that is due now."""
        due = self._deadline() <= now
        if now < self._look_at and (not due or message is not None or self._inbox):
            return  # nothing is decided now, or an edge is what brings it about
        closed = self._seat.contact_closed()
        loop_closed = self._seat.loop_closed()
        if message is not None or self._inbox:
            return  # an edge may be on its way
        at = self._fed if due else now
        plugged = self._state.unplugged_at is None
        if loop_closed != plugged:
            self._recorder.took(LoopRead(loop_closed, at), at)
            self._heal(LoopIs(loop_closed), "tamper loop", at)
        if closed != self._state.contact.closed:
            self._recorder.took(ContactRead(closed, at), at)
            self._heal(ContactIs(closed), "mat", at)

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
                self._session.connected(at, self._rules)
            case Disconnected(reason):
                self._session.disconnected(reason)
            case Acknowledged(topic):
                self._session.acknowledged(topic)
            case Received():
                command = self._session.listen(message)
                if command is not None:
                    self._obey(command, at)
            case StatusAsked(reply):
                self._asked.append(reply)
            case StopAsked(why):
                self._why = why
                self.stopping = True

    def _obey(self, command: Command, at: float) -> None:
        self._session.forget()  # the state is told again, changed or not
        match command:
            case Change():
                changed = apply_change(self._config, self._overrides, command)
                if isinstance(changed, Refusal):
                    self._session.refuse(changed.reason)
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
        self._overrides = overrides
        self._changed.save(overrides)
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
                    self._rows.append(effect)
                case Write(row):
                    self._rows.append(row)
                case Refuse(reason):
                    self._session.refuse(reason)

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
        if self._rows or self._keeper.is_due(self._state, now):
            self._save(now)  # before anybody is told: a kill in between must not tell it twice
        for tell in self._tells:
            self._session.tell(tell, self._state, self._rules)
            self._recorder.note(now, "told", tell.event_type)
        self._session.show(self._state, now, self._rules, self._profile)
        self._journal.write(self._state, self._rules, self._tells, sounds=self._sounds)
        self._tells.clear()
        for reply in self._asked:
            reply(self._status(now))
        self._asked.clear()
        self._acted = self._state
        self._act_at = min(self._deadline(), self._session.next_at, self._keeper.next_at)

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
            "mqtt": self._session.status(),
        }

    def _save(self, now: float) -> None:
        if self._keeper.remembers:
            return  # nothing may overwrite what is still to be remembered
        well = self._keeper.save(self._state, self._rows, now, self._rules)
        self._rows.clear()
        failed = not well or self._keeper.began_afresh
        if failed != self._state.storage_failed:
            self._apply(StorageIs(not failed), now)

    # --- remembering --------------------------------------------------------------------------

    def _recall_settings(self) -> None:
        overrides, dropped = restored(self._changed.load())
        self._overrides, clashes = reconciled(self._config, overrides)
        for line in (*dropped, *clashes):
            log.warning("%s", line)
        self._rules = self._config.rules(rule_changes(self._overrides))

    def _recall(self, now: float) -> None:
        recall = self._keeper.recall(self._state, now)
        if recall is not None:
            self._apply(recall, now)
