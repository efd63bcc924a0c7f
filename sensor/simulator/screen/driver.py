"""Textual's driver, for a terminal that may be closed at any moment, and for a Linux console."""

import io
from contextlib import suppress
from os import environ
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from sensor.terminal.streams import Lossy

CONSOLE = str.maketrans(
    {
        **dict.fromkeys("▟▙▜▛▋▊▉", "█"),
        **dict.fromkeys("▁▂▗▖", "▄"),
        **dict.fromkeys("▝▘", "▀"),
        **dict.fromkeys("▏▎▍", "▌"),
        **dict(zip("▆┊┃━┗┓┻╺╸╭╮╰╯◉⋯…", "▒││─└┐┴──┌┐└┘O..", strict=True)),
    }
)
"""Signs for a Linux console instead of those that its fonts lack."""


class HangUp(Message):
    """The news that the terminal is gone."""


class HungUpDriver(LinuxDriver):
    """A driver that tells the screen when the terminal is gone.

    Textual's own thread for writing dies of the first error, and the screen then waits for ever
    for a place in its queue.
    """

    def __init__(self, app: App[Any], **more: Any) -> None:
        super().__init__(app, **more)
        terminal = io.BufferedWriter(Lossy(2, lambda: self.send_message(HangUp())))
        self._signs = CONSOLE if environ.get("TERM") == "linux" else {}
        self._file = io.TextIOWrapper(terminal, encoding="utf-8", errors="backslashreplace")

    def write(self, data: str) -> None:
        """Hand text to the thread that writes."""
        super().write(data.translate(self._signs))

    def run_input_thread(self) -> None:
        """Read keys until the terminal is gone, which is no error here."""
        with suppress(OSError):
            super().run_input_thread()
            return
        self.send_message(HangUp())
