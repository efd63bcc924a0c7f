"""The real broker of a simulation that users and Home Assistant watch.

Without `--broker` that is amqtt, on a free loopback port.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from sensor.daemon.inbox import Connected, Disconnected, Inbox, Message
from sensor.daemon.ports import Link, Publication
from sensor.errors import ChairSensorError
from sensor.mqtt.client import PahoLink
from sensor.mqtt.gateway import farewell
from sensor.mqtt.topics import Topics
from sensor.mqtt.traffic import Traffic
from sensor.settings.address import written
from sensor.settings.config import Config, Mqtt
from sensor.simulator.embedded_broker import EmbeddedBroker
from sensor.simulator.simulation import World
from sensor.simulator.speed import LockStep, Stride

if TYPE_CHECKING:
    from sensor.simulator.simulate import Options

log = logging.getLogger(__name__)

SPEED = 60.0
"""Virtual seconds per second, without `--speed`."""
CHECKED = {
    "mqtt.host": "the host",
    "mqtt.port": "the port",
    "mqtt.username": "the user (CHAIR_SENSOR_MQTT__USERNAME)",
    "mqtt.password": "the password (CHAIR_SENSOR_MQTT__PASSWORD)",
}
"""What there is to check when a broker does not answer, by the setting that an error is about."""
PATIENCE = 5.0
"""Real seconds to wait for the broker before virtual time goes on without it."""


@contextmanager
def go_live(world: World, config: Config, options: "Options") -> Iterator[None]:
    """Give the simulation a real broker and a pace. Raises ChairSensorError if that fails."""
    with ExitStack() as stack:
        mqtt = config.mqtt
        if options.broker is None:
            broker = stack.enter_context(EmbeddedBroker())
            mqtt = replace(mqtt, host="127.0.0.1", port=broker.port, tls=False, protocol="3.1.1")
        else:
            _check(mqtt)
            if config.seat.topic is not None:
                log.info("the seat is your sensor on %s, whatever a script does", config.seat.topic)
        world.config = replace(config, mqtt=mqtt)
        live = LiveBroker(world, mqtt, Random(options.seed))  # noqa: S311  (jitter)
        world.broker = live
        speed = SPEED if options.speed is None else options.speed
        world.pace = Stride(speed) if speed else LockStep(live.catch_up)
        base = f"{mqtt.base_topic}/{config.chair.id}"
        there = _as_mosquitto(mqtt)
        log.info("MQTT broker on %s, port %d", mqtt.host, mqtt.effective_port)
        log.info("to watch: mosquitto_sub %s -v -t '%s/#'", there, base)
        log.info("to act: mosquitto_pub %s -t %s/do/snooze -m PRESS", there, base)
        if not world.endless:  # the screen shows its speed, and its keys
            how = f"{speed:g} times life" if speed else "as fast as it can"
            log.info("speed: %s; Ctrl-C ends it", how)
        yield


def _as_mosquitto(mqtt: Mqtt) -> str:
    """Return the options with which mosquitto's clients get to the broker, but for the password."""
    given = {
        "-h": mqtt.host,
        "-p": mqtt.effective_port,
        "-u": mqtt.username,
        "-P": mqtt.username and "PASSWORD",
        "--cafile": mqtt.ca_file,
        "--cert": mqtt.cert_file,
        "--key": mqtt.key_file,
    }
    more = ["--tls-use-os-certs"] * (mqtt.tls and not mqtt.ca_file)
    more += ["--insecure"] * mqtt.tls_insecure
    return " ".join([*(f"{option} {value}" for option, value in given.items() if value), *more])


def _check(mqtt: Mqtt) -> None:
    """Raise ChairSensorError if the broker of `--broker` does not accept a connection."""
    inbox = Inbox()
    link = PahoLink(
        settings=mqtt,
        client_id="chair-sensor-simulate-check",
        will=Publication(topic=f"{mqtt.base_topic}/check", payload=""),
        subscriptions=(),
        inbox=inbox,
        now=monotonic,
        random=Random(),  # noqa: S311  (jitter)
    )
    client_log = logging.getLogger(PahoLink.__module__)
    client_log.disabled = True  # only the daemon's connection is to be logged
    link.open()
    answer = inbox.get(PATIENCE)
    link.close()
    client_log.disabled = False
    if not isinstance(answer, Connected):
        reason = answer.reason if isinstance(answer, Disconnected) else "no answer"
        error = answer.error if isinstance(answer, Disconnected) else None
        about = error.about or ("mqtt.host", "mqtt.port") if error else tuple(CHECKED)
        named = [CHECKED[each] for each in about if each in CHECKED]
        fix = f"check {' and '.join(named or CHECKED.values())}"
        raise ChairSensorError(f"--broker {written(mqtt.host)}: {reason}", fix=fix)


