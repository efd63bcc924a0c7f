"""After a restart, when the clock had to be waited for, and when a day has begun meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sensor.core.events import AlertRow, ClockSet, GapRow, LoopIs, Reset, Void
from sensor.core.instant import shifted
from sensor.core.restore import Recall

DAY = 24 * 3600
SEATED = ("status", "sitting_seconds", "estimated", "bouts", "transitions")


class TestLate:
    """The clock was waited for: the chair has been watched since the start."""

    def late(
        self, chair: Any, down: float, at: str, *, certain: bool = True, **started: Any
    ) -> Any:
        """Start again, watch until `at`, and only then remember."""
        wall = datetime.fromtimestamp(chair.state.wall_offset + chair.now + down, UTC)
        again = type(chair)(chair.rules, wall=wall, **started)
        return again.at(at).at(at, chair.remembered(down, certain=certain))

    def test_sitting_since_the_start(self, stopwatch: Callable[..., Any]) -> None:
        """The bout seen since the start was the one of before."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = self.late(chair, 90, "1:00", closed=True)

        assert again.told == ["0:03 sat_down"]
        assert again.facts(*SEATED, "chair_seconds", "bout_started_at") == {
            "bout_started_at": "2026-03-02T08:00:00+00:00",
            "status": "sitting",
            "sitting_seconds": 2400 + 150,
            "estimated": True,
            "bouts": 1,
            "transitions": 0,
            "chair_seconds": 2400 + 150,
        }

    def test_a_second_restart_before_the_clock_is_known(
        self, stopwatch: Callable[..., Any]
    ) -> None:
        """The memory of both lives is read in the third, and the sitter sat through all."""
        first = stopwatch()
        first.sit("0:00").at("40:00")
        wall = datetime.fromtimestamp(first.state.wall_offset + first.now + 30, UTC)
        second = type(first)(first.rules, wall=wall, closed=True).at("1:00")
        third = second.restarted(20, closed=True)

        past = shifted(first.state, -(first.now + 110))
        third.at(0, Recall(past, stopped_at=-110, certain=True, resumed_at=-80)).at("0:10")

        assert third.facts(*SEATED, "chair_seconds") == {
            "status": "sitting",
            "sitting_seconds": 2400 + 120,
            "estimated": True,
            "bouts": 1,
            "transitions": 0,
            "chair_seconds": 2400 + 120,
        }

    def test_sitting_since_too_late(self, stopwatch: Callable[..., Any]) -> None:
        """After break_min the two bouts are two."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = self.late(chair, 300, "1:00", closed=True)

        assert again.facts("sitting_seconds", "bouts") == {"sitting_seconds": 60, "bouts": 2}

    def test_gaps_of_both_lives(self, stopwatch: Callable[..., Any]) -> None:
        """Each life in between has watched: nobody did only before it."""
        chair = stopwatch(closed=True).at("40:00")
        second = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 8, 41, tzinfo=UTC)).at("2:00")
        third = second.restarted(30)

        past = shifted(chair.state, -(40 * 60 + 210))
        third.at(0, Recall(past, stopped_at=-210, certain=True, resumed_at=-150))

        assert [row for row in third.rows if isinstance(row, GapRow)] == [
            GapRow(started_at=-30, ended_at=0, why="down"),
            GapRow(started_at=-210, ended_at=-150, why="down"),
        ]

    def test_an_alert_while_the_memory_was_waited_for(self, stopwatch: Callable[..., Any]) -> None:
        """It goes on as it is, and one of before has ended; the bout is one."""
        for clock, ended in (("40:00", []), ("62:00", [3600])):
            chair = stopwatch().sit("0:00").at(clock)

            again = self.late(chair, 90, "63:00", closed=True)
            rang = again.facts("level", "bouts")
            again.at("75:00")

            assert rang == {"level": 2, "bouts": 1}
            assert [line.partition(" ")[2] for line in again.told] == [
                *("sat_down", "break_soon", "break_due 1", "break_overdue 2"),
                *("break_overdue 3", "break_overdue 4", "break_overdue 4"),
            ]
            assert [r.ended_at for r in again.rows if isinstance(r, AlertRow)] == ended

    def test_got_up_twice_since(self, stopwatch: Callable[..., Any]) -> None:
        """Nothing is told again of a chair that is known to be empty."""
        chair = stopwatch().sit("0:00").at("40:00")
        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 8, 45, tzinfo=UTC))
        again.sit("0:00").stand("1:00").sit("20:00").stand("21:00").at("40:00")
        told = list(again.told)

        again.at("40:00", chair.remembered(300))

        assert again.told == told

    def test_back_from_an_absence(self, stopwatch: Callable[..., Any]) -> None:
        """The sitter was away before, and came back while the clock was waited for."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("41:00")

        again = self.late(chair, 60, "1:00", closed=True)

        assert again.facts("sitting_seconds", "bouts", "short_breaks") == {
            "sitting_seconds": 2400 * 3 / 4 + 60,
            "bouts": 2,
            "short_breaks": 1,
        }

    @pytest.mark.parametrize("clock", ["40:00", "61:00"])
    def test_empty_since_the_start(self, stopwatch: Callable[..., Any], clock: str) -> None:
        """Somebody sat, the chair is empty now: a gap."""
        chair = stopwatch()
        chair.sit("0:00").at(clock)

        again = self.late(chair, 30, "1:00")

        assert again.facts("status", "sitting_seconds", "bouts", "break_due") == {
            "status": "vacant",
            "sitting_seconds": 0,
            "bouts": 1,
            "break_due": False,
        }

    def test_standing_up_is_told_late(self, stopwatch: Callable[..., Any]) -> None:
        """Whoever was told that somebody sat is told that the chair is empty."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = self.late(chair, 30, "1:00")

        assert again.told == ["1:00 stood_up"]
        assert again.tells[-1].at == 0
        again.at("2:00", LoopIs(closed=False)).at("3:00", LoopIs(closed=True)).at("4:00")
        assert again.told[1:] == ["2:00 problem", "3:00 problem_solved"]

    def test_lost_from_sight_and_gone(self, stopwatch: Callable[..., Any]) -> None:
        """Who was seated when the mat was unplugged, and is gone now, left then."""
        chair = stopwatch().sit("0:00").at("40:00", LoopIs(closed=False)).at("40:30")

        again = self.late(chair, 30, "1:00")

        assert again.told == ["1:00 stood_up", "1:00 problem_solved"]
        assert again.tells[0].at == -60
        assert again.facts("vacant_since") == {"vacant_since": "2026-03-02T08:40:00+00:00"}

    def test_lost_from_sight_while_away(self, stopwatch: Callable[..., Any]) -> None:
        """An empty chair that is seen again goes on to forgive."""
        chair = stopwatch().sit("0:00").stand("40:00").at("40:30", LoopIs(closed=False))

        again = self.late(chair, 30, "1:00").at("2:00")

        assert again.facts("status", "sitting_seconds") == {
            "status": "away",
            "sitting_seconds": 1200,
        }
        assert again.at("4:00").told[-1] == "4:00 break_complete"

    def test_back_from_an_alert(self, stopwatch: Callable[..., Any]) -> None:
        """The alert goes on, seen or not when the sitter came back."""
        chair = stopwatch().sit("0:00").stand("61:00").at("61:30")
        seen = chair.restarted(10).sit("0:10").at("1:10")
        late = self.late(chair, 10, "0:30", closed=True).at("1:10")

        for again in (seen, late):
            assert again.told[-1].endswith("break_due 1")
            assert again.tells[-1].alert_id == chair.tells[2].alert_id

    @pytest.mark.parametrize("certain", [True, False])
    def test_an_alert_of_its_own(self, stopwatch: Callable[..., Any], certain: bool) -> None:
        """What was remembered ends, and what has begun since goes on."""
        for clock, ended in (("40:00", []), ("62:00", [-400])):
            chair = stopwatch().sit("0:00").at(clock)

            again = self.late(chair, 400, "61:00", certain=certain, closed=True)

            assert again.told[-1] == "60:00 break_due 1"
            assert again.facts("break_due", "bouts") == {"break_due": True, "bouts": 2}
            assert [r.ended_at for r in again.rows if isinstance(r, AlertRow)] == ended

    def test_a_suspicion_that_is_over(self, stopwatch: Callable[..., Any]) -> None:
        """It was told, so its end is told."""
        chair = stopwatch().sit("0:00").at("250:00")

        again = self.late(chair, 400, "1:00", closed=True)

        assert again.told == ["0:03 sat_down", "1:00 problem_solved"]

    def test_the_two_parts_of_a_bout(self, stopwatch: Callable[..., Any]) -> None:
        """What was counted in each counts for the whole, and it stays estimated."""
        chair = stopwatch(closed=True).at("61:00")

        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 9, 1, 20, tzinfo=UTC))
        again.sit("0:20").stand("0:40").sit("1:00").at("1:10", chair.remembered(20))

        facts = ("bouts", "transitions", "alerts", "estimated")
        assert again.facts(*facts) == dict(zip(facts, (1, 1, 1, True), strict=True))

    def test_two_bouts_since_the_start(self, stopwatch: Callable[..., Any]) -> None:
        """Which of them the remembered one would be is not known."""
        chair = stopwatch().sit("0:00").at("40:00")
        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 8, 41, tzinfo=UTC), closed=True)

        again.at("0:30", Reset()).at("1:00", chair.remembered(60))

        assert again.facts("bouts", "sitting_seconds") == {"bouts": 3, "sitting_seconds": 30}

    def test_a_bag_of_a_whole_day(self, stopwatch: Callable[..., Any]) -> None:
        """A bout that was left out is left out with what followed."""
        chair = stopwatch().sit("0:00").at("13:00:00")

        again = self.late(chair, 60, "1:00", closed=True)

        up_again = type(chair)(
            chair.rules, wall=datetime(2026, 3, 2, 21, 1, tzinfo=UTC), closed=True
        )
        up_again.stand("0:30").at("0:45", chair.remembered(60))

        for each in (again, up_again):
            assert each.facts("chair_seconds", "bouts") == {"chair_seconds": 0, "bouts": 0}

    def test_still_away(self, stopwatch: Callable[..., Any]) -> None:
        """The chair has been empty all along: the absence is a known one."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("41:00")

        again = self.late(chair, 60, "1:00")

        assert again.facts("status", "sitting_seconds") == {
            "status": "away",
            "sitting_seconds": 2400 / 2,
        }

    def test_voided_since_the_start(self, stopwatch: Callable[..., Any]) -> None:
        """What the sitter has said meanwhile counts; the absence of before is closed."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("40:30")

        late = self.late(chair.sit("40:40"), 60, "0:00", closed=True)
        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 8, 42, tzinfo=UTC), closed=True)
        again.at("0:10", Void()).at("1:00", chair.remembered(80))

        assert late.facts("status") == {"status": "starting"}
        assert again.facts("status", "bouts") == {"status": "ignored", "bouts": 1}

    def test_a_bag_since_the_start(self, stopwatch: Callable[..., Any]) -> None:
        """What seemed a sitter was the bag of before."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", Void())

        again = self.late(chair, 60, "1:00", closed=True)
        gone = self.late(chair, 60, "1:00")

        assert again.facts("status", "bouts") == {"status": "ignored", "bouts": 0}
        assert gone.facts("status", "bouts") == {"status": "vacant", "bouts": 0}
        assert chair.restarted(299, closed=True).facts("status") == {"status": "ignored"}
        assert chair.restarted(300, closed=True).facts("status") == {"status": "starting"}
        assert again.stand("2:00").at("3:00").told[-1] == "2:10 stood_up"

    def test_an_alert_at_a_bag(self, stopwatch: Callable[..., Any]) -> None:
        """Nor does an alert go on that began before the past was known."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", Void())

        again = self.late(chair, 60, "61:00", closed=True)

        assert again.told[-1] == "60:00 break_due 1"
        assert again.facts("status", "break_due") == {"status": "ignored", "break_due": False}

    def test_a_bag_that_was_unplugged_since_the_start(self, stopwatch: Callable[..., Any]) -> None:
        """Nor does the bout count that the mat lost sight of before the past was known."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", Void())

        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 8, 41, tzinfo=UTC), closed=True)
        again.at("0:30", LoopIs(closed=False)).at("1:00", chair.remembered(60))
        again.at("1:30", LoopIs(closed=True)).at("5:00")

        assert again.facts("status", "bouts", "chair_seconds") == {
            "status": "ignored",
            "bouts": 0,
            "chair_seconds": 0,
        }

    def test_the_vacancy_that_was_seen_counts(self, stopwatch: Callable[..., Any]) -> None:
        """Somebody was here and left since the start: that is the newer word."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("50:00")

        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 8, 51, tzinfo=UTC), closed=True)
        again.at("0:05", Reset()).stand("0:10").at("1:00", chair.remembered(60))

        assert again.facts("status", "vacant_since") == {
            "status": "away",
            "vacant_since": "2026-03-02T08:51:10+00:00",
        }


class TestDays:
    """The day's figures over a restart."""

    THREE = datetime(2026, 3, 3, 3, tzinfo=UTC)

    def test_a_new_day_meanwhile(self, stopwatch: Callable[..., Any]) -> None:
        """What was sat before 4:00 stays yesterday's."""
        chair = stopwatch(wall=self.THREE)
        chair.sit("0:00").at("58:00")

        again = chair.restarted(180, closed=True).at("0:10")
        running = again.facts("date", "chair_seconds", "bouts", "sitting_seconds")
        again.at("0:10", Void())

        assert running == {
            "date": "2026-03-03",
            "chair_seconds": 190,
            "bouts": 0,
            "sitting_seconds": 3480 + 190,
        }
        assert again.facts("chair_seconds", "bouts") == {"chair_seconds": 0, "bouts": 0}

    def test_a_new_day_before(self, stopwatch: Callable[..., Any]) -> None:
        """Nor does a later restart make it today's."""
        chair = stopwatch(wall=self.THREE)
        chair.sit("0:00").at("70:00")

        again = chair.restarted(30, closed=True).at("1:00")

        assert again.facts("chair_seconds", "bouts") == {"chair_seconds": 600 + 90, "bouts": 0}

    def test_a_wall_clock_that_lags(self, stopwatch: Callable[..., Any]) -> None:
        """Without a clock to trust, the later date is believed."""
        chair = stopwatch()
        chair.sit("0:00").stand("10:00").at("20:00")
        yesterday = chair.state.wall_offset - timedelta(days=1).total_seconds()

        again = type(chair)(chair.rules, wall=datetime.fromtimestamp(yesterday, UTC))
        again.at("0:20", chair.remembered(60, certain=False))

        assert again.facts("date", "chair_seconds", "bouts", "coverage_seconds") == {
            "date": "2026-03-02",
            "chair_seconds": 600,
            "bouts": 1,
            "coverage_seconds": 1220,
        }

    @pytest.mark.parametrize("days", [0, 6], ids=["Tuesday", "Monday"])
    def test_a_day_that_began_while_waiting(self, stopwatch: Callable[..., Any], days: int) -> None:
        """A bout that was counted yesterday is not taken from today, nor from a new week."""
        three = self.THREE + timedelta(days=days)
        chair = stopwatch(wall=three)
        chair.sit("0:00").at("58:00")

        again = type(chair)(
            chair.rules, wall=three + timedelta(minutes=59, seconds=30), closed=True
        )
        again.at("1:00", chair.remembered(90))

        assert again.facts("bouts", "chair_seconds") == {"bouts": 0, "chair_seconds": 90 + 30}
        assert again.report()["week"]["chair_seconds"] == 90 + 30 + (0 if days else 3510)
        again.at("1:00", Void())
        assert again.facts("chair_seconds") == {"chair_seconds": 0}
        assert again.report()["week"]["chair_seconds"] == 0

    @pytest.mark.parametrize("certain", [True, False])
    @pytest.mark.parametrize(("days", "week"), [(0, [55, 2]), (6, [5, 0])])
    def test_two_bouts_before_the_day_began(
        self, stopwatch: Callable[..., Any], days: int, week: list[int], certain: bool
    ) -> None:
        """What was sat before the boundary counts for the day and week before, in each of them."""
        three = self.THREE + timedelta(days=days)
        chair = stopwatch(wall=three)
        chair.sit("0:00").at("30:00")

        again = type(chair)(chair.rules, wall=three + timedelta(minutes=40), closed=True)
        again.at("25:00", chair.remembered(600, certain=certain))

        assert again.facts("bouts", "chair_seconds") == {"bouts": 0, "chair_seconds": 300}
        told = again.report()["week"]
        assert [told["chair_seconds"] / 60, told["bouts"]] == week

    def test_bouts_of_two_days_since(self, stopwatch: Callable[..., Any]) -> None:
        """Somebody sat before the boundary and after it: an absence of before is long over."""
        chair = stopwatch(wall=self.THREE - timedelta(minutes=50))
        chair.sit("0:00").stand("40:00").at("41:00")

        again = type(chair)(chair.rules, wall=self.THREE + timedelta(minutes=30))
        again.sit("1:00").stand("6:00").sit("40:00").stand("45:00").at("60:00")
        again.at("60:00", chair.remembered(39 * 60))

        assert again.facts("status", "vacant_since") == {
            "status": "vacant",
            "vacant_since": "2026-03-03T04:15:00+00:00",
        }

    def test_back_before_the_day_began(self, stopwatch: Callable[..., Any]) -> None:
        """The seconds of the new bout before the boundary are taken from today once."""
        chair = stopwatch(wall=self.THREE)
        chair.sit("0:00").stand("55:00").at("56:00")

        again = type(chair)(chair.rules, wall=self.THREE + timedelta(minutes=57), closed=False)
        again.sit("1:00").at("8:00", chair.remembered(60))

        assert again.facts("bouts", "chair_seconds") == {"bouts": 0, "chair_seconds": 300}

    def test_a_day_that_begins_before_the_confirmation(self, stopwatch: Callable[..., Any]) -> None:
        """A remembered bout is split at the boundary as any other."""
        chair = stopwatch(wall=self.THREE)
        chair.sit("0:00").at("58:00")

        again = chair.restarted(118, closed=True).at("0:10").at("0:10", Void())

        assert again.facts("bouts", "chair_seconds") == {"bouts": 0, "chair_seconds": 0}

    @pytest.mark.parametrize(
        ("certain", "days", "minutes"),
        [
            (True, -14, [35, 35, 0]),
            (False, -14, [35, 35, 0]),
            (True, 1, [15, 15, 1]),
            (False, 1, [5, 15, 2]),
        ],
        ids=["put right", "put right after a reboot", "right", "right after a reboot"],
    )
    def test_a_clock_that_was_set_ahead_before(
        self, stopwatch: Callable[..., Any], certain: bool, days: int, minutes: list[int]
    ) -> None:
        """Judged after the restart: minutes of today and of the week, and the days in a row."""
        chair = stopwatch(goals=True)
        right = chair.state.wall_offset
        chair.sit("0:00").stand("20:00").at("30:00", ClockSet(right + 14 * DAY))
        chair.sit("40:00").stand("50:00").at("60:00")
        start = right + 14 * DAY + 61 * 60
        again = type(chair)(chair.rules, wall=datetime.fromtimestamp(start, UTC))
        again.sit("1:00").stand("6:00").at("8:00", chair.remembered(60, certain=certain))

        again.at("20:00", ClockSet(start + days * DAY, first=True))

        told = again.report()
        today, week = told["today"]["chair_seconds"], told["week"]["chair_seconds"]
        assert told["today"]["date"] == f"2026-03-{16 + days:02}"
        assert [today / 60, week / 60, told["goal"]["days_in_a_row"]] == minutes

    @pytest.mark.parametrize(
        ("days", "down", "minutes"),
        [
            (14, 60, [25, 25]),
            (1, 0, [5, 25]),
            (1 + 1 / 86400, 0, [25, 25]),
            (0, 31 * DAY, [5, 25]),
            (0, 31 * DAY + 1, [25, 25]),
        ],
    )
    def test_a_clock_that_was_set_ahead_meanwhile(
        self, stopwatch: Callable[..., Any], days: float, down: float, minutes: list[int]
    ) -> None:
        """By more than a day, or too long a downtime: it is doubted, and put right leaves no trace.

        Minutes of the day and the week that the clock showed before.
        """
        chair = stopwatch().sit("0:00").stand("20:00").at("60:00")
        wall = chair.state.wall_offset
        start = wall + 3600 + down + days * DAY
        again = type(chair)(chair.rules, wall=datetime.fromtimestamp(start, UTC))
        again.sit("1:00").stand("6:00").at("30:00", LoopIs(closed=False))
        again.at("31:00", LoopIs(closed=True)).at("60:00", chair.remembered(down))
        doubted = again.state.doubted_since

        again.at("60:00", ClockSet(wall + 3600))

        told = again.report()
        today, week = told["today"]["chair_seconds"], told["week"]["chair_seconds"]
        assert [today / 60, week / 60] == minutes
        assert doubted == (None if minutes[0] == 5 else 3600)
        assert told["today"]["coverage_seconds"] == 59 * 60 + (0 if doubted is None else 3600)
        assert told["today"]["date"] == ("2026-03-03" if days == 1 else "2026-03-02")

    def test_a_clock_that_was_set_ahead_and_has_stood(self, stopwatch: Callable[..., Any]) -> None:
        """After a day it is believed: set back, it is another error."""
        chair = stopwatch().sit("0:00").stand("20:00").at("60:00")
        wall = chair.state.wall_offset + 3600
        again = type(chair)(chair.rules, wall=datetime.fromtimestamp(wall + 14 * DAY, UTC))

        again.at(0, chair.remembered(0)).at(2 * DAY, ClockSet(wall - 2 * DAY))

        assert again.facts("date", "chair_seconds") == {"date": "2026-03-02", "chair_seconds": 0}

    def test_a_date_that_is_doubted(self, stopwatch: Callable[..., Any]) -> None:
        """It is so over a restart; where nobody knows for how long that was, it is not known."""
        chair = stopwatch()
        chair.at("10:00", ClockSet(chair.state.wall_offset + 14 * DAY)).at("20:00")

        assert chair.restarted(60).state.doubted_since == -660
        assert chair.restarted(60, certain=False).state.doubted_since is None

    @pytest.mark.parametrize(
        ("certain", "known", "date"),
        [
            (True, False, "2026-03-02"),
            (False, True, "2026-03-02"),
            (False, False, "2026-03-16"),
        ],
    )
    def test_a_clock_that_was_put_right_meanwhile(
        self, stopwatch: Callable[..., Any], certain: bool, known: bool, date: str
    ) -> None:
        """A day that lay ahead becomes that of the clock, if the clock can be believed."""
        chair = stopwatch(wall=datetime(2026, 3, 16, 8, tzinfo=UTC))
        chair.sit("0:00").stand("20:00").at("60:00")

        again = type(chair)(chair.rules, wall=datetime(2026, 3, 2, 10, tzinfo=UTC))
        memory = chair.remembered(60, certain=certain)._replace(clock_known=known)
        again.sit("1:00").stand("6:00").at("20:00", memory)

        assert again.facts("date", "chair_seconds") == {"date": date, "chair_seconds": 25 * 60}
        assert again.report()["week"]["chair_seconds"] == 25 * 60

    def test_the_longest_bout_of_a_day_before(self, stopwatch: Callable[..., Any]) -> None:
        """What was sat before a reboot is none of today's once the clock is right."""
        chair = stopwatch().sit("0:00").at("50:00")
        again = chair.restarted(60, certain=False).at("10:00")

        again.at("10:00", ClockSet(again.state.wall_offset + DAY, first=True))

        assert again.facts("chair_seconds", "longest_bout_seconds") == {
            "chair_seconds": 0,
            "longest_bout_seconds": 0,
        }
        assert again.report()["week"]["longest_bout_seconds"] == 3000
