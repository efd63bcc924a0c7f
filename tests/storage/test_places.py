"""Where the daemon keeps its files, which of them a command finds, and what it says if none."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from sensor.errors import SettingsError, StorageError
from sensor.settings.config import Config
from sensor.storage import identity, private
from sensor.storage.files import Announced, ChangedSettings
from sensor.storage.identity import chair_id, known_id, remembered_id
from sensor.storage.in_force import in_force
from sensor.storage.paths import (
    DATABASE,
    database_to_write,
    existing_database,
    named_directories,
    own_directory,
    state_directories,
    state_directory,
)

Hide = Callable[[Path], None]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Let the unit's state directory, and the user's own, be in a folder of this test."""
    system, home = tmp_path / "var/lib/chair-sensor", tmp_path / "home"
    monkeypatch.setattr("sensor.storage.paths.SYSTEM_STATE", system)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    return system, home / ".local/state/chair-sensor"


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Hide a folder as from a user who may not look into it; root may look everywhere."""
    hidden: set[Path] = set()
    readable, stat = private.readable, Path.stat

    def refuse(path: Path) -> None:
        if path.parent in hidden:
            raise PermissionError(13, "Permission denied", str(path))

    def guarded(path: Path) -> BinaryIO:
        refuse(path)
        return readable(path)

    def looked_at(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        refuse(path)
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(private, "readable", guarded)
    monkeypatch.setattr(Path, "stat", looked_at)
    return hidden.add


def put(folder: Path, name: str, text: str = "") -> Path:
    """Put a file into a folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


