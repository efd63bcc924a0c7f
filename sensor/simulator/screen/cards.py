"""Cards in front of the screen: a message, the help, a report, and the end of a script."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sensor.core.messages import TodayMessage
from sensor.core.words import span
from sensor.simulator.screen.drawing import TRACKS
from sensor.simulator.screen.keys import KEYS, OF_THE_LIST
from sensor.simulator.screen.panels import LEAST
from sensor.simulator.screen.view import COLOURS, GREY

WORDS = {"ignored": "not me", "down": "program down"}
"""Statuses with other names on this screen."""


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


class EndCard(ModalScreen[str]):
    """The day in plain words, and the choices; answers `again`, `turn`, `report` or `quit`."""

    CSS = """
    EndCard { align: center middle; background: $background 60%; }
    EndCard OptionList { width: 56; max-width: 100%; height: auto; max-height: 100%; padding: 1 2;
                         border: round $foreground 50%; background: $surface; }
    EndCard OptionList > .option-list--option-disabled { color: $foreground; }
    """
    BINDINGS: ClassVar = [  # Enter is the list's
        Binding("a", "dismiss('again')"),
        Binding("space,y,escape", "dismiss('turn')"),
        Binding("r", "dismiss('report')"),
        Binding("q", "dismiss('quit')"),
    ]

    def __init__(self, today: TodayMessage, *, may_repeat: bool) -> None:
        super().__init__()
        self._today, self._may_repeat = today, may_repeat

    def compose(self) -> ComposeResult:
        """List the figures, then the choices."""
        choices = {
            "again": "a  play it again",
            "turn": "y  take the chair yourself",
            "report": "r  read this day's report",
            "quit": "q  quit",
        }
        if not self._may_repeat:
            del choices["again"]
        card = OptionList(
            *(Option(line, disabled=True) for line in summed_up(self._today)),
            Option("", disabled=True),
            *(Option(text, id=name) for name, text in choices.items()),
            markup=False,
        )
        card.border_title = "the script is over"
        card.border_subtitle = "a key, a click, or enter"
        yield card

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Answer with the choice that was clicked, or chosen with Enter."""
        self.dismiss(chosen.option_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Return whether a key may act: `a` only if the script can be played again."""
        return (action, parameters) != ("dismiss", ("again",)) or self._may_repeat


def summed_up(today: TodayMessage) -> tuple[str, ...]:
    """Sum the day up in plain words."""
    alerts, heeded = today["alerts"], today["alerts_heeded"]
    return (
        f"You sat on the chair for {span(today['chair_seconds'])}.",
        f"Alerts: {alerts or 'none'}.",
        *([f"You got up within five minutes after {heeded} of {alerts}."] if alerts else []),
    )


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
        word = WORDS.get(status, status.replace("_", " "))
        text.append(f"{sign * 2} ", COLOURS.get(status, GREY))
        text.append(f"{word:<15}" if number % (4 if is_wide else 2) else f"{word}\n")
    text.append("\n\nThe gauge is full at the limit; \u250a is where the first quiet hint comes.\n")
    text.append("The level rises from 1 to 4 for as long as a break is due.")
    return text
