"""The menu of faults, in words and as a script says it."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

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

MENDED = ("unstuck", "plug", "broker up", "disk free")
"""The actions that end the faults that do not end by themselves."""


class FaultMenu(ModalScreen[str]):
    """A menu; it answers with an action of a script, `mend`, or an empty text."""

    CSS = """
    FaultMenu { align: center middle; background: $background 60%; }
    OptionList { width: 62; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
                 border: round $foreground 50%; background: $surface; }
    """
    BINDINGS = [  # noqa: RUF012  (Textual's way)
        Binding("escape,x,q", "dismiss('')", "Close"),
        *(Binding(key, f"dismiss({line!r})", label) for key, label, line in FAULTS),
        Binding("m", "dismiss('mend')", "Mend everything"),
    ]

    def compose(self) -> ComposeResult:
        """List the faults, and last the remedy."""
        rows = [(f"{key}  {label:<32}{line}", line) for key, label, line in FAULTS]
        rows.append(("m  mend everything", "mend"))
        menu = OptionList(*(Option(text, id=line) for text, line in rows), markup=False)
        menu.border_title = "what goes wrong"
        menu.border_subtitle = "a key, a click, or enter; escape closes"
        yield menu

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Answer with the fault that was clicked, or chosen with Enter."""
        self.dismiss(chosen.option_id or "")
