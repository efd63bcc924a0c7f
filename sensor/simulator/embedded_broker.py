"""A real MQTT broker inside this process, for the simulator and for tests.

It listens on the loopback only, asks for no password, and forgets what it retained when it stops.
It is amqtt in a thread with its own event loop. amqtt speaks MQTT 3.1.1 and refuses protocol "5".
Never use it as the broker of a house.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from sensor.errors import ChairSensorError
from sensor.terminal.dialogue import to_add

if TYPE_CHECKING:
    from amqtt.broker import Broker  # type: ignore[import-untyped]

START_TIMEOUT = 10.0
"""Seconds until a broker that does not listen is given up; it usually takes 0.05."""

GOODBYE_TIMEOUT = 1.0
"""Seconds for amqtt to close its sessions, before its tasks are simply cancelled."""

LISTENER = "default"
"""amqtt's name of the socket; it insists on this name, and would open port 1883 for it."""


class EmbeddedBroker:
    """An MQTT 3.1.1 broker on a free loopback port, running between `start` and `stop`.

    It may be started again after a stop, on the same port: that is a broker outage. With
    `refuses` it takes no password.
    """

    def __init__(self, *, refuses: bool = False) -> None:
        self._refuses = refuses
        self.host = "127.0.0.1"
        self.port = 0
        """TCP port; 0 until the first start."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: Thread | None = None

    def start(self) -> Self:
        """Listen; return when clients can connect. Raises ChairSensorError if that fails."""
        if self._thread is not None:
            return self
        _require_amqtt()
        started: Future[None] = Future()
        self._thread = Thread(
            target=self._run, args=(started,), name="embedded-broker", daemon=True
        )
        self._thread.start()
        try:
            started.result(START_TIMEOUT)
        except Exception as error:
            self.stop()
            raise ChairSensorError(
                f"the embedded broker did not start on {self.host}:{self.port}: {error}"
            ) from error
        return self

    def stop(self) -> None:
        """Cut every connection, stop listening, forget retained messages. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop is closed: it ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        thread.join(START_TIMEOUT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, started: Future[None]) -> None:
        """Run the broker's event loop, from start to stop; this is its thread."""
        try:
            asyncio.run(self._serve(started))
        except Exception as error:  # noqa: BLE001 - whatever amqtt raises, the starter is told
            if not started.done():
                started.set_exception(error)

    async def _serve(self, started: Future[None]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker, clients = _broker(refuses=self._refuses), _Clients()
        await broker.start()
        server = await asyncio.start_server(clients.serving(broker), self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        started.set_result(None)
        await self._stop.wait()
        await _close(server)
        await clients.hang_up()
        # It may raise (0.11.3 stumbles over deliveries just cancelled) or hang: it is over anyway.
        goodbye = asyncio.gather(broker.shutdown(), return_exceptions=True)
        await asyncio.wait({goodbye}, timeout=GOODBYE_TIMEOUT)


async def _close(server: asyncio.Server) -> None:
    """Stop listening, in an order in which asyncio survives a client that is just connecting."""
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    for _ in range(10):  # a client that was accepted in this turn is served within the next few
        await asyncio.sleep(0)
    server.close()


class _Clients:
    """The open connections, kept here and not by amqtt, so that a stop cuts all of them.

    Broker.shutdown alone waits for ever for a client that never said hello, and now and then
    for one that is just speaking.
    """

    def __init__(self) -> None:
        self._writers: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    def serving(
        self, broker: "Broker"
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
        """Return asyncio's function for a new connection; it hands the client to amqtt."""
        from amqtt.adapters import (  # type: ignore[import-untyped]  # noqa: PLC0415 - see _require_amqtt
            StreamReaderAdapter,
            StreamWriterAdapter,
        )

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._writers[task] = writer
            try:
                with suppress(asyncio.CancelledError):  # Python 3.11 would log it as an error
                    await broker.external_connected(
                        StreamReaderAdapter(reader), StreamWriterAdapter(writer), LISTENER
                    )
            finally:
                del self._writers[task]
                writer.transport.abort()  # amqtt leaves the socket of a refused client open

        return serve

    async def hang_up(self) -> None:
        """Cut all connections, and wait for amqtt to notice: GOODBYE_TIMEOUT at most."""
        for writer in self._writers.values():
            writer.transport.abort()
        if self._writers:
            await asyncio.wait(list(self._writers), timeout=GOODBYE_TIMEOUT)


def _require_amqtt() -> None:
    """Make sure that amqtt can be imported, and keep its log to itself."""
    try:
        # Only here is it needed; the daemon does without.
        import amqtt.broker  # type: ignore[import-untyped]  # noqa: F401, PLC0415
    except ImportError as error:
        raise ChairSensorError(
            f"the embedded broker needs amqtt: {to_add('amqtt')}; "
            "or name a broker by --broker, or play a --script"
        ) from error
    # What amqtt logs as an error is a client that hung up; a failed start is raised anyway.
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _broker(*, refuses: bool) -> "Broker":
    """Make an amqtt broker without a socket; call it inside the event loop it is to live in."""
    from amqtt.broker import Broker  # noqa: PLC0415 - see _require_amqtt
    from amqtt.session import Session  # type: ignore[import-untyped]  # noqa: PLC0415

    class TidyBroker(Broker):  # type: ignore[misc]  # amqtt has no types
        async def _authenticate(self, session: Session, listener: Any) -> bool:
            return not refuses and await super()._authenticate(session, listener)

        async def _publish_retained_messages_for_subscription(
            self, subscription: tuple[str, int], session: Session
        ) -> None:
            # amqtt (0.11.3, 0.12.1) greets every client with the retained messages of everybody's
            # subscriptions; only the client's own are its business.
            subscribers = self.subscriptions.get(subscription[0], [])
            if any(subscriber is session for subscriber, _ in subscribers):
                await super()._publish_retained_messages_for_subscription(subscription, session)

    config: dict[str, Any] = {
        "listeners": {LISTENER: {"type": "external"}},
        # amqtt's default plugins also log every packet and publish $SYS.
        "plugins": {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        },
    }
    return TidyBroker(config)
