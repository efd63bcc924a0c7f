"""What one simulated run leaves behind, and the questions the acceptance tests ask of it.

Everything here is read from the JSON lines of `chair-sensor simulate`: no test in this folder
imports the product. Times are seconds since the start of the script, rounded to a hundredth.
conftest.py loads this file; tests get a `Run` from the `simulate` fixture.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEATED = frozenset({"sitting", "break_soon", "break_due", "snoozed"})

SHAPES = {
    (0.1,): "chirp",
    (0.1, 0.1): "2 chirps",
    (0.2, 0.2, 0.2): "burst",
    (0.5,): "half a second",
}

TIE = 0.005  # two records this close together happen at the same moment
WITHIN_ONE_SOUND = 0.3  # a longer pause than this starts the next sound


class Simulate(Protocol):
    """Run a script on the simulator; a script and options seen before are not run again."""

    def __call__(  # noqa: D102 - the class says it
        self,
        script: str,
        *,
        settings: Mapping[str, object] | None = None,
        config: str | None = None,
        start: str = "2026-03-02T08:00:00+00:00",
        timezone: str | None = None,
    ) -> Run: ...


class Attempt(Protocol):
    """Run `chair-sensor simulate` with any arguments, also wrong ones."""

    def __call__(  # noqa: D102 - the class says it
        self, *arguments: str, stdin: str = "", hash_seed: int = 0
    ) -> Outcome: ...


class Outcome(NamedTuple):
    """How one call of the command ended."""

    code: int
    stderr: str
    jsonl: bytes


class Seen(NamedTuple):
    """One message on the broker, and when it got there."""

    t: float
    payload: Any
    record: dict[str, Any]


def strict_json(line: str) -> dict[str, Any]:
    """Read one record; NaN and Infinity are no JSON and fail here."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in a record: {line}")

    return json.loads(line, parse_constant=refuse)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """The records of one run, in order."""

    records: tuple[dict[str, Any], ...]
    start: dt.datetime

    @classmethod
    def read(cls, jsonl: str, *, start: str) -> Run:
        """Read the JSON lines that `--jsonl` wrote."""
        records = tuple(strict_json(line) for line in jsonl.splitlines())
        return cls(records=records, start=dt.datetime.fromisoformat(start))

    def kind(self, kind: str) -> list[dict[str, Any]]:
        """All records of one kind."""
        return [record for record in self.records if record["kind"] == kind]

    def messages(self, ending: str = "") -> list[Seen]:
        """All messages whose topic ends so."""
        return [
            Seen(round(record["t"], 2), record["payload"], record)
            for record in self.kind("mqtt")
            if record["topic"].endswith(ending)
        ]

    # The state ------------------------------------------------------------------------------

    def states(self, after: float = -math.inf, before: float = math.inf) -> list[Seen]:
        """States published from `after` until just before `before`."""
        return [seen for seen in self.messages("/state") if after - TIE <= seen.t < before - TIE]

    def last_state(self, t: float) -> Seen:
        """Find the newest state that a client has read at `t`."""
        seen = self.states(before=t + 3 * TIE)
        assert seen, f"no state was published up to {t}"
        return seen[-1]

    def state(self, t: float) -> dict[str, Any]:
        """Tell what a client believes at `t`."""
        return self.last_state(t).payload

    def sitting(self, t: float) -> float:
        """Sitting time at `t`: the published value, counted on while seated."""
        published, state, _ = self.last_state(t)
        counted_on = t - published if state["status"] in SEATED else 0.0
        return state["sitting_seconds"] + counted_on

    # Events ---------------------------------------------------------------------------------

    def events(self, *types: str, after: float = -math.inf, before: float = math.inf) -> list[Seen]:
        """Events of these types (of all, if none is given) in a stretch of time."""
        return [
            seen
            for seen in self.messages("/event")
            if after - TIE <= seen.t < before - TIE
            and (not types or seen.payload["event_type"] in types)
        ]

    def times(self, *types: str, after: float = -math.inf, before: float = math.inf) -> list[float]:
        """When events of these types reached the broker."""
        return [seen.t for seen in self.events(*types, after=after, before=before)]

    def alerts(
        self, after: float = -math.inf, before: float = math.inf
    ) -> list[tuple[float, str, int]]:
        """When each `break_due` and `break_overdue` came, and its level."""
        return [
            (seen.t, seen.payload["event_type"], seen.payload["level"])
            for seen in self.events("break_due", "break_overdue", after=after, before=before)
        ]

    # The buzzer -----------------------------------------------------------------------------

    def pulses(
        self, after: float = -math.inf, before: float = math.inf
    ) -> list[tuple[float, float]]:
        """Stretches in which the buzzer's pin was on, as (on, off)."""
        return [
            (round(on, 2), round(off, 2))
            for on, off in self._pulses()
            if off > after + TIE and on < before - TIE
        ]

    def _pulses(self) -> Iterator[tuple[float, float]]:
        on_since = None
        for record in self.kind("buzzer"):
            if record["on"] and on_since is None:
                on_since = record["t"]
            elif not record["on"] and on_since is not None:
                yield on_since, record["t"]
                on_since = None
        if on_since is not None:
            yield on_since, math.inf

    def sounds(self, after: float = -math.inf, before: float = math.inf) -> list[tuple[float, str]]:
        """Sounds that began in a stretch of time: (3660.0, "2 chirps"), (3780.0, "burst")."""
        sounds: list[list[tuple[float, float]]] = []
        for pulse in self.pulses():
            if sounds and pulse[0] - sounds[-1][-1][1] <= WITHIN_ONE_SOUND:
                sounds[-1].append(pulse)
            else:
                sounds.append([pulse])
        return [
            (sound[0][0], shape(sound))
            for sound in sounds
            if after - TIE <= sound[0][0] < before - TIE
        ]

    # Time -----------------------------------------------------------------------------------

    def t_of(self, label: str) -> float:
        """Turn a wall-clock label into seconds since the start; it must carry its offset."""
        return (dt.datetime.fromisoformat(label) - self.start).total_seconds()


def shape(sound: list[tuple[float, float]]) -> str:
    """Name a sound by its beats and pauses: a chirp, a burst, or the bare numbers."""
    beats = tuple(round(off - on, 2) for on, off in sound)
    pauses = [round(later[0] - earlier[1], 2) for earlier, later in itertools.pairwise(sound)]
    known = SHAPES.get(beats)
    if known and all(pause == beats[0] for pause in pauses):
        return known
    return f"beats {beats}, pauses {pauses}"
