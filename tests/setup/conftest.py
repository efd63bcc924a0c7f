"""A person who answers, sits down and gets up as the test wants."""

from pathlib import Path

import pytest

from sensor.doctor import configuration
from sensor.hardware import chips
from sensor.mqtt import probe
from sensor.setup import new_settings
from sensor.status import client
from sensor.storage import paths
from tests.setup.kit import Volunteer


@pytest.fixture
def volunteer() -> type[Volunteer]:
    """Find somebody to ask."""
    return Volunteer


@pytest.fixture(autouse=True)
def settings_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Keep this machine out of it; returns where the unit's settings would be."""
    file = tmp_path / "etc" / "config.toml"
    for module in (configuration, new_settings):
        monkeypatch.setattr(module, "CREDSTORE", tmp_path / "credstore")
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", file)
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run")
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "system-state")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path / "no-systemd")
    monkeypatch.setattr(probe, "LISTEN", 0.3)
    devices = tmp_path_factory.mktemp("dev")
    (devices / "gpiochip0").touch()
    monkeypatch.setattr(chips, "DEVICES", devices)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return file
