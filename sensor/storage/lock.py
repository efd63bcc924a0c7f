"""The lock on a state directory: two daemons on one chair would fight."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from sensor.errors import ChairSensorError
from sensor.settings.unit import PROGRAM
from sensor.storage import private
from sensor.storage.paths import LOCK

log = logging.getLogger(__name__)


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """Hold the lock, where there can be one. Raises ChairSensorError while another daemon does."""
    path = state_dir / LOCK
    with ExitStack() as stack:
        try:
            _lock(stack.enter_context(private.opened(path, os.O_RDWR, "r+")))
        except BlockingIOError:
            unit = state_dir.name if state_dir.name.startswith(f"{PROGRAM}@") else PROGRAM
            raise ChairSensorError(
                f"another chair-sensor is running on {state_dir}; stop it first "
                f"(systemctl stop {unit}) or give this one its own --set state_dir=DIR"
            ) from None
        except OSError as error:
            link = error.errno == errno.ELOOP
            reason = "is a link, which is not followed" if link else error.strerror
            log.warning("%s: %s; nothing keeps a second chair-sensor from starting", path, reason)
        yield


def is_held(state_dir: Path) -> bool:
    """Whether a daemon runs on this state directory, as far as can be seen."""
    try:
        with private.readable(state_dir / LOCK) as file:
            _lock(file, shared=True)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return False


def _lock(file: IO[str] | BinaryIO, *, shared: bool = False) -> None:
    """Lock a file as long as it is open. Raises BlockingIOError while another has it."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows, where no daemon runs
        return
    fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
