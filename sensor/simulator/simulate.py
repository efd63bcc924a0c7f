"""`chair-sensor simulate`: chooses broker and pace, and plays a script.

Headless (`--script FILE`): a broker in memory, as fast as possible, repeatable byte for byte.
Live (no script, or `--broker`, or `--speed N`): a real broker, at a speed to watch.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, TextIO

from sensor.daemon.disk import InlineDisk
from sensor.errors import SettingsError, meant
from sensor.settings.config import Config, Pins, wires
from sensor.settings.text_files import decoded, read_text
from sensor.settings.timezones import timezone
from sensor.simulator.dates import check_lives, check_steps, started_at
from sensor.simulator.keeping import answering, kept_or_not, tell_what_is_kept
from sensor.simulator.removal import offer_removal
from sensor.simulator.script import read
from sensor.simulator.sensor import SimulatedSensor, has_sensor
from sensor.simulator.simulation import World
from sensor.simulator.sitter import SITTERS
from sensor.simulator.steps import Step
from sensor.terminal import streams
from sensor.terminal.dialogue import say, to_add
from sensor.terminal.ending import by_signal

if TYPE_CHECKING:
    from sensor.settings.loading import Loaded
    from sensor.simulator.lives import Life

log = logging.getLogger(__name__)

SCRIPTS = resources.files("sensor.simulator") / "scripts"
CHAIR_ID = "simulated"
HINT = "plain lines, because textual is missing; for the screen: {}"
UNFIT = "plain lines, because {} cannot show the screen; for the screen: {}"
NEXT = "next: chair-sensor report --demo (a week's report), chair-sensor help hardware (the wiring)"
NO_SCREEN = (
    "--plain changes nothing: there is a screen only at a speed for people and without --jsonl -; "
    "leave out --plain"
)
MOST_DAYS = 10_000
"""Most days of a random sitter; about forty years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the command line."""

    script: str | None = None
    """A file, `-` for standard input, or the name of a ready script; None: a working day, live."""
    sitter: str | None = None
    """A random sitter instead of a script."""
    days: int | None = None
    """Working days of that sitter; None: one."""
    keep: Path | None = None
    """A folder in which state and history stay; None: they are forgotten at the end."""
    replay: "Sequence[Life]" = ()
    """The lives of a recording instead of a script."""
    record: Path | None = None
    jsonl: str | None = None
    start: str | None = None
    speed: float | None = None
    """Virtual seconds per second; 0: as fast as possible; None: as the other options suggest."""
    broker: str | None = None
    seed: int = 1
    plain: bool = False
    """Whether there are lines of text even where a screen is possible."""

    @property
    def is_tour(self) -> bool:
        """Whether script, sitter and speed are left to the program: it shows the working day."""
        return self.script is None and self.sitter is None and self.speed is None

    @property
    def may_repeat(self) -> bool:
        """Whether it may be played again at its end, with no file written over."""
        return self.script != "-" and not (self.keep or self.record or self.jsonl)

    @property
    def is_at_home(self) -> bool:
        """Whether it is watched at a broker of the user's, and so begins now."""
        return self.broker is not None and self.speed != 0

    @property
    def live(self) -> bool:
        """Whether a real broker is used."""
        headless = self.script is not None or self.sitter is not None or bool(self.replay)
        return not headless or self.broker is not None or bool(self.speed)

    @property
    def is_watched(self) -> bool:
        """Whether it runs at a speed to watch, with nothing else on standard output."""
        return self.live and self.speed != 0 and self.jsonl != "-"


def simulate(config: Config, options: Options) -> None:
    """Run a simulation to its end. Raises SettingsError before it runs if the script is wrong."""
    if options.plain and not options.is_watched:
        raise SettingsError(NO_SCREEN)
    while _played(config, options):
        pass


def _scripted(config: Config, options: Options) -> tuple[Config, float, list[Step]]:
    """Return what a script is played with: the settings, its Unix time of start, its steps."""
    config = _simulated(config, None if options.keep or options.is_at_home else "UTC")
    now = datetime.now(UTC).isoformat(timespec="seconds") if options.is_at_home else None
    wall_start = started_at(options.start or now, config.chair.timezone)
    start = datetime.fromtimestamp(wall_start, timezone(config.chair.timezone))
    steps = _steps(options, start)
    check_steps(steps, wall_start)
    return config, wall_start, steps


