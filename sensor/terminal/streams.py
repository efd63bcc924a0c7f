"""The standard streams of a command: encodings, and streams that refuse text.

Text for users takes the encoding of the terminal; a character that the encoding lacks becomes
ASCII. Text for programs (`for_programs`) is UTF-8 everywhere.
"""

import codecs
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

OUT = "standard output"
ERRORS = "chair-sensor"
"""Name of the handler that `prepare` gives to both streams."""
STAND_INS = str.maketrans(
    {
        **dict.fromkeys("█▓▆▇■●◉", "#"),
        **dict.fromkeys("░▄", ":"),
        "▒": "=",
        **dict.fromkeys("·•▂▁", "."),
        **dict.fromkeys("─━\N{EN DASH}\N{EM DASH}", "-"),
        **dict.fromkeys("│┃┊", "|"),
        **dict.fromkeys("♪♫", "*"),
        **dict(zip("ÄÖÜäöüß", ("Ae", "Oe", "Ue", "ae", "oe", "ue", "ss"), strict=True)),
        **dict(zip("„“”…≥≤→", ('"', '"', '"', "...", ">=", "<=", "->"), strict=True)),
    }
)
"""ASCII for characters that an encoding may lack; Unicode decomposes the others."""
C_LOCALES = {"C", "POSIX"}
SETTLED_BY = {"PYTHONIOENCODING", "PYTHONUTF8"}
"""Variables with which a user settles the encoding, whatever the locale says."""


def fill() -> None:
    """Give each standard stream that the caller has closed a file that takes its number.

    Otherwise the next file that is opened would take it: a line for standard error would end in
    the database. A closed standard output refuses what is written to it, as it does for `cat`.
    """
    for number, way in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one; a child gets it, too.
            os.set_inheritable(os.open(os.devnull, way), True)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


class _Named(io.FileIO):
    """A file whose errors of writing carry its name."""

    def write(self, data: "Buffer", /) -> int:
        """Write as much as fits at once; return the number of bytes. Raises OSError."""
        try:
            return super().write(data)
        except OSError as error:
            error.filename = OUT if self.name == 1 else self.name
            raise


class Lossy(io.FileIO):
    """A file that drops the text that the system refuses to write."""

    def __init__(self, number: int, refused: Callable[[], object] = lambda: None) -> None:
        super().__init__(number, "w", closefd=False)
        self._refused = refused

    def write(self, data: "Buffer", /) -> int:
        """Write as much as fits at once; return the number of bytes."""
        try:
            return super().write(data)
        except OSError:
            self._refused()
            return len(memoryview(data))


def opened(path: str) -> TextIO:
    """Open a file for writing, in UTF-8. Raises OSError, also while writing, with the name."""
    return io.TextIOWrapper(io.BufferedWriter(_Named(path, "w")), encoding="utf-8")


def prepare() -> None:
    """Let both output streams write any text, in whatever encoding the terminal has.

    Text that standard error refuses is lost: there is no other place for it.
    """
    # Python takes UTF-8 where the locale is C; a user who sets LC_ALL=C wants ASCII.
    plain = os.environ.get("LC_ALL") in C_LOCALES and os.environ.keys().isdisjoint(SETTLED_BY)
    for name, file in ("stdout", _Named(1, "w", closefd=False)), ("stderr", Lossy(2)):
        old = getattr(sys, name)
        new = io.TextIOWrapper(
            io.BufferedWriter(file),
            encoding="ascii" if plain else old.encoding,
            errors=ERRORS,
            line_buffering=old.line_buffering or old.write_through or name == "stderr",
        )
        setattr(sys, name, new)


def for_programs() -> TextIO:
    """Return standard output for JSON, CSV and YAML: UTF-8 in every locale."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # not a stand-in of a test
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    return sys.stdout


def draws() -> bool:
    """Whether the terminal shows blocks, lines and notes."""
    return all(
        codecs.lookup(stream.encoding).name == "utf-8" for stream in (sys.stdout, sys.stderr)
    )


def has_colours() -> bool:
    """Whether standard output is a terminal with colours that are not switched off."""
    fit = os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")
    return fit and sys.stdout.isatty()


def spelled(text: str) -> str:
    """Return a text as standard output will show it, to measure its width."""
    encoding = sys.stdout.encoding or "utf-8"  # a stand-in of a test has none
    return text.encode(encoding, ERRORS).decode(encoding)


def written_out() -> OSError | None:
    """Flush standard output; return the error that this met, None: all is written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # The interpreter would try again at its end, and change the exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        error.filename = OUT
        return error
    return None


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """Replace the characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character: str) -> str:
    """Spell a character in ASCII: its stand-in, its letters without accents, or its number."""
    import unicodedata  # noqa: PLC0415  (the daemon hardly ever needs it)

    plain = unicodedata.normalize("NFKD", character.translate(STAND_INS))
    letters = plain.encode("ascii", "ignore").decode()
    return letters or character.encode("ascii", "backslashreplace").decode()


codecs.register_error(ERRORS, _stand_in)
