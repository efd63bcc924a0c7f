"""`chair-sensor exercises`: everything that may be suggested, in the language that is set."""

import re

import pytest

from sensor.commands.main import main
from sensor.core.coach import CAUTION, EXERCISES
from sensor.languages import translation


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_are_listed(capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Each with its name, dose, cues and source, and every word of caution; it fits 80 columns."""
    translate = translation(language)

    assert main(["exercises", "--set", f"language={language}"]) == 0

    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) < 80
    listed = re.sub(r"\s+", " ", out)
    for exercise in EXERCISES:
        for text in (exercise.name, exercise.dose, exercise.cues):
            assert text.said(translate) in listed
        assert exercise.source in listed
    assert all(caution.said(translate) in listed for caution in CAUTION)


def test_places_and_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    """What needs a mat stands below those at the desk."""
    main(["exercises"])

    out = capsys.readouterr().out
    desk, mat = out.split("On a mat")
    assert re.search(r"Bodyweight squat\n +strength: 5-10 times", desk)
    assert re.search(r"Clamshell\n +strength: 10-15 times a side", mat)
