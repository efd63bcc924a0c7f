"""The panels of the screen and their texts. Pure, but for the widget itself."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual.widgets import Static

from sensor.settings.config import Config
from sensor.simulator.screen import drawing
from sensor.simulator.screen.view import AMBER, RED, View

FACTS = ("headline", "gauge", "limit", "alert", "reason", "today", "troubles")
UNHEARD = ("daemon down", "asleep", "too busy")
"""Troubles during which the chair is not watched."""
NO_WAY = {"broker away", "password refused"}
BROKEN = {*NO_WAY, "broker slow"}
"""Troubles that `broker up` mends."""
LEAST = (80, 24)
"""Columns and lines that the screen needs; a smaller terminal shows a card instead."""


class Panel(Static):
    """A part of the screen that is drawn again only when it has changed."""

    def show(self, content: Text | str) -> None:
        """Show a text."""
        if content != getattr(self, "_shown", None):
            self._shown = content
            self.update(content)


def title(config: Config, now: datetime, speed: str, width: int) -> Text:
    """Name the chair, its time, the speed and the broker."""
    left = Text.assemble(
        (f"{config.chair.name}", "bold"), f"   {now:%a} {now.day} {now:%b %Y  %H:%M:%S}"
    )
    right = Text.assemble((speed, f"bold {AMBER}"), f"   broker {config.mqtt.address}")
    return _apart(left, right, width)


def too_small(view: View | None, width: int, height: int) -> Text:
    """Say the most important, and that the terminal is too small."""
    text = Text()
    if view is not None:
        text.append(f" {view.word} ", f"bold reverse {view.colour}")
        text.append(f" {view.countdown()}\n\n")
    needed = f"{LEAST[0]}x{LEAST[1]}"
    text.append(f"The screen needs {needed}, this terminal has {width}x{height}. ")
    text.append("Make it larger, or quit with q and add --plain.")
    return text


def facts(
    view: View, troubles: Sequence[str], width: int, *, sounds: bool, tall: bool
) -> dict[str, Text]:
    """Return all that is known of the chair: a text for each panel of `FACTS`."""
    mqtt, troubles = view.told["mqtt"], [*troubles]
    if not (mqtt["connected"] or NO_WAY & set(troubles)):
        troubles.append(f"no connection to the broker: {mqtt['trouble']}")
    word, countdown, colour = view.word, view.countdown(), view.colour
    silence = next((one for one in troubles if one in UNHEARD), None)
    if silence:
        word, countdown, colour = silence.upper(), "nobody watches the chair", RED
    bar = drawing.gauge(view.filled, view.warned_at, width, colour)
    return {
        "headline": Text.assemble((f" {word} ", f"bold reverse {colour}"), "  ", countdown),
        "gauge": Text.assemble(bar, "\n", bar) if tall else bar,
        "limit": _apart(*view.sat(), width),
        "alert": view.alert(sounds=sounds),
        "reason": view.reason(),
        "today": view.today(),
        "troubles": Text(f"! {', '.join(troubles)}" if troubles else "", f"bold {RED}"),
    }


def _apart(left: Text, right: Text, width: int) -> Text:
    """Put one text at the left end of a line and one at the right."""
    gap = max(1, width - left.cell_len - right.cell_len)
    return Text.assemble(left, " " * gap, right, no_wrap=True, overflow="ellipsis")
