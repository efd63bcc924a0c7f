"""Changes to the machine: files and programs."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sensor.core.words import Text
from sensor.errors import AS_ROOT, ChairSensorError

Say = Callable[[Text], None]


class System:
    """Writes files and runs programs, and says so; with `dry` it only says so.

    Raises ChairSensorError.
    """

    def __init__(self, say: Say, *, dry: bool) -> None:
        self.dry = dry
        self.has_written = False
        """Whether a file was replaced."""
        self._say = say

    def write(self, path: Path, text: str, *, mode: int | None = None) -> None:
        """Replace a whole file; an existing one keeps its owner, and without `mode` its mode."""
        gaps = {"path": str(path)}
        self._say(Text("would write {path}", gaps) if self.dry else Text("writing {path}", gaps))
        if self.dry:
            return
        beside = path.with_name(f"{path.name}.new")
        try:
            if not path.parent.exists():
                path.parent.mkdir(parents=True)
                if mode is None:  # a service is no owner of its settings
                    path.parent.chmod(0o755)
            old = path.stat() if path.exists() else None
            kept = 0o644 if old is None else old.st_mode & 0o7777
            beside.unlink(missing_ok=True)
            with os.fdopen(
                os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
                "w",
                encoding="utf-8",
            ) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if old is not None:
                os.chown(beside, old.st_uid, old.st_gid)
            beside.chmod(kept if mode is None else mode)
            beside.replace(path)
            self.has_written = True
        except OSError as error:
            raise ChairSensorError(
                f"{path}: cannot be written ({error.strerror})", fix=AS_ROOT
            ) from None

    def give(self, path: Path, group: str) -> None:
        """Give a file to a group."""
        if self.dry:
            return
        try:
            shutil.chown(path, group=group)
        except (OSError, LookupError) as error:
            raise ChairSensorError(f"{path}: cannot be given to {group}: {error}") from None

    def run(self, *command: str) -> None:
        """Run a program. Raises ChairSensorError if it fails."""
        line = shlex.join(command)
        gaps = {"command": line}
        self._say(
            Text("would run: {command}", gaps) if self.dry else Text("running: {command}", gaps)
        )
        if self.dry:
            return
        try:
            done = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=False,
            )
        except OSError as error:
            raise ChairSensorError(f"{line}: {error.strerror}") from None
        if done.returncode:
            raise ChairSensorError(f"{line}: failed with exit code {done.returncode}")
