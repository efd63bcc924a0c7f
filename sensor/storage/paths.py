"""Where the daemon keeps its files, for the daemon itself and for the commands beside it."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sensor.errors import SettingsError, StorageError
from sensor.settings.config import Config
from sensor.settings.unit import ONE, Unit, instance_of, unit_of
from sensor.settings.unit import STATE as SYSTEM_STATE
from sensor.storage import private

log = logging.getLogger(__name__)

DATABASE = "chair-sensor.db"
CHANGED_SETTINGS = "changed-settings.json"
ANNOUNCED = "announced-entities.json"
CHAIR_ID = "chair_id"
LOCK = "chair-sensor.lock"


def state_directory(config: Config) -> Path:
    """Return the daemon's state directory, made if need be; the chair works without it, too.

    Raises SettingsError where nothing names one, and this user has no home.
    """
    own = _given(config) or own_directory(instance_of(config.file) or ONE)
    directory = next(iter(own), None)
    if directory is None:  # the unit's user may have no home to ask for
        raise SettingsError(
            "this user has no home directory to keep the state in; name a folder, for example "
            "--set state_dir=/var/lib/chair-sensor"
        )
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        private.close_to_others(directory.glob(f"{DATABASE}*"))
    except OSError as error:
        log.error("%s: %s; nothing will be remembered", directory, error.strerror)  # noqa: TRY400
    return directory


def state_directories(config: Config) -> list[Path]:
    """List where the daemon on this machine may keep its state, the likeliest first."""
    unit = instance_of(config.file) or ONE
    return named_directories(config) or [unit.own(SYSTEM_STATE), *own_directory(unit)]


def named_directories(config: Config) -> list[Path]:
    """List the state directories of the one daemon that the settings name; none: any daemon's."""
    return _given(config) or ([] if unit_of(config.file) else own_directory())


def own_directory(unit: Unit = ONE) -> list[Path]:
    """List where a daemon keeps its state that this user has started; a user may have no home."""
    try:
        return [unit.own(Path.home() / ".local/state/chair-sensor")]
    except RuntimeError:
        return []


@contextmanager
def database_to_write(config: Config) -> Iterator[Path]:
    """Give the database; where there is none, an empty file for one.

    On an exception that file goes again, and its folder if it is new.

    Raises StorageError where there is one that may not be read, or none can be made.
    """
    places = [directory / DATABASE for directory in state_directories(config)]
    if any(os.path.lexists(path) for path in places) or any(map(_is_hidden, places)):
        yield existing_database(config)
        return
    path = places[0] if os.access(places[0].parent.parent, os.W_OK) else places[-1]
    is_new = not path.parent.exists()
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
        if is_new:
            path.parent.rmdir()
        raise


def _is_hidden(path: Path) -> bool:
    """Whether this user may not look whether there is a file."""
    try:
        path.stat()
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def existing_database(config: Config) -> Path:
    """Return the database. Raises StorageError where there is none, or none that may be read."""
    forbidden: list[Path] = []
    places = [directory / DATABASE for directory in state_directories(config)]
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
    from sensor.settings.chairs import listed, units  # noqa: PLC0415  (the daemon needs neither)

    if forbidden:
        raise StorageError(
            f"{forbidden[0]}: you may not read it; say `sudo chair-sensor ...`, as the unit keeps "
            "its history where only root may look"
        )
    named = f"; another chair: --chair NAME ({listed()})" if len(units()) > 1 else ""
    raise StorageError(
        f"no history yet in {' or '.join(str(path) for path in places)}; has the daemon run? "
        f"An example: chair-sensor report --demo. Another place: --set state_dir=DIR{named}"
    )


def _given(config: Config) -> list[Path]:
    """Return the directory that settings or systemd name, if one of them does."""
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return [config.state_dir or Path(given)] if config.state_dir or given else []
