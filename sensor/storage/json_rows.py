"""Reader of a JSON object of lists, row by row, so that a large file needs little memory."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

LONGEST = 65536
"""Characters of one row, and of any other value outside the lists; no exported row comes near."""
_SPACE = re.compile(r"[ \t\n\r]*")
_decoded = json.JSONDecoder().raw_decode


class JsonRows:
    """One pass over the text of a JSON object. Raises ValueError where the text is none."""

    def __init__(self, blocks: Iterable[str]) -> None:
        self._blocks = iter(blocks)
        self._text = ""
        self._at = 0

    def __iter__(self) -> Iterator[tuple[str, int | None, Any]]:
        """Yield key, None and value, or for a list key, number from 1 and value of each element."""
        for _ in self._parts("{", "}"):
            key = self._value()
            if not isinstance(key, str) or not self._took(":"):
                raise ValueError("a key is missing")
            if self._next() == "[":
                for number, _ in enumerate(self._parts("[", "]"), 1):
                    yield key, number, self._value()
            else:
                yield key, None, self._value()
        if self._next():
            raise ValueError("something follows the end")

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        """Stop at each part of an object or a list, for the caller to take it."""
        if not self._took(opening):
            raise ValueError(f"{opening} is missing")
        if self._took(closing):
            return
        yield
        while self._took(","):
            yield
        if not self._took(closing):
            raise ValueError(f"{closing} is missing")

    def _value(self) -> Any:
        self._next()
        self._fill(LONGEST)
        try:
            value, self._at = _decoded(self._text, self._at)
        except json.JSONDecodeError as error:
            raise ValueError(error.msg) from None
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return value

    def _took(self, sign: str) -> bool:
        found = self._next() == sign
        self._at += found
        return found

    def _next(self) -> str:
        """Return the next character that is not white space without taking it; "" at the end."""
        while True:
            self._fill(1)
            space = _SPACE.match(self._text, self._at)
            assert space is not None  # noqa: S101  (it matches nothing, too)
            self._at = space.end()
            if self._at < len(self._text) or not self._text:
                return self._text[self._at : self._at + 1]

    def _fill(self, needed: int) -> None:
        """Have so many characters ahead, or all that are left."""
        while len(self._text) - self._at < needed:
            block = next(self._blocks, None)
            if block is None:
                self._text, self._at = self._text[self._at :], 0
                return
            self._text, self._at = self._text[self._at :] + block, 0
