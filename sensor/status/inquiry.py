"""Asks the daemon on this machine how things are."""

import json
import os
import socket
from pathlib import Path
from typing import Any

from sensor.errors import ChairSensorError
from sensor.status.service import NAME, NAME_BESIDE, REFUSED

UNIT_DIRECTORY = Path("/run/chair-sensor")
"""Where the systemd unit's daemon answers."""
PATIENCE = 10.0
"""Seconds to wait for an answer; the daemon gives up earlier, and says so."""


class NobodyAnswersError(ChairSensorError):
    """No daemon runs here, as far as can be seen."""


class NotToldError(ChairSensorError):
    """A daemon runs here, and does not answer this user."""


def places(state_dir: Path | None) -> list[Path]:
    """List where a daemon may answer; `state_dir` is that of one started by hand, if it is known.

    Without it: the unit's daemon, then one of this user with nothing set.
    """
    if state_dir is not None:
        return [state_dir / NAME_BESIDE, UNIT_DIRECTORY / NAME]
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    own = Path(given) if given else Path.home() / ".local/state/chair-sensor"
    return [UNIT_DIRECTORY / NAME, own / NAME_BESIDE]


def ask(state_dir: Path | None = None) -> dict[str, Any]:
    """Return the daemon's answer.

    Raises NobodyAnswersError where no daemon runs, NotToldError where it tells others only, else
    ChairSensorError with the reason.
    """
    looked = places(state_dir)
    for path in looked:
        try:
            return _answer(path)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            continue  # none there, or what a killed one has left
        except PermissionError:
            raise NotToldError(f"{path} may not be opened by you; run this with sudo") from None
        except (OSError, ValueError) as error:
            raise ChairSensorError(f"{path}: {error or type(error).__name__}") from None
    raise NobodyAnswersError(
        f"no daemon answers at {' or '.join(map(str, looked))}; start it "
        "(sudo systemctl start chair-sensor), or say --state-dir DIR for one started by hand"
    )


def _answer(path: Path) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.settimeout(PATIENCE)
        unix.connect(str(path))
        with unix.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        kind = NotToldError if answer["error"] == REFUSED else ChairSensorError
        raise kind(f"{path}: {answer['error']}")
    return dict(answer)
