"""The link to the broker: a thread that reconnects for ever, and reports to the inbox.

The thread serves one connection after the other (`connection.py`), each with a paho client of its
own. The daemon never waits for it: without a connection, what is published is dropped, and the
daemon publishes everything anew when it is `Connected`. The waits between attempts are in
`backoff.py`, the words for the log in `failures.py`.
"""

import logging
from collections.abc import Callable, Sequence
from random import Random
from threading import Thread
from time import monotonic, sleep

from sensor.daemon.inbox import Acknowledged, Connected, Disconnected, Inbox, Received
from sensor.daemon.ports import Publication
from sensor.mqtt.backoff import delays
from sensor.mqtt.connection import FAREWELL_TIMEOUT, Connection
from sensor.mqtt.failures import (
    CLOSED,
    KICKED,
    NO_GREETING,
    NO_SUBSCRIPTION,
    NONSENSE,
    UNWANTED,
    LinkError,
    TooLargeForUsError,
)
from sensor.mqtt.limits import Limits
from sensor.mqtt.paho_client import LARGEST, covers
from sensor.mqtt.topics import is_echo
from sensor.mqtt.traffic import Traffic
from sensor.mqtt.waker import Waker
from sensor.settings.config import Mqtt

REST = 0.001
"""Seconds that a sender rests after its messages.

So a broker and clients on this machine have the core at once. What follows can wait: the checkpoint
would take it, and the thread of the disk another one.
"""

GREETING_TIMEOUT = 10.0
"""Seconds from the open connection to the broker's SUBACK."""

STEADY = 10.0
"""Seconds after which a connection counts as a good one."""

SETTLED = 1.0
"""Seconds after which the log tells of a connection: one that ends at once is no news."""

TAKEN_OVER = 0.5
"""Seconds that a connection lasts at least if a rival ends it, once retries are slow."""

KICKS = 3
"""Connections in a row, none of them steady, after which the retries are no longer at once.

It looks like a rival with our client id: hurrying would only kick it out in turn.
"""

GRACE = 60.0
"""Seconds by which the thread may be late before it counts as hanging."""

LOOKUP_PATIENCE = 600.0
"""Seconds that connecting may take: looking up a name alone can block for minutes."""

QUIET = 300.0
"""Seconds before the log repeats a reason."""

log = logging.getLogger(__name__)


