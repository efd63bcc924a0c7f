"""Metrics against published figures, where a source gives numbers that can be worked out again.

Evans 2012 (Am J Prev Med 43:293) does: 28 office workers with activPAL sat 5.7 h in a working day,
3.3 h of it in 3.7 bouts longer than half an hour. The simulator's office worker is drawn from what
they measured, so his days, put through the metrics, must give their figures.

The other sources define and give no data to calculate with; there the definition is tested
(`test_metrics.py`): SBRN 2017 for bout and break, Boerema 2020 for prolonged bouts, PMC4587719 for
the edges of the bins, Chastin and Granat 2010 for W50. No alpha, no Gini index and no half-life of
a fitted distribution is told, so none is compared.
"""

from datetime import UTC, datetime

import pytest

from sensor.core.history import BoutEntry, History
from sensor.report.metrics import figures
from sensor.report.spans import Span
from sensor.simulator.sitter import LONGEST_FIDGET, office
from sensor.simulator.steps import MatStep

DAYS = 250
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def working_year() -> History:
    """Return a year as activPAL would see it: every interruption ends a bout, but for fidgets."""
    mat = [
        (step.at, step.action.closed)
        for step in office(seed=1, days=DAYS, start=BEGIN)
        if isinstance(step.action, MatStep)
    ]
    stretches: list[tuple[float, float]] = []
    for (down, is_down), (up, _) in zip(mat[::2], mat[1::2], strict=True):
        assert is_down
        if stretches and down - stretches[-1][1] <= LONGEST_FIDGET:
            stretches[-1] = stretches[-1][0], up
        else:
            stretches.append((down, up))
    return History(bouts=tuple(BoutEntry(down, up, 0, up - down) for down, up in stretches))


@pytest.mark.slow
def test_office_workers() -> None:
    """Seated hours, prolonged bouts and the hours in them, each for one working day."""
    year = working_year()

    (found,) = figures(year, [Span(0, year.bouts[-1].ended_at + 1)])

    assert found.chair_seconds / DAYS / 3600 == pytest.approx(5.7, abs=0.15)
    assert found.prolonged.bouts / DAYS == pytest.approx(3.7, abs=0.2)
    assert found.prolonged.seconds / DAYS / 3600 == pytest.approx(3.3, abs=0.15)
    assert found.prolonged_share == pytest.approx(3.3 / 5.7, abs=0.03)