class LiveBroker:
    """A real broker, with the faults of a script."""

    def __init__(self, world: World, mqtt: Mqtt, random: Random) -> None:
        self._world = world
        self._mqtt = mqtt
        self._random = random
        self.up = True
        self.refuses = False
        self._refuser: EmbeddedBroker | None = None
        self._link: CuttableLink | None = None
        self._will: Publication | None = None
        self._given_up = False
        self._waiting: dict[str, Publication] = {}
        """What other clients retain once there is a connection, by topic."""

    def connect(self, topics: Topics, inbox: Inbox, traffic: Traffic) -> Link:
        """Make the daemon's link."""

        def new_link() -> PahoLink:
            return PahoLink(
                settings=self._settings(),
                client_id=self._mqtt.client_id or f"chair-sensor-{topics.chair_id}",
                will=farewell(topics),
                subscriptions=topics.subscriptions,
                inbox=inbox,
                now=self._world.machine.now,
                random=self._random,
                traffic=traffic,
            )

        self._will = farewell(topics)
        self._link = CuttableLink(
            world=self._world,
            new_link=new_link,
            inbox=inbox,
            waiting=self._waiting,
            link=new_link() if self.up else None,
        )
        return self._link

    def publish(self, publication: Publication) -> None:
        """Publish as another client; the broker delivers it to the daemon."""
        if publication.retain and not (self._link and self._link.connected):
            self._waiting[publication.topic] = publication
        elif self.up and self._link is not None:
            self._link.publish(publication)

    def switch(self, up: bool) -> None:
        """Cut the connection or allow it again."""
        self.up, self.refuses = up, False
        if self._link is not None and (not up or self._refuser is not None):
            self._link.cut()
        if self._refuser is not None:
            self._refuser.stop()
            self._refuser = None
        if up and self._link is not None:
            self._link.mend()

    def refuse(self) -> None:
        """Lead the daemon to a broker that refuses it; the real one may not be touched."""
        self.switch(False)
        self.up = self.refuses = True
        self._refuser = EmbeddedBroker(refuses=True).start()
        if self._link is not None:
            self._link.mend()

    def _settings(self) -> Mqtt:
        if self._refuser is None:
            return self._mqtt
        return replace(self._mqtt, host=self._refuser.host, port=self._refuser.port, tls=False)

    def crash(self) -> None:
        """Publish the last will, as the broker would after a broken connection."""
        if self._link is not None:
            self._link.close(self._will)

    def sleep(self, seconds: float) -> None:
        """Do nothing: virtual sleep is too short for a real broker to notice."""

    def wake(self) -> None:
        """Do nothing: no connection was lost."""

    def catch_up(self, inbox: Inbox) -> Message | None:
        """Wait until the broker has acknowledged everything; return a message if one is there."""
        link = self._link
        if link is None or link.settled(PATIENCE):
            self._given_up = False
            return inbox.get()
        message = inbox.get(0 if self._given_up else PATIENCE)
        self._given_up = message is None  # after one wait in vain time goes on without the broker
        return message


@dataclass(kw_only=True, eq=False)
class CuttableLink:
    """A link to a real broker that a script can cut."""

    world: World
    new_link: Callable[[], PahoLink]
    inbox: Inbox
    waiting: dict[str, Publication]
    """What is published after the first message of a connection, by topic."""
    link: PahoLink | None
    """None: it is cut."""
    _greeted: bool = field(default=False, init=False)
    _closed: bool = field(default=False, init=False)

    def open(self) -> None:
        """Start connecting, unless it is cut."""
        if self.link is not None:
            self.link.open()

    @property
    def connected(self) -> bool:
        """Whether what is published goes anywhere."""
        return self.link is not None and not self._closed and self.link.connected

    def publish(self, *publications: Publication) -> None:
        """Hand over messages, and after the first ones what has waited for a connection."""
        if self.link is None or self._closed:
            return
        self._greeted = True
        if self.connected:
            for publication in publications:
                self.world.records.mqtt(publication)
        self.link.publish(*publications)
        while self.waiting and self.connected:
            self.publish(self.waiting.pop(next(iter(self.waiting))))

    def settled(self, timeout: float) -> bool:
        """Return whether nothing is under way, waiting `timeout` real seconds at most."""
        if self.link is None or self._closed:
            return True
        return self._greeted and self.link.flush(timeout)

    def alive(self) -> bool:
        """Return whether the network thread runs."""
        return self.link is None or self.link.alive()

    def close(self, farewell: Publication | None = None) -> None:
        """Say good-bye and go."""
        if self.link is not None and not self._closed:
            if farewell is not None and self.connected:
                self.world.records.mqtt(farewell)
            self.link.close(farewell)
        self._closed = True

    def cut(self) -> None:
        """Break the connection."""
        if self.link is not None and not self._closed:
            self.link.close()
            self.link = None
            self._greeted = False
            self.inbox.put(Disconnected("the connection is cut", self.world.machine.now()))

    def mend(self) -> None:
        """Allow a connection again."""
        if self.link is None and not self._closed:
            self.link = self.new_link()
            self.link.open()
