"""`chair-sensor self-check`: what is asked, what is kept, and that nobody is asked unasked."""

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sensor.commands.main import main
from sensor.core.coach import CAUTION
from sensor.core.self_check import EVERY, HINT, is_due
from sensor.languages import translation
from sensor.storage.database import Database

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """Answer on a terminal; return code, output, errors. The daemon has run before."""
    with closing(Database(tmp_path / "chair-sensor.db")) as database:
        database.open()

    def check(answers: str, *, language: str = "en", wanted: str = "true") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        settings = {"state_dir": tmp_path, "language": language, "self_check": wanted}
        code = main(["self-check", *(f"--set={key}={text}" for key, text in settings.items())])
        said = capsys.readouterr()
        return code, said.out, said.err

    return check


def kept(folder: Path) -> list[tuple[Any, ...]]:
    """Read all answers."""
    with closing(sqlite3.connect(folder / "chair-sensor.db")) as database:
        return list(database.execute("SELECT knees, pelvis, back FROM self_check ORDER BY at"))


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        ("en", "y\nno\nN\n"),
        ("en", "perhaps\nYes\n\nn\nno\n"),
        ("de", "j\nNEIN\nn\n"),
        ("de", "y\nno\nn"),
    ],
)
def test_answers_are_kept(check: Check, tmp_path: Path, language: str, answers: str) -> None:
    """Yes and no in either language, a word or a letter; whatever else is asked again."""
    assert check(answers, language=language)[0] == 0

    assert kept(tmp_path) == [(1, 0, 0)]


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_is_modest(check: Check, language: str) -> None:
    """Whatever is answered: caution first, a hint and no diagnosis."""
    translate = translation(language)

    said = " ".join(check("y\ny\ny\n", language=language)[1].split())

    assert all(text.said(translate) in said for text in (*CAUTION, HINT))


def test_half_answered(check: Check, tmp_path: Path) -> None:
    """Who stops has answered nothing."""
    code, _, err = check("y\n")

    assert (code, len(err.splitlines())) == (2, 1)
    assert "Nothing was noted" in err
    assert kept(tmp_path) == []


def test_off(check: Check, tmp_path: Path) -> None:
    """Who has not turned it on is not asked, and told how to."""
    code, out, err = check("y\ny\ny\n", wanted="false")

    assert (code, out) == (2, "")
    assert "self_check = true" in err
    assert kept(tmp_path) == []


def test_monthly() -> None:
    """The next one is a month after the last."""
    last = 1_772_438_400.0
    due = [is_due(None, last), is_due(last, last + EVERY - 1), is_due(last, last + EVERY)]
    assert due == [True, False, True]
