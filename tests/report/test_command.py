"""`chair-sensor report`, from the command line to what is shown."""

import csv
import html
import io
import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from sensor.commands.main import main
from sensor.report import speech
from sensor.storage.exchange import imported
from sensor.storage.tables import TABLES
from sensor.terminal.dialogue import to_add

SCRIPT = """
0:00:10 sit
1:07:00 stand
1:15:00 sit
1:15:30 stand
1:15:50 sit
1:50:00 stand
1:53:00 sit
2:20:00 end
"""
MORNING = 1_709_539_200.0
"""2024-03-04T08:00:00Z."""
MONDAY = "2024-03-04"


@pytest.fixture
def report(
    play: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Play a morning; give the command that reports on it and returns code, output, errors."""
    monkeypatch.delenv("COLUMNS", raising=False)  # of whatever runs the tests
    play(SCRIPT, start=MORNING)

    def report(*arguments: str, state_dir: Path = tmp_path) -> tuple[int, str, str]:
        settings = ["--set", f"state_dir={state_dir}", "--set", "chair.timezone=UTC"]
        code = main(["report", *arguments, *settings])
        said = capsys.readouterr()
        return code, said.out, said.err

    return report


def test_a_day(report: Any) -> None:
    """The morning by hand: 67 min, 35 min with a pause of 20 s in it, 27 min still running."""
    code, out, _ = report(MONDAY)

    assert code == 0
    assert "Desk chair: Monday 4 March 2024" in out
    assert re.search(r"Chair time +2 h 8 min", out)
    assert re.search(r"Stretches of sitting +3", out)
    assert re.search(r"Longest stretch +1 h 6 min", out)
    assert re.search(r"Got up +3", out)
    assert re.search(r"Short breaks +1", out)
    assert re.search(r"Full breaks +1", out)
    assert re.search(r"Up within 5 min of an alert +0 of 1", out)
    assert "Sitting since 09:53" in out
    assert "Up to 1 min off the chair" in out
    assert re.search(r"watched 2 h 20 min of 24 h", out)


def test_without_colour(report: Any) -> None:
    """What goes to a pipe has no escape sequences, and fits on a page."""
    _, out, _ = report(MONDAY)

    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 100


def test_a_week(report: Any) -> None:
    """Each day has a line; one that nobody watched says so."""
    _, out, _ = report("2024-W10")

    assert re.search(r"Mon 4 Mar +2:08", out)
    assert re.search(r"Tue 5 Mar +unknown", out)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("period", [MONDAY, "2024-W10", "2024-02..2024-05", "2024"])
def test_width(
    report: Any, monkeypatch: pytest.MonkeyPatch, period: str, width: int, language: str
) -> None:
    """Nothing is cut off: from 60 characters on each column is either whole or not there."""
    monkeypatch.setenv("COLUMNS", str(width))

    _, out, _ = report(period, "--set", f"language={language}")

    assert max(map(len, out.splitlines())) <= width
    assert "…" not in out
    table = re.search(r"h:mm.*?\n\n", out, re.DOTALL)
    assert table is None or width == 60 or "█" * 5 in table[0]


def check_yourself(folder: Path) -> None:
    """Note the answers of a self-check on that Monday: yes, no, no."""
    row = {"at": MORNING + 9000, "utc_offset": 0, "knees": 1, "pelvis": 0, "back": 0}
    imported(folder / "chair-sensor.db", [(TABLES["self_check"], row)])


class TestSelfCheck:
    """The answers over time, and a reminder once a month; nothing where it is not wanted."""

    @pytest.mark.slow
    def test_shown(self, report: Any, tmp_path: Path) -> None:
        """They stand in the report of the period and of later ones, with what they are not."""
        check_yourself(tmp_path)
        page = tmp_path / "page.html"
        wanted = ("--set", "self_check=true")

        before, after = (report(day, *wanted)[1] for day in ("2024-03-03", "2024-W11"))
        told = json.loads(report(MONDAY, "--json", *wanted)[1])
        report(MONDAY, "--html", str(page), *wanted)

        assert "self-check" not in before
        assert re.search(r"4 Mar 2024 +yes +no +no", after)
        assert "not a diagnosis" in after
        assert told["self_checks"] == [
            {"at": "2024-03-04T10:30:00+00:00", "knees": True, "pelvis": False, "back": False}
        ]
        assert "not a diagnosis" in page.read_text("utf-8")

    def test_reminder(self, report: Any, tmp_path: Path) -> None:
        """Where the last one is long ago, or there was none, a report of today says so."""
        first = report("today", "--set", "self_check=true")[1]
        check_yourself(tmp_path)
        later = report("today", "--set", "self_check=true")[1]

        assert "No self-check yet" in first
        assert "The last self-check was on 4 Mar 2024" in re.sub(r"\s+", " ", later)

    def test_off(self, report: Any, tmp_path: Path) -> None:
        """By default nothing is said of it."""
        check_yourself(tmp_path)

        assert "self-check" not in report("today")[1]
        assert json.loads(report(MONDAY, "--json")[1])["self_checks"] == []


@pytest.mark.slow
@pytest.mark.parametrize("period", [MONDAY, "2024-W10", "2024-02..2024-05", "2023", "2020-01-01"])
def test_every_word_is_in_the_catalogues(
    report: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    """Where each translation is put in brackets, no word of terminal or page stands outside."""
    check_yourself(tmp_path)
    monkeypatch.setattr(speech, "translation", lambda _: "«{}»".format)
    page = tmp_path / "page.html"

    _, shown, _ = report(period, "--set", "self_check=true")
    report(period, "--set", "self_check=true", "--html", str(page))

    text = page.read_text("utf-8")
    labels = re.findall(r'aria-label="([^"]*)"', text)
    text = " ".join([re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL), *labels])
    for said in (shown, html.unescape(text)):
        assert "«" in said
        while (left := re.sub(r"«[^«»]*»", "", said)) != said:
            said = left  # noqa: PLW2901  (from the innermost outwards)
        assert set(re.findall(r"[^\W\d_]+", left.replace("Desk chair", ""))) <= {"h", "min", "s"}


@pytest.mark.slow
@pytest.mark.parametrize("period", [MONDAY, "2024-W10", "2024-02..2024-07", "2020-01-01"])
def test_german(report: Any, tmp_path: Path, period: str) -> None:
    """Whoever has set German is told in German, on the page, too."""
    page = tmp_path / "page.html"

    _, shown, _ = report(period, "--set", "language=de")
    report(period, "--set", "language=de", "--html", str(page))

    assert "Ein Tag beginnt um 04:00 Uhr." in re.sub(r"\s+", " ", shown)
    text = page.read_text("utf-8")
    assert '<html lang="de">' in text
    assert "sie stellen keine Diagnose" in text


@pytest.mark.parametrize("period", [MONDAY, "2024-W10", "2024-03", "2024-02..2024-07", "all"])
def test_json(report: Any, period: str) -> None:
    """Everything for programs, whatever the period; the total is what the days add up to."""
    code, out, _ = report(period, "--json")

    told = json.loads(out)
    assert code == 0
    assert told["rules"]["short_absence_seconds"] == 60
    assert told["total"]["transitions"] == 3
    for name in ("chair_seconds", "bouts", "coverage_seconds", "bouts_above_60_min"):
        assert told["total"][name] == sum(day[name] for day in told["days"])


def test_csv(report: Any) -> None:
    """A line for each day, with the names of the JSON."""
    _, out, _ = report("2024-W10", "--csv")

    lines = list(csv.DictReader(io.StringIO(out)))
    assert lines[0]["date"] == MONDAY
    assert len(lines) == 7
    assert lines[0]["short_breaks"] == "1"
    assert (lines[1]["chair_seconds"], lines[1]["prolonged_share"]) == ("0", "")


class TestNothing:
    """What is empty looks empty, not broken."""

    @pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
    def test_unwatched(self, report: Any, form: list[str]) -> None:
        """A day before everything."""
        code, out, err = report("2020-01-01", *form)

        assert (code, err) == (0, "")
        assert form or "the chair was not watched" in out

    def test_no_history(self, report: Any, tmp_path: Path) -> None:
        """No database is one line that says where it was looked for."""
        code, out, err = report(state_dir=tmp_path / "elsewhere")

        assert (code, out) == (1, "")
        assert len(err.splitlines()) == 1
        assert "no history yet in" in err


class TestMistakes:
    """One line each, and the next step."""

    @pytest.mark.parametrize(
        ("period", "said"),
        [
            ("lunch", "write today"),
            ("2099-01-01", "still to come"),
            ("0001", "not within the years"),
            ("2026-01-01..9999-12-31", "not within the years"),
        ],
    )
    def test_period(self, report: Any, period: str, said: str) -> None:
        """What is no period, or lies ahead."""
        code, out, err = report(period)

        assert (code, out) == (2, "")
        assert said in err
        assert len(err.splitlines()) == 1

    def test_damaged(self, report: Any, tmp_path: Path) -> None:
        """A file that is no database."""
        folder = tmp_path / "damaged"
        folder.mkdir()
        (folder / "chair-sensor.db").write_bytes(b"nonsense" * 500)

        code, _, err = report(state_dir=folder)

        assert code == 1
        assert "chair-sensor.db: " in err
        assert len(err.splitlines()) == 1

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_forbidden(self, report: Any, tmp_path: Path) -> None:
        """What only root may read says so."""
        (tmp_path / "chair-sensor.db").chmod(0)

        code, _, err = report()

        assert code == 1
        assert "sudo chair-sensor" in err

    @pytest.mark.slow
    def test_unwritable_page(self, report: Any, tmp_path: Path) -> None:
        """A page that cannot be written."""
        code, _, err = report(MONDAY, "--html", str(tmp_path / "no" / "page.html"))

        assert code == 1
        assert "No such file" in err


@pytest.mark.slow
@pytest.mark.parametrize("period", [MONDAY, "2024-W10", "2023", "2020-01-01"])
def test_page(report: Any, tmp_path: Path, period: str) -> None:
    """A page of its own: no address to load anything from, no script, every picture in words."""
    page = tmp_path / "page.html"

    code, out, _ = report(period, "--html", str(page))

    text = page.read_text(encoding="utf-8")
    assert (code, out) == (0, f"wrote {page}\n")
    assert "<script" not in text
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', text) == []
    assert re.findall(r"url\((?!#)", text) == []
    assert "does not interrupt a stretch" in text
    assert "#0" not in re.sub(r"--[a-z0-9-]+: #[0-9a-f]+", "", text)
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert text.count('role="img" aria-label="') == (5 if period in (MONDAY, "2024-W10") else 0)


@pytest.mark.slow
def test_a_chair_with_a_strange_name(report: Any, tmp_path: Path) -> None:
    """A name is a text, not a piece of the page."""
    page = tmp_path / "page.html"

    report(MONDAY, "--html", str(page), "--set", "chair.name=<script>alert(1)</script>")

    assert "<script" not in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_pages_beside_each_other(report: Any, tmp_path: Path) -> None:
    """In a folder pages are named after their days, and link to their neighbours that are there."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for week in ("2024-W09", "2024-W10", "2024-W12"):
        code, out, _ = report(week, "--html", str(folder))
        assert (code, out) == (0, f"wrote {folder / week}.html\n")

    links = {
        page.stem: re.findall(r'<a href="([^#"]*)"', page.read_text("utf-8"))
        for page in folder.iterdir()
    }
    assert links == {"2024-W09": [], "2024-W10": ["2024-W09.html"], "2024-W12": []}
    report("2024-W09", "--html", str(folder))
    assert '<a href="2024-W10.html">4 to 10 March 2024</a>' in (folder / "2024-W09.html").read_text(
        "utf-8"
    )


@pytest.mark.slow
class TestOpen:
    """`--open` shows the page in the browser."""

    def test_shown(self, report: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The browser is given the file."""
        page, seen = tmp_path / "page.html", tmp_path / "seen"
        browser = tmp_path / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" >{seen}\n')
        browser.chmod(0o700)
        monkeypatch.setenv("BROWSER", f"{browser} %s")

        code, _, _ = report(MONDAY, "--html", str(page), "--open")

        assert code == 0
        assert seen.read_text() == f"{page.as_uri()}\n"

    def test_without_a_file(
        self, report: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without `--html` the page is a new one; no browser is told with where it lies."""
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        monkeypatch.setattr("webbrowser.open", lambda _address: False)

        code, out, err = report(MONDAY, "--open")

        assert code == 1
        page = Path(out.removeprefix("wrote ").strip())
        assert page.name == f"{MONDAY}.html"
        assert page.exists()
        assert f"open {page} yourself" in err

    def test_of_a_page_only(self, report: Any) -> None:
        """Data is not shown in a browser."""
        assert report(MONDAY, "--open", "--json")[0] == 2


@pytest.mark.slow
class TestDemo:
    """`--demo`: a report on any machine."""

    def test_own_history(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A history to read cannot be named as well."""
        assert main(["report", "--demo", "--set", "state_dir=/x"]) == 2
        assert "leave out --set state_dir" in capsys.readouterr().err

    def test_week(self, capsys: pytest.CaptureFixture[str]) -> None:
        """It shows a week and the one before, without a history; a period may be named."""
        assert main(["report", "--demo"]) == 0
        week = capsys.readouterr()
        assert main(["report", "yesterday", "--demo", "--set", "language=de"]) == 0
        day = capsys.readouterr()

        assert (week.err, day.err) == ("", "")
        assert "Simulated chair: 9 to 15 March 2026" in week.out
        assert "7 days before" in week.out
        assert "Donnerstag, 12. März 2026" in day.out


class TestInstalled:
    """What a report needs where only the daemon's own packages are."""

    WITHOUT = (
        "import sys; sys.modules.update(dict.fromkeys(('rich', 'matplotlib', 'jinja2')));"
        "from sensor.__main__ import main; sys.exit(main())"
    )

    def bare(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Report without any package of an extra."""
        settings = ["--set", f"state_dir={folder}", "--set", "chair.timezone=UTC"]
        return subprocess.run(
            [sys.executable, "-c", self.WITHOUT, "report", MONDAY, *arguments, *settings],
            env={"PATH": os.environ["PATH"], "COLUMNS": "70"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @pytest.mark.slow
    def test_text(self, report: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The text needs nothing more."""
        monkeypatch.setenv("COLUMNS", "70")
        done = self.bare(tmp_path)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == report(MONDAY)[1]

    @pytest.mark.slow
    def test_page(self, report: Any, tmp_path: Path) -> None:
        """The page says what it needs, and how the program's own environment gets it."""
        assert report(MONDAY)[0] == 0  # there is something to show
        done = self.bare(tmp_path, "--html", str(tmp_path / "page.html"))

        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert re.search(r"the page needs (matplotlib|jinja2)[\w.]*: .*install", line)
        in_venv = sys.prefix != sys.base_prefix
        assert not in_venv or f"{sys.executable} -m pip install matplotlib jinja2" in line


@pytest.mark.parametrize(
    ("base", "managed", "writable", "advice"),
    [
        ("/usr", True, True, "{python} -m pip install textual"),
        ("/usr", True, False, "sudo {python} -m pip install textual"),
        ("/opt/chair-sensor", True, False, "sudo apt install python3-textual"),
        ("/opt/chair-sensor", False, True, "{python} -m pip install textual"),
    ],
)
def test_advice(tmp_path: Path, base: str, managed: bool, writable: bool, advice: str) -> None:
    """A virtual environment takes packages by its own pip, the system's Python by apt alone."""
    if managed:
        (tmp_path / "EXTERNALLY-MANAGED").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
        patch.setattr(sys, "prefix", "/opt/chair-sensor")
        patch.setattr(sys, "base_prefix", base)
        patch.setattr(os, "access", lambda *_: writable)
        said = to_add("textual")

    assert said == advice.format(python=sys.executable)


@pytest.mark.parametrize(
    ("seen", "packages", "advice"),
    [
        ("true", ("matplotlib", "jinja2"), "sudo apt install python3-matplotlib python3-jinja2"),
        ("true", ("amqtt",), "{python} -m pip install amqtt"),
        ("false", ("matplotlib",), "{python} -m pip install matplotlib"),
    ],
)
def test_advice_for_an_environment_that_an_upgrade_replaces(
    tmp_path: Path, seen: str, packages: tuple[str, ...], advice: str
) -> None:
    """What the system's Python has is added there if the environment sees it."""
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    (tmp_path / "pyvenv.cfg").write_text(f"include-system-site-packages = {seen}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
        patch.setattr(sys, "prefix", str(tmp_path))
        patch.setattr(sys, "base_prefix", "/usr")
        said = to_add(*packages)

    assert said == advice.format(python=sys.executable)


def test_what_is_in_force(report: Any, tmp_path: Path) -> None:
    """What was changed from Home Assistant counts for the report, too."""
    before = report(MONDAY)[1]
    (tmp_path / "changed-settings.json").write_text('{"break_min": 1200}')
    after = report(MONDAY)[1]

    assert "from 5 min on a full one" in " ".join(before.split())
    assert "from 20 min on a full one" in " ".join(after.split())


def test_no_home(report: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home directory is told so in one line."""

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    monkeypatch.setattr("sensor.storage.paths.SYSTEM_STATE", Path("/nowhere"))
    code = main(["report"])

    assert report(MONDAY)[0] == 0
    assert code == 1
