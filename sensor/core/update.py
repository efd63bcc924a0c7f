"""The working copy for one moment: the state so far, and the effects that the moment has caused.

`seating.py`, `alert.py`, `requests.py`, `days.py` and `restore.py` are functions on an `Update`;
`chair.py` says in which order they are called.
"""

from typing import Any

from sensor.core import sitting, words
from sensor.core.changed import changed
from sensor.core.coach import Exercise
from sensor.core.events import Effect, Refuse, Row, Tell, Write
from sensor.core.rules import Rules
from sensor.core.state import State, is_muted
from sensor.core.words import EventType, Problem


class Update:
    """The chair at one moment, under change; nothing else changes the state.

    `now` is the moment, an `Instant`. `state` is replaced until all that is due has been done.
    """

    def __init__(self, state: State, now: float, rules: Rules) -> None:
        self.state = state
        self._own = False  # whether the state is a copy that nobody else has
        self.now = now
        self.rules = rules
        self.effects: list[Effect] = []

    def tell(  # noqa: PLR0913  (each is a key of the event)
        self,
        event_type: EventType,
        *,
        at: float | None = None,
        alert_id: str | None = None,
        level: int | None = None,
        sitting_seconds: float | None = None,
        problem: Problem | None = None,
        exercise: tuple[Exercise, ...] = (),
    ) -> None:
        """Tell an event of `at`, by default `now`; a muted chair tells no `break_complete`."""
        if event_type == "break_complete" and is_muted(self.state):
            return
        if sitting_seconds is None:
            sitting_seconds = sitting.sitting_time(self.state.sitting, self.now, self.rules)
        milliseconds = round((self.now + self.state.wall_offset) * 1000)
        self.effects.append(
            Tell(
                event_type=event_type,
                id=self.unique(f"{milliseconds:x}"),
                at=self.now if at is None else at,
                message=words.message(event_type, sitting_seconds, self.rules, problem),
                sitting_seconds=sitting_seconds,
                alert_id=alert_id,
                level=level,
                quiet=self.state.calendar.quiet,
                exercise=exercise,
            )
        )

    def unique(self, moment: str) -> str:
        """Return a new id; its count keeps ids apart where a clock shows a moment twice."""
        self.change(serial=self.state.serial + 1)
        return "-".join(filter(None, (moment, self.state.life, str(self.state.serial))))

    def write(self, row: Row) -> None:
        """Keep a row in the history."""
        self.effects.append(Write(row))

    def refuse(self, reason: str) -> None:
        """Say in the log why a request makes no sense now."""
        self.effects.append(Refuse(reason))

    def change(self, **changes: Any) -> None:
        """Give fields of the state new values. Only the state before the first change is kept."""
        if not self._own:
            self.state, self._own = changed(self.state, **changes), True
            return
        fields = vars(self.state)
        known = len(fields)
        fields.update(changes)
        if len(fields) > known:
            raise TypeError(f"the state has not all of the fields {', '.join(changes)}")
