"""What is said to people, kept apart from the language it is said in.

The program speaks English and leaves the numbers out; whoever shows a `Text` may translate it
before they are filled in. What stands in a `Text("...")` belongs into each catalogue of
`sensor/languages/`; `tests/languages.py` names the folders in which such texts are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]
"""From English to the sitter's language; `str` leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in English with named gaps, and what fills them in any language."""

    english: str
    gaps: Mapping[str, str] = field(default_factory=dict, hash=False)

    def said(self, translate: Translate = str) -> str:
        """Return the whole text, translated."""
        return translate(self.english).format(**self.gaps)
