"""A paho client that reads no packet too large, and callbacks that cannot end its loop.

OpenSSL is loaded only for TLS, and what proxies and websockets take only where they are used.
"""

import logging
import socket
from collections.abc import Callable
from functools import cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

from sensor.deferred import deferred
from sensor.mqtt.failures import NO_MQTT, OTHER_VERSION, LinkError, TooLargeForUsError
from sensor.settings.address import written

# Of websockets, TLS, proxies; and what looks for brokers in DNS.
with deferred("paho", "hashlib", "ssl", "urllib.request", without=["dns.resolver"]):
    from paho.mqtt.client import Client, topic_matches_sub
    from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.reasoncodes import ReasonCode

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

LARGEST = 65_536
"""Bytes of the largest packet that a daemon reads. What it has to be told fits into a hundred."""

CONNACK = 0x20
"""The byte with which every broker begins."""

_PUBLISH = 0x30
"""The bits with which a message begins."""

log = logging.getLogger(__name__)
P = ParamSpec("P")


def guarded(callback: Callable[P, None]) -> Callable[P, None]:
    """Make a callback that cannot raise: an exception would end paho's loop."""

    @wraps(callback)
    def calling(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            log.exception("unexpected error while reading from the broker")

    return calling


def covers(subscription: str, topic: str) -> bool:
    """Whether a subscription brings the messages of a topic."""
    return topic_matches_sub(subscription, topic)


@lru_cache(maxsize=32)
def _on_the_wire(topic: str) -> bytes:
    """Return a topic with its length before it."""
    encoded = topic.encode()
    Client._raise_for_invalid_topic(encoded)  # noqa: SLF001  (with `publish` alone in public)
    return len(encoded).to_bytes(2, "big") + encoded


def _length(rest: int) -> bytes:
    """Return the length of the rest of a packet as MQTT writes it, seven bits to a byte."""
    written = bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    return bytes(written)


class PahoClient(Client):
    """A paho client that reads no packet too large: MQTT 3.1.1 cannot announce `largest`."""

    answered: Callable[[int, str | None], None]
    """Hears that the broker has answered a message that was delivered: its id, and why the broker
    does not take it, if it does not."""
    largest = LARGEST
    heard = False
    """Whether anything ever came."""
    is_lent = False
    """Whether a sender writes: it leaves all trouble to the network thread, which meets it, too."""

    def packet(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> tuple[int, bytes]:
        """Return the id and the packet of a message of QoS 0 or 1, ready to be sent.

        paho's `publish` keeps each message for the connection after this one, and takes three times
        as long. Raises ValueError for a topic with wildcards, or too long.
        """
        name, mid = _on_the_wire(topic), self._mid_generate() if qos else 0
        number = mid.to_bytes(2, "big") if qos else b""
        rest = name + number + self._no_properties + payload
        return mid, bytes((_PUBLISH | qos << 1 | retain,)) + _length(len(rest)) + rest

    def send(self, packets: bytes) -> None:
        """Send packets; what the socket does not take is queued, behind what it has not taken."""
        try:
            sent = 0 if self._out_packet else self._sock_send(packets)
        except OSError:
            sent = 0  # the queue meets it, too, and paho does what is to be done
        if sent < len(packets):
            self._packet_queue(_PUBLISH, packets[sent:], mid=0, qos=1)

    @cached_property
    def _no_properties(self) -> bytes:
        return b"\0" if self.protocol == MQTTProtocolVersion.MQTTv5 else b""

    def _handle_pubackcomp(self, cmd: Literal["PUBACK", "PUBCOMP"]) -> MQTTErrorCode:
        packet = self._in_packet["packet"]
        has_reason = len(packet) > 2
        if cmd != "PUBACK" or len(packet) < 2 or (has_reason and not self._no_properties):
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        refused = None
        if has_reason:
            reason = ReasonCode(PacketTypes.PUBACK, identifier=packet[2])
            refused = str(reason) if reason.is_failure else None
        self.answered(int.from_bytes(packet[:2], "big"), refused)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _create_socket_connection(self) -> socket.socket:
        """Connect; a message is sent at once, not when the one before has been acknowledged."""
        sock = self._connected()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _connected(self) -> socket.socket:
        """Connect to a name in bytes: of a text Python asks what it is in other alphabets.

        The tables for that would stay in memory, 0.3 MB.
        """
        if not self.host.isascii() or self._get_proxy():
            return super()._create_socket_connection()
        address: Any = self.host.encode(), self.port  # the types of `socket` know of texts only
        return socket.create_connection(address, self.connect_timeout)

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > self.largest:
            raise TooLargeForUsError(self._topic(), bufsize, self.largest)
        data = self._received(bufsize)
        if data and not self.heard and data[0] != CONNACK:
            raise LinkError(NO_MQTT, where=written(self.host, self.port))
        self.heard |= bool(data)
        return data

    def _sock_send(self, buf: bytes | bytearray) -> int:
        try:
            if (plain := self._plain()) is not None:
                return plain.send(buf)
            return super()._sock_send(buf)
        except OSError:
            if self.is_lent:
                raise BlockingIOError from None
            raise

    def _received(self, bufsize: int) -> bytes:
        if (plain := self._plain()) is not None:
            return plain.recv(bufsize)
        return super()._sock_recv(bufsize)

    def _plain(self) -> "SocketLike | None":
        """Return a socket without TLS. paho would load OpenSSL to learn that it has to wait."""
        return None if self._ssl else self._sock

    def _topic(self) -> str:
        """Read no more than what tells the topic of the packet."""
        start = self._received(1024)
        return start[2 : 2 + int.from_bytes(start[:2], "big")].decode("utf-8", "replace")

    def _handle_connack(self) -> MQTTErrorCode:
        packet = self._in_packet["packet"]
        if packet[1:2] == b"\x01" or (self.protocol == MQTTProtocolVersion.MQTTv5) != (
            len(packet) > 2
        ):
            raise LinkError(OTHER_VERSION)  # paho would not tell its callback
        return super()._handle_connack()
