"""The state directory of a simulation: gone at its end, or kept with `--keep DIR`."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor.app import about
from sensor.errors import SettingsError
from sensor.settings.timezones import timezone
from sensor.simulator.simulation import World
from sensor.storage import private
from sensor.storage.paths import DATABASE

log = logging.getLogger(__name__)


@contextmanager
def kept_or_not(keep: Path | None) -> Iterator[Path]:
    """Yield the state directory: a new one that is deleted at the end, or the one to keep.

    Raises SettingsError if the one to keep cannot be written, or holds a history already.
    """
    if keep is None:
        with TemporaryDirectory(prefix="chair-sensor-") as folder:
            yield Path(folder)
        return
    from sensor.storage.lock import only_one  # noqa: PLC0415  (not on the way of the others)

    try:
        keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--keep {keep}: {error.strerror}; name a folder to write to") from None
    if (keep / DATABASE).exists():
        raise SettingsError(f"--keep {keep}: there is a history already; name another folder")
    private.opened(keep / DATABASE, os.O_WRONLY, "w").close()
    with only_one(keep):
        yield keep.absolute()


@contextmanager
def answering(world: World, state_dir: Path) -> Iterator[None]:
    """Answer `chair-sensor status --state-dir` meanwhile; do nothing where sockets are missing."""
    try:
        from sensor.status.server import NAME_BESIDE, StatusService  # noqa: PLC0415

        told = about(world.config, state_dir, "SimulatedFactory")
        if world.broker is world.memory:
            told["broker"] = "a broker in memory"
        service = StatusService(state_dir / NAME_BESIDE, world, world.machine.now, told)
    except ImportError:  # no such sockets on Windows
        yield
        return
    with service:
        yield


def tell_what_is_kept(folder: Path, start: float, end: float, zone: str | None) -> None:
    """Log the command that reports on the history that is kept."""
    days = (datetime.fromtimestamp(wall, timezone(zone)).date() for wall in (start, end))
    period = "..".join(map(str, sorted(set(days))))
    log.info("kept: chair-sensor report %s --set state_dir=%s", period, folder)
