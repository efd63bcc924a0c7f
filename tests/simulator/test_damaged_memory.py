"""The daemon with a state directory in which anything may lie: it always starts."""

import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.play import Player


def history(path: Path) -> list[str]:
    """List the types of all events in the history."""
    with closing(sqlite3.connect(path)) as database:
        return [name for (name,) in database.execute("SELECT event_type FROM event")]


@pytest.mark.parametrize(
    "ruin",
    [
        lambda path: path.write_bytes(b"garbage" * 1000),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.mkdir() if not path.exists() else None,
    ],
    ids=["garbage", "truncated", "folder"],
)
def test_set_aside_is_told(play: Player, tmp_path: Path, ruin: Callable[[Path], None]) -> None:
    """A database that cannot be read is a problem told to everybody, and the chair works."""
    path = tmp_path / "chair-sensor.db"
    if "mkdir" not in ruin.__code__.co_names:
        play("0:10 sit\n30:00 end").run()
    ruin(path)

    game = play("0:10 sit\n62:00 end").run()

    assert game.state(30)["problem"] == "storage"
    assert history(path)[0] == "problem"
    assert game.events("break_due") == [(3610.0, "break_due")]
    assert len(list(tmp_path.glob("*.unreadable-*"))) >= 1
    again = play("1:00 end").run()
    assert again.state(30)["problem"] is None


def test_unwritable_directory(play: Player, log: list[logging.LogRecord]) -> None:
    """With nowhere to write, the chair counts, beeps and says so once."""
    game = play("0:10 sit\n62:00 end")
    game.world.state_dir = Path("/proc/1/fdinfo")

    game.run()

    assert game.state(60)["problem"] == "storage"
    assert game.events("break_due") == [(3610.0, "break_due")]
    assert len([r for r in log if r.levelno == logging.ERROR]) == 1


def places(data: Any) -> list[tuple[Any, Any]]:
    """List every (container, key) of a nested JSON object."""
    found = []
    for key, value in data.items():
        found.append((data, key))
        if isinstance(value, dict):
            found += places(value)
    return found


def checkpoint(path: Path) -> dict[str, Any]:
    """Read the remembered state."""
    with closing(sqlite3.connect(path)) as database:
        [(text,)] = database.execute("SELECT state FROM checkpoint")
    state: dict[str, Any] = json.loads(text)
    return state


NUMBERS = [0, -1, -1e18, 1e18, 1e308, float("inf"), float("nan"), 10**30, 10**400]
WRONG = [None, True, "", "x", *NUMBERS]


@pytest.mark.parametrize("column", ["at", "wall"])
@pytest.mark.parametrize("value", ["text", b"blob", -1e300, 1e300, 9e999, -9e999, 0])
def test_wrong_moment(play: Player, tmp_path: Path, column: str, value: object) -> None:
    """A checkpoint from an impossible moment never keeps the daemon from starting."""
    play("0:10 sit\n30:00 end").run()
    with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database, database:
        database.execute(f"UPDATE checkpoint SET {column} = ?", (value,))  # noqa: S608

    game = play("0:10 sit\n62:00 end").run()

    assert len(game.events("break_due")) == 1


ODD = [
    None,
    "",
    "x",
    b"\xff",
    -1,
    -(10**18),
    1e308,
    9e999,
    "[]",
    "[1,2]",
    "[1," * 2000,
    "[null" * 6,
]


@pytest.mark.slow
@pytest.mark.parametrize("column", ["state", "boot_id", "synchronised", "before", "died"])
def test_wrong_column(play: Player, tmp_path: Path, column: str) -> None:
    """Whatever stands beside the state in a checkpoint, the daemon starts and rings."""
    path = tmp_path / "chair-sensor.db"
    play("0:10 sit\n30:00 end").run()
    sound = path.read_bytes()
    for value in ODD:
        for old in tmp_path.iterdir():
            old.unlink()
        path.write_bytes(sound)
        with closing(sqlite3.connect(path)) as database, suppress(sqlite3.Error), database:
            database.execute(f"UPDATE checkpoint SET {column} = ?", (value,))  # noqa: S608

        game = play("0:05 crash\n0:10 sit\n62:00 end").run()

        assert len(game.events("break_due")) == 1, value


