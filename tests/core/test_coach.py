"""What the coach suggests for a break."""

import itertools
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.core import coach
from sensor.core.coach import EXERCISES, Coaching, Exercise
from sensor.core.events import Snooze
from sensor.core.figures import Day
from sensor.core.report import event
from sensor.core.rules import Place, Rules
from sensor.languages import LANGUAGES, translation

PLACES: tuple[Place, ...] = get_args(Place)
MONDAY = [f"2026-03-{day:02}" for day in range(2, 32)]
MOST_SECONDS = 300
MOST_CHARACTERS = 255
"""What Home Assistant takes as a state."""


def breaks(place: Place, days: int, a_day: int) -> list[list[tuple[Exercise, ...]]]:
    """Take all breaks that are suggested; return what was done, day by day."""
    rules, coaching = Rules(exercises=place), Coaching()
    done: list[list[tuple[Exercise, ...]]] = []
    for date in MONDAY[:days]:
        done.append([])
        for taken in range(a_day):
            today = Day(date=date, full_breaks=taken)
            done[-1].append(coach.mix(coaching, today, rules))
            coaching = coach.done(replace(coaching, offered=True), today, rules)
    return done


def names(mix: tuple[Exercise, ...]) -> list[str]:
    """Name what is in a mix."""
    return [each.id for each in mix]


class TestExercises:
    """The exercises as data."""

    def test_each_has_an_id_of_its_own(self) -> None:
        """No two share one."""
        assert len({each.id for each in EXERCISES}) == len(EXERCISES)

    def test_each_has_a_source(self) -> None:
        """Nothing is made up: each says where it comes from, and how it is done well."""
        assert all(each.source and each.cues.english and each.dose.english for each in EXERCISES)

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_suggestion_is_short(self, place: Place, language: str) -> None:
        """Every mix that ever comes fits into five minutes, and into Home Assistant."""
        mixes = [mix for day in breaks(place, days=30, a_day=8) for mix in day]

        assert max(sum(each.seconds for each in mix) for mix in mixes) <= MOST_SECONDS
        translate = translation(language)
        for mix in mixes:
            said = [f"{each.name.said(translate)}, {each.dose.said(translate)}." for each in mix]
            assert len(" ".join(said)) <= MOST_CHARACTERS

    def test_nothing_is_promised(self) -> None:
        """No text of the catalogue claims to heal, prevent or diagnose anything; some deny it."""
        tool = runpy.run_path(str(Path(__file__).parents[1] / "languages.py"))

        said = " ".join(text.id for text in tool["said"]() if text.id).lower()
        for denied in ("not a diagnosis", "diagnose nothing", "not a treatment"):
            assert denied in said
            said = said.replace(denied, "")

        for claim in (
            "cure",
            "prevent",
            "heal",
            "therap",
            "treat",
            "diagnos",
            "dead butt",
            "amnesia",
        ):
            assert claim not in said


class TestMix:
    """What comes in which break."""

    @pytest.mark.parametrize("place", PLACES)
    def test_walk_hips_glutes(self, place: Place) -> None:
        """A break is for all three, in this order."""
        for day in breaks(place, days=8, a_day=8):
            for mix in day:
                assert [each.part for each in mix] == ["walk", "hips", "glutes"]

    def test_the_first_one(self) -> None:
        """It begins gently."""
        [[first]] = breaks("office", days=1, a_day=1)

        assert names(first) == ["walk_water", "hip_flexor_standing", "glute_squeeze"]

    def test_the_place_is_minded(self) -> None:
        """Nobody has to lie down in an office; on a mat all that fits comes."""
        office = {each for day in breaks("office", 30, 8) for mix in day for each in mix}
        floor = {each for day in breaks("floor", 30, 8) for mix in day for each in mix}

        assert {each.place for each in office} == {"office"}
        assert floor == {*EXERCISES}

    @pytest.mark.parametrize("place", PLACES)
    def test_no_repeats(self, place: Place) -> None:
        """No two breaks in a row are the same, and all of a kind come before one comes again."""
        mixes = [mix for day in breaks(place, days=30, a_day=8) for mix in day]

        assert all(one != other for one, other in itertools.pairwise(mixes))
        for strong in (True, False):
            glutes = [mix[2].id for mix in mixes if (mix[2].kind == "strength") == strong]
            different = len({*glutes})
            assert different > 1
            for start in range(len(glutes) - different + 1):
                assert len({*glutes[start : start + different]}) == different

    @pytest.mark.parametrize("place", PLACES)
    def test_strength_is_not_for_every_hour(self, place: Place) -> None:
        """Once a day at most, and never on two days in a row."""
        days = [
            sum(each.kind == "strength" for mix in day for each in mix)
            for day in breaks(place, days=14, a_day=8)
        ]

        assert days == [1, 0] * 7

    def test_a_clock_that_was_wrong_does_no_harm(self) -> None:
        """Strength comes again although the last time seems to be in the future."""
        coaching = Coaching(breaks=9, strength=1, strength_on="2038-01-19")

        mix = coach.mix(coaching, Day(date="2026-03-02", full_breaks=1), Rules())

        assert mix[2].kind == "strength"

    def test_none(self) -> None:
        """With `exercises` none there is no suggestion, and a break is no progress in strength."""
        coaching = Coaching(offered=True)

        done = coach.done(coaching, Day(date="2026-03-02", full_breaks=1), Rules(exercises="none"))

        assert coach.mix(coaching, Day(date="2026-03-02"), Rules(exercises="none")) == ()
        assert done == Coaching(breaks=1)

    @given(
        coaching=st.builds(
            Coaching,
            breaks=st.integers(0, 10_000),
            strength=st.integers(0, 10_000),
            strength_on=st.none() | st.dates().map(str),
        ),
        date=st.dates(),
        full=st.integers(0, 20),
        place=st.sampled_from(PLACES),
    )
    def test_there_is_always_something(
        self, coaching: Coaching, date: Any, full: int, place: Place
    ) -> None:
        """Whatever is remembered, a break has its three parts."""
        mix = coach.mix(coaching, Day(date=str(date), full_breaks=full), Rules(exercises=place))

        assert [each.part for each in mix] == ["walk", "hips", "glutes"]


