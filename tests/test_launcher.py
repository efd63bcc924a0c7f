"""The few lines of sh in front of the installed program, and what it says without a package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sensor.__main__ import INCOMPLETE

ROOT = Path(__file__).parents[1]
LAUNCHER = ROOT / "systemd/command.sh"
RUNNING = f"python{sys.version_info.major}.{sys.version_info.minor}"


class Installation:
    """A folder as the installer leaves it, with a program that tells its arguments."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "a home"
        self.program = self.home / "program.abc"
        (self.program / "bin").mkdir(parents=True)
        (self.program / "lib" / RUNNING).mkdir(parents=True)
        self.python = folder / RUNNING
        # The name of the real file counts: that of Debian's /usr/bin/python3 is python3.13.
        shutil.copy("/bin/true", self.python)
        (self.program / "bin/python3").symlink_to(self.python)
        script = self.program / "bin/chair-sensor"
        script.write_text('#!/bin/sh\necho started "$@" $PYTHONNOUSERSITE\n')
        script.chmod(0o755)
        (self.home / "program").symlink_to("program.abc")
        self.launcher = folder / "chair-sensor"
        self.launcher.write_text(
            LAUNCHER.read_text().replace("/opt/chair-sensor", f"'{self.home}'", 1)
        )

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Start the command."""
        return subprocess.run(
            ["/bin/sh", self.launcher, *arguments], capture_output=True, text=True, check=False
        )


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    """Give an installation that is in order."""
    return Installation(tmp_path)


def test_in_order(installed: Installation) -> None:
    """The program gets its arguments as they are, and sees no packages of a home directory."""
    done = installed.start("run", "--set", "chair.name=Desk  chair")

    assert done.stdout == "started run --set chair.name=Desk  chair 1\n"


@pytest.mark.parametrize("gone", ["python", "other python", "script", "program", "link", "all"])
def test_broken(installed: Installation, gone: str) -> None:
    """Whatever of it is gone, one line says what to do, with the code that ends the restarts."""
    if gone == "python":  # as when the new system has none yet
        installed.python.unlink()
    elif gone == "other python":  # as after an upgrade of the system
        (installed.program / "lib" / RUNNING).rename(installed.program / "lib/python3.1")
    elif gone == "script":
        (installed.program / "bin/chair-sensor").unlink()
    elif gone == "program":
        shutil.rmtree(installed.program)
    elif gone == "link":
        (installed.home / "program").unlink()
    else:
        shutil.rmtree(installed.home)

    done = installed.start("doctor")

    assert done.returncode == INCOMPLETE
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "sudo systemd/install.sh --upgrade" in done.stderr


@pytest.mark.parametrize("command", ["check-config", "run"])
def test_a_package_is_missing(command: str) -> None:
    """A library that somebody has removed is named in one line, with the same code."""
    wrong = ["--set", "sit_limit=x"]  # without a mistake pydantic is not asked
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "sensor", command, *wrong],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == INCOMPLETE
    assert done.stderr.count("\n") == 1
    assert "the Python package pydantic is missing" in done.stderr
