"""Spans of time: joined, cut, and compared with sets of seconds."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sensor.report.spans import Span, merged, overlaps, touching, without

PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)
SPAN = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(lambda x: Span(x[0], x[0] + x[1]))


def seconds(*spans: tuple[float, float]) -> set[int]:
    """Every second in the spans."""
    return {second for start, end in spans for second in range(int(start), int(end))}


@given(PAIRS)
def test_merged(pairs: list[tuple[int, int]]) -> None:
    """Joining keeps every second, in order, and leaves a gap between any two."""
    found = merged(pairs)

    assert seconds(*found) == seconds(*pairs)
    assert all(one.end < other.start for one, other in pairwise(found))
    assert all(span.seconds > 0 for span in found)


@given(SPAN, PAIRS)
def test_without(span: Span, pairs: list[tuple[int, int]]) -> None:
    """Cutting holes leaves the seconds that are in none."""
    found = list(without(span, merged(pairs)))

    assert seconds(*found) == seconds(span) - seconds(*pairs)
    assert found == merged(found)


@given(SPAN, PAIRS)
def test_overlaps(span: Span, pairs: list[tuple[int, int]]) -> None:
    """The time in common with each span is what both have in seconds."""
    spans = merged(pairs)

    found = dict(overlaps(spans, *span))

    assert found == {
        number: len(common)
        for number, other in enumerate(spans)
        if (common := seconds(span) & seconds(other))
    }
    assert list(touching(spans, *span)) == sorted(found)
