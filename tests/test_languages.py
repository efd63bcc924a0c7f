"""The catalogues are complete and up to date, and the program speaks what is set."""

import json
import runpy
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sensor.core import words
from sensor.languages import LANGUAGES, translation

BRING_UP_TO_DATE = "translate what is empty in {}, then run: python tests/languages.py"
TOOL = runpy.run_path(str(Path(__file__).with_name("languages.py")))
CATALOGUES: list[Path] = TOOL["CATALOGUES"]


def gaps(text: str) -> set[str | None]:
    """Name what is to be filled into a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_a_catalogue() -> None:
    """What may be set is English and what there is."""
    assert {path.stem for path in CATALOGUES} == {*LANGUAGES} - {"en"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
class TestCatalogue:
    """One language."""

    def test_it_has_what_is_said(self, path: Path) -> None:
        """Every text of core and report, and no other."""
        english = {text.id for text in TOOL["said"]() if text.id}

        present = {text.id for text in TOOL["catalogue"](path) if text.id}

        assert len(english) > 20
        assert present == english, BRING_UP_TO_DATE.format(path.name)

    def test_it_is_translated(self, path: Path) -> None:
        """No text is empty, unsure or given up."""
        texts = TOOL["catalogue"](path)

        lacking = [text.id for text in texts if text.id and (not text.string or text.fuzzy)]

        assert lacking == [], BRING_UP_TO_DATE.format(path.name)
        assert not texts.obsolete

    def test_the_gaps_are_the_same(self, path: Path) -> None:
        """A translation names each number that the English names."""
        for text in TOOL["catalogue"](path):
            assert gaps(text.id) == gaps(text.string) or not text.id

    def test_the_program_reads_the_same(self, path: Path) -> None:
        """What the program makes of the catalogue is what Babel makes of it."""
        translate = translation(path.stem)

        for text in TOOL["catalogue"](path):
            assert translate(text.id) == text.string or not text.id


def test_english_is_what_the_core_says() -> None:
    """Without a catalogue a text is as it stands."""
    assert words.PROBLEMS["storage"].said(translation("en")) == words.PROBLEMS["storage"].english


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Time for a break in 5 min.", "Sitting; break due at 09:00."]),
        ("de", ["In 5 min ist es Zeit für eine Pause.", "Im Sitzen; Pause fällig um 09:00."]),
    ],
)
def test_language_acts(language: str, expected: list[str]) -> None:
    """Events, the state and the log are told in the language that is set."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "sensor", "simulate", "--script", "-", "--jsonl", "-"),
            *("--set", f"language={language}"),
        ],
        input="0:00 sit\n56:00 end\n",
        capture_output=True,
        text=True,
        check=True,
    )

    said: list[Any] = [json.loads(line).get("payload") for line in run.stdout.splitlines()]
    told = [one for one in said if isinstance(one, dict)]
    assert expected[0] in [one.get("message") for one in told]
    assert expected[1] in [one.get("reason") for one in told]
    assert f"break_soon: {expected[0]}" in run.stderr
