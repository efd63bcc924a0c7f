"""The metrics of core/README.md, section 12: pure functions from a history to figures.

The terms are those of the field: SBRN 2017 (Tremblay et al., doi 10.1186/s12966-017-0525-8) for
bout and break, activPAL for transitions, Boerema et al. 2020 (PMC7013117) for prolonged bouts.
The table in `README.md` tells which row belongs to which day; an alert belongs to that of its
level 1. The daemon sums up today and the week as it goes (`core/days.py`); tests compare.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import fmean, median
from typing import Any, NamedTuple, TypeVar

from sensor.core.figures import PROLONGED, is_heeded, prolonged
from sensor.core.history import Absence, AlertEntry, BoutEntry, History
from sensor.report.spans import Seats, Span, covered, merged, overlaps

T = TypeVar("T")

HOUR = 3600
"""Seconds from which a bout is prolonged by the stricter reading."""
BIN_EDGES = (60, 300, 600, 1800)
"""Seconds; they and HOUR part the bins <1, 1-5, 5-10, 10-30, 30-60 and >60 min (PMC4587719). An
edge belongs to the bin above it; an hour sharp is no more than an hour."""
SAME_MOMENT = 1.0
"""Seconds by which the wall times of one moment may differ if a restart lies between them."""


class Group(NamedTuple):
    """A number of bouts, and the seconds sat in them."""

    bouts: int
    seconds: float


BIN_NAMES = ("below_1", "1_to_5", "5_to_10", "10_to_30", "30_to_60", "above_60")
"""Minutes."""
NONE = Group(0, 0)
NO_BINS = (NONE,) * (len(BIN_EDGES) + 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a span of time. Durations in seconds; None where nothing is known."""

    span: Span
    chair_seconds: float = 0
    """Seated seconds on this chair, the running bout included."""
    bouts: int = 0
    """Bouts begun, the running one included."""
    longest_bout_seconds: float = 0
    mean_bout_seconds: float | None = None
    median_bout_seconds: float | None = None
    usual_bout_seconds: float | None = None
    """W50, see `usual_bout`."""
    prolonged: Group = NONE
    """Finished bouts of 30 min and more; the seconds are those in this span, running included."""
    hour_long: Group = NONE
    """The same from 60 min on."""
    bins: tuple[Group, ...] = NO_BINS
    """Finished bouts by length: <1, 1-5, 5-10, 10-30, 30-60, >60 min."""
    transitions: int = 0
    """Confirmed changes from seated to not seated (activPAL: sit-to-stand transitions)."""
    short_breaks: int = 0
    full_breaks: int = 0
    alerts: int = 0
    alerts_heeded: int = 0
    """Alerts after which the sitter was up within 5 min of level 1."""
    response_seconds: float | None = None
    """Median from level 1 to the leave, of the alerts that were answered by one."""
    snoozes: int = 0
    coverage_seconds: float = 0
    """Seconds with a valid sensor; of the rest nothing is known."""
    estimated: int = 0
    """Bouts of which a part was not seen."""
    left_out: int = 0
    """Bouts that ended here and do not count: "not me", or too long for a person."""

    @property
    def prolonged_share(self) -> float | None:
        """Share (0-1) of chair time in bouts of 30 min and more."""
        return _share(self.prolonged.seconds, self.chair_seconds)

    @property
    def hour_long_share(self) -> float | None:
        """Share (0-1) of chair time in bouts of 60 min and more."""
        return _share(self.hour_long.seconds, self.chair_seconds)

    @property
    def seconds_between_transitions(self) -> float | None:
        """Chair time for each time of getting up (s): the inverse of fragmentation."""
        return self.chair_seconds / self.transitions if self.transitions else None

    @property
    def coverage_share(self) -> float | None:
        """Share (0-1) of the span that is covered."""
        return _share(self.coverage_seconds, self.span.seconds)


def usual_bout(lengths: Iterable[float]) -> float | None:
    """Return W50, the usual bout duration: half of all chair time is sat in bouts so long or less.

    Chastin and Granat 2010 (doi 10.1016/j.gaitpost.2009.10.002). It is the empirical one: the
    length of the bout, in rising order, with which the sum first reaches half of the whole.
    """
    rising = sorted(lengths)
    half, so_far = sum(rising) / 2, 0.0
    for length in rising:
        so_far += length
        if so_far >= half:
            return length
    return None


def response(alert: AlertEntry) -> float | None:
    """Return the seconds from level 1 to the leave; None without one of them."""
    if alert.rang_at is None or alert.left_at is None:
        return None
    return alert.left_at - alert.rang_at


def counted_alerts(
    history: History, since: float = -math.inf, until: float = math.inf
) -> list[AlertEntry]:
    """Return the alerts that were the sitter's and rang in this time."""
    others = _not_the_sitters(history)
    return [
        alert
        for alert in (*history.alerts, *_given(history.open_alert))
        if alert.rang_at is not None
        and since <= alert.rang_at < until
        and not alert.voided
        and not _lies_in(others, alert.rang_at)
    ]


