"""Where the history of the daemon on this machine lies, for those who are not the daemon."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sensor.errors import StorageError
from sensor.settings.config import Config
from sensor.storage import private
from sensor.storage.identity import state_directories

FILE = "chair-sensor.db"


@contextmanager
def database_to_write(config: Config) -> Iterator[Path]:
    """Give the database; where there is none, an empty file for one, which goes on an exception.

    Raises StorageError where there is one that may not be read, or none can be made.
    """
    places = [directory / FILE for directory in state_directories(config)]
    if any(os.path.lexists(path) for path in places) or any(map(_is_hidden, places)):
        yield existing_database(config)
        return
    path = places[0] if os.access(places[0].parent.parent, os.W_OK) else places[-1]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        private.opened(path, os.O_WRONLY, "w").close()
    except OSError as error:
        raise StorageError(
            f"{path}: {error.strerror}; name a folder: --set state_dir=DIR"
        ) from None
    try:
        yield path
    except BaseException:
        path.unlink()
        raise


def _is_hidden(path: Path) -> bool:
    """Whether this user may not look whether there is a file."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def existing_database(config: Config) -> Path:
    """Return the database. Raises StorageError where there is none, or none that may be read."""
    forbidden: list[Path] = []
    places = [directory / FILE for directory in state_directories(config)]
    for path in places:
        try:
            private.readable(path).close()
        except PermissionError:
            forbidden.append(path)
        except OSError:
            pass  # not here
        else:
            if forbidden:  # said, for it may not be the one that is meant
                print(f"you may not read {forbidden[0]}; this is {path}", file=sys.stderr)  # noqa: T201
            return path
    if forbidden:
        raise StorageError(
            f"{forbidden[0]}: you may not read it; say `sudo chair-sensor ...`, as the unit keeps "
            "its history where only root may look"
        )
    raise StorageError(
        f"no history yet in {' or '.join(str(path) for path in places)}; has the daemon run? "
        "Another place: --set state_dir=DIR"
    )
