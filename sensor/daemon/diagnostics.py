"""How the daemon itself is: what nobody looks at until something is strange.

It is published apart from the state, retained, and rarely (`mqtt/gateway.py`).
"""

import os
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sensor import __version__
from sensor.core.messages import DiagnosticsMessage
from sensor.core.rules import Rules
from sensor.core.state import State
from sensor.daemon.ports import Link

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


def no_memory() -> None:
    """Say that it is not known: a simulation has to give the same records every time."""


class Diagnostics:
    """Counts, and reports in the words of the `diagnostics` topic."""

    def __init__(self, link: Link, memory: Callable[[], int | None]) -> None:
        self.edges = 0
        """Changes of the mat's contact, electrical bounce included."""
        self.healed_edges = 0
        """Edges that got lost and were found by looking."""
        self._link = link
        self._memory = memory
        self._recent: deque[float] = deque(maxlen=MOST_RECENT)

    def edge(self, at: float) -> None:
        """Count a change of the mat's contact."""
        self.edges += 1
        self._recent.append(at)

    def edges_last_minute(self, now: float) -> int:
        """Count those of the last minute; with `MOST_RECENT` there may have been more."""
        return sum(at > now - MINUTE for at in self._recent)

    def report(self, state: State, rules: Rules) -> DiagnosticsMessage:
        """Return the message: every key, always; null where unknown."""

        def label(at: float | None) -> str | None:
            if at is None:
                return None
            return datetime.fromtimestamp(round(at + state.wall_offset), rules.timezone).isoformat()

        return {
            "version": __version__,
            "started_at": label(state.started_at),
            "edges": self.edges,
            "healed_edges": self.healed_edges,
            "reconnects": self._link.reconnects,
            "last_heard_at": label(self._link.last_heard),
            "memory_bytes": self._memory(),
        }
