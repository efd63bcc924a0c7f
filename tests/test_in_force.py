"""What is in force: the settings as written, with what was changed from Home Assistant on top."""

import json
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from sensor.settings.config import Config
from sensor.settings.loading import describe, load_with_origins
from sensor.storage import private
from sensor.storage.in_force import in_force
from sensor.storage.paths import DATABASE


def keep(directory: Path, changed: Any) -> None:
    """Leave behind what a daemon keeps of the changes."""
    (directory / "changed-settings.json").write_text(json.dumps(changed))


def test_nothing_changed(tmp_path: Path) -> None:
    """Without a change the settings as written are in force, with their origins."""
    config, origins = Config(explicit={"sit_limit": 1800.0}), {"sit_limit": "--set"}

    assert in_force(config, origins, state_dir=tmp_path) == (config, origins, True, ())


def test_a_change_wins_and_says_so(tmp_path: Path) -> None:
    """What was changed beats the file and its profile, and is listed with where it comes from."""
    keep(tmp_path, {"break_min": 1200.0, "buzzer": False})
    loaded = load_with_origins(environ={}, overrides=["profile=hourly", "sit_limit=50m"])

    found = in_force(loaded.config, loaded.origins, state_dir=tmp_path)

    lines = describe(found.config, found.origins)
    assert found.config.rules().break_min == 1200
    assert (found.buzzer, found.problems) == (False, ())
    assert "break_min = 20m  (changed from Home Assistant)" in lines
    assert "break_goal = 20m  (default, gives way to another setting)" in lines
    assert "sit_limit = 50m  (--set)" in lines
    assert "profile = hourly  (--set)" in lines


def test_a_profile_chosen_in_home_assistant(tmp_path: Path) -> None:
    """The profile in force is the chosen one; what it brings along beats the file."""
    keep(tmp_path, {"profile": "metabolic", "sit_limit": 1800.0, "break_min": 300.0})
    config = Config(profile="demo", explicit={"sit_limit": 5400.0})

    found = in_force(config, state_dir=tmp_path).config

    assert (found.profile_in_force, found.rules().sit_limit) == ("metabolic", 1800)
    assert found.rules().sit_confirm == 3
    assert "profile = metabolic  (changed from Home Assistant)" in describe(
        found, in_force(config, state_dir=tmp_path).origins
    )


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (b'{"sit_limit": 1', "is lost"),
        (b"\xff\xfe", "is lost"),
        (b'{"sit_limit": "soon"}', "'sit_limit' cannot be 'soon'"),
        (b'{"pre_alert": 3600}', "pre_alert (1h) must be shorter than sit_limit (1h)"),
    ],
)
def test_what_cannot_be_in_force_is_told(tmp_path: Path, kept: bytes, told: str) -> None:
    """Changes that the daemon would drop are dropped, with a line about each."""
    (tmp_path / "changed-settings.json").write_bytes(kept)

    found = in_force(Config(), state_dir=tmp_path)

    assert found.config == Config()
    (problem,) = found.problems
    assert told in str(problem)


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes in a place for root alone are not taken for none."""
    keep(tmp_path, {"break_min": 1200.0})

    def forbidden(path: Path) -> BinaryIO:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(private, "readable", forbidden)  # root may read everything

    found = in_force(Config(), state_dir=tmp_path)

    assert found.config == Config()
    assert found.problems[0].what.startswith(
        f"{tmp_path}/changed-settings.json: you may not read it"
    )


def test_the_place_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder named it is the first one in which a daemon keeps its state."""
    system, home = tmp_path / "system", tmp_path / "home/.local/state/chair-sensor"
    system.mkdir()
    home.mkdir(parents=True)
    keep(home, {"snooze": 600.0})
    monkeypatch.setattr("sensor.storage.paths.SYSTEM_STATE", system)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)

    assert in_force(Config()).config.changed == {"snooze": 600}

    (system / DATABASE).touch()
    assert in_force(Config()).config.changed == {}
