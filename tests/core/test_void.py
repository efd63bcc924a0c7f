"""Void and reset: the sitter says what the mat cannot know."""

from collections.abc import Callable
from typing import Any

import pytest

from sensor.core.events import (
    AbsenceRow,
    AlertRow,
    BoutRow,
    LoopIs,
    Reset,
    Suspended,
    Void,
)


class TestVoid:
    """Void says "not me": a bag, a cat, a guest."""

    def test_ends_the_bout(self, stopwatch: Callable[..., Any]) -> None:
        """Marked in the history, timer 0, and nothing is counted until the seat was vacant."""
        chair = stopwatch()
        chair.sit("0:00").at("61:00", Void()).at("90:00")
        ignored = chair.facts("status", "occupied", "sitting_seconds", "reason")

        chair.stand("90:00").at("95:00")
        vacant = chair.facts("vacant_since")
        chair.sit("100:00").at("101:00")

        assert vacant == {"vacant_since": "2026-03-02T09:30:00+00:00"}
        assert ignored == {
            "status": "ignored",
            "occupied": True,
            "sitting_seconds": 0,
            "reason": "Marked as not the sitter; not counted until the chair has been empty.",
        }
        assert chair.told[3:] == ["61:00 voided", "90:10 stood_up", "100:03 sat_down"]
        assert chair.tells[3].sitting_seconds == 3660
        assert chair.tells[3].alert_id == chair.tells[2].alert_id
        assert chair.rows[:2] == [
            AlertRow(
                alert_id="20260302T090000Z-3",
                began_at=3600,
                rang_at=3600,
                left_at=None,
                ended_at=3660,
                max_level=1,
                snoozes=0,
                voided=True,
            ),
            BoutRow(started_at=0, ended_at=3660, seated_seconds=3660, mark="voided"),
        ]
        assert chair.facts("sitting_seconds", "bouts") == {"sitting_seconds": 60, "bouts": 1}

    def test_what_happened_in_it_is_taken_back(self, stopwatch: Callable[..., Any]) -> None:
        """Neither its pauses nor its alerts are the sitter's."""
        chair = stopwatch()

        chair.sit("0:00").stand("10:00").sit("10:30").at("62:00", Void())

        assert chair.facts("bouts", "transitions", "alerts", "chair_seconds") == {
            "bouts": 0,
            "transitions": 0,
            "alerts": 0,
            "chair_seconds": 0,
        }

    def test_an_alert_of_the_bout_before_stays(self, stopwatch: Callable[..., Any]) -> None:
        """What rang for the sitter did, even if it goes on for a guest."""
        chair = stopwatch()

        chair.sit("0:00").stand("75:00").sit("76:05").at("76:30", Void())

        (alert,) = [row for row in chair.rows if isinstance(row, AlertRow)]
        assert (alert.rang_at, alert.voided) == (3600, False)
        assert chair.facts("alerts", "bouts") == {"alerts": 1, "bouts": 1}

    def test_nobody_to_void(self, stopwatch: Callable[..., Any]) -> None:
        """Without a bout there is nothing to take out."""
        chair = stopwatch()

        chair.at("1:00", Void())

        assert chair.refused == ["not me: nobody is sitting"]

    def test_twice(self, stopwatch: Callable[..., Any]) -> None:
        """What is ignored is marked already, though somebody sits there."""
        chair = stopwatch()

        chair.sit("0:00").at("10:00", Void()).at("11:00", Void())

        expected = "not me: already marked; counting begins again when the chair has been empty"
        assert chair.refused == [expected]
        assert chair.facts("status") == {"status": "ignored"}

    def test_while_briefly_up(self, stopwatch: Callable[..., Any]) -> None:
        """The bout is out; the chair is empty already, so the next sitting counts."""
        chair = stopwatch()

        chair.sit("0:00").stand("10:00").at("10:30", Void())

        assert chair.facts("status", "sitting_seconds", "vacant_since") == {
            "status": "vacant",
            "sitting_seconds": 0,
            "vacant_since": "2026-03-02T08:10:00+00:00",
        }

    def test_while_unplugged(self, stopwatch: Callable[..., Any]) -> None:
        """Nobody can see whether it left: nothing counts until the seat is seen vacant."""
        chair = stopwatch()
        chair.sit("0:00").at("10:00", LoopIs(closed=False)).at("10:10", Void())

        chair.at("10:20", LoopIs(closed=True)).at("11:00")

        assert chair.facts("status", "sitting_seconds") == {
            "status": "ignored",
            "sitting_seconds": 0,
        }
        assert chair.told.count("10:23 sat_down") == 0

    def test_a_bag_survives_a_nap(self, stopwatch: Callable[..., Any]) -> None:
        """A short suspend does not turn the bag into a sitter; a long one starts over."""
        chair = stopwatch()
        chair.sit("0:00").at("10:00", Void()).at("20:00", Suspended(60)).at("21:00")
        napped = chair.facts("status")

        chair.at("40:00", Suspended(600)).at("41:00")

        assert napped == {"status": "ignored"}
        assert chair.facts("status", "sitting_seconds") == {
            "status": "sitting",
            "sitting_seconds": 60,
        }


