"""The seat's sensor as a contact source: whatever arrives, its word and its messages agree."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sensor.daemon.inbox import (
    BatteryRead,
    Connected,
    ContactRead,
    Disconnected,
    Inbox,
    LoopRead,
    Message,
    Received,
)
from sensor.mqtt.seat import GRACE, OVERSLEPT, SeatSensor
from sensor.settings.config import Seat
from tests.kit import Stage

TOPIC, BRIDGE = "zigbee2mqtt/desk chair", "zigbee2mqtt/bridge/state"
SETTINGS = Seat(topic=TOPIC, key="contact", availability=(BRIDGE,), silent_after=600)
PAYLOADS = (
    *('{"contact":true}', '{"contact":false}', '{"contact":null}', '{"battery":5}', "", "}"),
    *('{"contact":true,"age":0}', '{"contact":false,"battery":97}'),
    '{"contact":true,"last_seen":1700000000}',
)
STEPS = st.one_of(
    st.tuples(st.just(TOPIC), st.sampled_from(PAYLOADS), st.booleans()),
    st.tuples(st.just(BRIDGE), st.sampled_from(("online", "offline", "")), st.booleans()),
    st.sampled_from(("connected", "disconnected", "asleep")),
    st.floats(0.1, 700),
)


class Listener:
    """What the daemon makes of the messages: known or not, the contact, and why not."""

    def __init__(self, sensor: SeatSensor) -> None:
        self.known, self.closed, self.why = False, False, sensor.why
        self.ever_known = False

    def take(self, message: Message | LoopRead) -> None:
        """Take in one message."""
        match message:
            case ContactRead(closed):
                assert closed is not self.closed, "a repeat is no edge"
                self.closed = closed
            case LoopRead(known):
                assert known is not self.known or (not known and message.why != self.why)
                self.known, self.why = known, None if known else message.why
                self.ever_known |= known
            case BatteryRead():
                pass
            case _:
                raise AssertionError(message)


class World:
    """A sensor with a clock and an inbox."""

    def __init__(self, settings: Seat = SETTINGS) -> None:
        self.stage, self.inbox = Stage(), Inbox()
        self.sensor = SeatSensor(settings, self.inbox, self.stage)
        self.listener = Listener(self.sensor)
        self.sensor.began(self.stage, 0.0, Any, {})  # type: ignore[arg-type]

    def do(self, step: Any) -> None:
        """Let one thing happen, and look whether both still agree."""
        now = self.stage.now()
        match step:
            case "connected":
                self.sensor.took(Connected(now), now)
            case "disconnected":
                self.sensor.took(Disconnected("gone", now), now)
            case "asleep":
                self.sensor.note(now, "asleep", OVERSLEPT)
            case (topic, payload, retained):
                message = Received(topic, payload.encode(), retained, now)
                self.sensor.topics[topic](message)
            case seconds:
                self.stage.wait(Inbox(), now + seconds)
        for news in self.sensor.overdue(self.stage.now()):
            assert news.at <= self.stage.now()
            self.listener.take(news)
        while (told := self.inbox.get()) is not None:
            self.listener.take(told)
        closed, known = self.sensor.read()
        assert known is self.listener.known
        assert not known or closed is self.listener.closed
        assert (self.sensor.why is None) or not known
        assert self.sensor.why == self.listener.why
        assert known or self.sensor.why or not self.listener.ever_known, "there is a reason"
        assert self.sensor.next_at > self.stage.now()


@given(st.lists(STEPS, max_size=40))
def test_its_word_and_its_messages_agree(steps: list[Any]) -> None:
    """What was told adds up to what a look finds; no repeat is told, no deadline stays."""
    world = World()
    for step in steps:
        world.do(step)


@given(st.lists(STEPS, max_size=40))
def test_away_is_unknown(steps: list[Any]) -> None:
    """After bridge, broker or sensor went away only a new message makes the contact known."""
    world = World()
    for step in [*steps, "connected", (BRIDGE, "online", True), (TOPIC, PAYLOADS[0], False)]:
        world.do(step)
    assert world.sensor.read() == (True, True)

    world.do((BRIDGE, "offline", False))
    assert world.sensor.read() == (None, False)
    world.do((BRIDGE, "online", False))
    assert world.sensor.read() == (None, False)
    world.do((TOPIC, PAYLOADS[1], False))
    assert world.sensor.read() == (False, True)

    world.do("disconnected")
    world.do(GRACE - 1)
    assert world.sensor.read() == (False, True)
    world.do(1.0)
    assert world.sensor.read() == (None, False)


def test_what_the_broker_gives_again_is_no_sign_of_life() -> None:
    """A dead sensor does not come to life with each connection; a new message of it does."""
    patience = SETTINGS.silent_after or 0
    world = World()
    again = (TOPIC, PAYLOADS[0], True)
    first: list[Any] = ["connected", (BRIDGE, "online", True), again]
    for step in [*first, patience - 1, "disconnected", "connected", again]:
        world.do(step)
    assert world.sensor.read() == (True, True)

    world.do(1)
    assert (world.sensor.read(), world.sensor.why) == ((None, False), "seat_silent")
    world.do(again)
    assert world.sensor.read() == (None, False)
    world.do((TOPIC, PAYLOADS[0], False))
    assert world.sensor.read() == (True, True)


def test_a_sleep_of_the_machine_is_a_break() -> None:
    """What the sensor told meanwhile, and nobody retains, is not told again."""
    world = World()
    told = (TOPIC, PAYLOADS[0], False)
    for step in ["connected", (BRIDGE, "online", True), told, "asleep"]:
        world.do(step)
    assert (world.sensor.read(), world.sensor.why) == ((None, False), "seat_offline")

    world.do((TOPIC, PAYLOADS[1], False))
    assert world.sensor.read() == (False, True)


def test_a_late_loop_gives_the_same_result() -> None:
    """What time had changed before a message counts, though both are seen at once after a stall."""
    world = World()
    told = (TOPIC, PAYLOADS[0], False)
    steps: list[Any] = ["connected", (BRIDGE, "online", True), told]
    for step in steps:
        world.do(step)

    world.sensor.took(Disconnected("gone", 1.0), 1.0)
    world.sensor.took(Connected(1 + GRACE), 1 + GRACE)
    steps = [2 * GRACE, (BRIDGE, "online", True)]
    for step in steps:
        world.do(step)

    assert (world.sensor.read(), world.sensor.why) == ((None, False), "seat_offline")
