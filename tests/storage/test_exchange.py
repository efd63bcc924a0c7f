"""Export, import and forget, through the command line; and what retention deletes."""

import json
import logging
import math
import os
import re
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensor.commands.main import main
from sensor.core.days import BELIEVED_AFTER
from sensor.core.history import Absence, Gap, Watch
from sensor.daemon.memory import Memory
from sensor.storage import forgetting, schema
from sensor.storage.database import Database
from sensor.storage.forgetting import forget
from sensor.storage.history import read
from sensor.storage.lock import only_one

MONDAY = 1_709_510_400
"""2024-03-04T00:00:00Z, a Monday."""
DAY = 86400
BERLIN = ZoneInfo("Europe/Berlin")
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

SOUND: dict[str, dict[str, Any]] = {
    "bouts": {
        "started_at": "2024-03-04T11:00Z",
        "ended_at": "2024-03-04T11:10Z",
        "seated_seconds": 600,
        "estimated": False,
        "mark": None,
    },
    "absences": {
        "left_at": "2024-03-04T11:10Z",
        "returned_at": "2024-03-04T11:20Z",
        "kind": "full",
    },
    "alerts": {
        "alert_id": "a-1",
        "began_at": "2024-03-04T11:01Z",
        "rang_at": "2024-03-04T11:01Z",
        "left_at": "2024-03-04T11:10Z",
        "ended_at": "2024-03-04T11:11Z",
        "max_level": 1,
        "snoozes": 0,
        "voided": False,
    },
    "gaps": {
        "started_at": "2024-03-04T12:00Z",
        "ended_at": "2024-03-04T12:01Z",
        "why": "down",
    },
    "watches": {"started_at": "2024-03-04T11:00Z", "ended_at": "2024-03-04T13:00Z"},
    "events": {
        "id": "e-1",
        "event_type": "break_due",
        "alert_id": "a-1",
        "at": "2024-03-04T11:01Z",
        "level": 1,
        "sitting_seconds": 60,
        "quiet": False,
    },
    "self_checks": {"at": "2024-03-04T11:00Z", "knees": True, "pelvis": False, "back": False},
}
"""A row for each table that may be imported."""

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


