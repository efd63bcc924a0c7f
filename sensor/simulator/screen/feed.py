"""What the screen is told as it happens: beeps, changes of status, messages, lines of the log.

Everything here is called in other threads than the screen's; it notes and never waits.
"""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TextIO

from sensor.daemon.inbox import Inbox, Message, Received
from sensor.daemon.ports import Observer
from sensor.simulator.records import Records

DOWN = "down"
"""What the past says while no daemon runs; all other words are statuses."""


class Onlooker(Records, Observer):
    """Writes records as always, and observes the daemon for the screen."""

    def __init__(self, out: TextIO | None, now: Callable[[], float]) -> None:
        super().__init__(out, now)
        self.past: list[tuple[float, str]] = []
        """Since when (seconds of the script) the status is what; only ever added to."""
        self.sounds = False
        self.beeps = 0
        """How often the buzzer began to sound; most beeps are over before anybody looks."""

    def buzzer(self, on: bool) -> None:
        """The buzzer's pin changed."""
        super().buzzer(on)
        self.sounds = on
        self.beeps += on

    def daemon(self, what: str) -> None:
        """The daemon started, stopped or crashed."""
        super().daemon(what)
        if what != "start":
            self.past.append((self._now(), DOWN))

    def status(self, line: str) -> None:
        """The status or its reason changed."""
        self.past.append((self._now(), line.partition(":")[0]))


class News(Inbox):
    """Messages from the broker and lines of the log, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self._news: SimpleQueue[Received | logging.LogRecord] = SimpleQueue()
        self.handler = _Handler(self._news)

    def put(self, message: Message) -> None:
        """Take what the connection of the screen has got."""
        if isinstance(message, Received):
            self._news.put(message)

    def next(self) -> Received | logging.LogRecord | None:
        """Give the oldest piece of news, if there is one."""
        try:
            return self._news.get_nowait()
        except Empty:
            return None


class _Handler(logging.Handler):
    """Takes what happens to the simulated world, and whatever is a warning."""

    def __init__(self, news: SimpleQueue[Received | logging.LogRecord]) -> None:
        super().__init__()
        self._news = news

    def emit(self, record: logging.LogRecord) -> None:
        """Note a line of the log."""
        if record.levelno >= logging.WARNING or record.name.startswith("sensor.simulator"):
            self._news.put(record)
