"""The diagnostics: how the daemon itself works, for when something is strange.

Published apart from the state, retained, and rarely (`mqtt/gateway.py`).
"""

import os
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from sensor import __version__
from sensor.core.rules import Rules
from sensor.core.state import State
from sensor.daemon.inbox import ContactRead, Message
from sensor.daemon.ports import Observer

MINUTE = 60
MOST_RECENT = 1000
"""Edges whose moments are remembered: more in a minute is a fault, however many there are."""


def resident_memory() -> int | None:
    """Return the memory that this process holds in RAM, bytes; None where that cannot be known."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


Label = Callable[[float | None], str | None]
"""Writes a moment of the daemon's clock as wall time, ISO 8601 with offset; None stays None."""


class DiagnosticsMessage(TypedDict):
    """How the program itself is: the topic `diagnostics`, apart from the connection."""

    version: str
    """of chair-sensor"""
    started_at: str | None
    """start of the program"""
    edges: int
    """changes of the mat's contact, bounce included"""
    healed_edges: int
    """changes that got lost and were found by looking"""
    memory_bytes: int | None
    """in RAM; `null` in the simulator"""


class Diagnostics(Observer):
    """Counts, and reports in the words of the `diagnostics` topic."""

    def __init__(
        self,
        traffic: Callable[[Label], Mapping[str, Any]],
        memory: Callable[[], int | None] | None,
        measures: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """`memory` tells the bytes in RAM; None: not known, as in a simulation.

        `measures` are those of the contact source.
        """
        self.edges = 0
        """Changes of the mat's contact, electrical bounce included."""
        self.healed_edges = 0
        """Edges that got lost and were found by looking."""
        self._traffic = traffic
        self._memory = memory
        self._measures = measures
        self._unknown: list[str] = []  # measures that the last report had no value for
        self._recent: deque[float] = deque(maxlen=MOST_RECENT)

    def took(self, message: Message, at: float, *, lost: int = 0) -> None:
        """Count a change of the mat's contact, or an edge that got lost."""
        if lost:
            self.healed_edges = lost
        elif isinstance(message, ContactRead):
            self.edges += 1
            self._recent.append(at)

    def edges_last_minute(self, now: float) -> int:
        """Count those of the last minute; with `MOST_RECENT` there may have been more."""
        return sum(at > now - MINUTE for at in self._recent)

    @property
    def is_news(self) -> bool:
        """Whether a measure is known now that was not yet in the last report."""
        if not self._unknown:
            return False
        measures = self._measures()
        return any(measures[name] is not None for name in self._unknown)

    def report(self, state: State, rules: Rules) -> dict[str, Any]:
        """Return the message: every key, always; None where unknown."""

        def label(at: float | None) -> str | None:
            if at is None:
                return None
            return datetime.fromtimestamp(round(at + state.wall_offset), rules.timezone).isoformat()

        own: DiagnosticsMessage = {
            "version": __version__,
            "started_at": label(state.started_at),
            "edges": self.edges,
            "healed_edges": self.healed_edges,
            "memory_bytes": self._memory() if self._memory else None,
        }
        measures = self._measures()
        self._unknown = [name for name, value in measures.items() if value is None]
        return {**own, **self._traffic(label), **measures}
