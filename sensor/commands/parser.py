"""The parser of the command line: help that fits the terminal, and mistakes with a way out."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from sensor.core.rules import Rules
from sensor.errors import meant

WIDEST = 100
"""Columns of a help text; a longer line is hard to read."""
FILES = {
    ".toml": "--config",
    ".html": "--html",
    ".txt": "--script",
    ".recording": "--replay",
    ".jsonl": "--jsonl",
    ".json": "--output",
    ".yaml": "--output",
}
"""The option that a file of this kind belongs to."""
MEANT = "; did you mean {}?"


class Wrapped(argparse.HelpFormatter):
    """Wraps each paragraph at the terminal's width; a line that is indented stays as it is."""

    def __init__(self, prog: str) -> None:
        import shutil  # noqa: PLC0415  (only a command that is explained needs it)

        columns = shutil.get_terminal_size().columns - 2
        super().__init__(prog, width=min(columns, WIDEST), max_help_position=26)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(
            paragraph.rstrip()
            if "\n  " in paragraph
            else super(Wrapped, self)._fill_text(paragraph, width, indent)
            for paragraph in text.split("\n\n")
        )


class Parser(argparse.ArgumentParser):
    """A parser that lists commands in groups and says what was probably meant."""

    def __init__(self, *, groups: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(formatter_class=Wrapped, **options)
        self._groups = groups
        """The commands of each group, separated by spaces; None: one list of all."""
        self._following: argparse._SubParsersAction[Parser] | None = None

    @property
    def commands(self) -> Mapping[str, "Parser"]:
        """The parser of each command that may follow."""
        return self._following.choices if self._following else {}

    def add_subparsers(self, **options: Any) -> Any:
        """Add what may follow, a parser of this kind for each."""
        self._following = super().add_subparsers(**options)
        return self._following

    def format_help(self) -> str:
        """Return the help; the commands stand in their groups."""
        if self._groups is None or self._following is None:
            return super().format_help()
        listed = {each.dest: each for each in self._following._get_subactions()}  # noqa: SLF001
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, [], [], prefix="usage: ")
        formatter.add_text(self.description)
        for title, names in self._groups.items():
            formatter.start_section(title)
            formatter.start_section(None)
            formatter.add_arguments([listed[name] for name in names.split()])
            formatter.end_section()
            formatter.end_section()
        formatter.add_text(self.epilog)
        return re.sub(r":\n\n(?=    )", ":\n", formatter.format_help())

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse; a command refuses what it does not know itself, so that its help is named."""
        if self._groups is not None and args and len(args) > 1 and _is_option(args[0]):
            command = next((each for each in args if each in self.commands), None)
            if command is not None:
                self.error(f"{args[0]} stands before the command; write {command} {args[0]} ...")
        found, rest = super().parse_known_args(args, namespace)
        if rest and self._groups is None:
            self.error(f"{rest[0]} is not understood{self._meant(rest[0])}")
        return found, rest

    def error(self, message: str) -> NoReturn:
        """Say in a line what is wrong, in another how to go on; exit with 2."""
        if found := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)$", message):
            names = re.findall(r"[\w-]+", found[2])
            kind = "a command" if self.commands else f"one of {', '.join(names)}"
            message = f"{found[1]!r} is not {kind}{meant(found[1], names, form=MEANT)}"
        elif self.commands and "required" in message:
            message = f"name one of: {', '.join(self.commands)}"
        elif found := re.search(r"argument (.*): invalid int value: (.*)$", message):
            message = f"{found[1]} must be a whole number (got {found[2]})"
        elif found := re.search(r"argument (.*): expected one argument$", message):
            named = {"/".join(each.option_strings): each.metavar for each in self._actions}
            message = f"{found[1]} needs a value: {found[1]} {named.get(found[1])}"
        given = str(self._following.metavar) if self._following else "[OPTIONS]"
        self.exit(
            2,
            f"usage: {self.prog} {given}    (all of it: {self.prog} --help)\n"
            f"{self.prog}: error: {message}\n",
        )

    def _meant(self, text: str) -> str:
        """Say what was probably meant by something that is not understood."""
        options = [each for action in self._actions for each in action.option_strings]
        name = text.partition("=")[0]
        if not text.startswith("-"):
            option = FILES.get(Path(text).suffix, "--script" if "--script" in options else "")
            return MEANT.format(f"{option} {text}") if option in options else ""
        setting = name.lstrip("-").replace("-", "_")
        if "--set" in options and setting in {each.name for each in fields(Rules)}:
            return f"; settings are written --set {setting}=VALUE"
        if any(each.dest == "period" for each in self._actions):
            from sensor.report.days import NAMES  # noqa: PLC0415  (few commands have a period)

            if name.lstrip("-") in NAMES:
                return MEANT.format(name.lstrip("-"))
        return meant(name, options, form=MEANT)


def add_chair(group: argparse._MutuallyExclusiveGroup, *, may_be_new: bool = False) -> None:
    """Add --chair beside --config: it names the settings file of one of several chairs."""

    def settings_file(name: str) -> Path:
        from sensor.settings import chairs  # noqa: PLC0415

        return chairs.new_chair(name) if may_be_new else chairs.chair(name)

    group.add_argument(
        "--chair",
        dest="config",
        type=settings_file,
        metavar="NAME",
        help="which chair, where this machine has several (default: the one without a name)",
    )


def add_record(parser: argparse.ArgumentParser) -> None:
    """Add the option that writes a recording."""
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="write down what reaches the chair, for `simulate --replay`; appends",
    )


def _is_option(text: str) -> bool:
    return text.startswith("--") and text not in {"--help", "--version"}