class TestStateDirectory:
    """Of the daemon, and where a command looks for it."""

    def test_of_the_user(self, places: tuple[Path, Path], tmp_path: Path) -> None:
        """Without a word of anybody it is in the home directory; so with a file of one's own."""
        _, own = places
        by_hand = Config(file=tmp_path / "mine.toml")

        assert state_directory(Config()) == own
        assert own.stat().st_mode & 0o777 == 0o700
        assert own_directory() == [own]
        assert named_directories(by_hand) == state_directories(by_hand) == [own]
        assert not (tmp_path / "var").exists()

    def test_of_the_unit(
        self, places: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Systemd may give several: the first one counts; a setting wins over both."""
        monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
        written = Config(state_dir=tmp_path / "c")

        assert state_directory(Config()) == tmp_path / "a"
        assert state_directories(Config()) == [tmp_path / "a"]
        assert state_directory(written) == tmp_path / "c"
        assert state_directories(written) == named_directories(written) == [tmp_path / "c"]
        assert not any(place.exists() for place in places)

    def test_without_a_home(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The unit's user may have none."""

        def homeless() -> Path:
            raise RuntimeError

        monkeypatch.setattr(Path, "home", homeless)

        with pytest.raises(SettingsError) as caught:
            state_directory(Config())

        assert str(caught.value) == (
            "this user has no home directory to keep the state in; name a folder, for example "
            "--set state_dir=/var/lib/chair-sensor"
        )
        assert own_directory() == []

    def test_that_cannot_be_made(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The chair works without it."""
        folder = put(tmp_path, "file") / "state"

        assert state_directory(Config(state_dir=folder)) == folder
        assert caplog.messages == [f"{folder}: Not a directory; nothing will be remembered"]


class TestHistory:
    """The database that a command reads, or begins."""

    def test_none(self, tmp_path: Path) -> None:
        """The place is named, and what to do."""
        with pytest.raises(StorageError) as caught:
            existing_database(Config(state_dir=tmp_path))

        assert str(caught.value) == (
            f"no history yet in {tmp_path}/chair-sensor.db; has the daemon run? An example: "
            "chair-sensor report --demo. Another place: --set state_dir=DIR"
        )

    def test_is_made(self, tmp_path: Path) -> None:
        """Empty, with its folder; both go again where the command fails."""
        folder = tmp_path / "new/state"
        config = Config(state_dir=folder)
        with pytest.raises(ZeroDivisionError), database_to_write(config):
            raise ZeroDivisionError
        gone = not folder.exists()
        with database_to_write(config) as path:
            pass

        assert (gone, path, path.read_bytes()) == (True, folder / DATABASE, b"")
        assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_is_made_beside_others(self, tmp_path: Path) -> None:
        """A folder that was there stays."""
        with pytest.raises(ZeroDivisionError), database_to_write(Config(state_dir=tmp_path)):
            raise ZeroDivisionError

        assert tmp_path.is_dir()
        assert not (tmp_path / DATABASE).exists()

    def test_cannot_be_made(self, tmp_path: Path) -> None:
        """One line, with what to do."""
        folder = put(tmp_path, "file") / "state"

        with (
            pytest.raises(StorageError) as caught,
            database_to_write(Config(state_dir=folder)),
        ):
            pass

        assert str(caught.value) == (
            f"{folder}/chair-sensor.db: Not a directory; name a folder: --set state_dir=DIR"
        )


class TestSeveralPlaces:
    """Without a word of anybody a command looks into the unit's directory, then into the user's."""

    def test_the_likeliest_first(self, places: tuple[Path, Path]) -> None:
        """The unit's, for that is how it is installed."""
        assert state_directories(Config()) == list(places)
        assert named_directories(Config()) == []
        for place in reversed(places):
            put(place, DATABASE)
            assert existing_database(Config()) == place / DATABASE

    def test_none(self, places: tuple[Path, Path]) -> None:
        """Both are named."""
        with pytest.raises(StorageError) as caught:
            existing_database(Config())

        named = " or ".join(f"{place}/chair-sensor.db" for place in places)
        assert str(caught.value).startswith(f"no history yet in {named}; has the daemon run? ")

    def test_a_hidden_history(
        self, places: tuple[Path, Path], hide: Hide, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is not taken for none; one that is read instead is named."""
        system, own = places
        hide(system)
        put(system, DATABASE)
        with pytest.raises(StorageError) as caught:
            existing_database(Config())
        with pytest.raises(StorageError) as not_made, database_to_write(Config()):
            pass
        put(own, DATABASE)

        assert existing_database(Config()) == own / DATABASE
        assert str(caught.value) == str(not_made.value)
        assert str(caught.value) == (
            f"{system}/chair-sensor.db: you may not read it; say `sudo chair-sensor ...`, as the "
            "unit keeps its history where only root may look"
        )
        assert capsys.readouterr() == (
            "",
            f"you may not read {system}/chair-sensor.db; this is {own}/chair-sensor.db\n",
        )

    @pytest.mark.parametrize("writable", [True, False])
    def test_a_new_history(
        self, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, writable: bool
    ) -> None:
        """It begins in the unit's directory if this user may make that, else in the user's own."""
        asked: list[tuple[object, int]] = []

        def access(path: object, mode: int) -> bool:
            asked.append((path, mode))
            return writable

        monkeypatch.setattr(os, "access", access)

        with database_to_write(Config()) as path:
            assert path == places[not writable] / DATABASE
        assert asked == [(places[0].parent, os.W_OK)]

    def test_the_id(self, places: tuple[Path, Path]) -> None:
        """The first one that is there; a command says where it has looked."""
        with pytest.raises(SettingsError) as caught:
            known_id(Config())
        none = remembered_id(Config())
        put(places[1], "chair_id", "own\n")
        second = [remembered_id(Config()), known_id(Config()), known_id(Config(), sure=True)]
        put(places[0], "chair_id", "system\n")

        assert str(caught.value) == (
            f"no chair id to be read in {places[0]} or {places[1]}; say which chair is meant: "
            "--set chair.id=ID (the ID is the second part of its topics)"
        )
        assert (none, second) == (None, ["own"] * 3)
        assert [remembered_id(Config()), known_id(Config())] == ["system"] * 2
        chosen = replace(Config(), chair=replace(Config().chair, id="chosen"))
        assert known_id(chosen) == "chosen"

    def test_a_hidden_id(
        self, places: tuple[Path, Path], hide: Hide, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Another one is used with a word, and not at all where the command has to be sure."""
        system, own = places
        hide(system)
        put(system, "chair_id", "system\n")
        put(own, "chair_id", "own\n")

        assert known_id(Config()) == remembered_id(Config()) == "own"
        assert capsys.readouterr() == (
            "",
            f"you may not read the chair id in {system}; this is the chair of {own}: own\n",
        )
        with pytest.raises(SettingsError) as caught:
            known_id(Config(), sure=True)
        assert str(caught.value) == (
            f"no chair id to be read in {system} or {own}; run this as root, or say which chair is "
            "meant: --set chair.id=ID (the ID is the second part of its topics)"
        )

    def test_changes(self, places: tuple[Path, Path], hide: Hide) -> None:
        """They are read in the first place in which a daemon keeps its state."""
        system, own = places
        put(own, "changed-settings.json", '{"snooze": 600.0, "buzzer": false}')
        found = in_force(Config(), {"snooze": "default", "sit_limit": "--set"})
        put(system, DATABASE)
        none = in_force(Config())
        hide(system)
        hidden = in_force(Config())
        put(system, "changed-settings.json", '{"snooze": 900.0}')

        assert found.config.changed == {"snooze": 600}
        assert found.origins == {"snooze": "changed from Home Assistant", "sit_limit": "--set"}
        assert (found.buzzer, found.problems) == (False, ())
        assert (none.config.changed, none.buzzer, none.problems) == ({}, True, ())
        [problem] = hidden.problems
        assert problem.fix == "say `sudo chair-sensor ...`"
        assert problem.what == (
            f"{system}/changed-settings.json: you may not read it, so what was changed from Home "
            "Assistant is missing here"
        )
        assert hidden.config.changed == {}

    def test_changes_that_are_damaged(self, places: tuple[Path, Path]) -> None:
        """They are lost, and said; the next place is another daemon's."""
        file = put(places[0], "changed-settings.json", "{")
        put(places[1], "changed-settings.json", '{"snooze": 600.0}')

        found = in_force(Config())

        [problem] = found.problems
        assert found.config.changed == {}
        assert problem.what.startswith(f"{file}: Expecting property name")
        assert problem.fix == "what was changed from Home Assistant is lost"


class TestId:
    """It outlives versions of the program: another one would be another device."""

    @pytest.fixture
    def machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
        """Let the machine be another one."""
        files = tmp_path / "serial-number", tmp_path / "machine-id"
        monkeypatch.setattr(identity, "MACHINE", files)
        return files

    @pytest.mark.parametrize(
        ("serial", "image", "made"),
        [
            (b"10000000abcdef01\0", b"11\n", "47fead9f"),
            (b" 10000000abcdef01\n", None, "47fead9f"),
            (b"0000000000000000\0", b"11\n", "9734e227"),
            (None, b" 11\0", "9734e227"),
        ],
    )
    def test_is_made_of_the_machine(
        self,
        machine: tuple[Path, Path],
        caplog: pytest.LogCaptureFixture,
        *,
        serial: bytes | None,
        image: bytes | None,
        made: str,
    ) -> None:
        """By the serial number of the board, else by the machine id; and by the directory."""
        for path, content in zip(machine, (serial, image), strict=True):
            if content is not None:
                path.write_bytes(content)

        assert chair_id(Path("/proc/none")) == made
        assert caplog.messages == [
            f"/proc/none/chair_id: cannot be written; set chair.id = {made} to keep this identity"
        ]

    @pytest.mark.parametrize("image", [b"uninitialized\n", b"000\n", b"\n"])
    def test_is_a_random_one(
        self, machine: tuple[Path, Path], tmp_path: Path, image: bytes
    ) -> None:
        """Where nothing tells the machine apart."""
        machine[1].write_bytes(image)
        (tmp_path / "a").mkdir()

        made = chair_id(tmp_path / "a")

        assert len(made) == 8
        assert (tmp_path / "a/chair_id").read_text() == f"{made}\n"
        (tmp_path / "a/chair_id").unlink()
        assert chair_id(tmp_path / "a") != made

    def test_of_all_letters(self, tmp_path: Path) -> None:
        """Each one that may be in a topic may be in an id."""
        every = "abcdefghijklmnopqrstuvwxyz0123456789_-"
        put(tmp_path, "chair_id", every)

        assert chair_id(tmp_path) == every


def test_settings_are_told_once_in_a_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """That they cannot be kept, and that they are; what is kept can be read and edited."""
    caplog.set_level("INFO")
    store = ChangedSettings(tmp_path / "state")
    file = tmp_path / "state/changed-settings.json"

    kept = [store.save({"buzzer": False}), store.save({"buzzer": True})]
    file.parent.mkdir()
    kept += [store.save({"buzzer": False}), store.save({"buzzer": True, "snooze": 600.0})]

    assert kept == [False, False, True, True]
    refused, taken = caplog.messages
    assert refused == (
        f"{file}: cannot be written; a restart before it can be loses the settings changed from "
        "Home Assistant"
    )
    assert taken == f"{file}: could be written now; no changed setting was lost"
    assert file.read_text() == '{\n  "buzzer": true,\n  "snooze": 600.0\n}\n'


def test_settings_that_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the file, the reason and what it costs."""
    file = put(tmp_path, "changed-settings.json", "{")

    assert ChangedSettings(tmp_path).load() is None

    [line] = caplog.messages
    assert line.startswith(f"{file}: Expecting property name enclosed in double quotes: ")
    assert line.endswith("; the settings changed from Home Assistant are lost")


def test_what_was_announced(tmp_path: Path) -> None:
    """It is kept as JSON that can be read; whether it is, is said."""
    topic = "homeassistant/device/chair-sensor-desk/config"
    kept = Announced(tmp_path).save({topic: {"occupied": "binary_sensor"}})

    text = (tmp_path / "announced-entities.json").read_text()
    assert kept
    assert text == f'{{\n  "{topic}": {{\n    "occupied": "binary_sensor"\n  }}\n}}\n'
    assert not Announced(tmp_path / "none").save({})


@pytest.mark.parametrize(("name", "what"), [("folder", "Is a directory"), ("pipe", "Is no file")])
def test_what_is_no_file(tmp_path: Path, name: str, what: str) -> None:
    """It is not waited for, and the reason says what it is."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match=what) as caught:
        private.readable(tmp_path / name)

    told = caught.value
    assert (told.errno, told.strerror, told.filename) == (errno.EINVAL, what, f"{tmp_path}/{name}")


def test_out_of_descriptors(tmp_path: Path) -> None:
    """The reason is that, and not the file beside it that was never made."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(tmp_path, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            private.replace(tmp_path / "file", ["text"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("user", "ids", "caller"),
    [
        (0, ("1000", "100"), (1000, 100)),
        (0, ("1000", None), None),
        (0, (None, None), None),
        (0, ("1000", "-1"), None),
        (1000, ("1000", "100"), None),
    ],
)
def test_who_called_with_sudo(
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    ids: tuple[str | None, str | None],
    caller: tuple[int, int] | None,
) -> None:
    """Sudo says so itself, to root alone."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    for name, value in zip(("SUDO_UID", "SUDO_GID"), ids, strict=True):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    assert private.caller() == caller


def test_only_folders_are_given(tmp_path: Path) -> None:
    """A file that has taken its place stays as it is."""
    with pytest.raises(NotADirectoryError):
        private.give(put(tmp_path, "file"), (os.getuid(), os.getgid()))


def test_text_is_utf_8(tmp_path: Path) -> None:
    """Whatever the locale of the program, the next one may have another."""
    code = "from sensor.storage.private import replace; from pathlib import Path; "
    code += "replace(Path('file'), ['caf\\u00e9'])"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {**os.environ, **ascii_only, "PYTHONPATH": str(Path(__file__).parents[2])}

    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)

    assert (tmp_path / "file").read_bytes() == b"caf\xc3\xa9"