def _played(config: Config, options: Options) -> bool:
    """Play it once; return whether the user wants it again."""
    lives = [replace(life, config=_simulated(life.config)) for life in options.replay]
    steps: list[Step] = []
    if lives:
        check_lives(options.replay)
        config, wall_start = lives[0].config, lives[0].wall
    else:
        config, wall_start, steps = _scripted(config, options)
    has_one = has_sensor(steps, config, may=not lives and options.broker is None)
    with ExitStack() as stack:
        records_to = stack.enter_context(_output(options.jsonl))
        state_dir = stack.enter_context(kept_or_not(options.keep))
        world = World(
            config=config,
            steps=steps,
            wall_start=wall_start,
            state_dir=state_dir,
            seed=options.seed,
            records_to=records_to,
        )
        stack.callback(world.abandon)
        world.sensor = SimulatedSensor(world) if has_one else None
        if options.record is not None:
            from sensor.daemon.recording import Recording  # noqa: PLC0415  (hardly ever wanted)

            recording = Recording(options.record, config, disk=InlineDisk())
            world.recording = stack.enter_context(recording)
        screen = None
        _tell_the_time(world)
        if _has_screen(options):
            from sensor.simulator.screen.runner import on_screen  # noqa: PLC0415  (needs textual)

            screen = stack.enter_context(on_screen(world, records_to))
            screen.app.is_guided = options.is_tour
            screen.app.may_repeat = options.may_repeat
            _tell_the_time(world)  # the screen has a handler of its own
        forget = partial(rmtree, state_dir, ignore_errors=True)
        if options.keep is not None:
            forget = partial(world.chair.wires.attach, None)  # the history stays
        stack.enter_context(by_signal(lambda _: world.finish(), at_last=forget))
        if options.live:
            from sensor.simulator.real_broker import go_live  # noqa: PLC0415  (needs paho and amqtt)

            stack.enter_context(go_live(world, config, options))
        elif lives:
            from sensor.simulator.replay import Replay  # noqa: PLC0415  (hardly ever wanted)

            Replay(lives, world, state_dir).schedule()
        if options.keep is not None:  # only now is the broker known
            stack.enter_context(answering(world, state_dir))
        choice = None
        if screen is None:
            world.run()
        else:
            choice = screen.play()
    _end(world, options, wall_start, choice)
    return choice == "again"


def _end(world: World, options: Options, wall_start: float, choice: str | None) -> None:
    """Tell what is left, and how to go on; `choice` was made on the screen."""
    if options.keep is not None:
        zone = world.config.chair.timezone
        tell_what_is_kept(options.keep, wall_start, world.machine.wall(), zone)
    if choice == "quit" and options.is_tour:
        say(NEXT)
    if options.is_at_home and choice != "again":
        offer_removal(world.config, may_ask=choice == "quit")


def office_weeks(config: Config, state_dir: Path, days: int) -> tuple[Config, float]:
    """Play `days` working days of the random office worker, as fast as possible.

    Return the settings of the simulated chair, and the Unix time at the end.
    """
    config = _simulated(config)
    wall_start = started_at(None, config.chair.timezone)
    start = datetime.fromtimestamp(wall_start, timezone(config.chair.timezone))
    steps = SITTERS["office"](seed=1, days=days, start=start)
    world = World(config=config, steps=steps, wall_start=wall_start, state_dir=state_dir)
    world.sensor = SimulatedSensor(world) if has_sensor(steps, config) else None
    world.run()
    return config, world.machine.wall()


def _has_screen(options: Options) -> bool:
    """Return whether a screen is wanted and possible; if it is wanted only, say why not."""
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if options.plain or not is_terminal or not options.is_watched:
        return False
    if os.environ.get("TERM", "dumb") == "dumb":
        print(UNFIT.format("TERM=dumb", "TERM=xterm"), file=sys.stderr)  # noqa: T201
        return False
    if not streams.draws():
        encoding = f"this terminal's encoding ({sys.stdout.encoding})"
        print(UNFIT.format(encoding, "LC_ALL=C.UTF-8"), file=sys.stderr)  # noqa: T201
        return False
    if find_spec("textual") is None:
        print(HINT.format(to_add("textual")), file=sys.stderr)  # noqa: T201
        return False
    return True


