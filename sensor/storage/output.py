"""Writes a file of the user's own, whole or not at all."""

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
            private.replace(target, pieces)
    except OSError as error:
        raise ChairSensorError(
            f"{path}: {error.strerror}; name a file on a disk with room where you may write"
        ) from None


def make(folder: Path) -> None:
    """Make a folder that only its owner may enter; one that is there stays as it is."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ChairSensorError(
            f"{folder}: {error.strerror}; name a folder in one where you may write"
        ) from None
