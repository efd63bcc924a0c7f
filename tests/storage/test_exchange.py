"""Export, import and forget, through the command line; and what retention deletes."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from sensor.cli import main
from sensor.core.history import Absence, Gap, Watch
from sensor.ports import Memory
from sensor.storage import schema
from sensor.storage.database import Database
from sensor.storage.forgetting import forget
from sensor.storage.history import read

MONDAY = 1_709_510_400
"""2024-03-04T00:00:00Z, a Monday."""
DAY = 86400
ROWS = f"""
INSERT INTO bout VALUES ({MONDAY + 36000}, {MONDAY + 39600.5}, 3600, 3500.25, 1, NULL);
INSERT INTO bout VALUES ({MONDAY + 2 * DAY}, {MONDAY + 2 * DAY + 600}, 3600, 600, 0, 'voided');
INSERT INTO absence VALUES ({MONDAY + 39600.5}, {MONDAY + 2 * DAY}, 3600, 'full');
INSERT INTO alert VALUES ('a-1', {MONDAY + 39000}, NULL, NULL, {MONDAY + 39600}, 3600, 0, 0, 0);
INSERT INTO gap VALUES ({MONDAY + 50000}, {MONDAY + 3 * DAY}, 3600, 'down');
INSERT INTO watch VALUES ({MONDAY}, {MONDAY + 4 * DAY}, 3600);
INSERT INTO self_check VALUES ({MONDAY + 2 * DAY + 700}, 3600, 1, 0, 0);
INSERT INTO event VALUES ('e-1', 'sat_down', NULL, {MONDAY + 36000}, 3600, NULL, 0, 0);
INSERT INTO event VALUES ('e-2', 'break_due', 'a-1', {MONDAY + 39000}, 3600, 1, 3600.5, 1);
"""  # noqa: S608

Command = Callable[..., tuple[int, str, str]]


def make(folder: Path, script: str = "") -> Path:
    """Make a database with these rows."""
    folder.mkdir(exist_ok=True)
    path = folder / "chair-sensor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("".join(schema.STEPS) + script)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    return path


def dump(path: Path) -> dict[str, set[Any]]:
    """Read every row of the history."""
    tables = ("bout", "absence", "alert", "gap", "watch", "event", "self_check")
    with closing(sqlite3.connect(path)) as connection:
        return {table: set(connection.execute(f"SELECT * FROM {table}")) for table in tables}  # noqa: S608


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A database with every kind of row."""
    return make(tmp_path / "full", ROWS)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on the database in a folder; return code, output, errors."""

    def command(folder: Path, *arguments: str) -> tuple[int, str, str]:
        settings = ["--set", f"state_dir={folder}", "--set", "chair.timezone=Europe/Berlin"]
        code = main([*arguments, *settings])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


class TestExport:
    """What is written, and that it comes back."""

    @pytest.mark.parametrize("form", [["--output", "all.json"], ["--csv", "--output", "all"]])
    def test_round_trip(
        self,
        full: Path,
        tmp_path: Path,
        command: Command,
        form: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Every row is the same in a database that imported the export; twice adds nothing."""
        monkeypatch.chdir(tmp_path)
        empty = make(tmp_path / "empty")

        assert command(full.parent, "export", *form)[0] == 0
        first = command(empty.parent, "import", form[-1])
        second = command(empty.parent, "import", form[-1])

        assert dump(empty) == dump(full)
        assert first[1].startswith("added 9 of 9 rows")
        assert second[1].startswith("added 0 of 9 rows")

    def test_json(self, full: Path, command: Command) -> None:
        """The documented form, moments with their offset."""
        told = json.loads(command(full.parent, "export")[1])

        assert (told["format"], told["version"]) == ("chair-sensor history", 1)
        assert told["bouts"][0] == {
            "started_at": "2024-03-04T11:00:00.000+01:00",
            "ended_at": "2024-03-04T12:00:00.500+01:00",
            "seated_seconds": 3500.25,
            "estimated": True,
            "mark": None,
        }

    def test_a_period(self, full: Path, command: Command) -> None:
        """Only what begins in the period."""
        told = json.loads(command(full.parent, "export", "2024-03-05")[1])

        rows = {name: len(rows) for name, rows in told.items() if isinstance(rows, list) and rows}
        assert rows == {"bouts": 1, "self_checks": 1}

    def test_anonymise(self, full: Path, command: Command) -> None:
        """Another year, the same weekdays, clocks and durations, and no id that tells a date."""
        _, text, _ = command(full.parent, "export", "--anonymise")

        told = json.loads(text)
        assert "2024" not in text
        assert "a-1" not in text
        assert told["bouts"][0]["started_at"] == "2000-01-03T11:00:00.000+00:00"
        assert told["bouts"][0]["ended_at"] == "2000-01-03T12:00:00.500+00:00"
        assert told["alerts"][0]["alert_id"] == told["events"][1]["alert_id"]

    def test_csv_needs_a_folder(self, full: Path, command: Command) -> None:
        """Several files cannot go to standard output."""
        code, out, err = command(full.parent, "export", "--csv")

        assert (code, out) == (2, "")
        assert "name a folder with --output" in err


