"""What was remembered can be used late: the clock was waited for, or the database was locked.

Everything that has happened in the new life until then is kept and joined to it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.play import Player

QUICK = {
    "quiet_hours": "none",
    "sit_limit": "60s",
    "pre_alert": "0",
    "break_min": "30s",
    "short_absence": "5s",
}


def events(folder: Path) -> list[str]:
    """List the types of the events in the history, but for those about the storage."""
    with closing(sqlite3.connect(folder / "chair-sensor.db")) as database:
        kinds = database.execute("SELECT event_type FROM event ORDER BY rowid")
        return [kind for (kind,) in kinds if not kind.startswith("problem")]


def told(game: Any) -> list[str]:
    """List the types of the events on the broker, but for those about the storage."""
    kinds = [payload["event_type"] for _, _, payload in game.messages("event")]
    return [kind for kind in kinds if not kind.startswith("problem")]


def sitting(game: Any, t: float) -> float:
    """Tell the sitting time at `t` of somebody who has not moved since the last state."""
    at, state = [(at, state) for at, state in game.states() if at <= t][-1]
    seconds: float = state["sitting_seconds"] + t - at
    return seconds


def locked(game: Any, folder: Path, since: float, until: float) -> None:
    """Let another program hold the database for itself for a while."""
    other = sqlite3.connect(folder / "chair-sensor.db", isolation_level=None)

    def lock() -> None:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE watch SET started_at = started_at")

    game.at(since, lock)
    game.at(until, other.close)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite wait for nobody: no time passes here while it does."""
    monkeypatch.setattr("sensor.storage.database.BUSY", 0)


class TestClock:
    """The clock was not set after a boot."""

    def test_an_alert_meanwhile(self, play: Player) -> None:
        """An alert of those two minutes counts, and so does the bout that was the longest."""
        game = play(
            "0:00 sit\n0:50 stand\n3:00 sit\n3:20 reboot 10s unsynced\n5:00 clock +10s\n6:00 end",
            **QUICK,
        ).run()

        today = game.state(5 * 60 + 30)["today"]
        assert told(game).count("break_due") == 1
        assert (today["alerts"], today["bouts"]) == (1, 2)
        assert today["longest_bout_seconds"] == 50

    def test_a_break_meanwhile(self, play: Player) -> None:
        """Somebody who was up for a full break and sat down again has begun another bout."""
        game = play(
            "0:00 sit\n0:50 reboot 10s unsynced\n1:20 stand\n2:00 sit\n2:30 clock +10s\n3:00 end",
            **QUICK,
        ).run()

        today = game.state(2 * 60 + 50)["today"]
        assert (today["bouts"], today["transitions"], today["full_breaks"]) == (3, 1, 1)
        assert today["longest_bout_seconds"] == 50

    def test_the_same_bout_with_an_absence(self, play: Player) -> None:
        """A short absence of those two minutes stays one of the bout that goes on."""
        game = play(
            "0:00 sit\n0:20 reboot 10s unsynced\n0:50 stand\n0:54 sit\n1:10 clock +10s\n2:00 end",
            **QUICK | {"sit_limit": "10m", "leave_confirm": "1s"},
        ).run()

        today = game.state(100)["today"]
        assert sitting(game, 100) == pytest.approx(96, abs=1)
        assert (today["bouts"], today["transitions"]) == (1, 1)

    def test_killed_meanwhile(self, play: Player, tmp_path: Path) -> None:
        """What was told is in the history, and nobody sits down twice."""
        game = play(
            "0:00 sit\n0:20 reboot 10s unsynced\n1:00 crash 2s\n1:30 clock +10s\n2:00 end",
            **QUICK | {"sit_limit": "10m"},
        ).run()

        assert told(game) == ["sat_down", "sat_down"]  # it is not known yet that it is the same
        assert events(tmp_path) == told(game)
        assert sitting(game, 110) == pytest.approx(110, abs=1)
        assert game.state(110)["today"]["bouts"] == 1

    def test_killed_twice_and_never_set(self, play: Player) -> None:
        """A clock that is not set within two minutes leaves the figures of the day."""
        game = play(
            "0:00 sit\n0:20 reboot 10s unsynced\n0:50 crash 2s\n1:10 crash 2s\n4:00 end",
            **QUICK | {"sit_limit": "10m"},
        ).run()

        state = game.state(239)
        assert told(game) == ["sat_down", "sat_down"]
        assert state["today"]["bouts"] == 2
        assert state["today"]["longest_bout_seconds"] == 20


@pytest.mark.usefixtures("hasty")
class TestLocked:
    """Another program holds the database when the daemon starts."""

    def test_the_bout_goes_on(self, play: Player, tmp_path: Path) -> None:
        """Once it can be read, bout and figures are what they would have been."""
        game = play("0:00 sit\n0:50 stand\n2:00 sit\n2:30 restart 2s\n5:00 end", **QUICK)
        locked(game, tmp_path, 150.5, 175)
        game.run()

        problem, state = game.state(170), game.state(200)
        assert problem["problem"] == "storage"
        assert state["problem"] is None
        assert sitting(game, 200) == pytest.approx(80, abs=1)
        assert (state["today"]["bouts"], state["today"]["full_breaks"]) == (2, 1)
        assert state["today"]["longest_bout_seconds"] == 50
        assert events(tmp_path) == told(game)

    @pytest.mark.slow
    def test_days_later(self, play: Player, tmp_path: Path) -> None:
        """Even days later nothing of either life is missing."""
        script = "0:00 sit\n10:00 stand\n20:00 restart 2s\n25:00 sit\n35:00 stand\n26:00:00 end"
        game = play(script, **QUICK | {"sit_limit": "1h"})
        locked(game, tmp_path, 20 * 60 + 1, 24 * 3600 + 1)
        game.run()

        week = game.state(25 * 3600)["week"]
        assert (week["bouts"], week["chair_seconds"]) == (2, 1200)
        assert week["longest_bout_seconds"] == 600
        assert events(tmp_path) == told(game)
