"""Metrics of days that were worked out by hand, and of definitions in the literature."""

from dataclasses import fields
from typing import Any

import pytest

from sensor.core.history import Absence, AlertEntry, BoutEntry, Gap, History, Watch
from sensor.report.metrics import Figures, Group, figures, usual_bout
from sensor.report.spans import Span

MINUTE = 60
DAY = Span(0, 1000 * MINUTE)
NEXT_DAY = Span(1000 * MINUTE, 2000 * MINUTE)


def bout(start: float, end: float, seated: float | None = None, **more: Any) -> BoutEntry:
    """A bout, all in minutes; sat without a pause unless `seated` says otherwise."""
    length = end - start if seated is None else seated
    return BoutEntry(start * MINUTE, end * MINUTE, 0, length * MINUTE, **more)


def absence(left: float, returned: float, kind: Any) -> Absence:
    """An absence, in minutes."""
    return Absence(left * MINUTE, returned * MINUTE, 0, kind)


def alert(rang: float | None, left: float | None, **more: Any) -> AlertEntry:
    """An alert, in minutes."""
    moments = [None if moment is None else moment * MINUTE for moment in (rang, left)]
    return AlertEntry("a", 0, moments[0], moments[1], 0, 0, 1, **more)


def day(*, span: Span = DAY, **rows: Any) -> dict[str, Any]:
    """What a day of these rows comes to, without what is at its default."""
    found = figures(History(**rows), [span])[0]
    usual = Figures(span=span)
    return {
        field.name: value
        for field in fields(Figures)
        if (value := getattr(found, field.name)) != getattr(usual, field.name)
    }


def test_nothing_at_all() -> None:
    """No history, no figures: counts are 0, lengths and shares unknown."""
    found = figures(History(), [DAY])[0]

    assert found == Figures(span=DAY)
    assert found.prolonged_share is None
    assert found.hour_long_share is None
    assert found.seconds_between_transitions is None
    assert found.coverage_share == 0


def test_no_span() -> None:
    """Nothing asked, nothing answered."""
    assert figures(History(bouts=(bout(0, 10),)), []) == []


def test_a_day_by_hand() -> None:
    """Five bouts of 0.5, 4, 10, 45 and 61 minutes.

    | bout       | bin   | prolonged | hour | then away      |
    |------------|-------|-----------|------|----------------|
    | 0.0-0.5    | <1    |           |      | 2 min, short   |
    | 2.5-6.5    | 1-5   |           |      | 5.5 min, full  |
    | 12-22      | 10-30 |           |      | 8 min, full    |
    | 30-75.5    | 30-60 | yes       |      | 4.5 min, short |
    | 80-141     | >60   | yes       | yes  | still          |

    The fourth has a pause of 30 s in it. Sum 120.5 min; sorted 0.5, 4, 10, 45, 61: half of it,
    60.25, is first reached with 61 (59.5 before it).
    """
    found = figures(
        History(
            bouts=(
                bout(0, 0.5),
                bout(2.5, 6.5),
                bout(12, 22),
                bout(30, 75.5, 45),
                bout(80, 141),
            ),
            absences=(
                absence(0.5, 2.5, "short"),
                absence(6.5, 12, "full"),
                absence(22, 30, "full"),
                absence(50, 50.5, "merged"),
                absence(75.5, 80, "short"),
            ),
            open_absence=absence(141, 150, "full"),
            alerts=(alert(140, 141),),
            watches=(Watch(0, 150 * MINUTE, 0),),
        ),
        [DAY],
    )[0]

    assert found == Figures(
        span=DAY,
        chair_seconds=120.5 * MINUTE,
        bouts=5,
        longest_bout_seconds=61 * MINUTE,
        mean_bout_seconds=24.1 * MINUTE,
        median_bout_seconds=10 * MINUTE,
        usual_bout_seconds=61 * MINUTE,
        prolonged=Group(2, 106 * MINUTE),
        hour_long=Group(1, 61 * MINUTE),
        bins=(
            Group(1, 30),
            Group(1, 4 * MINUTE),
            Group(0, 0),
            Group(1, 10 * MINUTE),
            Group(1, 45 * MINUTE),
            Group(1, 61 * MINUTE),
        ),
        transitions=6,
        short_breaks=2,
        full_breaks=3,
        alerts=1,
        alerts_heeded=1,
        response_seconds=60,
        coverage_seconds=150 * MINUTE,
    )
    assert found.prolonged_share == 106 / 120.5
    assert found.hour_long_share == 61 / 120.5
    assert found.seconds_between_transitions == pytest.approx(120.5 * MINUTE / 6)
    assert found.coverage_share == 0.15


