"""A wall clock that is wrong for a while: days, figures, rows and what keep_days deletes."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sensor.settings import timezones
from tests.play import Player

TWO_DAYS = """
0:00:00 sit
0:30:00 stand
1:00:00 clock +{by}h
1:00:30 clock -{by}h
24:00:00 sit
24:30:00 stand
49:00:00 end
"""


def figures(game: Any, t: float) -> tuple[Any, ...]:
    """Take from the state what depends on days, but for what is only told with other news."""
    state = game.state(t)
    today = {key: value for key, value in state["today"].items() if key != "coverage_seconds"}
    return today, state["week"], state["goal"]


def rows(path: Path, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Read some of a table, moments as the clock would have shown them in UTC."""

    def shown(value: Any) -> Any:
        is_moment = isinstance(value, float) and value > 1e9
        return f"{datetime.fromtimestamp(value, UTC):%d %H:%M}" if is_moment else value

    with closing(sqlite3.connect(path / "chair-sensor.db")) as database:
        found = database.execute(f"SELECT {', '.join(names)} FROM {table}")  # noqa: S608
        return [tuple(map(shown, row)) for row in found]


@pytest.mark.slow
@pytest.mark.parametrize("by", [26280, 25, 48, 24 * 7])
def test_a_leap_that_is_put_right_leaves_no_trace(play: Player, tmp_path: Path, by: int) -> None:
    """Ahead for half a minute: day, week, goal and history are those of a clock that was right."""
    game = play(TWO_DAYS.format(by=by), keep_days="365", goals="true").run()
    (tmp_path / "chair-sensor.db").unlink()
    lines = TWO_DAYS.splitlines()
    right = play("\n".join(lines[:3] + lines[5:]), goals="true").run()

    end = 49 * 3600
    assert game.state(end)["today"]["date"] == "2026-03-04"
    for t in (2 * 3600, 25 * 3600, end):
        assert figures(game, t) == figures(right, t)
    assert game.state(end)["goal"] == {"kept_today": None, "days_in_a_row": 2}


@pytest.mark.slow
def test_a_leap_on_the_second_day_of_a_week(play: Player, tmp_path: Path) -> None:
    """The longest bout of the days before is none of today's, nor does it cost the goal."""
    script = """
    0:00 sit
    1:30:00 stand
    24:00:00 sit
    24:10:00 clock +{by}h
    24:11:00 clock -{by}h
    24:30:00 stand
    49:00:00 end
    """
    game = play(script.format(by=26280), goals="true").run()
    (tmp_path / "chair-sensor.db").unlink()
    right = play(re.sub(r".*clock.*", "", script), goals="true").run()

    for t in (25 * 3600, 49 * 3600):
        assert figures(game, t) == figures(right, t)
    assert game.state(25 * 3600)["today"]["longest_bout_seconds"] == 1800
    assert game.state(49 * 3600)["goal"]["days_in_a_row"] == 1


