"""Translates state and events to MQTT messages, decides when to send them, and takes commands.

No networking here: the link (`client.py`) sends. Retained topics come from what *is*: while the
broker is away nothing is handed to the link, and on connect availability, discovery, the present
state and the diagnostics are sent, in that order. So no stale value can ever win. Events are never
sent late; those of an outage are in the history. A retained command is ignored: it is an old wish.
"""

import logging
from collections.abc import Callable, Mapping
from random import Random

from sensor.core.events import Tell
from sensor.core.instant import NEVER, following
from sensor.core.report import event, is_news, looks_the_same, report
from sensor.core.rules import Rules
from sensor.core.sitting import Seated
from sensor.core.state import State
from sensor.core.words import Translate
from sensor.daemon.answer import LinkAnswer
from sensor.daemon.commands import Command, Unknown
from sensor.daemon.diagnostics import Diagnostics
from sensor.daemon.inbox import (
    Acknowledged,
    Connected,
    Disconnected,
    NetworkMessage,
    Received,
)
from sensor.daemon.ports import Announcement, Description, Gateway, Link, Publication
from sensor.mqtt.commands import parse
from sensor.mqtt.complaints import Complaints, Refusals, refused
from sensor.mqtt.topics import ONLINE, Topics
from sensor.mqtt.traffic import Traffic
from sensor.settings.overrides import Refusal

log = logging.getLogger(__name__)

TICK = 60
"""Seconds at most between two states while somebody sits, or takes a break."""
CONTACT_PAUSE = 5
"""Seconds between two states that differ in the raw contact alone: a fidgeting mat is no news."""
BIRTH_PAUSE = (1, 5)
"""Seconds, drawn at random, to let Home Assistant settle after its birth message."""
HEARTBEAT = 300
"""Seconds at most between two messages on the topics of state and availability."""
DIAGNOSE_EVERY = 600
"""Seconds between two messages on the topic of diagnostics, or more: they go with another one."""
TIDY_PAUSE = 2
"""Seconds between two descriptions: with less Home Assistant overlooks half of the second one."""
RIVAL_PAUSE = 60
"""Seconds between two corrections of an availability that another client keeps setting."""


def farewell(topics: Topics) -> Publication:
    """Return the message that this chair is not there any more; also the last will."""
    return Publication(topic=topics.availability, payload="offline", retain=True)


