"""The mirror squat: three questions, once a month, if wanted (core/README.md, section 14).

The questions are the checkpoints of the overhead squat assessment that trainers use (NASM, NFPT).
Stiff ankles or little practice give the same answers (G. Heshiki): an answer is a hint, no more.
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
    """One question of the self-check."""

    about: Literal["knees", "pelvis", "back"]
    asked: Text
    seen: Text
    """Column head of the answers: the meaning of a yes."""


QUESTIONS = (
    Question("knees", Text("Do the knees move inward?"), Text("knees inward")),
    Question("pelvis", Text("Does the pelvis tip forward?"), Text("pelvis forward")),
    Question("back", Text("Does the low back arch more than standing?"), Text("back arched")),
)


def is_due(last: float | None, now: float) -> bool:
    """Whether the next self-check is due; both Unix time, `last` None before the first."""
    return last is None or now - last >= EVERY
