"""The alert ladder: when it begins, climbs, is told, sounds and ends."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sensor.core.events import (
    AlertRow,
    BoutRow,
    BuzzerSwitch,
    DoNotDisturb,
    LoopIs,
    Reset,
    RulesAre,
    Snooze,
    Suspended,
    Void,
)

BEFORE = ["0:03 sat_down", "55:00 break_soon", "60:00 break_due 1"]


def test_the_ladder_climbs(stopwatch: Callable[..., Any]) -> None:
    """Level 1 when due, the next after 2, 5 and 10 minutes, then a reminder every 5 minutes."""
    chair = stopwatch()

    chair.sit("0:00").at("80:00")

    assert chair.told == [
        *BEFORE,
        "62:00 break_overdue 2",
        "65:00 break_overdue 3",
        "70:00 break_overdue 4",
        "75:00 break_overdue 4",
        "80:00 break_overdue 4",
    ]
    assert {tell.alert_id for tell in chair.tells[2:]} == {"20260302T090000Z-3"}
    assert [tell.sitting_seconds for tell in chair.tells[2:4]] == [3600, 3720]


def test_level_starts_are_settings(stopwatch: Callable[..., Any]) -> None:
    """The four starts are counted from the due moment; before the first there is no level."""
    chair = stopwatch(level_after=(30, 40, 50, 60), realert_every=25)
    chair.sit("0:00")
    chair.at("60:27", BuzzerSwitch(on=True))  # a reminder would be due, and there is no level
    before = chair.facts("status", "break_due", "level")

    chair.at("61:26")

    assert before == {"status": "break_due", "break_due": True, "level": 0}
    assert chair.told[2:] == [
        *("60:30 break_due 1", "60:40 break_overdue 2", "60:50 break_overdue 3"),
        *("61:00 break_overdue 4", "61:25 break_overdue 4"),
    ]


def test_a_reminder_may_come_on_level_1(stopwatch: Callable[..., Any]) -> None:
    """A level that lasts longer than the time to the next reminder is told again."""
    chair = stopwatch(realert_every=50)

    chair.sit("0:00").at("61:00")

    assert chair.told[2:] == ["60:00 break_due 1", "60:50 break_overdue 1"]


def test_a_level_climbs_while_the_contact_is_open(stopwatch: Callable[..., Any]) -> None:
    """Until the sitter is confirmed up the ladder goes on, untold; a return shows its level."""
    chair = stopwatch().sit("0:00").stand("61:55").at("62:01")

    assert chair.facts("level") == {"level": 2}
    assert chair.sit("62:04").told[2:] == ["60:00 break_due 1", "62:04 break_overdue 2"]


def test_a_late_first_level_waits_for_the_contact(stopwatch: Callable[..., Any]) -> None:
    """No level begins while the contact is open: it begins when it closes again."""
    chair = stopwatch(level_after=(30, 40, 50, 60))

    chair.sit("0:00").stand("60:25").at("60:32", BuzzerSwitch(on=True))
    before = chair.facts("level")
    chair.sit("60:34").at("60:35")

    assert before == {"level": 0}
    assert chair.told[2:] == ["60:34 break_due 1"]


def test_an_alert_that_may_sound_again_waits_for_the_contact(
    stopwatch: Callable[..., Any],
) -> None:
    """Its ladder begins when the contact closes, not when do not disturb ends."""
    chair = stopwatch().sit("0:00").at("50:00", DoNotDisturb(on=True))

    chair.stand("70:00").at("70:02", DoNotDisturb(on=False)).sit("70:04").at("72:05")

    assert chair.told[1:] == ["70:04 break_due 1", "72:04 break_overdue 2"]


def test_a_new_bout_warns_anew(stopwatch: Callable[..., Any]) -> None:
    """A warning ends with its bout, even where hardly any sitting time is forgiven."""
    chair = stopwatch().sit("0:00").stand("58:00").sit("59:05").at("59:10")

    assert chair.told[1:] == [
        *("55:00 break_soon", "58:10 stood_up", "59:08 sat_down", "59:08 break_soon")
    ]


def test_a_limit_that_moves_by_a_hair(stopwatch: Callable[..., Any]) -> None:
    """An alert ends as soon as its bout is below the limit again."""
    chair = stopwatch().sit("0:00").at("60:00")

    chair.at("60:00.5", RulesAre(replace(chair.rules, sit_limit=3601)))

    assert chair.facts("status", "break_due") == {"status": "break_soon", "break_due": False}


def test_an_id_is_in_utc(stopwatch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the machine is; `test_the_ladder_climbs` has the same id."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    chair = stopwatch().sit("0:00").at("60:00")
    monkeypatch.undo()
    time.tzset()

    assert chair.tells[-1].alert_id == "20260302T090000Z-3"


def test_no_pre_alert(stopwatch: Callable[..., Any]) -> None:
    """With pre_alert 0 nothing is said before the break is due."""
    chair = stopwatch(pre_alert=0)

    chair.sit("0:00").at("60:00")

    assert chair.told == ["0:03 sat_down", "60:00 break_due 1"]


def test_a_short_pre_alert(stopwatch: Callable[..., Any]) -> None:
    """A warning comes however little before the alert."""
    chair = stopwatch(pre_alert=0.5)

    chair.sit("0:00").at("60:00")

    assert chair.told[1:] == ["59:59.5 break_soon", "60:00 break_due 1"]


def test_a_warning_waits_for_the_contact(stopwatch: Callable[..., Any]) -> None:
    """Nothing is said while the sitter may be getting up."""
    chair = stopwatch().sit("0:00").stand("54:55").at("55:02")

    assert chair.sit("55:03").told[1:] == ["55:03 break_soon"]


def test_sound_of_the_ladder(stopwatch: Callable[..., Any]) -> None:
    """Two chirps on level 1, then a burst as each level begins and at its cadence."""
    chair = stopwatch()
    chair.sit("0:00")

    starts = [sound.split("-")[0] for sound in chair.sounds("71:00")]

    assert starts == [
        *("60:00", "60:00.2"),
        *("62:00", "62:00.4", "62:00.8", "63:00", "63:00.4", "63:00.8"),
        *("64:00", "64:00.4", "64:00.8"),
        *(
            f"{minute}:{second}"
            for minute in range(65, 70)
            for second in ("00", "00.4", "00.8", "30", "30.4", "30.8")
        ),
        *("70:00", "70:00.4", "70:00.8", "70:15", "70:15.4", "70:15.8"),
        *("70:30", "70:30.4", "70:30.8", "70:45", "70:45.4", "70:45.8", "71:00"),
    ]


def test_shapes_of_the_ladder(stopwatch: Callable[..., Any]) -> None:
    """A chirp lasts 0.1 s, a beep of a burst 0.2 s."""
    chair = stopwatch()
    chair.sit("0:00")

    assert chair.sounds("62:02") == [
        *("60:00-60:00.1", "60:00.2-60:00.3"),
        *("62:00-62:00.2", "62:00.4-62:00.6", "62:00.8-62:01"),
    ]


def test_cadences_are_settings(stopwatch: Callable[..., Any]) -> None:
    """Each level has its own cadence; None sounds once."""
    chair = stopwatch(level_every=(50, None, None, None))
    chair.sit("0:00")

    starts = [sound.split("-")[0] for sound in chair.sounds("64:59")]

    assert starts == [
        *("60:00", "60:00.2", "60:50", "60:50.2", "61:40", "61:40.2"),
        *("62:00", "62:00.4", "62:00.8"),
    ]


def test_steady_sound(stopwatch: Callable[..., Any]) -> None:
    """Style steady: half a second on, half a second off, whatever the level."""
    chair = stopwatch(buzzer_style="steady")
    chair.sit("0:00").at("61:58")

    assert chair.sounds("62:01.2") == [
        *("61:58-61:58.5", "61:59-61:59.5", "62:00-62:00.5", "62:01-62:01.2")
    ]


def test_steady_sound_begins_with_level_1(stopwatch: Callable[..., Any]) -> None:
    """Style steady counts from level 1, not from the limit."""
    chair = stopwatch(buzzer_style="steady", level_after=(60.25, 120, 300, 600))
    chair.sit("0:00")

    assert chair.sounds("61:01") == ["61:00.25-61:00.75"]


def test_level_1_comes_at_once_after_a_snooze(stopwatch: Callable[..., Any]) -> None:
    """A ladder that begins anew does so on level 1, however late that is after the limit."""
    chair = stopwatch(level_after=(60, 120, 300, 600))

    chair.sit("0:00").at("61:30", Snooze()).at("70:00")

    assert chair.told == [
        *BEFORE[:2],
        *("61:00 break_due 1", "61:30 snoozed", "66:30 break_due 1"),
        "67:30 break_overdue 2",
    ]


def test_style_off_is_silent(stopwatch: Callable[..., Any]) -> None:
    """Style off: the events go out, the buzzer stays silent."""
    chair = stopwatch(buzzer_style="off")
    chair.sit("0:00").at("59:59")

    assert chair.sounds("75:00") == []
    assert chair.told[-1] == "75:00 break_overdue 4"


@pytest.mark.parametrize("style", ["escalating", "steady"])
def test_fatigue(stopwatch: Callable[..., Any], style: str) -> None:
    """After fatigue_after on level 4: one chirp at once, then one every five minutes."""
    chair = stopwatch(buzzer_style=style, fatigue_after=300, level_every=(None, 60, 30, 400))
    chair.sit("0:00").at("74:59.6")

    assert chair.sounds("85:01") == ["75:00-75:00.1", "80:00-80:00.1", "85:00-85:00.1"]


def test_silence_at_once_forgive_slowly(stopwatch: Callable[..., Any]) -> None:
    """The buzzer is silent within buzzer_release of the contact opening; the alert stays."""
    chair = stopwatch(buzzer_style="steady")
    chair.sit("0:00").at("60:00").stand("60:02.2")

    sounds = chair.sounds("60:12.2")

    assert sounds == ["60:02.2-60:02.5", "60:03-60:03.2"]
    assert chair.facts("status", "break_due") == {"status": "away", "break_due": True}


@pytest.mark.parametrize("style", ["escalating", "steady"])
def test_no_tone_begins_as_the_contact_opens(stopwatch: Callable[..., Any], style: str) -> None:
    """Up at the very moment of level 1: the alert has begun, and nothing is heard."""
    chair = stopwatch(buzzer_style=style)
    chair.sit("0:00").stand("60:00")

    assert chair.sounds("60:02") == []
    assert chair.told == BEFORE


@pytest.mark.parametrize("opened", ["62:00", "61:59.5", "62:59.2"])
@pytest.mark.parametrize("release", [1, 10])
def test_no_tone_begins_under_an_open_contact(
    stopwatch: Callable[..., Any], opened: str, release: float
) -> None:
    """A burst that is due within buzzer_release of getting up does not begin."""
    chair = stopwatch(buzzer_release=release)
    chair.sit("0:00").stand(opened)

    assert chair.sounds("63:30") == []


def test_a_tone_that_has_begun_goes_on(stopwatch: Callable[..., Any]) -> None:
    """A burst is finished under an open contact, as far as buzzer_release lets it."""
    chair = stopwatch(buzzer_release=0.7)
    chair.sit("0:00").at("62:00").stand("62:00.1")

    assert chair.sounds("63:30") == ["62:00.1-62:00.2", "62:00.4-62:00.6"]


def test_no_chirp_of_fatigue_begins_under_an_open_contact(stopwatch: Callable[..., Any]) -> None:
    """Nor does the ladder grow tired aloud once the sitter is getting up."""
    chair = stopwatch(fatigue_after=300)
    chair.sit("0:00").stand("74:59.8")

    assert chair.sounds("75:05") == []


def test_a_beep_that_sounds_is_cut(stopwatch: Callable[..., Any]) -> None:
    """With buzzer_release 0 the beep ends as the contact opens."""
    chair = stopwatch(buzzer_style="steady", buzzer_release=0)
    chair.sit("0:00").at("60:01").stand("60:01.2")

    assert chair.sounds("60:12") == []


def test_missed_bursts_are_not_made_up_for(stopwatch: Callable[..., Any]) -> None:
    """The ladder goes on by its own times while the contact is open, and is told on closing."""
    chair = stopwatch(leave_confirm=300)
    chair.sit("0:00").stand("61:30").at("62:30")
    missed = len(chair.told)

    sounds = chair.sit("62:30").sounds("63:00.1")

    assert missed == len(BEFORE)
    assert chair.told == [*BEFORE, "62:30 break_overdue 2"]
    assert sounds == ["63:00-63:00.1"]


def test_a_limit_reached_before_the_confirmation(stopwatch: Callable[..., Any]) -> None:
    """A limit reached inside the back-dated seconds makes level 1 at the confirmation."""
    chair = stopwatch(sit_limit=2, pre_alert=1)

    chair.sit("0:10").at("0:20")

    assert chair.told == ["0:13 sat_down", "0:13 break_due 1"]


def test_back_while_still_due(stopwatch: Callable[..., Any]) -> None:
    """Level 1 again return_grace after the back-dated return, as the same alert."""
    chair = stopwatch()

    chair.sit("0:00").stand("61:00").sit("61:40").at("61:50")
    held = chair.facts("status", "level", "reason")
    chair.at("64:40")

    assert held == {
        "status": "break_due",
        "level": 0,
        "reason": "Break due since 09:00; next reminder at 09:02.",
    }
    assert chair.told[3:] == [
        *("61:10 stood_up", "61:43 sat_down", "62:40 break_due 1", "64:40 break_overdue 2")
    ]
    assert len({tell.alert_id for tell in chair.tells if tell.alert_id}) == 1


def test_back_at_the_very_limit(stopwatch: Callable[..., Any]) -> None:
    """A sitting time that is the limit is over it: the same alert goes on."""
    chair = stopwatch()

    chair.sit("0:00").stand("60:00").sit("60:30").at("61:30")

    assert chair.told[2:] == [
        *("60:00 break_due 1", "60:10 stood_up", "60:33 sat_down", "61:30 break_due 1")
    ]
    assert len({tell.alert_id for tell in chair.tells if tell.alert_id}) == 1


def test_the_grace_waits_for_the_contact(stopwatch: Callable[..., Any]) -> None:
    """A grace that ends while the contact is open begins level 1 when it closes."""
    chair = stopwatch()

    chair.sit("0:00").stand("61:00").sit("61:40").stand("62:38").at("62:44").sit("62:45")

    assert chair.told[-1] == "62:45 break_due 1"


def test_up_before_level_one_could_begin(stopwatch: Callable[..., Any]) -> None:
    """An alert never starts while the contact is open."""
    chair = stopwatch()

    chair.sit("0:00").stand("59:55").at("64:55")

    assert chair.told[2:] == ["60:05 stood_up", "64:55 break_complete"]


def test_an_alert_does_not_end_before_it_rang(stopwatch: Callable[..., Any]) -> None:
    """Muted while the sitter got up, and told in a last short touch of the chair."""
    chair = stopwatch(short_absence=0).sit("0:00").at("0:02", DoNotDisturb(on=True))

    chair.stand("60:00.5").sit("60:02").stand("60:02.1").at("60:30")

    (row,) = (row for row in chair.rows if isinstance(row, AlertRow))
    assert (row.began_at, row.rang_at, row.ended_at) == (3600, 3602, 3602)


def test_credit_not_enough(stopwatch: Callable[..., Any]) -> None:
    """A break that leaves the timer above the limit begins a new bout, still due."""
    chair = stopwatch()

    chair.sit("0:00").stand("110:00").sit("111:30").at("112:40")

    assert chair.facts("break_due", "bouts", "short_breaks", "sitting_seconds") == {
        "break_due": True,
        "bouts": 2,
        "short_breaks": 1,
        "sitting_seconds": round(6600 * (1 - 30 / 240)) + 70,
    }
    assert chair.told[-1] == "112:30 break_due 1"


def test_an_alert_is_kept_in_the_history(stopwatch: Callable[..., Any]) -> None:
    """One row from the first level 1 to the end, with the moment of getting up."""
    chair = stopwatch()

    chair.sit("0:00").stand("63:00").at("70:00")

    assert chair.rows[1] == AlertRow(
        alert_id="20260302T090000Z-3",
        began_at=3600,
        rang_at=3600,
        left_at=3780,
        ended_at=pytest.approx(3780 + 60 + 240 * (1 - 3600 / 3780)),  # type: ignore[arg-type]
        max_level=2,
        snoozes=0,
    )
    assert chair.facts("alerts", "alerts_heeded") == {"alerts": 1, "alerts_heeded": 1}


def test_an_alert_left_late_is_not_heeded(stopwatch: Callable[..., Any]) -> None:
    """Heeded means up within five minutes of level 1, the first time."""
    chair = stopwatch()

    chair.sit("0:00").stand("65:01").sit("65:30").stand("67:00").at("67:10")

    assert chair.facts("alerts", "alerts_heeded") == {"alerts": 1, "alerts_heeded": 0}
    assert chair.state.alert.left_at == 3901


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (LoopIs(closed=False), "unplugged"),
        (Void(), "ignored"),
        (Reset(), "sitting"),
    ],
)
def test_an_alert_ends(stopwatch: Callable[..., Any], end: Any, status: str) -> None:
    """Unplugging, voiding and resetting end the alert at once."""
    chair = stopwatch()

    chair.sit("0:00").at("61:00", end)

    assert chair.facts("status", "break_due", "level") == {
        "status": status,
        "break_due": False,
        "level": 0,
    }
    assert chair.rows[0].ended_at == 3660


def ends(chair: Any) -> tuple[list[float], list[float]]:
    """Return when the bouts and the alerts of the history ended."""
    rows = chair.rows
    return (
        [row.ended_at for row in rows if isinstance(row, BoutRow)],
        [row.ended_at for row in rows if isinstance(row, AlertRow)],
    )


def test_an_alert_ends_with_the_bout_over_a_suspend(stopwatch: Callable[..., Any]) -> None:
    """Asleep for ten hours: both were over when the machine fell asleep, and not ten hours on."""
    chair = stopwatch()

    chair.sit("0:00").at("11:01:00", Suspended(36000)).at("11:02:00")

    assert ends(chair) == ([3660], [3660])


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("certain", [True, False])
def test_an_alert_ends_with_the_bout_over_a_power_cut(
    stopwatch: Callable[..., Any], closed: bool, certain: bool
) -> None:
    """Without power for ten hours: both were over when the daemon stopped."""
    chair = stopwatch().sit("0:00").at("61:00")

    again = chair.restarted(36000, closed=closed, certain=certain).at("0:20")

    assert ends(again) == ([-36000], [-36000])


def test_an_alert_that_melts_away_unseen_ends_when_it_did(stopwatch: Callable[..., Any]) -> None:
    """Up at 75:00 and soon asleep: the credit brings the alert to its end at 1:48."""
    chair = stopwatch().sit("0:00").stand("75:00").at("75:30")

    chair.at("11:15:30", Suspended(36000)).at("11:16:00")

    assert ends(chair) == ([4500], [4500 + 108])


def test_an_alert_never_ends_before_it_began(stopwatch: Callable[..., Any]) -> None:
    """Leaving is back-dated to before a contact that flickered in between, and rang."""
    chair = stopwatch().sit("0:00").stand("59:59").sit("60:05").stand("60:06").at("70:00")

    (row,) = [row for row in chair.rows if isinstance(row, AlertRow)]

    assert (row.began_at, row.left_at, row.ended_at) == (3605, 3605, 3605)


def test_ids_are_unique_beyond_a_life(stopwatch: Callable[..., Any]) -> None:
    """Two lives that see the same moments, for the clock was set back, share no id."""
    lives = [stopwatch(life=life).sit("0:00").at("61:00") for life in ("3fa9c1", "77ab02")]

    events = [tell.id for life in lives for tell in life.tells]
    alerts = [tell.alert_id for life in lives for tell in life.tells if tell.alert_id]
    assert len(set(events)) == len(events) == 6
    assert alerts == ["20260302T090000Z-3fa9c1-3", "20260302T090000Z-77ab02-3"]


def test_a_suspend_silences(stopwatch: Callable[..., Any]) -> None:
    """Nothing sounds until it is known who sits; then the grace runs."""
    chair = stopwatch(buzzer_style="steady")
    chair.sit("0:00").at("61:00", Suspended(30))

    sounds = chair.sounds("62:00.9")

    assert sounds == ["62:00-62:00.5"]
    assert chair.told == [*BEFORE, "62:00 break_due 1"]


@pytest.mark.parametrize(
    ("limit", "told", "status"),
    [
        (30, ["40:00 break_due 1"], "break_due"),
        (42, ["40:00 break_soon"], "break_soon"),
        (50, [], "sitting"),
    ],
)
def test_a_lower_limit_acts_at_once(
    stopwatch: Callable[..., Any], limit: float, told: list[str], status: str
) -> None:
    """Over the new limit: due now, on level 1; never back-dated."""
    chair = stopwatch()
    chair.sit("0:00").at("40:00")

    chair.at("40:00", RulesAre(replace(chair.rules, sit_limit=limit * 60)))

    assert chair.told == ["0:03 sat_down", *told]
    assert chair.facts("status") == {"status": status}


@pytest.mark.parametrize(
    ("limit", "status", "told"),
    [(63, "break_soon", ["61:00 break_soon"]), (90, "sitting", [])],
)
def test_a_higher_limit_acts_at_once(
    stopwatch: Callable[..., Any], limit: float, status: str, told: list[str]
) -> None:
    """Below the new limit the alert is over."""
    chair = stopwatch()
    chair.sit("0:00").at("61:00")

    chair.at("61:00", RulesAre(replace(chair.rules, sit_limit=limit * 60)))

    assert chair.told == [*BEFORE, *told]
    assert chair.facts("status", "break_due") == {"status": status, "break_due": False}


def test_a_higher_limit_calls_off_break_soon(stopwatch: Callable[..., Any]) -> None:
    """What is no longer near is no longer announced, and is announced again in its time."""
    chair = stopwatch()
    chair.sit("0:00").at("56:00", RulesAre(replace(chair.rules, sit_limit=7200)))

    chair.at("115:00")

    assert chair.told == [*BEFORE[:2], "115:00 break_soon"]


def test_a_higher_limit_while_away(stopwatch: Callable[..., Any]) -> None:
    """Sitting time below the limit ends the alert, seated or not."""
    chair = stopwatch()
    chair.sit("0:00").stand("61:00").at("61:30")

    chair.at("61:30", RulesAre(replace(chair.rules, sit_limit=7200)))

    assert chair.facts("status", "break_due") == {"status": "away", "break_due": False}
