"""What is decided before the daemon starts."""

from pathlib import Path
from typing import Any

import pytest

from sensor.app import run
from sensor.errors import HardwareError, SettingsError
from sensor.settings.config import Config
from sensor.storage.paths import state_directory


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The unit's user exists only while it runs, and nobody may know of a home of its."""

    def homeless() -> Any:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))

    assert state_directory(Config()) == tmp_path / "state"
    assert (tmp_path / "state").is_dir()


def test_no_home_and_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody names a folder, one line asks for it."""
    for name in ("HOME", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 54321)

    with pytest.raises(SettingsError, match="no home directory to keep the state in; name a fold"):
        state_directory(Config())


def test_no_chip_no_folder(tmp_path: Path) -> None:
    """A daemon that finds no GPIO chip leaves no state directory behind."""

    def none(_chip: int | None) -> Any:
        raise HardwareError("no chip")

    with pytest.raises(HardwareError):
        run(Config(state_dir=tmp_path / "state"), none)

    assert list(tmp_path.iterdir()) == []
