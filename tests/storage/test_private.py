"""What others have in the state directory stays theirs, and what is ours they cannot read."""

import fcntl
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor.daemon.inbox import Inbox
from sensor.errors import ChairSensorError
from sensor.settings.config import Config
from sensor.status.client import ask
from sensor.status.server import NAME_BESIDE, StatusService, place
from sensor.storage import output, private
from sensor.storage.files import ChangedSettings
from sensor.storage.identity import chair_id
from sensor.storage.lock import is_held, only_one
from sensor.storage.paths import LOCK, state_directory

PRECIOUS = "my own words\n"


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """Make a file of somebody else."""
    path = tmp_path / "elsewhere"
    path.write_text(PRECIOUS)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a state directory."""
    path = tmp_path / "state"
    path.mkdir()
    return path


@pytest.fixture
def _umask_of_all() -> Iterator[None]:
    """Let new files be open to everybody for the time of a test."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask_of_all")
def test_a_folder_and_files_of_our_own(tmp_path: Path) -> None:
    """Whatever the umask, nobody else enters the state directory or reads a file in it."""
    path = state_directory(Config(state_dir=tmp_path / "a" / "state"))
    chair_id(path)
    ChangedSettings(path).save({"buzzer": True})
    with only_one(path):
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.iterdir()}

    assert path.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(("chair_id", "changed-settings.json", LOCK), 0o600)


def test_what_an_older_version_has_left_open(folder: Path) -> None:
    """The history of an older version is closed to others at the next start."""
    for suffix in ("", "-wal", "-shm", ".unreadable-20260302"):
        (folder / f"chair-sensor.db{suffix}").touch(0o644)

    state_directory(Config(state_dir=folder))

    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_history_that_is_a_link(folder: Path, precious: Path) -> None:
    """What a link leads to keeps its mode: it may be anything."""
    precious.chmod(0o644)
    (folder / "chair-sensor.db").symlink_to(precious)

    state_directory(Config(state_dir=folder))

    assert precious.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["lock", "status", LOCK, NAME_BESIDE])
def test_a_file_of_somebody_else(folder: Path, name: str) -> None:
    """A file of any name outlives a daemon, byte for byte."""
    (folder / name).write_text(PRECIOUS)

    with only_one(folder), StatusService(place(folder), Inbox(), lambda: 0, {}):
        pass

    assert (folder / name).read_text() == PRECIOUS


@pytest.mark.parametrize("name", ["lock", "status", LOCK, NAME_BESIDE])
def test_a_link_of_somebody_else(folder: Path, precious: Path, name: str) -> None:
    """A link is neither followed nor removed."""
    (folder / name).symlink_to(precious)

    with only_one(folder), StatusService(place(folder), Inbox(), lambda: 0, {}):
        pass

    assert precious.read_text() == PRECIOUS
    assert (folder / name).is_symlink()


@pytest.mark.parametrize("name", ["changed-settings.json", "chair_id"])
@pytest.mark.parametrize("suffix", ["", ".new"])
def test_a_link_where_a_file_is_to_be(folder: Path, precious: Path, name: str, suffix: str) -> None:
    """Writing a file replaces a link of its name, and never what the link leads to."""
    precious.write_bytes(b"\xff")
    (folder / f"{name}{suffix}").symlink_to(precious)

    chair_id(folder)
    ChangedSettings(folder).save({"buzzer": True})

    assert precious.read_bytes() == b"\xff"
    assert not (folder / name).is_symlink()


def test_a_socket_that_a_killed_daemon_has_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next daemon takes its place."""
    monkeypatch.setattr("sensor.status.server.PATIENCE", 0.05)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / NAME_BESIDE))

    with (
        StatusService(place(folder), Inbox(), lambda: 0, {}),
        pytest.raises(ChairSensorError, match="has not answered"),
    ):
        ask(folder)

    assert not (folder / NAME_BESIDE).exists()


@pytest.mark.parametrize(
    ("name", "unit"), [("state", "chair-sensor"), ("chair-sensor@desk", "chair-sensor@desk")]
)
def test_a_second_daemon(tmp_path: Path, name: str, unit: str) -> None:
    """A held lock is a rival, and only then; it is seen from outside."""
    folder = tmp_path / name
    folder.mkdir()
    with only_one(folder):
        assert is_held(folder)
        with pytest.raises(ChairSensorError) as refused:
            only_one(folder).__enter__()

    assert str(refused.value) == (
        f"another chair-sensor is running on {folder}; stop it first (systemctl stop {unit}) "
        "or give this one its own --set state_dir=DIR"
    )
    assert not is_held(folder)
    with only_one(folder):
        pass


def test_commands_beside_each_other(folder: Path) -> None:
    """A command that looks for a daemon at the same time is not taken for one."""
    with (folder / LOCK).open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)

        assert not is_held(folder)


def test_an_old_lock_that_everybody_may_open(folder: Path) -> None:
    """A lock that was left open to all is closed, so that nobody can hold it from then on."""
    (folder / LOCK).touch(0o666)

    with only_one(folder):
        assert (folder / LOCK).stat().st_mode & 0o777 == 0o600


def test_no_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A file system without locks is said once, and the chair works."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with only_one(folder):
        pass

    [record] = caplog.records
    assert record.levelno == logging.WARNING
    why = "No locks available; nothing keeps a second chair-sensor from starting"
    assert record.getMessage() == f"{folder / LOCK}: {why}"


class TestWrittenWithSudo:
    """What root writes for a user who called sudo is that user's, and nobody else's."""

    pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")

    @pytest.fixture(autouse=True)
    def _sudo(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SUDO_UID", "12345")
        monkeypatch.setenv("SUDO_GID", "12346")

    def test_file_and_folder(self, tmp_path: Path) -> None:
        """Both get the user and the group; nobody else may look."""
        output.make(tmp_path / "march")
        output.write(tmp_path / "march" / "week.html", ["a page"])

        for path, mode in ((tmp_path / "march", 0o700), (tmp_path / "march/week.html", 0o600)):
            found = path.stat()
            assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (12345, 12346, mode)

    def test_what_was_there(self, tmp_path: Path, precious: Path) -> None:
        """A folder that was there keeps its owner, and so does what a link leads to."""
        output.make(tmp_path)
        with pytest.raises(OSError, match=r"Not a directory|symbolic"):
            private.give(linked(tmp_path / "link", precious.parent), (12345, 12346))

        assert tmp_path.stat().st_uid == precious.stat().st_uid == os.geteuid()

    def test_state_stays_the_daemons(self, folder: Path) -> None:
        """What the daemon keeps is not given away."""
        ChangedSettings(folder).save({"buzzer": True})

        assert (folder / "changed-settings.json").stat().st_uid == os.geteuid()


def linked(path: Path, to: Path) -> Path:
    """Make a link."""
    path.symlink_to(to)
    return path
