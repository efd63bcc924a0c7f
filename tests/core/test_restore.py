"""After a restart: what was remembered is joined to what has been seen since."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sensor.core.events import (
    AbsenceRow,
    BoutRow,
    DoNotDisturb,
    GapRow,
    LoopIs,
    RulesAre,
    Snooze,
    Suspended,
    Void,
)

SEATED = ("status", "sitting_seconds", "estimated", "bouts", "transitions")


class TestSeated:
    """The daemon was down while somebody sat."""

    def test_the_bout_goes_on(self, stopwatch: Callable[..., Any]) -> None:
        """Occupied at both ends: downtime added, estimated, told nobody."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(90, closed=True).at("0:10")

        assert again.told == []
        assert again.rows == [GapRow(started_at=-90, ended_at=0, why="down")]
        assert again.facts(*SEATED, "bout_started_at") == {
            "status": "sitting",
            "sitting_seconds": 2400 + 100,
            "estimated": True,
            "bouts": 1,
            "transitions": 0,
            "bout_started_at": "2026-03-02T08:00:00+00:00",
        }

    def test_found_empty(self, stopwatch: Callable[..., Any]) -> None:
        """An empty chair is a gap: the bout ended when the daemon stopped."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(90).at("0:10")

        assert again.told == ["0:10 stood_up"]
        assert again.rows[1:] == [
            BoutRow(started_at=-2490, ended_at=-90, seated_seconds=2400),
        ]
        assert again.facts(*SEATED, "vacant_since") == {
            "status": "vacant",
            "vacant_since": "2026-03-02T08:41:30+00:00",
            "sitting_seconds": 0,
            "estimated": False,
            "bouts": 1,
            "transitions": 0,
        }

    def test_down_for_too_long(self, stopwatch: Callable[..., Any]) -> None:
        """From break_min on the bout is over, and whoever sits begins an estimated one."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(300, closed=True).at("0:10")

        assert again.told == ["0:03 sat_down"]
        assert again.rows[1:] == [BoutRow(started_at=-2700, ended_at=-300, seated_seconds=2400)]
        assert again.facts(*SEATED) == {
            "status": "sitting",
            "sitting_seconds": 10,
            "estimated": True,
            "bouts": 2,
            "transitions": 0,
        }

    def test_down_for_who_knows_how_long(self, stopwatch: Callable[..., Any]) -> None:
        """Without a clock to trust, nothing goes on but the figures of the day."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", DoNotDisturb(on=True))

        again = chair.restarted(30, certain=False, closed=True).at("0:10")

        assert again.rows == [
            GapRow(started_at=-30, ended_at=0, why="down_unknown"),
            BoutRow(started_at=-2430, ended_at=-30, seated_seconds=2400),
        ]
        assert again.facts("sitting_seconds", "chair_seconds", "do_not_disturb") == {
            "sitting_seconds": 10,
            "chair_seconds": 2410,
            "do_not_disturb": False,
        }

    @pytest.mark.parametrize(("clock", "told"), [("62:00", 1), ("59:30", 0), ("58:57", 0)])
    def test_due_after_the_restart(
        self, stopwatch: Callable[..., Any], clock: str, told: int
    ) -> None:
        """Level 1 comes return_grace after the start, as the alert that was or a new one."""
        chair = stopwatch()
        chair.sit("0:00").at(clock)
        before = {tell.alert_id for tell in chair.tells if tell.alert_id}

        again = chair.restarted(60, closed=True).at("0:10")
        held = again.facts("status", "level")
        again.at("1:00")

        assert held == {"status": "break_due", "level": 0}
        assert again.told == ["1:00 break_due 1"]
        assert told == len(before & {again.tells[0].alert_id})

    def test_a_break_soon_is_not_told_again(self, stopwatch: Callable[..., Any]) -> None:
        """What was announced before the restart stays announced."""
        chair = stopwatch()
        chair.sit("0:00").at("56:00")

        again = chair.restarted(60, closed=True).at("0:10")

        assert again.told == []
        assert again.facts("status") == {"status": "break_soon"}

    @pytest.mark.parametrize(("down", "expected"), [(30, "4:30 break_due 1")])
    def test_a_longer_snooze_is_kept(
        self, stopwatch: Callable[..., Any], down: float, expected: str
    ) -> None:
        """A snooze that runs longer than the grace goes on."""
        chair = stopwatch()
        chair.sit("0:00").at("60:00", Snooze())

        again = chair.restarted(down, closed=True).at("0:10")
        snoozed = again.facts("status", "snoozes_left")
        again.at("10:00")

        assert snoozed == {"status": "snoozed", "snoozes_left": 1}
        assert expected == again.told[0]

    def test_do_not_disturb_is_kept(self, stopwatch: Callable[..., Any]) -> None:
        """It ends when it would have ended."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", DoNotDisturb(on=True))

        again = chair.restarted(60, closed=True)

        assert again.facts("do_not_disturb_until") == {
            "do_not_disturb_until": "2026-03-02T09:40:00+00:00"
        }

    def test_do_not_disturb_that_ran_out(self, stopwatch: Callable[..., Any]) -> None:
        """What ended while the daemon was down has ended."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", DoNotDisturb(on=True))

        again = chair.restarted(4000)

        assert again.facts("do_not_disturb") == {"do_not_disturb": False}

    def test_down_twice(self, stopwatch: Callable[..., Any]) -> None:
        """A restart before anything is confirmed remembers what the first one remembered."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(60, closed=True).at("0:01").restarted(60, closed=True).at("0:10")

        assert again.facts("sitting_seconds", "bouts") == {
            "sitting_seconds": 2400 + 60 + 1 + 60 + 10,
            "bouts": 1,
        }

    def test_unplugged_before_it_was_confirmed(self, stopwatch: Callable[..., Any]) -> None:
        """With nobody to see, the sitting is frozen where the daemon stopped."""
        chair = stopwatch()
        chair.sit("0:00").at("61:00")

        again = chair.restarted(60, closed=True).at("0:01", LoopIs(closed=False)).at("9:00")

        assert again.facts("status", "sitting_seconds", "break_due") == {
            "status": "unplugged",
            "sitting_seconds": 3660,
            "break_due": False,
        }

    def test_asleep_before_it_was_confirmed(self, stopwatch: Callable[..., Any]) -> None:
        """A suspend after the start lengthens the time that nobody saw."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(60, closed=True).at("5:01", Suspended(300)).at("5:11")

        assert again.facts("sitting_seconds", "bouts") == {"sitting_seconds": 10, "bouts": 2}

    def test_voided_before_it_was_confirmed(self, stopwatch: Callable[..., Any]) -> None:
        """Saying "not me" means the remembered bout, too."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(60, closed=True).at("0:01", Void()).at("0:10")

        assert again.facts("status", "bouts", "chair_seconds") == {
            "status": "ignored",
            "bouts": 0,
            "chair_seconds": 0,
        }
        assert again.rows[-1] == BoutRow(
            started_at=-2460, ended_at=-60, seated_seconds=2400, mark="voided"
        )

    def test_a_suspicious_bout_stays_suspicious(self, stopwatch: Callable[..., Any]) -> None:
        """The problem is neither told again nor solved by a restart."""
        chair = stopwatch()
        chair.sit("0:00").at("250:00")

        again = chair.restarted(60, closed=True).at("0:10")

        assert again.told == []
        assert again.facts("problem", "bouts") == {"problem": "long_occupancy", "bouts": 1}

    def test_a_suspicious_bout_that_is_over(self, stopwatch: Callable[..., Any]) -> None:
        """What was told as a problem is told as solved: the chair was empty at the start."""
        chair = stopwatch()
        chair.sit("0:00").at("250:00")

        again = chair.restarted(60).at("0:10")

        assert again.told == ["0:10 stood_up", "0:10 problem_solved"]
        assert again.facts("problem") == {"problem": None}


