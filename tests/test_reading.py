"""The one reader of texts that a person may have saved."""

from pathlib import Path

import pytest

from sensor.errors import SettingsError
from sensor.settings.text_files import BLOCK, read_text

TEXT = "name = 'Büro'\nsecond line\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_encoding_and_line_end_gives_the_same_text(
    tmp_path: Path, encoding: str, end: str
) -> None:
    """Notepad, Excel and nano save the same words in other bytes."""
    mark = "\ufeff" if encoding.startswith("utf-16-") else ""
    (tmp_path / "file").write_bytes((mark + TEXT.replace("\n", end)).encode(encoding))

    assert read_text(tmp_path / "file") == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_characters_and_line_ends_across_two_blocks_stay_whole(
    tmp_path: Path, encoding: str
) -> None:
    """A file longer than one block is read as if it were one piece."""
    for shift in range(4):
        text = "x" * (BLOCK - 5 + shift) + "€\r\n€" + "ü" * BLOCK
        (tmp_path / "file").write_bytes(text.encode(encoding))

        assert read_text(tmp_path / "file") == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("data", "byte"),
    [
        ("Büro".encode("latin-1"), 2),
        (b"\xef\xbb\xbfB\xfcro", 5),
        ("ab".encode("utf-16-le"), 2),
        (b"\xff\xfea\0b", 5),
        (b"x" * (BLOCK - 1) + b"\xe2\x28", BLOCK),
        (b"x" * BLOCK + b"y\0", BLOCK + 2),
        (b"x" * (BLOCK - 1) + "€\0".encode(), BLOCK + 3),
        (b"x" * BLOCK + b"\xe2\x82", BLOCK + 1),
    ],
)
def test_other_encodings_are_refused_with_the_place(tmp_path: Path, data: bytes, byte: int) -> None:
    """The message names the file and the first byte that is no text."""
    (tmp_path / "file").write_bytes(data)

    with pytest.raises(SettingsError, match=rf"file: byte {byte} is not text in UTF-8; save"):
        read_text(tmp_path / "file")


def test_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    """Nothing is a text, too."""
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf")

    assert read_text(tmp_path / "file") == ""
