"""Whatever is found where the database should be: it is kept for later, and life goes on."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor.core.events import BoutRow
from sensor.daemon import codec
from sensor.daemon.memory import NOT_YET, Memory
from sensor.storage.database import Database
from sensor.storage.schema import VERSION

BOUT = BoutRow(started_at=1, ended_at=2, seated_seconds=1)
MANY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "chair-sensor.db"


@pytest.fixture
def sound(path: Path, memory: Memory) -> bytes:
    """Write a sound database, and give its bytes."""
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [BOUT] * 20)
    return path.read_bytes()


def only(path: Path, content: bytes) -> None:
    """Leave nothing in the folder but a file with this content."""
    for old in path.parent.iterdir():
        old.unlink()
    path.write_bytes(content)


def set_aside(path: Path) -> list[Path]:
    """List what was put out of the way, without SQLite's helpers."""
    return [p for p in path.parent.glob("*.unreadable-*") if not p.name.endswith(("-wal", "-shm"))]


def check_it_works(path: Path, memory: Memory) -> None:
    """Open it, write, and read it back in the next life."""
    with closing(Database(path)) as database:
        database.open()
        assert database.save(memory, [BOUT])
    with closing(Database(path)) as database:
        assert database.open() == memory
        assert not database.was_set_aside


def another_program(path: Path) -> None:
    """Leave somebody else's database."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE song (title TEXT)")


def newer_version(path: Path) -> None:
    """Leave what a later version of chair-sensor has made."""
    with closing(Database(path)) as database:
        database.open()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def missing_table(path: Path) -> None:
    """Leave a database without its checkpoint."""
    with closing(Database(path)) as database:
        database.open()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE checkpoint")


def not_utf8(path: Path) -> None:
    """Leave a checkpoint whose text is none."""
    with closing(Database(path)) as database:
        database.open()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO checkpoint VALUES (1, CAST(x'ff80' AS TEXT), 1, 1, 'boot', 1, NULL, 0)"
        )


@pytest.mark.parametrize(
    ("ruin", "why"),
    [
        (lambda path: path.write_bytes(b"My holiday pictures. " * 1000), "file is not a database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "file is not a database"),
        (lambda path: path.write_bytes(bytes(8192)), "file is not a database"),
        (lambda path: path.mkdir(), "unable to open database file"),
        (another_program, "is a database, but not of chair-sensor"),
        (missing_table, "no such table: checkpoint"),
        (not_utf8, "Could not decode to UTF-8 column 'state'"),
    ],
    ids=["text", "head", "zeros", "folder", "another", "no table", "not UTF-8"],
)
def test_set_aside(
    path: Path,
    memory: Memory,
    ruin: Callable[[Path], None],
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is no database of ours is moved, not deleted; a fresh one works from the first save."""
    ruin(path)

    with closing(Database(path)) as database:
        assert database.open() is None
        assert database.was_set_aside
        assert database.save(memory, [BOUT])

    [aside] = set_aside(path)
    [said] = caplog.messages
    assert said.startswith(f"{path}: {why}")
    assert said.endswith(f"; set aside as {aside.name}, starting afresh")
    check_it_works(path, memory)


