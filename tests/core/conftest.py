"""A chair on a stopwatch, for the tests of the core: no pin, no thread, no clock."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

import pytest

from sensor.core import chair, report
from sensor.core.events import ContactIs, Effect, Input, Refuse, Row, Tell, Write
from sensor.core.instant import shifted
from sensor.core.messages import StateMessage
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.core.signals import sound

MONDAY_AT_EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def seconds(clock: str | float) -> float:
    """Read `55:00`, `1:00:00` or `0:00.5` as seconds."""
    total = 0.0
    for part in str(clock).split(":"):
        total = total * 60 + float(part)
    return total


def spoken(moment: float) -> str:
    """Write seconds as `55:00` or `60:01.5`."""
    minutes, rest = divmod(round(moment, 3), 60)
    whole = f"{int(minutes)}:{int(rest):02}"
    return whole if rest == int(rest) else f"{whole}.{round(rest % 1, 3):g}".replace(".0.", ".")


class Stopwatch:
    """A chair that takes inputs at moments on a stopwatch and keeps all that came of them."""

    def __init__(
        self,
        rules: Rules | None = None,
        *,
        closed: bool = False,
        plugged: bool = True,
        wall: datetime = MONDAY_AT_EIGHT,
        life: str = "",
        **changed: Any,
    ) -> None:
        self.rules = rules or Rules(timezone=UTC, **changed)
        self.now = 0.0
        self.history: list[tuple[float, Effect]] = []
        self.state = chair.start(
            contact_closed=closed,
            loop_closed=plugged,
            now=0,
            wall_offset=wall.timestamp(),
            rules=self.rules,
            life=life,
        )

    def at(self, clock: str | float, *happenings: Input | Recall) -> Self:
        """Let time pass until `clock`, then let something happen."""
        moment = seconds(clock)
        awake = moment - sum(getattr(happening, "seconds", 0) for happening in happenings)
        while (due := chair.deadline(self.state, self.rules)) <= awake:
            self._note(due, chair.advance(self.state, due, self.rules))
        for happening in happenings:
            self._note(moment, chair.step(self.state, happening, moment, self.rules))
            self.rules = getattr(happening, "rules", self.rules)
        self.now = moment
        return self

    def sit(self, clock: str | float) -> Self:
        """Press the mat."""
        return self.at(clock, ContactIs(closed=True))

    def stand(self, clock: str | float) -> Self:
        """Release the mat."""
        return self.at(clock, ContactIs(closed=False))

    def remembered(self, down: float, *, certain: bool = True) -> Recall:
        """Return what a daemon remembers that starts its own clock `down` seconds later."""
        later = self.now + down
        state = replace(self.state, wall_offset=self.state.wall_offset + later)
        return Recall(shifted(state, -later), -down, certain, resumed_at=0)

    def restarted(self, down: float, *, certain: bool = True, **started: Any) -> "Stopwatch":
        """Start again `down` seconds after now, on a stopwatch from zero, and remember."""
        wall = datetime.fromtimestamp(self.state.wall_offset + self.now + down, UTC)
        again = Stopwatch(self.rules, wall=wall, **started)
        return again.at(0, self.remembered(down, certain=certain))

    def _note(self, moment: float, result: tuple[Any, list[Effect]]) -> None:
        self.state, effects = result
        self.history += [(moment, effect) for effect in effects]

    @property
    def tells(self) -> list[Tell]:
        """The events, whole."""
        return [effect for _, effect in self.history if isinstance(effect, Tell)]

    @property
    def told(self) -> list[str]:
        """The events as `60:00 break_due 1`: when they were told, which, on what level."""
        return [
            f"{spoken(moment)} {effect.event_type}" + (f" {effect.level}" if effect.level else "")
            for moment, effect in self.history
            if isinstance(effect, Tell)
        ]

    @property
    def rows(self) -> list[Row]:
        """The history."""
        return [effect.row for _, effect in self.history if isinstance(effect, Write)]

    @property
    def refused(self) -> list[str]:
        """What made no sense, and why."""
        return [effect.reason for _, effect in self.history if isinstance(effect, Refuse)]

    def sounds(self, until: str | float) -> list[str]:
        """Let time pass; tell when the buzzer goes on and off, as `60:00-60:00.1`."""
        return [f"{spoken(start)}-{spoken(end)}" for start, end in self._sounds(seconds(until))]

    def _sounds(self, until: float) -> Iterator[tuple[float, float]]:
        start = None
        while True:
            on, edge = sound(self.state, self.now, self.rules)
            if on and start is None:
                start = self.now
            elif not on and start is not None:
                yield start, self.now
                start = None
            if self.now >= until:
                break
            self.at(min(edge, chair.deadline(self.state, self.rules), until))
        if start is not None:
            yield start, until

    def report(self) -> StateMessage:
        """Return the whole state message."""
        return report.report(self.state, self.now, self.rules, profile="standard")

    def facts(self, *keys: str) -> dict[str, Any]:
        """Return the keys of the state message that a test is about; those of today, too."""
        told = self.report()
        full: dict[str, Any] = {**told, **told["today"]}
        return {key: full[key] for key in keys}


@pytest.fixture
def stopwatch() -> Callable[..., Stopwatch]:
    """Make a chair: `stopwatch(rules)` or `stopwatch(sit_confirm=1)`; it is Monday, 8:00 UTC."""
    return Stopwatch
