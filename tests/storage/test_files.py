"""The two small files beside the database: the chair's id and the changed settings."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor.errors import StorageError
from sensor.settings.config import Config
from sensor.storage import identity
from sensor.storage.checkup import checkup
from sensor.storage.files import Announced, ChangedSettings
from sensor.storage.identity import chair_id, existing_chair_id
from sensor.storage.in_force import in_force
from sensor.storage.lock import is_held, only_one
from sensor.storage.paths import existing_database

SHARED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestChairId:
    """One chair, one identity in Home Assistant, for ever."""

    def test_made_once(self, tmp_path: Path) -> None:
        """The first start makes up an id, all others keep it."""
        made = chair_id(tmp_path)

        assert set(made) <= set("0123456789abcdef")
        assert len(made) == 8
        assert [chair_id(tmp_path) for _ in range(3)] == [made] * 3

    def test_may_be_chosen(self, tmp_path: Path) -> None:
        """What a user writes into the file counts, spaces around it do not."""
        (tmp_path / "chair_id").write_text("  my_chair-2 \n")

        assert chair_id(tmp_path) == "my_chair-2"

    def test_chosen_on_windows(self, tmp_path: Path) -> None:
        """An editor's byte-order mark is no part of the id."""
        (tmp_path / "chair_id").write_bytes(b"\xef\xbb\xbfdesk\r\n")

        assert chair_id(tmp_path) == "desk"

    @pytest.mark.parametrize(
        "garbage", [b"", b"\n", b"two words", b"UPPER", b"a/b", b"+", b"\xff\xfe", b"a\0b"]
    )
    def test_remade(self, tmp_path: Path, garbage: bytes) -> None:
        """Garbage is replaced by a new id, which is kept from then on."""
        (tmp_path / "chair_id").write_bytes(garbage)

        made = chair_id(tmp_path)

        assert len(made) == 8
        assert chair_id(tmp_path) == made

    @pytest.mark.parametrize(
        ("serial", "machine", "same"),
        [
            (b"10000000abcdef01\0", b"11", True),
            (b"10000000abcdef01\0", b"22", True),  # a machine id that is made at each boot
            (b"10000000abcdef02\0", b"11", False),  # another board with a copied image
            (b"0000000000000000\0", b"11", False),  # a board without a number: the machine id
        ],
    )
    def test_outlives_the_state_directory(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        serial: bytes,
        machine: bytes,
        same: bool,
    ) -> None:
        """Forgotten at each boot, or never written: the same machine makes up the same id."""
        of_board, of_image = tmp_path / "serial-number", tmp_path / "machine-id"
        monkeypatch.setattr(identity, "MACHINE", (of_board, of_image))
        of_board.write_bytes(b"10000000abcdef01\0")
        of_image.write_bytes(b"11\n")
        first = chair_id(tmp_path / "forgotten")

        of_board.write_bytes(serial)
        of_image.write_bytes(machine + b"\n")

        assert (chair_id(tmp_path / "forgotten") == first) is same
        assert chair_id(tmp_path / "another") != first

    def test_cannot_be_kept(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Where nothing can be written, the chair has an id all the same, and the log says it."""
        (tmp_path / "chair_id").mkdir()

        assert len(chair_id(tmp_path)) == 8
        assert "cannot be written; set chair.id" in caplog.text


class TestChangedSettings:
    """Settings made in Home Assistant outlive everything but their own reset."""

    def test_kept(self, tmp_path: Path) -> None:
        """What was saved is loaded, the newest only."""
        ChangedSettings(tmp_path).save({"sit_limit": 60.0})
        ChangedSettings(tmp_path).save({"sit_limit": 2700.0, "buzzer": False})

        assert ChangedSettings(tmp_path).load() == {"sit_limit": 2700.0, "buzzer": False}

    def test_nothing(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """No file is no news."""
        assert ChangedSettings(tmp_path).load() is None
        assert caplog.text == ""

    @SHARED_FOLDER
    @given(garbage=st.one_of(st.binary(max_size=50), st.just(b"[" * 100_000)))
    def test_garbage(self, tmp_path: Path, garbage: bytes) -> None:
        """Whatever is in the file, loading never raises."""
        (tmp_path / "changed-settings.json").write_bytes(garbage)

        ChangedSettings(tmp_path).load()

    @pytest.mark.parametrize("garbage", [b"", b"{", b"\xff", b"[" * 100_000])
    def test_garbage_is_told(
        self, tmp_path: Path, garbage: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What cannot be read counts as nothing, with one line in the log."""
        (tmp_path / "changed-settings.json").write_bytes(garbage)

        assert ChangedSettings(tmp_path).load() is None
        [record] = caplog.records
        assert record.levelno == logging.WARNING
        assert "changed-settings.json" in record.getMessage()
        assert "\n" not in record.getMessage()

    def test_cannot_be_kept(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A folder that is not there is told once, however many changes there are."""
        store = ChangedSettings(tmp_path / "gone")

        assert store.save({"buzzer": False}) is False
        assert "a restart before it can be loses" in caplog.text

    def test_full_disk_keeps_the_old_one(self, disk: object, tmp_path: Path) -> None:
        """A full disk costs the change, never what was kept before."""
        folder = tmp_path / "disk"
        ChangedSettings(folder).save({"buzzer": True})
        disk.fill()  # type: ignore[attr-defined]

        assert ChangedSettings(folder).save({"buzzer": False}) is False

        assert ChangedSettings(folder).load() == {"buzzer": True}


class TestFilesOfOthers:
    """What bears the name of one of the program's files and is none."""

    @pytest.fixture(params=["pipe", "folder", "device", "loop"])
    def name(self, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Path]:
        """Put such a thing under a name."""

        def put(name: str) -> Path:
            path = tmp_path / name
            if request.param == "pipe":
                os.mkfifo(path)
            elif request.param == "folder":
                path.mkdir()
            elif request.param == "device":
                path.symlink_to("/dev/zero")
            else:
                path.symlink_to(path)
            return tmp_path

        return put

    def test_no_settings(self, name: Callable[[str], Path], caplog: Any) -> None:
        """Neither a pipe that nobody writes to nor a device without end holds the daemon up."""
        assert ChangedSettings(name("changed-settings.json")).load() is None
        assert "changed-settings.json" in caplog.text

    def test_no_settings_for_a_command(self, name: Callable[[str], Path]) -> None:
        """The commands go on without, and say so."""
        folder = name("changed-settings.json")

        (problem,) = in_force(Config(), state_dir=folder).problems

        assert "changed-settings.json" in str(problem)

    def test_no_announcement(self, name: Callable[[str], Path]) -> None:
        """Nothing was announced."""
        assert Announced(name("announced-entities.json")).load() == {}

    def test_no_id(self, name: Callable[[str], Path]) -> None:
        """There is no id yet."""
        assert existing_chair_id(name("chair_id")) is None

    def test_no_lock(self, name: Callable[[str], Path]) -> None:
        """Nobody holds the lock."""
        assert is_held(name("chair-sensor.lock")) is False

    def test_no_history(self, name: Callable[[str], Path]) -> None:
        """There is no history, and the doctor says what lies there."""
        folder = name("chair-sensor.db")

        with pytest.raises(StorageError, match="no history yet"):
            existing_database(replace(Config(), state_dir=folder))
        if not (folder / "chair-sensor.db").exists():
            return  # a loop leads nowhere
        with pytest.raises(StorageError, match="move it away"):
            checkup(folder / "chair-sensor.db")

    def test_what_lies_there_is_said(self, tmp_path: Path, caplog: Any) -> None:
        """A lock that is a link is not followed, and the reason is no riddle."""
        (tmp_path / "chair-sensor.lock").symlink_to(tmp_path / "elsewhere")

        with only_one(tmp_path):
            pass

        assert "chair-sensor.lock: is a link, which is not followed" in caplog.text
        assert not (tmp_path / "elsewhere").exists()