def test_newer_version(path: Path, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    """A database of a newer program is left where it is; with that program all is there again."""
    newer_version(path)
    before = path.read_bytes()

    with closing(Database(path)) as database:
        assert database.open() is NOT_YET
        assert not database.save(memory, [BOUT])
        assert not database.was_set_aside

    assert path.read_bytes() == before
    assert set_aside(path) == []
    [record] = caplog.records
    assert "install that version again, or move the file away" in record.getMessage()


def test_empty_file(path: Path, memory: Memory) -> None:
    """A file of no length is a fresh start; there is nothing to set aside."""
    path.touch()

    check_it_works(path, memory)

    assert set_aside(path) == []


def test_content_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was set aside is still there, byte for byte, by the time of Greenwich."""
    monkeypatch.setenv("TZ", "FAR-14")
    time.tzset()
    path.write_bytes(b"precious")

    before = time.time()
    with closing(Database(path)) as database:
        database.open()
    monkeypatch.undo()
    time.tzset()

    [aside] = set_aside(path)
    assert aside.read_bytes() == b"precious"
    when = datetime.strptime(f"{aside.name}+0000", f"{path.name}.unreadable-%Y%m%dT%H%M%S.%f%z")
    assert before - 1 < when.timestamp() < time.time() + 1


def test_another_program_has_it_open(path: Path, memory: Memory) -> None:
    """What that one has not yet merged into the file goes along, and not into the fresh one."""
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [])
    with closing(sqlite3.connect(path)) as other, closing(Database(path)) as database:
        other.executescript("CREATE TABLE song (title TEXT); DROP TABLE checkpoint")

        assert database.open() is None
        assert database.save(memory, [BOUT])

        [aside] = set_aside(path)
        moved = {file.name.removeprefix(aside.name) for file in path.parent.glob(f"{aside.name}*")}
        assert moved == {"", "-wal", "-shm"}
        with closing(sqlite3.connect(aside)) as connection:
            assert connection.execute("SELECT * FROM song").fetchall() == []
    check_it_works(path, memory)


def test_damaged_twice_within_a_second(path: Path, memory: Memory) -> None:
    """A second damage right after the first loses neither of the two."""
    for content in (b"first", b"second"):
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(content)
        with closing(Database(path)) as database:
            database.open()
            assert database.save(memory, [])

    assert {p.read_bytes() for p in set_aside(path)} == {b"first", b"second"}


@MANY
@given(length=st.integers(0, 40_000))
def test_truncated(path: Path, sound: bytes, memory: Memory, length: int) -> None:
    """Cut off anywhere, as after a power cut: it opens or is set aside, and then it works."""
    only(path, sound[:length])

    check_it_works(path, memory)


@MANY
@given(
    damage=st.lists(st.tuples(st.floats(0, 0.9999), st.binary(min_size=1, max_size=64)), min_size=1)
)
def test_random_bytes(
    path: Path, sound: bytes, memory: Memory, damage: list[tuple[float, bytes]]
) -> None:
    """Overwritten anywhere with anything: it opens or is set aside, and then it works."""
    content = bytearray(sound)
    for where, scribble in damage:
        at = int(where * len(content))
        content[at : at + len(scribble)] = scribble
    only(path, bytes(content[: len(sound)]))

    check_it_works(path, memory)


@MANY
@given(wal=st.binary(max_size=5000), shm=st.binary(max_size=5000))
def test_random_companions(
    path: Path, sound: bytes, memory: Memory, wal: bytes, shm: bytes
) -> None:
    """Garbage in SQLite's helper files does no harm either."""
    only(path, sound)
    path.with_name(path.name + "-wal").write_bytes(wal)
    path.with_name(path.name + "-shm").write_bytes(shm)

    check_it_works(path, memory)


def places(data: Any) -> list[tuple[Any, Any]]:
    """List every (container, key) of a nested JSON object."""
    found = []
    for key, value in data.items():
        found.append((data, key))
        if isinstance(value, dict):
            found += places(value)
    return found


@MANY
@given(
    which=st.integers(0, 200),
    value=st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from([{}, [], {"kind": "State"}, {"kind": "Due"}, 1e308, 10**400]),
    ),
)
def test_wrong_value(memory: Memory, which: int, value: Any) -> None:
    """A checkpoint with one wrong value is refused, or is a state that can be told and written."""
    data = json.loads(codec.encode(memory.state))
    container, key = places(data)[which % len(places(data))]
    container[key] = value

    with suppress(ValueError):
        state = codec.decode(json.dumps(data))
        assert codec.decode(codec.encode(state)) == state


@given(text=st.text())
def test_no_state(text: str) -> None:
    """Text that is no state is refused with one kind of error."""
    with suppress(ValueError):
        codec.decode(text)
        pytest.fail(f"{text!r} was taken for a state")


@pytest.mark.parametrize("busy", [False, True])
def test_a_checkpoint_that_cannot_be_true(
    path: Path, memory: Memory, caplog: pytest.LogCaptureFixture, busy: bool
) -> None:
    """It alone is left out, beside a program that writes as well; its moment ends no watch."""
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [BOUT])
    with closing(sqlite3.connect(path)) as other, closing(Database(path)) as database:
        with other:
            other.execute("UPDATE checkpoint SET wall = 9e300")
        if busy:
            other.execute("BEGIN IMMEDIATE")
        assert database.open() is None
        assert database.was_set_aside
        left = list(other.execute("SELECT wall FROM checkpoint"))

    assert len(left) == busy
    why = "remembers an impossible moment: 9e+300"
    assert caplog.messages == [f"{path}: {why}; starting without it, the history stays"]


