"""What is said to the broker, and when: the conversation, without the telephone.

Retained topics come from what *is*: while the broker is away nothing is handed over, and on
connect availability, discovery, the present state and the diagnostics are sent, in that order. So
no stale value can ever win. Events are news and are never sent late; those of an outage are in
the history.
"""

import logging
from dataclasses import replace
from random import Random
from typing import Any

from sensor.core.events import Tell
from sensor.core.instant import NEVER
from sensor.core.report import event, is_news, looks_the_same, report
from sensor.core.rules import Rules
from sensor.core.sitting import Seated
from sensor.core.state import State
from sensor.core.text import Translate
from sensor.daemon.commands import Command, Unknown
from sensor.daemon.diagnostics import Diagnostics
from sensor.daemon.inbox import Received
from sensor.daemon.ports import AnnouncedStore, Announcement, Description, Link, Publication
from sensor.mqtt.commands import parse
from sensor.mqtt.complaints import Complaints
from sensor.mqtt.topics import Topics
from sensor.settings.overrides import Refusal

log = logging.getLogger(__name__)

TICK = 60
"""Seconds between two states while somebody sits, or takes a break, and nothing else happens."""
CONTACT_PAUSE = 5
"""Seconds between two states that differ in the raw contact alone: a fidgeting mat is no news."""
BIRTH_PAUSE = (1, 5)
"""Seconds, drawn at random, to let Home Assistant settle after its birth message."""
HEARTBEAT = 300
"""Seconds at most between two messages on the topics of state and availability."""
DIAGNOSE_EVERY = 600
"""Seconds between two messages on the topic of diagnostics."""
TIDY_PAUSE = 2
"""Seconds between two descriptions: with less Home Assistant overlooks half of the second one."""
RIVAL_PAUSE = 60
"""Seconds between two corrections of an availability that somebody else has set.

Two clients that contradict each other would otherwise never come to rest.
"""


def farewell(topics: Topics) -> Publication:
    """Return the message that this chair is not there any more; also the last will."""
    return Publication(topic=topics.availability, payload="offline", retain=True)


