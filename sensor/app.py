"""Builds a daemon from its settings: the one file that sees everything.

The simulator builds the same daemon with its own clock, pin factory and link.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType

from sensor.daemon.answer import About
from sensor.daemon.diagnostics import Diagnostics, resident_memory
from sensor.daemon.disk import DiskThread
from sensor.daemon.inbox import Inbox, StopAsked
from sensor.daemon.log_writer import start_logging
from sensor.daemon.loop import Daemon
from sensor.daemon.outputs import Outputs
from sensor.daemon.ports import Clock, ContactSource, DiskJobs, Link, Observer, Scratch
from sensor.errors import ChairSensorError
from sensor.hardware.advice import advised
from sensor.hardware.button import Button
from sensor.hardware.buzzer import Buzzer, resting
from sensor.hardware.chips import FactoryMaker, chosen_chip, real_factory
from sensor.hardware.guard import Guard
from sensor.hardware.led import Led
from sensor.hardware.library import Factory
from sensor.hardware.mat import Mat
from sensor.hardware.silence import Lines, drive, note
from sensor.homeassistant.discovery import Discovery
from sensor.languages import translation
from sensor.mqtt.gateway import MqttGateway, farewell
from sensor.mqtt.topics import Topics
from sensor.mqtt.traffic import Traffic
from sensor.settings.config import Config, Mqtt, Pins, wires
from sensor.settings.timezones import SystemZone, local_trouble, timezone
from sensor.storage import private
from sensor.storage.database import Connector, Database
from sensor.storage.files import Announced, ChangedSettings, Replace
from sensor.storage.identity import chair_id
from sensor.storage.lock import only_one
from sensor.storage.paths import DATABASE, state_directory
from sensor.storage.private import UMASK

log = logging.getLogger(__name__)

DISK_PATIENCE = 5
"""Seconds at most that the end waits for a disk that is still at work."""

OPEN_FILES = 32
"""Files and sockets that may be open at once: database, pins, broker, status clients."""

_STOPPING = {signal.SIGTERM, signal.SIGINT}

LIFE_BYTES = 3
"""Of a life's name. It tells the ids of one life of the daemon from those of all others: a clock
that is set back may show the same moment in two of them."""

LinkMaker = Callable[[Topics, Inbox, Traffic], Link]


@contextmanager
def assembled(  # noqa: PLR0913  (one argument for each choice)
    config: Config,
    *,
    state_dir: Path,
    clock: Clock,
    inbox: Inbox,
    factory: Factory | None,
    make_link: LinkMaker,
    observers: Sequence[Observer],
    seed: int,
    life: str,
    disk: DiskJobs,
    scratch: Scratch,
    memory: Callable[[], int | None] | None = None,
    connect: Connector | None = None,
    replace: Replace = private.replace,
) -> Iterator[Daemon]:
    """Open the pins and put a daemon together; leaving closes the pins, whatever happened."""
    pins, traffic, translate = config.pins, Traffic(), translation(config.language)
    with ExitStack() as stack:
        buzzer = None if pins.buzzer is None else stack.enter_context(Buzzer(pins, factory))
        lamp = None if pins.led is None else stack.enter_context(Led(pins.led, factory))
        source = stack.enter_context(_source(config, factory, inbox, clock))
        diagnostics = Diagnostics(traffic.report, memory, source.measures)
        if pins.button is not None:
            stack.enter_context(Button(pins.button, factory, inbox, clock.now))
        topics = _topics(config, state_dir, source)
        describe = Discovery(topics, config, translate)
        announced = Announced(state_dir, replace)
        store = _database(config, state_dir, connect)
        stack.callback(disk.do, store.close)
        yield Daemon(
            life=life,
            config=config,
            clock=clock,
            inbox=inbox,
            source=source,
            outputs=Outputs(buzzer, lamp),
            gateway=MqttGateway(
                link=make_link(topics, inbox, traffic),
                traffic=traffic,
                topics=topics,
                sensors=source.topics,
                discovery=describe if config.mqtt.discovery else None,
                random=Random(seed),  # noqa: S311  (jitter)
                announced=announced.load(),
                announce=lambda topics: disk.do(partial(announced.save, topics)),
                diagnostics=diagnostics,
                translate=translate,
            ),
            store=store,
            changed=ChangedSettings(state_dir, replace),
            disk=disk,
            scratch=scratch,
            diagnostics=diagnostics,
            observers=observers,
            translate=translate,
        )


def run(
    config: Config,
    make_factory: FactoryMaker = real_factory,
    *,
    record: Path | None = None,
) -> None:
    """Run on this machine's pins until SIGTERM or SIGINT. Raises ChairSensorError."""
    from sensor.daemon.clock import MachineClock  # noqa: PLC0415  (the simulator needs neither)
    from sensor.daemon.systemd import KeptFile, Notifier  # noqa: PLC0415
    from sensor.status.server import StatusService, place  # noqa: PLC0415

    usual = _hold_signals()
    _be_able_to_open_files()
    os.umask(UMASK)
    clock = MachineClock()
    inbox = Inbox()
    seed = Random().getrandbits(32)  # noqa: S311  (jitter; a recording tells it)
    if config.chair.timezone is None and (trouble := local_trouble()) is not None:
        log.warning("%s", trouble)
    with ExitStack() as stack:
        stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, usual)
        # The chip comes first: a run that fails for want of it leaves no state directory.
        factory = _opened_chip(config.pins, make_factory, stack)
        state_dir = state_directory(config)
        stack.enter_context(only_one(state_dir))
        disk = DiskThread(inbox, clock.now)
        stack.callback(disk.close, DISK_PATIENCE)
        chip = getattr(factory, "chip", None)  # simulated pins have none
        guard = None if chip is None else _posted(Guard(_leave_word(config.pins, chip)))
        notifier = Notifier(beat=partial(_look_after, guard, disk))
        observers: list[Observer] = [_Signals(inbox, clock), notifier]
        if record:
            from sensor.daemon.recording import Recording  # noqa: PLC0415  (hardly ever wanted)

            recording = Recording(record, config, disk=disk, seed=seed)
            observers.append(stack.enter_context(recording))
        daemon = stack.enter_context(
            assembled(
                config,
                state_dir=state_dir,
                clock=clock,
                inbox=inbox,
                factory=factory,
                make_link=partial(_link, config.mqtt, clock),
                observers=observers,
                seed=seed,
                life=os.urandom(LIFE_BYTES).hex(),
                disk=disk,
                scratch=KeptFile(),
                memory=resident_memory,
            )
        )
        library = "no pins" if factory is None else type(factory).__name__
        told = about(config, state_dir, library)
        stack.enter_context(StatusService(place(state_dir), inbox, clock.now, told))
        what = "mat" if config.seat.topic is None else "seat"
        log.info("watching the %s on %s (%s)", what, daemon.source.name, library)
        daemon.run()


