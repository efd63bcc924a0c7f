"""The hours of the week: what share of each was sat, averaged over the days that were watched."""

from collections import defaultdict
from itertools import pairwise

from sensor.report.report import Report
from sensor.report.spans import Seats, Span, overlaps

FEWEST_HOURS = 8
"""Hours that are shown at least."""


class Heat:
    """Seated share by weekday (Monday is 0) and hour (0-23, local time)."""

    def __init__(self, report: Report) -> None:
        self._sat: dict[tuple[int, int], float] = defaultdict(float)
        self._days: dict[int, int] = defaultdict(int)
        begins = report.almanac.day_starts.hour
        watched = []
        for day, found in report.days:
            if found.coverage_seconds or found.chair_seconds:
                self._days[day.weekday()] += 1
                watched.append((day.weekday(), found.span))
        self._add(report, watched)
        self.weekdays = sorted(self._days) or [report.period.first.weekday()]
        used = [(hour - begins) % 24 for (_, hour), sat in self._sat.items() if sat]
        first, last = (min(used), max(used)) if used else (4, 13)
        last = max(last, min(23, first + FEWEST_HOURS - 1))
        self.hours = [(begins + number) % 24 for number in range(first, last + 1)]

    def share(self, weekday: int, hour: int) -> float:
        """Return the share (0-1) of that hour that was sat."""
        days = self._days.get(weekday, 0)
        return min(1.0, self._sat[weekday, hour] / (3600 * days)) if days else 0.0

    def busiest(self) -> tuple[int, int] | None:
        """Return the weekday and hour with the most sitting; None without any."""
        if not any(self._sat.values()):
            return None
        return max(sorted(self._sat), key=lambda place: self.share(*place))

    def _add(self, report: Report, watched: list[tuple[int, Span]]) -> None:
        spans = [span for _, span in watched]
        seats = Seats(report.history)
        for bout in report.history.counted_bouts:
            for number, _ in overlaps(spans, bout.started_at, bout.ended_at):
                weekday, span = watched[number]
                for start, end in seats.stretches(bout):
                    for one, other in pairwise(_hours(max(start, span.start), min(end, span.end))):
                        hour = report.clock(one).hour
                        self._sat[weekday, hour] += other - one


def _hours(start: float, end: float) -> list[float]:
    """Cut a stretch at quarters of an hour: in every time zone a full hour is one of them."""
    if end <= start:
        return []
    first = start // 900 + 1
    cuts = [number * 900 for number in range(int(first), int(end // 900) + 1)]
    return [start, *(cut for cut in cuts if start < cut < end), end]