class MqttGateway:
    """Keeps the broker's picture of the chair true."""

    def __init__(  # noqa: PLR0913  (by name only)
        self,
        *,
        link: Link,
        topics: Topics,
        discovery: Description | None,
        random: Random,
        announced: AnnouncedStore,
        diagnostics: Diagnostics,
        translate: Translate,
    ) -> None:
        self._link = link
        self._topics = topics
        self._discovery = discovery
        self._random = random
        self._store = announced
        self._announced = announced.load()
        self._leftovers: set[str] = set()
        self._complaints = Complaints()
        self._now = -NEVER
        self._diagnostics = diagnostics
        self._translate = translate
        self._connected = False
        self._trouble: str | None = None
        self._home_assistant: str | None = None
        self._state: State | None = None
        self._said: dict[str, Any] = {}
        self._shown_at = -NEVER
        self._greet_at = NEVER
        self._tick_at = NEVER
        self._next_at = NEVER
        self._tidy_at = NEVER
        self._diagnose_at = NEVER
        self._beat_at = NEVER
        self._sweep_at = NEVER
        self._corrected_at = -NEVER

    @property
    def next_at(self) -> float:
        """When there will be something to say without anything having happened."""
        if not self._connected:
            return self._complaints.due_at
        return min(
            self._greet_at,
            self._next_at,
            self._tidy_at,
            self._diagnose_at,
            self._beat_at,
            self._sweep_at,
            self._complaints.due_at,
        )

    def connected(self, now: float, rules: Rules) -> None:
        """Greet the broker; the state follows with the next `show`."""
        self._connected, self._trouble = True, None
        self._beat_at = now + HEARTBEAT
        self._find_leftovers(now)
        self._availability()
        if not self._empty_leftovers(devices=True):  # else the old one still owns the entity ids
            self._describe(now, rules)
        self.forget()
        self._diagnose_at = now

    def disconnected(self, reason: str) -> None:
        """Say nothing until the broker is back."""
        self._connected, self._trouble = False, reason
        self._greet_at = self._next_at = self._tidy_at = NEVER
        self._diagnose_at = self._beat_at = self._sweep_at = NEVER

    def acknowledged(self, topic: str) -> None:
        """Forget what the broker retains no more; until it has said so the record is kept."""
        self._leftovers.discard(topic)
        kept = {t: what for t, what in self._announced.items() if t != topic}
        self._remember(kept, at_once=not self._leftovers)

    def status(self) -> dict[str, Any]:
        """Tell how the conversation goes, for those who ask on this machine."""
        return {
            "base_topic": self._topics.base,
            "connected": self._connected,
            "trouble": self._trouble,
            "home_assistant": self._home_assistant,
            "refused": dict(self._link.refused),
        }

    def forget(self) -> None:
        """Show the whole state again, changed or not."""
        self._state, self._said = None, {}

    def listen(self, message: Received) -> Command | None:
        """Understand an incoming message; a bad one is logged and answered with the truth."""
        self._now = message.at
        if message.topic == self._topics.availability:
            self._correct(message)
            return None
        if message.topic == self._topics.birth_topic:
            if message.payload in (b"online", b"offline"):
                self._home_assistant = message.payload.decode()
            if message.payload == b"online" and not message.retained:
                self._greet_at = message.at + self._random.uniform(*BIRTH_PAUSE)
            return None
        command_in = self._topics.command_in(message.topic)
        if command_in is None or message.retained:
            self._complain(f"ignored a retained or foreign message on {message.topic[:80]!r}")
            return None
        command = parse(*command_in, message.payload)
        match command:
            case Unknown(reason):
                self._complain(reason)
                return None
            case Refusal(reason):
                self.refuse(reason)
                return None
            case _:
                return command

    def refuse(self, reason: str) -> None:
        """Log why a command changes nothing, and show the truth to whoever sent it."""
        self._complain(f"refused {reason}")
        self.forget()

    def tell(self, tell: Tell, state: State, rules: Rules) -> None:
        """Send an event, if there is anybody to send it to."""
        if self._connected:
            said = event(tell, state, rules, translate=self._translate)
            self._send(self._topics.event, said, retain=False)

    def show(self, state: State, now: float, rules: Rules, profile: str) -> None:
        """Publish all that is due: the state if it is news or a minute of sitting has passed."""
        self._now = now
        self._complaints.settle(now)
        if not self._connected:
            return
        if now >= self._sweep_at:
            self._sweep_at = NEVER
            self._empty_leftovers(devices=False)
            self._describe(now, rules)
        elif now >= self._greet_at:
            self._greet_at = NEVER
            self._describe(now, rules)
            self._availability()
            self.forget()
        elif now >= self._tidy_at:
            self._describe(now, rules)
        elif now >= self._beat_at:
            self._beat_at = now + HEARTBEAT
            self._availability()
            self.forget()
        self._show_state(state, now, rules, profile)
        if now >= self._diagnose_at:
            self._diagnose_at = now + DIAGNOSE_EVERY
            self._send(
                self._topics.diagnostics, self._diagnostics.report(state, rules), retain=True
            )

    def _show_state(self, state: State, now: float, rules: Rules, profile: str) -> None:
        last = self._state
        if last is not None and now < self._next_at:
            if looks_the_same(last, state):
                return
            soonest = self._shown_at + CONTACT_PAUSE
            if now < soonest and looks_the_same(last, state, flicker_is_news=False):
                self._next_at = min(self._next_at, soonest)
                return
        said = report(state, now, rules, profile=profile, translate=self._translate)
        if now >= self._tick_at or is_news(said, self._said):
            self._send(self._topics.state, said, retain=True)
            self._shown_at = now
        self._state, self._said = state, said
        progress = said["break_progress"]
        ticks = isinstance(state.sitting, Seated) or (progress is not None and progress < 1)
        self._tick_at = self._next_at = self._shown_at + TICK if ticks else NEVER

    def _describe(self, now: float, rules: Rules) -> None:
        """Tell Home Assistant what there is; what is no more is removed first, then left out."""
        discovery = self._discovery
        if discovery is None:
            return
        topic = self._topics.discovery
        payload = discovery.payload(rules.day_starts)
        parting = None
        if now < self._tidy_at:
            parting = discovery.parting(payload, self._announced.get(topic, {}))
        if parting is None:
            self._send(topic, payload, retain=True)
            self._remember({**self._announced, topic: discovery.platforms(payload)})
            self._tidy_at = NEVER
            # Home Assistant holds entities of a changed description for expired until a state
            # comes, and takes the one that follows at once for a state of the old ones.
            self._beat_at = now + TIDY_PAUSE
        else:
            self._send(topic, parting, retain=True)
            self._tidy_at = now + TIDY_PAUSE
        self._greet_at = max(self._greet_at, now + TIDY_PAUSE)

    def _find_leftovers(self, now: float) -> None:
        """See what was announced under another id, prefix or base topic, and is to be removed."""
        own = {*self._topics.retained, *[self._topics.discovery] * (self._discovery is not None)}
        everything = sorted({*self._announced, *own})
        self._leftovers = set(everything) - own
        self._remember({topic: self._announced.get(topic, {}) for topic in everything})
        if self._leftovers:
            self._sweep_at = now + TIDY_PAUSE

    def _empty_leftovers(self, *, devices: bool) -> bool:
        """Empty old descriptions, or all other old topics; says whether there were any."""
        topics = [t for t in sorted(self._leftovers) if t.endswith("/config") is devices]
        for topic in topics:
            self._link.publish(Publication(topic=topic, payload="", retain=True, confirm=True))
        return bool(topics)

    def _remember(self, announced: Announcement, *, at_once: bool = True) -> None:
        """Keep what the broker retains of this chair, before it is sent there."""
        changed, self._announced = announced != self._announced, announced
        if changed and at_once:
            self._store.save(announced)

    def _complain(self, line: str) -> None:
        self._complaints.add(line, self._now)

    def _correct(self, message: Received) -> None:
        """Contradict an `offline` that is not ours: an old will, a stray client, a second chair."""
        if message.retained or message.payload == b"online":
            return
        said = message.payload[:20].decode("utf-8", "replace")
        self._complain(f"another client says {said!r} on {message.topic}; it is put right")
        self._corrected_at = max(message.at, self._corrected_at + RIVAL_PAUSE)
        self._beat_at = min(self._beat_at, self._corrected_at)

    def _availability(self) -> None:
        self._link.publish(replace(farewell(self._topics), payload="online"))

    def _send(self, topic: str, payload: dict[str, Any], *, retain: bool) -> None:
        self._link.publish(Publication(topic=topic, payload=payload, retain=retain))
