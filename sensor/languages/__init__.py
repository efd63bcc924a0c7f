"""The languages of the chair: English, and a gettext catalogue for each other one.

A catalogue is two files, `de.po` for translators and `de.mo`, made from it, for the program.
`tests/test_languages.py` says so when either is behind what is said, and how to mend it.
"""

from pathlib import Path

from sensor.core.words import Translate
from sensor.settings.config import Language


def translation(language: Language) -> Translate:
    """Return what translates the program's English; it loads the one catalogue that is needed."""
    if language == "en":
        return str
    from gettext import GNUTranslations  # noqa: PLC0415  (nobody else needs it)

    with Path(__file__).with_name(f"{language}.mo").open("rb") as catalogue:
        return GNUTranslations(catalogue).gettext
