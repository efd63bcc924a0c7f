"""Writes the manual page and the shell completions from the parser: `python tests/manual.py`.

`tests/test_manual.py` fails when a file in `systemd/manual` is behind the command line.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import shtab

from sensor import __version__
from sensor.commands.help import TOPICS
from sensor.commands.main import EXIT_CODES, GROUPS, _parser
from sensor.commands.parser import Parser
from sensor.report.days import NAMES
from sensor.simulator.simulate import ready_scripts

FOLDER = Path(__file__).parents[1] / "systemd/manual"
FILES = {"bash": "chair-sensor.bash", "zsh": "_chair-sensor", "fish": "chair-sensor.fish"}
CHOICES = {
    "period": list(NAMES),
    "script": sorted(ready_scripts()),
    "sitter": ["office"],
    "speed": ["1", "60", "3600", "max"],
}
"""What may be written, where the parser itself takes more than these words."""
END = f"""\
.SH EXIT STATUS
.nf
{{codes}}
.fi
.SH FILES
.TP
.I /etc/chair-sensor/config.toml
The settings; `chair-sensor help settings` explains them.
.TP
.I /var/lib/chair-sensor
State and history of the systemd unit, for root alone.
.TP
.I /etc/credstore/chair-sensor.mqtt_password
The broker's password, for root alone.
.PP
A chair with a NAME has all of these with chair-sensor@NAME for chair-sensor.
.SH SEE ALSO
Pages of the documents: `chair-sensor help PAGE`, where PAGE is one of
{", ".join(TOPICS)}.
"""


def written() -> dict[str, str]:
    """Return the text of each file."""
    texts = {"chair-sensor.1": "\n".join(_manual(_parser())).replace("\\\\n", "\n") + "\n"}
    for shell, name in FILES.items():
        text = shtab.complete(_completed(_parser()), shell=shell)
        texts[name] = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).rstrip() + "\n"
    return texts


def _completed(parser: Parser) -> Parser:
    """Say of each option what a shell may offer for it."""
    for action in parser._actions:
        named = str(action.metavar)
        if action.dest in CHOICES:
            action.choices = CHOICES[action.dest]
        elif action.dest == "topic":
            action.choices = [*_parser().commands, *TOPICS]
        elif named == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif named.startswith(("FILE", "OUT")):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    for command in parser.commands.values():
        _completed(command)
    return parser


def _manual(parser: Parser) -> Iterator[str]:
    yield f'.TH CHAIR-SENSOR 1 "" "chair-sensor {__version__}" "User Commands"'
    yield ".SH NAME\nchair-sensor \\- a mat under a desk chair that gets you up once an hour"
    yield ".SH SYNOPSIS\n.B chair-sensor\n.I COMMAND\n.RI [ OPTIONS ]"
    yield f".SH DESCRIPTION\n{_escaped(parser.description)}"
    for title, names in GROUPS.items():
        yield f".SH {title.upper()}"
        for name in names.split():
            yield from _command(parser.commands[name])
    codes = "\n".join(line.strip() for line in EXIT_CODES.splitlines()[1:])
    yield END.format(codes=codes).rstrip()


def _command(parser: Parser) -> Iterator[str]:
    """Give a command, its options and its example."""
    yield f".SS {_escaped(parser.prog)}"
    yield _escaped(" ".join((parser.description or "").split()))
    for action in parser._actions:
        if action.dest != "help" and not parser.commands:
            yield f".TP\n.B {_escaped(_called(action))}"
            yield _escaped(str(action.help or ""))
    for line in re.findall("^  ((?:sudo )?chair-sensor .*)", parser.epilog or "", re.MULTILINE):
        yield f".PP\n.nf\n    {_escaped(line)}\n.fi"
    for command in parser.commands.values():
        yield from _command(command)


def _called(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(action.option_strings) + value if action.option_strings else value.strip()


def _escaped(text: str | None) -> str:
    return re.sub(r"(?m)^(?=[.'])", r"\\&", (text or "").replace("\\", "\\e").replace("-", "\\-"))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
