"""Spans of time and their overlaps; the stretches of a bout that were really sat."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sensor.core.history import BoutEntry, History


class Span(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), Unix time."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def merged(spans: Iterable[tuple[float, float]]) -> list[Span]:
    """Sort, join what touches or overlaps, and drop what is empty."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Span(start, end))
    return found


def touching(spans: Sequence[Span], start: float, end: float) -> Iterator[int]:
    """Give the number of each span that has time in common; the spans are in order, apart."""
    first = max(0, bisect_right(spans, (start, math.inf)) - 1)
    for number in range(first, len(spans)):
        if spans[number].start >= end:
            break
        if spans[number].end > start:
            yield number


def overlaps(spans: Sequence[Span], start: float, end: float) -> Iterator[tuple[int, float]]:
    """Give the number of each span that is touched, and for how many seconds."""
    for number in touching(spans, start, end):
        yield number, min(end, spans[number].end) - max(start, spans[number].start)


def without(span: Span, holes: Sequence[Span]) -> Iterator[Span]:
    """Give the parts of a span that lie in none of the holes."""
    start, end = span
    for number in touching(holes, start, end):
        hole = holes[number]
        if hole.start > start:
            yield Span(start, hole.start)
        start = hole.end
    if start < end:
        yield Span(start, end)


def covered(history: History) -> Iterator[Span]:
    """Give the times with a valid sensor: the program ran, and it was no gap."""
    gaps = merged((gap.started_at, gap.ended_at) for gap in history.gaps)
    for span in merged((watch.started_at, watch.ended_at) for watch in history.watches):
        yield from without(span, gaps)


class Seats:
    """The stretches of bouts that were sat: without merged absences and time out of sight.

    Downtime of the program that a bout spans counts as sitting (core/README.md, section 7).
    """

    def __init__(self, history: History) -> None:
        away = [row[:2] for row in history.absences if row.kind == "merged"]
        blind = [row[:2] for row in history.gaps if row.why in ("unplugged", "suspended")]
        self._holes = merged(away + blind)

    def stretches(self, bout: BoutEntry) -> list[Span]:
        """Return the spans sat in a bout, in order; all of it if the wall times leave none."""
        whole = Span(bout.started_at, bout.ended_at)
        return list(without(whole, self._holes)) or [whole]
