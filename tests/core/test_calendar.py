"""Local clock time: quiet hours, working hours, days; through both changes of the clocks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensor.core.calendar import Calendar, look
from sensor.core.events import ClockSet, RulesAre
from sensor.core.rules import ClockRange, Rules, WorkingHours

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))
NIGHT = ClockRange(time(22), time(7))
OFFICE = WorkingHours(WEEKDAYS, ClockRange(time(9), time(17, 30)))
NIGHT_SHIFT = WorkingHours(frozenset({4}), ClockRange(time(21), time(5)))


def seen(wall: str, rules: Rules) -> tuple[Calendar, str]:
    """Look at a local clock; tell what it says and the local time until which that holds."""
    moment = datetime.fromisoformat(wall)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=rules.timezone)
    calendar = look(0, moment.timestamp(), rules)
    until = datetime.fromtimestamp(calendar.until + moment.timestamp(), rules.timezone)
    return calendar, until.isoformat()


@pytest.mark.parametrize(
    ("wall", "expected", "until"),
    [
        ("2026-03-02T06:59:59", True, "2026-03-02T07:00:00+00:00"),
        ("2026-03-02T07:00:00", False, "2026-03-02T22:00:00+00:00"),
        ("2026-03-02T21:59:59", False, "2026-03-02T22:00:00+00:00"),
        ("2026-03-02T22:00:00", True, "2026-03-03T04:00:00+00:00"),
        ("2026-03-03T00:00:00", True, "2026-03-03T04:00:00+00:00"),
        ("2026-03-03T04:00:00", True, "2026-03-03T07:00:00+00:00"),
    ],
)
def test_quiet_hours_span_midnight(wall: str, expected: bool, until: str) -> None:
    """From 22:00 to 7:00 it is quiet; the start counts, the end does not."""
    calendar, found = seen(wall, Rules(quiet_hours=NIGHT))

    assert (expected, until) == (calendar.quiet, found)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [("12:59:59", False), ("13:00:00", True), ("13:59:59", True), ("14:00:00", False)],
)
def test_quiet_hours_by_day(wall: str, expected: bool) -> None:
    """A range within one day is just that."""
    rules = Rules(quiet_hours=ClockRange(time(13), time(14)))

    calendar, _ = seen(f"2026-03-02T{wall}", rules)

    assert expected == calendar.quiet


def test_no_quiet_hours() -> None:
    """Without quiet hours it is never quiet, and only a new day is waited for."""
    calendar, until = seen("2026-03-02T23:00:00", Rules(quiet_hours=None))

    assert (calendar.quiet, until) == (False, "2026-03-03T04:00:00+00:00")


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T17:29:59", True),
        ("2026-03-02T17:30:00", False),
        ("2026-03-06T22:00:00", True),
        ("2026-03-07T04:59:59", True),
        ("2026-03-07T05:00:00", False),
        ("2026-03-07T10:00:00", False),
        ("2026-03-07T22:00:00", False),
        ("2026-03-08T04:00:00", False),
    ],
)
def test_working_hours(wall: str, expected: bool) -> None:
    """Several ranges on weekdays; one past midnight belongs to the day on which it began."""
    calendar, _ = seen(wall, Rules(working_hours=(OFFICE, NIGHT_SHIFT)))

    assert expected == calendar.working


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("2026-03-02T08:59:59", True),
        ("2026-03-02T09:00:00", False),
        ("2026-03-08T08:59:59", False),
        ("2026-03-08T09:00:00", True),
    ],
)
def test_working_around_the_clock(wall: str, expected: bool) -> None:
    """From nine to nine is a whole day; that of a Sunday ends on Monday."""
    sunday = WorkingHours(frozenset({6}), ClockRange(time(9), time(9)))

    calendar, _ = seen(wall, Rules(working_hours=(sunday,)))

    assert expected == calendar.working


def test_no_working_hours() -> None:
    """Without working hours alerts are wanted at all hours."""
    calendar, _ = seen("2026-03-08T03:00:00", Rules())

    assert calendar.working


@pytest.mark.parametrize(
    ("wall", "starts", "expected"),
    [
        ("2026-03-02T03:59:59", time(4), "2026-03-01"),
        ("2026-03-02T04:00:00", time(4), "2026-03-02"),
        ("2026-03-02T00:00:00", time(0), "2026-03-02"),
        ("2026-03-02T23:29:59", time(23, 30), "2026-03-01"),
        ("2026-03-02T23:30:00", time(23, 30), "2026-03-02"),
    ],
)
def test_the_day_starts_when_it_is_set_to(wall: str, starts: time, expected: str) -> None:
    """Before day_starts it is still yesterday."""
    calendar, _ = seen(wall, Rules(day_starts=starts))

    assert expected == calendar.date


@pytest.mark.parametrize(
    ("wall", "hours"),
    [("2026-03-28T04:00:00", 23), ("2026-03-29T04:00:00", 24), ("2026-10-24T04:00:00", 25)],
)
def test_a_day_is_not_always_24_hours(wall: str, hours: float) -> None:
    """From one day's start to the next: 23 hours in spring, 25 in autumn."""
    start = datetime.fromisoformat(wall).replace(tzinfo=BERLIN)

    calendar = look(0, start.timestamp(), Rules(timezone=BERLIN, quiet_hours=None))

    assert hours * 3600 == calendar.until


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("2026-03-29T01:29:59+01:00", True),
        ("2026-03-29T01:59:59+01:00", True),
        ("2026-03-29T03:00:00+02:00", False),
        ("2026-10-25T02:29:59+02:00", True),
        ("2026-10-25T02:59:59+02:00", False),
        ("2026-10-25T03:00:00+01:00", False),
    ],
)
def test_an_end_within_the_change_of_the_clocks(wall: str, expected: bool) -> None:
    """Quiet hours that end in the skipped or the repeated hour end when the clock says so."""
    rules = Rules(timezone=BERLIN, quiet_hours=ClockRange(time(22), time(2, 30)))

    calendar, _ = seen(wall, rules)

    assert expected == calendar.quiet


