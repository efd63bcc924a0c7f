"""The daemon as it stays in memory: started by `chair-sensor run` in its own place.

Checking settings takes pydantic, half of the memory of a daemon that then never needs it again.
So `run` checks, hands the plain result over, and replaces itself by this module: same process,
same id for systemd. The hand-over is an anonymous file in memory, which shows neither in
the process list nor on disk. `sensor/__main__.py` comes first in there and posts the guard.
"""

import logging
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import NoReturn

from sensor.daemon.log_writer import LogWriter
from sensor.hardware.guard import Guard
from sensor.settings.config import Config

log = logging.getLogger(__name__)

STDERR = 2
LEVEL_PREFIXES = {"ERROR": "<3>", "WARNING": "<4>", "INFO": "<6>", "DEBUG": "<7>"}
"""Syslog levels as the journal reads them at the start of a line."""


def become(config: Config, record: Path | None) -> NoReturn:
    """Replace this process by the resident daemon, which may write a recording."""
    handover = os.memfd_create("chair-sensor")
    os.write(handover, pickle.dumps((config, record)))
    os.set_inheritable(handover, True)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: not what lies in the working directory, which may be another copy of the program.
    command = [sys.executable, "-P", "-m", "sensor", "resident", str(handover)]
    os.execv(sys.executable, command)  # noqa: S606


def start_logging(level: str) -> LogWriter:
    """Log to standard error, without ever waiting for it; the journal adds its own time."""
    handler = LogWriter(STDERR)
    if os.environ.get("JOURNAL_STREAM"):
        for name, prefix in LEVEL_PREFIXES.items():
            logging.addLevelName(logging.getLevelNamesMapping()[name], prefix)
        handler.setFormatter(logging.Formatter("%(levelname)s%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.captureWarnings(True)
    threading.excepthook = _log_thread
    return handler


def _log_thread(failure: threading.ExceptHookArgs) -> None:
    """Log what has ended a thread; Python itself would write it to standard error, and wait."""
    error = failure.exc_value
    if error is not None:
        log.error("a thread has ended: %s", failure.thread and failure.thread.name, exc_info=error)


def main(guard: Guard | None = None) -> int:
    """Take over the settings and run; return the exit code."""
    from sensor.app import run  # noqa: PLC0415  (imported where its memory counts)
    from sensor.errors import ChairSensorError  # noqa: PLC0415

    with os.fdopen(int(sys.argv[-1]), "rb") as handover:
        handover.seek(0)
        config, record = pickle.load(handover)  # noqa: S301  (our own, from a moment ago)
    writer = start_logging(config.log_level)
    try:
        run(config, record=record, guard=guard)
    except ChairSensorError as error:
        writer.say(f"chair-sensor: {error}")
        return error.exit_code
    except Exception:
        log.critical("the program has failed", exc_info=True)
        return 1
    return 0