@pytest.mark.parametrize("by", [-26280, -72])
def test_a_clock_that_fell_back_for_a_while(play: Player, by: int) -> None:
    """Behind for half a minute: the figures are the same, under another date meanwhile."""
    script = f"0:10 sit\n20:10 stand\n30:00 clock {by}h\n30:30 clock +{-by}h\n60:00 end"

    game = play(script).run()

    assert game.state(1820)["today"]["date"] < "2026-03-02"
    assert game.state(1820)["today"]["chair_seconds"] == 1200
    assert game.state(1840)["today"]["date"] == "2026-03-02"
    assert game.state(1840)["today"]["chair_seconds"] == 1200
    assert game.state(1840)["week"]["since"] == "2026-03-02"
    assert game.state(1840)["week"]["bouts"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("restart", ["", "1:00:20 restart 5s", "1:00:25 crash 20s"])
def test_history_is_kept_through_a_leap(play: Player, tmp_path: Path, restart: str) -> None:
    """A date that nothing but the clock speaks for deletes nothing, nor over a restart."""
    script = TWO_DAYS.format(by=26280).replace("1:00:30", f"{restart}\n1:00:30")

    play(script, keep_days="365").run()

    assert rows(tmp_path, "bout", "started_at", "seated_seconds") == [
        ("02 08:00", 1800.0),
        ("03 08:00", 1800.0),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("away", ["restart", "crash", "reboot"])
def test_a_leap_while_the_daemon_is_away(play: Player, tmp_path: Path, away: str) -> None:
    """The clock is set ahead between two lives: nothing is deleted, and no day is counted twice."""
    game = play(
        f"""
        0:00:00 sit
        0:30:00 stand
        1:00:00 {away} 10s
        1:00:05 clock +26280h
        3:00:00 clock -26280h
        24:00:00 sit
        24:30:00 stand
        49:00:00 end
        """,
        keep_days="365",
        goals="true",
    ).run()

    assert len(rows(tmp_path, "bout", "started_at")) == 2
    assert game.state(49 * 3600)["today"]["date"] == "2026-03-04"
    assert game.state(49 * 3600)["week"]["chair_seconds"] == 3600
    assert game.state(49 * 3600)["goal"]["days_in_a_row"] == 2


def test_a_first_synchronisation_with_a_wrong_time(play: Player) -> None:
    """The day before the boot goes on when that is put right, and is no second one of the row."""
    game = play(
        """
        0:00:00 sit
        0:30:00 stand
        1:00:00 reboot 30s unsynced
        1:01:00 clock +26280h
        1:10:00 sit
        1:30:00 stand
        1:50:00 clock -26280h
        24:00:00 end
        """,
        goals="true",
    ).run()

    assert game.state(24 * 3600 - 1)["week"]["chair_seconds"] == 3000
    assert game.state(24 * 3600 - 1)["goal"]["days_in_a_row"] == 1


@pytest.mark.slow
def test_a_clock_that_has_stood_for_a_day_is_believed(
    play: Player, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Then what is too old is deleted, and the log says how much."""
    caplog.set_level("INFO")

    play("0:10 sit\n20:10 stand\n60:00 clock +26280h\n30:00:00 end", keep_days="365").run()

    assert rows(tmp_path, "bout", "started_at") == []
    assert "older than keep_days = 365: deleted" in caplog.text


def test_a_day_that_was_ahead_at_the_last_stop(play: Player) -> None:
    """The clock is put right while the daemon is down: today follows it."""
    play("0:10 sit\n20:10 stand\n30:00 clock +26280h\n40:00 end").run()

    game = play("0:10 sit\n10:10 stand\n30:00 end").run()  # another boot, and the right time

    assert game.state(1700)["today"]["date"] == "2026-03-02"


LATE = """
0:00:10 sit
0:30:10 stand
1:00:10 sit
1:20:10 stand
1:21:00 reboot 9h unsynced
10:30:10 sit
11:00:10 stand
11:20:10 sit
11:50:10 stand
12:00:00 clock +20h
12:30:10 sit
12:40:10 stand
14:00:00 end
"""


def test_what_was_sat_before_the_first_synchronisation(play: Player, tmp_path: Path) -> None:
    """Booted with an old time: rows and figures of this life are of the day that it really was."""
    game = play(LATE).run()

    today, week, _ = figures(game, 13 * 3600)
    assert rows(tmp_path, "bout", "started_at", "ended_at") == [
        ("02 08:00", "02 08:30"),
        ("02 09:00", "02 09:20"),
        ("03 05:30", "03 06:00"),
        ("03 06:20", "03 06:50"),
        ("03 07:30", "03 07:40"),
    ]
    assert rows(tmp_path, "absence", "left_at", "returned_at", "kind")[-2:] == [
        ("03 06:00", "03 06:20", "full"),
        ("03 06:50", "03 07:30", "full"),
    ]
    assert today["date"] == "2026-03-03"
    assert (today["chair_seconds"], today["bouts"], today["longest_bout_seconds"]) == (
        4200,
        3,
        1800,
    )
    assert (week["chair_seconds"], week["bouts"]) == (7200, 5)


def test_a_known_clock_moves_no_rows(play: Player, tmp_path: Path) -> None:
    """What was labelled by a clock that was right stays, whatever is set later."""
    play("0:10 sit\n20:10 stand\n30:00 clock +3h\n31:00 end").run()

    assert rows(tmp_path, "bout", "started_at") == [("02 08:00",)]


@pytest.mark.slow
@pytest.mark.parametrize("by", [26280, 20, -26280, -3])
def test_rows_of_a_while_in_which_the_clock_was_wrong(
    play: Player, tmp_path: Path, by: int
) -> None:
    """They move when it is put right, also those it cut in two; keep_days takes none of them."""
    play(
        f"""
        0:00 sit
        20:00 clock {by:+}h
        30:00 stand
        60:00 sit
        80:00 stand
        90:00 clock +1h
        91:00 clock {-by - 1:+}h
        100:00 sit
        27:00:00 end
        """,
        keep_days="7",
    ).run()

    assert rows(tmp_path, "bout", "started_at", "ended_at") == [
        ("02 08:00", "02 08:30"),
        ("02 09:00", "02 09:20"),
    ]
    assert rows(tmp_path, "absence", "left_at", "returned_at") == [
        ("02 08:30", "02 09:00"),
        ("02 09:20", "02 09:40"),
    ]


@pytest.fixture
def berlin_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the machine's zone be UTC, until it is called."""
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/UTC")
    monkeypatch.setattr(timezones, "LOCALTIME", link)
    monkeypatch.delenv("TZ", raising=False)

    def move() -> None:
        link.unlink()
        link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")

    return move


def test_the_zone_of_the_machine_is_changed(play: Player, berlin_later: Any) -> None:
    """Labels, quiet hours and days follow at the next look at the clocks, without a restart."""
    game = play("0:10 sit\n60:00 end", quiet_hours="09:00-10:00")
    world = game.world
    world.config = replace(world.config, chair=replace(world.config.chair, timezone=None))
    world.at(600, berlin_later)

    game.run()

    assert (game.state(590)["quiet"], game.state(640)["quiet"]) == (False, True)
    assert game.state(640)["bout_started_at"] == "2026-03-02T09:00:10+01:00"
