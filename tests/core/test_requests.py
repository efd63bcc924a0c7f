"""The output policy: snooze, do not disturb, quiet, working hours, suspicion, void, reset."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from sensor.core import events
from sensor.core.events import (
    AlertRow,
    BoutRow,
    BuzzerSwitch,
    DoNotDisturb,
    LoopIs,
    RulesAre,
    Snooze,
    Suspended,
)
from sensor.core.rules import ClockRange, WorkingHours
from sensor.core.signals import sound

BEFORE = ["0:03 sat_down", "55:00 break_soon", "60:00 break_due 1"]
ON, OFF = DoNotDisturb(on=True), DoNotDisturb(on=False)


class TestSnooze:
    """Silent for a while, then level 1."""

    def test_holds_the_alert(self, stopwatch: Callable[..., Any]) -> None:
        """No sound and no events until it is over; the timer keeps counting."""
        chair = stopwatch(buzzer_style="steady")
        chair.sit("0:00").at("61:00", Snooze())
        held = chair.facts("status", "break_due", "level", "snoozes_left", "snoozed_until")

        sounds = chair.sounds("66:00.9")

        assert held == {
            "status": "snoozed",
            "break_due": True,
            "level": 0,
            "snoozes_left": 1,
            "snoozed_until": "2026-03-02T09:06:00+00:00",
        }
        assert chair.told == [*BEFORE, "61:00 snoozed", "66:00 break_due 1"]
        assert sounds == ["66:00-66:00.5"]
        assert chair.facts("sitting_seconds") == {"sitting_seconds": 3961}
        assert len({tell.alert_id for tell in chair.tells[2:]}) == 1

    def test_two_presses_are_one(self, stopwatch: Callable[..., Any]) -> None:
        """A second press within a second means the same; after it, it counts."""
        chair = stopwatch()
        chair.sit("0:00").at("61:00", Snooze()).at("61:01", Snooze())
        once = chair.facts("snoozes_left")

        chair.at("61:01.1", Snooze())

        assert once == {"snoozes_left": 1}
        assert chair.facts("snoozes_left") == {"snoozes_left": 0}
        assert chair.told == [*BEFORE, "61:00 snoozed", "61:01.1 snoozed"]

    def test_only_so_many_per_bout(self, stopwatch: Callable[..., Any]) -> None:
        """After max_snoozes it is refused, and the ladder goes on."""
        chair = stopwatch(max_snoozes=1)
        chair.sit("0:00").at("61:00", Snooze()).at("67:00", Snooze())

        assert chair.refused == ["no snooze left: 1 per bout"]
        assert chair.facts("status", "level") == {"status": "break_due", "level": 1}

    @pytest.mark.parametrize(
        ("before", "reason"),
        [
            ([], "nothing to snooze: no break is due"),
            ([ON], "nothing to snooze: it is silent already"),
        ],
    )
    def test_only_what_alerts(
        self, stopwatch: Callable[..., Any], before: list[Any], reason: str
    ) -> None:
        """Nothing to hold back: it is refused with a reason."""
        chair = stopwatch()
        chair.sit("0:00").at("61:00" if before else "50:00", *before)

        chair.at(chair.now, Snooze())

        assert chair.refused == [reason]

    def test_not_from_beside_the_chair(self, stopwatch: Callable[..., Any]) -> None:
        """A break is due, but the sitter is up: the refusal says that, and nothing else."""
        chair = stopwatch(break_credit="none")
        chair.sit("0:00").stand("61:00").at("61:30", Snooze())

        assert chair.refused == ["nothing to snooze: nobody is sitting"]

    @pytest.mark.parametrize(
        ("back", "rings"), [("62:12", "66:00"), ("64:30", "66:00"), ("65:10", "66:10")]
    )
    def test_it_outlives_an_absence(
        self, stopwatch: Callable[..., Any], back: str, rings: str
    ) -> None:
        """Back while still due: level 1 after the snooze, or after the grace if that is longer."""
        chair = stopwatch(break_credit="none")

        chair.sit("0:00").at("61:00", Snooze()).stand("62:00").sit(back).at("67:00")

        assert chair.told[-1] == f"{rings} break_due 1"

    @pytest.mark.parametrize(("back", "status"), [("64:59", "snoozed"), ("65:00", "break_due")])
    def test_only_a_snooze_that_is_longer_than_the_grace_is_kept(
        self, stopwatch: Callable[..., Any], back: str, status: str
    ) -> None:
        """Of two that end together it is the grace that is told."""
        chair = stopwatch(break_credit="none")

        chair.sit("0:00").at("61:00", Snooze()).stand("62:00").sit(back).at("65:30")

        assert chair.facts("status") == {"status": status}

    def test_it_outlives_the_alert(self, stopwatch: Callable[..., Any]) -> None:
        """A mat that was unplugged for a moment ends the alert; the next one is snoozed as well."""
        chair = stopwatch()

        chair.sit("0:00").at("61:00", Snooze()).at("61:30", LoopIs(closed=False))
        chair.at("61:40", LoopIs(closed=True)).at("67:00")

        assert any(isinstance(row, AlertRow) for row in chair.rows)
        assert chair.told[-1] == "66:00 break_due 1"

    def test_it_is_counted(self, stopwatch: Callable[..., Any]) -> None:
        """The history tells how often an alert was snoozed."""
        chair = stopwatch()

        chair.sit("0:00").at("60:00", Snooze()).at("66:00", Snooze()).stand("67:00").at("73:00")

        assert [row.snoozes for row in chair.rows if isinstance(row, AlertRow)] == [2]

    def test_it_outlives_a_suspend(self, stopwatch: Callable[..., Any]) -> None:
        """Nobody knows who sat meanwhile; the snooze is as long as it was asked for."""
        chair = stopwatch()

        chair.sit("0:00").at("61:00", Snooze()).at("62:30", Suspended(30)).at("67:00")

        assert chair.told[-1] == "66:00 break_due 1"

    def test_a_new_bout_has_its_own(self, stopwatch: Callable[..., Any]) -> None:
        """Snoozes are counted by the bout."""
        chair = stopwatch()
        chair.sit("0:00").at("61:00", Snooze()).stand("62:00").sit("64:00").at("65:00")

        assert chair.facts("snoozes_left") == {"snoozes_left": 2}


class TestDoNotDisturb:
    """No sound and no break events; the state keeps telling the truth."""

    def test_is_silent(self, stopwatch: Callable[..., Any]) -> None:
        """Due is due, without a sound or an event, and no complete break is praised."""
        chair = stopwatch(dnd_expires=7200)
        chair.sit("0:00").at("50:00", ON, ON)

        sounds = chair.sounds("70:00")
        facts = chair.facts("status", "break_due", "level", "do_not_disturb_until", "reason")
        chair.stand("70:00").at("75:00")

        assert sounds == []
        assert facts == {
            "status": "break_due",
            "break_due": True,
            "level": 0,
            "do_not_disturb_until": "2026-03-02T10:50:00+00:00",
            "reason": "Break due since 09:00; silent, do not disturb until 10:50.",
        }
        assert chair.told == ["0:03 sat_down", "70:10 stood_up"]
        assert chair.facts("full_breaks", "alerts") == {"full_breaks": 1, "alerts": 0}

    def test_ends_by_hand(self, stopwatch: Callable[..., Any]) -> None:
        """Still due then: level 1 at once, by its first name."""
        chair = stopwatch()

        chair.sit("0:00").at("61:00", ON).at("63:00", OFF, OFF).at("65:00")

        assert chair.told == [*BEFORE, "63:00 break_due 1", "65:00 break_overdue 2"]
        assert chair.tells[2].alert_id == chair.tells[3].alert_id
        assert chair.facts("alerts") == {"alerts": 1}

    def test_ends_by_itself(self, stopwatch: Callable[..., Any]) -> None:
        """After dnd_expires the alert begins at once."""
        chair = stopwatch(dnd_expires=1800)

        chair.sit("0:00").at("50:00", ON).at("80:00")

        assert chair.told == ["0:03 sat_down", "80:00 break_due 1"]
        assert chair.facts("do_not_disturb") == {"do_not_disturb": False}

    def test_on_while_on_renews_it(self, stopwatch: Callable[..., Any]) -> None:
        """Switched on again it lasts dnd_expires from then on: a meeting may be longer."""
        chair = stopwatch(dnd_expires=1800)

        chair.sit("0:00").at("50:00", ON).at("79:00", ON).at("109:00")

        assert chair.told == ["0:03 sat_down", "109:00 break_due 1"]

    def test_waits_for_the_contact(self, stopwatch: Callable[..., Any]) -> None:
        """Ended while the contact is open, the alert begins when it closes again."""
        chair = stopwatch()

        chair.sit("0:00").at("61:00", ON).stand("63:00").at("63:01", OFF).at("63:05").sit("63:06")

        assert chair.told == [*BEFORE, "63:06 break_due 1"]

    def test_outlasts_a_snooze(self, stopwatch: Callable[..., Any]) -> None:
        """A snooze that ends meanwhile alerts nobody."""
        chair = stopwatch()

        chair.sit("0:00").at("61:00", Snooze(), ON).at("70:00")

        assert chair.told == [*BEFORE, "61:00 snoozed"]
        assert chair.facts("status") == {"status": "break_due"}


class TestHours:
    """Working hours: outside them sitting is counted, nothing alerts."""

    RANGES = (WorkingHours(frozenset(range(5)), ClockRange(time(9, 30), time(10))),)

    def test_outside_nothing_alerts(self, stopwatch: Callable[..., Any]) -> None:
        """Level 1 comes at once when they begin, and the ladder stops when they end."""
        chair = stopwatch(working_hours=self.RANGES)
        chair.sit("0:00").at("70:00")
        outside = chair.facts("status", "level", "reason")

        chair.at("140:00")

        assert outside == {
            "status": "break_due",
            "level": 0,
            "reason": "Break due since 09:00; silent outside working hours.",
        }
        assert [told for told in chair.told if "overdue" not in told] == [
            *("0:03 sat_down", "90:00 break_due 1"),
        ]
        assert chair.facts("level") == {"level": 0}


class TestSuspicion:
    """A bout that is too long for a person."""

    def test_ends_when_the_seat_is_vacant(self, stopwatch: Callable[..., Any]) -> None:
        """Silent and long_occupancy until somebody, or something, has gone."""
        chair = stopwatch(suspicious_after=5400)
        chair.sit("0:00").at("90:00")
        suspected = chair.facts("status", "level", "problem", "reason")

        chair.stand("95:00").at("95:10")

        assert suspected == {
            "status": "break_due",
            "level": 0,
            "problem": "long_occupancy",
            "reason": "Break due since 09:00; silent, because nobody sits that long.",
        }
        assert chair.told[-3:] == ["90:00 problem", "95:10 stood_up", "95:10 problem_solved"]

    def test_may_be_turned_off(self, stopwatch: Callable[..., Any]) -> None:
        """With suspicious_after none nothing is ever suspected."""
        chair = stopwatch(suspicious_after=None)

        chair.sit("0:00").at("800:00")

        assert chair.facts("problem", "bouts") == {"problem": None, "bouts": 1}

    def test_twelve_hours_are_left_out(self, stopwatch: Callable[..., Any]) -> None:
        """The raw row stays, marked; the figures forget the bout."""
        chair = stopwatch()
        chair.sit("0:00").at("719:59")
        before = chair.facts("bouts", "alerts", "chair_seconds")

        chair.at("720:00")
        after = chair.facts("bouts", "alerts", "chair_seconds")
        chair.at("721:00").stand("721:00").at("723:00")

        assert before == {"bouts": 1, "alerts": 1, "chair_seconds": 43199}
        assert after == {"bouts": 0, "alerts": 0, "chair_seconds": 0}
        assert chair.rows[0] == BoutRow(
            started_at=0, ended_at=43260, seated_seconds=43260, mark="long_occupancy"
        )

    def test_a_longer_patience_clears_it(self, stopwatch: Callable[..., Any]) -> None:
        """Raising suspicious_after over the bout makes it a person again."""
        chair = stopwatch(suspicious_after=5400)
        chair.sit("0:00").at("91:00")

        chair.at("91:00", RulesAre(replace(chair.rules, suspicious_after=7200)))

        assert chair.told[-2:] == ["91:00 break_due 1", "91:00 problem_solved"]


class TestBuzzing:
    """What may be heard."""

    def test_the_buzzer_can_be_tried(self, stopwatch: Callable[..., Any]) -> None:
        """Two chirps, also with nobody there."""
        chair = stopwatch()
        chair.at("1:00", events.TestBuzzer())

        assert chair.sounds("2:00") == ["1:00-1:00.1", "1:00.2-1:00.3"]

    @pytest.mark.parametrize(("again", "chirps"), [("1:04.9", 2), ("1:05", 4)])
    def test_it_is_tried_again_after_a_pause(
        self, stopwatch: Callable[..., Any], again: str, chirps: int
    ) -> None:
        """Five seconds after the last time it sounds once more."""
        chair = stopwatch().at("1:00", events.TestBuzzer())

        first = chair.sounds(again)
        second = chair.at(again, events.TestBuzzer()).sounds("2:00")

        assert len(first) + len(second) == chirps

    def test_the_switch_silences(self, stopwatch: Callable[..., Any]) -> None:
        """Off: the events go out, nothing is heard, not even when it is tried."""
        chair = stopwatch()
        chair.sit("0:00").at("59:00", BuzzerSwitch(on=False))

        sounds = chair.sounds("63:00")
        chair.at("63:00", events.TestBuzzer())

        assert sounds == []
        assert chair.told[-1] == "62:00 break_overdue 2"
        assert chair.sounds("63:00.15") == []
        assert chair.refused == ["test_buzzer: the buzzer is switched off"]
        assert chair.facts("buzzer") == {"buzzer": False}
        assert chair.at("64:00", BuzzerSwitch(on=True)).facts("buzzer") == {"buzzer": True}

    def test_quiet_hours_silence(self, stopwatch: Callable[..., Any]) -> None:
        """No sound; the events say that it is quiet."""
        chair = stopwatch(wall=datetime(2026, 3, 2, 23, tzinfo=UTC))
        chair.sit("0:00")

        sounds = chair.sounds("65:00")

        assert sounds == []
        assert {tell.quiet for tell in chair.tells} == {True}

    def test_the_button_cannot_be_held_on(self, stopwatch: Callable[..., Any]) -> None:
        """Trying it again and again never keeps it on for more than 2 s."""
        chair = stopwatch()

        on = []
        for press in range(50):
            chair.at(press * 0.05, events.TestBuzzer())
            on.append(sound(chair.state, chair.now, chair.rules)[0])

        assert not all(on)
