"""Removes a chair from the broker, and so from Home Assistant: for good-byes.

The order matters. Home Assistant forgets the device when its description is emptied; only then may
the other retained messages go, or it would first show a device without a state. A chair whose
daemon runs is not removed: it would announce itself again with Home Assistant's next restart.
"""

import logging
from contextlib import closing
from dataclasses import replace
from os import getpid
from random import Random
from time import monotonic, sleep

from sensor.config import Config
from sensor.errors import ChairSensorError
from sensor.inbox import Connected, Disconnected, Inbox, Received
from sensor.mqtt import discovery
from sensor.mqtt.client import PahoLink
from sensor.mqtt.topics import Topics
from sensor.ports import Publication

CONNECT_PATIENCE = 15.0
"""Seconds to wait for the broker."""
LISTEN = 1.0
"""Seconds in which a broker has sent what it retains."""
SETTLE = 2.0
"""Seconds for Home Assistant to take a device apart."""
ACKNOWLEDGE = 10.0
"""Seconds for the broker to acknowledge."""


def purge(config: Config, topics: Topics, *, force: bool = False) -> int:
    """Empty the chair's retained topics; return how many there were. Raises ChairSensorError.

    `force` does so even if a daemon says that it is online, for one that died unnoticed.
    """
    logging.getLogger("sensor").addHandler(logging.NullHandler())  # one line says it all
    inbox = Inbox()
    removal = discovery.removal(topics)
    others = [
        replace(removal, topic=topic)
        for topic in (topics.state, topics.diagnostics, topics.availability)
    ]
    link = PahoLink(
        settings=config.mqtt,
        client_id=f"chair-sensor-purge-{getpid()}",
        will=others[0],
        subscriptions=[removal.topic, *(message.topic for message in others)],
        inbox=inbox,
        now=monotonic,
        random=Random(),  # noqa: S311  (jitter)
    )
    with closing(link):
        link.open()
        _connect(inbox, config)
        retained = _listen(inbox)
        if retained.get(topics.availability) == b"online" and not force:
            raise ChairSensorError(
                f"the daemon of chair {topics.chair_id} is online and would bring the device back; "
                "stop it first (sudo systemctl stop chair-sensor); if it died unnoticed, --force"
            )
        if removal.topic in retained:  # else Home Assistant warns of a device it does not know
            _send(link, [removal], config)
            sleep(SETTLE)
        _send(link, [message for message in others if message.topic in retained], config)
    return len(retained)


def _connect(inbox: Inbox, config: Config) -> None:
    until = monotonic() + CONNECT_PATIENCE
    while (left := until - monotonic()) > 0:
        match inbox.get(left):
            case Connected():
                return
            case Disconnected(reason):
                raise ChairSensorError(reason)
    raise ChairSensorError(f"broker {config.mqtt.address}: no answer")


def _listen(inbox: Inbox) -> dict[str, bytes]:
    """Return what the broker retains of the chair."""
    until = monotonic() + LISTEN
    retained = {}
    while (left := until - monotonic()) > 0:
        match inbox.get(left):
            case Received(topic, payload) if payload:
                retained[topic] = payload
    return retained


def _send(link: PahoLink, messages: list[Publication], config: Config) -> None:
    for message in messages:
        link.publish(message)
    if not link.flush(ACKNOWLEDGE):
        raise ChairSensorError(
            f"broker {config.mqtt.address}: the connection broke; run this again"
        )
