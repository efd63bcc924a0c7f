"""The templates by which Home Assistant reads our messages; null becomes None, shown as unknown.

What depends on the language is a function of the translation; `discovery.py` calls it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sensor.core.words import Text, Translate

InWords = Callable[[Translate], object]
"""Makes a value of a component in the sitter's language."""


def template(expression: str) -> str:
    """Make a template of an expression."""
    return "{{ " + expression + " }}"


def value(key: str) -> str:
    """Make a template of a key as it stands."""
    return template(f"value_json.{key}")


def text(key: str) -> str:
    """Cut to what Home Assistant takes as a state: 255 characters."""
    return template(f"(value_json.{key} | string)[:255]")


def on_off(key: str) -> str:
    """ON, OFF, or None for null."""
    return template(f"{{true: 'ON', false: 'OFF'}}.get(value_json.{key})")


def minutes(key: str, step: int) -> str:
    """Seconds as minutes, rounded down to a multiple of `step`: 59:59 is not yet 60."""
    seconds = f"value_json.{key}"
    return template(f"{_minutes(seconds, step)} | int if {seconds} is number else none")


def hours(key: str, step: int) -> str:
    """The same minutes as hours, with four decimals.

    The last one is rounded up: Home Assistant makes "5h 25m" of it by cutting off, before 2025
    "5:25:00".
    """
    seconds = f"value_json.{key}"
    shown = f"({_minutes(seconds, step)} / 60) | round(4, 'ceil')"
    return template(f"{shown} if {seconds} is number else none")


def attributes(**values: str) -> str:
    """Make a template of an entity's attributes, each an expression."""
    return template(as_json(values))


def as_json(values: Mapping[str, str]) -> str:
    """Make an expression: an object of which each value is an expression."""
    pairs = ", ".join(f"'{name}': {expression}" for name, expression in values.items())
    return f"{{{pairs}}} | tojson"


def options(words: Sequence[str]) -> InWords:
    """List words that a select offers, or a sensor shows."""
    return lambda translate: [translate(word) for word in words]


def chosen(key: str, words: Sequence[str]) -> InWords:
    """Read a key whose value is one of `words`, and show that word in the sitter's language."""

    def made(translate: Translate) -> str:
        said = {word: translate(word) for word in words}
        return value(key) if [*said] == [*said.values()] else template(looked_up(said, key))

    return made


def choice(words: Sequence[str]) -> InWords:
    """Turn a word in the sitter's language back into the word on the wire; None in English."""

    def made(translate: Translate) -> str | None:
        said = {translate(word): word for word in words}
        return None if [*said] == [*said.values()] else template(f"{_literal(said)}.get(value)")

    return made


def sentences(texts: Mapping[Any, Text], key: str, **values: str) -> InWords:
    """Make attributes: `values`, and as `message` the sentence that goes with a key's value."""

    def made(translate: Translate) -> str:
        said = {word: text.said(translate) for word, text in texts.items()}
        return attributes(**values, message=looked_up(said, key))

    return made


def looked_up(words: Mapping[str, str], key: str) -> str:
    """Make an expression: what `words` has for the value of a key, none for null."""
    return f"{_literal(words)}.get(value_json.{key})"


def _minutes(seconds: str, step: int) -> str:
    return f"(({seconds} | round) // {step * 60} * {step})"


def _literal(words: Mapping[str, str]) -> str:
    return json.dumps(words, ensure_ascii=False)
