"""The metrics again, second by second, in another way: whatever the history, both agree."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.core.history import Absence, AlertEntry, BoutEntry, Gap, History, Watch
from sensor.report.metrics import Figures, figures
from sensor.report.spans import Span

MARKS: st.SearchStrategy[Literal["voided", "long_occupancy"] | None] = st.sampled_from(
    [None, None, None, "voided", "long_occupancy"]
)
STRETCHES = st.lists(st.tuples(st.integers(1, 2500), st.integers(1, 60)), min_size=1, max_size=4)
AWAY = st.integers(61, 2000)


@st.composite
def histories(draw: st.DrawFn) -> tuple[History, list[Span]]:
    """Days of a few hours: bouts with pauses, breaks between them, alerts, gaps, watches."""
    now = draw(st.integers(0, 500))
    bouts, absences, alerts = [], [], []
    for _ in range(draw(st.integers(0, 8))):
        start, seated, pauses = now, 0, []
        for stretch, pause in draw(STRETCHES):
            now += stretch
            seated += stretch
            pauses.append((now, now + pause))
            now += pause
        now = end = pauses.pop()[0]
        bouts.append(BoutEntry(start, end, 0, seated, draw(st.booleans()), draw(MARKS)))
        absences += [Absence(left, back, 0, "merged") for left, back in pauses]
        if draw(st.booleans()):
            rang = draw(st.integers(start, end))
            left = draw(st.sampled_from([None, *(x for x, _ in [*pauses, (end, 0)] if x >= rang)]))
            alerts.append(AlertEntry("a", start, rang, left, end, 0, 1, draw(st.integers(0, 2))))
        now += draw(AWAY)
        absences.append(Absence(end, now, 0, "full" if now - end >= 300 else "short"))
    moments = st.lists(st.integers(0, now + 100), min_size=2, max_size=5, unique=True)
    spans = [Span(*pair) for pair in pairwise(sorted(draw(moments)))]
    pairs = st.lists(st.tuples(st.integers(0, now), st.integers(0, 3000)), max_size=4)
    watches = tuple(Watch(start, start + length, 0) for start, length in draw(pairs))
    gaps = tuple(Gap(start, start + length, 0, "down") for start, length in draw(pairs))
    history = History(
        bouts=tuple(bouts),
        absences=tuple(absences),
        alerts=tuple(alerts),
        watches=watches,
        gaps=gaps,
    )
    return history, spans


def brute_force(history: History, span: Span) -> dict[str, Any]:
    """Look at every second of the span, and at every row, with nothing but counting."""
    inside = range(int(span.start), int(span.end))
    pauses = {
        second
        for row in history.absences
        if row.kind == "merged"
        for second in range(int(row.left_at), int(row.returned_at))
    }
    sat = {
        row: [s for s in range(int(row.started_at), int(row.ended_at)) if s not in pauses]
        for row in history.bouts
        if row.mark is None
    }
    here = {row: sum(second in inside for second in seconds) for row, seconds in sat.items()}
    lengths = [len(seconds) for row, seconds in sat.items() if row.ended_at in inside]
    marked = [row for row in history.bouts if row.mark is not None]

    def is_the_sitters(moment: float) -> bool:
        return not any(row.started_at < moment <= row.ended_at for row in marked)

    leaves = Counter(
        row.kind
        for row in history.absences
        if row.left_at in inside and is_the_sitters(row.left_at)
    )
    alerts = [
        row
        for row in history.alerts
        if row.rang_at is not None and row.rang_at in inside and is_the_sitters(row.rang_at)
    ]
    answers = [
        row.left_at - row.rang_at
        for row in alerts
        if row.left_at is not None and row.rang_at is not None
    ]
    seen = {s for row in history.watches for s in range(int(row.started_at), int(row.ended_at))}
    seen -= {s for row in history.gaps for s in range(int(row.started_at), int(row.ended_at))}
    return {
        "chair_seconds": sum(here.values()),
        "bouts": sum(row.started_at in inside for row in sat),
        "longest_bout_seconds": max(lengths, default=0),
        "mean_bout_seconds": Fraction(sum(lengths), len(lengths)) if lengths else None,
        "median_bout_seconds": _middle(lengths),
        "usual_bout_seconds": _half_of_the_time(lengths),
        "prolonged": (
            sum(length >= 1800 for length in lengths),
            sum(seconds for row, seconds in here.items() if len(sat[row]) >= 1800),
        ),
        "hour_long": (
            sum(length >= 3600 for length in lengths),
            sum(seconds for row, seconds in here.items() if len(sat[row]) >= 3600),
        ),
        "bins": tuple(
            (
                sum(low <= length < high for length in lengths),
                sum(length for length in lengths if low <= length < high),
            )
            for low, high in (
                *((0, 60), (60, 300), (300, 600), (600, 1800), (1800, 3601), (3601, 10**9)),
            )
        ),
        "transitions": leaves.total(),
        "short_breaks": leaves["short"],
        "full_breaks": leaves["full"],
        "alerts": len(alerts),
        "alerts_heeded": sum(answer <= 300 for answer in answers),
        "response_seconds": _middle(answers),
        "snoozes": sum(row.snoozes for row in alerts),
        "coverage_seconds": sum(second in seen for second in inside),
        "estimated": sum(row.estimated for row in sat if row.started_at in inside),
        "left_out": sum(row.ended_at in inside for row in marked),
    }


def _flat(value: Any) -> list[float | None]:
    """List the numbers in a figure."""
    return [one for part in value for one in _flat(part)] if isinstance(value, tuple) else [value]


def _middle(values: list[Any]) -> float | None:
    """Strike out the largest and the smallest until one or two are left."""
    left = sorted(values)
    while len(left) > 2:
        left = left[1:-1]
    return sum(left) / len(left) if left else None


def _half_of_the_time(lengths: list[int]) -> int | None:
    """Lay out every second of sitting, sorted by its bout's length, and look at the middle."""
    seconds = [length for length in sorted(lengths) for _ in range(length)]
    return seconds[(len(seconds) - 1) // 2] if seconds else None


@given(histories())
def test_both_agree(drawn: tuple[History, list[Span]]) -> None:
    """Every figure of every span is what counting gives."""
    history, spans = drawn

    found = figures(history, spans)

    for span, one in zip(spans, found, strict=True):
        for name, expected in brute_force(history, span).items():
            assert _flat(getattr(one, name)) == pytest.approx(_flat(expected)), name


@given(histories())
def test_parts_add_up(drawn: tuple[History, list[Span]]) -> None:
    """What is a sum is the same for the whole as for its parts."""
    history, spans = drawn
    parts = figures(history, spans)

    whole = figures(history, [Span(spans[0].start, spans[-1].end)])[0]

    for name in ("chair_seconds", "bouts", "transitions", "full_breaks", "alerts", "left_out"):
        assert getattr(whole, name) == pytest.approx(sum(getattr(part, name) for part in parts))
    assert whole.coverage_seconds == sum(part.coverage_seconds for part in parts)
    assert whole.longest_bout_seconds == max(part.longest_bout_seconds for part in parts)


@given(histories())
def test_never_out_of_range(drawn: tuple[History, list[Span]]) -> None:
    """Shares are shares, nobody sits longer than a span lasts, no more is heeded than rang."""
    history, spans = drawn

    for one in figures(history, spans):
        assert 0 <= one.chair_seconds <= one.span.seconds
        assert 0 <= one.coverage_seconds <= one.span.seconds
        assert one.prolonged_share is None or 0 <= one.prolonged_share <= 1
        assert one.hour_long.seconds <= one.prolonged.seconds <= one.chair_seconds
        assert one.alerts_heeded <= one.alerts
        assert isinstance(one, Figures)