class MqttGateway(Gateway):
    """Keeps the retained topics of the chair true."""

    def __init__(  # noqa: PLR0913  (by name only)
        self,
        *,
        link: Link,
        traffic: Traffic,
        topics: Topics,
        sensors: Mapping[str, Callable[[Received], None]],
        discovery: Description | None,
        random: Random,
        announced: Announcement,
        announce: Callable[[Announcement], object],
        diagnostics: Diagnostics,
        translate: Translate,
    ) -> None:
        self._link = link
        self._traffic = traffic
        self._topics = topics
        self._greeting = farewell(topics)._replace(payload=ONLINE)
        self._routes: dict[str, Callable[[Received], Command | None]] = {
            **sensors,
            topics.command("set", "+"): self._command,
            topics.command("do", "+"): self._command,
            topics.birth_topic: self._birth,
            topics.availability: self._correct,
        }
        self._discovery = discovery
        self._random = random
        self._announced = announced
        self._announce = announce
        self._leftovers: set[str] = set()
        self._complaints = Complaints()
        self._now = -NEVER
        self._diagnostics = diagnostics
        self._translate = translate
        self._connected = False
        self._trouble: str | None = None
        self._home_assistant: str | None = None
        self._refusal: str | None = None
        self._refusals = Refusals()
        self._refused = 0
        self._state: State | None = None
        self._said: Mapping[str, object] = {}
        self._shown_at = -NEVER
        self._greet_at = self._tick_at = self._next_at = self._tidy_at = NEVER
        self._diagnose_at = self._beat_at = self._sweep_at = NEVER
        self._corrected_at = -NEVER
        self._rival: str | None = None
        self._out: list[Publication] = []

    @property
    def next_at(self) -> float:
        """When there will be something to say without anything having happened."""
        if not self._connected:
            return self._complaints.due_at
        return min(
            self._greet_at,
            self._next_at,
            self._tidy_at,
            self._beat_at,
            self._sweep_at,
            self._complaints.due_at,
            self._refusals.due_at,
        )

    def open(self) -> None:
        """Start connecting; returns at once."""
        self._link.open()

    def alive(self) -> bool:
        """Whether the network thread runs and turns over; a broker that is away is no fault."""
        return self._link.alive()

    def close(self) -> None:
        """Send the farewell if connected (waiting at most 2 s), disconnect. Idempotent."""
        self._link.close(farewell(self._topics))

    def take(self, message: NetworkMessage, at: float, rules: Rules) -> Command | None:
        """Take in a message of the link; return the command in it, if it is a sound one."""
        match message:
            case Connected():
                self._greet(at, rules)
                self._hand_over()
            case Disconnected(reason):
                self._fall_silent(reason)
            case Acknowledged(topic) if topic == self._greeting.topic:
                self._tell_rival()
            case Acknowledged(topic):
                self._forget_leftover(topic)
            case Received(topic):
                self._now = message.at
                parent = topic.rpartition("/")[0]
                hear = self._routes.get(topic) or self._routes.get(f"{parent}/+") or self._ignore
                return hear(message)
        return None

    def status(self) -> LinkAnswer:
        """Return the state of the connection, for the status answer."""
        return {
            "base_topic": self._topics.base,
            "connected": self._connected,
            "trouble": self._trouble,
            "home_assistant": self._home_assistant,
            "refused": dict(self._traffic.refused),
            "refusal": self._refusal,
        }

    def forget(self) -> None:
        """Show the whole state again, changed or not."""
        self._state, self._said = None, {}

    def refuse(self, refusal: Refusal) -> None:
        """Log why a command changes nothing, and publish the true state for its sender.

        Home Assistant goes on showing what was typed into a box whose state does not change. So the
        setting is null for a moment. An event tells people the reason.
        """
        self._refusal = refusal.reason
        self._complain(f"refused {refusal.reason}")
        self._refusals.add(refusal)
        self.forget()

    def tell(self, tell: Tell, state: State, rules: Rules) -> None:
        """Send an event, if there is a connection, together with what `show` has to say."""
        if self._connected:
            said = event(tell, state, rules, translate=self._translate)
            self._send(self._topics.event, said, retain=False)

    def show(self, state: State, now: float, rules: Rules, profile: str) -> None:
        """Publish all that is due: the state if it is news or a minute of sitting has passed."""
        self._now = now
        self._complaints.settle(now)
        if not self._connected:
            self._refusals.forget()
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
            self._beat_at = following(now, HEARTBEAT, state.started_at)
            self._availability()
            self.forget()
        if (refusal := self._refusals.take(now)) is not None:
            self._tell_refusal(refusal, state, now, rules, profile)
        self._show_state(state, now, rules, profile)
        if now >= self._diagnose_at or self._diagnostics.is_news:
            self._diagnose_at = now + DIAGNOSE_EVERY
            self._send(
                self._topics.diagnostics, self._diagnostics.report(state, rules), retain=True
            )
        self._hand_over()

    def _tell_refusal(
        self, refusal: Refusal, state: State, now: float, rules: Rules, profile: str
    ) -> None:
        """Say why a setting was not changed, and empty its box; the true state follows."""
        self._refused += 1
        self.tell(refused(refusal, state, now, rules, number=self._refused), state, rules)
        if refusal.settings:
            said = report(state, now, rules, profile=profile, translate=self._translate)
            emptied = said["settings"] | dict.fromkeys(refusal.settings)
            self._send(self._topics.state, {**said, "settings": emptied}, retain=True)
            self.forget()

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
        self._tick_at = self._next_at = following(now, TICK, state.started_at) if ticks else NEVER

    def _describe(self, now: float, rules: Rules) -> None:
        """Announce the chair; components that are gone are removed first, then left out."""
        discovery = self._discovery
        if discovery is None:
            return
        topic = self._topics.discovery
        announced = self._announced.get(topic, {})
        payload = discovery.payload(rules.day_starts, announced)
        parting = None
        if now < self._tidy_at:
            parting = discovery.parting(payload, announced)
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
        """Find topics announced under another id, prefix or base topic; they are to be emptied."""
        own = {*self._topics.retained, *[self._topics.discovery] * (self._discovery is not None)}
        everything = sorted({*self._announced, *own})
        self._leftovers = set(everything) - own
        self._remember({topic: self._announced.get(topic, {}) for topic in everything})
        if self._leftovers:
            self._sweep_at = now + TIDY_PAUSE

    def _empty_leftovers(self, *, devices: bool) -> bool:
        """Empty old descriptions, or all other old topics; return whether there were any."""
        topics = [t for t in sorted(self._leftovers) if t.endswith("/config") is devices]
        for topic in topics:
            self._out.append(Publication(topic=topic, payload="", retain=True, confirm=True))
        return bool(topics)

    def _remember(self, announced: Announcement, *, at_once: bool = True) -> None:
        """Keep what the broker will retain, before it is sent: a kill leaves no orphan."""
        changed, self._announced = announced != self._announced, announced
        if changed and at_once:
            self._announce(announced)

    def _complain(self, line: str) -> None:
        self._complaints.add(line, self._now)

    def _greet(self, now: float, rules: Rules) -> None:
        """Greet the broker; the state follows with the next `show`."""
        self._connected, self._trouble = True, None
        self._beat_at = now + HEARTBEAT
        self._find_leftovers(now)
        self._availability()
        if not self._empty_leftovers(devices=True):  # else the old one still owns the entity ids
            self._describe(now, rules)
        self.forget()
        self._diagnose_at = now

    def _fall_silent(self, reason: str) -> None:
        """Say nothing until the broker is back, and forget what others have said."""
        self._connected, self._trouble = False, reason
        self._home_assistant = self._rival = None
        self._out.clear()
        self._corrected_at = -NEVER
        self._greet_at = self._next_at = self._tidy_at = NEVER
        self._diagnose_at = self._beat_at = self._sweep_at = NEVER

    def _forget_leftover(self, topic: str) -> None:
        """Forget a topic that the broker has emptied; until it has said so the record is kept."""
        self._leftovers.discard(topic)
        kept = {t: what for t, what in self._announced.items() if t != topic}
        self._remember(kept, at_once=not self._leftovers)

    def _ignore(self, message: Received) -> None:
        self._complain(f"ignored a retained or foreign message on {message.topic[:80]!r}")

    def _command(self, message: Received) -> Command | None:
        """Read a command; a bad one is logged and answered with the true state."""
        command_in = self._topics.command_in(message.topic)
        if command_in is None or message.retained:
            self._ignore(message)
            return None
        self._refusal = None
        command = parse(*command_in, message.payload)
        match command:
            case Unknown(reason):
                self._complain(reason)
            case Refusal():
                self.refuse(command)
            case _:
                return command
        return None

    def _birth(self, message: Received) -> None:
        """Note that Home Assistant came or went; it is greeted when it has settled."""
        if message.payload in (b"online", b"offline"):
            self._home_assistant = message.payload.decode()
        if message.payload == b"online" and not message.retained:
            self._greet_at = message.at + self._random.uniform(*BIRTH_PAUSE)

    def _correct(self, message: Received) -> None:
        """Plan to contradict an `offline` that is not ours: an old will, or another client.

        A broker that stops says it, too: our own will, before it closes. So the log tells of it
        once the broker has taken our `online`.
        """
        if not message.retained:
            self._rival = message.payload[:20].decode("utf-8", "replace")
            self._corrected_at = max(message.at, self._corrected_at + RIVAL_PAUSE)
            self._beat_at = min(self._beat_at, self._corrected_at)

    def _tell_rival(self) -> None:
        said, self._rival = self._rival, None
        if said is not None:
            who = f"an old last will or another client said {said!r}"
            self._complain(f"{who} on {self._greeting.topic}; it is put right")

    def _availability(self) -> None:
        self._out.append(self._greeting._replace(confirm=self._rival is not None))

    def _send(self, topic: str, payload: Mapping[str, object], *, retain: bool) -> None:
        self._out.append(Publication(topic=topic, payload=payload, retain=retain))

    def _hand_over(self) -> None:
        """Send what there is to say as one: an edge's event and state, in one packet of TCP."""
        if self._out:
            out, self._out = self._out, []
            self._link.publish(*out)
