"""A broker of the tests' own that keeps to limits, forgets to answer, or closes when it likes.

It speaks as much of MQTT 3.1.1 and 5 as a chair needs, to one client after the other, and takes
down what they send. It is written from the specification, without paho.
"""

import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import Self

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 12, 13, 14
KEEPALIVE, RECEIVE_MAXIMUM, MAXIMUM_QOS, RETAIN_AVAILABLE, MAXIMUM_PACKET = 19, 33, 36, 37, 39
"""Properties of a CONNACK in MQTT 5, with their widths in bytes."""
WIDTHS = {KEEPALIVE: 2, RECEIVE_MAXIMUM: 2, MAXIMUM_QOS: 1, RETAIN_AVAILABLE: 1, MAXIMUM_PACKET: 4}


@dataclass(frozen=True)
class Published:
    """A message as it came, the last will of a CONNECT too."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


def varint(number: int) -> bytes:
    """Write a length as MQTT does."""
    text = bytearray()
    while True:
        number, digit = divmod(number, 128)
        text.append(digit | 128 * (number > 0))
        if not number:
            return bytes(text)


def packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    """Put the header before a packet."""
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


@dataclass
class Difficult:
    """Listens on a port of its own between entering and leaving."""

    properties: Mapping[int, int] = field(default_factory=dict)
    """What the CONNACK says of the broker's limits; of MQTT 3.1.1 nothing can be said."""
    connack: Callable[["Published | None"], int] = lambda _will: 0
    """The code that answers a CONNECT, by its will."""
    suback: int | None = None
    """The code that answers each subscription, other than the QoS asked for."""
    puback: Mapping[str, int] = field(default_factory=dict)
    """By the end of the topic: the code that answers a message, MQTT 5."""
    deaf: frozenset[str] = frozenset()
    """Ends of topics whose messages are not acknowledged."""
    largest: int = 2**28
    """Bytes of the largest packet; the connection is closed at the header of a larger one."""
    closes_at: frozenset[int] = frozenset()
    """Kinds of packets at which the connection is closed."""
    listeners: int = 2
    """The highest QoS of a subscription; the connection is closed at one that asks for more."""
    says: bytes = b""
    """What it says first, in whatever language."""

    def __post_init__(self) -> None:
        self.got: SimpleQueue[Published] = SimpleQueue()
        self.connects: list[bytes] = []
        self.wills: list[Published | None] = []
        self.kinds: Counter[int] = Counter()
        self.connections = 0
        self.ended: SimpleQueue[bool] = SimpleQueue()
        """For each connection: whether it ended with a DISCONNECT."""
        self.sends: list[bytes] = []
        """Packets that are sent after each SUBACK, to those who subscribe to `sends_for`."""
        self.sends_for = b""

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listening, self._client):
            with suppress(OSError, AttributeError):  # closed already, or never there
                each.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def hang_up(self) -> None:
        """Close the connection."""
        self._client.shutdown(socket.SHUT_RDWR)

    def message(self, topic: str, payload: bytes, *, retain: bool = False) -> bytes:
        """Make a message of QoS 0, for `sends`; in MQTT 3.1.1."""
        body = len(topic).to_bytes(2, "big") + topic.encode() + payload
        return packet(PUBLISH, body, int(retain))

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._client = client
                self.connections += 1
                with client:
                    client.settimeout(10)
                    self.ended.put(self._talk(client))

    def _talk(self, client: socket.socket) -> bool:
        """Talk to one client to the end; says whether it was one with a DISCONNECT."""
        client.sendall(self.says)
        modern = False
        with suppress(OSError, EOFError):
            for kind, flags, body in self._packets(client):
                self.kinds[kind] += 1
                if kind == CONNECT:
                    modern = body[6] == 5
                greedy = kind == SUBSCRIBE and body[-1] & 3 > self.listeners
                if greedy or kind in self.closes_at:
                    return False
                if kind == DISCONNECT:
                    return True
                answer = self._answer(kind, flags, body, modern=modern)
                client.sendall(answer)
                if kind == CONNECT and answer[3]:
                    return False
        return False

    def _packets(self, client: socket.socket) -> Iterator[tuple[int, int, bytes]]:
        with client.makefile("rb") as stream:
            while head := stream.read(1):
                length, shift = 0, 0
                while (digit := stream.read(1)[0]) > 127:
                    length |= (digit & 127) << shift
                    shift += 7
                length |= digit << shift
                if length + 2 > self.largest:
                    return
                yield head[0] >> 4, head[0] & 15, stream.read(length)

    def _answer(self, kind: int, flags: int, body: bytes, *, modern: bool) -> bytes:
        match kind:
            case 1:
                self.connects.append(body)
                will = self._will(body, modern=modern)
                self.wills.append(will)
                return packet(CONNACK, bytes([0, self.connack(will)]) + self._limits(modern=modern))
            case 3:
                return self._take(flags, body, modern=modern)
            case 8:
                codes = self._codes(body[3:] if modern else body[2:])
                return b"".join(
                    [
                        packet(SUBACK, body[:2] + b"\0" * modern + codes),
                        *self.sends * (self.sends_for in body),
                    ]
                )
            case 12:
                return packet(PINGRESP, b"")
        return b""

    def _limits(self, *, modern: bool) -> bytes:
        if not modern:
            return b""
        text = b"".join(
            bytes([name]) + value.to_bytes(WIDTHS[name], "big")
            for name, value in self.properties.items()
        )
        return varint(len(text)) + text

    def _will(self, body: bytes, *, modern: bool) -> Published | None:
        flags, at = body[7], 10
        if not flags & 4:
            return None
        if modern:
            at += 1 + body[at]
        at += 2 + int.from_bytes(body[at : at + 2], "big")  # the client id
        if modern:
            at += 1 + body[at]
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        topic, size = body[at + 2 : end], int.from_bytes(body[end : end + 2], "big")
        payload = body[end + 2 : end + 2 + size]
        return Published(topic.decode(), payload, flags >> 3 & 3, bool(flags & 32))

    def _codes(self, filters: bytes) -> bytes:
        codes = bytearray()
        while filters:
            end = 2 + int.from_bytes(filters[:2], "big")
            codes.append(filters[end] & 3 if self.suback is None else self.suback)
            filters = filters[end + 1 :]
        return bytes(codes)

    def _take(self, flags: int, body: bytes, *, modern: bool) -> bytes:
        qos, end = flags >> 1 & 3, 2 + int.from_bytes(body[:2], "big")
        topic, mid = body[2:end].decode(), body[end : end + 2 * (qos > 0)]
        payload = body[end + len(mid) + modern :]
        self.got.put(Published(topic, payload, qos, bool(flags & 1)))
        name = topic.rpartition("/")[2]
        if not qos or name in self.deaf:
            return b""
        code = self.puback.get(name, 0)
        return packet(PUBACK, mid + (bytes([code, 0]) if modern and code else b""))
