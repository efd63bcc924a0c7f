"""A recording: what reached the chair, and when, so that `simulate --replay` can repeat it.

Text, one JSON value a line. An object begins each life of the daemon: clocks, levels, settings
and what was remembered. Lists follow, `[at, what, ...]`, `at` in seconds since the machine's boot:

    mat, loop LEVEL     the contact, the tamper loop: 1 closed, 0 open
    seat TOPIC PAYLOAD RETAINED     a message of the seat's sensor, from which both follow
    button              the snooze button
    got TOPIC PAYLOAD   a command; the topic from set/ or do/ on
    birth PAYLOAD       Home Assistant came or went
    broker LEVEL        the connection is there, is gone
    clock SECONDS       the wall clock was set by so much
    asleep SECONDS      the machine has just woken from a suspend of so long
    synchronised LEVEL  the wall clock is known to be right, or not
    told EVENT          what the daemon said: for people; a replay finds its own words
    alive               nothing, every ten minutes
    stop, crash, full   the end: clean, killed (only a simulation knows), or the file was full

It holds no address and no password, but the chair's name, a time zone, the topics of the seat's
sensor, and when the sitter sat.

What was remembered is read beside the main thread: the object waits for it, a minute at most.
The file is only ever appended to, at most once a minute and up to LARGEST bytes in all: an SD card
does not notice. After a power cut the last line may be cut off; the next life begins a new one.
"""

import json
import logging
import os
from collections.abc import Mapping
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any, Self

from sensor import __version__
from sensor.core.rules import ClockRange, WorkingHours
from sensor.core.setting import settings_of
from sensor.core.state import State
from sensor.daemon import codec
from sensor.daemon.inbox import (
    ButtonPressed,
    Connected,
    ContactRead,
    Disconnected,
    LoopRead,
    Message,
    Received,
)
from sensor.daemon.memory import Memory
from sensor.daemon.ports import Clock, DiskJobs, Observer
from sensor.errors import SettingsError
from sensor.settings.config import Config, Seat
from sensor.settings.durations import written
from sensor.settings.timezones import local_name

log = logging.getLogger(__name__)

VERSION = 1
"""Of this format."""
HEAD = "chair-sensor recording"
"""The first key of a life; its value is the version of the format."""
LARGEST = 8 * 1024 * 1024
"""Bytes; some ten years of a quiet mat, half a day of one that flickers all the time."""
FLUSH_EVERY = 60
"""Seconds between two writes."""
ALIVE_EVERY = 600
"""Seconds between two lines at most, so that the end of a killed life is about known."""
LONGEST_PAYLOAD = 200
"""Letters of a command that are kept; no sensible one comes near it."""
LONGEST_SEAT_PAYLOAD = 4000
"""Letters of a message of the seat's sensor that are kept."""
BOOT_LETTERS = 8
"""Of the machine's boot id: enough to tell two apart."""
_BEGIN = f'{{"{HEAD}"'.encode()


