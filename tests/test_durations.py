"""Times as people write them: durations, clock ranges, working hours."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.core.rules import ClockRange, WorkingHours, spoken
from sensor.settings import durations

CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
RANGES = st.builds(ClockRange, CLOCKS, CLOCKS).filter(lambda found: found.start != found.end)
WEEKS = st.builds(WorkingHours, st.frozensets(st.integers(0, 6), min_size=1), RANGES)


class TestSeconds:
    """`seconds` reads one duration."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("90s", 90),
            ("5m", 300),
            ("1h30m", 5400),
            ("0.5s", 0.5),
            ("90", 90),
            ("0", 0),
            ("1.25", 1.25),
            ("1h0m1s", 3601),
            ("1h5s", 3605),
            ("1.5h", 5400),
            ("90m", 5400),
            (" 5m ", 300),
        ],
    )
    def test_reads(self, text: str, expected: float) -> None:
        """Hours, minutes and seconds add up; a bare number counts seconds."""
        assert durations.seconds(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", "-5s", "+5s", "5 m", "5x", "m", "1h30", "30m1h", "5m5m", "1e3", "nan"),
            *("inf", ".5s", "5.s", "٣s", "1_0", "1,5s", "none", "0x10", "5M"),
        ],
    )
    def test_refuses(self, text: str) -> None:
        """Anything else is refused with a text that says what to write."""
        with pytest.raises(ValueError, match=r"Write 90s, 5m, 1h30m or a number of seconds\."):
            durations.seconds(text)

    @pytest.mark.parametrize("text", ["9" * 400, "9" * 400 + "h", "1h" + "9" * 400 + "s"])
    def test_refuses_the_endless(self, text: str) -> None:
        """A number beyond all floats is refused, not turned into infinity."""
        with pytest.raises(ValueError, match="longer than a clock can run"):
            durations.seconds(text)

    @given(st.integers(0, 10**6))
    def test_reads_what_the_product_writes(self, count: int) -> None:
        """A duration as the product speaks it is read back as the same one."""
        assert durations.seconds(spoken(count)) == count

    @given(st.text())
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        """No text makes anything but a non-negative number or a ValueError."""
        try:
            found = durations.seconds(text)
        except ValueError:
            found = 0

        assert found >= 0


class TestClock:
    """`clock` and `clock_range` read local times."""

    @pytest.mark.parametrize(
        ("text", "expected"), [("04:00", time(4)), ("4:05", time(4, 5)), (" 23:59 ", time(23, 59))]
    )
    def test_reads_a_time(self, text: str, expected: time) -> None:
        """HH:MM is a time of day."""
        assert durations.clock(text) == expected

    @pytest.mark.parametrize("text", ["", "24:00", "12:60", "4", "04:00:00", "4pm", "-1:00"])
    def test_refuses_a_time(self, text: str) -> None:
        """Anything else is refused with an example."""
        with pytest.raises(ValueError, match=r"HH:MM\. For example 04:00\."):
            durations.clock(text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("22:00-07:00", ClockRange(time(22), time(7))),
            ("09:00 - 12:30", ClockRange(time(9), time(12, 30))),
            ("18:00-24:00", ClockRange(time(18), time(0))),
            ("00:00-24:00", ClockRange(time(0), time(0))),
        ],
    )
    def test_reads_a_range(self, text: str, expected: ClockRange) -> None:
        """A range may span midnight or be the whole day, and 24:00 ends a day."""
        assert durations.clock_range(text) == expected

    @pytest.mark.parametrize(
        "text", ["", "22:00", "22-07", "22:00-25:00", "24:00-07:00", "1:00-2:00-3:00", "a-b"]
    )
    def test_refuses_a_range(self, text: str) -> None:
        """Anything else is refused with an example."""
        with pytest.raises(ValueError, match=r"HH:MM-HH:MM\. For example 22:00-07:00\."):
            durations.clock_range(text)

    @pytest.mark.parametrize("text", ["09:00-09:00", "00:00-00:00"])
    def test_refuses_an_empty_range(self, text: str) -> None:
        """Nobody can tell whether equal ends mean never or always."""
        with pytest.raises(ValueError, match="starts and ends at the same time"):
            durations.clock_range(text)

    @given(RANGES)
    def test_writes_what_it_reads(self, found: ClockRange) -> None:
        """A range that is written is read back as the same one."""
        assert durations.clock_range(durations.written(found)) == found

    def test_writes_the_whole_day(self) -> None:
        """Equal ends mean the whole day, which ends at 24:00."""
        assert durations.written(ClockRange(time(0), time(0))) == "00:00-24:00"


class TestWorkingHours:
    """`working_hours` reads one range on some weekdays, `working_week` a list of them."""

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("Mon-Fri 09:00-12:30", {0, 1, 2, 3, 4}),
            ("Sat,Sun 09:00-12:30", {5, 6}),
            ("sat, SUN  09:00 - 12:30", {5, 6}),
            ("Sat-Mon 09:00-12:30", {5, 6, 0}),
            ("Mon-Mon 09:00-12:30", {0}),
            ("Mon-Wed,Fri 09:00-12:30", {0, 1, 2, 4}),
        ],
    )
    def test_reads(self, text: str, days: set[int]) -> None:
        """Days are single, listed, or a run that may cross the weekend."""
        hours = ClockRange(time(9), time(12, 30))

        assert durations.working_hours(text) == WorkingHours(frozenset(days), hours)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "like Mon-Fri 09:00-12:30"),
            ("09:00-12:30", "like Mon-Fri 09:00-12:30"),
            ("Mon-Fri", "like Mon-Fri 09:00-12:30"),
            ("Mon-Fri09:00-12:30", "like Mon-Fri 09:00-12:30"),
            ("Mon-Fri 09:00", "must be a range HH:MM-HH:MM"),
            ("Mo-Fr 09:00-12:30", "none of Mon Tue Wed Thu Fri Sat Sun"),
            ("Monday 09:00-12:30", "none of Mon Tue Wed Thu Fri Sat Sun"),
            ("Mon-,Tue 09:00-12:30", "none of Mon Tue Wed Thu Fri Sat Sun"),
            ("Mon-Wed-Fri 09:00-12:30", "none of Mon Tue Wed Thu Fri Sat Sun"),
            ("Mon,,Tue 09:00-12:30", "none of Mon Tue Wed Thu Fri Sat Sun"),
        ],
    )
    def test_refuses(self, text: str, expected: str) -> None:
        """Anything else is refused with what is wrong with it."""
        with pytest.raises(ValueError, match=expected):
            durations.working_hours(text)

    @given(st.lists(WEEKS, min_size=1, max_size=5))
    def test_a_week_on_one_line(self, weeks: list[WorkingHours]) -> None:
        """Several ranges fit on one line, as the command line and the environment need it."""
        for separator in (", ", ",", "; "):
            line = separator.join(durations.written(week) for week in weeks)
            assert durations.working_week(line) == tuple(weeks)
