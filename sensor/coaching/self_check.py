"""The dialogue of the monthly self-check; the terminal is handed in as two functions."""

from collections.abc import Callable
from textwrap import fill

from sensor.coaching.exercises import WIDTH
from sensor.core.coach import CAUTION
from sensor.core.self_check import HINT, HOW, QUESTIONS
from sensor.core.words import Text, Translate
from sensor.languages import meaning

YES_OR_NO = Text("[y/n]")
NOTED = Text("Noted; `chair-sensor report` shows it.")
AGAIN = Text("Please answer yes or no; Ctrl-C ends it, and nothing is noted.")


def answers(
    translate: Translate, *, ask: Callable[[str], str], say: Callable[[str], None]
) -> dict[str, bool]:
    """Show the instructions, ask every question; return the answers by `Question.about`."""
    for text in (HOW, *CAUTION, HINT):
        say(fill(text.said(translate), WIDTH))
    found: dict[str, bool] = {}
    for question in QUESTIONS:
        asked = f"{question.asked.said(translate)} {YES_OR_NO.said(translate)} "
        while (answer := meaning(ask(asked), translate)) is None:
            say(AGAIN.said(translate))
        found[question.about] = answer
    say(NOTED.said(translate))
    return found
