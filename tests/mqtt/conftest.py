"""Brokers and links for the tests of `sensor/mqtt`; mosquitto is in `tests/conftest.py`."""

import os
import shutil
import time
from collections.abc import Iterator
from itertools import chain, repeat
from random import Random
from typing import Any

import pytest

from sensor.daemon.inbox import Inbox
from sensor.daemon.ports import Publication
from sensor.mqtt import client as client_module
from sensor.settings.config import Mqtt
from sensor.simulator.embedded_broker import EmbeddedBroker
from tests.mqtt.kit import Link, Opener


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Run a broker that takes anybody: mosquitto, or else the embedded one."""
    installed = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if installed or os.environ.get("CI"):
        yield request.getfixturevalue("mosquitto")()
    else:
        with EmbeddedBroker() as embedded:
            yield embedded


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Open a link to a port of this machine; its retries are quick."""
    monkeypatch.setattr(client_module, "delays", lambda _: chain([0.0], repeat(0.05)))
    links: list[Link] = []

    def open_link(port: int | None, **more: Any) -> Link:
        inbox = more.pop("inbox", Inbox())
        options: dict[str, Any] = {
            "client_id": "chair-test",
            "will": Publication(topic="chair/availability", payload="offline", retain=True),
            "subscriptions": ["chair/set/#", "chair/do/+"],
            "now": time.monotonic,
            "random": Random(1),  # noqa: S311 - jitter
        }
        options |= {key: more.pop(key) for key in options if key in more}
        settings = Mqtt(**({"host": "127.0.0.1", "port": port} | more))
        links.append(Link(settings=settings, inbox=inbox, **options))
        links[-1].inbox = inbox
        links[-1].open()
        return links[-1]

    yield open_link
    for link in links:
        link.close()
