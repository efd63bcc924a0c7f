"""The manual page and the completions are those of the parser, and shells understand them."""

import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sensor.commands.main import _parser

TOOL: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("manual.py")))
FOLDER: Path = TOOL["FOLDER"]


def test_up_to_date() -> None:
    """Each file says what the parser says; if not: `python tests/manual.py`."""
    for name, text in TOOL["written"]().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text


def test_every_command_is_in_the_manual() -> None:
    """Each command has a section, each option a line."""
    manual = (FOLDER / "chair-sensor.1").read_text(encoding="utf-8").replace("\\-", "-")

    for name, command in _parser().commands.items():
        assert f".SS chair-sensor {name}\n" in manual
        options = [each for action in command._actions for each in action.option_strings]
        assert [each for each in options if each[:2] == "--" and each not in manual] == ["--help"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["sta"], {"status"}),
        (["simulate", "--sp"], {"--speed"}),
        (["simulate", "--script", "w"], {"workday"}),
        (["report", "last"], {"last-week"}),
        (["homeassistant", "p"], {"purge"}),
        (["help", "hard"], {"hardware"}),
    ],
)
def test_bash(typed: list[str], offered: set[str]) -> None:
    """Bash offers commands, options and words."""
    words = " ".join(f"'{word}'" for word in ("chair-sensor", *typed))
    code = f"""
    source {FOLDER / "chair-sensor.bash"}
    COMP_WORDS=({words}) COMP_CWORD={len(typed)}
    $(complete -p chair-sensor | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells(shell: str) -> None:
    """The others read their file without complaint."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")

    done = subprocess.run(
        [shell, "-n", str(FOLDER / TOOL["FILES"][shell])],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
