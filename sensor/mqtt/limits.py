"""The limits of the broker, as far as it has announced or shown them. They outlive connections.

A broker of MQTT 5 announces its limits with its greeting. One of MQTT 3.1.1 cannot: it closes the
connection at a message that it does not take. So the largest message that was not acknowledged
is suspected, and left out once it was the last message of two connections in a row.
"""

import logging
from collections.abc import Mapping
from typing import Any

from sensor.daemon.ports import Publication
from sensor.mqtt.failures import NO_QOS, NO_RETAIN

log = logging.getLogger(__name__)

HEADER = 10
"""Bytes at most that a packet has besides topic and payload."""

BEYOND_SUSPICION = 256
"""Bytes of a message that any broker takes."""


def size_of(topic: str, text: bytes) -> int:
    """Return the bytes that a message takes on the wire, in either version of MQTT."""
    return len(topic.encode()) + len(text) + HEADER


class Limits:
    """Belongs to the network thread; `refused` may be read from others."""

    def __init__(self) -> None:
        self.accepted = False
        """Whether the broker has ever accepted a connection."""
        self.retain = True
        """Whether the broker retains messages."""
        self.qos = 1
        """The highest QoS that the broker takes."""
        self.subscriptions_qos = 1
        """The QoS of the next subscriptions; see `closed_at_subscriptions`."""
        self.largest: int | None = None
        """Bytes of the largest message that the broker takes; None: unknown."""
        self.refused: dict[str, str] = {}
        """Topics (or other things) that the broker does not take, and why."""
        self._proven = BEYOND_SUSPICION  # bytes of the largest message that was ever acknowledged
        self._suspect = ""
        self._told: set[tuple[str, str]] = set()

    def hear(self, reason: int, told: Any) -> None:
        """Keep to what the broker says of itself; only MQTT 5 has words for it (`told`)."""
        self.retain &= reason != NO_RETAIN and getattr(told, "RetainAvailable", 1) > 0
        if not self.retain:
            self.refuse("retained messages", "the broker does not keep any")
        self.qos = min(self.qos, getattr(told, "MaximumQoS", int(reason != NO_QOS)))
        if not self.qos:
            self.refuse("QoS 1", "the broker acknowledges nothing")
        if most := getattr(told, "MaximumPacketSize", None):
            self.largest = most

    def refuse(self, what: str, why: str, *, kind: str = "") -> None:
        """Remember what the broker does not take; the log says it once for each kind of reason."""
        self.refused[what] = why
        if (what, kind or why) not in self._told:
            self._told.add((what, kind or why))
            log.warning("%s: %s", what, why)

    def take(self, what: str, size: int = 0) -> None:
        """Remember that the broker takes something, with a message of so many bytes."""
        self.refused.pop(what, None)
        self._proven = max(self._proven, size)

    def admits(self, topic: str, size: int) -> bool:
        """Tell whether the broker takes a message of so many bytes; if not, say so once."""
        most = self.largest
        if most is None or size <= most:
            return True
        missing = "; Home Assistant does not find the chair" * topic.endswith("/config")
        why = f"not sent, {size} bytes are too large for the broker (at most {most}){missing}"
        self.refuse(topic, why, kind="size")
        return False

    def fit(self, message: Publication) -> tuple[int, bool]:
        """Return the QoS and the retain flag with which the broker takes a message."""
        return min(message.qos, self.qos), message.retain and self.retain

    def closed_at_subscriptions(self, *, closed: bool) -> None:
        """Learn from a connection that is over whether the broker closed it when we subscribed.

        RabbitMQ does so for QoS 1 while the node is lost that a client was connected to: the
        client's durable queue has its home there. A subscription of QoS 0 needs no such queue.
        """
        self.subscriptions_qos = 1 - self.subscriptions_qos if closed else 1

    def dropped(self, unacknowledged: Mapping[str, int], *, certain: bool) -> None:
        """Learn from a connection that the broker closed: topics on their way, and their sizes.

        `certain`: the broker has said that a message was too large.
        """
        open_to_doubt = {t: size for t, size in unacknowledged.items() if size > self._proven}
        largest = max(open_to_doubt, key=open_to_doubt.__getitem__, default="")
        if not largest:
            self.largest = None  # it was not for the size, or it is another broker by now
        elif certain or largest == self._suspect:
            self.largest = open_to_doubt[largest] - 1
        self._suspect = largest
