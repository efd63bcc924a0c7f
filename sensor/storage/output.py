"""Writes a file of the user's own, whole or not at all.

What root has written for a user who called sudo is that user's.
"""

import errno
import stat
from collections.abc import Iterable
from pathlib import Path

from sensor.errors import ChairSensorError
from sensor.storage import private


def write(path: Path, pieces: Iterable[str]) -> None:
    """Write a file for its owner alone, whole or not at all. Raises ChairSensorError."""
    try:
        target = path.resolve()
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("w", encoding="utf-8") as device:
                device.writelines(pieces)
        else:
            private.replace(target, pieces, owner=private.caller())
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        fix = "name a file on another disk" if full else "name a file in a folder you may write"
        raise ChairSensorError(f"{path}: {error.strerror}", fix=fix) from None


def make(folder: Path) -> None:
    """Make a folder that only its owner may enter; one that is there stays as it is."""
    owner = private.caller()
    try:
        folder.mkdir(mode=0o700)
        if owner:
            private.give(folder, owner)
    except OSError as error:
        if not folder.is_dir():
            fix = "name a folder in one where you may write"
            raise ChairSensorError(f"{folder}: {error.strerror}", fix=fix) from None
