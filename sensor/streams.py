"""The standard streams of a command: what they cannot write, and what cannot be written to them.

Text for people takes the encoding of the terminal; a character that the encoding lacks becomes
ASCII. Text for programs (`for_programs`) is UTF-8 everywhere.
"""

import codecs
import io
import os
import sys
import unicodedata
from contextlib import suppress
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
"""What an encoding lacks, in ASCII; for all others Unicode knows the letters, or nobody does."""
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
            # The lowest number that is free is this one; the resident daemon gets it, too.
            os.set_inheritable(os.open(os.devnull, way), True)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


class _Out(io.FileIO):
    """Standard output, which gives its name to what the system refuses to write."""

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = OUT
            raise


def prepare() -> None:
    """Let both output streams write any text, in whatever encoding the terminal has."""
    # Python takes UTF-8 where the locale is C; who has asked for C by LC_ALL wants ASCII.
    plain = os.environ.get("LC_ALL") in C_LOCALES and os.environ.keys().isdisjoint(SETTLED_BY)
    old, file = sys.stdout, _Out(1, "w", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(file), encoding=old.encoding, line_buffering=bool(old.line_buffering)
    )
    for stream in (sys.stdout, sys.stderr):
        reconfigure(stream, encoding="ascii" if plain else None, errors=ERRORS)


def for_programs() -> TextIO:
    """Return standard output for JSON, CSV and YAML: UTF-8 in every locale."""
    reconfigure(sys.stdout, encoding="utf-8", errors="surrogateescape")
    return sys.stdout


def reconfigure(stream: TextIO, *, encoding: str | None, errors: str) -> None:
    """Change how a stream encodes; one that a test has put in its place may stay as it is."""
    change = getattr(stream, "reconfigure", None)
    if change is not None:
        change(encoding=encoding or stream.encoding, errors=errors)


def draws() -> bool:
    """Whether the terminal shows more than letters: blocks, lines and notes."""
    return all(
        codecs.lookup(stream.encoding).name == "utf-8" for stream in (sys.stdout, sys.stderr)
    )


def has_colours() -> bool:
    """Whether standard output is a terminal that shows colours, and nobody minds."""
    fit = os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")
    return fit and sys.stdout.isatty()


def spelled(text: str) -> str:
    """Return a text as standard output will show it, so that it can be measured."""
    encoding = sys.stdout.encoding or "utf-8"  # of a stream that a test has put in its place
    return text.encode(encoding, ERRORS).decode(encoding)


def complain(text: str) -> None:
    """Tell what is wrong on standard error; there is nowhere to tell that it cannot be told."""
    with suppress(OSError):
        print(text, file=sys.stderr)  # noqa: T201


def written_out() -> OSError | None:
    """Flush both streams; return what has kept standard output from being written."""
    found = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout:
                found, error.filename = error, OUT
            # What is left in the buffer would fail once more when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return found


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """Replace the characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character: str) -> str:
    """Spell a character in ASCII: its stand-in, its letters without accents, or its number."""
    plain = unicodedata.normalize("NFKD", character.translate(STAND_INS))
    letters = plain.encode("ascii", "ignore").decode()
    return letters or character.encode("ascii", "backslashreplace").decode()


codecs.register_error(ERRORS, _stand_in)
