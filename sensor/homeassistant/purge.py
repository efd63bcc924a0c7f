"""Removes a chair from the broker, and so from Home Assistant: for good-byes.

The order matters. Home Assistant forgets the device when its description is emptied; only then may
the other retained messages go, or it would first show a device without a state. A chair whose
daemon runs is not removed: it would announce itself again with Home Assistant's next restart.
"""

import json
from collections.abc import Mapping
from time import sleep
from types import MappingProxyType

from sensor.errors import ChairSensorError
from sensor.homeassistant import discovery
from sensor.mqtt.probe import Probe
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config
from sensor.settings.unit import ONE, unit_of
from sensor.status.client import ask_for

SETTLE = 2.0
"""Seconds for Home Assistant to take a device apart."""


def look(config: Config, topics: Topics) -> Mapping[str, bytes]:
    """Return what the broker retains of the chair and of Home Assistant, for the other functions.

    Raises ChairSensorError: there is no broker, or the chair's daemon runs here.
    """
    with _probe(config, topics, config.mqtt.birth_topic) as probe:
        return probe.retained()


def purge(config: Config, topics: Topics, *, force: bool = False) -> int:
    """Empty the chair's retained topics; return how many there were. Raises ChairSensorError.

    `force` does so even if a daemon says that it is online, for one that died unnoticed.
    """
    removal = discovery.removal(topics)
    others = [removal._replace(topic=topic) for topic in (*topics.retained, topics.seat)]
    with _probe(config, topics) as probe:
        retained = probe.retained()
        if retained.get(topics.availability) == b"online" and not force:
            raise _online(config, topics)
        if removal.topic in retained:  # else Home Assistant warns of a device it does not know
            probe.send([removal])
            sleep(SETTLE)
        probe.send(message for message in others if message.topic in retained)
    return len(retained)


def naming(config: Config, topics: Topics, kept: Mapping[str, bytes] = MappingProxyType({})) -> str:
    """Name the chair that a purge removes, as Home Assistant was told, and its broker."""
    try:
        name = json.loads(kept[topics.discovery])["dev"]["name"]
    except (LookupError, TypeError, ValueError):
        name = config.chair.name
    return f"chair {topics.chair_id} ({name}) from broker {config.mqtt.address}"


def heard(config: Config, kept: Mapping[str, bytes]) -> str:
    """Return what became of the device, as far as Home Assistant was heard."""
    delete = "delete it there: Settings > Devices & services > MQTT"
    match kept.get(config.mqtt.birth_topic):
        case b"online":
            return "Home Assistant says that it is online: the device is gone there, too"
        case b"offline":
            return f"Home Assistant says that it is offline: the device stays there; {delete}"
        case _:
            return (
                "Home Assistant was not heard, for it usually speaks only when it starts; if it "
                f"does not run now, the device stays there; {delete}"
            )


def _probe(config: Config, topics: Topics, *more: str) -> Probe:
    if _runs_here(config, topics):  # it is asked first: a probe may push it off its broker
        raise _online(config, topics)
    own_id = config.mqtt.client_id or topics.object_id
    everything = [topics.discovery, *topics.retained, topics.seat, *more]
    return Probe(config.mqtt, purpose="purge", topics=everything, client_id=own_id)


def _online(config: Config, topics: Topics) -> ChairSensorError:
    return ChairSensorError(
        f"the daemon of chair {topics.chair_id} is online and would bring the device back; "
        f"stop it first (sudo systemctl stop {(unit_of(config.file) or ONE).name}); "
        "if it died unnoticed, --force"
    )


def _runs_here(config: Config, topics: Topics) -> bool:
    try:
        answer = ask_for(config)
    except ChairSensorError:
        return False  # none, or the broker has to say it
    return bool(answer["mqtt"]["base_topic"] == topics.base)
