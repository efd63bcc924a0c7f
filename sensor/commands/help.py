"""`chair-sensor help`: the help of a command, or a page of the documents, in the terminal."""

import argparse
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

from sensor.commands.parser import WIDEST, Parser
from sensor.errors import SettingsError, meant
from sensor.terminal import streams

PACKAGE = Path(__file__).parents[1]
SHIPPED = PACKAGE / "pages"
"""Where wheel and Debian package keep the pages that lie outside of the Python package."""
BULLET = re.compile(r" *(?:[-*]|\d+\.) ")
TOPICS = {
    "install": "systemd/README.md",
    "hardware": "hardware.md",
    "setting-up": "sensor/setup/README.md",
    "settings": "sensor/settings/README.md",
    "counting": "sensor/core/HOW-IT-COUNTS.md",
    "figures": "sensor/report/README.md",
    "data": "sensor/storage/README.md",
    "home-assistant": "sensor/homeassistant/README.md",
    "mqtt": "sensor/mqtt/README.md",
    "simulator": "sensor/simulator/README.md",
    "troubleshooting": ".github/SUPPORT.md",
    "privacy": ".github/SECURITY.md",
}
"""The page of each topic, by its place in the repository."""


def add(commands: "argparse._SubParsersAction[Parser]", whole_parser: Callable[[], Parser]) -> None:
    """Add `chair-sensor help`; `whole_parser` makes the parser of all commands."""
    parser = commands.add_parser(
        "help",
        help="explain a command, or show a page of the documents",
        description="Explain a command, or show a page of the documents.\n\n"
        f"The pages are {', '.join(TOPICS)}.",
        epilog="for example:\n  chair-sensor help report\n  chair-sensor help hardware\n",
    )
    parser.add_argument("topic", nargs="*", metavar="COMMAND|PAGE")
    parser.set_defaults(command=lambda options: _help(whole_parser(), options.topic))


def _help(parser: Parser, words: list[str]) -> None:
    if len(words) == 1 and words[0] in TOPICS:
        _show(page(TOPICS[words[0]]))
        return
    for word in words:
        if word not in parser.commands:
            known = [*parser.commands, *TOPICS]
            hint = meant(word, known, f"there is: {', '.join(known)}")
            raise SettingsError(f"{word!r} is neither a command nor a page; {hint}")
        parser = parser.commands[word]
    _show(parser.format_help())


def page(place: str) -> str:
    """Return a page of the documents, laid out for the terminal. Raises SettingsError."""
    for folder in (PACKAGE.parent, SHIPPED):
        try:
            text = (folder / place).read_text("utf-8")
        except OSError:
            continue
        return "\n".join(laid_out(text, min(shutil.get_terminal_size().columns, WIDEST)))
    raise SettingsError(f"{place} is not part of this installation; it is in the repository")


def laid_out(text: str, width: int) -> Iterator[str]:
    """Give the lines of a page of Markdown: links and pictures as their words, tables as lists."""
    text = re.sub(r"<!--.*?-->\n?|</?\w+>|\[Back to .*?\n", "", text, flags=re.DOTALL)
    in_code = False
    head: list[str] = []
    paragraph = ""
    for line in [*text.splitlines(), ""]:
        fence = line.lstrip().startswith("```")
        special = fence or in_code or not line or line[0] in "|#"
        if paragraph and (special or BULLET.match(line)):
            yield from _wrapped(paragraph, width)
            paragraph = ""
        head = head if line.startswith("|") else []
        if fence:
            in_code = not in_code
        elif in_code:
            yield f"    {line}"
        elif line.startswith("|"):
            cells = [_plain(cell).strip() for cell in re.split(r"(?<!\\)\|", line.strip("| "))]
            if not head:
                head = cells
                yield f"  {' | '.join(filter(None, head))}"
            elif not set(line) <= set("|-: "):
                yield from _row(head, cells, width)
        elif special:
            said = _plain(line).lstrip("# ")
            yield said.upper() if line.startswith("# ") else said
        else:
            paragraph += f" {line.strip()}" if paragraph else line


def _wrapped(paragraph: str, width: int) -> list[str]:
    said = _plain(paragraph)
    bullet = BULLET.match(said)
    below = " " * len(bullet[0]) if bullet else ""
    return textwrap.wrap(said, width, subsequent_indent=below, break_on_hyphens=False)


def _row(head: list[str], cells: list[str], width: int) -> Iterator[str]:
    """Give a row of a table: its first cell, and the others below with what they are."""
    yield f"  {cells[0]}"
    for name, cell in zip(head[1:], cells[1:], strict=False):
        if cell:
            said = f"{name}: {cell}" if len(head) > 2 and name else cell
            yield from textwrap.wrap(
                said,
                width,
                initial_indent="      ",
                subsequent_indent="        ",
                break_on_hyphens=False,
            )


def _plain(text: str) -> str:
    text = re.sub(r"!\[([^]]*)\]\([^)]*\)", r"(picture: \1)", text)
    text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`", "", text).strip("\n")


def _show(text: str) -> None:
    """Show a text, through a pager where it does not fit on the terminal."""
    fits = text.count("\n") < shutil.get_terminal_size().lines
    if fits or not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(text.rstrip())  # noqa: T201
        return
    from pydoc import pager  # noqa: PLC0415  (only long pages need it)

    os.environ.setdefault("LESS", "-FRX")
    pager(streams.spelled(text))
