"""The names of all topics of one chair (core/README.md, section 10); pure."""

from typing import Literal, NamedTuple, Self

from sensor.daemon.ports import Publication
from sensor.settings.config import SEAT_SET, Mqtt

CommandKind = Literal["set", "do"]
"""`set/<setting>` changes a value, `do/<action>` presses a button."""

ONLINE = "online"
"""On the topic of availability: the chair is there."""


def is_echo(will: Publication | None, topic: str, payload: bytes) -> bool:
    """Whether a message is our own word that we are there, on the topic of our last will.

    A link does not pass it on. Whatever else comes there is contradicted.
    """
    return will is not None and topic == will.topic and payload == ONLINE.encode()


class Topics(NamedTuple):
    """The topics of one chair; each part has been checked by `settings/values.py` (no `+`, `#`)."""

    chair_id: str
    """`[a-z0-9_-]`, so that it can be part of Home Assistant's object id as it is."""
    base_topic: str = "chair-sensor"
    discovery_prefix: str = "homeassistant"
    birth_topic: str = "homeassistant/status"
    """Where Home Assistant says `online` when it has started."""
    sensors: tuple[str, ...] = ()
    """Where a contact source listens, if its sensor is on the same broker."""

    @classmethod
    def of(cls, mqtt: Mqtt, chair_id: str, *, sensors: tuple[str, ...] = ()) -> Self:
        """Name the topics of a chair as the settings want them."""
        return cls(
            chair_id=chair_id,
            base_topic=mqtt.base_topic,
            discovery_prefix=mqtt.discovery_prefix,
            birth_topic=mqtt.birth_topic,
            sensors=sensors,
        )

    @property
    def base(self) -> str:
        """What all topics of this chair begin with, without a slash at the end."""
        return f"{self.base_topic}/{self.chair_id}"

    @property
    def availability(self) -> str:
        """Retained `online` or `offline`; also the topic of the last will."""
        return f"{self.base}/availability"

    @property
    def state(self) -> str:
        """Retained JSON object: all that is true now."""
        return f"{self.base}/state"

    @property
    def event(self) -> str:
        """JSON objects, never retained: what has just happened."""
        return f"{self.base}/event"

    @property
    def diagnostics(self) -> str:
        """Retained JSON object, at most every ten minutes: how the daemon itself is."""
        return f"{self.base}/diagnostics"

    @property
    def object_id(self) -> str:
        """The chair's name inside the discovery topic."""
        return f"chair-sensor-{self.chair_id}"

    @property
    def discovery(self) -> str:
        """Retained device description for Home Assistant (2024.11 and newer)."""
        return f"{self.discovery_prefix}/device/{self.object_id}/config"

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """What the daemon listens to: commands, Home Assistant's birth, itself, sensors."""
        return (
            *(self.command("set", "+"), self.command("do", "+")),
            *(self.birth_topic, self.availability),
            *self.sensors,
        )

    @property
    def seat(self) -> str:
        """Where Home Assistant's blueprint tells, retained, who sits."""
        return f"{self.base}{SEAT_SET}"

    @property
    def retained(self) -> tuple[str, ...]:
        """What the broker keeps of this chair, but for its description."""
        return (self.state, self.diagnostics, self.availability)

    def command(self, kind: CommandKind, name: str) -> str:
        """Give the topic on which a setting is changed or an action is asked for."""
        return f"{self.base}/{kind}/{name}"

    def command_in(self, topic: str) -> tuple[CommandKind, str] | None:
        """Split an incoming topic into kind and name; None where it is no command of this chair."""
        prefix, _, name = topic.rpartition("/")
        if prefix == f"{self.base}/set":
            return "set", name
        if prefix == f"{self.base}/do":
            return "do", name
        return None