def resident(config: Config, *, record: Path | None) -> int:
    """Run as the program that stays in memory, its log included; return the exit code."""
    _hold_signals()  # before any thread is there
    writer = start_logging(config.log_level)
    try:
        run(config, record=record)
    except ChairSensorError as error:
        writer.say(f"chair-sensor: {error}")
        return error.exit_code
    except Exception:
        log.critical("the program has failed", exc_info=True)
        return 1
    return 0


def _source(config: Config, factory: Factory, inbox: Inbox, clock: Clock) -> ContactSource:
    """Make what tells who sits: a sensor on the broker if one is named, else the mat."""
    if config.seat.topic is not None:
        from sensor.mqtt.seat import SeatSensor  # noqa: PLC0415  (most chairs have a mat)

        return SeatSensor(config.seat, inbox, clock)
    return Mat(config.pins, factory, inbox, clock.now)


def _opened_chip(pins: Pins, make_factory: FactoryMaker, stack: ExitStack) -> Factory | None:
    """Open the GPIO chip until `stack` ends; None: nothing is wired, and no chip is needed."""
    if not any(wires(asdict(pins))):
        return None
    factory = make_factory(pins.chip)
    stack.callback(factory.close)
    return factory


def _topics(config: Config, state_dir: Path, source: ContactSource) -> Topics:
    return Topics.of(
        config.mqtt, config.chair.id or chair_id(state_dir), sensors=tuple(source.topics)
    )


