"""The systemd units of the daemon, one for each chair: their names, and what systemd knows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PROGRAM = "chair-sensor"
CHAIR = re.compile(r"[a-z0-9][a-z0-9_-]{0,17}")
"""A chair's name: a part of file names, and of a user's name of at most 31 letters."""
DEFAULT_FILE = Path("/etc/chair-sensor/config.toml")
STATE = Path("/var/lib/chair-sensor")
"""Where the unit without a name keeps the state; only root may look into it."""
BOOTED = Path("/run/systemd/system")
"""There if, and only if, systemd runs the machine: sd_booted(3)."""
_PROPERTIES = (
    "LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NRestarts,WatchdogUSec,"
    "ExecStart"
)


class Unit(NamedTuple):
    """A unit of the daemon, and all that is called after it.

    Where the chair without a name has `chair-sensor`, another one has `chair-sensor@NAME`: unit,
    folders of settings, state and socket, credentials.
    """

    chair: str | None = None
    """The chair's name, systemd's instance; None: the chair without a name."""

    @property
    def name(self) -> str:
        """The unit's name for `systemctl` and `journalctl -u`."""
        return PROGRAM if self.chair is None else f"{PROGRAM}@{self.chair}"

    @property
    def service(self) -> str:
        """The unit's whole name, as in the journal."""
        return f"{self.name}.service"

    @property
    def settings(self) -> Path:
        """The settings file that the unit names, unless a drop-in names another."""
        return self.own(DEFAULT_FILE.parent) / DEFAULT_FILE.name

    @property
    def restart(self) -> str:
        """The command that starts the daemon anew."""
        return f"sudo systemctl restart {self.name}"

    def credential(self, name: str) -> str:
        """Return the name of a credential's file in systemd's store."""
        return f"{self.name}.{name}"

    def own(self, folder: Path) -> Path:
        """Return what this unit has where the unit without a name has `folder`."""
        return folder if self.chair is None else folder.with_name(self.name)

    def command(self, words: str) -> str:
        """Spell a command line of this program for the chair."""
        return f"{PROGRAM} {words}" + (f" --chair {self.chair}" if self.chair else "")

    def properties(self) -> Mapping[str, str]:
        """Return what `systemctl show` knows of the unit; nothing where systemd does not run."""
        if not BOOTED.exists():
            return {}
        lines = output("systemctl", "show", self.service, f"--property={_PROPERTIES}").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def installed(self) -> bool:
        """Whether the unit is there."""
        return self.properties().get("LoadState") == "loaded"


ONE = Unit()
"""The unit of the chair without a name."""


def instance_of(file: Path | None) -> Unit | None:
    """Return the unit of the chair with a name that has this settings file; None: none has."""
    if file is None:
        return None
    program, _, chair = file.absolute().parent.name.partition("@")
    unit = Unit(chair)
    ours = program == PROGRAM and CHAIR.fullmatch(chair) and unit.settings == file.absolute()
    return unit if ours else None


def unit_of(file: Path | None) -> Unit | None:
    """Return the unit whose daemon reads this settings file; None: no unit's does.

    Where no file was named, the unit without a name is meant.
    """
    if file is None:
        return ONE
    if instance := instance_of(file):
        return instance
    named = re.search(r"--config[ =](\S+)", ONE.properties().get("ExecStart", ""))
    return ONE if file.absolute() == (Path(named[1]) if named else ONE.settings) else None


def output(*command: str) -> str:
    """Run a program of systemd's; return what it says, "" where it fails."""
    import subprocess  # noqa: PLC0415  (a tenth of what checking settings imports)

    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
