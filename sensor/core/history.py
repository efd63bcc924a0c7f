"""The history as plain rows: bouts, absences, alerts, gaps, and when the program ran.

All moments are Unix time, all durations seconds. `utc_offset` is the local offset at the row's
first moment, so that a row still tells what the wall clock showed. The core writes the same rows
without it, in its own time (`events.py`): two types, so that no report reads one for the other.
"""

from typing import Literal, NamedTuple

Mark = Literal["voided", "long_occupancy"]
"""Why a bout is left out of the statistics."""
Length = Literal["merged", "short", "full"]
"""Of an absence: part of a bout, a short break, a full one."""
Cause = Literal["unplugged", "suspended", "down", "down_unknown"]
"""Of a gap."""


class BoutEntry(NamedTuple):
    """One sedentary bout (SBRN 2017), absences up to `short_absence` merged into it."""

    started_at: float
    ended_at: float
    utc_offset: int
    seated_seconds: float
    """Less than from start to end if absences are merged into it."""
    estimated: bool = False
    """Part of it was not seen."""
    mark: Mark | None = None


class Absence(NamedTuple):
    """Time off the chair: merged into a bout, a short break, a full one, or not over yet."""

    left_at: float
    returned_at: float
    utc_offset: int
    kind: Length | Literal["open"]
    """`full` is also an absence that ended no bout, such as the one before the first bout."""


class AlertEntry(NamedTuple):
    """One alert, from the first level 1 to its end."""

    alert_id: str
    began_at: float
    rang_at: float | None
    """When level 1 first began; None: held back while it lasted."""
    left_at: float | None
    """When the sitter first got up after that; None: never while it lasted."""
    ended_at: float
    utc_offset: int
    max_level: int
    snoozes: int = 0
    voided: bool = False


class Gap(NamedTuple):
    """Time that nobody watched the chair."""

    started_at: float
    ended_at: float
    utc_offset: int
    why: Cause


class Watch(NamedTuple):
    """Time that the program ran; less the gaps it is covered."""

    started_at: float
    ended_at: float
    utc_offset: int


class SelfCheck(NamedTuple):
    """The answers of one monthly self-check (`core/self_check.py`)."""

    at: float
    utc_offset: int
    knees: bool
    """They moved inward."""
    pelvis: bool
    """It tipped forward."""
    back: bool
    """It arched more than standing."""


class History(NamedTuple):
    """Everything that is kept, or the rows that touch the time asked for."""

    bouts: tuple[BoutEntry, ...] = ()
    absences: tuple[Absence, ...] = ()
    alerts: tuple[AlertEntry, ...] = ()
    gaps: tuple[Gap, ...] = ()
    watches: tuple[Watch, ...] = ()
    as_of: float | None = None
    """The last moment that is known of; None: nothing was ever kept."""
    open_bout: BoutEntry | None = None
    """The bout that is running, as if it ended at `as_of`."""
    open_absence: Absence | None = None
    """Off the chair now, as if back at `as_of`."""
    open_alert: AlertEntry | None = None
    """The alert that lasts, as if it ended at `as_of`."""
    self_checks: tuple[SelfCheck, ...] = ()
    """Those up to the end of the time asked for."""
    damaged: int = 0
    """Rows that are left out because they cannot be true."""

    @property
    def every_bout(self) -> list[BoutEntry]:
        """All bouts, the one that is running last."""
        return [*self.bouts, *([self.open_bout] if self.open_bout else [])]

    @property
    def counted_bouts(self) -> list[BoutEntry]:
        """Those of all bouts that are the sitter's."""
        return [bout for bout in self.every_bout if bout.mark is None]
