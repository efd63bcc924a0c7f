"""Brings the catalogues up to date with what is said: `python tests/languages.py`.

New texts are added to each `sensor/languages/*.po`, empty, for somebody to translate; those that
are no longer said are dropped.
`tests/test_languages.py` fails until all of it is done.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from sensor.core.rules import MUST_HOLD, PROFILES
from sensor.core.status import STATUSES
from sensor.homeassistant import files

PACKAGE = Path(__file__).parents[1] / "sensor"
CATALOGUES = sorted((PACKAGE / "languages").glob("*.po"))


FOLDERS = (
    *("coaching", "commands", "core", "homeassistant", "languages", "mqtt", "report", "settings"),
    *("setup", "status"),
)
"""Those that speak to the sitter."""
MARKED = ("commands", "homeassistant", "mqtt", "settings", "setup")
"""Those where `say` takes texts of any kind: only `Text` counts."""


def texts_of_yaml(
    file: BinaryIO, *_: object, **_options: object
) -> Iterator[tuple[int, None, str, list[str]]]:
    """List the texts of a file for Home Assistant, as babel wants them."""
    for text in files.texts(file.read().decode()):
        yield 0, None, text, []


METHODS: list[tuple[str, Any]] = [
    ("**.py", "python"),
    ("**.html", "jinja2.ext:babel_extract"),
    ("**.yaml", texts_of_yaml),
]


def said() -> Catalog:
    """Collect what stands in `Text("...")` there, and in `say("...")` in a page."""
    found = Catalog(project="chair-sensor")
    for folder in FOLDERS:
        for _, _, english, *_ in extract_from_dir(
            PACKAGE / folder,
            method_map=METHODS,
            keywords={"Text": None} | ({} if folder in MARKED else {"say": None}),
        ):
            found.add(english)
    for word in (*STATUSES, *PROFILES, *(sentence for _, sentence in MUST_HOLD)):
        found.add(word)
    return found


def catalogue(path: Path) -> Catalog:
    """Read one language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


if __name__ == "__main__":
    for each in CATALOGUES:
        texts = catalogue(each)
        texts.update(said(), no_fuzzy_matching=True, update_creation_date=False)
        texts.obsolete.clear()
        with each.open("wb") as file:
            write_po(file, texts, no_location=True, width=100)
        missing = sum(not text.string for text in texts if text.id)
        print(f"{each.name}: {len(texts)} texts, {missing} to translate")  # noqa: T201
