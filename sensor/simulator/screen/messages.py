"""The list of events: in words, or each message as a subscriber of the broker gets it."""

import json
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from sensor.daemon.inbox import Received
from sensor.mqtt.topics import Topics
from sensor.simulator.screen.cards import Card
from sensor.simulator.screen.view import AMBER, BLUE, GREEN, GREY, RED

KEPT = 500
"""Most pieces of news kept, to scroll back to."""
LONGEST = 400
"""Most characters of a line; a device description has thousands."""
ASKED = {"void": "not me"}
"""Commands with another name on this screen than in their topic."""
ALARMS = {"break_due", "break_overdue", "problem"}
"""Types of events that are red."""


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """One piece of news, in its three forms."""

    words: Text | None
    """The event; None: it is not worth a line."""
    raw: Text
    """A line with the topic, and what is new in the payload."""
    title: str
    whole: str
    """The payload, laid out to be read."""


class Messages(OptionList):
    """The lines, the newest last, which it follows unless one was chosen."""

    BINDINGS: ClassVar = [Binding("escape", "follow")]

    def __init__(self, topics: Topics, zone: tzinfo) -> None:
        super().__init__(id="messages", markup=False)
        self._base = topics.base
        self._reader = Reader(topics, zone)
        self._entries: deque[MessageEntry] = deque(maxlen=KEPT)
        self._shown: list[MessageEntry] = []
        self.is_raw = False
        self._name_it()

    def add(self, piece: Received | logging.LogRecord) -> None:
        """Add a piece of news at the end."""
        follow = self.highlighted is None and self.is_vertical_scroll_end
        self._entries.append(entry := self._reader.entry(piece))
        self._show([entry])
        if len(self._shown) > 2 * KEPT:
            self._show_all()
        if follow:
            self.scroll_end(animate=False)

    def toggle(self) -> None:
        """Show the messages instead of words, or words again."""
        self.is_raw = not self.is_raw
        self._name_it()
        self._show_all()
        self.action_follow()

    def action_follow(self) -> None:
        """Choose none, and follow the newest."""
        self.highlighted = None
        self.scroll_end(animate=False)

    def action_select(self) -> None:
        """Open the chosen one; if none was chosen, the newest."""
        if self._shown:
            self.open(len(self._shown) - 1 if self.highlighted is None else self.highlighted)

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Open what was clicked on."""
        chosen.stop()
        self.open(chosen.option_index)

    def open(self, number: int) -> None:
        """Show a line as a card, with the whole payload."""
        entry = self._shown[number]
        self.app.push_screen(Card(entry.title, Text(entry.whole)))

    def _name_it(self) -> None:
        what = f"MQTT: what changes on {self._base}/#" if self.is_raw else "what happens"
        self.border_title = f" {what}; enter opens a line "

    def _show(self, entries: Iterator[MessageEntry] | list[MessageEntry]) -> None:
        for entry in entries:
            text = entry.raw if self.is_raw else entry.words
            if text is not None:
                self._shown.append(entry)
                self.add_option(Option(text))

    def _show_all(self) -> None:
        self._shown.clear()
        self.clear_options()
        self._show(list(self._entries))


class Reader:
    """Makes an entry of each message; of a JSON object only the values that changed."""

    def __init__(self, topics: Topics, zone: tzinfo) -> None:
        self._topics = topics
        self._zone = zone
        self._last: dict[str, dict[str, str]] = {}
        self._said: dict[str, str] = {}

    def entry(self, piece: Received | logging.LogRecord) -> MessageEntry:
        """Return the entry of a piece of news, and keep it to compare the next one."""
        if isinstance(piece, logging.LogRecord):
            clock, said = getattr(piece, "clock", "")[-8:], piece.getMessage()
            line = _line(clock, (f"* {said}", AMBER))
            for_clients = piece.name.endswith("real_broker") and piece.levelno < logging.WARNING
            words = None if for_clients else line
            return MessageEntry(words=words, raw=line, title=f"{clock} log", whole=said)
        clock = f"{datetime.fromtimestamp(piece.at, self._zone):%H:%M:%S}"
        topic = piece.topic.removeprefix(f"{self._topics.base}/")
        payload = piece.payload.decode(errors="replace")
        said, colour = self._words(piece.topic, payload)
        if self._said.get(piece.topic) == said and self._topics.command_in(piece.topic) is None:
            said = ""  # it is only renewed
        elif piece.topic != self._topics.event:
            self._said[piece.topic] = said
        return MessageEntry(
            words=_line(clock, (said, colour)) if said else None,
            raw=_line(
                clock, (f"{topic:<12} ", _colour(topic)), self._news(topic, payload)[:LONGEST]
            ),
            title=f"{clock} {piece.topic}",
            whole=_laid_out(payload),
        )

    def _words(self, topic: str, payload: str) -> tuple[str, str]:
        """Return the meaning of a message and its colour; empty if other lines tell it."""
        topics, command = self._topics, self._topics.command_in(topic)
        if command is not None:
            kind, name = command
            what = ASKED.get(name, name.replace("_", " "))
            return f"asked for: {what}{f' {payload}' if kind == 'set' else ''}", BLUE
        if topic == topics.availability:
            return f"the broker says: the chair is {payload}", GREY if payload == "online" else RED
        if topic == topics.birth_topic:
            return f"Home Assistant is {payload}", GREY
        if topic == topics.discovery:
            return f"Home Assistant is told {'of' if payload else 'to forget'} the chair", GREY
        if topic != topics.event:
            return "", GREY
        told = json.loads(payload)
        level = f"Level {told['level']}: " if told["level"] else ""
        return f"{level}{told['message']}", RED if told["event_type"] in ALARMS else GREEN

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


def _line(clock: str, *parts: str | tuple[str, str]) -> Text:
    return Text.assemble((f"{clock} ", GREY), *parts, no_wrap=True, overflow="ellipsis")


def _laid_out(payload: str) -> str:
    """Lay JSON out line by line; anything else is left as it is."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload or "(empty)"


def _flat(told: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value under its full name."""
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