class TestAway:
    """The daemon was down while the sitter was up."""

    def test_the_absence_goes_on(self, stopwatch: Callable[..., Any]) -> None:
        """Over the downtime, credit included."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("41:00")

        again = chair.restarted(60).at("0:10").sit("1:00").at("1:03")

        assert again.told == ["1:03 sat_down"]
        assert AbsenceRow(left_at=-120, returned_at=60, kind="short") == again.rows[-1]
        assert again.facts("sitting_seconds") == {"sitting_seconds": 1203}

    def test_the_break_completes(self, stopwatch: Callable[..., Any]) -> None:
        """As if the daemon had watched all the time."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("41:00")

        again = chair.restarted(60).at("3:00")

        assert again.told == ["3:00 break_complete"]

    def test_complete_before_the_start(self, stopwatch: Callable[..., Any]) -> None:
        """A break that ended meanwhile is complete once the chair is seen empty."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("41:00")

        again = chair.restarted(600).at("0:10")

        assert again.told == ["0:10 break_complete"]
        assert again.facts("full_breaks", "vacant_since") == {
            "full_breaks": 1,
            "vacant_since": "2026-03-02T08:40:00+00:00",
        }

    def test_vacant_stays_vacant(self, stopwatch: Callable[..., Any]) -> None:
        """Since when the chair is empty is remembered."""
        chair = stopwatch()
        chair.sit("0:00").stand("40:00").at("50:00")

        again = chair.restarted(600).at("0:10")

        assert again.facts("status", "vacant_since") == {
            "status": "vacant",
            "vacant_since": "2026-03-02T08:40:00+00:00",
        }

    def test_a_bag_stays_a_bag(self, stopwatch: Callable[..., Any]) -> None:
        """What was not the sitter before a short restart is not the sitter after it."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00", Void())

        again = chair.restarted(60, closed=True).at("0:10")
        later = chair.restarted(600, closed=True).at("0:10")

        gone = chair.restarted(60, closed=True).stand("1:00").at("2:00")
        gone_later = chair.restarted(600).at("0:20")

        assert again.facts("status") == {"status": "ignored"}
        assert later.facts("status") == {"status": "sitting"}
        assert (gone.told, gone_later.told) == (["1:10 stood_up"], ["0:10 stood_up"])

    def test_gone_after_a_long_sleep(self, stopwatch: Callable[..., Any]) -> None:
        """Who was said to sit is said to be gone, though that bout is over."""
        chair = stopwatch().sit("0:00").at("50:00", Suspended(600))

        assert chair.restarted(10).at("0:20").told == ["0:10 stood_up"]


def test_events_are_numbered_on(stopwatch: Callable[..., Any]) -> None:
    """No number is given twice, however often the daemon starts."""
    chair = stopwatch()
    chair.sit("0:00").stand("1:00").at("2:00")

    again = chair.restarted(10)

    assert chair.state.serial == again.state.serial == 2


def test_new_rules_after_the_restart(stopwatch: Callable[..., Any]) -> None:
    """A remembered alert is over if the limit is higher now."""
    chair = stopwatch()
    chair.sit("0:00").at("61:00")

    again = chair.restarted(30, closed=True)
    again.at("0:00", RulesAre(replace(again.rules, sit_limit=7200))).at("0:10")

    assert again.facts("status", "break_due") == {"status": "sitting", "break_due": False}
