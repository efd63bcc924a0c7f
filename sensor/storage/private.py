"""Files that only their owner may read: when somebody sat is nobody else's business.

A folder may hold files of others under any name, links among them. Nothing here follows a link,
shortens a file or overwrites one in place.
"""

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO, BinaryIO

from sensor.settings.text_files import decoded

UMASK = 0o077
"""Of a program that writes only such files."""
ALONE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""No child gets the file, and Windows changes no byte of it."""
NO_WAIT, NO_LINK = getattr(os, "O_NONBLOCK", 0), getattr(os, "O_NOFOLLOW", 0)


def readable(path: Path) -> BinaryIO:
    """Open a file to be read. Raises OSError, also for a pipe or a device: neither has an end."""
    file = os.open(path, os.O_RDONLY | NO_WAIT | ALONE)
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        what = "Is a directory" if stat.S_ISDIR(mode) else "Is no file"
        raise OSError(errno.EINVAL, what, str(path))
    return os.fdopen(file, "rb")


def text(path: Path) -> str:
    """Return the text of a file, which a user may have edited. Raises OSError and ValueError."""
    with readable(path) as file:
        return "".join(decoded(file))


def opened(path: Path, flags: int, mode: str) -> IO[str]:
    """Open a file, made if need be, and take the rights of others away. Raises OSError."""
    file = os.open(path, flags | os.O_CREAT | NO_LINK | ALONE, 0o600)
    found = os.fstat(file)
    if _is_ours(found):
        os.fchmod(file, 0o600)
    return os.fdopen(file, mode, encoding="utf-8")


def caller() -> tuple[int, int] | None:
    """Return user and group of whoever called this program with sudo; None: nobody did."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    ids = [os.environ.get(name, "") for name in ("SUDO_UID", "SUDO_GID")]
    return (int(ids[0]), int(ids[1])) if all(map(str.isdecimal, ids)) else None


def give(folder: Path, owner: tuple[int, int]) -> None:
    """Give a folder to a user and a group; a link is not followed. Raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | NO_LINK | ALONE)
    try:
        os.fchown(file, *owner)
    finally:
        os.close(file)


def replace(path: Path, pieces: Iterable[str], *, owner: tuple[int, int] | None = None) -> None:
    """Write a file whole: after a power cut there is the old one or the new one. Raises OSError.

    `owner` is the user and the group who get the file; None: this user.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with opened(beside, os.O_WRONLY | os.O_EXCL, "w") as file:
            file.writelines(pieces)
            file.flush()
            if owner:  # the file was made a moment ago, under a name that nobody knows
                os.fchown(file.fileno(), *owner)
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def close_to_others(files: Iterable[Path]) -> None:
    """Take the rights of others away from files that an older version has made. Raises OSError."""
    for path in files:
        found = path.lstat()
        if _is_ours(found):
            path.chmod(0o600)


def _is_ours(found: os.stat_result) -> bool:
    """Whether it is a file of this user; Windows has no such owners, and other rights."""
    return stat.S_ISREG(found.st_mode) and hasattr(os, "geteuid") and found.st_uid == os.geteuid()