class Recording(Observer):
    """Writes what it observes to a file. A disk that refuses ends the recording, not the daemon."""

    def __init__(self, path: Path, config: Config, *, disk: DiskJobs, seed: int = 0) -> None:
        self.seed = seed
        """Seed of the random waits in the present life of the daemon."""
        self.t: float | None = None
        """Seconds since the recording began, for the next life; None: not known."""
        self._path = path
        self._config = config
        self._seat_topics = config.seat.topics
        self._disk = disk
        self._head: dict[str, Any] | None = None  # of a life whose memory is not known yet
        self._head_at = 0  # its place among the lines
        self._file: int | None = None
        self._room = 0
        self._lines: list[str] = []
        self._at = 0.0
        self._written_at = 0.0
        self._began = False
        self._connected = False
        self._synchronised = False

    def __enter__(self) -> Self:
        """Open the file for appending. Raises SettingsError if it is none of ours."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            size = os.fstat(file).st_size
            begin, end = os.pread(file, len(_BEGIN), 0), os.pread(file, 1, max(0, size - 1))
        except OSError as error:
            raise SettingsError(
                f"--record {self._path}: {error.strerror}; name a file in a folder you may write"
            ) from None
        if begin not in (b"", _BEGIN):
            os.close(file)
            raise SettingsError(f"--record {self._path}: is not a recording; name a new file")
        self._file = file
        self._room = LARGEST - size
        if end not in (b"", b"\n"):
            self._write("")  # the last line was cut off
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is left. Idempotent."""
        self._flush()
        self._disk.do(self._close)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    # --- what it observes ----------------------------------------------------------------------

    def began(self, clock: Clock, at: float, state: State, changed: Mapping[str, Any]) -> None:
        """A life has begun."""
        self._began = True
        self._connected, self._synchronised = False, bool(clock.synchronised())
        self._at = self._written_at = at
        self._head_at = len(self._lines)
        self._head = {
            HEAD: VERSION,
            "version": __version__,
            "at": at,
            "t": self.t,
            "wall": clock.wall(),
            "synchronised": int(self._synchronised),
            "boot": clock.boot_id[:BOOT_LETTERS],
            "zone": self._config.chair.timezone or local_name(),
            "mat": int(state.contact.closed),
            "loop": int(state.unplugged_at is None),
            "seed": self.seed,
            "life": state.life,
            "settings": _settings(self._config),
            "changed": dict(changed),
        }

    def remembered(self, past: Memory | None) -> None:
        """What was remembered is known: the first line of this life, before all that came."""
        head, self._head = self._head, None
        if head is not None:
            since, self._lines = self._lines[self._head_at :], self._lines[: self._head_at]
            self._add(self._at, json.dumps(head | {"memory": _memory(past)}))
            self._lines += since

    def took(self, message: Message, at: float, *, lost: int = 0) -> None:
        """A message is taken in, or an edge that got lost was found."""
        del lost
        match message:
            case ContactRead(closed):
                self.note(at, "mat", int(closed))
            case LoopRead(closed):
                self.note(at, "loop", int(closed))
            case ButtonPressed():
                self.note(at, "button")
            case Connected() | Disconnected():
                connected = isinstance(message, Connected)
                if connected or self._connected:  # failing attempts are no news
                    self.note(at, "broker", int(connected))
                self._connected = connected
            case Received(topic) if topic in self._seat_topics:
                payload = message.payload.decode("utf-8", "replace")[:LONGEST_SEAT_PAYLOAD]
                self.note(at, "seat", topic, payload, int(message.retained))
            case Received(retained=False) if not message.topic.endswith("/availability"):
                self._received(message, at)
            case _:
                pass

    def synchronised(self, known: bool, at: float) -> None:
        """Add a line if the answer is another one than last time."""
        if known is not self._synchronised:
            self._synchronised = known
            self.note(at, "synchronised", int(known))

    def turned(self, at: float) -> None:
        """A turn of the daemon is over."""
        if at >= self._at + ALIVE_EVERY:
            self.note(at, "alive")
        if self._lines and at >= self._written_at + FLUSH_EVERY:
            self._written_at = at
            self._flush()

    def ended(self, at: float, how: str = "stop") -> None:
        """A life is over."""
        self.note(at, how)
        self._flush()

    def note(self, at: float, what: str, *values: Any) -> None:
        """Add one line; before the first life there is nothing to add to."""
        if self._began:
            self._add(at, json.dumps([at, what, *values], separators=(",", ":")))

    # --- the file -------------------------------------------------------------------------------

    def _received(self, message: Received, at: float) -> None:
        payload = message.payload.decode("utf-8", "replace")[:LONGEST_PAYLOAD]
        if message.topic == self._config.mqtt.birth_topic:
            self.note(at, "birth", payload)
        else:
            self.note(at, "got", "/".join(message.topic.split("/")[-2:]), payload)

    def _add(self, at: float, line: str) -> None:
        if self._file is None:
            return
        self._at = at
        self._room -= len(line) + 1  # ASCII: json escapes the rest
        if self._room >= 0:
            self._lines.append(line)
            return
        self._lines.append(json.dumps([at, "full"]))
        log.warning("%s: is full, nothing more is recorded; name a new file", self._path)
        self.close()

    def _flush(self) -> None:
        self.remembered(None)  # a disk that has not told by now is not waited for
        lines, self._lines = self._lines, []
        if lines:
            self._disk.do(partial(self._write, "\n".join(lines)))

    def _write(self, text: str) -> None:
        if self._file is None:
            return
        try:
            os.write(self._file, f"{text}\n".encode())
        except OSError as error:
            log.warning("%s: %s; nothing more is recorded", self._path, error.strerror)
            self._close()


def _settings(config: Config) -> dict[str, str]:
    """Write what shapes a record as `--set` takes it; nothing else of the settings."""
    rules = {name: _text(value) for name, value in config.explicit.items()}
    words = {"language": config.language, "chair.name": config.chair.name}
    return {"profile": config.profile, **words, **rules, **_seat(config.seat)}


def _seat(seat: Seat) -> dict[str, str]:
    if seat.topic is None:
        return {}
    told = {name: getattr(seat, name) for name in settings_of(Seat)}
    return {
        f"seat.{name}": ", ".join(value) if isinstance(value, tuple) else _text(value)
        for name, value in told.items()
        if value or name == "silent_after"
    }


def _text(value: Any) -> str:
    match value:
        case None | ():
            return "none"
        case tuple():
            return ", ".join("once" if item is None else _text(item) for item in value)
        case ClockRange() | WorkingHours() | time():
            return written(value)
        case float():
            return f"{value}s"
    return str(value)


def _memory(past: Memory | None) -> dict[str, Any] | None:
    if past is None:
        return None
    return {
        "state": json.loads(codec.encode(past.state)),
        "at": past.at,
        "wall": past.wall,
        "boot": past.boot_id[:BOOT_LETTERS],
        "synchronised": int(past.synchronised),
    }
