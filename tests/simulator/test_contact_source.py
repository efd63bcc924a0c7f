"""A contact from somewhere else than a pin: a sensor on the broker, which may be silent."""

import json
from collections.abc import Callable
from typing import Any, Self

import pytest

from sensor import app
from sensor.daemon.inbox import ContactRead, Disconnected, Inbox, LoopRead, Message, Received
from sensor.daemon.ports import ContactSource, Publication

TOPIC = "zigbee2mqtt/desk chair"


class RadioMat(ContactSource):
    """A seat sensor on the broker: true, false, or null for one that is not heard of."""

    def __init__(
        self, _pins: Any, _factory: Any, inbox: Inbox, now: Callable[[], float], *, lost: bool
    ) -> None:
        self.name = "desk chair"
        self.topics = {TOPIC: self._hear}
        self._inbox = inbox
        self._now = now
        self._closed: bool | None = None
        self._lost = lost

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def contact_closed(self) -> bool | None:
        """Return what was heard last."""
        return self._closed

    def loop_closed(self) -> bool:
        """There is none."""
        return True

    def took(self, message: Message, at: float, *, lost: int = 0) -> None:
        """Without the broker nothing is known."""
        del at, lost
        if isinstance(message, Disconnected):
            self._is(None)

    def _hear(self, message: Received) -> None:
        self._is(json.loads(message.payload))

    def _is(self, closed: bool | None) -> None:
        known, self._closed = self._closed is not None, closed
        if self._lost:
            return  # a look at it has to find out
        if known is not (closed is not None):
            self._inbox.put(LoopRead(not known, self._now()))
        if closed is not None:
            self._inbox.put(ContactRead(closed, self._now()))


@pytest.fixture(params=[False, True], ids=["told", "found by a look"])
def radio(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, play: Any) -> Any:
    """Play a script on a chair with such a sensor, which says this at these moments."""

    def prepare(script: str, said: dict[float, str]) -> Any:
        game = play(script, quiet_hours="none")
        for t, payload in said.items():
            message = Publication(topic=TOPIC, payload=payload)
            game.at(t, lambda message=message: game.world.broker.publish(message))
        return game.run()

    monkeypatch.setattr(app, "Mat", lambda *args: RadioMat(*args, lost=request.param), raising=True)
    return prepare


def test_not_heard_of_yet(radio: Any) -> None:
    """Before the first message the chair is neither empty nor occupied: as if unplugged."""
    game = radio("10:00 end", {300: "true"})

    assert game.state(290)["status"] == "unplugged"
    assert game.state(290)["occupied"] is None
    assert game.state(590)["status"] == "sitting"
    assert game.state(590)["sitting_seconds"] <= 300


def test_falls_silent(radio: Any) -> None:
    """Sitting time is frozen, nothing alerts; then the filter starts over, as after a plug."""
    game = radio("2:10:00 end", {10: "true", 3000: "null", 7000: "true"})

    assert game.events("break_") == []
    assert game.buzzer() == []
    state = game.state(6900)
    assert (state["status"], state["problem"]) == ("unplugged", "unplugged")
    assert (state["occupied"], state["contact_closed"]) == (None, None)
    assert game.state(7700)["status"] == "sitting"
    assert game.state(7700)["sitting_seconds"] < 900  # so long an absence is a full break


def test_alerts_like_any_other(radio: Any) -> None:
    """Heard of all the time, it counts like a mat on a pin."""
    game = radio("70:00 end", {10: "true", 1000: "true", 4000: "false"})

    [due] = [t for t, name in game.events("break_due")]
    assert 3610 <= due <= 3640
    assert game.state(4100)["status"] == "away"


def test_without_the_broker(radio: Any) -> None:
    """A broker that is away is a sensor that is not heard of: no alert comes of it."""
    game = radio("30:00 broker down\n70:00 broker up\n80:00 end", {10: "true"})

    assert game.events("break_") == []
    assert game.buzzer() == []
    assert game.state(4300)["status"] == "unplugged"
