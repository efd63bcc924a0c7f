"""The lesson of a seat on the broker: the user sits down and gets up, and the sensor tells it."""

from collections.abc import Collection, Iterable

from sensor.core.words import Text
from sensor.daemon.inbox import Disconnected, Inbox, Received
from sensor.daemon.ports import Clock
from sensor.errors import ChairSensorError
from sensor.mqtt.failures import UNEXPECTED, LinkError
from sensor.mqtt.seat_message import words
from sensor.setup import seat_keys
from sensor.setup.prompts import Prompts
from sensor.setup.seat_learning import BACK, Key, Learnt, Phase, learn, names, news
from sensor.setup.zigbee import Device

EMPTY, SEATED, STILL = 4.0, 10.0, 100.0
"""Seconds to watch the empty chair, the occupied one, and one where a motion sensor would clear."""
PATIENCE = 90.0
"""Seconds from the request to sit down or get up until the sensor must have told it."""
ROUNDS = 3
"""How often the user sits down, at most; twice is enough if all went along."""
LONGEST = 60
"""Letters of a key and its value that are shown."""
TICK = 1.0
"""Seconds after which what is shown is shown anew."""

NOTHING = Text(
    "Nothing came on {topic} within {seconds} s: a wrong topic, a sensor that sleeps or is out of "
    "reach (press its button, see the bridge's own page), or a broker that does not let the chair "
    "read that topic (its ACL)."
)
UNMOVED = Text(
    "The sensor did not tell the change within {seconds} s; it has told: {keys}. The wrong sensor, "
    "a message that got lost, or a delay in the sensor: set its delays to 0-2 s."
)
UNCLEAR = Text(
    "No value went along each time; these changed: {keys}. A message may have got lost; wait until "
    "each change is heard."
)
REFUSED = Text("This sensor does not do: {reasons}.")
LEARNT = Text("{key}: {seated} while somebody sits, {empty} on an empty chair.")


class SeatLesson:
    """One sensor, which is listened to while the user sits down and gets up."""

    def __init__(
        self, topic: str, inbox: Inbox, clock: Clock, prompts: Prompts, device: Device | None
    ) -> None:
        self._topic = topic
        self._inbox = inbox
        self._clock = clock
        self._prompts = prompts
        self._names = device.names if device else frozenset()
        self._known: dict[Key, str] = {}
        self._changed: set[Key] = set()

    def run(self, told: bytes) -> Text | tuple[list[Phase], Learnt]:
        """Go through the rounds; return what was learnt, or what is wrong.

        `told` is what the broker retains. Raises LinkError if the connection breaks.
        """
        self._prompts.ready(Text("Get up from the chair, and take everything from it."))
        self._known, self._changed = words(told) if told else {}, set()
        phases = [self._watch(Text("empty"), EMPTY, seated=False)]
        for number in range(ROUNDS):
            self._prompts.say(Text("Sit down once more.") if number else Text("Now sit down."))
            for seated in (True, False):
                if not seated:
                    self._prompts.say(Text("Now get up."))
                found = self._change(seated=seated, again=number > 0)
                if isinstance(found, Text):
                    return found
                phases.append(found)
            lesson = learn(phases, self._names)
            if lesson.learnt:
                self._prompts.say(_said(lesson.learnt))
                return phases, lesson.learnt
            if lesson.refused:
                return self._refused(lesson.refused)
        return Text(UNCLEAR.english, {"keys": _listed(self._changed)})

    def _change(self, *, seated: bool, again: bool) -> Text | Phase:
        """Wait for a change, and watch what follows; return what came, or why it does not do."""
        first = self._reaction()
        if first is None:
            missed = UNMOVED if self._known else NOTHING
            gaps = {"topic": self._topic, "seconds": f"{PATIENCE:.0f}"}
            return Text(missed.english, {**gaps, "keys": _listed(self._known)})
        neighbours = {*self._names, *names(self._known)}
        refused = [seat_keys.refusal(key, neighbours) for key in sorted(self._changed, key=str)]
        if all(refused):
            return self._refused(each for each in refused if each)
        if not seated:
            return self._watch(Text("empty"), EMPTY, seated=False, first=first)
        if not (again and all(map(seat_keys.may_clear, self._changed))):
            self._prompts.say(Text("Heard. Sit as you always do: lean, shift, cross your legs."))
            return self._watch(Text("seated"), SEATED, seated=True, first=first)
        self._prompts.say(Text("Heard. Now sit quite still: a motion sensor would let go."))
        before = dict(self._known)
        phase = self._watch(Text("seated"), STILL, seated=True, first=first)
        for key in self._changed:
            if self._known[key] != before[key]:
                back = {"key": str(key), "word": self._known[key]}
                return self._refused([Text(BACK.english, back)])
        return phase

    def _refused(self, reasons: Iterable[Text]) -> Text:
        said = "; ".join(each.said(self._prompts.translate) for each in reasons)
        return Text(REFUSED.english, {"reasons": said})

    # --- listening ------------------------------------------------------------------------------

    def _reaction(self) -> tuple[float, bytes] | None:
        """Wait for a message that tells a change; None: there was none within PATIENCE."""
        until = self._clock.now() + PATIENCE
        while self._clock.now() < until:
            payload = self._next(Text("waiting"), until)
            if payload is not None and self._take(payload):
                return self._clock.now(), payload
        return None

    def _watch(
        self, what: Text, seconds: float, *, seated: bool, first: tuple[float, bytes] | None = None
    ) -> Phase:
        began = self._clock.now() if first is None else first[0]
        heard = [] if first is None else [first]
        until = began + seconds
        while self._clock.now() < until:
            payload = self._next(what, until)
            if payload is not None:
                self._take(payload)
                heard.append((self._clock.now(), payload))
        return Phase(seated, began, until, heard)

    def _next(self, what: Text, until: float) -> bytes | None:
        """Show the state, and return the next message of the sensor; None: there is none yet."""
        now, translate = self._clock.now(), self._prompts.translate
        gaps = {"what": what.said(translate), "left": f"{until - now:.0f}"}
        likely = sorted(self._changed, key=lambda key: (seat_keys.rank(key or ""), str(key)))
        told = ", ".join(f"{key or ''} {self._known[key]}".strip()[:LONGEST] for key in likely[:3])
        self._prompts.show(
            Text("  seat: {told}", {"told": told or "?"}).said(translate),
            Text("  ({what}, {left} s more)", gaps).said(translate),
        )
        match self._clock.wait(self._inbox, min(until, now + TICK)):
            case Received(topic, payload) if topic == self._topic and payload:
                return payload
            case Disconnected(error=ChairSensorError() as error):
                raise error
            case Disconnected(reason):
                raise LinkError(UNEXPECTED, why=reason)
        return None

    def _take(self, payload: bytes) -> bool:
        """Note what a message tells; return whether it is a change."""
        told = words(payload)
        changed = news(self._known, told)
        self._known |= told
        self._changed |= changed
        return bool(changed)


def _said(learnt: Learnt) -> Text:
    gaps = {
        "key": learnt.key or Text("message"),
        "seated": ", ".join(learnt.seated),
        "empty": ", ".join(learnt.empty),
    }
    return Text(LEARNT.english, gaps)


def _listed(keys: Collection[Key]) -> str:
    return ", ".join(sorted(key or "-" for key in keys))
