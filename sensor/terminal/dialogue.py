"""What a command is told by its options, says to whoever runs it, and asks them."""

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
"""What Debian has of all that only some commands need; its Python takes nothing from pip."""


def loaded(
    options: argparse.Namespace, more: Sequence[str] = (), *, credentials_dir: Path | None = None
) -> "Config":
    """Load the settings that the command's options name, and those of `more` ("key=value") on top.

    `credentials_dir` is where to find the unit's secrets, if it is not systemd that starts us.
    Raises SettingsError, all that is wrong in one, where they cannot be.
    """
    from sensor.settings.loading import load  # noqa: PLC0415  (pydantic takes its time)

    return load(
        config_file=options.config,
        overrides=[*options.set, *more],
        credentials_dir=credentials_dir,
    )


def say(text: str) -> None:
    """Print a line."""
    print(text)  # noqa: T201


def answered(question: str, *, nobody: str) -> str:
    """Ask; return the answer. Raises SettingsError with the text of `nobody` if nobody is there.

    It asks of `input`, which shows the question on a terminal and reads a pipe as well.
    """
    try:
        return input(question)
    except EOFError:
        raise SettingsError(nobody) from None


def agreed(question: str, *, otherwise: str) -> bool:
    """Ask; no answer is a no. Raises SettingsError, with what to do otherwise, without anybody."""
    answer = answered(f"{question} [y/N] ", nobody=f"nobody is there to ask; {otherwise}")
    return answer.strip().lower() in {"y", "yes"}


def to_add(*packages: str) -> str:
    """Say how to add packages to the Python in which this program lives.

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
