"""How Home Assistant learns of the chair: one retained message describes the device and all of it.

Pure: topics and names -> payload, in the sitter's language. Needs Home Assistant 2024.11 or newer.
The envelope is written with the short keys of Home Assistant's own documentation (`dev`, `o`,
`cmps`, `avty`, `p`), the components with full names. What there is to see is in `entities.py`, what
can be changed in `controls.py`.

Ids are made of the English names, and of the name that the chair had when it was first announced:
another language or name renames the entities, and no id moves.

Leaving a component out does not remove it from Home Assistant: it stays there, dead. So an upgrade
that drops one is announced with `parting` first, and without it a moment later (`mqtt/gateway.py`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import time
from types import MappingProxyType
from typing import Any

from sensor import REPOSITORY, __version__
from sensor.core.words import Text, Translate
from sensor.daemon.ports import Description, Publication
from sensor.homeassistant import controls, entities
from sensor.homeassistant.entities import Component
from sensor.homeassistant.templates import template
from sensor.mqtt.gateway import DIAGNOSE_EVERY, HEARTBEAT
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config, is_seat_set

MODEL = Text("Pressure mat under a desk chair")
WIRELESS = Text("Seat sensor of a desk chair")
"""The model of a chair whose seat is on the broker."""
MANUAL = "sensor/homeassistant/README.md"
BEGINNING = ""
"""What stands for the beginning of the ids among component keys, in what is remembered."""
MISSED = 3
"""Messages that may stay away before Home Assistant shows sensors as unavailable.

Availability alone does not age there. After a power cut that broker and chair share, the broker may
come back alone, with a retained `online` that is no longer true.
"""


def payload(  # noqa: PLR0913  (by name only)
    topics: Topics,
    *,
    chair_name: str,
    version: str,
    day_starts: time,
    area: str | None = None,
    lacking: Collection[str] = (),
    translate: Translate = str,
    announced: Mapping[str, str] = MappingProxyType({}),
    repository: str = REPOSITORY,
) -> dict[str, Any]:
    """Describe the device; the JSON of this goes, retained, to `topics.discovery`.

    `chair_name` names the device and its main entity; `day_starts` is when today's total begins.
    `lacking` are keys of components that this chair does not have.
    `announced` is what the chair was announced with before, as `platforms` returns it.
    `repository` is where the device page and warnings of Home Assistant lead to; "" for nowhere.
    """
    identity = f"chair-sensor_{topics.chair_id}"
    prefix = announced.get(BEGINNING) or first_prefix(chair_name, topics.chair_id)
    return {
        "dev": {
            "ids": [identity],
            "name": chair_name,
            "mf": "chair-sensor",
            "mdl": (WIRELESS if topics.sensors else MODEL).said(translate),
            "sn": topics.chair_id,
            "sw": version,
            **({"sa": area} if area else {}),
            **({"cu": f"{repository}/blob/main/{MANUAL}"} if repository else {}),
        },
        "o": {
            "name": "chair-sensor",
            "sw": version,
            **({"url": repository} if repository else {}),
        },
        # Home Assistant's own defaults, and yet said: while it starts it may check this with half
        # of its rules (other threads compile them anew), and would miss them
        "avty": [{"t": topics.availability, "pl_avail": "online", "pl_not_avail": "offline"}],
        "cmps": {
            key: {
                **_in_language(component, translate),
                "unique_id": f"{identity}_{key}",
                **_entity_id(prefix, component),
                # qos stands in each component: at the root it is not inherited before 2026.11
                "qos": 1,
            }
            for key, component in _components(topics, day_starts)
            if key not in lacking and (key not in entities.FOLDED or key in announced)
        },
    }


def platforms(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return what there is to remember of a payload: its platforms, and what its ids begin with."""
    components = payload["cmps"]
    began = {BEGINNING: components["occupied"]["object_id"]} if "occupied" in components else {}
    return {**began, **{key: component["p"] for key, component in components.items()}}


def parting(payload: Mapping[str, Any], announced: Mapping[str, str]) -> dict[str, Any] | None:
    """Make the payload that removes what was announced once and is no more; None if all is there.

    A component that is nothing but its platform is removed. One that changed its platform goes
    here and comes back with `payload` itself.
    """
    present = platforms(payload)
    gone = {
        key: {"p": old}
        for key, old in announced.items()
        if key != BEGINNING and present.get(key) != old
    }
    return {**payload, "cmps": {**payload["cmps"], **gone}} if gone else None


