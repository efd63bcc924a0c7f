"""The client of the status socket: asks the daemon on this machine, or gives it a command."""

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import cast

from sensor.daemon.answer import Answer
from sensor.errors import AS_ROOT, ChairSensorError, HiddenError
from sensor.settings.config import Config
from sensor.settings.unit import ONE, Unit, unit_of
from sensor.status.server import COMMAND, NAME, NAME_BESIDE, short
from sensor.storage.paths import named_directories, own_directory

UNIT_DIRECTORY = Path("/run/chair-sensor")
"""Where the systemd unit's daemon answers."""
PATIENCE = 10.0
"""Seconds to wait for an answer; the daemon gives up earlier, and says so."""
CROWDED = 0.05
"""Seconds between two attempts to connect while the queue is full."""


class NobodyAnswersError(ChairSensorError):
    """No daemon runs here, as far as can be seen; `other` names one of another chair, or is ""."""

    def __init__(self, what: str, *, fix: str, other: str = "") -> None:
        super().__init__("; ".join(filter(None, (what, other))), fix=fix)
        self.other = other


class NotToldError(HiddenError):
    """A daemon runs here, and refuses to answer this user."""


def places(state_dirs: Sequence[Path], unit: Unit = ONE) -> dict[Path, bool]:
    """List where the daemon of one of these state directories may answer.

    False: any daemon may answer there. systemd calls the runtime directory of a unit as it calls
    the state directory. For a chair with a name, and without `state_dirs`: the unit's daemon, then
    one of this user.
    """
    if unit.chair or not state_dirs:
        beside = [place / NAME_BESIDE for place in state_dirs or own_directory(unit)]
        return dict.fromkeys([unit.own(UNIT_DIRECTORY) / NAME, *beside], True)
    runtime = [UNIT_DIRECTORY.with_name(place.name) for place in state_dirs]
    strangers = dict.fromkeys([place / NAME for place in (*runtime, UNIT_DIRECTORY)], False)
    return {place / NAME_BESIDE: True for place in state_dirs} | strangers


def ask_for(config: Config, command: str = "") -> Answer:
    """Return the answer of the daemon that the settings are about. Raises as `ask`."""
    return ask(*named_directories(config), unit=unit_of(config.file) or ONE, command=command)


def ask(*state_dirs: Path, unit: Unit = ONE, command: str = "") -> Answer:
    """Return the answer of the daemon with one of these state directories; without any, of any.

    `unit` is that of the chair. The daemon carries out `command` first, such as `do/void PRESS`;
    its answer says why if it refuses. Raises NobodyAnswersError where no such daemon runs,
    NotToldError where it tells others only, else ChairSensorError with the reason.
    """
    path, answer = _found(state_dirs, unit)
    return _answer(path, command) if command else answer


def _found(state_dirs: Sequence[Path], unit: Unit) -> tuple[Path, Answer]:
    """Find the daemon; return where it answers, and its answer. Raises as `ask`."""
    if not hasattr(socket, "AF_UNIX"):
        raise ChairSensorError("no daemon runs on this system; `chair-sensor simulate` does")
    looked = places(state_dirs, unit)
    other = ""
    secretive: NotToldError | None = None
    for path, certain in looked.items():
        try:
            answer = _answer(path)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            continue  # none there, or what a killed one has left
        except NotToldError as error:
            if not state_dirs:
                raise
            if certain or path.parent.name in {place.name for place in state_dirs}:
                secretive = error
        except (OSError, ValueError) as error:
            raise ChairSensorError(f"{path}: {error or type(error).__name__}") from None
        else:
            if certain or Path(answer["state_dir"]).resolve() in map(Path.resolve, state_dirs):
                return path, answer
            base_topic = answer["mqtt"]["base_topic"]
            other = f"the one at {path} is another: {answer['name']} ({base_topic})"
    if secretive is not None:
        raise secretive
    own = [str(path) for path, certain in looked.items() if certain]
    fix = "start it or name the --state-dir of another"
    if unit.chair:
        fix = f"start it: sudo systemctl start {unit.name}"
    elif not state_dirs:
        fix = (
            "start it (sudo systemctl start chair-sensor), or say --state-dir DIR for one started "
            "by hand"
        )
    raise NobodyAnswersError(f"no daemon answers at {' or '.join(own)}", fix=fix, other=other)


def _answer(path: Path, command: str = "") -> Answer:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.settimeout(PATIENCE)
        if command:
            unix.bind(COMMAND.format(word=os.urandom(8).hex(), command=command))
        try:
            _connect(unix, path)
        except PermissionError:
            raise NotToldError(f"{path} may not be opened by you", fix=AS_ROOT) from None
        with unix.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        kind = NotToldError if answer.get("kind") == "refused" else ChairSensorError
        raise kind(f"{path}: {answer['error']}")
    return cast("Answer", answer)


def _connect(unix: socket.socket, path: Path) -> None:
    """Connect, and try again while the queue of the socket is full. Raises TimeoutError."""
    until = monotonic() + PATIENCE
    with short(path) as address:
        while True:
            try:
                return unix.connect(address)
            except BlockingIOError:
                if monotonic() > until:
                    raise TimeoutError("timed out: too many ask at once") from None
                sleep(CROWDED)
