"""Where the history of the daemon on this machine lies, for those who are not the daemon."""

import sys
from pathlib import Path

from sensor.errors import StorageError
from sensor.settings.config import Config
from sensor.storage import private
from sensor.storage.identity import state_directories

FILE = "chair-sensor.db"


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
