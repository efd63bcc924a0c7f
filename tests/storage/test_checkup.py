"""What is said of a database: by the check that changes nothing, and by the daemon."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sensor.core.events import BoutRow, GapRow
from sensor.daemon.memory import Memory
from sensor.errors import StorageError
from sensor.storage import schema
from sensor.storage.checkup import Contents, checkup
from sensor.storage.database import Database
from sensor.storage.schema import VERSION

UNIX = "not from 1970 to 2106"
KNOWS = f"this program knows {VERSION}"
MOMENT = "remembers an impossible moment"
NEWER = (
    f"was written by a newer chair-sensor (schema {VERSION + 1}, this one knows {VERSION}); "
    "install that version again, or move the file away to begin a new history; counting goes on"
)
BOUT = BoutRow(started_at=1, ended_at=2, seated_seconds=1)


@pytest.fixture
def path(tmp_path: Path, memory: Memory) -> Path:
    """Write a sound database."""
    path = tmp_path / "chair-sensor.db"
    with closing(Database(path)) as database:
        database.open()
        assert database.save(memory, [BOUT] * 3)
    return path


def run(path: Path, script: str) -> None:
    """Change it by hand."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def without_an_index_entry(path: Path) -> None:
    """Write a row past the index, as damage may."""
    run(
        path,
        """
        CREATE TABLE kept AS SELECT * FROM sqlite_master WHERE name = 'bout_ended';
        PRAGMA writable_schema = ON;
        DELETE FROM sqlite_master WHERE name = 'bout_ended';
        """,
    )
    run(path, "INSERT INTO bout VALUES (3, 4, 0, 1, 0, NULL)")
    run(
        path,
        """
        PRAGMA writable_schema = ON;
        INSERT INTO sqlite_master SELECT * FROM kept;
        PRAGMA writable_schema = RESET;
        DROP TABLE kept;
        """,
    )


def spoil(path: Path, ruin: str) -> None:
    """Change it by this SQL, or overwrite a page: the rows of a table."""
    if ruin != "page":
        run(path, ruin)
        return
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'bout'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_contents(path: Path, memory: Memory) -> None:
    """Bouts, the last checkpoint, rows that cannot be true, files that were set aside."""
    impossible = [GapRow(started_at=2, ended_at=1, why="down")] * 2
    with closing(Database(path)) as database:
        database.open()
        assert database.save(memory, impossible)
    for name in ("1", "1-wal", "1-shm", "2-wal", "2"):
        path.with_name(f"{path.name}.unreadable-{name}").touch()

    assert checkup(path) == Contents(bouts=3, saved_at=memory.wall, damaged=2, set_aside=2)


def test_before_the_first_checkpoint(path: Path) -> None:
    """There is no moment of it."""
    run(path, "DELETE FROM checkpoint")

    assert checkup(path) == Contents(bouts=3, saved_at=None, damaged=0, set_aside=0)


def test_an_older_one(tmp_path: Path) -> None:
    """The daemon brings it up to date; until then its rows are only counted."""
    path = tmp_path / "chair-sensor.db"
    run(path, schema.STEPS[0])
    run(path, "INSERT INTO bout VALUES (2, 1, 0, 1, 0, NULL); PRAGMA user_version = 1")

    assert checkup(path) == Contents(bouts=1, saved_at=None, damaged=0, set_aside=0)


def test_none_yet(tmp_path: Path) -> None:
    """Neither a missing file nor an empty one is a fault."""
    (tmp_path / "empty.db").touch()

    assert [checkup(tmp_path / name) for name in ("none.db", "empty.db")] == [None, None]


@pytest.mark.parametrize(
    ("ruin", "said"),
    [
        ("page", "is damaged: *** in database main *** "),
        ("UPDATE checkpoint SET wall = 1e300", f"the last checkpoint's wall 1e+300 is {UNIX}"),
        ("UPDATE checkpoint SET state = '{}'", "not a state: 'day'"),
        (f"PRAGMA user_version = {VERSION + 1}", f"has schema version {VERSION + 1}, {KNOWS}"),
        ("DROP TABLE bout; PRAGMA user_version = 0", "no such table: bout"),
    ],
)
def test_what_is_wrong(path: Path, ruin: str, said: str) -> None:
    """One reason, with the file."""
    spoil(path, ruin)

    with pytest.raises(StorageError) as caught:
        checkup(path)

    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_a_folder(tmp_path: Path) -> None:
    """What is no file has to go."""
    with pytest.raises(StorageError) as caught:
        checkup(tmp_path)

    assert (caught.value.what, caught.value.fix) == (f"{tmp_path}: Is a directory", "move it away")


@pytest.mark.parametrize(
    ("ruin", "said"),
    [
        ("page", "is damaged: *** in database main *** "),
        ("PRAGMA user_version = -1", f"has schema version -1, {KNOWS}; set aside"),
        ("PRAGMA user_version = 0", "is a database, but not of chair-sensor; set aside"),
        (f"PRAGMA user_version = {VERSION + 1}", NEWER),
        ("ALTER TABLE gap RENAME COLUMN why TO cause", "no such column: why; set aside"),
        ("ALTER TABLE checkpoint RENAME wall TO fall", "no such column: wall; set aside"),
        ("UPDATE checkpoint SET wall = 1e300", f"{MOMENT}: 1e+300; starting without it"),
        ("UPDATE checkpoint SET state = '{}'", "not a state: 'day'; starting without it"),
        ("UPDATE checkpoint SET died = 'x'", "invalid literal for int() with base 10: 'x'; st"),
        ("UPDATE checkpoint SET before = '7'", "holds a checkpoint that makes no sense: cannot"),
    ],
)
def test_what_the_daemon_says(
    path: Path, ruin: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One line, with the file and what becomes of it."""
    spoil(path, ruin)

    with closing(Database(path)) as database:
        database.open()

    [line] = caplog.messages
    assert line.startswith(f"{path}: {said}")
    assert "\n" not in line


@pytest.mark.parametrize("otherwise", [{}, {"otherwise": "; nothing was imported"}])
def test_what_a_command_says_that_writes(
    path: Path, monkeypatch: pytest.MonkeyPatch, otherwise: dict[str, str]
) -> None:
    """Another program writes: that passes. All else is said as it is."""
    monkeypatch.setattr(schema, "PATIENCE", 0.01)
    said = []
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for sql in ("DELETE FROM bout", "DELETE FROM none"):
            with (
                pytest.raises(StorageError) as caught,
                schema.writing(path, **otherwise) as connection,
            ):
                connection.execute(sql)
            said.append(str(caught.value))

    end = otherwise.get("otherwise", "")
    assert said == [
        f"{path}: is being written by another program; try again{end}",
        f"{path}: no such table: none{end}",
    ]


def test_an_index_is_made_again(
    path: Path, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    """It is made of the rows, and so nothing is lost."""
    without_an_index_entry(path)

    with closing(Database(path)) as database:
        assert database.open() == memory
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM bout").fetchone() == (4,)
    assert caplog.text == ""


@pytest.mark.parametrize("deaths", [-5, 0, 1])
def test_lives_that_died_of_the_checkpoint(path: Path, memory: Memory, deaths: int) -> None:
    """Fewer than two, or a number that cannot be, and it is read."""
    run(path, f"UPDATE checkpoint SET died = {deaths}")  # noqa: S608
    with closing(Database(path)) as database:
        assert database.open() == memory
    with closing(Database(path)) as database:
        assert (database.open() == memory) == (deaths < 1)
