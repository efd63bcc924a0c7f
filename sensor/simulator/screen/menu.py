"""The menus of the screen: the faults, in words and as a script says them, and a script's end."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from sensor.core.messages import TodayMessage
from sensor.core.words import span

FAULTS = (
    ("1", "the mat is stuck, closed", "stuck closed"),
    ("2", "the mat is stuck, open", "stuck open"),
    ("3", "the broker is slow", "broker slow 20s"),
    ("4", "the broker refuses the password", "broker refuse"),
    ("5", "Home Assistant restarts", "homeassistant restart"),
    ("6", "a reboot with a wrong clock", "reboot 90s unsynced"),
    ("7", "the machine sleeps", "suspend 10m"),
    ("8", "the clock jumps ahead", "clock +1h"),
    ("9", "the clock jumps back", "clock -1h"),
    ("w", "the disk is full", "disk full"),
    ("l", "the machine is too busy", "stall 60s"),
)
"""Key, what happens, and the script's action."""
OF_THE_SENSOR = (
    ("o", "the sensor misses a change", "seat miss"),
    ("t", "the sensor tells a change late", "seat late 2m"),
    ("r", "the sensor repeats itself", "seat repeat"),
    ("u", "the sensor is silent", "unplug"),
    ("s", "its last message is stale", "seat stale 30h"),
    ("n", "nothing of it is retained", "seat unretained"),
    ("b", "its battery is low", "seat battery 5%"),
    ("d", "the bridge is away", "bridge down"),
)
"""The same of a seat on the broker."""

MENDED = ("unstuck", "plug", "broker up", "disk free")
"""The actions that end the faults that do not end by themselves."""
MENDED_OF_THE_SENSOR = ("bridge up", "seat battery 100%", "seat retained")
"""More of them for a seat on the broker."""


class Choice(NamedTuple):
    """One line of a menu."""

    keys: str
    """Textual's names, separated by spaces; the line shows the first."""
    text: str
    """Empty: there is no line, only the keys."""
    answer: str


class Menu(ModalScreen[str]):
    """A menu; a key, a click or Enter answers with a choice."""

    CSS = """
    Menu { align: center middle; background: $background 60%; }
    Menu OptionList { width: 62; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
                      border: round $foreground 50%; background: $surface; }
    Menu OptionList > .option-list--option-disabled { color: $foreground; }
    """

    def __init__(
        self, title: str, choices: Sequence[Choice], *, head: Sequence[str] = (), hint: str = ""
    ) -> None:
        super().__init__()
        self._title, self._hint, self._head = title, f"a key, a click, or enter{hint}", head
        self._choices = choices

    def compose(self) -> ComposeResult:
        """List the head's lines, then the choices."""
        listed = [each for each in self._choices if each.text]
        menu = OptionList(
            *(Option(line, disabled=True) for line in self._head),
            *(Option(f"{each.keys[0]}  {each.text}", id=each.answer) for each in listed),
            markup=False,
        )
        menu.border_title, menu.border_subtitle = self._title, self._hint
        yield menu

    def on_key(self, event: Key) -> None:
        """Answer with the choice that has this key; a key that was typed ahead comes too late."""
        for keys, _text, answer in self._choices:
            if event.key in keys.split() and self.is_current:
                event.stop()
                self.dismiss(answer)

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Answer with the choice that was clicked, or chosen with Enter."""
        self.dismiss(chosen.option_id)


def of_faults(*, has_sensor: bool) -> Menu:
    """Return the menu of faults: it answers with a script's action, `mend`, or an empty text."""
    faults = (*FAULTS, *(OF_THE_SENSOR if has_sensor else ()))
    choices = [Choice(key, f"{label:<32}{line}", line) for key, label, line in faults]
    choices += [Choice("m", "mend everything", "mend"), Choice("escape x q", "", "")]
    return Menu("what goes wrong", choices, hint="; escape closes")


def of_the_end(today: TodayMessage, *, may_repeat: bool) -> Menu:
    """Return the end card: the day's sums; it answers `again`, `turn`, `report` or `quit`."""
    alerts, heeded = today["alerts"], today["alerts_heeded"]
    head = (
        f"You sat on the chair for {span(today['chair_seconds'])}.",
        f"Alerts: {alerts or 'none'}.",
        *([f"You got up within five minutes after {heeded} of {alerts}."] if alerts else []),
        "",
    )
    choices = (
        *([Choice("a", "play it again", "again")] if may_repeat else []),
        Choice("y space escape", "take the chair yourself", "turn"),
        Choice("r", "read this day's report", "report"),
        Choice("q", "quit", "quit"),
    )
    return Menu("the script is over", choices, head=head)
