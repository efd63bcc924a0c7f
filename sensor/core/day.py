"""Today's figures (core/README.md, sections 9, 10 and 12), kept as sums over closed bouts.

The open bout is added when somebody asks, so that it can still be voided or left out.
"""

from dataclasses import dataclass, replace
from typing import Any

from sensor.core.instant import Instant
from sensor.core.sitting import Sitting, bout_seconds, open_bout

PROLONGED = 1800
"""Seconds from which a bout counts as prolonged (SBRN 2017; Boerema 2020)."""
HEEDED = 300
"""An alert is heeded when the sitter leaves within this many seconds of level 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day, which begins at `day_starts`."""

    date: str
    chair: float = 0
    """Seconds of closed bouts that fell on this day."""
    prolonged: float = 0
    """Those of them in prolonged bouts."""
    longest: float = 0
    """The longest closed bout that ended today, whole."""
    before: float = 0
    """Seconds of the open bout that fell on earlier days."""
    bouts: int = 0
    transitions: int = 0
    short_breaks: int = 0
    full_breaks: int = 0
    alerts: int = 0
    alerts_heeded: int = 0
    covered: float = 0
    """Seconds with a valid sensor, up to `covering_since`."""
    covering_since: Instant | None = None


COUNTED = (
    *("chair", "prolonged", "bouts", "transitions", "short_breaks", "full_breaks"),
    *("alerts", "alerts_heeded", "covered"),
)
"""What adds up over the parts of a day."""


def joined(earlier: Day, later: Day) -> Day:
    """Return one day of two lives of the daemon. The open bout is the earlier one's."""
    sums: dict[str, Any] = {name: getattr(earlier, name) + getattr(later, name) for name in COUNTED}
    longest = max(earlier.longest, later.longest)
    return replace(later, longest=longest, before=earlier.before, **sums)


def uncovered(day: Day, now: float) -> Day:
    """Stop the coverage clock."""
    if day.covering_since is None:
        return day
    return replace(day, covered=coverage(day, now), covering_since=None)


def coverage(day: Day, now: float) -> float:
    """Return the seconds with a valid sensor so far."""
    since = day.covering_since
    return day.covered + (max(0, now - since) if since is not None else 0)


def chair_seconds(day: Day, sitting: Sitting, now: float) -> float:
    """Return today's chair time, the open bout included."""
    return day.chair + _open_share(day, sitting, now)


def prolonged_share(day: Day, sitting: Sitting, now: float) -> float | None:
    """Return the share (0-1) of today's chair time in bouts of 30 min or more; None without any."""
    total = chair_seconds(day, sitting, now)
    if total <= 0:
        return None
    return max(0, min(1, prolonged_seconds(day, sitting, now) / total))


def prolonged_seconds(day: Day, sitting: Sitting, now: float) -> float:
    """Return today's chair time in bouts of 30 min or more, the open one included."""
    is_prolonged = bout_seconds(sitting, now) >= PROLONGED
    return day.prolonged + (_open_share(day, sitting, now) if is_prolonged else 0)


def _open_share(day: Day, sitting: Sitting, now: float) -> float:
    bout = open_bout(sitting)
    if bout is None or bout.excluded:
        return 0
    return max(0, bout_seconds(sitting, now) - day.before)