def written(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    """Write an export of these rows."""
    file = folder / "file.json"
    file.write_text(json.dumps({"format": "chair-sensor history", "version": 1, **rows}))
    return file


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
        """Only what begins in the period, each row on a line of its own."""
        _, text, _ = command(full.parent, "export", "2024-03-05")

        assert text == (
            '{\n"format": "chair-sensor history",\n"version": 1,\n"bouts": [\n'
            '  {"started_at": "2024-03-06T01:00:00.000+01:00",'
            ' "ended_at": "2024-03-06T01:10:00.000+01:00",'
            ' "seated_seconds": 600.0, "estimated": false, "mark": "voided"}\n],\n'
            '"absences": [],\n"alerts": [],\n"gaps": [],\n"watches": [],\n"events": [],\n'
            '"self_checks": [\n  {"at": "2024-03-06T01:11:40.000+01:00",'
            ' "knees": true, "pelvis": false, "back": false}\n]\n}\n'
        )

    def test_csv(self, full: Path, tmp_path: Path, command: Command) -> None:
        """One line for each row; flags are written as in JSON, and nothing where nothing is."""
        command(full.parent, "export", "--csv", "--output", str(tmp_path / "all"))

        assert (tmp_path / "all" / "bouts.csv").read_text() == (
            "started_at,ended_at,seated_seconds,estimated,mark\n"
            "2024-03-04T11:00:00.000+01:00,2024-03-04T12:00:00.500+01:00,3500.25,true,\n"
            "2024-03-06T01:00:00.000+01:00,2024-03-06T01:10:00.000+01:00,600.0,false,voided\n"
        )

    def test_anonymise(self, full: Path, command: Command) -> None:
        """Another year, the same weekdays, clocks and durations, and no id that tells a date."""
        plain = json.loads(command(full.parent, "export")[1])
        _, text, _ = command(full.parent, "export", "--anonymise")

        weeks = timedelta(weeks=-1261)

        def moved(value: Any) -> Any:
            try:
                local = datetime.fromisoformat(value).replace(tzinfo=UTC)
            except (TypeError, ValueError):
                return {"a-1": "1", "e-1": "2", "e-2": "3"}.get(value, value)
            return (local + weeks).isoformat(timespec="milliseconds")

        rows = {name: value for name, value in plain.items() if isinstance(value, list)}
        assert json.loads(text) == plain | {
            name: [{key: moved(value) for key, value in row.items()} for row in value]
            for name, value in rows.items()
        }
        assert json.loads(text)["watches"][0]["started_at"] == "2000-01-03T01:00:00.000+00:00"

    @pytest.mark.parametrize(("period", "rows"), [("2024-03-05", 2), ("2023-01-01", 0)])
    def test_anonymise_a_part(self, full: Path, command: Command, period: str, rows: int) -> None:
        """The week of its own first row is the first one; tables without a row do not matter."""
        _, text, _ = command(full.parent, "export", period, "--anonymise")

        told = [value for value in json.loads(text).values() if isinstance(value, list)]
        assert sum(map(len, told)) == rows
        assert ("2000-01-05T01:11:40.000" in text) is bool(rows)

    def test_csv_needs_a_folder(self, full: Path, command: Command) -> None:
        """Several files cannot go to standard output."""
        code, out, err = command(full.parent, "export", "--csv")

        assert (code, out) == (2, "")
        assert "name a folder with --output" in err

    @pytest.mark.parametrize("options", [[], ["--anonymise"]])
    def test_what_damage_has_made_impossible(
        self, full: Path, command: Command, options: list[str]
    ) -> None:
        """One bad row hides no other, and no formula gets out: it is left out, and said."""
        with closing(sqlite3.connect(full)) as connection, connection:
            connection.execute("UPDATE event SET id = '=1+1' WHERE id = 'e-1'")
            connection.execute("INSERT INTO absence VALUES (5, 'x', 0, 'full')")

        code, out, err = command(full.parent, "export", *options)

        assert (code, err) == (0, "left out 2 rows that cannot be true\n")
        assert "=1+1" not in out
        assert len(json.loads(out)["bouts"]) == 2

    def test_a_clock_that_was_put_back(self, full: Path, tmp_path: Path, command: Command) -> None:
        """Bouts that overlap are left out as few as possible, so that `import` takes the rest.

        Gaps may overlap: they have several causes.
        """
        empty = make(tmp_path / "empty")
        with closing(sqlite3.connect(full)) as connection, connection:
            for days in (3, 4):
                connection.execute(
                    "INSERT INTO bout VALUES (?, ?, 0, 60, 0, NULL)", (MONDAY, MONDAY + days * DAY)
                )
            connection.execute(
                "INSERT INTO gap VALUES (?, ?, 0, 'suspended')", (MONDAY, MONDAY + 60000)
            )

        code, _, err = command(full.parent, "export", "--output", str(tmp_path / "all.json"))
        added = command(empty.parent, "import", str(tmp_path / "all.json"))[1]

        assert code == 0
        assert err.startswith("left out 2 rows that share time with another")
        assert added.startswith("added 10 of 10 rows")

    @pytest.mark.parametrize("form", [[], ["--csv"]])
    def test_a_file_of_ones_own(
        self, full: Path, tmp_path: Path, command: Command, form: list[str]
    ) -> None:
        """Nobody else may read it, and an older one is replaced only by a whole one."""
        target = tmp_path / "all"

        command(full.parent, "export", *form, "--output", str(target))

        modes = {path.stat().st_mode & 0o777 for path in (target, *target.glob("*"))}
        assert modes == ({0o700, 0o600} if form else {0o600})

    def test_a_disk_that_is_full(self, full: Path, disk: Any, command: Command) -> None:
        """One line, and what was exported before is still there."""
        target = disk.path / "all.json"
        target.write_text("before")
        disk.fill()

        code, out, err = command(full.parent, "export", "--output", str(target))

        assert (code, out) == (1, "")
        assert err.startswith(f"chair-sensor: {target}: No space left on device; name a file")
        assert target.read_text() == "before"
        assert sorted(path.name for path in disk.path.iterdir()) == ["all.json", "filler"]

    @pytest.mark.parametrize(
        ("place", "why"),
        [
            ("none/all", "No such file or directory"),
            ("/proc/all", "No such file or directory"),
            ("file", "File exists"),
        ],
    )
    def test_where_no_folder_can_be_made(
        self, full: Path, tmp_path: Path, command: Command, place: str, why: str
    ) -> None:
        """One line, which says what else to name."""
        (tmp_path / "file").touch()

        told = command(full.parent, "export", "--csv", "--output", str(tmp_path / place))

        fix = "name a folder in one where you may write"
        assert told == (1, "", f"chair-sensor: {tmp_path / place}: {why}; {fix}\n")

    @pytest.mark.parametrize(
        ("place", "why"),
        [
            ("", "Is a directory; name a file in a folder you may write"),
            ("none/all.json", "No such file or directory; name a file in a folder you may write"),
            ("/proc/all.json", "No such file or directory; name a file in a folder you may write"),
            ("/dev/full", "No space left on device; name a file on another disk"),
        ],
    )
    def test_where_nothing_can_be_written(
        self, full: Path, tmp_path: Path, command: Command, place: str, why: str
    ) -> None:
        """A folder, none at all, a full device, a read-only file system: one line."""
        told = command(full.parent, "export", "--output", str(tmp_path / place))

        assert told == (1, "", f"chair-sensor: {tmp_path / place}: {why}\n")


class TestImport:
    """What cannot be read is one line, and nothing is imported."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("nonsense", "is not an export of chair-sensor: { is missing"),
            ("[]", "is not an export of chair-sensor"),
            ('{"format": "chair-sensor history"', "is not an export of chair-sensor: } is missing"),
            ('{"format": "chair-sensor history", "version": 9}', "version 9"),
            ('{"format": "chair-sensor history", "version": 1, "bouts": 1}', "no list of rows"),
            ('{"bouts": [' + "[" * 200_000, "chair-sensor: nested too deeply"),
            ('{"bouts" [7]}', "is not an export of chair-sensor: a key is missing"),
            ("{7: []}", "is not an export of chair-sensor: a key is missing"),
            ('{"version": 1} 2', "is not an export of chair-sensor: something follows the end"),
            ('{"version": x}', "is not an export of chair-sensor: Expecting value"),
            ('{"bouts": [7]}', "bouts, row 1: is not an object with columns"),
            ('{"bouts": [{"started_at": "2024-03-04T11:00Z"}]}', "row 1: ended_at is missing"),
        ],
    )
    def test_what_is_no_export(
        self, tmp_path: Path, command: Command, text: str, said: str
    ) -> None:
        """Each is one line with the file and what is wrong."""
        empty = make(tmp_path / "empty")
        (tmp_path / "file.json").write_text(text)

        code, out, err = command(empty.parent, "import", str(tmp_path / "file.json"))

        assert (code, out) == (2, "")
        assert said in err
        assert err.startswith(f"chair-sensor: {tmp_path / 'file.json'}: ")
        assert len(err.splitlines()) == 1
        assert not any(dump(empty).values())

    def test_where_there_is_no_history(self, tmp_path: Path, full: Path, command: Command) -> None:
        """It begins one that only its owner may read; a file that is refused leaves none behind."""
        file, new = tmp_path / "export.json", tmp_path / "new"
        command(full.parent, "export", "--output", str(file))
        (tmp_path / "wrong.json").write_text("{}")

        refused = command(new, "import", str(tmp_path / "wrong.json"))
        missing = command(new, "import", str(tmp_path / "missing.json"))
        left = new.exists()
        code, out, _ = command(new, "import", str(file))

        assert (refused[0], missing[0]) == (2, 2)
        assert not left
        assert (code, out) == (0, f"added 9 of 9 rows to {new}/chair-sensor.db\n")
        assert (new / "chair-sensor.db").stat().st_mode & 0o777 == 0o600
        assert dump(new / "chair-sensor.db") == dump(full)

    @pytest.mark.parametrize(
        ("table", "changes", "said"),
        [
            ("bouts", {"ended_at": ""}, "ended_at is empty"),
            ("bouts", {"ended_at": "2024-03-04T12:00"}, "has no offset"),
            ("bouts", {"ended_at": "soon"}, "ended_at 'soon' is not a moment such as"),
            ("bouts", {"ended_at": 1709510400}, "1709510400 is not a moment such as"),
            ("bouts", {"ended_at": "9999-03-04T12:00Z"}, "is not from 1970 to 2106"),
            ("watches", {"ended_at": "2106-02-07T06:28:16.001Z"}, "is not from 1970 to 2106"),
            ("bouts", {"started_at": "0001-01-01T00:00+14:00"}, "is not from 1970 to 2106"),
            ("bouts", {"started_at": "1969-12-31T23:59:59.999Z"}, "is not from 1970 to 2106"),
            (
                "bouts",
                {"started_at": "2024-03-04T11:00+14:01"},
                "started_at has an offset of 50460 s",
            ),
            ("bouts", {"ended_at": "2024-03-04T11:10-23:59"}, "not of -12 to +14 hours"),
            ("bouts", {"ended_at": "2024-03-04T10:59:59.999Z"}, "ended_at is before started_at"),
            ("bouts", {"seated_seconds": 360000}, "seated_seconds 360000 in a bout of 600 s"),
            ("bouts", {"seated_seconds": -1}, "seated_seconds -1 is not from 0"),
            ("bouts", {"seated_seconds": "long"}, "'long' is not from 0"),
            ("bouts", {"seated_seconds": "1_0"}, "'1_0' is not from 0"),
            ("bouts", {"seated_seconds": math.inf}, "inf is not from 0"),
            ("bouts", {"seated_seconds": math.nan}, "nan is not from 0"),
            ("bouts", {"seated_seconds": True}, "True is not from 0"),
            ("bouts", {"started_at": "2020-03-04T11:00Z"}, "is longer than a year"),
            ("bouts", {"estimated": 0}, "estimated '0' is not true or false"),
            ("bouts", {"mark": "=1+1"}, "'=1+1' is none of voided, long_occupancy"),
            ("bouts", {"mark": {}}, "{} is none of voided"),
            ("absences", {"kind": "open"}, "'open' is none of merged, short, full"),
            ("absences", {"returned_at": "2024-03-03T11:00Z"}, "returned_at is before left_at"),
            ("alerts", {"max_level": 2.7}, "2.7 is not a whole number from 0 to 4"),
            ("alerts", {"max_level": 5}, "5 is not a whole number from 0 to 4"),
            ("alerts", {"max_level": 0}, "max_level 0 contradicts rang_at"),
            ("alerts", {"max_level": False}, "False is not a whole number"),
            ("alerts", {"snoozes": -1}, "-1 is not a whole number"),
            ("alerts", {"left_at": "2024-03-04T12:00Z"}, "ended_at is before left_at"),
            ("alerts", {"rang_at": None, "max_level": 0}, "left_at stands without rang_at"),
            ("alerts", {"alert_id": "=HYPERLINK(1)"}, "is not an id of this program"),
            ("alerts", {"alert_id": "@x"}, "is not an id of this program"),
            ("alerts", {"alert_id": "a\n=1"}, "is not an id of this program"),
            ("alerts", {"alert_id": 7}, "7 is not an id of this program"),
            ("gaps", {"why": "asleep"}, "'asleep' is none of unplugged"),
            ("watches", {"ended_at": None}, "ended_at is empty"),
            ("events", {"event_type": "slept"}, "'slept' is none of sat_down"),
            ("events", {"id": "-1+1|cmd"}, "is not an id of this program"),
            ("events", {"level": 1e3}, "1000 is not a whole number from 0 to 4"),
            ("events", {"quiet": "maybe"}, "'maybe' is not true or false"),
            ("self_checks", {"knees": None}, "knees is empty"),
        ],
    )
    def test_a_row_that_cannot_be_true(
        self, tmp_path: Path, command: Command, table: str, changes: dict[str, Any], said: str
    ) -> None:
        """One wrong row is named with its reason, and costs no sound one: nothing is imported."""
        empty = make(tmp_path / "empty")
        rows = {name: [dict(row)] for name, row in SOUND.items()}
        rows[table].append(SOUND[table] | changes)
        file = written(tmp_path, rows)

        code, out, err = command(empty.parent, "import", str(file))

        assert (code, out) == (2, "")
        assert err.startswith(f"chair-sensor: {file}: {table}, row 2: ")
        assert said in err
        assert err.endswith("; nothing was imported\n")
        assert len(err.splitlines()) == 1
        assert not any(dump(empty).values())

    @pytest.mark.parametrize(
        ("table", "inside"),
        [
            ("bouts", {"started_at": 2, "ended_at": 3, "seated_seconds": 60}),
            ("absences", {"left_at": 12, "returned_at": 13}),
            ("alerts", {"began_at": 2, "rang_at": 2, "left_at": 3, "ended_at": 3}),
        ],
    )
    def test_rows_that_overlap(
        self, tmp_path: Path, command: Command, table: str, inside: dict[str, int]
    ) -> None:
        """Nobody sits on one chair twice: neither within a file nor beside what is there."""
        known = make(tmp_path / "known")
        first = SOUND[table]
        second = first | {
            name: f"2024-03-04T11:{value:02}Z" if name.endswith("_at") else value
            for name, value in inside.items()
        }

        def refused(*rows: dict[str, Any]) -> str:
            file = written(tmp_path, {table: list(rows)})
            before = dump(known)
            code, out, err = command(known.parent, "import", str(file))
            assert (code, out, dump(known)) == (2, "", before)
            start = f"chair-sensor: {file}: {table}, row 1: overlaps the {table[:-1]} of "
            assert err.startswith(start)
            assert err.endswith(":00.000+00:00; nothing was imported\n")
            return err.removeprefix(start)[:16] + "Z"

        moment = next(name for name in first if name.endswith("_at"))
        assert refused(first, second) == second[moment]
        for there, new in ((first, second), (second, first)):
            known = make(tmp_path / there[moment].replace(":", ""))
            command(known.parent, "import", str(written(tmp_path, {table: [there]})))
            assert refused(new) == there[moment]

    def test_moments_of_others(self, tmp_path: Path, command: Command) -> None:
        """From the first to the last of all times; the offset is that of the first of a row."""
        empty = make(tmp_path / "empty")
        rows = {
            "watches": [{"started_at": "1970-01-01T00:00Z", "ended_at": "2106-02-07T06:28:16Z"}],
            "bouts": [SOUND["bouts"] | {"ended_at": "2024-03-04T12:10:00.000499+01:00"}],
        }

        command(empty.parent, "import", str(written(tmp_path, rows)))

        assert dump(empty)["watch"] == {(0, 2**32, 0)}
        assert dump(empty)["bout"] == {(MONDAY + 39600, MONDAY + 40200, 0, 600, 0, None)}

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r")])
    def test_saved_by_a_spreadsheet(  # noqa: PLR0917  (pytest gives them by name)
        self, full: Path, tmp_path: Path, command: Command, encoding: str, delimiter: str, end: str
    ) -> None:
        """Other encodings, line ends and delimiters mean the same rows."""
        empty = make(tmp_path / "empty")
        folder = tmp_path / "all"
        command(full.parent, "export", "--csv", "--output", str(folder))
        for file in folder.iterdir():
            text = file.read_text().replace("false", "FALSE")
            if delimiter == ";":  # and each cell in quotes
                text = "".join('"' + line.replace(",", '","') + '"\n' for line in text.splitlines())
            text = text.replace(",", delimiter)
            text = re.sub(r'"(\d+)\.(\d+)"', r'"\1,\2"', text)  # decimal commas
            file.write_bytes(text.replace("\n", end).encode(encoding))

        assert command(empty.parent, "import", str(folder))[1].startswith("added 9 of 9 rows")
        assert dump(empty) == dump(full)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (
                b"2024-03-04T11:00Z,2024-03-04T11:10Z,3500,25,false,",
                ": bouts, row 2: has 6 cells under 5 names; nothing was imported",
            ),
            (b"2024-03-04T11:00Z", ": bouts, row 2: has 1 cells under 5 names; nothing was"),
            ("é".encode("latin-1"), "/bouts.csv: byte 99 is not text in UTF-8"),
        ],
    )
    def test_csv_that_is_broken(
        self, tmp_path: Path, command: Command, line: bytes, said: str
    ) -> None:
        """Too many cells, too few, or another encoding: one line with the file."""
        empty = make(tmp_path / "empty")
        head = b"started_at,ended_at,seated_seconds,estimated,mark\n"
        sound = b"2024-03-04T11:00Z,2024-03-04T11:10Z,600,false,\n"
        (tmp_path / "bouts.csv").write_bytes(head + b"\n" + sound + line)

        code, _, err = command(empty.parent, "import", str(tmp_path))

        assert code == 2
        assert err.startswith(f"chair-sensor: {tmp_path}{said}")
        assert len(err.splitlines()) == 1

    def test_a_folder_without_a_table(self, tmp_path: Path, command: Command) -> None:
        """What could be there is named; an empty file is a table without a row."""
        empty, folder = make(tmp_path / "empty"), tmp_path / "all"
        folder.mkdir()

        nothing = command(empty.parent, "import", str(folder))
        (folder / "bouts.csv").touch()
        no_row = command(empty.parent, "import", str(folder))

        names = "bouts, absences, alerts, gaps, watches, events, self_checks"
        assert nothing == (2, "", f"chair-sensor: {folder}: has none of {names} as .csv\n")
        assert no_row == (0, f"added 0 of 0 rows to {empty}\n", "")

    def test_into_a_damaged_history(self, full: Path, tmp_path: Path, command: Command) -> None:
        """A row there that cannot be true keeps none out."""
        damaged = make(tmp_path / "damaged", "INSERT INTO watch VALUES ('x', 'y', 0);")
        command(full.parent, "export", "--output", str(tmp_path / "all.json"))

        told = command(damaged.parent, "import", str(tmp_path / "all.json"))

        assert told == (0, f"added 9 of 9 rows to {damaged}\n", "")

    def test_into_a_newer_history(self, full: Path, tmp_path: Path, command: Command) -> None:
        """It says that nothing was imported."""
        file = written(tmp_path, {})
        with closing(sqlite3.connect(full)) as connection:
            connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")

        code, _, err = command(full.parent, "import", str(file))

        assert code == 1
        assert err.endswith("to begin a new history; nothing was imported\n")

    def test_beside_a_daemon_that_writes_meanwhile(
        self, full: Path, tmp_path: Path, command: Command, memory: Memory
    ) -> None:
        """What the daemon writes while the file is read is no reason to fail."""
        pipe = tmp_path / "pipe.json"
        text = command(full.parent, "export")[1]
        os.mkfifo(pipe)
        folder = tmp_path / "busy"
        with closing(Database(make(folder))) as database, ThreadPoolExecutor(1) as pool:
            database.open()
            imports = pool.submit(command, folder, "import", str(pipe))
            with pipe.open("w") as file:  # opens as soon as the import reads
                file.write(text[:200])
                file.flush()
                assert database.save(memory, [])
                file.write(text[200:])

            assert imports.result()[1].startswith("added 9 of 9 rows")


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

    @pytest.mark.parametrize("at_once", [1, 2, 2000])
    def test_all(
        self, full: Path, command: Command, monkeypatch: pytest.MonkeyPatch, at_once: int
    ) -> None:
        """Nothing is left, not even in the bytes of the file, in however many steps it went."""
        monkeypatch.setattr(forgetting, "AT_ONCE", at_once)
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
            forget(path, end=memory.wall + 20, now=memory.wall + 30, runs=True)
            assert database.save(later, [])

        assert read(path, zone=UTC).watches == (Watch(memory.wall + 20, later.wall, 0),)

    @pytest.mark.parametrize("period", ["all", "today", "week"])
    def test_today_beside_the_daemon(
        self, tmp_path: Path, command: Command, memory: Memory, period: str
    ) -> None:
        """The daemon watches on from now, and its own export adds no row to it."""
        now = time.time()
        ago = replace(memory, wall=now - 5, state=replace(memory.state, wall_offset=now - 115))
        with closing(Database(tmp_path / "chair-sensor.db")) as database, only_one(tmp_path):
            database.open()
            database.save(ago, [])
            far_from_now = f"day_starts={datetime.now(BERLIN) + timedelta(hours=12):%H}:00"
            code, _, _ = command(tmp_path, "forget", period, "--yes", "--set", far_from_now)
            assert database.save(replace(ago, wall=time.time()), [])
            exported = command(tmp_path, "export")[1]
            (tmp_path / "own.json").write_text(exported)
            again = command(tmp_path, "import", str(tmp_path / "own.json"))

        [watch] = read(tmp_path / "chair-sensor.db", zone=UTC).watches
        assert code == 0
        assert now <= watch.started_at <= watch.ended_at <= time.time()
        assert len(json.loads(exported)["watches"]) == 1
        assert again[1].startswith("added 0 of 1 rows")

    def test_a_daemon_that_was_killed(self, tmp_path: Path, memory: Memory) -> None:
        """Nobody has watched since its last checkpoint; a later day leaves no trace."""
        path = tmp_path / "chair-sensor.db"
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, [])

        forget(path, memory.wall + DAY, memory.wall + 2 * DAY, now=memory.wall + 3 * DAY)

        assert read(path, zone=UTC).watches == (Watch(memory.wall - 10, memory.wall, 0),)

    @pytest.mark.parametrize(
        ("start", "end", "kept"),
        [(-math.inf, math.inf, 0), (-math.inf, 5, 1), (5, math.inf, 1), (4, 5, 1)],
    )
    def test_what_the_daemon_remembers(
        self, tmp_path: Path, memory: Memory, start: float, end: float, kept: int
    ) -> None:
        """The checkpoint goes with all the rest, not with a part of it."""
        path = tmp_path / "chair-sensor.db"
        with closing(Database(path)) as database:
            database.open()
            database.save(memory, [])

        forget(path, start, end, now=memory.wall)

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM checkpoint").fetchone() == (kept,)

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

    @pytest.mark.parametrize(("seconds", "bouts"), [(BELIEVED_AFTER - 1, 2), (BELIEVED_AFTER, 0)])
    def test_a_doubted_clock(self, full: Path, memory: Memory, seconds: float, bouts: int) -> None:
        """Nothing goes by a date that has not stood for long."""
        state = replace(memory.state, doubted_since=memory.at - seconds)
        with closing(Database(full, keep_days=7)) as database:
            database.open()
            assert database.save(replace(memory, state=state), [])

        assert len(dump(full)["bout"]) == bouts

    def test_once_a_day(self, full: Path, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
        """It is looked for at the first checkpoint of each day, and said if anything went."""
        caplog.set_level(logging.INFO)
        day = replace(memory.state.day, date=memory.state.day.date + "+1")
        tomorrow = replace(memory, state=replace(memory.state, day=day))
        old = f"INSERT INTO gap VALUES ({MONDAY}, {MONDAY + 1}, 0, 'down')"  # noqa: S608
        gaps = []
        with closing(Database(full, keep_days=7)) as database:
            database.open()
            for each in (memory, memory, tomorrow, tomorrow):
                database.save(each, [])
                gaps.append(len(dump(full)["gap"]))
                with closing(sqlite3.connect(full)) as connection, connection:
                    connection.execute(old)

        assert gaps == [0, 1, 0, 1]
        assert caplog.messages == [
            f"{count} rows are older than keep_days = 7: deleted" for count in (9, 2)
        ]

    def test_a_watch_without_end(
        self, tmp_path: Path, memory: Memory, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The watch of a daemon that runs for longer is cut short, which is not told."""
        caplog.set_level(logging.INFO)
        state = replace(memory.state, started_at=memory.at - 30 * DAY)
        with closing(Database(tmp_path / "chair-sensor.db", keep_days=7)) as database:
            database.open()
            assert database.save(replace(memory, state=state), [])

        [watch] = dump(tmp_path / "chair-sensor.db")["watch"]
        assert watch == (memory.wall - 7 * DAY, None, 0)
        assert caplog.messages == []

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
