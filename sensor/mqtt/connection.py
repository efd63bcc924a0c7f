"""One connection to the broker. The only file that knows paho.

Every connection gets a fresh paho client, so that nothing queued can outlive a disconnect and
overwrite newer state. The network thread (client.py) sleeps in one `select` until there is traffic,
a `wake`, or a ping is due: no idle turns. A message is written by the thread that sends it, unless
the network thread is at work: that one would wake up a third of a millisecond later, and take the
interpreter from the sender. One lock keeps them apart; a sender never waits for it. Callbacks note
what came; they decide nothing, and cannot raise.
"""

import logging
import select
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from threading import Condition, Lock
from time import monotonic
from typing import Any, ParamSpec, cast

from paho.mqtt import MQTTException
from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    topic_matches_sub,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor.daemon.ports import Publication
from sensor.mqtt.failures import (
    NO_GREETING,
    NO_MQTT,
    NO_QOS,
    NO_RETAIN,
    NONSENSE,
    OTHER_VERSION,
    SILENT,
    TOO_LARGE,
    UNACKNOWLEDGED,
    UNANSWERED,
    LinkError,
    Stage,
    TooLargeForUsError,
    failure,
    lost,
    refusal,
)
from sensor.mqtt.limits import Limits, size_of
from sensor.mqtt.tls import tls_context
from sensor.mqtt.waker import Waker
from sensor.settings.address import written
from sensor.settings.config import Mqtt

CONNECT_TIMEOUT = 10.0
"""Seconds for TCP, and again for each step of the TLS handshake."""

FAREWELL_TIMEOUT = 2.0
"""Seconds that a farewell may take on `close`."""

BACKLOG = 1000
"""Messages that may wait for the broker; with one more the connection is given up."""

PATIENCE = 20.0
"""Seconds for an acknowledgement; then its topic is sent without, not to hold up the others."""

LARGEST = 65_536
"""Bytes of the largest packet that a daemon reads. What it has to be told fits into a hundred."""

CONNACK = 0x20
"""The byte with which every broker begins."""

log = logging.getLogger(__name__)
P = ParamSpec("P")


def _guarded(callback: Callable[P, None]) -> Callable[P, None]:
    """Make a callback that cannot raise: an exception would end paho's loop."""

    @wraps(callback)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            log.exception("unexpected error while reading from the broker")

    return guarded


def covers(subscription: str, topic: str) -> bool:
    """Whether a subscription brings the messages of a topic."""
    return topic_matches_sub(subscription, topic)