class PahoLink:
    """The link to the broker (ports.Link); `now` stamps the messages for the inbox alone."""

    def __init__(  # noqa: PLR0913 - by name only
        self,
        *,
        settings: Mqtt,
        client_id: str,
        will: Publication | None,
        subscriptions: Sequence[str],
        inbox: Inbox,
        now: Callable[[], float],
        random: Random,
        traffic: Traffic | None = None,
        largest: int = LARGEST,
    ) -> None:
        self.traffic = traffic or Traffic()
        self._settings = settings
        self._client_id = client_id
        self._will = will
        self._largest = largest
        self._subscriptions = tuple(subscriptions)
        self._avoided: set[str] = set()  # subscriptions that bring what is too large
        self._inbox = inbox
        self._now = now
        self._random = random
        self._log = _ConnectionLog(now)
        self._limits = Limits()
        self.traffic.refused = self._limits.refused
        self._waker: Waker | None = None
        self._thread: Thread | None = None
        self._connection: Connection | None = None  # only while the broker takes messages
        self._stopping = False
        self._farewell: Publication | None = None
        self._back_by = 0.0  # when the thread must have shown up again
        self._kicks = 0

    @property
    def connected(self) -> bool:
        """Whether what is published goes anywhere."""
        return self._connection is not None

    def open(self) -> None:
        """Start connecting; returns at once."""
        if self._thread is None and not self._stopping:
            self._expect(0)
            self._waker = Waker()
            self._thread = Thread(target=self._run, args=(self._waker,), name="mqtt", daemon=True)
            self._thread.start()

    def publish(self, *publications: Publication) -> None:
        """Hand over messages that go together, and rest; without a connection they are dropped."""
        connection = self._connection
        if connection is not None:
            connection.send(*publications)
            sleep(REST)
            return
        for publication in publications:
            log.debug("not connected, dropped: %s", publication.topic)

    def flush(self, timeout: float) -> bool:
        """Wait until all is acknowledged; False: not in `timeout` seconds, or no connection."""
        connection = self._connection
        return connection is not None and connection.settle(timeout)

    def alive(self) -> bool:
        """Whether the network thread runs and turns over; a broker that is away is no fault.

        Every step of the thread has a bound (a ping, a wait, a lookup); it died or hangs when it
        has not shown up by then. On the occasion it is woken for an answer that is overdue.
        """
        thread, connection = self._thread, self._connection
        if connection is not None:
            connection.look()
        return thread is not None and thread.is_alive() and monotonic() <= self._back_by

    def close(self, farewell: Publication | None = None) -> None:
        """Send `farewell` if connected (waiting at most 2 s), disconnect, stop. Idempotent.

        A thread that is blocked in a lookup is left behind; it ends as soon as it returns.
        """
        if not self._stopping:
            self._farewell = farewell
            self._stopping = True
        if self._thread is not None and self._waker is not None:
            self._waker.wake()
            self._thread.join(FAREWELL_TIMEOUT + 1.0)

    def _run(self, waker: Waker) -> None:
        """Be the network thread: connect, again and again, until `close`."""
        waits = delays(self._random)
        while not self._stopping:
            self._rest(waker, next(waits))
            if not self._stopping and self._live(waker) and self._kicks < KICKS:
                waits = delays(self._random)
        waker.close()

    def _rest(self, waker: Waker, seconds: float) -> None:
        until = monotonic() + seconds
        self._expect(seconds)
        while not self._stopping and (left := until - monotonic()) > 0:
            waker.wait(left)

    def _live(self, waker: Waker) -> bool:
        """Serve one connection from beginning to end; return whether the broker accepted it."""
        connection, up, problem = self._new_connection(waker), None, None
        try:
            self._expect(LOOKUP_PATIENCE)
            connection.open()
            self._greet(connection)
            up = monotonic()
            settled_at = up + SETTLED
            while not self._stopping:
                left = settled_at - monotonic()
                if left <= 0:
                    self._log.connected(self._settings.address)
                    settled_at, left = float("inf"), float("inf")
                self._turn(connection, min(left, connection.patience()))
            connection.leave(self._farewell)
        except Exception as error:  # noqa: BLE001 - the thread outlives every bug; `_lost` logs it
            problem = error
        finally:
            self._connection = None
            connection.end()
        lasted = 0.0 if up is None else monotonic() - up
        self._kicks = 0 if up is None or lasted >= STEADY else self._kicks + 1
        if lasted >= STEADY:
            self._avoided.clear()
        if problem is not None and not self._stopping:
            kind = problem.kind if isinstance(problem, LinkError) else None
            self._limits.closed_at_subscriptions(closed=kind is NO_SUBSCRIPTION)
            if connection.too_large or kind in (CLOSED, NONSENSE):
                on_their_way = connection.deliveries.unacknowledged()
                self._limits.dropped(on_their_way, certain=connection.too_large)
            if isinstance(problem, TooLargeForUsError):
                self._avoid(problem.topic)
            self._lost(self._suspected(connection, problem, lasted))
        return up is not None

    def _avoid(self, topic: str) -> None:
        """Subscribe no more to what would bring a message that is too large, if it is retained."""
        for subscription in self._subscriptions:
            if covers(subscription, topic):
                self._avoided.add(subscription)
                why = f"not subscribed to: a message on {topic} is too large to be read"
                self._limits.refuse(subscription, why)

    def _suspected(self, connection: Connection, problem: Exception, lasted: float) -> Exception:
        """Guess why the broker closes one connection after the other and gives no reason."""
        closed = isinstance(problem, LinkError) and problem.kind is CLOSED
        if not closed or self._kicks < KICKS:
            return problem
        if connection.deliveries.unacknowledged() and not connection.deliveries.answers:
            return LinkError(UNWANTED)
        if lasted >= TAKEN_OVER and not connection.deliveries.unacknowledged():
            return LinkError(KICKED, id=self._client_id)
        return problem

    def _new_connection(self, waker: Waker) -> Connection:
        return Connection(
            self._settings,
            client_id=self._client_id,
            will=self._will,
            subscriptions=[each for each in self._subscriptions if each not in self._avoided],
            receive=self._receive,
            confirm=self._confirm,
            waker=waker,
            limits=self._limits,
            largest=self._largest,
        )

    def _greet(self, connection: Connection) -> None:
        """Wait until the broker has accepted us and our subscriptions."""
        until = monotonic() + GREETING_TIMEOUT
        while not connection.ready and not self._stopping:
            left = until - monotonic()
            if left <= 0:
                raise LinkError(NO_GREETING)
            self._turn(connection, min(left, connection.patience()))
        if connection.ready:
            self._connection = connection
            self.traffic.connected(self._now())
            self._inbox.put(Connected(at=self._now()))

    def _turn(self, connection: Connection, patience: float) -> None:
        self._expect(patience)
        if connection.turn(patience):
            self.traffic.heard(self._now())

    def _receive(self, topic: str, payload: bytes, retained: bool) -> None:
        if self._stopping:
            return  # it may be the echo of our own farewell
        if is_echo(self._will, topic, payload):
            return
        log.debug("received %s %r", topic, payload)
        self._inbox.put(Received(topic=topic, payload=payload, retained=retained, at=self._now()))

    def _confirm(self, topic: str) -> None:
        self._inbox.put(Acknowledged(topic=topic, at=self._now()))

    def _lost(self, problem: Exception) -> None:
        """Tell log and inbox why there is no connection."""
        error = problem if isinstance(problem, LinkError) else None
        reason = str(error or f"unexpected {type(problem).__name__}: {problem}")
        self._log.away(reason, None if error else problem)
        self._inbox.put(Disconnected(reason=reason, at=self._now(), error=error))

    def _expect(self, seconds: float) -> None:
        """Note that the thread may be busy or asleep for so many seconds; see `alive`."""
        self._back_by = monotonic() + seconds + GRACE


class _ConnectionLog:
    """Writes the log: one line per change, the same reason at most every `QUIET` seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told: dict[str, float] = {}  # reason -> when
        self._up = False  # as the log has it

    def connected(self, where: str) -> None:
        if not self._up:
            log.info("connected to broker %s", where)
            self._up = True

    def away(self, reason: str, error: Exception | None) -> None:
        """Log why; `error` is a bug of ours, and comes with its traceback."""
        now = self._now()
        self._told = {told: at for told, at in self._told.items() if now - at < QUIET}
        if reason in self._told:
            return
        self._told[reason] = now
        self._up = False
        level = logging.WARNING if error is None else logging.ERROR
        log.log(level, "broker away: %s; trying again", reason, exc_info=error)
