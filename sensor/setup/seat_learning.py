"""Learns from a sensor's messages which value in them means that somebody sits. Pure.

Somebody gets up and sits down as told; the key that goes with it, each time, is the seat's.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sensor.core.words import Text
from sensor.mqtt.seat_message import NOT_KNOWN, decode, words
from sensor.settings.config import Seat
from sensor.setup import seat_keys
from sensor.setup.contact_trace import Trace

NEEDED = 4
"""Phases that must agree: seated and empty, twice."""
TWO_VALUED = (
    *(("true", "false"), ("on", "off"), ("1", "0"), ("open", "closed"), ("open", "close")),
    *(("yes", "no"), ("occupied", "free"), ("occupied", "clear"), ("pressed", "released")),
)
"""Words that have no third one beside them."""
BACK = Text("{key} went back to {word} while somebody sat: it clears itself")
Key = str | None
"""Dotted if nested; None: the whole payload."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What came while the chair was occupied, or empty; moments are seconds of any one clock."""

    seated: bool
    began: float
    """When the first message of the change came; without one, when watching began."""
    ended: float
    messages: Sequence[tuple[float, bytes]]
    """From that first one on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What the seat's sensor tells, and where."""

    key: Key
    seated: Sequence[str]
    empty: Sequence[str]

    @property
    def inverted(self) -> bool:
        """Whether the usual words would get it the wrong way round, or not at all."""
        return not set(self.seated) <= set(Seat().seated)

    @property
    def settings(self) -> dict[str, str | list[str] | None]:
        """The settings of `[seat]`, by name; None: by default."""
        known = {*self.seated, *self.empty}
        two = any(known <= {*pair} for pair in TWO_VALUED)
        usual = not self.inverted and set(self.empty).isdisjoint(Seat().seated)
        return {
            "key": self.key,
            "seated": None if usual else list(self.seated),
            "empty": None if two else list(self.empty),
        }

    def traces(self, phases: Sequence[Phase]) -> Iterator[tuple[bool, Trace]]:
        """Give the contact in each phase, seated or not, as the daemon would read it."""
        seat = Seat(topic="-", key=self.key, seated=tuple(self.seated), empty=tuple(self.empty))
        for phase in phases:
            read = ((at, decode(payload, seat).contact) for at, payload in phase.messages)
            edges, level = [], phase.seated
            for at, contact in read:
                if contact in ("closed", "open") and (contact == "closed") is not level:
                    level = not level
                    edges.append((max(at, phase.began), level))
            yield phase.seated, Trace(phase.began, phase.ended, phase.seated, edges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was learnt; without `learnt`, what was found instead."""

    learnt: Learnt | None = None
    refused: Sequence[Text] = ()
    """Keys that went along, and why they do not do."""


def learn(phases: Sequence[Phase], known: Collection[str] = ()) -> Lesson:
    """Find the key that went along with the last rounds of sitting down and getting up.

    `known` are names of all that the device is known to tell or take.
    """
    told = [[words(payload) for _, payload in phase.messages] for phase in phases]
    heard = dict.fromkeys(key for phase in told for each in phase for key in each)
    neighbours = {*known, *names(heard)}
    found, refused = [], []
    for key in heard:
        if seat_keys.is_aside(key):
            continue
        each = [
            [one[key] for one in phase if one.get(key) not in (None, *NOT_KNOWN)] for phase in told
        ]
        learnt, why = _fits(key, phases, each)
        why = seat_keys.refusal(key, neighbours) if learnt else why
        if why:
            refused.append(why)
        elif learnt:
            found.append(learnt)
    found.sort(key=_likeliest)
    return Lesson(learnt=found[0] if found else None, refused=refused)


def news(known: Mapping[Key, str], told: Mapping[Key, str]) -> set[Key]:
    """Return the keys that have changed, of those that could be the seat's."""
    return {
        key
        for key, word in told.items()
        if known.get(key) != word and not seat_keys.is_aside(key) and _is_level(word)
    }


def _fits(
    key: Key, phases: Sequence[Phase], told: Sequence[Sequence[str]]
) -> tuple[Learnt | None, Text | None]:
    """Return what the key tells, if it went along; else why it does not do, if it seemed to."""
    lasts: list[str | None] = []
    for each in told:
        lasts.append(each[-1] if each else lasts[-1] if lasts else None)
    ends = list(zip(phases, lasts, strict=True))[-NEEDED:]
    sits = {word for phase, word in ends if phase.seated}
    gone = {word for phase, word in ends if not phase.seated}
    if len(ends) < NEEDED or len(sits) != 1 or len(gone) != 1 or None in sits | gone:
        return None, None
    every = list(zip(phases, told, strict=True))[-NEEDED:]
    while_seated = {word for phase, each in every if phase.seated for word in each}
    while_empty = {word for phase, each in every if not phase.seated for word in each}
    if sits == gone:
        back = Text(BACK.english, {"key": key or "it", "word": str(lasts[-1])})
        clears = len(while_seated) > 1 and all(map(_is_level, while_seated))
        return None, back if clears else None
    empty = {str(word) for word in gone} | (while_empty - sits)
    seated = {str(word) for word in sits} | (while_seated - empty)
    if not all(_is_level(word) for word in seated | empty):
        return None, None
    return Learnt(key=key, seated=sorted(seated), empty=sorted(empty)), None


def _likeliest(learnt: Learnt) -> tuple[int, bool, int, str]:
    key = learnt.key or ""
    two = {*learnt.seated, *learnt.empty}
    return seat_keys.rank(key), not any(two <= {*pair} for pair in TWO_VALUED), key.count("."), key


def _is_level(word: str) -> bool:
    """Whether a word may be one of a few: a measured number, a moment or a long text is not."""
    return len(word) <= 60 and not re.match(r"-?\d+\.\d|\d{4}-\d\d", word)


def availability_topics(topic: str) -> list[str]:
    """List where a sensor, its bridge or its board may tell that it is online."""
    levels = topic.split("/")
    above = ["/".join(levels[:count]) for count in range(len(levels) - 1, 0, -1)]
    found = [f"{topic}/availability"]
    found += [f"{each}/{name}" for each in above for name in ("bridge/state", "status", "online")]
    found += [f"{each}/LWT" for each in above]
    if levels[0] == "stat":  # Tasmota answers there, and has its last will elsewhere
        found += [f"tele/{levels[1]}/LWT"] * (len(levels) > 2)
    return found


def guess(told: dict[Key, str], keys: Sequence[str] = ()) -> Key:
    """Return the likeliest key without a sitter; None: the whole payload, or nothing is known.

    `keys` are those that the bridge lists for the device, the likeliest first.
    """
    likely = (key for key in told if key and seat_keys.rank(key) < len(seat_keys.LIKELY))
    kept = [key for key in likely if seat_keys.refusal(key, names(told)) is None]
    return next(iter([*sorted(kept, key=seat_keys.rank), *keys]), None)


def names(told: Collection[Key]) -> set[str]:
    """Give the last part of each key."""
    return {key.rpartition(".")[2] for key in told if key is not None}