@pytest.mark.parametrize(
    ("minutes", "number"),
    [(0.99, 0), (1, 1), (4.99, 1), (5, 2), (10, 3), (30, 4), (59.99, 4), (60, 4), (60.01, 5)],
)
def test_bins(minutes: float, number: int) -> None:
    """EVA bins <1, 1-5, 5-10, 10-30, 30-60, >60 min (PMC4587719)."""
    bins = figures(History(bouts=(bout(0, minutes),)), [DAY])[0].bins

    assert [group.bouts for group in bins] == [int(n == number) for n in range(6)]


@pytest.mark.parametrize(
    ("minutes", "prolonged", "hour_long"), [(29.99, 0, 0), (30, 1, 0), (59.99, 1, 0), (60, 1, 1)]
)
def test_prolonged(minutes: float, prolonged: int, hour_long: int) -> None:
    """Prolonged is 30 min and more (Boerema 2020), by the stricter reading 60 min and more."""
    found = figures(History(bouts=(bout(0, minutes),)), [DAY])[0]

    assert (found.prolonged.bouts, found.hour_long.bouts) == (prolonged, hour_long)


class TestSplit:
    """A bout over the boundary of two days."""

    def test_each_day_has_its_share(self) -> None:
        """Chair time is split; the bout is begun on the first day and ends, whole, on the second.

        100 minutes before the boundary with a pause of 1 minute, 20 minutes after it.
        """
        history = History(bouts=(bout(900, 1020, 119),), absences=(absence(950, 951, "merged"),))

        first, second = figures(history, [DAY, NEXT_DAY])

        assert (first.chair_seconds, second.chair_seconds) == (99 * MINUTE, 20 * MINUTE)
        assert (first.bouts, second.bouts) == (1, 0)
        assert (first.longest_bout_seconds, second.longest_bout_seconds) == (0, 119 * MINUTE)
        assert first.prolonged == Group(0, 99 * MINUTE)
        assert second.prolonged == Group(1, 20 * MINUTE)
        assert (first.transitions, second.transitions) == (1, 0)

    def test_a_pause_over_the_boundary(self) -> None:
        """What was sat before belongs to the first day even if the pause lasts into the second."""
        history = History(
            bouts=(bout(990, 1010, 19),), absences=(absence(999.5, 1000.5, "merged"),)
        )

        found = figures(history, [DAY, NEXT_DAY])

        assert [one.chair_seconds for one in found] == [9.5 * MINUTE, 9.5 * MINUTE]

    def test_three_days(self) -> None:
        """A bout longer than a day reaches into each that it touches."""
        spans = [Span(0, 600), Span(600, 1200), Span(1200, 1800)]

        found = figures(History(bouts=(bout(5, 25),)), spans)

        assert [one.chair_seconds for one in found] == [300, 600, 300]

    def test_what_lies_between_the_spans(self) -> None:
        """Time that nobody asked for is nobody's."""
        spans = [Span(0, 600), Span(1200, 1800)]

        found = figures(History(bouts=(bout(5, 25),)), spans)

        assert [one.chair_seconds for one in found] == [300, 300]

    def test_the_measure_is_the_truth(self) -> None:
        """Where the labels leave room for more than was measured, the shares add up to it."""
        found = figures(History(bouts=(bout(900, 1100, 100),)), [DAY, NEXT_DAY])

        assert [one.chair_seconds for one in found] == [50 * MINUTE, 50 * MINUTE]

    def test_contradicting_labels(self) -> None:
        """A bout that the labels make one long absence keeps what was measured."""
        history = History(bouts=(bout(990, 1010, 10),), absences=(absence(900, 1100, "merged"),))

        found = figures(history, [DAY, NEXT_DAY])

        assert [one.chair_seconds for one in found] == [5 * MINUTE, 5 * MINUTE]

    @pytest.mark.parametrize(
        ("why", "seated"), [("unplugged", 18), ("suspended", 18), ("down", 20)]
    )
    def test_gaps_within(self, why: Any, seated: float) -> None:
        """Out of sight is not sat; downtime of the program within a bout is."""
        history = History(
            bouts=(bout(990, 1010, seated),),
            gaps=(Gap(995 * MINUTE, 997 * MINUTE, 0, why),),
        )

        first, second = figures(history, [DAY, NEXT_DAY])

        assert first.chair_seconds == pytest.approx((seated - 10) * MINUTE)
        assert second.chair_seconds == pytest.approx(10 * MINUTE)