def figures(history: History, spans: Sequence[Span]) -> list[Figures]:
    """Return the figures of each span, in order and apart, in one pass over the history."""
    counted = history.counted_bouts
    closed = [bout for bout in history.bouts if bout.mark is None]
    marked = [bout for bout in history.bouts if bout.mark is not None]
    ended = _sorted_into(spans, closed, "ended_at")
    begun = _sorted_into(spans, counted, "started_at")
    left = _sorted_into(spans, _leaves(history, closed), "left_at")
    rang = _sorted_into(spans, counted_alerts(history), "rang_at")
    left_out = _sorted_into(spans, marked, "ended_at")
    shares = _chair_time(spans, counted, Seats(history))
    coverage = [0.0] * len(spans)
    for start, end in covered(history):
        for number, seconds in overlaps(spans, start, end):
            coverage[number] += seconds
    return [
        Figures(
            span=span,
            bouts=len(begun[number]),
            estimated=sum(bout.estimated for bout in begun[number]),
            left_out=len(left_out[number]),
            coverage_seconds=coverage[number],
            chair_seconds=sum(share for _, share in shares[number]),
            prolonged=_at_least(PROLONGED, shares[number], ended[number]),
            hour_long=_at_least(HOUR, shares[number], ended[number]),
            transitions=len(left[number]),
            short_breaks=sum(absence.kind == "short" for absence in left[number]),
            full_breaks=sum(absence.kind == "full" for absence in left[number]),
            **_of_lengths([bout.seated_seconds for bout in ended[number]]),
            **_of_alerts(rang[number]),
        )
        for number, span in enumerate(spans)
    ]


def _given(row: T | None) -> tuple[T, ...]:
    return () if row is None else (row,)


def _not_the_sitters(history: History) -> list[Span]:
    """Return the time in which nothing counts: that of the marked bouts."""
    return merged(bout[:2] for bout in history.every_bout if bout.mark is not None)


def _leaves(history: History, closed: Sequence[BoutEntry]) -> list[Absence]:
    """Return the absences that began with the sitter getting up."""
    others = _not_the_sitters(history)
    ends = sorted(bout.ended_at for bout in closed)
    return [
        absence
        for absence in (*history.absences, *_given(history.open_absence))
        if not _lies_in(others, absence.left_at)
        and (absence.kind != "full" or _is_near(ends, absence.left_at))
    ]


def _sorted_into(spans: Sequence[Span], rows: Iterable[T], moment: str) -> list[list[T]]:
    """Return for each span the rows whose `moment` lies in it; other rows are dropped."""
    at = attrgetter(moment)
    in_order = sorted(rows, key=at)
    moments = list(map(at, in_order))
    return [
        in_order[bisect_left(moments, start) : bisect_left(moments, end)] for start, end in spans
    ]


def _chair_time(
    spans: Sequence[Span], bouts: Iterable[BoutEntry], seats: Seats
) -> list[list[tuple[BoutEntry, float]]]:
    """Split each bout's seated seconds among the spans in which it was sat."""
    found: list[list[tuple[BoutEntry, float]]] = [[] for _ in spans]
    starts = [span.start for span in spans]
    for bout in bouts:
        number = bisect_right(starts, bout.started_at) - 1
        if number >= 0 and bout.ended_at <= spans[number].end:
            found[number].append((bout, bout.seated_seconds))
        else:
            for number, share in _split(spans, bout, seats):
                found[number].append((bout, share))
    return found


def _split(spans: Sequence[Span], bout: BoutEntry, seats: Seats) -> Iterator[tuple[int, float]]:
    stretches = seats.stretches(bout)
    whole = sum(stretch.seconds for stretch in stretches)
    for stretch in stretches:
        for number, seconds in overlaps(spans, *stretch):
            # The seconds were measured; wall times, which may jump, only place them.
            yield number, bout.seated_seconds * seconds / whole


def _at_least(
    least: float, shares: Iterable[tuple[BoutEntry, float]], ended: Iterable[BoutEntry]
) -> Group:
    return Group(
        sum(bout.seated_seconds >= least for bout in ended),
        sum(prolonged(share, bout.seated_seconds, least) for bout, share in shares),
    )


def _of_lengths(lengths: Sequence[float]) -> dict[str, Any]:
    if not lengths:
        return {}
    bins: list[list[float]] = [[] for _ in NO_BINS]
    for length in lengths:
        bins[-1 if length > HOUR else bisect_right(BIN_EDGES, length)].append(length)
    return {
        "longest_bout_seconds": max(lengths),
        "mean_bout_seconds": fmean(lengths),
        "median_bout_seconds": median(lengths),
        "usual_bout_seconds": usual_bout(lengths),
        "bins": tuple(Group(len(lengths), sum(lengths)) for lengths in bins),
    }


def _of_alerts(alerts: Sequence[AlertEntry]) -> dict[str, Any]:
    responses = [seconds for seconds in map(response, alerts) if seconds is not None]
    return {
        "alerts": len(alerts),
        "alerts_heeded": sum(map(is_heeded, responses)),
        "response_seconds": median(responses) if responses else None,
        "snoozes": sum(alert.snoozes for alert in alerts),
    }


def _lies_in(spans: Sequence[Span], moment: float) -> bool:
    """Whether a moment lies within a span, its end included and its start excluded."""
    number = bisect_left(spans, (moment, -math.inf)) - 1 if spans else -1
    return number >= 0 and moment <= spans[number].end


def _is_near(moments: Sequence[float], moment: float) -> bool:
    number = bisect_left(moments, moment - SAME_MOMENT)
    return number < len(moments) and moments[number] <= moment + SAME_MOMENT


def _share(part: float, whole: float) -> float | None:
    return min(1.0, part / whole) if whole > 0 else None
