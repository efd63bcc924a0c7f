"""Removes a chair from the broker, and so from Home Assistant: for good-byes.

The order matters. Home Assistant forgets the device when its description is emptied; only then may
the other retained messages go, or it would first show a device without a state. A chair whose
daemon runs is not removed: it would announce itself again with Home Assistant's next restart.
"""

from dataclasses import replace
from time import sleep

from sensor.errors import ChairSensorError
from sensor.homeassistant import discovery
from sensor.mqtt.probe import Probe
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config
from sensor.settings.unit import ONE, unit_of
from sensor.status.client import ask_for

SETTLE = 2.0
"""Seconds for Home Assistant to take a device apart."""


def purge(config: Config, topics: Topics, *, force: bool = False) -> int:
    """Empty the chair's retained topics; return how many there were. Raises ChairSensorError.

    `force` does so even if a daemon says that it is online, for one that died unnoticed.
    """
    removal = discovery.removal(topics)
    others = [replace(removal, topic=topic) for topic in topics.retained]
    online = ChairSensorError(
        f"the daemon of chair {topics.chair_id} is online and would bring the device back; "
        f"stop it first (sudo systemctl stop {(unit_of(config.file) or ONE).name}); "
        "if it died unnoticed, --force"
    )
    if _runs_here(config, topics):  # it is asked first: a probe may push it off its broker
        raise online
    own_id = config.mqtt.client_id or topics.object_id
    everything = [removal.topic, *(message.topic for message in others)]
    with Probe(config.mqtt, purpose="purge", topics=everything, client_id=own_id) as probe:
        retained = probe.retained()
        if retained.get(topics.availability) == b"online" and not force:
            raise online
        if removal.topic in retained:  # else Home Assistant warns of a device it does not know
            probe.send([removal])
            sleep(SETTLE)
        probe.send(message for message in others if message.topic in retained)
    return len(retained)


def naming(config: Config, topics: Topics) -> str:
    """Name the chair that a purge removes, and the broker that holds it."""
    return f"chair {topics.chair_id} ({config.chair.name}) from broker {config.mqtt.address}"


def _runs_here(config: Config, topics: Topics) -> bool:
    try:
        answer = ask_for(config)
    except ChairSensorError:
        return False  # none, or the broker has to say it
    return bool(answer["mqtt"]["base_topic"] == topics.base)
