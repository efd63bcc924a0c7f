"""The keys of the screen: label, action and meaning. A click on a label does the same."""

from collections.abc import Mapping
from typing import NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """One key of the screen."""

    key: str
    label: str
    """Text in the lines at the bottom; a label that changes is looked up by this one."""
    action: str
    """Action of the app, as Textual writes it."""
    meaning: str
    """Text in the help."""


KEYS = (
    Key("space", "sit down", "sit_or_stand", "sits down, gets up"),
    Key("s", "snooze", "do('press')", "presses the snooze button"),
    Key("d", "do not disturb", "disturb", "do not disturb, on and off"),
    Key("v", "say not me", "do('publish do/void PRESS')", "not me: a bag, a cat, a guest"),
    Key("b", "cut broker", "broker", "cuts the broker off, mends it"),
    Key("c", "crash", "do('crash 30s')", "kills the program for 30 s"),
    Key("u", "unplug", "unplug", "pulls the mat's plug, plugs in"),
    Key("f", "fidget", "fidget", "fidgets for a minute"),
    Key("x", "cause faults", "faults", "lists all other faults"),
    Key("+", "speed up", "faster", "lets time pass faster"),
    Key("-", "slow down", "slower", "lets time pass more slowly"),
    Key("p", "pause", "pause", "pauses, resumes"),
    Key("a", "ring bell", "sound", "rings the terminal's bell, too"),
    Key("m", "show MQTT", "messages", "shows MQTT messages, or words"),
    Key("?", "explain", "explain", "explains, as here"),
    Key("q", "quit", "quit", "quits; Ctrl-C also"),
)
OF_THE_LIST = (
    ("up, down", "choose a line above"),
    ("enter", "opens it; esc follows again"),
)
"""Keys of the list of what happens, and their meaning."""
_NAMES = {"+": "plus,equals_sign", "-": "minus", "?": "question_mark"}
"""Textual's name of a key; + works without shift, too."""

BINDINGS = (
    *(Binding(_NAMES.get(each.key, each.key), each.action) for each in KEYS),
    Binding("ctrl+c,ctrl+q", "quit", priority=True),
)


def rows(labels: Mapping[str, str], width: int) -> str:
    """Lay the keys out as Textual's markup, each on one line; `labels` has those that changed."""
    lines, room = list[list[str]](), 0
    for key, label, action, _meaning in KEYS:
        words = labels.get(label, label)
        needed = len(f"  {key} {words}")
        if needed > room:  # Textual would also break the line between a key and its label
            lines, room = [*lines, []], width
        room -= needed
        lines[-1].append(f"[@click=app.{action}][bold $warning]{key}[/] {words}[/]")
    return "\n".join(map("  ".join, lines))
