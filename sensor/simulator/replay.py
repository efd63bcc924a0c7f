"""Lives a recording again (`daemon/recording.py` has the format), through today's code.

Whatever is in the file, and it may come from anybody, is checked before anything runs. Then each
line becomes something that happens in the simulated world.

Not lived again: a full or slow disk, a machine too busy for its daemon, a slow way to the broker,
messages that no daemon heard, a reboot while there was no daemon, what happened after the last
one's end.
Not in the file, so to be given again: the settings under [mqtt], and chair.id.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sensor.core.instant import shifted
from sensor.core.rules import Rules
from sensor.core.setting import settings_of
from sensor.daemon import codec
from sensor.daemon.ports import Memory, Publication
from sensor.daemon.recording import HEAD, LARGEST, VERSION
from sensor.errors import SettingsError
from sensor.settings.config import Config, Seat
from sensor.settings.text_files import marked
from sensor.settings.timezones import timezone
from sensor.simulator import script
from sensor.simulator.script import Action, Step
from sensor.simulator.simulation import World
from sensor.storage.database import Database
from sensor.storage.files import ChangedSettings
from sensor.storage.paths import DATABASE

Configure = Callable[[Sequence[str]], Config]
"""Makes a configuration from `key=value` texts. Raises SettingsError."""

SETTINGS = {
    *("profile", "language", "chair.name"),
    *(f"seat.{name}" for name in settings_of(Seat)),
    *settings_of(Rules),
}
"""All that a recording may set: what decides or is said, and nothing that touches this machine."""
_NO_UNIT = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.hms])")
_ENDS = ("stop", "crash")
_QUIET = ("told", "alive", "full")
_TINY = 0.001


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    at: float
    what: str
    values: tuple[Any, ...]


@dataclass(kw_only=True)
class Life:
    """One life of the daemon, from its start to what was last heard of it."""

    config: Config
    at: float
    wall: float
    boot: str
    synchronised: bool
    mat: bool
    loop: bool
    seed: int
    life: str
    """Empty: the recording is of a version that did not tell."""
    changed: Mapping[str, Any]
    memory: Memory | None
    t: float | None
    """Seconds from the beginning of the recording; None: to be found out."""
    lines: list[Entry] = field(default_factory=list)

    @property
    def end(self) -> Entry:
        """How it ended; if nobody told, with the last that is known, as `killed`."""
        ends = [line for line in self.lines if line.what in _ENDS]
        last = self.lines[-1].at if self.lines else self.at
        return ends[0] if ends else Entry(last, "killed", ())

    @property
    def wall_at_end(self) -> float:
        """Unix time when it ended, as the machine believed."""
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
        raise SettingsError(f"--replay {path}: is larger than any recording; is it the right file?")
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


_NO_RECORDING = "is no recording; make one with `chair-sensor run --record FILE`"


class _BadLine(Exception):  # noqa: N818  (it is half a sentence)
    pass


def _json(text: str) -> Any:
    """Read one line; raises ValueError."""
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
        raise _BadLine(f"sets {min(foreign)!r}, which is not for a recording to set")
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
            raise _BadLine(f"{json.dumps(value)[:60]} is nothing that a recording tells")
    if not codec.is_plausible(line.at):
        raise _BadLine(f"{line.at} is no moment")
    return line


def _pick(data: dict[str, Any], name: str, kind: type | tuple[type, ...] = object) -> Any:
    value = data.get(name)
    if name not in data or not isinstance(value, kind):
        raise _BadLine(f"lacks a sound {name!r}; was the file changed?")
    return value


def _number(data: dict[str, Any], name: str) -> float:
    value = _pick(data, name, (int, float))
    if not codec.is_plausible(value):
        raise _BadLine(f"{value} as {name!r} is no moment")
    return float(value)


class Replay:
    """Lets the lives of a recording happen in a world that has no script."""

    def __init__(self, lives: Sequence[Life], world: World, state_dir: Path) -> None:
        self._lives = lives
        self._world = world
        self._state_dir = state_dir
        self._boots = 0
        self._has_sensor = any(life.config.seat.topic for life in lives)

    def schedule(self) -> None:
        """Begin the first life now, and put everything else on the world's list."""
        base = -self._lives[0].at  # what the script's time is ahead of the machine's
        begun = ended = 0.0
        self._begin(self._lives[0], rebooted=True, remembers=False)
        for life, following in zip(self._lives, [*self._lives[1:], None], strict=True):
            end = life.end
            woke_at: float | None = None
            for line in [*life.lines, *([end] if end.what == "killed" else [])]:
                # What came with the start comes then, not a rounding error before.
                t = max(begun, base + line.at) if line.at > life.at else begun
                if line is end:
                    ended = t
                    self._end(t, life, following)
                elif line.at == woke_at:  # first the world has to wake up
                    self._world.at(t, partial(self._schedule, line, t))
                else:
                    woke_at = line.at if line.what == "asleep" else woke_at
                    self._schedule(line, t)
            if following is not None:
                begun = ended + _pause(life, following, ended)
                base = begun - following.at if _rebooted(life, following) else base

    def _end(self, t: float, life: Life, following: Life | None) -> None:
        if following is not None:
            self._go_down(t, life, following)
            return
        if life.end.what == "crash":
            self._at(t, script.DownStep("crash", _TINY))
        self._world.at(t, partial(self._world.at, t, self._world.finish))

    def _go_down(self, t: float, life: Life, following: Life) -> None:
        down, clean = _pause(life, following, t), life.end.what == "stop"
        rebooted = _rebooted(life, following)
        # A machine that boots without its clock set goes on where it was: the world does that.
        behind = down if rebooted and clean and not following.synchronised else 0
        memory = following.memory  # left by this life, or by one that was not recorded?
        remembers = memory is not None and memory.boot_id == life.boot and memory.at <= life.end.at
        begin = partial(
            self._begin, following, rebooted=rebooted, remembers=remembers, behind=behind
        )
        self._world.at(t + down, begin)
        if rebooted and not clean:
            self._world.at(t + down, partial(self._world.machine.boot, following.synchronised, 0))
        how: Any = "crash" if not clean else "reboot" if rebooted else "restart"
        self._at(t, script.DownStep(how, down, following.synchronised))

    def _begin(self, life: Life, *, rebooted: bool, remembers: bool, behind: float = 0) -> None:
        """Make the world what it was when this life began; its daemon is about to start."""
        world = self._world
        world.config = life.config
        world.next_seed, world.next_life = life.seed, life.life or None
        self._boots += rebooted
        if not remembers:
            self._lay_down(life, -life.at if rebooted else world.machine.now() - life.at)
        drift = round(life.wall - world.machine.wall() + behind, 6)
        if abs(drift) >= _TINY:
            world.do(Step(world.t, script.ClockStep(drift), 0))
        world.machine.trust_clock(life.synchronised)
        if not life.config.seat.topic:
            world.do(Step(world.t, script.MatStep(life.mat), 0))
            world.do(Step(world.t, script.LoopStep(life.loop), 0))
        self._world.memory.drop()

    def _lay_down(self, life: Life, by: float) -> None:
        """Put into the state directory what the daemon found there when it was recorded."""
        for file in self._state_dir.glob(f"{DATABASE}*"):
            file.unlink()
        ChangedSettings(self._state_dir).save(life.changed)
        memory = life.memory
        if memory is None:
            return
        if memory.boot_id == life.boot:
            state, at, boot_id = shifted(memory.state, by), memory.at + by, f"boot-{self._boots}"
        else:
            state, at, boot_id = memory.state, memory.at, "another boot"
        database = Database(self._state_dir / DATABASE, zone=timezone(life.config.chair.timezone))
        database.open()
        database.save(replace(memory, state=state, at=at, boot_id=boot_id), ())
        database.close()

    def _schedule(self, line: Entry, t: float) -> None:
        world, broker = self._world, self._world.memory
        match line.what, *line.values:
            case (("mat" | "loop"), _) if self._has_sensor:
                pass  # both follow from what its sensor told
            case "seat", topic, payload, retained:
                told = Publication(topic=topic, payload=payload, retain=retained)
                world.at(t, partial(broker.deliver if retained else broker.publish, told))
            case "mat", closed:
                self._at(t, script.MatStep(closed))
            case "loop", closed:
                self._at(t, script.LoopStep(closed))
            case "button", *_:
                self._at(t, script.PressStep())
            case "got", subtopic, payload:
                self._at(t, script.PublishStep(subtopic, payload))
            case "birth", payload:
                said = Publication(topic=world.config.mqtt.birth_topic, payload=payload, qos=0)
                world.at(t, partial(broker.publish, said))
            case "broker", connected:
                world.at(t, broker.let_in if connected else broker.drop)
            case "clock", by:
                world.at(t, partial(self._set_clock, by))
            case "asleep", duration:
                self._at(round(t - duration, 6), script.SuspendStep(duration))
            case "synchronised", right:
                world.at(t, partial(world.machine.trust_clock, right))

    def _set_clock(self, by: float) -> None:
        right = self._world.machine.synchronised()
        self._world.do(Step(self._world.t, script.ClockStep(by), 0))
        self._world.machine.trust_clock(right)  # a line of its own tells when it is

    def _at(self, t: float, action: Action) -> None:
        self._world.at(t, partial(self._world.do, Step(t, action, 0)))


def _rebooted(life: Life, following: Life) -> bool:
    return following.boot != life.boot or following.at < life.end.at


def _pause(life: Life, following: Life, t: float) -> float:
    """Return the seconds between two lives, of which the first ended at `t`."""
    if not _rebooted(life, following):
        pause = following.at - life.end.at
    elif following.t is not None and following.t > t:
        pause = following.t - t
    else:  # only the wall clock can tell, if it was right
        pause = following.wall - life.wall_at_end
    return max(_TINY, round(pause, 6))
