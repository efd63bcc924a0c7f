"""The systemd unit of the daemon, as systemd knows it: its state, and its settings file."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

UNIT = "chair-sensor.service"
BOOTED = Path("/run/systemd/system")
"""There if, and only if, systemd runs the machine: sd_booted(3)."""
_PROPERTIES = (
    "LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NRestarts,WatchdogUSec,"
    "ExecStart"
)


def properties() -> Mapping[str, str]:
    """Return what `systemctl show` knows of the unit; nothing where systemd does not run."""
    if not BOOTED.exists():
        return {}
    lines = output("systemctl", "show", UNIT, f"--property={_PROPERTIES}").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def installed() -> bool:
    """Whether the unit is there."""
    return properties().get("LoadState") == "loaded"


def is_of_unit(file: Path | None) -> bool:
    """Whether the unit's daemon reads this settings file; None: none was named."""
    if file is None:
        return True
    from sensor.settings.loading import DEFAULT_FILE  # noqa: PLC0415  (pydantic)

    named = re.search(r"--config[ =](\S+)", properties().get("ExecStart", ""))
    return file.absolute() == (Path(named[1]) if named else DEFAULT_FILE)


def output(*command: str) -> str:
    """Run a program of systemd's; return what it says, "" where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
