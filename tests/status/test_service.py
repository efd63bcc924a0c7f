"""Who is told by the socket behind `chair-sensor status`, and what can go wrong with it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sensor.errors import ChairSensorError
from sensor.inbox import Inbox, StatusAsked
from sensor.status import inquiry, service
from sensor.status.inquiry import ask
from sensor.status.service import StatusService

ANSWER = {"state": "as it is"}


@pytest.fixture(autouse=True)
def _no_unit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever runs on this machine is not asked."""
    monkeypatch.setattr(inquiry, "UNIT_DIRECTORY", tmp_path / "run")


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
        message.reply(dict(ANSWER))


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
        monkeypatch.setattr(service, "GROUP", "games")
        games = service._group_id("games")
        assert games is not None
        inbox = Inbox()
        with StatusService(place / "chair-sensor.status", inbox, lambda: 0, {"pid": 1}):
            refused = self.asked(place / "chair-sensor.status", groups=[])
            Thread(target=answering, args=(inbox,)).start()
            told = self.asked(place / "chair-sensor.status", groups=[1, games])

        assert refused == {"error": service.REFUSED}
        assert told == {"pid": 1, **ANSWER}

    def test_the_daemon_hangs(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the loop does not answer, the service says so."""
        monkeypatch.setattr(service, "PATIENCE", 0.05)
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