class TestOnTheChair:
    """When a suggestion is made, and when it is over."""

    def told(self, chair: Any) -> list[str]:
        """List the walks of the alerts so far."""
        return [tell.exercise[0].id for tell in chair.tells if tell.exercise]

    def test_the_same_all_through_an_alert(self, stopwatch: Callable[..., Any]) -> None:
        """Reminders, a snooze and a short break change nothing."""
        chair = stopwatch()

        chair.sit("0:00").at("63:00").at("64:00", Snooze()).at("70:00")
        chair.stand("70:30").sit("72:30").at("110:00")

        assert len(self.told(chair)) > 3
        assert {*self.told(chair)} == {"walk_water"}

    def test_another_one_after_a_full_break(self, stopwatch: Callable[..., Any]) -> None:
        """What was done is not suggested again at once."""
        chair = stopwatch()

        chair.sit("0:00").stand("61:00").sit("67:00").at("127:00")

        assert self.told(chair) == ["walk_water", "walk_stairs"]

    def test_a_break_without_an_alert_is_not_the_coach_s(
        self, stopwatch: Callable[..., Any]
    ) -> None:
        """Lunch is no exercise."""
        chair = stopwatch()

        chair.sit("0:00").stand("30:00").sit("60:00").at("120:00")

        assert self.told(chair) == ["walk_water"]

    def test_a_restart_does_not_begin_anew(self, stopwatch: Callable[..., Any]) -> None:
        """What was done is remembered."""
        chair = stopwatch()
        chair.sit("0:00").stand("61:00").at("70:00")

        again = chair.restarted(60)
        again.sit("1:00").at("61:00")

        assert self.told(again) == ["walk_stairs"]

    def test_shown_while_it_applies(self, stopwatch: Callable[..., Any]) -> None:
        """The state has it from the alert until the break is complete."""
        chair = stopwatch()
        shown = []

        for moment, move in [
            *(("0:00", chair.sit), ("59:00", chair.at), ("60:00", chair.at)),
            *(("61:00", chair.stand), ("62:00", chair.at), ("66:00", chair.at)),
        ]:
            move(moment)
            report = chair.report()
            shown.append((report["status"], report["exercise"] is not None))

        assert shown == [
            *(("starting", False), ("break_soon", False), ("break_due", True)),
            *(("break_due", True), ("away", True), ("vacant", False)),
        ]

    def test_in_the_sitter_s_language(self, stopwatch: Callable[..., Any]) -> None:
        """Names, doses, cues and the word of caution are translated."""
        chair = stopwatch()
        chair.sit("0:00").at("60:00")

        said = event(chair.tells[-1], chair.state, chair.rules, translate=translation("de"))

        assert said["message"].startswith("1 h gesessen")
        assert said["exercise"] is not None
        assert said["exercise"]["steps"][2] == {
            "id": "glute_squeeze",
            "name": "Po im Stehen anspannen",
            "kind": "squeeze",
            "dose": "10-mal 5 s",
            "seconds": 70,
            "sides": 1,
            "cues": "Anspannen, halten, loslassen; weiteratmen.",
        }
        assert said["exercise"]["safety"] == "Langsam, und nur so weit, wie nichts wehtut."
