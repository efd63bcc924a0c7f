"""The README's tables of faults and threats name tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = sorted(
    set(
        re.findall(
            r"`(tests/[\w/]*test_\w+\.py)(?:::(\w+))?`",
            "".join(
                (ROOT / page).read_text() for page in ("tests/README.md", ".github/SECURITY.md")
            ),
        )
    )
)


def test_there_are_some() -> None:
    """The pattern finds what it looks for."""
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_exists(file: str, name: str) -> None:
    """The file is there, and the test in it."""
    text = (ROOT / file).read_text(encoding="utf-8")

    assert f"def {name or 'test_'}" in text
