"""One connection to the broker. This file and `paho_client.py` alone know paho.

Every connection gets a fresh paho client, so that nothing queued can outlive a disconnect and
overwrite newer state. The network thread (client.py) sleeps in one `select` until there is traffic,
a `wake`, or a ping is due: no idle turns. A message is written by the thread that sends it, unless
the network thread is at work: that one would wake up a third of a millisecond later, and take the
interpreter from the sender. One lock keeps them apart; a sender never waits for it. Callbacks note
what came; they decide nothing, and cannot raise.
"""

import logging
import select
import struct
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from paho.mqtt import MQTTException
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor.daemon.ports import Publication
from sensor.mqtt.deliveries import BACKLOG, Deliveries
from sensor.mqtt.failures import (
    NO_GREETING,
    NONSENSE,
    SILENT,
    TOO_LARGE,
    UNACKNOWLEDGED,
    LinkError,
    Stage,
    failure,
    lost,
    refusal,
)
from sensor.mqtt.limits import Limits, size_of
from sensor.mqtt.paho_client import LARGEST, PahoClient, guarded
from sensor.mqtt.waker import Waker
from sensor.settings.config import Mqtt

if TYPE_CHECKING:
    import socket
    import ssl

    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage

CONNECT_TIMEOUT = 10.0
"""Seconds for TCP, and again for each step of the TLS handshake."""

TOGETHER = 65_536
"""Bytes after which a message is written apart from those before it."""

FAREWELL_TIMEOUT = 2.0
"""Seconds that a farewell may take on `close`."""

