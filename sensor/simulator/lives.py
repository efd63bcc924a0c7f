"""The lives of the daemon as a recording tells them; `daemon/recording.py` has the format.

The file may come from a stranger: all of it is checked before anything runs.
The settings under [mqtt] and chair.id are not in the file; they must be given again.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sensor.core.rules import Rules
from sensor.core.setting import settings_of
from sensor.daemon import codec
from sensor.daemon.memory import Memory
from sensor.daemon.recording import HEAD, LARGEST, VERSION
from sensor.errors import SettingsError
from sensor.settings.config import Config, Seat
from sensor.settings.text_files import marked

Configure = Callable[[Sequence[str]], Config]
"""Makes a configuration from `key=value` texts. Raises SettingsError."""

SETTINGS = {
    *("profile", "language", "chair.name"),
    *(f"seat.{name}" for name in settings_of(Seat)),
    *settings_of(Rules),
}
"""All settings that a recording may set; none of them touches this machine."""
_NO_UNIT = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.hms])")
_ENDS = ("stop", "crash")
_QUIET = ("told", "alive", "full")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a recording: a moment of the machine's clock, a kind, and its values."""

    at: float
    what: str
    values: tuple[Any, ...]


@dataclass(kw_only=True)
class Life:
    """One life of the daemon, from its start to the last line about it."""

    config: Config
    at: float
    wall: float
    boot: str
    synchronised: bool
    mat: bool
    loop: bool
    seed: int
    life: str
    """Name of the life; empty: the recording's version did not write it."""
    changed: Mapping[str, Any]
    memory: Memory | None
    t: float | None
    """Seconds since the start of the recording; None: it follows from the other clocks."""
    lines: list[Entry] = field(default_factory=list)

    @property
    def end(self) -> Entry:
        """The entry that ended it; without one, `killed` at the last moment known."""
        ends = [line for line in self.lines if line.what in _ENDS]
        last = self.lines[-1].at if self.lines else self.at
        return ends[0] if ends else Entry(last, "killed", ())

    @property
    def wall_at_end(self) -> float:
        """Unix time of the end, by the machine's clock."""
        set_by = sum(line.values[0] for line in self.lines if line.what == "clock")
        return self.wall + self.end.at - self.at + float(set_by)


def read(path: str, configure: Configure) -> list[Life]:
    """Read a whole recording. Raises SettingsError with the first thing wrong."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(2 * LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"--replay {path}: {error.strerror}; name a recording") from None
    if len(data) > 2 * LARGEST:
        raise SettingsError(f"--replay {path}: larger than any recording; check the file name")
    lives: list[Life] = []
    mark, encoding = marked(data)
    texts = data[len(mark) :].decode(encoding, "replace").splitlines()
    for number, (text, following) in enumerate(zip(texts, [*texts, "{"][1:], strict=True), start=1):
        try:
            value = _json(text)
        except ValueError:
            if lives and following.startswith("{"):
                continue  # a power cut, or a copy made while it was written
            raise SettingsError(f"--replay {path}, line {number}: {_NO_RECORDING}") from None
        try:
            if isinstance(value, dict):
                lives.append(_life(value, configure))
            elif lives:
                lives[-1].lines.append(_line(value))
            else:
                raise _BadLine(_NO_RECORDING)  # noqa: TRY301
        except _BadLine as wrong:
            raise SettingsError(f"--replay {path}, line {number}: {wrong}") from None
    if not lives:
        raise SettingsError(f"--replay {path}: {_NO_RECORDING}")
    return lives


_NO_RECORDING = "is not a recording; make one with `chair-sensor run --record FILE`"


class _BadLine(Exception):  # noqa: N818  (half a sentence)
    pass


def _json(text: str) -> Any:
    """Parse one line. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(text) from error


def _life(head: dict[str, Any], configure: Configure) -> Life:
    version = head.get(HEAD)
    if version is None:
        raise _BadLine(_NO_RECORDING)
    if version != VERSION:
        raise _BadLine(f"has format {version!r}, this program knows {VERSION}; update chair-sensor")
    t, zone, memory = (_pick(head, name) for name in ("t", "zone", "memory"))
    return Life(
        config=_config(_pick(head, "settings", dict), zone, configure),
        at=_number(head, "at"),
        wall=_number(head, "wall"),
        boot=_pick(head, "boot", str),
        synchronised=bool(_pick(head, "synchronised", int)),
        mat=bool(_pick(head, "mat", int)),
        loop=bool(_pick(head, "loop", int)),
        seed=_pick(head, "seed", int),
        life=_pick({"life": ""} | head, "life", str),
        changed=_pick(head, "changed", dict),
        memory=None if memory is None else _memory(memory),
        t=None if t is None else _number(head, "t"),
    )


def _config(settings: dict[str, Any], zone: Any, configure: Configure) -> Config:
    foreign = settings.keys() - SETTINGS
    if foreign:
        raise _BadLine(f"sets {min(foreign)!r}, which a recording may not set")
    texts = [f"{name}={_with_units(name, str(value))}" for name, value in settings.items()]
    if zone is not None:
        texts.append(f"chair.timezone={zone}")
    return configure(texts)


def _with_units(name: str, value: str) -> str:
    """Add the unit that older recordings leave out: seconds."""
    is_rule = name in Rules.__dataclass_fields__
    return _NO_UNIT.sub(r"\g<0>s", value) if is_rule else value


def _memory(data: Any) -> Memory:
    try:
        return Memory(
            state=codec.decode(json.dumps(data["state"])),
            at=_number(data, "at"),
            wall=_number(data, "wall"),
            boot_id=_pick(data, "boot", str),
            synchronised=bool(_pick(data, "synchronised", int)),
        )
    except (ValueError, TypeError, LookupError) as error:
        raise _BadLine(f"holds a memory that cannot be read: {error}") from None


def _line(value: Any) -> Entry:
    match value:
        case [
            int() | float() as at,
            "mat" | "loop" | "broker" | "synchronised" as what,
            0 | 1 as on,
        ]:
            line = Entry(at, what, (bool(on),))
        case [int() | float() as at, "clock" | "asleep" as what, int() | float() as by] if (
            codec.is_plausible(by) and (what == "clock" or by > 0)
        ):
            line = Entry(at, what, (round(by, 6),))
        case [int() | float() as at, "seat", str(topic), str(payload), 0 | 1 as retained]:
            line = Entry(at, "seat", (topic, payload, bool(retained)))
        case [int() | float() as at, "got", str(subtopic), str(payload)]:
            line = Entry(at, "got", (subtopic, payload))
        case [int() | float() as at, "birth" | "told" as what, str(text)]:
            line = Entry(at, what, (text,))
        case [int() | float() as at, "button" | "alive" | "full" | "stop" | "crash" as what]:
            line = Entry(at, what, ())
        case _:
            raise _BadLine(f"{json.dumps(value)[:60]} is not a line of a recording")
    if not codec.is_plausible(line.at):
        raise _BadLine(f"{line.at} is not a time")
    return line


def _pick(data: dict[str, Any], name: str, kind: type | tuple[type, ...] = object) -> Any:
    value = data.get(name)
    if name not in data or not isinstance(value, kind):
        raise _BadLine(f"lacks a valid {name!r}; was the file changed?")
    return value


def _number(data: dict[str, Any], name: str) -> float:
    value = _pick(data, name, (int, float))
    if not codec.is_plausible(value):
        raise _BadLine(f"{value} as {name!r} is not a time")
    return float(value)
