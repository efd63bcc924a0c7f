"""The check of the files that the settings name: whether the service, and who else, can read them.

They are judged by their modes, because the check-up does not run as the unit's user.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sensor.doctor.configuration import CREDSTORE, readable_by_others
from sensor.doctor.finding import Finding, fail, ok
from sensor.doctor.service import unit_may
from sensor.settings.unit import ONE, Unit

UNSEEN = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108
"""Folders that are hidden from the unit: ProtectHome=, PrivateTmp=."""
SECRETS = {"mqtt.password_file": "mqtt_password", "mqtt.key_file": "mqtt_key"}
"""Names of the credentials that should replace a file, by the key that names the file."""


def files(settings: Path, named: Mapping[str, Path], unit: Unit = ONE) -> Iterator[Finding]:
    """Check the settings file and the files in `named`, by their dotted keys."""
    faults = []
    if obstacle := _obstacle(settings):
        found, fix = obstacle
        first = f"after moving any password in it to {_stored(unit, 'mqtt_password')}"
        faults.append(fail("files", found, f"{fix}, {first}"))
    for key, path in named.items():
        obstacle = _obstacle(path)
        if key in SECRETS and (obstacle or readable_by_others(path)):
            found = obstacle[0] if obstacle else f"every user can read {path}"
            fix = (
                f"sudo install -D -m 600 {path} {_stored(unit, SECRETS[key])} makes it a "
                f"credential of the unit; then take {key} out of {settings}, and remove {path}"
            )
            faults.append(fail("files", f"{key}: {found}", fix))
        elif obstacle:
            found, fix = obstacle
            faults.append(fail("files", f"{key}: {found}", fix))
    yield from faults or [ok("files", "the service can read every file that the settings name")]


def _stored(unit: Unit, credential: str) -> Path:
    return CREDSTORE / unit.credential(credential)


def _obstacle(path: Path) -> tuple[str, str] | None:
    """Return what keeps the service from reading a file, and the fix for a file without secrets.

    None: nothing does, or the file cannot be examined; then the check of the settings says so.
    """
    real = path.resolve()
    if any(real.is_relative_to(folder) for folder in UNSEEN):
        fix = f"sudo install -m 644 {path} /etc/chair-sensor/, and name it there"
        return f"the service cannot see {path}: /home, /root and /tmp are hidden from it", fix
    try:
        for folder in reversed(real.parents):
            if not unit_may(folder, os.X_OK):
                return f"the service cannot enter {folder}", f"sudo chmod o+x {folder}"
        if not unit_may(real, os.R_OK):
            return f"the service cannot read {path}", f"sudo chmod o+r {path}"
    except OSError:
        pass
    return None
