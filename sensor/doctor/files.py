"""The files that the settings name: whether the service may read them, and who else may.

They are judged by their modes, for whoever runs the check-up is not the unit's user.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sensor.doctor.configuration import CREDSTORE, readable_by_others
from sensor.doctor.finding import Finding, fail, ok
from sensor.doctor.service import unit_may
from sensor.settings.loading import STORED

UNSEEN = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108
"""What the unit does not see of the machine: ProtectHome=, PrivateTmp=."""
SECRETS = {"mqtt.password_file": "mqtt_password", "mqtt.key_file": "mqtt_key"}
"""What is better handed to the unit as a credential, by the key that names a file instead."""


def files(settings: Path, named: Mapping[str, Path]) -> Iterator[Finding]:
    """Look at the settings file and at those that it names, by their dotted keys."""
    faults = []
    if obstacle := _obstacle(settings):
        found, fix = obstacle
        first = f"once no password is in it, which belongs in {_stored('mqtt_password')}"
        faults.append(fail("files", found, f"{fix}, {first}"))
    for key, path in named.items():
        obstacle = _obstacle(path)
        if key in SECRETS and (obstacle or readable_by_others(path)):
            found = obstacle[0] if obstacle else f"everybody may read {path}"
            fix = (
                f"sudo install -D -m 600 {path} {_stored(SECRETS[key])} makes it a credential of "
                f"the unit; then take {key} out of {settings}, and remove {path}"
            )
            faults.append(fail("files", f"{key}: {found}", fix))
        elif obstacle:
            found, fix = obstacle
            faults.append(fail("files", f"{key}: {found}", fix))
    yield from faults or [ok("files", "the service may read all that the settings name")]


def _stored(credential: str) -> Path:
    return CREDSTORE / STORED.format(credential)


def _obstacle(path: Path) -> tuple[str, str] | None:
    """Return what keeps the service from reading a file, and what to do if all may read it.

    None: nothing does, or the file cannot be looked at, which is told with the settings.
    """
    real = path.resolve()
    if any(real.is_relative_to(folder) for folder in UNSEEN):
        fix = f"sudo install -m 644 {path} /etc/chair-sensor/, and name it there"
        return f"the service does not see {path}: nothing below /home, /root or /tmp", fix
    try:
        for folder in reversed(real.parents):
            if not unit_may(folder, os.X_OK):
                return f"the service may not enter {folder}", f"sudo chmod o+x {folder}"
        if not unit_may(real, os.R_OK):
            return f"the service may not read {path}", f"sudo chmod o+r {path}"
    except OSError:
        pass
    return None
