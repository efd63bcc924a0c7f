"""The coach: chooses the exercises for a break, by the place and by the breaks taken so far.

The rules are in core/README.md, section 14. Nothing here treats or prevents anything.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Literal, NamedTuple

from sensor.core.changed import changed
from sensor.core.figures import Day
from sensor.core.rules import Place, Rules
from sensor.core.words import Text

Part = Literal["walk", "hips", "glutes"]
Kind = Literal["walk", "stretch", "squeeze", "strength"]
"""A squeeze is tightening without load: unlike strength it needs no day of rest."""

STRENGTH_EVERY = 2
"""Days from one day with strength to the next."""

SAFETY = Text("Slowly, and only as far as nothing hurts.")
"""The short form, which goes with every suggestion."""
CAUTION = (
    Text("Move slowly, stay where nothing hurts, and stop if it does."),
    Text("Ask a doctor first if you are pregnant, unsure on your feet or were operated on lately."),
    Text(
        "See a doctor about pain that stays, numbness, weakness, pain at night or after a fall, "
        "or a change of bladder or bowel."
    ),
    Text("These are suggestions for moving, not a treatment."),
)


class Exercise(NamedTuple):
    """One thing to do in a break."""

    id: str
    name: Text
    part: Part
    kind: Kind
    dose: Text
    seconds: int
    """What it takes at least, both sides together, seconds."""
    cues: Text
    source: str
    """Where it, its dose and its cues are from."""
    sides: Literal[1, 2] = 1
    place: Place = "office"
    """`office`: standing, in shoes, anywhere. `floor`: on a mat."""


_walk = partial(
    Exercise,
    part="walk",
    kind="walk",
    dose=Text("2-5 min"),
    seconds=120,
    source="Duran 2023 (MSSE); Blankenship (AusDiab)",
)
_stretch = partial(
    Exercise, kind="stretch", dose=Text("20-30 s a side, twice"), seconds=80, sides=2
)
_strength = partial(Exercise, part="glutes", kind="strength")

EXERCISES = (
    _walk(
        id="walk_water",
        name=Text("Walk and fetch some water"),
        cues=Text("An easy pace, arms swinging."),
    ),
    _walk(
        id="walk_stairs",
        name=Text("Walk down the stairs and up again"),
        cues=Text("A hand near the rail; the whole foot on the step."),
    ),
    _walk(
        id="walk_round",
        name=Text("Walk a round, and look far away"),
        cues=Text("Stand tall, long steps."),
    ),
    _stretch(
        id="hip_flexor_standing",
        name=Text("Standing hip-flexor stretch"),
        part="hips",
        cues=Text("One foot back, tuck the tailbone, squeeze the glute of the rear leg."),
        source="Shira Kramer; vadjust",
    ),
    _stretch(
        id="hip_flexor_kneeling",
        name=Text("Half-kneeling hip-flexor stretch"),
        part="hips",
        place="floor",
        cues=Text("A pad under the knee, tuck the tailbone, squeeze the glute of the rear leg."),
        source="Shira Kramer; vadjust",
    ),
    Exercise(
        id="glute_squeeze",
        name=Text("Standing glute squeeze"),
        part="glutes",
        kind="squeeze",
        dose=Text("10 times 5 s"),
        seconds=70,
        cues=Text("Squeeze, hold, let go; keep breathing."),
        source="Lehecka 2019 (PeerJ 7287); NCIC leaflet",
    ),
    _stretch(
        # On another chair: this one would take it for sitting.
        id="figure_four_seated",
        name=Text("Figure-four on another chair"),
        part="glutes",
        cues=Text("An ankle on the other knee, lean forward from the hips; a gentle pull."),
        source="vadjust",
    ),
    _stretch(
        id="figure_four_supine",
        name=Text("Figure-four, lying on the back"),
        part="glutes",
        place="floor",
        cues=Text("An ankle on the other knee, draw the thigh near; a gentle pull."),
        source="vadjust",
    ),
    _strength(
        id="squat",
        name=Text("Bodyweight squat"),
        dose=Text("5-10 times"),
        seconds=30,
        cues=Text("A chair behind that cannot roll, knees over the second toe, heels down."),
        source="parkrun physio; KCHFT",
    ),
    _strength(
        id="hip_extension",
        name=Text("Standing hip extension"),
        dose=Text("8-12 times a side"),
        seconds=60,
        sides=2,
        cues=Text("Hold on to the desk; a small range, trunk still, no arching."),
        source="CUH",
    ),
    _strength(
        id="hip_abduction",
        name=Text("Standing hip abduction"),
        dose=Text("10-12 times a side"),
        seconds=60,
        sides=2,
        cues=Text("Hold on to the desk; the leg to the side, the pelvis level."),
        source="tmphysio",
    ),
    _strength(
        id="glute_bridge",
        name=Text("Glute bridge"),
        place="floor",
        dose=Text("5-10 times, up to 5 s each"),
        seconds=50,
        cues=Text("Push through the heels, ribs down."),
        source="NTH NHS; Sprint Physio",
    ),
    _strength(
        id="clamshell",
        name=Text("Clamshell"),
        place="floor",
        dose=Text("10-15 times a side, 2-3 s each"),
        seconds=60,
        sides=2,
        cues=Text("On the side, hips stacked, pelvis still."),
        source="vadjust; KCHFT",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Coaching:
    """The breaks taken so far."""

    offered: bool = False
    """Whether an alert has offered exercises since the last full break."""
    breaks: int = 0
    """Full breaks taken after an alert."""
    strength: int = 0
    """Those of them with strength."""
    strength_on: str | None = None
    """The day of the last one, ISO 8601; None before the first."""


def mix(coaching: Coaching, today: Day, rules: Rules) -> tuple[Exercise, ...]:
    """Return one exercise for each part, if wanted; strength from the second break of a day on."""
    if rules.exercises == "none":
        return ()
    strong = today.full_breaks > 0 and _rested(coaching, today.date)
    place, breaks = rules.exercises, coaching.breaks
    turn = coaching.strength if strong else breaks - coaching.strength
    glutes = _turn(turn, "glutes", place, strength=strong)
    return _turn(breaks, "walk", place), _turn(breaks, "hips", place), glutes


def done(coaching: Coaching, today: Day, rules: Rules) -> Coaching:
    """Return the coaching after a full break; a break without an offer changes nothing."""
    if not coaching.offered:
        return coaching
    strong = any(exercise.kind == "strength" for exercise in mix(coaching, today, rules))
    return changed(
        coaching,
        offered=False,
        breaks=coaching.breaks + 1,
        strength=coaching.strength + strong,
        strength_on=today.date if strong else coaching.strength_on,
    )


def _turn(turn: int, part: Part, place: Place, *, strength: bool = False) -> Exercise:
    """Return the exercise whose turn it is."""
    fitting = _fitting(part, place, strength=strength)
    return fitting[turn % len(fitting)]


@cache
def _fitting(part: Part, place: Place, *, strength: bool) -> tuple[Exercise, ...]:
    """Return the exercises to choose from; a mat does not exclude those done standing."""
    return tuple(
        exercise
        for exercise in EXERCISES
        if exercise.part == part
        and exercise.place in ("office", place)
        and (exercise.kind == "strength") == strength
    )


def _rested(coaching: Coaching, today: str) -> bool:
    if coaching.strength_on is None:
        return True
    apart = date.fromisoformat(today) - date.fromisoformat(coaching.strength_on)
    return abs(apart.days) >= STRENGTH_EVERY  # abs: a clock that was ahead must not end it for good
