"""A place that outlives the process, but not the boot, and never waits: memory, not a disk."""

import logging
import os
from pathlib import Path

from sensor.daemon.ports import Scratch
from sensor.storage import private

log = logging.getLogger(__name__)

NAME = "redo"
"""Of the file in the unit's runtime directory, which is the daemon's alone."""


class RuntimeScratch(Scratch):
    """A file in the unit's runtime directory (tmpfs). Outside of systemd there is none."""

    def __init__(self) -> None:
        directory = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
        self._path = Path(directory) / NAME if directory else None
        self._file: int | None = None

    def write(self, line: str) -> bool:
        """Put a line in the place of the last one; False: there is no such place."""
        if self._path is None:
            return False
        try:
            if self._file is None:
                self._file = private.descriptor(self._path, os.O_WRONLY)
            # What a longer line has left is behind the end of this one, and is not read.
            os.pwrite(self._file, f"{line}\n".encode(), 0)
        except OSError as error:
            log.warning("%s: %s; events wait for the disk", self._path, error.strerror)
            self._path = None
            return False
        return True

    def read(self) -> str:
        """Return the last line, of this process or of one before it; empty if there is none."""
        try:
            return "" if self._path is None else private.text(self._path).partition("\n")[0]
        except (OSError, ValueError):
            return ""