def _database(config: Config, state_dir: Path, connect: Connector | None) -> Database:
    return Database(
        state_dir / DATABASE,
        zone=timezone(config.chair.timezone) if config.chair.timezone else SystemZone(),
        keep_days=config.keep_days,
        **({"connect": connect} if connect else {}),
    )


def _link(mqtt: Mqtt, clock: Clock, topics: Topics, inbox: Inbox, traffic: Traffic) -> Link:
    """Make the link to the broker of the settings."""
    if not mqtt.wanted:
        from sensor.mqtt.no_broker import NoLink  # noqa: PLC0415  (no paho, either)

        return NoLink()
    from sensor.mqtt.client import PahoLink  # noqa: PLC0415  (the simulator does without)

    return PahoLink(
        settings=mqtt,
        client_id=mqtt.client_id or f"chair-sensor-{topics.chair_id}",
        will=farewell(topics),
        subscriptions=topics.subscriptions,
        inbox=inbox,
        now=clock.now,
        random=Random(),  # noqa: S311  (jitter)
        traffic=traffic,
    )


def about(config: Config, state_dir: Path, library: str) -> About:
    """Return the part of the status answer that does not change while the daemon runs."""
    return {
        "pid": os.getpid(),
        "name": config.chair.name,
        "language": config.language,
        "broker": config.mqtt.address if config.mqtt.wanted else None,
        "pins": asdict(config.pins),
        "pin_library": library,
        "state_dir": str(state_dir),
    }


def quieten(config: Config) -> None:
    """Drive buzzer and LED silent and leave them so. Raises HardwareError."""
    outputs = list(resting(config.pins))
    chip = chosen_chip(config.pins.chip) if outputs else 0
    for key, number, high in outputs:
        with advised(key, number):
            drive(chip, number, high=high)


def _leave_word(pins: Pins, chip: int) -> Lines:
    """Note how the outputs are to be left should this process be killed, and return it."""
    lines = [(chip, number, high) for _key, number, high in resting(pins)]
    try:
        note(lines)
    except OSError as error:
        log.warning(
            "%s: %s; after a kill the buzzer is silent later", error.filename, error.strerror
        )
    return lines


def _posted(guard: Guard) -> Guard:
    """Have a guard kept, or tell that there is none."""
    if not guard.post():
        log.warning("no second process could be started; after a kill the buzzer is silent later")
    return guard


def _look_after(guard: Guard | None, disk: DiskJobs) -> None:
    """Replace a guard that has died: after a kill the buzzer would sound until the restart."""
    if guard is not None and guard.is_gone():
        disk.do(guard.post, _say_replaced)


def _say_replaced(done: bool) -> None:
    what = "another one keeps it now" if done else "after a kill the buzzer is silent later"
    log.warning("the process that kept guard over the buzzer has ended; %s", what)


def _be_able_to_open_files() -> None:
    import resource  # noqa: PLC0415  (not on Windows, where the simulator does without)

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit >= OPEN_FILES or limit == resource.RLIM_INFINITY:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
    except (ValueError, OSError):
        raise ChairSensorError(
            f"only {most} files may be open at once, and {OPEN_FILES} are needed; raise the limit "
            f"(LimitNOFILE= in the unit, `ulimit -n {OPEN_FILES}` in a shell)"
        ) from None


def _hold_signals() -> set[int | signal.Signals]:
    """Let signals wait until `_Signals` lets go of them, and return what the mask was.

    Threads that are started meanwhile take none: one that did would not wake the main thread, which
    would notice with its next look, up to 30 s later.
    """
    return signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


class _Signals(Observer):
    """Stops the daemon at SIGTERM and SIGINT, which are held until all threads run."""

    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        def stop(number: int, _frame: FrameType | None) -> None:
            inbox.put(StopAsked(signal.Signals(number).name, clock.now()))

        for number in _STOPPING:
            signal.signal(number, stop)
        # A closed terminal or an eager `systemctl reload` is no reason to leave the chair.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def ready(self) -> None:
        """Let go of the signals."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
