"""A fleet: many chairs in one process against a real broker, to size it for an office.

Each chair is a whole daemon with its own identity, sitter, state directory and MQTT session, and
the connections are those of the daemon (`mqtt/connection.py`). Only the waiting is done for all of
them at once: one thread and one epoll, because a thousand threads would measure Python. So two
things limit a fleet: open files (a few for each chair) and one core.

A witness, a client of its own, subscribes to everything, and every message is accounted for.
"""

import argparse
import heapq
import itertools
import logging
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic

from sensor.daemon.inbox import Connected, Disconnected, Inbox, Received
from sensor.daemon.ports import Link, Publication
from sensor.mqtt.backoff import delays
from sensor.mqtt.gateway import farewell
from sensor.mqtt.limits import Limits
from sensor.mqtt.topics import Topics
from sensor.mqtt.traffic import Traffic
from sensor.settings.address import read
from sensor.settings.config import Config
from sensor.settings.loading import load
from sensor.simulator.simulation import World
from sensor.simulator.sitter import office
from tests.bench.guests.account import LATE, Account
from tests.bench.guests.line import GREETING, Line, NoWaker, Served

log = logging.getLogger(__name__)

SETTINGS = ("chair.id=simulated", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26")
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A Monday when everybody has come to work."""
FILES = 5
"""Open files for each chair: the socket, the database with its two companions, one to spare."""
WITNESS_PATIENCE = 0.05
"""Seconds between two attempts of the witness: it should be back before the chairs."""
MOST_AT_ONCE = 500
"""Rounds of reading before it is somebody else's turn."""
MOST_UNDER_WAY = 100
"""Messages that the witness has yet to see, at most: mosquitto keeps 1000 for a client, and drops
the rest. A whole fleet that greets a broker which is back has many times that to say."""
WATCHED = ("state", "event", "availability", "diagnostics")


@dataclass
class Chair:
    """One chair of the fleet: a world with a daemon, and the broker as it sees it."""

    fleet: "Fleet"
    world: World
    up: bool = True
    refuses: bool = False

    def connect(self, topics: Topics, inbox: Inbox, traffic: Traffic) -> Link:
        """Make the daemon's link."""
        world, fleet, will = self.world, self.fleet, farewell(topics)
        line = fleet.line(
            f"chair-sensor-{topics.chair_id}",
            will,
            topics.subscriptions,
            now=world.machine.now,
            patience=lambda: delays(fleet.random),
            base=f"{topics.availability.rpartition('/')[0]}/",
            traffic=traffic,
        )

        def changed(up: bool) -> None:
            self.catch_up()
            now = world.machine.now()
            inbox.put(Connected(now) if up else Disconnected(fleet.problem, now))
            self.catch_up()

        def receive(topic: str, payload: bytes, retained: bool) -> None:
            self.catch_up()
            inbox.put(Received(topic, payload, retained, world.machine.now()))
            fleet.after(0, self.catch_up)

        line.changed, line.receive = changed, receive
        return line

    def catch_up(self) -> None:
        """Let the time pass that has passed, and come back when there is more to do."""
        t = self.fleet.t()
        while self.world.next_at() <= t:
            self.world.advance()
        self.world.t = max(self.world.t, t)
        self.fleet.due(self)

    # A script of sitting and standing asks nothing else of a broker.
    def publish(self, publication: Publication) -> None: ...  # noqa: D102
    def switch(self, up: bool) -> None: ...  # noqa: D102
    def refuse(self) -> None: ...  # noqa: D102
    def crash(self) -> None: ...  # noqa: D102
    def sleep(self, seconds: float) -> None: ...  # noqa: D102
    def wake(self) -> None: ...  # noqa: D102


class Fleet:
    """Runs the chairs until it is asked to end."""

    def __init__(self, config: Config, *, speed: float, seed: int, tell_every: float) -> None:
        self.account = Account()
        self.random = Random(seed)  # noqa: S311  (jitter)
        self.problem = ""
        """Why the last connection was lost, or not made."""
        self._to_flush: set[Line] = set()
        self._config = config
        self._speed = speed
        self._tell_every = tell_every
        self._chairs: list[Chair] = []
        self._lines: list[Line] = []
        self._by_file: dict[int, Line] = {}
        self._files: dict[Line, int] = {}
        self._epoll = select.epoll()
        self._todo: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._began = monotonic()
        self._told = (monotonic(), 0)
        self._over = False
        base, discovery = config.mqtt.base_topic, f"{config.mqtt.discovery_prefix}/device/+/config"
        self.witness = self.line(
            f"chair-sensor-witness-{config.chair.id}",
            Publication(topic=f"{base}/witness", payload=""),
            (*(f"{base}/+/{name}" for name in WATCHED), discovery),
            now=monotonic,
            patience=lambda: itertools.repeat(WITNESS_PATIENCE),
            base="",
            traffic=Traffic(),
        )
        self.witness.receive = lambda topic, payload, retained: self.account.receive(
            topic, payload.decode(), retained=retained
        )

    def line(
        self,
        client_id: str,
        will: Publication,
        subscriptions: tuple[str, ...],
        *,
        now: Callable[[], float],
        patience: Callable[[], Iterator[float]],
        base: str,
        traffic: Traffic,
    ) -> Line:
        """Lay a line to the broker."""
        limits = Limits()

        def new(receive: Callable[[str, bytes, bool], None]) -> Served:
            return Served(
                self._config.mqtt,
                client_id=client_id,
                will=will,
                subscriptions=subscriptions,
                receive=receive,
                confirm=lambda _topic: None,
                waker=NoWaker(),
                limits=limits,
            )

        line = Line(self, new, now=now, patience=patience, base=base, traffic=traffic)
        self._lines.append(line)
        return line

    # --- what lines and chairs ask for ----------------------------------------------------------

    def t(self) -> float:
        """Seconds of simulated time since the start."""
        return (monotonic() - self._began) * self._speed

    def after(self, seconds: float, todo: Callable[[], None]) -> None:
        """Do something in so many real seconds."""
        heapq.heappush(self._todo, (monotonic() + seconds, next(self._number), todo))

    def due(self, chair: Chair) -> None:
        """Let a chair catch up when its next moment has come."""
        seconds = (chair.world.next_at() - self.t()) / self._speed
        self.after(max(0, seconds), lambda: self._wake(chair))

    def _wake(self, chair: Chair) -> None:
        if chair.world.next_at() <= self.t():  # else it has been there already
            chair.catch_up()

    def sends(self, line: Line, publication: Publication) -> None:
        """Enter a message in the books, and let it go out soon."""
        self.account.send(publication, line.base, watched=self.witness.up)
        self._to_flush.add(line)

    def admits(self, line: Line) -> bool:
        """Let the witness go first, so that it misses nothing."""
        return line is self.witness or self.witness.up

    def breaks(self, line: Line) -> None:
        """Nobody knows what became of what was under way there."""
        self.account.break_off(line.base)

    def watch(self, line: Line) -> None:
        """Serve a line that has a connection."""
        if line.connection is not None:
            file = self._files[line] = line.connection.fileno()
            self._by_file[file] = line
            self._epoll.register(file, select.EPOLLIN)
            self._to_flush.add(line)

    def forget(self, line: Line) -> None:
        """Serve a line no more."""
        file = self._files.pop(line, None)
        if file is not None:
            del self._by_file[file]
            with suppress(OSError):  # closed already, and so forgotten by itself
                self._epoll.unregister(file)

    # --- the loop -------------------------------------------------------------------------------

    def run(self, worlds: Iterator[World]) -> None:
        """Start all chairs, serve them until somebody asks to end, and see them off."""
        self.witness.open()
        self.serve_until(lambda: self.witness.up, GREETING)
        if not self.witness.up:
            sys.exit(f"--broker {self._config.mqtt.host}: {self.problem or 'no answer'}")
        self.after(self._tell_every, self._tell_again)
        self.after(1, self._ping)
        for world in worlds:
            chair = Chair(self, world)
            world.broker = chair
            world.t = self.t()
            world.start()
            self._chairs.append(chair)
            self.due(chair)
            self._turn(0)
            if self._over:
                break
        self.account.delays.clear()  # starting so many programs at once is not the broker's doing
        self.serve_until(lambda: self._over)
        for chair in self._chairs:
            chair.world.stop("the fleet is over")
        self.serve_until(lambda: not self.account.under_way, LATE)
        self.account.settle()
        self._tell()
        self.witness.close()

    def finish(self) -> None:
        """End soon; safe from a signal handler."""
        self._over = True

    def serve_until(self, done: Callable[[], bool], patience: float | None = None) -> None:
        """Serve all lines and chairs until something is so, or for so many seconds."""
        until = None if patience is None else monotonic() + patience
        while not done() and (until is None or monotonic() < until):
            self._turn(0.2)

    def _turn(self, patience: float) -> None:
        """Wait for something to do, at most so long, and do it."""
        if self._todo:
            patience = min(patience, max(0, self._todo[0][0] - monotonic()))
        for _ in range(MOST_AT_ONCE):  # a connection reads one packet at a time
            found = self._epoll.poll(patience)
            for file, _events in found:
                line = self._by_file.get(file)
                if line is not None and (line is self.witness or not self._crowded):
                    line.serve(readable=True)
            if not found or self._crowded:
                break
            patience = 0
        now = monotonic()
        while self._todo and self._todo[0][0] <= now and not self._crowded:
            heapq.heappop(self._todo)[2]()
        while self._to_flush:
            self._to_flush.pop().serve(readable=False)
        if self._crowded:
            self.account.settle()  # what is lost does not come, and nobody waits for it

    @property
    def _crowded(self) -> bool:
        """Whether the chairs have to wait until the witness has seen what is under way."""
        return self.account.under_way >= MOST_UNDER_WAY

    def _ping(self) -> None:
        for line in self._lines:
            if line.connection is not None and line.connection.patience() <= 0:
                line.serve(readable=False)
        self.after(1, self._ping)

    def _tell_again(self) -> None:
        self._tell()
        self.after(self._tell_every, self._tell_again)

    def _tell(self) -> None:
        account = self.account
        account.settle()
        (began, sent), self._told = self._told, (monotonic(), account.sent)
        up = sum(line.up for line in self._lines) - self.witness.up
        late = quantiles(account.delays, n=100) if len(account.delays) > 1 else [0.0] * 99
        rate = (account.sent - sent) / max(0.001, monotonic() - began)
        log.info(
            "%d of %d connected, %.0f messages/s; sent %d, received %d, under way %d, cut off %d, "
            "unwatched %d, lost %d; %d states true; delay %.1f, 95 %% %.1f, 99 %% %.1f ms",
            *(up, len(self._chairs), rate, account.sent, account.received, account.under_way),
            *(account.cut, account.unwatched, account.lost, account.true_states),
            *(1000 * late[percent - 1] for percent in (50, 95, 99)),
        )


def main() -> None:
    """Let a fleet have so many chairs until Ctrl-C; exit code 1 if a message was lost."""
    options = _parser().parse_args()
    address = read(options.broker, "--broker")
    given = {"mqtt.host": address.host, "mqtt.port": address.port, "mqtt.tls": address.tls}
    overrides = [f"{key}={value}" for key, value in given.items() if value is not None]
    config = load(overrides=[*SETTINGS, *overrides])
    _allow_files(options.chairs)
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s  %(message)s", datefmt="%H:%M:%S")
    log.setLevel(logging.INFO)  # and of the chairs warnings only
    fleet = Fleet(config, speed=options.speed, seed=options.seed, tell_every=options.tell_every)
    signal.signal(signal.SIGINT, lambda *_: fleet.finish())
    signal.signal(signal.SIGTERM, lambda *_: fleet.finish())
    with TemporaryDirectory(prefix="fleet-") as folder:
        fleet.run(_worlds(config, options.chairs, options.seed, Path(folder)))
    if fleet.account.lost:
        sys.exit(f"{fleet.account.lost} messages were lost on the way")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--chairs", type=int, required=True, help="how many")
    parser.add_argument("--broker", required=True, metavar="HOST[:PORT]")
    parser.add_argument("--speed", type=float, default=1, help="N times as fast as life")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tell-every", type=float, default=5, help="seconds between two lines")
    return parser


def _worlds(config: Config, chairs: int, seed: int, folder: Path) -> Iterator[World]:
    for number in range(1, chairs + 1):
        chair = replace(config.chair, id=f"{config.chair.id}-{number:04}", name=f"Chair {number}")
        state_dir = folder / str(number)
        state_dir.mkdir()
        yield World(
            config=replace(config, chair=chair),
            steps=office(seed=seed + number, days=1, start=START),
            wall_start=START.timestamp(),
            state_dir=state_dir,
            seed=seed + number,
        )


def _allow_files(chairs: int) -> None:
    needed = 100 + FILES * chairs
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        sys.exit(f"{chairs} chairs need {needed} open files, this machine allows {hard}; ulimit -n")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


if __name__ == "__main__":
    main()