log = logging.getLogger(__name__)


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
        self.too_large = False
        """Whether the broker has said that a message was."""
        self._settings = settings
        self._client_id = client_id
        self._subscriptions = subscriptions
        self._receive = receive
        self._confirm = confirm
        self._waker = waker
        self._limits = limits
        self.deliveries = Deliveries(limits)
        """What is on its way."""
        self._works = Lock()  # on paho, and on all that is noted of what was sent
        self._problem: Exception | None = None  # a sender's, for the network thread
        self._over = False
        self._greeted = self._accepted = self._acknowledged = False
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
                from sensor.mqtt.tls import tls_context  # noqa: PLC0415  (OpenSSL takes 4 MB)

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
            return max(0.0, min(self._due(), self.deliveries.overdue()) - monotonic())

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
        self.deliveries.give_up_waiting()
        self._write()
        self._ping()
        return heard

    def send(self, *publications: Publication) -> None:
        """Take messages, from any thread, and write what the socket takes; never blocks."""
        self.deliveries.outbox.extend(publications)
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
            return self._write()
        except Exception as error:  # noqa: BLE001  (the network thread raises it)
            self._problem = error
            return False
        finally:
            self._client.is_lent = False
            self._works.release()

    def look(self) -> None:
        """Wake the network thread, from any other, if an answer is overdue: it may sleep on."""
        if self._works.acquire(blocking=False):
            overdue = self.deliveries.overdue()
            self._works.release()
            if monotonic() >= overdue:
                self._waker.wake()

    def settle(self, timeout: float) -> bool:
        """Wait, in any thread, until all that was sent is acknowledged; False: it was not."""
        self._waker.wake()  # it sleeps no longer than an answer may take
        return self.deliveries.settle(timeout)

    def leave(self, farewell: Publication | None) -> None:
        """Send `farewell`; DISCONNECT once it is acknowledged, else the broker sends our will."""
        until = monotonic() + FAREWELL_TIMEOUT
        if farewell is not None and self.ready:
            self.send(farewell)
        while self.ready and self.deliveries.owed and (left := until - monotonic()) > 0:
            self.turn(min(left, self.patience()))
        if farewell is None or not (self.deliveries.owed or farewell.topic in self._limits.refused):
            with self._works:
                self._client.disconnect()

    def end(self) -> None:
        """Close what is still open; without a DISCONNECT the broker publishes our will."""
        with self._works:
            sock = self._client.socket()
            if sock is not None:
                sock.close()
            self._over = True
            self.deliveries.end()

    def _new_client(self, will: Publication | None) -> PahoClient:
        settings, modern = self._settings, self._settings.protocol == "5"
        client = PahoClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if modern else True,
            protocol=MQTTProtocolVersion.MQTTv5 if modern else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT
        client.username_pw_set(settings.username, settings.password)
        if will is not None:
            client.will_set(will.topic, will.text, *self._limits.fit(will))
        client.on_connect = guarded(self._on_connect)
        client.on_disconnect = guarded(self._on_disconnect)
        client.on_subscribe = guarded(self._on_subscribe)
        client.answered = guarded(self._on_answer)
        client.on_message = guarded(self._on_message)
        if settings.tls:
            client.on_log = self._on_log
        return client

    def _decrypted(self) -> bool:
        """Whether TLS has bytes in store, of which `select` knows nothing."""
        if not self._settings.tls:
            return False
        sock = cast("ssl.SSLSocket | None", self._client.socket())
        return sock is not None and sock.pending() > 0

    def _due(self) -> float:
        # Our two stamps are never before paho's own. So once this has passed, paho has pinged.
        return min(self._heard_at, self._spoke_at) + self._client.keepalive

    def _read(self) -> None:
        self._acknowledged = False
        try:
            code = self._client.loop_read()
        except (ValueError, LookupError, struct.error, MQTTException) as error:
            raise LinkError(NONSENSE) from error  # paho 2.1; 2.2 returns MQTT_ERR_PROTOCOL
        self._check(code)
        self._heard_at = monotonic()
        if self._acknowledged:
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

    def _write(self) -> bool:
        """Write what waits, as far as the socket takes it; return whether it has taken all."""
        deliveries, client = self.deliveries, self._client
        if client.want_write():
            client.loop_write()
            self._wrote()
        while deliveries.outbox and deliveries.has_room and not client.want_write():
            if packets := self._packets():
                client.send(packets)
                self._wrote()
        done = not client.want_write()
        deliveries.wrote(all_of_it=done)
        if deliveries.owed > BACKLOG:
            raise LinkError(UNACKNOWLEDGED, count=BACKLOG)
        return done

    def _wrote(self) -> None:
        self._check()
        self._spoke_at = monotonic()

    def _packets(self) -> bytes:
        """Return what goes out together."""
        deliveries, packets = self.deliveries, b""
        deliveries.unwritten = True  # before anything leaves the outbox
        while deliveries.outbox and deliveries.has_room and len(packets) < TOGETHER:
            packets += self._packet(deliveries.outbox[0])
            deliveries.outbox.popleft()
        return packets

    def _packet(self, message: Publication) -> bytes:
        """Return a message as it is sent; empty if the broker does not take it."""
        topic, text = message.topic, message.text
        data = text.encode()
        size = size_of(topic, data)
        if not self._limits.admits(topic, size):
            return b""
        qos, retain = self._limits.fit(message)
        if self.deliveries.is_late(topic):
            qos = 0
        log.debug("publish %s %s", topic, text)
        try:
            mid, packet = self._client.packet(topic, data, qos=qos, retain=retain)
        except ValueError as error:
            log.warning("cannot publish %s: %s", topic, error)
            return b""
        if qos:
            self.deliveries.sent(mid, topic, size, confirm=message.confirm, at=monotonic())
        return packet

    def _ping(self) -> None:
        due = self._due()
        self._client.loop_misc()
        if self._client.socket() is None:
            kind = SILENT if self.ready else NO_GREETING
            raise LinkError(kind, seconds=2 * self._client.keepalive)
        if (now := monotonic()) >= due:
            self._heard_at = self._spoke_at = now

    def _check(self, code: MQTTErrorCode = MQTTErrorCode.MQTT_ERR_SUCCESS) -> None:
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

    def _on_connect(
        self,
        _c: "Client",
        _u: Any,
        _flags: "ConnectFlags",
        reason: ReasonCode,
        told: Properties | None,
    ) -> None:
        self._greeted = self._accepted = not reason.is_failure
        self._limits.accepted |= self._greeted
        self._hear_limits(reason, told)
        if reason.is_failure:
            self._refusal = refusal(reason.value, str(reason), self._client_id)

    def _hear_limits(self, reason: ReasonCode, told: Properties | None) -> None:
        """Keep to what the broker says of itself; MQTT 5 alone has words for it."""
        self._limits.hear(reason.value, told)
        # Of these paho 2.1 reads none, and 2.2 a keepalive of 0 as one without end of pings.
        keepalive = self._settings.keepalive
        self._client._keepalive = min(  # noqa: SLF001  (its setter is only for the unconnected)
            keepalive, getattr(told, "ServerKeepAlive", 0) or keepalive
        )
        self.deliveries.window = min(BACKLOG, getattr(told, "ReceiveMaximum", BACKLOG))

    def _on_disconnect(
        self,
        _c: "Client",
        _u: Any,
        flags: "DisconnectFlags",
        reason: ReasonCode,
        _p: Properties | None,
    ) -> None:
        # Only a DISCONNECT from the broker (MQTT 5) has a reason; all others are paho's guess.
        if flags.is_disconnect_packet_from_server and reason.is_failure:
            self.too_large = reason.value == TOO_LARGE
            self._hear_limits(reason, None)
            self._refusal = refusal(reason.value, str(reason), self._client_id)

    def _on_subscribe(
        self, _c: "Client", _u: Any, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        self.ready = True
        for topic, code in zip(self._subscriptions, codes, strict=False):
            if code.is_failure:
                self._limits.refuse(topic, f"the broker does not let us subscribe: {code}")
            else:
                self._limits.take(topic)

    def _on_answer(self, mid: int, refused: str | None) -> None:
        confirmed = self.deliveries.acknowledged(mid, refused)
        if confirmed is not None:
            self._confirm(confirmed)

    def _on_message(self, _c: "Client", _u: Any, message: "MQTTMessage") -> None:
        self._acknowledged |= message.qos > 0  # paho acknowledges it when we return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return  # no topic of ours, and no text that could be logged
        self._receive(topic, bytes(message.payload), message.retain)

    def _on_log(self, _c: "Client", _u: Any, _level: int, text: str) -> None:
        if "SSL" in text:
            self._trouble = text
