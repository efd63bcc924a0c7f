"""The seat's sensor of a simulation: the mat on a wireless contact, a bridge, and their faults.

It stands on the simulated broker only: on a broker of the user's it would speak for a real one.
"""

import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sensor.daemon.ports import Publication
from sensor.errors import SettingsError
from sensor.mqtt.seat_message import LOW
from sensor.settings.config import Config, is_seat_set
from sensor.simulator.steps import PublishStep, SeatStep, Step

if TYPE_CHECKING:
    from sensor.simulator.simulation import World

log = logging.getLogger(__name__)

HOURLY = 3600.0
"""Seconds between two messages without news, or a third of `seat.silent_after` if that is less."""

_SAID = {
    "miss": "the sensor misses its next change",
    "late": "the sensor tells its next change {:g} s late",
    "repeat": "the sensor's last message comes again",
    "unretained": "the broker retains nothing of the sensor",
    "retained": "the broker retains what the sensor tells",
    "stale": "the bridge repeats what the sensor told {:g} s ago",
    "battery": "the sensor's battery has {percent} %",
    "down": "the bridge is away",
    "up": "the bridge is back",
}


class SimulatedSensor:
    """Tells `seat.topic` what the mat's contact does, retained, as the bridge last heard it."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._seat = seat = world.config.seat
        self._is_own = is_seat_set(str(seat.topic), world.config.mqtt)
        self._every = min(HOURLY, (seat.silent_after or 3 * HOURLY) / 3)
        self._retain = True
        self._closed = False
        """The contact as the bridge knows it."""
        self._changed_at = 0.0
        self._last_seen: float | None = None
        """Unix time, told with each message; None: the bridge does not tell it."""
        self._battery = 100
        self._bridge_up = True
        self._misses = False
        """Whether the next change is lost."""
        self._delay = 0.0
        """Seconds by which the next change is late."""
        self._owes = False
        """Whether the machine slept while something was told."""

    def begin(self) -> None:
        """Tell what there is, and go on telling it now and then."""
        self.repeat()
        self._world.after(self._every, self._report)

    def notice(self, what: str) -> None:
        """Let the sensor notice a change of the `mat`, or of its plug (`loop`), which mends it."""
        misses, delay, self._misses, self._delay = self._misses, self._delay, False, 0.0
        if what == "mat" and delay:
            self._world.after(delay, self._hear)
            self._world.last_until(self._world.t + delay)
        elif what == "loop" or not misses:
            self._hear()

    def repeat(self) -> None:
        """Let the bridge tell its own state and the sensor's, as after a connection."""
        for topic in self._seat.availability:
            self._publish(topic, "online" if self._bridge_up else "offline", retain=True)
        if self._bridge_up:
            self._tell()

    def wake(self) -> None:
        """Let a machine that slept hear the last of what was told meanwhile."""
        if self._owes:
            self.repeat()

    def suffer(self, step: SeatStep) -> None:
        """Carry out an action of a script."""
        log.info("%s", _SAID[step.what].format(step.duration, percent=step.percent))
        match step.what:
            case "miss":
                self._misses = True
            case "late":
                self._delay = step.duration
            case "repeat":
                self._tell()
            case "unretained":
                self._publish(str(self._seat.topic), "", retain=True)
                self._retain = False
            case "retained":
                self._retain = True
                self._tell()
            case "stale":
                self._last_seen = self._world.machine.wall() - step.duration
                self._tell()
            case "battery":
                self._battery = step.percent
                self._tell()
            case "down" | "up":
                self._bridge_up = step.what == "up"
                self.repeat()

    def troubles(self) -> dict[str, bool]:
        """Return the faults there are, in a word or two each, and whether they are."""
        return {
            "sensor silent": self._world.chair.unplugged,
            "bridge away": not self._bridge_up,
            "battery low": self._battery <= LOW,
        }

    def _hear(self) -> None:
        """Let the bridge hear the contact as it is now."""
        if self._world.chair.unplugged or not self._bridge_up:
            return
        if self._closed is not self._world.chair.closed:
            self._closed, self._changed_at = not self._closed, self._world.t
        self._last_seen = None
        self._tell()

    def _report(self) -> None:
        if not self._world.chair.unplugged:
            self._tell()
        self._world.after(self._every, self._report)

    def _tell(self) -> None:
        if self._bridge_up:
            self._publish(str(self._seat.topic), self._payload(), retain=self._retain)

    def _publish(self, topic: str, payload: str | dict[str, Any], *, retain: bool) -> None:
        self._owes = self._world.chair.wires.asleep
        if not self._owes:
            self._world.broker.publish(Publication(topic=topic, payload=payload, retain=retain))

    def _payload(self) -> str | dict[str, Any]:
        word = self._seat.seated[0] if self._closed else self._empty
        if self._seat.key is None:
            return word
        *parents, name = self._seat.key.split(".")
        told = {name: _value(word), "battery": self._battery}
        if self._is_own:
            told["age"] = round(self._world.t - self._changed_at, 1)
        if self._last_seen is not None:
            told["last_seen"] = round(self._last_seen * 1000)
        for parent in reversed(parents):
            told = {parent: told}
        return told

    @property
    def _empty(self) -> str:
        """The word for an empty chair."""
        if self._seat.empty:
            return self._seat.empty[0]
        return "true" if "false" in self._seat.seated else "false"


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word


def has_sensor(steps: Sequence[Step], config: Config, *, may: bool = True) -> bool:
    """Return whether the script sits on a simulated sensor, if it may at all.

    It does not where it publishes the seat's messages itself. Raises SettingsError if an action
    needs a sensor, or a value in its messages, that is not there.
    """
    base, topic = f"{config.mqtt.base_topic}/{config.chair.id}", config.seat.topic
    told = {f"{base}/{s.action.subtopic}" for s in steps if isinstance(s.action, PublishStep)}
    has_one = may and topic is not None and topic not in told
    for step in steps:
        if not isinstance(step.action, SeatStep):
            continue
        what = None
        if not has_one:
            what = "is about a simulated sensor; add --set seat.topic=TOPIC, without --broker"
        elif step.action.what in ("stale", "battery") and config.seat.key is None:
            what = "needs messages in JSON; add --set seat.key=KEY"
        if what:
            raise SettingsError(f"line {step.line} of the script {what}")
    return has_one
