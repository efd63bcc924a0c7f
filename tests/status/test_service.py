"""Who is told by the socket behind `chair-sensor status`, and whose commands it passes on."""

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
from sensor.daemon.inbox import Inbox, Received, StatusAsked, StopAsked
from sensor.errors import ChairSensorError
from sensor.status import client, server
from sensor.status.client import ask
from sensor.status.server import StatusService

ANSWER: dict[str, Any] = {"state": "as it is", "mqtt": {"base_topic": "chair-sensor/desk"}}


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


class TestCommands:
    """A client's command is put into the inbox as if the broker had delivered it."""

    @pytest.fixture
    def inbox(self) -> Iterator[tuple[Inbox, list[Received]]]:
        """Let a daemon answer; returns its inbox, and the commands that came."""
        inbox, came = Inbox(), list[Received]()

        def live() -> None:
            while not isinstance(message := inbox.get(timeout=None), StopAsked):
                if isinstance(message, StatusAsked):
                    message.reply(cast("Now", {**ANSWER, "commands": len(came)}))
                elif isinstance(message, Received):
                    came.append(message)

        thread = Thread(target=live)
        thread.start()
        yield inbox, came
        inbox.put(StopAsked("over", 0))
        thread.join()

    def test_it_goes_the_way_of_the_broker(
        self, place: Path, inbox: tuple[Inbox, list[Received]]
    ) -> None:
        """It is carried out before the answer is made; a question alone carries nothing."""
        with StatusService(place / server.NAME_BESIDE, inbox[0], lambda: 7.0, {}):
            ask(place)
            answer = ask(place, command="set/do_not_disturb ON")

        topic = "chair-sensor/desk/set/do_not_disturb"
        assert inbox[1] == [Received(topic, b"ON", retained=False, at=7.0)]
        assert answer["commands"] == 1  # type: ignore[typeddict-item]

    @pytest.mark.parametrize(
        "address",
        [
            b"\0chair-sensor 1 do/void",
            b"\0chair-sensor 1 availability offline",
            b"\0chair-sensor 1 do/../state PRESS",
            b"\0chair-sensor 1 do/void PRESS\n",
            b"\0do/void PRESS",
            b"\0\xff\xfe",
        ],
    )
    def test_another_address(
        self, place: Path, inbox: tuple[Inbox, list[Received]], address: bytes
    ) -> None:
        """All that is not a command is a question."""
        with StatusService(place / server.NAME_BESIDE, inbox[0], lambda: 0, {}):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.bind(address)
                client._connect(peer, place / server.NAME_BESIDE)
                assert json.loads(peer.makefile().readline())["state"] == ANSWER["state"]
            assert ask(place)["state"] == ANSWER["state"]

        assert inbox[1] == []

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
    def test_a_stranger(self, place: Path, inbox: tuple[Inbox, list[Received]]) -> None:
        """Who is told nothing cannot command either."""
        stranger = (
            "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534);"
            "s = socket.socket(socket.AF_UNIX);"
            "s.bind('\\0chair-sensor 1 do/void PRESS'); s.connect(sys.argv[1]);"
            "print(s.makefile().readline())"
        )
        with StatusService(place / server.NAME_BESIDE, inbox[0], lambda: 0, {}):
            done = subprocess.run(
                [sys.executable, "-I", "-c", stranger, place / server.NAME_BESIDE],
                capture_output=True,
                text=True,
                check=True,
            )

        assert json.loads(done.stdout) == {"error": server.REFUSED, "kind": "refused"}
        assert inbox[1] == []

    def test_another_chair_is_left_alone(
        self, place: Path, inbox: tuple[Inbox, list[Received]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the daemon that answers is not the one that is meant, no command is given."""
        run = place / "chair-sensor"
        run.mkdir()
        monkeypatch.setattr(client, "UNIT_DIRECTORY", run)
        about = {"state_dir": str(run), "name": "Sofa"}
        with (
            StatusService(run / server.NAME, inbox[0], lambda: 0, about),
            pytest.raises(ChairSensorError, match="is another: Sofa"),
        ):
            ask(place, command="do/void PRESS")

        assert inbox[1] == []


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
