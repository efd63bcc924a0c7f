"""The server of `chair-sensor status`, `not-me` and the like: a Unix socket of the daemon.

Nothing is written before a client asks, so that the answer is true at that moment and an idle
daemon is not woken. A connection is the whole question; the answer is one line of JSON.
A command stands in the address to which the client has bound its own socket: the server reads
nothing, so no client can keep it waiting. It goes the way of one that the broker delivers.

The hours at a desk are private: only root, the daemon's own user and the members of the group gpio
get an answer. The peer's groups decide, not the mode of the file: the unit's user may not give
files to a group.
"""

import errno
import json
import logging
import os
import re
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, Protocol, Self

from sensor.daemon.inbox import Received, StatusAsked

NAME = "status"
"""Of the socket in the unit's runtime directory."""
NAME_BESIDE = "chair-sensor.status"
"""Of the socket in a state directory, which may hold files of others."""
GROUP = "gpio"
PATIENCE = 5.0
"""Seconds that the daemon may take for an answer, and the client to read it."""
REFUSED = f"only root, the daemon's own user and members of the group {GROUP} are told"
HANGS = f"the daemon has not answered for {PATIENCE:.0f} s"
STOPS = "the daemon is just ending"
PAUSE = 1.0
"""Seconds until the next attempt when a connection could not be accepted: no busy loop."""

COMMAND = "\0chair-sensor {word} {command}"
"""The abstract address of a client with a command, such as `do/void PRESS`; the word is random."""
_COMMAND = re.compile(COMMAND.format(word=r"\w+", command=r"((?:do|set)/\w+) (\w+)").encode())
_SO_PEERGROUPS = 59
"""From asm-generic/socket.h; Python has no name for it."""
_MOST_GROUPS = 256
"""As many as Python can read here; a user in more groups is refused."""

log = logging.getLogger(__name__)


def place(state_dir: Path) -> Path:
    """Return where a daemon with this state directory answers."""
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(runtime) / NAME if runtime else state_dir / NAME_BESIDE


@contextmanager
def short(path: Path) -> Iterator[str]:
    """Give a path to a socket that fits into its 107 bytes, however deep its folder is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Questions(Protocol):
    """Takes questions and commands to the daemon: its inbox, or the simulation around it."""

    def put(self, asked: StatusAsked | Received, /) -> None:
        """Take a question or a command, from any thread."""


class StatusService:
    """Answers between entering and leaving, on a thread that sleeps until a client connects."""

    def __init__(
        self, path: Path, inbox: Questions, now: Callable[[], float], about: Mapping[str, Any]
    ) -> None:
        self._path = path
        self._inbox = inbox
        self._now = now
        self._about = dict(about)
        self._group = _group_id(GROUP)
        self._socket: socket.socket | None = None
        self._thread: Thread | None = None
        self._stopping = Event()
        self._answers: SimpleQueue[Mapping[str, object]] = SimpleQueue()

    def __enter__(self) -> Self:
        """Listen; where that is impossible, log it: the daemon works without."""
        unix = socket.socket(socket.AF_UNIX)
        try:
            _unlink(self._path)  # of a life that was killed
            with short(self._path) as address:
                unix.bind(address)
            self._path.chmod(0o666)  # `_may_know` decides
            unix.listen()
        except OSError as error:
            unix.close()
            taken = error.errno == errno.EADDRINUSE
            reason = "is no socket of the program; move it away" if taken else error.strerror
            log.warning("%s: %s; `chair-sensor status` will not work", self._path, reason)
            return self
        self._socket = unix
        self._thread = Thread(target=self._serve, args=(unix,), name="status", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening, and remove the socket."""
        if self._socket is None or self._thread is None:
            return
        self._stopping.set()
        self._answers.put({"error": STOPS})
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._thread.join(PATIENCE)
        self._socket.close()
        with suppress(OSError):
            _unlink(self._path)

    def _serve(self, unix: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                peer, address = unix.accept()
            except OSError:  # shut down, or for now out of descriptors or memory
                self._stopping.wait(PAUSE)
                continue
            # A client that hangs up early or never reads is not worth a log line.
            with closing(peer), suppress(OSError):
                peer.settimeout(PATIENCE)
                peer.sendall(json.dumps(self._answer(peer, address)).encode() + b"\n")

    def _answer(self, peer: socket.socket, address: object) -> Mapping[str, object]:
        """Answer; a command is carried out first, and the answer says what came of it."""
        if not self._may_know(peer):
            return {"error": REFUSED, "kind": "refused"}
        answer = self._ask()
        command = _COMMAND.fullmatch(address) if isinstance(address, bytes) else None
        if command and "error" not in answer:
            topic = f"{answer['mqtt']['base_topic']}/{command[1].decode()}"
            self._inbox.put(Received(topic, command[2], retained=False, at=self._now()))
            answer = self._ask()
        return answer

    def _ask(self) -> Mapping[str, Any]:
        answers = self._answers = SimpleQueue()  # the one before may still come, too late
        self._inbox.put(StatusAsked(answers.put, self._now()))
        if self._stopping.is_set():  # the loop takes nothing out of the inbox any more
            return {"error": STOPS}
        try:
            return {**self._about, **answers.get(timeout=PATIENCE)}
        except Empty:
            return {"error": HANGS}

    def _may_know(self, peer: socket.socket) -> bool:
        _pid, user, group = struct.unpack(
            "iII", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("iII"))
        )
        return user in (0, os.geteuid()) or self._group in (group, *_groups(peer))


def _unlink(path: Path) -> None:
    """Remove a socket; another kind of file is not the daemon's."""
    if path.is_socket() and not path.is_symlink():
        path.unlink()


def _groups(peer: socket.socket) -> tuple[int, ...]:
    size = struct.calcsize("I")
    try:
        packed = peer.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_GROUPS * size)
    except OSError:  # too many, or an old kernel
        return ()
    return struct.unpack(f"{len(packed) // size}I", packed)


def _group_id(name: str) -> int | None:
    import grp  # noqa: PLC0415  (not on Windows, where the simulator does without)

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