def _steps(options: Options, start: datetime) -> list[Step]:
    if options.sitter is None:
        if options.days is not None:
            raise SettingsError("--days is for a random sitter: add --sitter office")
        return read_script(options.script or "workday")
    if options.script is not None:
        raise SettingsError("--script and --sitter exclude each other; give one of them")
    draw = SITTERS.get(options.sitter)
    if draw is None:
        names = ", ".join(SITTERS)
        raise SettingsError(f"--sitter {options.sitter!r} is not known; the sitters are: {names}")
    days = 1 if options.days is None else options.days
    if not 1 <= days <= MOST_DAYS:
        raise SettingsError(f"--days {days}: from 1 to {MOST_DAYS}, for example --days 250")
    try:
        return draw(seed=options.seed, days=days, start=start)
    except OverflowError:
        raise SettingsError(f"--start {options.start}: the calendar ends in 9999") from None


def read_script(name: str) -> list[Step]:
    """Read a script: a ready one by name, a file, or standard input. Raises SettingsError."""
    if name == "-":
        try:
            return read("".join(decoded(sys.stdin.buffer)), "standard input")
        except ValueError as error:
            raise SettingsError(f"standard input: {error}") from None
    ready = SCRIPTS / f"{name}.txt"
    if "/" not in name and ready.is_file() and not Path(name).exists():
        return read(ready.read_text(encoding="utf-8"), name)
    try:
        return read(read_text(Path(name)), name)
    except OSError as error:
        ready_ones = sorted(ready_scripts())
        names = ", ".join(ready_ones) + meant(name, ready_ones, form=". Did you mean {}?")
        raise SettingsError(
            f"{name}: {error.strerror}; name a file, - or one of: {names}"
        ) from None


def ready_scripts() -> list[str]:
    """List the names of the scripts that ship with the product."""
    return [entry.name.removesuffix(".txt") for entry in SCRIPTS.iterdir()]


def named(given: "Loaded") -> Config:
    """Return the settings; a chair without a name gets that of simulated chairs."""
    config = given.config
    if "chair.name" in given.origins:
        return config
    return replace(config, chair=replace(config.chair, name="Simulated chair"))


def _simulated(config: Config, zone: str | None = "UTC") -> Config:
    """Connect everything that a script can touch, and give the chair a fixed id.

    `zone` is for settings that name none; None: the machine's.
    """
    pins = config.pins
    if pins.tamper is None and config.seat.topic is None:
        pins = replace(pins, tamper=_free(pins, 6))
    if pins.button is None:
        pins = replace(pins, button=_free(pins, 26))
    chair_id, zone = config.chair.id or CHAIR_ID, config.chair.timezone or zone
    chair = replace(config.chair, id=chair_id, timezone=zone)
    return replace(config, chair=chair, pins=pins)


def _free(pins: Pins, preferred: int) -> int:
    taken = {number for _, number in wires(asdict(pins))}
    candidates: Iterator[int] = iter((preferred, *range(4, 28)))
    return next(number for number in candidates if number not in taken)


@contextmanager
def _output(name: str | None) -> Iterator[TextIO | None]:
    if name is None or name == "-":
        yield None if name is None else streams.for_programs()
        return
    try:
        file = streams.opened(name)
    except OSError as error:
        raise SettingsError(
            f"--jsonl {name}: {error.strerror}; name a file in a folder you may write, or -"
        ) from None
    with file:
        yield file


def _tell_the_time(world: World) -> None:
    """Let log lines show the simulated wall clock."""
    zone = timezone(world.config.chair.timezone)

    def stamp(record: logging.LogRecord) -> bool:
        now = datetime.fromtimestamp(round(world.machine.wall(), 3), zone)
        record.clock = f"{now:%a %H:%M:%S}"
        return True

    for handler in logging.getLogger().handlers:
        handler.filters = [stamp]  # not also that of the simulation played before
