"""What the figures say in words: each sentence that a person may read, from given figures."""

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensor.core.history import History
from sensor.core.rules import Rules
from sensor.report import sentences
from sensor.report.days import Almanac, Period
from sensor.report.metrics import Figures, Group
from sensor.report.report import Report
from sensor.report.spans import Span

MONDAY = date(2026, 3, 2)
BEGIN = 1_772_409_600.0
"""04:00 UTC on it."""
DAY = 86400.0


def told(about: dict[str, Any], *, before: dict[str, Any] | None = None, days: int = 1) -> Report:
    """Make a report of these figures; the rest is nothing."""
    span = Span(BEGIN, BEGIN + days * DAY)
    total = Figures(span=span, **{"coverage_seconds": DAY, **about})
    return Report(
        chair_name="Chair",
        period=Period(MONDAY, date.fromordinal(MONDAY.toordinal() + days - 1)),
        almanac=Almanac(time(4), ZoneInfo("UTC")),
        rules=Rules(),
        now=span.end,
        language="en",
        history=History(),
        total=total,
        before=Figures(span=span, **{"coverage_seconds": DAY, **(before or {})}),
        days=[(MONDAY, total)],
        self_checks=None,
    )


SAT = {"chair_seconds": 7200}
HALF_LONG = SAT | {"prolonged": Group(1, 3600)}
BINS = (*(Group(0, 0),) * 4, Group(2, 3600), Group(1, 3600))


@pytest.mark.parametrize(
    ("which", "about", "said"),
    [
        ("summary", {"coverage_seconds": 0}, "Nothing is known of this time"),
        ("summary", {}, "Nobody sat on this chair."),
        ("summary", SAT, "You sat 2 h on this chair."),
        ("summary", SAT | {"longest_bout_seconds": 3600}, "The longest stretch was 1 h."),
        ("rhythm", {}, "Nobody sat on this chair."),
        ("rhythm", SAT, "You have not got up yet."),
        ("rhythm", SAT | {"transitions": 4}, "On average you got up after 30 min of sitting."),
        ("lengths", SAT, "No stretch of sitting is finished yet."),
        (
            "lengths",
            {"usual_bout_seconds": 60, "bins": (Group(1, 60),)},
            "One stretch of sitting is finished; it lasted 1 min.",
        ),
        (
            "lengths",
            {"usual_bout_seconds": 3600, "bins": BINS},
            "in stretches of 1 h or less.",
        ),
        ("prolonged", {}, "Nobody sat on this chair."),
        (
            "prolonged",
            HALF_LONG,
            "You spent 50% of your sitting time in stretches of 30 minutes or longer.",
        ),
        ("alerts", SAT, "No alert was needed."),
        ("alerts", {"alerts": 1}, "There was one alert; you were not up within 5 minutes."),
        (
            "alerts",
            {"alerts": 1, "alerts_heeded": 1, "response_seconds": 60},
            "There was one alert, and you were up within 5 minutes. It took 1 min.",
        ),
        ("alerts", {"alerts": 2}, "after none of 2 alerts."),
        ("alerts", {"alerts": 2, "alerts_heeded": 1}, "after 1 of 2 alerts."),
        (
            "alerts",
            {"alerts": 2, "alerts_heeded": 2, "response_seconds": 120},
            "after all of 2 alerts. It usually took 2 min.",
        ),
        ("coverage", SAT, "The sensor watched all the time (24 h)."),
        (
            "coverage",
            SAT | {"coverage_seconds": 43200},
            "The sensor watched 12 h of 24 h (50%).",
        ),
        (
            "coverage",
            {"estimated": 1, "left_out": 1},
            "One stretch is partly estimated. One stretch is",
        ),
        (
            "coverage",
            {"estimated": 2, "left_out": 3},
            "2 stretches are partly estimated. 3 stretches are",
        ),
    ],
)
def test_what_is_said(which: str, about: dict[str, Any], said: str) -> None:
    """Each figure in its sentence, and no figure where there is none."""
    assert said in getattr(sentences, which)(told(about))


def test_the_busiest_hour() -> None:
    """With its day of the week; the last hour of a day ends at midnight."""
    assert "on Tuesday between 23:00 and 0:00" in sentences.hours(told(SAT), (1, 23))
    assert sentences.hours(told({}), None) == "Nobody sat on this chair."


@pytest.mark.parametrize(
    ("earlier", "days", "said"),
    [
        (0.51, 1, "The day before it was about as much."),
        (0.75, 1, "That is less than the day before (75%)."),
        (0.25, 1, "That is more than the day before (25%)."),
        (0.51, 7, "In the 7 days before it was about as much."),
        (0.75, 7, "That is less than in the 7 days before (75%)."),
        (0.25, 7, "That is more than in the 7 days before (25%)."),
    ],
)
def test_compared(earlier: float, days: int, said: str) -> None:
    """Long bouts are compared with as many days before, where those were watched."""
    before = SAT | {"prolonged": Group(1, 7200 * earlier)}

    assert sentences.prolonged(told(HALF_LONG, before=before, days=days)).endswith(said)

    before["coverage_seconds"] = 0
    assert said not in sentences.prolonged(told(HALF_LONG, before=before, days=days))
