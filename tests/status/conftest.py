"""Daemons that answer, of any chair."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest

from sensor.daemon.answer import Now
from sensor.daemon.inbox import Inbox, StatusAsked, StopAsked
from sensor.status.server import NAME, NAME_BESIDE, StatusService

PINS = {"mat": 5, "tamper": None, "buzzer": 17, "led": [22, 27], "button": None}
Starter = Callable[..., None]


@pytest.fixture
def daemon() -> Iterator[Starter]:
    """Let daemons answer: called with the socket's folder, and what is different about one."""
    with ExitStack() as stack:

        def start(folder: Path, **about: Any) -> None:
            folder.mkdir(parents=True, exist_ok=True)
            inbox = Inbox()
            mqtt = {"base_topic": "chair-sensor/sofa", "connected": False}
            told = {"name": "Sofa", "pid": 512, "mqtt": mqtt, "pins": PINS} | about
            loop = Thread(target=_live, args=(inbox,))
            loop.start()
            stack.callback(loop.join)
            stack.callback(inbox.put, StopAsked("over", 0))
            name = NAME if folder.parent.name == "run" else NAME_BESIDE
            stack.enter_context(StatusService(folder / name, inbox, lambda: 0, told))

        yield start


def _live(inbox: Inbox) -> None:
    while isinstance(message := inbox.get(timeout=None), StatusAsked):
        message.reply(cast("Now", {"state": {"status": "vacant"}}))
