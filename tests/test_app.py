"""What is decided before the daemon starts."""

from pathlib import Path
from typing import Any

import pytest

from sensor import app
from sensor.config import Config


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The unit's user exists only while it runs, and nobody may know of a home of its."""

    def homeless() -> Any:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))

    assert app.state_directory(Config()) == tmp_path / "state"
    assert (tmp_path / "state").is_dir()
