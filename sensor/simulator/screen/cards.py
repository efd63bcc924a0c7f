"""Cards in front of the screen: a message, the help, a report."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from sensor.simulator.screen.drawing import TRACKS
from sensor.simulator.screen.keys import KEYS, OF_THE_LIST
from sensor.simulator.screen.panels import LEAST
from sensor.simulator.screen.view import COLOURS, GREY, words


class Card(ModalScreen[None]):
    """A text to be read; a key closes it."""

    CSS = """
    Card { align: center middle; background: $background 60%; }
    Card VerticalScroll { width: 100%; max-width: 120; height: auto; max-height: 100%;
                          border: round $foreground 50%; padding: 0 1; background: $surface; }
    Card Static { width: 100%; }
    """
    BINDINGS: ClassVar = [Binding("escape,enter,q,x,space,question_mark", "dismiss", "Close")]

    def __init__(self, heading: str, text: Text) -> None:
        super().__init__()
        self._heading, self._text = heading, text

    def compose(self) -> ComposeResult:
        """Lay it out; a long text is scrolled."""
        with VerticalScroll() as card:
            yield Static(self._text)
        card.border_title, card.border_subtitle = self._heading, "escape closes"


def legend(width: int) -> Text:
    """Explain keys, colours and the strip of the day in `width` columns; 80x24 hold all of it."""
    meanings = [*((each.key, each.meaning) for each in KEYS), *OF_THE_LIST]
    is_wide = width >= LEAST[0]
    half = len(meanings) // 2
    order = [n + m for n in range(half) for m in (0, half)] if is_wide else range(len(meanings))
    text = Text()
    for number in order:
        key, meaning = meanings[number]
        is_left = is_wide and number < half
        text.append(f"{key:<6}" if is_left else f"{key:<9}", "bold")
        text.append(f"{meaning:<31}" if is_left else f"{meaning}\n")
    text.append("\nColours, and the signs of the strip:\n\n")
    for number, (status, sign) in enumerate(TRACKS.items(), start=1):
        word = words(status)
        text.append(f"{sign * 2} ", COLOURS.get(status, GREY))
        text.append(f"{word:<15}" if number % (4 if is_wide else 2) else f"{word}\n")
    text.append("\n\nThe gauge is full at the limit; \u250a is where the first quiet hint comes.\n")
    text.append("The level rises from 1 to 4 for as long as a break is due.")
    return text