class TestReset:
    """As if a full break had just ended."""

    def test_seated(self, stopwatch: Callable[..., Any]) -> None:
        """Somebody seated starts a new bout now."""
        chair = stopwatch()

        chair.sit("0:00").at("61:00", Reset()).at("62:00")

        assert chair.facts("status", "sitting_seconds", "bouts", "chair_seconds") == {
            "status": "sitting",
            "sitting_seconds": 60,
            "bouts": 2,
            "chair_seconds": 3720,
        }
        assert chair.rows[-1] == BoutRow(started_at=0, ended_at=3660, seated_seconds=3660)

    def test_a_bag_becomes_a_sitter(self, stopwatch: Callable[..., Any]) -> None:
        """After void, reset counts again from now."""
        chair = stopwatch()

        chair.sit("0:00").at("10:00", Void()).at("20:00", Reset()).at("21:00")

        assert chair.facts("status", "sitting_seconds") == {
            "status": "sitting",
            "sitting_seconds": 60,
        }

    def test_away(self, stopwatch: Callable[..., Any]) -> None:
        """The break is taken as full."""
        chair = stopwatch()

        chair.sit("0:00").stand("61:00").at("61:30", Reset())

        assert chair.facts("status", "sitting_seconds", "break_due") == {
            "status": "vacant",
            "sitting_seconds": 0,
            "break_due": False,
        }

    @pytest.mark.parametrize(
        ("away", "kind", "short", "full"),
        [
            (50, "merged", 0, 0),
            (60, "merged", 0, 0),
            (120, "short", 1, 0),
            (300, "full", 0, 1),
        ],
    )
    def test_the_break_is_kept_for_what_it_was(
        self, stopwatch: Callable[..., Any], away: float, kind: str, short: int, full: int
    ) -> None:
        """The timer is at zero, but nobody was away for longer than they were."""
        chair = stopwatch()

        chair.sit("0:00").stand("61:00").at("61:30", Reset()).sit(3660 + away).at("70:00")

        (absence,) = (row for row in chair.rows if isinstance(row, AbsenceRow))
        assert (absence.returned_at - absence.left_at, absence.kind) == (away, kind)
        facts = ("transitions", "short_breaks", "full_breaks", "bouts", "sitting_seconds")
        assert chair.facts(*facts) == {
            "transitions": 1,
            "short_breaks": short,
            "full_breaks": full,
            "bouts": 2,
            "sitting_seconds": 4200 - 3660 - away,
        }

    def test_a_clock_that_fell_back(self, stopwatch: Callable[..., Any]) -> None:
        """Nobody is away for less than no time, whatever the clock says after a restart."""
        chair = stopwatch()
        chair.sit("0:00").stand("61:00").at("61:30", Reset())

        again = chair.restarted(-60).sit("0:01").at("1:00")

        assert again.rows[-1] == AbsenceRow(left_at=30, returned_at=30, kind="merged")

    def test_vacant(self, stopwatch: Callable[..., Any]) -> None:
        """With nobody there nothing changes."""
        chair = stopwatch()
        chair.at("1:00")
        before = chair.state

        chair.at("1:00", Reset())

        assert before == chair.state

    def test_not_known_yet(self, stopwatch: Callable[..., Any]) -> None:
        """What was remembered is dropped; who sits then is new."""
        chair = stopwatch()
        chair.sit("0:00").at("40:00")

        again = chair.restarted(60, closed=True).at("0:01", Reset()).at("0:10")

        assert again.facts("sitting_seconds", "bouts") == {"sitting_seconds": 10, "bouts": 2}

    def test_an_ignored_mat_unplugged(self, stopwatch: Callable[..., Any]) -> None:
        """With the mat unplugged nobody is known to sit, and nothing is counted."""
        chair = stopwatch()
        chair.sit("0:00").at("10:00", Void()).at("11:00", LoopIs(closed=False))

        chair.at("12:00", Reset()).at("20:00")
        blind = chair.facts("status", "sitting_seconds")
        chair.at("20:00", LoopIs(closed=True)).at("20:10")

        assert blind == {"status": "unplugged", "sitting_seconds": 0}
        assert chair.facts("status", "sitting_seconds") == {
            "status": "sitting",
            "sitting_seconds": 10,
        }
