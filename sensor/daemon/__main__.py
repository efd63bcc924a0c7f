"""The daemon as a process of its own: `python -m sensor.daemon`, which `chair-sensor run` becomes.

Checking settings takes much that a daemon then never needs again, pydantic where one is wrong.
So `run` checks, hands the plain result over, and replaces itself by this module: same process,
same id for systemd. The hand-over is an anonymous file in memory, which shows neither in
the process list nor on disk.

Imports are inside the functions: a Ctrl-C meanwhile is to end it in `started`, without a traceback.
"""

import os
import sys

from sensor.__main__ import started

TYPE_CHECKING = False  # as in sensor/__main__.py
if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from sensor.settings.config import Config


def become(config: "Config", record: "Path | None") -> "NoReturn":
    """Replace this process by the daemon, which may write a recording."""
    import pickle  # noqa: PLC0415

    handover = os.memfd_create("chair-sensor")
    os.write(handover, pickle.dumps((config, record)))
    os.set_inheritable(handover, True)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: not what lies in the working directory, which may be another copy of the program.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "sensor.daemon", str(handover)])  # noqa: S606


def main() -> int:
    """Take over the settings from `run` and be the daemon; return the exit code."""
    import pickle  # noqa: PLC0415

    from sensor.terminal import streams  # noqa: PLC0415

    streams.prepare()  # `run` has filled them
    from sensor.app import resident  # noqa: PLC0415

    with os.fdopen(int(sys.argv[-1]), "rb") as handover:
        handover.seek(0)
        config, record = pickle.load(handover)  # noqa: S301  (our own, from a moment ago)
    return resident(config, record=record)


if __name__ == "__main__":
    sys.exit(started(main))