@pytest.mark.parametrize("column", ["state", "wall"])
def test_a_damaged_checkpoint_hides_no_history(play: Player, tmp_path: Path, column: str) -> None:
    """Only the checkpoint is left out, and that is told; bouts and watches stay in their place."""
    path = tmp_path / "chair-sensor.db"
    play("0:10 sit\n20:00 stand\n30:00 end").run()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE checkpoint SET {column} = '9e300'")  # noqa: S608

    game = play("0:10 sit\n20:00 stand\n30:00 end").run()

    assert game.state(60)["problem"] == "storage"
    assert not list(tmp_path.glob("*.unreadable-*"))
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM bout").fetchall() == [(2,)]
        assert database.execute("SELECT max(ended_at) < 1e10 FROM watch").fetchall() == [(1,)]


@pytest.mark.slow
@pytest.mark.parametrize("then", ["crash", "reboot"])
@pytest.mark.parametrize("before", ["0:10 sit", "0:10 sit\n29:00 stand", "0:10 sit\n0:20 unplug"])
def test_wrong_values(play: Player, tmp_path: Path, before: str, then: str) -> None:
    """One wrong value anywhere in the remembered state: it starts, goes on, and tells the time."""
    path = tmp_path / "chair-sensor.db"
    random = Random(f"{before} {then}")  # noqa: S311
    play(f"{before}\n30:00 end", sit_limit="20m").run()
    sound = path.read_bytes()
    for _ in range(8):
        for old in tmp_path.iterdir():
            old.unlink()
        path.write_bytes(sound)
        state = checkpoint(path)
        container, key = random.choice(places(state))
        container[key] = value = random.choice(WRONG)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE checkpoint SET state = ?", (json.dumps(state),))

        game = play(f"0:05 {then}\n0:30 sit\n22:00 stand\n28:00 end", sit_limit="20m")
        try:
            game.run()
        except Exception as error:
            raise AssertionError(f"{key} = {value!r}") from error

        assert game.records[-1]["what"] == "stop"


@pytest.mark.parametrize("name", ["chair", "prolonged", "longest", "before", "covered"])
@pytest.mark.parametrize("value", [-1e8, 9.9e9, -1000])
def test_sums_that_cannot_be(play: Player, tmp_path: Path, name: str, value: float) -> None:
    """No figure of the day is told that no day can have, whatever was remembered."""
    play("0:10 sit\n20:00 stand\n30:00 end").run()
    state = checkpoint(tmp_path / "chair-sensor.db")
    state["day"][name] = value
    with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database, database:
        database.execute("UPDATE checkpoint SET state = ?", (json.dumps(state),))

    today = play("0:05 restart\n1:00 sit\n20:00 end").run().state(1190)["today"]

    assert 0 <= today["prolonged_share"] <= 1
    for key in ("chair_seconds", "longest_bout_seconds", "coverage_seconds"):
        assert -1000 <= today[key] < 86400


def test_disk_that_comes_back(play: Player, tmp_path: Path) -> None:
    """A directory that can be written again gets everything, and the problem is solved."""
    game = play("0:10 sit\n10:00 stand\n40:00 end", break_min="10m")
    path = tmp_path / "chair-sensor.db"
    game.at(60, lambda: game.disable_disk(path))
    game.at(1500, lambda: game.enable_disk(path))

    game.run()

    assert [name for _, name in game.events("problem")] == ["problem", "problem_solved"]
    assert game.state(1000)["problem"] == "storage"
    assert game.state(2399)["problem"] is None
    assert history(path) == ["sat_down", "problem", "stood_up", "break_complete", "problem_solved"]
