"""Reads a text file, whatever editor or spreadsheet has saved it.

UTF-8 with or without a byte-order mark, UTF-16 with one, and the line ends of any system.
"""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sensor.errors import SettingsError

BLOCK = 65536
"""Bytes read at once."""
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Each byte-order mark, and the encoding that it stands for."""


def read_text(path: Path) -> str:
    """Return the text of a file. Raises OSError, and SettingsError where the file is no text."""
    return "".join(read_blocks(path))


def read_blocks(path: Path) -> Iterator[str]:
    """Yield the text of a file piece by piece. Raises as `read_text` does."""
    with path.open("rb") as file:
        try:
            yield from decoded(file)
        except ValueError as error:
            raise SettingsError(f"{path}: {error}") from None


def decoded(file: BinaryIO) -> Iterator[str]:
    """Yield the text of an open file piece by piece. Raises ValueError, without the file's name."""
    block = file.read(BLOCK)
    mark, encoding = marked(block)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    place, block = len(mark), block[len(mark) :]
    while True:
        begun, _ = decoder.getstate()  # of a character that lies across two blocks
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise _no_text(place - len(begun) + error.start) from None
        before, zero, _ = text.partition("\0")
        if zero:  # UTF-16 without its mark, or no text at all
            raise _no_text(place - len(begun) + len(before.encode(encoding)))
        yield lines.decode(text, final=not block)
        if not block:
            return
        place += len(block)
        block = file.read(BLOCK)


def marked(data: bytes) -> tuple[bytes, str]:
    """Return the byte-order mark at the beginning, empty if there is none, and the encoding."""
    mark = next((mark for mark in MARKS if data.startswith(mark)), b"")
    return mark, MARKS.get(mark, "utf-8")


def _no_text(place: int) -> ValueError:
    return ValueError(f"byte {place + 1} is not text in UTF-8; save the file as UTF-8")
