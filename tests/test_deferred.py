"""A library is imported without the modules that it does not use here."""

import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = """\
import colorsys
import urllib.error
from fractions import Fraction as half

def hue():
    return colorsys.rgb_to_hls(1, 0, 0)

def error():
    return urllib.error.URLError("no")
"""


def asked(folder: Path, *lines: str) -> list[str]:
    """Run lines of Python beside the library, in an interpreter of their own; return the words."""
    start = ("import sys", "from sensor.deferred import deferred")
    return subprocess.run(
        [sys.executable, "-c", "\n".join([*start, *lines])],
        capture_output=True,
        cwd=folder,
        text=True,
        check=True,
    ).stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a library that imports three modules."""
    (tmp_path / "library.py").write_text(LIBRARY)
    return tmp_path


def importing(*after: str) -> list[str]:
    """Import the library with all three put off, and then do the rest."""
    names = "'library', 'colorsys', 'urllib.error', 'fractions', without=['optional']"
    return [f"with deferred({names}):", "    import library", *after]


def test_nothing_of_it_is_loaded(folder: Path) -> None:
    """Neither a module, nor one in a package, nor one of which a function is taken."""
    lines = importing("print(len({'colorsys', 'urllib.error', 'fractions'} & sys.modules.keys()))")

    assert asked(folder, *lines) == ["0"]


@pytest.mark.parametrize(
    ("use", "module", "result"),
    [
        ("library.hue()[1]", "colorsys", "0.5"),
        ("library.error().reason", "urllib.error", "no"),
        ("library.half('1/2')", "fractions", "1/2"),
    ],
)
def test_what_is_used_is_loaded(folder: Path, use: str, module: str, result: str) -> None:
    """The library works as ever, and the module is then there for all."""
    lines = importing(f"print({use}, {use}, {module!r} in sys.modules)")

    assert asked(folder, *lines) == [result, result, "True"]


def test_what_is_used_meanwhile_is_loaded(folder: Path) -> None:
    """A library may need at once what was to be put off."""
    with (folder / "library.py").open("a") as source:
        source.write("first = half('1/3')\n")

    assert asked(folder, *importing("print(library.first)")) == ["1/3"]


def test_others_get_the_module_itself(folder: Path) -> None:
    """Nobody else meets the stand-in, before or after the library uses it."""
    same = "import colorsys, urllib.error; print(*map(type, (colorsys, urllib.error)))"

    lines = importing(same, "library.hue(), library.error()", same)

    assert asked(folder, *lines) == 4 * ["<class", "'module'>"]


def test_a_library_of_the_library(folder: Path) -> None:
    """It may build on what is put off for the other: paho imports dnspython where there is one."""
    (folder / "other.py").write_text("import fractions\nclass Third(fractions.Fraction): pass\n")
    with (folder / "library.py").open("a") as source:
        source.write("import other\n")

    assert asked(folder, *importing("print(library.other.Third('1/3'))")) == ["1/3"]


def test_without(folder: Path) -> None:
    """What the library could use is missing for it alone."""
    (folder / "optional.py").write_text("raise TypeError\n")
    with (folder / "library.py").open("a") as source:
        source.write("try: import optional\nexcept ImportError: optional = None\n")

    assert asked(folder, *importing("print(library.optional)")) == ["None"]