class TestDeaths:
    """A checkpoint on which the daemon dies must not become a crash loop."""

    def test_before_anything_is_written(
        self, path: Path, memory: Memory, caplog: pytest.LogCaptureFixture
    ) -> None:
        """After two lives that died of it, the third one begins without it; the history stays."""
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, [BOUT])
        for _ in range(2):
            with closing(Database(path)) as database:
                assert database.open() == memory

        with closing(Database(path)) as database:
            assert database.open() is None
            assert database.was_set_aside
            assert database.save(memory, [])
        for _ in range(2):
            with closing(Database(path)) as database:
                assert database.open() == memory
                assert not database.was_set_aside

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM bout").fetchone() == (1,)
        why = "the program ended 2 times at its last checkpoint"
        assert caplog.messages == [f"{path}: {why}; starting without it, the history stays"]

    def test_of_an_error_within_a_minute(self, path: Path, memory: Memory) -> None:
        """A checkpoint that a young life wrote before it died of an error is no better."""
        for _ in range(2):
            with closing(Database(path)) as database:
                database.open()
                database.save(memory, [])
                database.died()

        with closing(Database(path)) as database:
            assert database.open() is None
            assert database.was_set_aside

    def test_a_death_long_after(self, path: Path, memory: Memory, later: Memory) -> None:
        """A life that outlives its first minute begins the count anew."""
        for each in (memory, later):
            with closing(Database(path)) as database:
                database.open()
                assert database.save(each, [])
                database.died()

        with closing(Database(path)) as database:
            assert database.open() == later
            assert not database.was_set_aside

    @pytest.mark.parametrize(("seconds", "cleared"), [(59.9, False), (60, True)])
    def test_killed_after_a_death(
        self, path: Path, memory: Memory, seconds: float, cleared: bool
    ) -> None:
        """A life that others kill clears its checkpoints of an earlier death after a minute."""
        second = replace(memory, at=memory.state.started_at + seconds)
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, [])
            database.died()
        with closing(Database(path)) as database:
            database.open()
            assert database.save(second, [])
        with closing(Database(path)) as database:
            assert database.open() == second

        with closing(Database(path)) as database:
            assert database.open() == (second if cleared else None)

    def test_killed_by_others(self, path: Path, memory: Memory, later: Memory) -> None:
        """Whoever is killed by others has not died of it, however often; nor a minute later."""
        for _ in range(5):
            with closing(Database(path)) as database:
                database.open()
                assert database.save(memory, [])
        for _ in range(5):
            with closing(Database(path)) as database:
                assert database.open() is not None
                assert database.save(later, [])
                database.died()
                assert database.save(later, [])

        with closing(Database(path)) as database:
            assert database.open() == later


def test_removed_beside_the_daemon(
    path: Path, memory: Memory, later: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that somebody removes is missed at the next checkpoint, and begun anew."""
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [BOUT])
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()

        assert database.save(later, [BOUT])

    with closing(Database(path)) as database:
        assert database.open() == later
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM bout").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM watch").fetchone() == (1,)
    why = "was removed or replaced while it was in use"
    assert caplog.messages == [f"{path}: {why}; a new one is begun"]


def test_removed_while_it_is_opened(path: Path, memory: Memory, later: Memory) -> None:
    """A file that somebody removes during the long check of its integrity is missed as well."""

    class Unlucky(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            if sql.startswith("PRAGMA integrity_check") and not removed:
                path.unlink()
                removed.append(path)
            return super().execute(sql, parameters)

    removed: list[Path] = []
    with closing(Database(path)) as database:
        database.open()
        database.save(memory, [BOUT])
    with closing(Database(path, connect=partial(sqlite3.connect, factory=Unlucky))) as database:
        assert database.open() == memory
        assert database.save(later, [BOUT])

    with closing(Database(path)) as database:
        assert database.open() == later
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM bout").fetchone() == (1,)


def test_an_earlier_life_beside_the_checkpoint(path: Path, memory: Memory, later: Memory) -> None:
    """What waits for the clock outlives another life whole, and when watching began again."""
    before = replace(memory, at=7.5, wall=memory.wall - 60, boot_id="earlier", synchronised=False)
    both = replace(later, before=before, resumed_at=102.5)
    with closing(Database(path)) as database:
        database.open()
        assert database.save(both, [])

    with closing(Database(path)) as database:
        assert database.open() == both
