"""The feed of the screen: beeps, changes of status, messages, lines of the log.

All of it is called in other threads than the screen's, and never waits.
"""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TextIO

from sensor.daemon.inbox import Inbox, Message, Received
from sensor.daemon.ports import Observer
from sensor.simulator.records import Records

DOWN = "down"
"""The status of times without a daemon."""


class Feed(Records, Observer):
    """Writes records as always, and keeps beeps and statuses for the screen."""

    def __init__(self, out: TextIO | None, now: Callable[[], float]) -> None:
        super().__init__(out, now)
        self.past: list[tuple[float, str]] = []
        """Each status and its first second of the script; it only grows."""
        self.sounds = False
        self.beeps = 0
        """Number of beeps so far; most are over before the screen looks."""

    def buzzer(self, on: bool) -> None:
        """Record a change of the buzzer's pin, and count a beep."""
        super().buzzer(on)
        self.sounds = on
        self.beeps += on

    def daemon(self, what: str) -> None:
        """Record that the daemon started, stopped or crashed."""
        super().daemon(what)
        if what != "start":
            self.past.append((self._now(), DOWN))

    def status(self, line: str) -> None:
        """Note a change of the status or its reason."""
        self.past.append((self._now(), line.partition(":")[0]))


class News(Inbox):
    """Messages from the broker and lines of the log, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self._news: SimpleQueue[Received | logging.LogRecord] = SimpleQueue()
        self.handler = _Handler(self._news)

    def put(self, message: Message) -> None:
        """Take a message from the screen's own connection."""
        if isinstance(message, Received):
            self._news.put(message)

    def next(self) -> Received | logging.LogRecord | None:
        """Return the oldest piece of news; None: there is none."""
        try:
            return self._news.get_nowait()
        except Empty:
            return None


class _Handler(logging.Handler):
    """Takes the log lines of the simulation, and all warnings."""

    def __init__(self, news: SimpleQueue[Received | logging.LogRecord]) -> None:
        super().__init__()
        self._news = news

    def emit(self, record: logging.LogRecord) -> None:
        """Note a line of the log."""
        if record.levelno >= logging.WARNING or record.name.startswith("sensor.simulator"):
            self._news.put(record)
