"""A public kit for tests: a script is played by the real daemon on simulated pins.

A broker in memory and virtual time, so a day takes a moment; what it leaves can be asked for.
"""

import io
import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from sensor.daemon.inbox import Received
from sensor.settings.loading import load
from sensor.simulator.process import Process
from sensor.simulator.script import read
from sensor.simulator.simulation import World
from sensor.storage.database import Database

MONDAY = 1_772_438_400.0
"""2026-03-02T08:00:00Z."""
BASE = "chair-sensor/test"
FIXED = ("chair.id=test", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26")


class Play:
    """One script, to be played; what it leaves behind can be asked for afterwards."""

    def __init__(self, folder: Path, script: str, **settings: str) -> None:
        dotted = [f"{key.replace('__', '.')}={value}" for key, value in settings.items()]
        self.config = load(overrides=[*FIXED, *dotted])
        self._text = io.StringIO()
        self.world = World(
            config=self.config,
            steps=read(script, "the script of this test"),
            wall_start=MONDAY,
            state_dir=folder,
            records_to=self._text,
        )
        self.levels: list[tuple[float, int, bool | None]] = []
        """Every new level of an output: when, which pin, high."""
        self._plain = self.world.chair.wires.changed
        self.world.chair.wires.changed = self._changed

    def at(self, t: float, happening: Callable[[], None]) -> None:
        """Let something happen in the world."""
        self.world.at(t, happening)

    def receive(self, subtopic: str, payload: bytes, *, retained: bool = False) -> None:
        """Let the daemon get a message as it comes from the network, whatever it is."""
        topic = subtopic if subtopic.startswith("home") else f"{BASE}/{subtopic}"
        self.process.inbox.put(Received(topic, payload, retained, self.world.machine.now()))

    def lose_edge(self, number: int, *, high: bool) -> None:
        """Change the level of an input pin as if gpiozero had slept through the edge."""
        self.world.chair.wires.lose_edge(number, high)

    def disable_disk(self, path: Path) -> None:
        """Let every write fail from now on, as on a dying card; `path` is not there any more."""
        store = self._store
        store.close()
        store.path = path.parent / "gone" / path.name

    def enable_disk(self, path: Path) -> None:
        """Let the disk work again."""
        self._store.path = path

    @property
    def _store(self) -> Database:
        store = self.process.daemon._checkpoints._store
        assert isinstance(store, Database)
        return store

    @property
    def process(self) -> Process:
        """The daemon that runs at this moment."""
        assert self.world.process is not None
        return self.world.process

    def run(self) -> "Play":
        """Play it to its end."""
        self.world.run()
        return self

    def _changed(self, number: int, high: bool | None) -> None:
        self.levels.append((self.world.t, number, high))
        self._plain(number, high)

    @property
    def jsonl(self) -> str:
        """The records as they would be written."""
        return self._text.getvalue()

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The records; ask when it is over."""
        return [json.loads(line) for line in self.jsonl.splitlines()]

    def messages(self, *subtopics: str) -> list[tuple[float, str, Any]]:
        """List what reached the broker: when, what follows the last slash, payload."""
        heard = [
            (r["t"], r["topic"].rpartition("/")[2], r["payload"])
            for r in self.records
            if r["kind"] == "mqtt"
        ]
        return [each for each in heard if not subtopics or each[1] in subtopics]

    @cached_property
    def _states(self) -> list[tuple[float, Any]]:
        return [(t, payload) for t, _, payload in self.messages("state")]

    def states(self) -> list[tuple[float, Any]]:
        """List the states."""
        return self._states

    def state(self, t: float) -> Any:
        """Tell what a client believes at `t`."""
        return [payload for when, payload in self.states() if when <= t][-1]

    def events(self, prefix: str = "") -> list[tuple[float, str]]:
        """List when events reached the broker, of the types that begin so."""
        events = [(t, payload["event_type"]) for t, _, payload in self.messages("event")]
        return [(t, name) for t, name in events if name.startswith(prefix)]

    def buzzer(self) -> list[tuple[float, bool]]:
        """List the buzzer's edges."""
        return [(r["t"], r["on"]) for r in self.records if r["kind"] == "buzzer"]


class Player(Protocol):
    """Prepares a play of a script, with settings such as `sit_limit="30m"`."""

    def __call__(self, script: str, **settings: str) -> Play: ...  # noqa: D102