class _Client(Client):
    """A paho client that reads no packet too large: MQTT 3.1.1 cannot announce `largest`."""

    largest = LARGEST
    heard = False
    """Whether anything ever came."""
    is_lent = False
    """Whether a sender writes: it leaves all trouble to the network thread, which meets it, too."""

    def _create_socket_connection(self) -> socket.socket:
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
        data = super()._sock_recv(bufsize)
        if data and not self.heard and data[0] != CONNACK:
            raise LinkError(NO_MQTT, where=written(self.host, self.port))
        self.heard |= bool(data)
        return data

    def _sock_send(self, buf: bytes | bytearray) -> int:
        try:
            return super()._sock_send(buf)
        except OSError:
            if self.is_lent:
                raise BlockingIOError from None
            raise

    def _topic(self) -> str:
        """Read no more than what tells the topic of the packet."""
        start = super()._sock_recv(1024)
        return start[2 : 2 + int.from_bytes(start[:2], "big")].decode("utf-8", "replace")

    def _handle_connack(self) -> MQTTErrorCode:
        packet = self._in_packet["packet"]
        if packet[1:2] == b"\x01" or (self.protocol == MQTTProtocolVersion.MQTTv5) != (
            len(packet) > 2
        ):
            raise LinkError(OTHER_VERSION)  # paho would not tell its callback
        return super()._handle_connack()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message on its way; `size` is that of the packet in bytes, `at` of `monotonic`."""

    topic: str
    size: int
    confirm: bool
    at: float


class Connection:
    """One connection from greeting to end, with a paho client of its own.

    `receive` gets topic, payload and whether it was retained. All but `send` and `settle` belong
    to the network thread. LinkError says that it is over.
    """

    def __init__(  # noqa: PLR0913 - by name only
        self,
        settings: Mqtt,
        *,
        client_id: str,
        will: Publication | None,
        subscriptions: Sequence[str],
        receive: Callable[[str, bytes, bool], None],
        confirm: Callable[[str], None],
        waker: Waker,
        limits: Limits,
        largest: int = LARGEST,
    ) -> None:
        self.port = settings.effective_port
        self.ready = False
        """Whether the broker has accepted us and answered every subscription."""
        self.answers = 0
        """Messages that the broker has acknowledged."""
        self.too_large = False
        """Whether the broker has said that a message was."""
        self._settings = settings
        self._client_id = client_id
        self._subscriptions = subscriptions
        self._receive = receive
        self._confirm = confirm
        self._waker = waker
        self._limits = limits
        self._outbox: deque[Publication] = deque()
        self._works = Lock()  # on paho, and on all that is noted of what was sent
        self._problem: Exception | None = None  # a sender's, for the network thread
        self._settled = Condition()
        self._owed = 0  # messages sent and not yet acknowledged; under `_settled`, like `_over`
        self._over = False
        self._sent: dict[int, _Sent] = {}  # on its way, by message id
        self._late: dict[int, str] = {}  # topics of what is waited for no more, by message id
        self._window = BACKLOG
        self._greeted = self._accepted = self._answered = False
        self._refusal: LinkError | None = None
        self._trouble = ""  # what paho logged last of OpenSSL's complaints
        self._heard_at = self._spoke_at = monotonic()
        self._client = self._new_client(will)
        self._client.largest = largest

    def open(self) -> None:
        """Connect and send CONNECT; blocks on DNS, TCP and TLS."""
        settings = self._settings
        clean: Any = {}
        if settings.protocol == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.MaximumPacketSize = self._client.largest
            clean = {"clean_start": True, "properties": properties}
        try:
            if settings.tls:
                self._client.tls_set_context(tls_context(settings))
                # Together with check_hostname, or paho calls what Python 3.12 no longer has.
                self._client.tls_insecure_set(settings.tls_insecure)
            code = self._client.connect(settings.host, self.port, settings.keepalive, **clean)
        except (OSError, ValueError, OverflowError) as error:
            raise failure(error, settings, self.port) from error
        self._check(code)
        self._heard_at = self._spoke_at = monotonic()

    def patience(self) -> float:
        """Seconds until a ping is due, or until an answer is overdue."""
        with self._works:
            if self._decrypted():
                return 0.0
            return max(0.0, min(self._due(), self._overdue()) - monotonic())

    def turn(self, patience: float) -> bool:
        """Sleep `patience` seconds at most, then work; return whether the broker was heard."""
        sock = cast("socket.socket", self._client.socket())
        writing = [sock] if self._client.want_write() else []
        watched: list[socket.socket | Waker] = [sock, self._waker]
        readable, _, _ = select.select(watched, writing, [], patience)
        if self._waker in readable:
            self._waker.clear()
        return self.work(readable=sock in readable)

    def work(self, *, readable: bool) -> bool:
        """Do what there is to do, without any waiting; return whether the broker was heard."""
        with self._works:
            if self._problem is not None:
                raise self._problem
            return self._work(readable=readable)

    def _work(self, *, readable: bool) -> bool:
        heard = readable or self._decrypted()
        if heard:
            self._read()
        if self._accepted and not self.ready:
            self._subscribe()
        self._give_up_waiting()
        self._write()
        self._ping()
        return heard

    def send(self, publication: Publication) -> None:
        """Take one message, from any thread, and write it if the socket takes it; never blocks."""
        with self._settled:
            self._owed += 1
        self._outbox.append(publication)
        if not self._write_for_a_sender():
            self._waker.wake()

    def _write_for_a_sender(self) -> bool:
        """Write what waits; return whether nothing is left to the network thread.

        The answer wakes that thread. It is woken for one that stays away by `look`.
        """
        if not self._works.acquire(blocking=False):
            return False
        try:
            if self._over or self._problem is not None or self._client.socket() is None:
                return False
            self._client.is_lent = True
            self._write()
        except Exception as error:  # noqa: BLE001  (the network thread raises it)
            self._problem = error
            return False
        else:
            return not self._client.want_write()
        finally:
            self._client.is_lent = False
            self._works.release()

    def look(self) -> None:
        """Wake the network thread, in any other, if an answer is overdue: it may sleep longer."""
        if self._works.acquire(blocking=False):
            overdue = self._overdue()
            self._works.release()
            if monotonic() >= overdue:
                self._waker.wake()

    def settle(self, timeout: float) -> bool:
        """Wait, in any thread, until all that was sent is acknowledged; False: it was not."""
        self._waker.wake()  # it sleeps no longer than an answer may take
        with self._settled:
            self._settled.wait_for(lambda: self._over or not self._owed, timeout)
            return not self._owed

    def leave(self, farewell: Publication | None) -> None:
        """Send `farewell`; DISCONNECT once it is acknowledged, else the broker sends our will."""
        until = monotonic() + FAREWELL_TIMEOUT
        if farewell is not None and self.ready:
            self.send(farewell)
        while self.ready and self._owed and (left := until - monotonic()) > 0:
            self.turn(min(left, self.patience()))
        if farewell is None or not (self._owed or farewell.topic in self._limits.refused):
            with self._works:
                self._client.disconnect()

    def end(self) -> None:
        """Close what is still open; without a DISCONNECT the broker publishes our will."""
        with self._works, self._settled:
            sock = self._client.socket()
            if sock is not None:
                sock.close()
            self._over = True
            self._settled.notify_all()

    def unacknowledged(self) -> dict[str, int]:
        """Return the topics of what is on its way, and the sizes."""
        return {sent.topic: sent.size for sent in self._sent.values()}

    def _new_client(self, will: Publication | None) -> _Client:
        settings, modern = self._settings, self._settings.protocol == "5"
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if modern else True,
            protocol=MQTTProtocolVersion.MQTTv5 if modern else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT
        client.max_inflight_messages_set(BACKLOG)
        client.username_pw_set(settings.username, settings.password)
        if will is not None:
            client.will_set(will.topic, will.text, *self._limits.fit(will))
        client.on_connect = _guarded(self._on_connect)
        client.on_disconnect = _guarded(self._on_disconnect)
        client.on_subscribe = _guarded(self._on_subscribe)
        client.on_publish = _guarded(self._on_publish)
        client.on_message = _guarded(self._on_message)
        if settings.tls:
            client.on_log = self._on_log
        return client

    def _decrypted(self) -> bool:
        """Whether TLS has bytes in store, of which `select` knows nothing."""
        sock = self._client.socket()
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    def _due(self) -> float:
        # Our two stamps are never before paho's own. So once this has passed, paho has pinged.
        return min(self._heard_at, self._spoke_at) + self._client.keepalive

    def _overdue(self) -> float:
        """Return when the oldest message has been waited for long enough."""
        return next((sent.at + PATIENCE for sent in self._sent.values()), float("inf"))

    def _give_up_waiting(self) -> None:
        """Let what the broker does not acknowledge count as sent; its topic is told once."""
        while monotonic() >= self._overdue():
            mid = next(iter(self._sent))
            topic = self._late[mid] = self._sent.pop(mid).topic
            self._limits.refuse(topic, UNANSWERED.format(seconds=PATIENCE))
            self._acknowledge()
        if len(self._late) >= self._window:
            raise LinkError(UNACKNOWLEDGED, count=len(self._late))

    def _read(self) -> None:
        self._answered = False
        try:
            code = self._client.loop_read()
        except (ValueError, LookupError, struct.error, MQTTException) as error:
            raise LinkError(NONSENSE) from error  # paho 2.1; 2.2 returns MQTT_ERR_PROTOCOL
        self._check(code)
        self._heard_at = monotonic()
        if self._answered:
            self._spoke_at = self._heard_at

    def _subscribe(self) -> None:
        """Ask for all topics, once; without any, all is said."""
        self._accepted = False
        if self._subscriptions:
            qos = min(self._limits.qos, self._limits.subscriptions_qos)
            code, _ = self._client.subscribe([(topic, qos) for topic in self._subscriptions])
            self._check(code)
        else:
            self.ready = True

    def _write(self) -> None:
        if self._owed > BACKLOG:
            raise LinkError(UNACKNOWLEDGED, count=BACKLOG)
        while self._outbox:
            self._publish(self._outbox.popleft())
        if self._client.want_write():
            self._check(self._client.loop_write())
            self._spoke_at = monotonic()

    def _publish(self, message: Publication) -> None:
        text = message.text
        data = text.encode()
        size = size_of(message.topic, data)
        if not self._limits.admits(message.topic, size):
            self._acknowledge()
            return
        qos, retain = self._limits.fit(message)
        if message.topic in self._late.values():
            qos = 0
        log.debug("publish %s %s", message.topic, text)
        try:
            sent = self._client.publish(message.topic, data, qos, retain)
        except ValueError as error:
            log.warning("cannot publish %s: %s", message.topic, error)
            self._acknowledge()
            return
        self._spoke_at = monotonic()
        if qos:
            self._sent[sent.mid] = _Sent(message.topic, size, message.confirm, self._spoke_at)
        self._check(sent.rc)

    def _ping(self) -> None:
        due = self._due()
        self._client.loop_misc()
        if self._client.socket() is None:
            kind = SILENT if self.ready else NO_GREETING
            raise LinkError(kind, seconds=2 * self._client.keepalive)
        if (now := monotonic()) >= due:
            self._heard_at = self._spoke_at = now

    def _check(self, code: MQTTErrorCode) -> None:
        """Raise if paho has closed the connection; it gives the reason in several places."""
        if self._client.socket() is not None:
            return
        stage: Stage = "gone" if self._limits.accepted else "deaf"
        if self.ready:
            stage = "confused" if code == MQTTErrorCode.MQTT_ERR_PROTOCOL else "ready"
        elif self._greeted:
            stage = "greeted"
        elif self._client.heard or code == MQTTErrorCode.MQTT_ERR_PROTOCOL:
            stage = "garbled"
        raise self._refusal or lost(self._trouble, self._settings, self.port, stage=stage)

    def _acknowledge(self) -> None:
        with self._settled:
            self._owed -= 1
            self._settled.notify_all()

    def _on_connect(
        self, _c: Client, _u: Any, _flags: ConnectFlags, reason: ReasonCode, told: Properties | None
    ) -> None:
        self._greeted = self._accepted = not reason.is_failure
        self._limits.accepted |= self._greeted
        self._hear_limits(reason, told)
        if reason.is_failure:
            self._refusal = refusal(reason.value, str(reason), self._client_id)

    def _hear_limits(self, reason: ReasonCode, told: Properties | None) -> None:
        """Keep to what the broker says of itself; MQTT 5 alone has words for it."""
        limits = self._limits
        limits.retain &= reason.value != NO_RETAIN and getattr(told, "RetainAvailable", 1) > 0
        if not limits.retain:
            limits.refuse("retained messages", "the broker does not keep any")
        limits.qos = min(limits.qos, getattr(told, "MaximumQoS", int(reason.value != NO_QOS)))
        if not limits.qos:
            limits.refuse("QoS 1", "the broker acknowledges nothing")
        if most := getattr(told, "MaximumPacketSize", None):
            limits.largest = most
        # Of these paho 2.1 reads none, and 2.2 a keepalive of 0 as one without end of pings.
        keepalive = self._settings.keepalive
        self._client._keepalive = min(  # noqa: SLF001  (its setter is only for the unconnected)
            keepalive, getattr(told, "ServerKeepAlive", 0) or keepalive
        )
        self._window = min(BACKLOG, getattr(told, "ReceiveMaximum", BACKLOG))
        self._client._max_inflight_messages = self._window  # noqa: SLF001  (the same)

    def _on_disconnect(
        self, _c: Client, _u: Any, flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        # Only a DISCONNECT from the broker (MQTT 5) has a reason; all others are paho's guess.
        if flags.is_disconnect_packet_from_server and reason.is_failure:
            self.too_large = reason.value == TOO_LARGE
            self._hear_limits(reason, None)
            self._refusal = refusal(reason.value, str(reason), self._client_id)

    def _on_subscribe(
        self, _c: Client, _u: Any, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        self.ready = True
        for topic, code in zip(self._subscriptions, codes, strict=False):
            if code.is_failure:
                self._limits.refuse(topic, f"the broker does not let us subscribe: {code}")
            else:
                self._limits.take(topic)

    def _on_publish(
        self, _c: Client, _u: Any, mid: int, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self._answered = True  # the next message may have gone out in its place
        late = self._late.pop(mid, None)
        if late is not None:
            self._limits.take(late)
            return
        sent = self._sent.pop(mid, None)
        self._acknowledge()
        if sent is None:
            return  # of QoS 0: it is on its way, no more is known
        self.answers += 1
        if reason.is_failure:
            self._limits.refuse(sent.topic, f"the broker does not let us publish: {reason}")
            return
        self._limits.take(sent.topic, sent.size)
        if sent.confirm:
            self._confirm(sent.topic)

    def _on_message(self, _c: Client, _u: Any, message: MQTTMessage) -> None:
        self._answered |= message.qos > 0  # paho acknowledges it when we return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return  # no topic of ours, and no text that could be logged
        self._receive(topic, bytes(message.payload), message.retain)

    def _on_log(self, _c: Client, _u: Any, _level: int, text: str) -> None:
        if "SSL" in text:
            self._trouble = text