class Discovery(Description):
    """The description of one chair, for the gateway."""

    platforms = staticmethod(platforms)
    parting = staticmethod(parting)

    def __init__(self, topics: Topics, config: Config, translate: Translate) -> None:
        self._topics = topics
        self._chair = config.chair
        self._lacking = lacking(config)
        self._translate = translate

    def payload(self, day_starts: time, announced: Mapping[str, str]) -> dict[str, Any]:
        """Describe the device and all of it."""
        return payload(
            self._topics,
            chair_name=self._chair.name,
            version=__version__,
            day_starts=day_starts,
            area=self._chair.area,
            lacking=self._lacking,
            translate=self._translate,
            announced=announced,
        )


def lacking(config: Config) -> frozenset[str]:
    """Return the keys of components that this chair does not have, in its pins or its seat."""
    soundless = controls.OF_THE_BUZZER if config.pins.buzzer is None else frozenset()
    # Home Assistant's blueprint tells of the seat alone
    by_blueprint = is_seat_set(config.seat.topic or "", config.mqtt)
    return soundless | (entities.SEAT.keys() if by_blueprint else frozenset())


def removal(topics: Topics) -> Publication:
    """Make the message that removes the device and its entities from Home Assistant."""
    return Publication(topic=topics.discovery, payload="", retain=True)


def first_prefix(chair_name: str, chair_id: str) -> str:
    """Return what the ids of a new chair begin with: its name, or its id for want of a letter."""
    return entity_prefix(chair_name) or entity_prefix(chair_id)


def entity_prefix(chair_name: str) -> str:
    """Return a name as Home Assistant spells it in entity ids; "" without Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", chair_name.replace("ß", "ss"))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    return "_".join(words)


def _entity_id(prefix: str, component: Component) -> Component:
    """Return the id: that which Home Assistant itself would make of both English names.

    `object_id` says the same to versions before 2025.10. Those up to 2026.3 warn of it only where
    `default_entity_id` is missing, and later ones do not know it any more.
    """
    name = component["name"]
    own = f"{prefix}{f'_{entity_prefix(name(str))}' if name else ''}"
    return {"default_entity_id": f"{component['p']}.{own}", "object_id": own}


def _in_language(component: Component, translate: Translate) -> Component:
    """Make the values that depend on the language; one that comes to None is left out."""
    said = {key: each(translate) if callable(each) else each for key, each in component.items()}
    return {key: each for key, each in said.items() if each is not None or key == "name"}


def _available(topics: Topics, senseless: str) -> Component:
    """Describe a button that is unavailable while it can do nothing."""
    told = template(f"'online' if {senseless} else 'offline'")
    return {
        "availability": [
            {"topic": topics.availability},
            {"topic": topics.state, "value_template": told},
        ],
        "availability_mode": "all",
    }


def _components(topics: Topics, day_starts: time) -> Iterator[tuple[str, Component]]:
    """Put platform and topics to the tables; yields component keys and components."""
    told = {"state_topic": topics.state}
    ages = {**told, "expire_after": MISSED * HEARTBEAT}
    sensors = {**entities.SENSORS, **entities.totals(day_starts)}
    for platform, table in ("binary_sensor", entities.BINARY_SENSORS), ("sensor", sensors):
        for key, entity in table.items():
            yield key, {"p": platform, **ages, **_attributes(topics.state, entity), **entity}
    ages = {"state_topic": topics.diagnostics, "expire_after": MISSED * DIAGNOSE_EVERY}
    seat = entities.SEAT if topics.sensors else {}
    for key, entity in {**entities.DIAGNOSTICS, **seat, **entities.FOLDED}.items():
        yield key, {"p": "sensor", **ages, **_attributes(topics.diagnostics, entity), **entity}
    yield "event", {"p": "event", "state_topic": topics.event, **entities.EVENT}
    for platform, settings in controls.SETTINGS.items():
        for setting, entity in settings.items():
            heard = {"command_topic": topics.command("set", setting)}
            more = _attributes(topics.state, entity)
            yield f"set_{setting}", {"p": platform, **told, **heard, **more, **entity}
    for action, entity in controls.BUTTONS.items():
        heard = {"command_topic": topics.command("do", action)}
        more = _attributes(topics.state, entity)
        if action in controls.SENSELESS:
            more = {**more, **_available(topics, controls.SENSELESS[action])}
        yield f"do_{action}", {"p": "button", **heard, **more, **entity}


def _attributes(topic: str, entity: Component) -> Component:
    """Return where the attributes come from, if the entity has any."""
    return {"json_attributes_topic": topic} if "json_attributes_template" in entity else {}
