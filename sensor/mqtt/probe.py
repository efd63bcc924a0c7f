"""A short connection to the broker: connect or say why not, see what it retains, send, leave.

For the commands beside the daemon. A probe has a client id of its own, so that it does not push
the daemon off the broker, and leaves no will. A broker that ties client ids to users takes only the
daemon's id, which is tried second, and only by commands that know that no daemon uses it.
"""

import logging
from collections.abc import Iterable, Sequence
from os import getpid
from random import Random
from time import monotonic
from typing import Self

from sensor.daemon.inbox import Connected, Disconnected, Inbox, Received
from sensor.daemon.ports import Publication
from sensor.mqtt.client import PahoLink
from sensor.mqtt.failures import (
    BROKE_OFF,
    CLIENT_ID_REJECTED,
    NO_BROKER_WANTED,
    NOT_AUTHORISED,
    TIMEOUT,
    UNEXPECTED,
    LinkError,
)
from sensor.mqtt.paho_client import LARGEST
from sensor.settings.config import Mqtt

CONNECT_PATIENCE = 15.0
"""Seconds to wait for the broker."""
LISTEN = 1.0
"""Seconds in which a broker has sent what it retains."""
ANSWER = 3.0
"""Seconds in which a daemon has answered a command."""
ACKNOWLEDGE = 10.0
"""Seconds for the broker to acknowledge."""


class Probe:
    """A connection between entering, which raises LinkError, and leaving."""

    def __init__(
        self,
        settings: Mqtt,
        *,
        purpose: str,
        topics: Sequence[str] = (),
        client_id: str | None = None,
        largest: int = LARGEST,
    ) -> None:
        """Prepare; `client_id` is that of a daemon which is known not to be connected.

        `largest` is in bytes: a larger message is not read.
        """
        self.inbox = Inbox()
        """What comes on the topics, while no method of the probe takes it out."""
        logging.getLogger("sensor").addHandler(logging.NullHandler())  # the reason says it all
        self._settings = settings
        self._topics = topics
        self._largest = largest
        self._client_ids = [f"chair-sensor-{purpose}-{getpid()}"]
        if client_id is not None:
            self._client_ids.append(client_id)

    def __enter__(self) -> Self:
        if not self._settings.wanted:
            raise LinkError(NO_BROKER_WANTED)
        for client_id in self._client_ids:
            self.inbox = Inbox()
            self._link = self._new_link(client_id)
            self._link.open()
            try:
                self._connect()
            except LinkError as error:
                self._link.close()
                refused = error.kind in (NOT_AUTHORISED, CLIENT_ID_REJECTED)
                if client_id == self._client_ids[-1] or not refused:
                    raise
            except BaseException:
                self._link.close()
                raise
            else:
                break
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()

    def retained(self) -> dict[str, bytes]:
        """Return what the broker retains on the probe's topics, by topic, and has sent by now."""
        until = monotonic() + LISTEN
        found = {}
        while (left := until - monotonic()) > 0:
            match self.inbox.get(left):
                case Received(topic, payload, retained=True) if payload:
                    found[topic] = payload
        return found

    def send(self, messages: Iterable[Publication]) -> None:
        """Send, and wait until the broker has it. Raises LinkError."""
        self._link.publish(*messages)
        if not self._link.flush(ACKNOWLEDGE):
            raise LinkError(BROKE_OFF, where=self._settings.address)

    def answered(self, message: Publication, *, on: str) -> bytes | None:
        """Send, and return what comes on a topic next; None: nothing came. Raises as `send`."""
        self.send([message])
        until = monotonic() + ANSWER
        while (left := until - monotonic()) > 0:
            match self.inbox.get(left):
                case Received(topic, payload, retained=False) if topic == on:
                    return payload
        return None

    def _new_link(self, client_id: str) -> PahoLink:
        return PahoLink(
            settings=self._settings,
            client_id=client_id,
            will=None,
            subscriptions=self._topics,
            inbox=self.inbox,
            now=monotonic,
            random=Random(),  # noqa: S311  (jitter)
            largest=self._largest,
        )

    def _connect(self) -> None:
        until = monotonic() + CONNECT_PATIENCE
        while (left := until - monotonic()) > 0:
            match self.inbox.get(left):
                case Connected():
                    return
                case Disconnected(reason, error=error):
                    raise error or LinkError(UNEXPECTED, why=reason)
        raise LinkError(TIMEOUT, where=self._settings.address)