@pytest.mark.parametrize("end", [time(2, 1), time(2, 30), time(2, 59)])
def test_an_end_that_is_skipped_is_the_change_itself(end: time) -> None:
    """Quiet hours that end in the skipped hour hold until the clock leaves it out."""
    rules = Rules(timezone=BERLIN, quiet_hours=ClockRange(time(22), end))

    _, until = seen("2026-03-29T01:59:30+01:00", rules)

    assert until == "2026-03-29T03:00:00+02:00"


ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30, 59]))
RANGES = st.builds(ClockRange, CLOCKS, CLOCKS).filter(lambda found: found.start != found.end)
CHANGES = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 7), (3, 28), (4, 4), (10, 3), (10, 24), (10, 31))
]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(ZONES),
    RANGES,
    CLOCKS,
    st.sampled_from(CHANGES),
    st.integers(0, 48 * 60),
)
@example(BERLIN, ClockRange(time(22), time(2, 30)), time(4), CHANGES[1], 24 * 60 + 30)
@example(BERLIN, ClockRange(time(22), time(2, 30)), time(4), CHANGES[4], 24 * 60 + 70)
def test_what_holds_now_holds_until_then(
    zone: ZoneInfo, quiet: ClockRange, day_starts: time, base: datetime, minutes: int
) -> None:
    """Whoever looks between now and the boundary sees what was seen now, DST or not."""
    rules = Rules(timezone=zone, quiet_hours=quiet, day_starts=day_starts)
    moment = (base + timedelta(minutes=minutes)).timestamp()
    first = look(moment, 0, rules)

    later = [
        look(moment + part * (first.until - moment), 0, rules) for part in (0.1, 0.5, 0.9, 0.999)
    ]

    assert first.until > moment
    assert [first] * 4 == later


def test_float_noise_shows_the_boundary() -> None:
    """A wake-up a hair before the boundary sees what holds from it on."""
    midnight = datetime(2026, 3, 2, 7, tzinfo=UTC).timestamp()

    calendar = look(1e6 - 1e-7, midnight - 1e6, Rules())

    assert not calendar.quiet
    assert calendar.until > 1e6


def test_quiet_hours_begin_and_end(stopwatch: Callable[..., Any]) -> None:
    """At a boundary the state says so; the ladder itself goes on, judged at every burst."""
    chair = stopwatch(wall=datetime(2026, 3, 2, 20, 58, tzinfo=UTC))
    chair.sit("0:00")

    starts = [sound.split("-")[0] for sound in chair.sounds("66:00")]

    assert starts == ["60:00", "60:00.2"]
    assert chair.facts("quiet", "level", "reason") == {
        "quiet": True,
        "level": 3,
        "reason": "Break due since 21:58; level 3 of 4, no sound in quiet hours.",
    }
    assert [(tell.level, tell.quiet) for tell in chair.tells[2:]] == [
        *((1, False), (2, True), (3, True)),
    ]


def test_new_hours_act_at_once(stopwatch: Callable[..., Any]) -> None:
    """Changed quiet hours are looked up when they are changed."""
    chair = stopwatch()

    chair.at("1:00", RulesAre(replace(chair.rules, quiet_hours=ClockRange(time(8), time(9)))))

    assert chair.facts("quiet") == {"quiet": True}


def test_a_wall_clock_that_is_set(stopwatch: Callable[..., Any]) -> None:
    """The labels are told anew in the new wall time; it may be quiet there."""
    chair = stopwatch()
    chair.sit("0:00").at("10:00")

    chair.at("10:00", ClockSet(chair.state.wall_offset + 15 * 3600))

    assert chair.told == ["0:03 sat_down"]
    assert chair.facts("quiet", "bout_started_at", "break_due_at", "sitting_seconds") == {
        "quiet": True,
        "bout_started_at": "2026-03-02T23:00:00+00:00",
        "break_due_at": "2026-03-03T00:00:00+00:00",
        "sitting_seconds": 600,
    }
