"""Who is told by the socket behind `chair-sensor status`, and what can go wrong with it."""

import errno
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import pytest

from sensor.daemon.answer import Now
from sensor.daemon.inbox import Inbox, StatusAsked, StopAsked
from sensor.errors import ChairSensorError
from sensor.status import client, server
from sensor.status.client import ask
from sensor.status.server import StatusService

ANSWER: dict[str, Any] = {"state": "as it is"}


@pytest.fixture(autouse=True)
def _no_unit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever runs on this machine is not asked."""
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def answering(inbox: Inbox) -> None:
    """Be the daemon, for one question."""
    message = inbox.get(timeout=None)
    if isinstance(message, StatusAsked):
        message.reply(cast("Now", ANSWER))


class TestWhoIsTold:
    """When somebody sits is told to root, the daemon's user and the group gpio."""

    QUESTION = (
        "import os, socket, sys; path, *groups = sys.argv[1:]; os.setgroups([*map(int, groups)]);"
        "os.setgid(65534); os.setuid(65534); s = socket.socket(socket.AF_UNIX); s.connect(path);"
        "print(s.makefile().readline())"
    )

    def asked(self, path: Path, *, groups: list[int]) -> dict[str, Any]:
        """Ask as a user who is nobody in particular."""
        done = subprocess.run(
            [sys.executable, "-I", "-c", self.QUESTION, path, *map(str, groups)],
            capture_output=True,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
    def test_group(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A stranger is refused, a member of the group is answered."""
        monkeypatch.setattr(server, "GROUP", "games")
        games = server._group_id("games")
        assert games is not None
        inbox = Inbox()
        with StatusService(place / "chair-sensor.status", inbox, lambda: 0, {"pid": 1}):
            refused = self.asked(place / "chair-sensor.status", groups=[])
            Thread(target=answering, args=(inbox,)).start()
            told = self.asked(place / "chair-sensor.status", groups=[1, games])

        assert refused == {"error": server.REFUSED, "kind": "refused"}
        assert told == {"pid": 1, **ANSWER}

    def test_the_daemon_hangs(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the loop does not answer, the service says so."""
        monkeypatch.setattr(server, "PATIENCE", 0.05)
        with (
            StatusService(place / "chair-sensor.status", Inbox(), lambda: 0, {}),
            pytest.raises(ChairSensorError, match="has not answered"),
        ):
            ask(place)

    def test_no_place_for_a_socket(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Where no socket can be made, one line says so, and the daemon goes on."""
        with StatusService(tmp_path / "none" / "status", Inbox(), lambda: 0, {}):
            pass

        assert "`chair-sensor status` will not work" in caplog.text

    def test_something_else_lies_there(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A file of that name stays, and the line says what to do."""
        (tmp_path / "chair-sensor.status").write_text("a list of chairs")

        with StatusService(tmp_path / "chair-sensor.status", Inbox(), lambda: 0, {}):
            pass

        assert "is no socket of the program; move it away" in caplog.text
        assert (tmp_path / "chair-sensor.status").read_text() == "a list of chairs"


@pytest.fixture
def loop() -> Iterator[tuple[Inbox, list[StatusAsked]]]:
    """Let a daemon answer all questions; returns its inbox, and what it was asked."""
    inbox, asked = Inbox(), []

    def live() -> None:
        while isinstance(message := inbox.get(timeout=None), StatusAsked):
            asked.append(message)
            message.reply(cast("Now", {**ANSWER, "more": "x" * 20_000}))

    thread = Thread(target=live)
    thread.start()
    yield inbox, asked
    inbox.put(StopAsked("over", 0))
    thread.join()


def test_out_of_descriptors(
    place: Path, loop: tuple[Inbox, list[StatusAsked]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that cannot be accepted for now are accepted later, and nothing spins."""
    pauses: list[float | None] = []
    failures = [errno.EMFILE, errno.ENFILE, errno.ECONNABORTED, errno.ENOMEM]
    accept = socket.socket.accept

    class Watched(Event):
        """Writes each pause down, and leaves it out."""

        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            return self.is_set()

    def failing(listening: socket.socket) -> tuple[socket.socket, Any]:
        if failures:
            raise OSError(failures.pop(), "not now")
        return accept(listening)

    monkeypatch.setattr(server, "Event", Watched)
    monkeypatch.setattr(socket.socket, "accept", failing)
    with StatusService(place / server.NAME_BESIDE, loop[0], lambda: 0, {}):
        assert ask(place)["state"] == ANSWER["state"]

    assert pauses[:4] == [server.PAUSE] * 4


def test_a_thousand_who_never_read(place: Path, loop: tuple[Inbox, list[StatusAsked]]) -> None:
    """Those who connect and never read keep nobody else from an answer."""
    inbox, asked = loop
    with StatusService(place / server.NAME_BESIDE, inbox, lambda: 0, {}), ExitStack() as stack:
        for _ in range(1000):
            peer = stack.enter_context(socket.socket(socket.AF_UNIX))
            peer.settimeout(10)
            client._connect(peer, place / server.NAME_BESIDE)

        assert ask(place)["state"] == ANSWER["state"]

    assert len(asked) == 1001


def test_the_daemon_ends(place: Path) -> None:
    """A question that comes just as the daemon ends holds nothing up."""
    inbox = Inbox()
    ending = StatusService(place / "status", inbox, lambda: 0, {}).__enter__()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(place / "status"))
        assert isinstance(inbox.get(timeout=10), StatusAsked)  # and nobody answers
        ending.__exit__()

        assert json.loads(peer.makefile().readline()) == {"error": server.STOPS}


def test_deep_folder(place: Path, loop: tuple[Inbox, list[StatusAsked]]) -> None:
    """A state directory whose path is too long for a socket is no hindrance."""
    deep = place / ("deep/" * 30)
    deep.mkdir(parents=True)

    with StatusService(deep / server.NAME_BESIDE, loop[0], lambda: 0, {}):
        assert ask(deep)["state"] == ANSWER["state"]
