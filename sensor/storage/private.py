"""Files that only their owner may read: when somebody sat is nobody else's business.

A folder may hold files of others under any name, links among them. Nothing here follows a link,
shortens a file or overwrites one in place.
"""

import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO

UMASK = 0o077
"""Of a program that writes only such files."""


def opened(path: Path, flags: int, mode: str) -> IO[str]:
    """Open a file, made if need be, and take the rights of others away. Raises OSError."""
    file = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        os.fchmod(file, 0o600)
    return os.fdopen(file, mode, encoding="utf-8")


def replace(path: Path, pieces: Iterable[str]) -> None:
    """Write a file whole: after a power cut there is the old one or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with opened(beside, os.O_WRONLY | os.O_EXCL, "w") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def close_to_others(files: Iterable[Path]) -> None:
    """Take the rights of others away from files that an older version has made. Raises OSError."""
    for path in files:
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            path.chmod(0o600)
