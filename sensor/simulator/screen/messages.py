"""The list of messages: what a subscriber hears, and what the log says, line by line."""

import json
import logging
from collections import deque
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from rich.text import Text
from textual.events import Resize
from textual.widgets import RichLog

from sensor.daemon.inbox import Received
from sensor.simulator.screen.view import AMBER, BLUE, GREEN, GREY

KEPT = 500
"""Lines kept to scroll back to."""
LONGEST = 400
"""Characters of a line; a device description has thousands."""


class Messages(RichLog):
    """The lines, cut anew when the width changes."""

    def __init__(self, base: str, zone: tzinfo) -> None:
        super().__init__(id="messages", max_lines=KEPT, min_width=0)
        self.border_title = f"MQTT: what changes on {base}/#"
        self._reader = Reader(base, zone)
        self._texts: deque[Text] = deque(maxlen=KEPT)

    def add(self, piece: Received | logging.LogRecord) -> None:
        """Add one at the end."""
        text = self._reader.line(piece)
        self._texts.append(text)
        self._write(text, follow=self.is_vertical_scroll_end)

    def on_resize(self, _event: Resize) -> None:
        """Write all of them again."""
        self.clear()
        for text in self._texts:
            self._write(text, follow=True)

    def _write(self, text: Text, *, follow: bool) -> None:
        self.write(text, width=self.scrollable_content_region.width, scroll_end=follow)


class Reader:
    """Makes a line of each message; of a JSON object only what is new since the last one."""

    def __init__(self, base: str, zone: tzinfo) -> None:
        self._base = base
        self._zone = zone
        self._last: dict[str, dict[str, str]] = {}

    def line(self, piece: Received | logging.LogRecord) -> Text:
        """Write one line: when, topic below the chair's own, what is new; or what the log says."""
        if isinstance(piece, logging.LogRecord):
            clock = getattr(piece, "clock", "")[-8:]
            said = (f"* {piece.getMessage()}", AMBER)
            return Text.assemble((f"{clock} ", GREY), said, no_wrap=True, overflow="ellipsis")
        topic = piece.topic.removeprefix(f"{self._base}/")
        return Text.assemble(
            (f"{datetime.fromtimestamp(piece.at, self._zone):%H:%M:%S} ", GREY),
            (f"{topic:<12} ", _colour(topic)),
            self._news(topic, piece.payload.decode(errors="replace"))[:LONGEST],
            no_wrap=True,
            overflow="ellipsis",
        )

    def _news(self, topic: str, payload: str) -> str:
        try:
            told = json.loads(payload)
        except ValueError:
            return payload
        if not isinstance(told, dict) or "/" in topic:
            return payload
        if topic == "event":
            level = f" (level {told['level']})" if told.get("level") else ""
            return f"{told.get('event_type')}: {told.get('message')}{level}"
        new = dict(_flat(told))
        old = self._last.get(topic, {})
        self._last[topic] = new
        changed = {key: value for key, value in new.items() if old.get(key, "null") != value}
        return ", ".join(f"{key} {value}" for key, value in changed.items())


def _flat(told: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Give each value under its full name."""
    for key, value in told.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value if isinstance(value, str) else json.dumps(value)


def _colour(topic: str) -> str:
    match topic.split("/", maxsplit=1)[0]:
        case "event":
            return f"bold {AMBER}"
        case "state":
            return f"bold {GREEN}"
        case "set" | "do":
            return f"bold {BLUE}"
        case _:
            return GREY
