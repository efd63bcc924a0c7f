"""The mirror squat: three questions, once a month, for who wants them (core/README.md, section 14).

The questions are the checkpoints of the overhead squat assessment that trainers use (NASM, NFPT).
Stiff ankles or little practice show the same (G. Heshiki), so an answer is a hint to oneself and
nothing more: nothing is concluded from it, and nothing else of the program depends on it.
"""

from dataclasses import dataclass
from typing import Literal

from sensor.core.words import Text

EVERY = 30 * 86400
"""Seconds from one self-check to the next."""

HOW = Text(
    "Stand before a mirror, feet as wide as the hips, a chair behind that cannot roll. "
    "Squat five times, slowly; look at the knees from the front, at pelvis and back from the side."
)
HINT = Text(
    "A hint to yourself, not a diagnosis: stiff ankles or little practice give the same answers."
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to look at."""

    about: Literal["knees", "pelvis", "back"]
    asked: Text
    seen: Text
    """What a yes means, in short."""


QUESTIONS = (
    Question("knees", Text("Do the knees move inward?"), Text("knees inward")),
    Question("pelvis", Text("Does the pelvis tip forward?"), Text("pelvis forward")),
    Question("back", Text("Does the low back arch more than standing?"), Text("back arched")),
)


def is_due(last: float | None, now: float) -> bool:
    """Whether it is time for the next one; `last` is None before the first."""
    return last is None or now - last >= EVERY
