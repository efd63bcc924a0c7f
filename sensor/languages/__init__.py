"""The languages of the chair: English, and a catalogue (`de.po`, as gettext has it) for each other.

A language is its catalogue, nothing else: it can be set as soon as the file lies here.
The program reads the catalogue as translators write it, which takes no longer than a compiled one.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from sensor.core.words import Text, Translate

FOLDER = Path(__file__).parent
LANGUAGES = ("en", *sorted(path.stem for path in FOLDER.glob("*.po")))
"""All that may be set."""
YES, NO = Text("yes"), Text("no")
_STRINGS = r'((?:".*"\n)+)'
_ENTRY = re.compile(rf"^msgid {_STRINGS}msgstr {_STRINGS}", re.MULTILINE)


def translation(language: str) -> Translate:
    """Return what translates the program's English; it loads the one catalogue that is needed."""
    if language == "en":
        return str
    entries = _ENTRY.findall((FOLDER / f"{language}.po").read_text("utf-8"))
    catalogue = {_joined(english): _joined(translated) for english, translated in entries}
    return lambda english: catalogue.get(english) or english


def of_environment(environ: Mapping[str, str]) -> str:
    """Return the language of the locale; English, if that has no catalogue."""
    locale = next(filter(None, map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language = re.split(r"[_.@]", locale)[0]
    return language if language in LANGUAGES else "en"


def meaning(answer: str, translate: Translate) -> bool | None:
    """Return what a word or its first letter means, in English or translated; None: neither.

    The words of a switch, as settings have them, are taken, too.
    """
    word = answer.strip().lower()
    for text, switch, meant in ((YES, {"on", "true"}, True), (NO, {"off", "false"}, False)):
        words = {text.english, text.said(translate)}
        if word and word in words | {each[0] for each in words} | switch:
            return meant
    return None


def _joined(strings: str) -> str:
    """Join the lines of one text; the escapes in a catalogue are those of JSON."""
    return "".join(map(json.loads, strings.splitlines()))