class TestImport:
    """What cannot be read is one line, and nothing is imported."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("nonsense", "is no JSON"),
            ("[]", "is no export of chair-sensor"),
            ('{"format": "chair-sensor history", "version": 9}', "version 9"),
            ("{BOUT}", "row 1: 'ended_at' is missing"),
            ('{BOUT, "ended_at": ""}', "ended_at is empty"),
            ('{BOUT, "ended_at": "2024-03-04T12:00"}', "has no offset"),
            ('{BOUT, "ended_at": "soon"}', "soon"),
            ('{BOUT, "ended_at": "2024-03-04T12:00Z", "seated_seconds": "long"}', "long"),
            ('{BOUT, "ended_at": "2024-03-04T12:00Z", "seated_seconds": Infinity}', "inf is not"),
            ('{BOUT, "ended_at": "9999-03-04T12:00Z"}', "ended_at 2.53"),
            ('{"format": "chair-sensor history", "version": 1, "bouts": 1}', "no list of rows"),
        ],
    )
    def test_mistakes(self, tmp_path: Path, command: Command, text: str, said: str) -> None:
        """Each names the file, the row and what is wrong."""
        empty = make(tmp_path / "empty")
        file = tmp_path / "file.json"
        row = '{"started_at": "2024-03-04T11:00:00+01:00"'
        if "BOUT" in text:
            head = '{"format": "chair-sensor history", "version": 1, "bouts": ['
            text = head + text.replace("{BOUT", row) + "]}"
        file.write_text(text)

        code, out, err = command(empty.parent, "import", str(file))

        assert (code, out) == (2, "")
        assert said in err
        assert err.startswith(f"chair-sensor: {file}: ")
        assert len(err.splitlines()) == 1
        assert not any(dump(empty).values())


class TestForget:
    """What is forgotten is gone."""

    def test_a_day(self, full: Path, command: Command) -> None:
        """Tuesday, when nobody sat: the absence over it ends with Monday, and nobody watched."""
        code, out, _ = command(full.parent, "forget", "2024-03-06", "--yes")

        wednesday = MONDAY + 2 * DAY + 3 * 3600  # 04:00 in Berlin
        found = read(full, zone=UTC)
        assert (code, out) == (0, "deleted 0 rows\n")
        assert found.watches == (
            Watch(MONDAY, wednesday, 3600),
            Watch(wednesday + DAY, MONDAY + 4 * DAY, 3600),
        )
        assert found.gaps == (Gap(MONDAY + 50000, wednesday, 3600, "down"),)

    def test_what_was_sat(self, full: Path, command: Command) -> None:
        """The day of the second bout, which began at one in the night and so was Tuesday's."""
        command(full.parent, "forget", "2024-03-05", "--yes")

        tuesday = MONDAY + DAY + 3 * 3600
        found = read(full, zone=UTC)
        assert [bout.mark for bout in found.bouts] == [None]
        assert found.absences == (Absence(MONDAY + 39600.5, tuesday, 3600, "full"),)

    def test_all(self, full: Path, command: Command) -> None:
        """Nothing is left, not even in the bytes of the file."""
        assert b"break_due" in full.read_bytes()

        code, out, _ = command(full.parent, "forget", "all", "--yes")

        assert (code, out) == (0, "deleted 8 rows\n")
        assert not any(dump(full).values())
        assert b"break_due" not in full.read_bytes()

    def test_beside_the_daemon(self, tmp_path: Path, memory: Memory, later: Memory) -> None:
        """The daemon goes on; it watches from then on."""
        path = tmp_path / "chair-sensor.db"
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, [])
            forget(path, end=memory.wall + 20)
            assert database.save(later, [])

        assert read(path, zone=UTC).watches == (Watch(memory.wall + 20, later.wall, 0),)

    def test_nobody_agrees(
        self, full: Path, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without a yes nothing is deleted."""
        monkeypatch.setattr("builtins.input", lambda _question: "")
        before = dump(full)

        code, _, err = command(full.parent, "forget", "all")

        assert (code, dump(full)) == (1, before)
        assert "nothing was deleted" in err


class TestRetention:
    """`keep_days`: what is older goes, by itself."""

    @pytest.mark.parametrize(
        ("keep_days", "synchronised", "bouts"),
        [(None, True, 2), (36500, True, 2), (7, False, 2), (7, True, 0)],
    )
    def test_sweeps(
        self, full: Path, memory: Memory, keep_days: int | None, synchronised: bool, bouts: int
    ) -> None:
        """Only what is older than the days to keep, and never by a clock that may be wrong."""
        with closing(Database(full, keep_days=keep_days)) as database:
            database.open()
            assert database.save(replace(memory, synchronised=synchronised), [])

        assert len(dump(full)["bout"]) == bouts

    def test_what_reaches_into_the_days_to_keep(self, full: Path, memory: Memory) -> None:
        """Stays whole; what was watched before is not known any more."""
        keep_until = MONDAY + 7 * DAY + 39000
        with closing(Database(full, keep_days=7)) as database:
            database.open()
            database.save(replace(memory, wall=float(keep_until)), [])

        found = dump(full)
        assert len(found["bout"]) == 2
        assert {row[0] for row in found["watch"]} >= {MONDAY + 39000}
        assert len(found["event"]) == 0