class TestLeftOut:
    """Bouts that are not the sitter's."""

    @pytest.mark.parametrize("mark", ["voided", "long_occupancy"])
    def test_no_trace(self, mark: Any) -> None:
        """A marked bout, its pauses, its alerts and the leave that ends it count nowhere."""
        assert day(
            bouts=(bout(10, 110, mark=mark),),
            absences=(absence(50, 50.5, "merged"), absence(110, 200, "full")),
            alerts=(alert(70, 110),),
        ) == {"left_out": 1}

    def test_a_voided_alert(self) -> None:
        """An alert that ended with "not me" counts no more than its bout."""
        assert day(alerts=(alert(70, None, voided=True),)) == {}

    def test_running(self) -> None:
        """A running bout that is too long for a person counts nowhere."""
        assert (
            day(
                open_bout=bout(10, 900, mark="long_occupancy"),
                open_alert=alert(70, None),
            )
            == {}
        )

    def test_its_neighbours_count(self) -> None:
        """A bout before it and one after it are as if it had not been."""
        found = day(
            bouts=(bout(0, 10), bout(20, 30, mark="voided"), bout(40, 50)),
            absences=(absence(10, 20, "full"), absence(30, 40, "full"), absence(50, 60, "full")),
        )

        assert (found["chair_seconds"], found["bouts"], found["full_breaks"]) == (1200, 2, 2)


class TestRunning:
    """What is not over yet."""

    def test_the_open_bout(self) -> None:
        """It counts as chair time, as prolonged and as begun; lengths are of finished ones."""
        assert day(open_bout=bout(10, 50, 40, estimated=True)) == {
            "chair_seconds": 2400,
            "bouts": 1,
            "prolonged": Group(0, 2400),
            "estimated": 1,
        }

    def test_the_open_absence(self) -> None:
        """Getting up counts at once; whether it will be a break is seen later."""
        assert day(open_absence=absence(10, 12, "open")) == {"transitions": 1}

    def test_the_open_alert(self) -> None:
        """An alert counts from level 1 on."""
        assert day(open_alert=alert(10, None)) == {"alerts": 1}


class TestLeaves:
    """Which absences are a getting up."""

    def test_an_absence_that_ends_no_bout(self) -> None:
        """An empty chair when the program started is no break."""
        assert day(absences=(absence(0, 30, "full"),)) == {}

    @pytest.mark.parametrize(("seconds", "breaks"), [(0.9, 1), (-0.9, 1), (1.1, 0), (-1.1, 0)])
    def test_labels_differ_a_little(self, seconds: float, breaks: int) -> None:
        """A restart may shift the label of the leave by less than a second."""
        found = figures(
            History(bouts=(bout(0, 10),), absences=(Absence(600 + seconds, 1200, 0, "full"),)),
            [DAY],
        )[0]

        assert found.full_breaks == breaks


class TestAlerts:
    """How alerts are answered."""

    def test_by_hand(self) -> None:
        """Answers after 1, 5, 6 and 30 min, one never, one not heard: median 5.5, two heeded."""
        assert day(
            alerts=(
                alert(10, 11, snoozes=1),
                alert(20, 25),
                alert(30, 36, snoozes=2),
                alert(40, 70),
                alert(80, None),
                alert(None, 90),
            )
        ) == {
            "alerts": 5,
            "alerts_heeded": 2,
            "response_seconds": 5.5 * MINUTE,
            "snoozes": 3,
        }


class TestCoverage:
    """When a valid sensor was watched."""

    def test_by_hand(self) -> None:
        """10 to 60 and 50 to 100, less 5 to 15 and 30 to 40: 90 - 5 - 10 = 75 minutes."""
        found = day(
            watches=(Watch(3000, 6000, 0), Watch(600, 3600, 0)),
            gaps=(
                Gap(1800, 2400, 0, "unplugged"),
                Gap(300, 900, 0, "down"),
                Gap(1800, 2000, 0, "suspended"),
            ),
        )

        assert found == {"coverage_seconds": 75 * MINUTE}

    def test_split(self) -> None:
        """Each day has its own."""
        found = figures(History(watches=(Watch(900 * MINUTE, 1300 * MINUTE, 0),)), [DAY, NEXT_DAY])

        assert [one.coverage_seconds for one in found] == [100 * MINUTE, 300 * MINUTE]


class TestUsualBout:
    """W50, half of all chair time is sat in bouts so long or less (Chastin and Granat 2010)."""

    @pytest.mark.parametrize(
        ("lengths", "usual"),
        [
            ([], None),
            ([7], 7),
            ([10, 10], 10),
            ([1, 2, 3, 4, 10], 4),
            ([1, 1, 1, 1, 60], 60),
            ([5] * 12 + [60], 5),
            ([60, 5, 5], 60),
        ],
    )
    def test_by_hand(self, lengths: list[float], usual: float | None) -> None:
        """Time-weighted: one long bout outweighs many short ones."""
        assert usual_bout(lengths) == usual

    def test_not_the_median(self) -> None:
        """Four bouts of a minute and one of an hour: the median is 1 minute, W50 the hour."""
        rows = tuple(bout(start, start + 1) for start in (0, 10, 20, 30))
        found = figures(History(bouts=(*rows, bout(40, 100))), [DAY])[0]

        assert (found.median_bout_seconds, found.usual_bout_seconds) == (60, 3600)
