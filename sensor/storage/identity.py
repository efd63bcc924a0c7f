"""The chair's id: made up once, kept in the state directory, and found again by commands."""

import logging
import os
import sys
from pathlib import Path

from sensor.errors import SettingsError
from sensor.settings.config import Config
from sensor.storage import private
from sensor.storage.paths import CHAIR_ID, state_directories

log = logging.getLogger(__name__)

MACHINE = (Path("/proc/device-tree/serial-number"), Path("/etc/machine-id"))
"""Files that tell machines apart, whatever is written or forgotten beside them."""
SALT = b"chair-sensor chair id 1 "
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-"


def chair_id(directory: Path) -> str:
    """Return the id kept in the state directory, making one up the first time.

    It is made of what outlives a reboot. So a directory that cannot be written, or is forgotten at
    each boot, does not bring a new device to Home Assistant with each start.
    """
    kept = existing_chair_id(directory)
    if kept is not None:
        return kept
    path, made = directory / CHAIR_ID, _derived(directory) or os.urandom(4).hex()
    try:
        private.replace(path, [made, "\n"])
    except OSError:
        log.warning("%s: cannot be written; set chair.id = %s to keep this identity", path, made)
    return made


def existing_chair_id(directory: Path) -> str | None:
    """Return the id kept in the state directory; None where there is none to be read."""
    try:
        return _kept(directory)
    except PermissionError:
        return None


def remembered_id(config: Config) -> str | None:
    """Return the id that a daemon on this machine has made; None: none can be read."""
    found = map(existing_chair_id, state_directories(config))
    return next((chair_id for chair_id in found if chair_id is not None), None)


def known_id(config: Config, *, sure: bool = False) -> str:
    """Return the id of the chair that a command is about; nothing is made up.

    Raises SettingsError where none can be read, and with `sure` also where a likelier state
    directory is hidden from this user.
    """
    if config.chair.id:
        return config.chair.id
    places = state_directories(config)
    hidden: list[Path] = []
    for directory in places:
        try:
            found = _kept(directory)
        except PermissionError:
            hidden.append(directory)
            continue
        if found is not None and not (hidden and sure):
            if hidden:  # said, for it may not be the one that is meant
                print(  # noqa: T201
                    f"you may not read the chair id in {hidden[0]}; this is the chair of "
                    f"{directory}: {found}",
                    file=sys.stderr,
                )
            return found
    looked = " or ".join(str(directory) for directory in places)
    as_root = "run this as root, or " if hidden else ""
    raise SettingsError(
        f"no chair id to be read in {looked}; {as_root}say which chair is meant: "
        "--set chair.id=ID (the ID is the second part of its topics)"
    )


def _derived(directory: Path) -> str | None:
    """Hash what is this machine's own, and the directory: each of its chairs has its own.

    The serial number of the board comes first: an image that was copied brings its machine id.
    Neither can be told from the hash (as in sd_id128_get_machine_app_specific of systemd).
    """
    import hmac  # noqa: PLC0415  (once in the life of a chair, and it brings OpenSSL)

    for path in MACHINE:
        try:
            own = path.read_bytes().strip(b"\0\n ")
        except OSError:
            continue
        if own.strip(b"0") and own != b"uninitialized":
            return hmac.new(own, SALT + os.fsencode(directory.absolute()), "sha256").hexdigest()[:8]
    return None


def _kept(directory: Path) -> str | None:
    """Return the id kept in a directory; None: no sound one. Raises PermissionError."""
    try:
        kept = private.text(directory / CHAIR_ID).strip()
    except PermissionError:
        raise
    except (OSError, ValueError):
        return None
    return kept if kept and set(kept) <= set(_LETTERS) else None
