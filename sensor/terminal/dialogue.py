"""Options, output and questions of a command."""

import argparse
import os
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sensor.errors import SettingsError

if TYPE_CHECKING:
    from sensor.settings.config import Config

DEBIAN = {"jinja2", "matplotlib", "textual"}
"""Optional libraries that Debian packages; its Python takes nothing from pip."""
NO_TERMINAL = "No terminal to ask on."
SEEN_BY_ALL = (
    "--set mqtt.password: every user of this machine can read it there; better in the environment "
    "(CHAIR_SENSOR_MQTT__PASSWORD) or in a file (mqtt.password_file)"
)


def loaded(
    options: argparse.Namespace, more: Sequence[str] = (), *, credentials_dir: Path | None = None
) -> "Config":
    """Load the settings that the command's options name, with those of `more` ("key=value") on top.

    `credentials_dir` holds the unit's secrets; None: systemd has handed them over, or there are
    none. Raises SettingsError with all that is wrong.
    """
    from sensor.settings.loading import load  # noqa: PLC0415  (pydantic takes its time)
    from sensor.settings.unit import ONE, unit_of  # noqa: PLC0415

    if any(text.partition("=")[0].strip() == "mqtt.password" for text in options.set):
        print(SEEN_BY_ALL, file=sys.stderr)  # noqa: T201
    return load(
        config_file=options.config,
        overrides=[*options.set, *more],
        credentials_dir=credentials_dir,
        unit=(credentials_dir and unit_of(options.config)) or ONE,
    )


def say(text: str) -> None:
    """Print a line."""
    print(text)  # noqa: T201


def answered(question: str, *, otherwise: str) -> str:
    """Ask; return the answer. Raises SettingsError with `otherwise` as its fix at the end of input.

    `input` shows the question on a terminal, and reads a pipe as well.
    """
    try:
        return input(question)
    except EOFError:
        raise SettingsError(NO_TERMINAL, fix=otherwise) from None
    except SystemExit:  # Ctrl-C: the shell's prompt begins a new line
        print(file=sys.stderr)  # noqa: T201
        raise


def agreed(question: str, *, otherwise: str) -> bool:
    """Ask; no answer is a no. Raises as `answered`."""
    answer = answered(f"{question} [y/N] ", otherwise=otherwise)
    return answer.strip().lower() in {"y", "yes"}


def to_add(*packages: str) -> str:
    """Return the command that adds packages to the Python of this program.

    An environment that sees the system's packages takes them from there: an upgrade replaces it.
    """
    managed = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists()
    alone = sys.prefix != sys.base_prefix and not _sees_the_system()
    if managed and not alone and DEBIAN.issuperset(packages):
        return f"sudo apt install {' '.join(f'python3-{name}' for name in packages)}"
    if sys.prefix != sys.base_prefix or not managed:
        sudo = "" if os.access(sys.prefix, os.W_OK) else "sudo "
        return f"{sudo}{sys.executable} -m pip install {' '.join(packages)}"
    return "install chair-sensor into a virtual environment, as in its README"


def _sees_the_system() -> bool:
    """Whether the virtual environment was made with --system-site-packages."""
    try:
        made = Path(sys.prefix, "pyvenv.cfg").read_text(encoding="utf-8").lower()
    except OSError:
        return False
    return "include-system-site-packages=true" in made.replace(" ", "")


def printable(line: str) -> str:
    """Return a line without what a terminal would obey: a stranger may have written it."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
