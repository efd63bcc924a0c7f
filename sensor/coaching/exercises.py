"""The exercises as a list to read, those at the desk first."""

from collections.abc import Iterator
from textwrap import fill

from sensor.core.coach import CAUTION, EXERCISES, Exercise, Kind
from sensor.core.rules import Place
from sensor.core.words import Text, Translate

WIDTH = 79
"""Characters of the longest line."""
INDENT = " " * 4
PLACES: dict[Place, Text] = {
    "office": Text("At the desk, standing:"),
    "floor": Text('On a mat (with exercises = "floor"):'),
}
KINDS: dict[Kind, Text] = {
    "walk": Text("walk"),
    "stretch": Text("stretch"),
    "squeeze": Text("squeeze"),
    "strength": Text("strength"),
}


def lines(translate: Translate) -> Iterator[str]:
    """Yield the whole list, line by line."""
    for place, title in PLACES.items():
        yield title.said(translate)
        yield ""
        for exercise in EXERCISES:
            if exercise.place == place:
                yield from _told(exercise, translate)
    for caution in CAUTION:
        yield fill(caution.said(translate), WIDTH)


def _told(exercise: Exercise, translate: Translate) -> Iterator[str]:
    kind = KINDS[exercise.kind].said(translate)
    source = Text("Source: {source}", {"source": exercise.source})
    yield f"  {exercise.name.said(translate)}"
    for line in (
        f"{kind}: {exercise.dose.said(translate)}",
        exercise.cues.said(translate),
        source.said(translate),
    ):
        yield fill(line, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    yield ""
