"""`chair-sensor homeassistant`: what it prints and writes, and how it says what is wrong."""

import json
import re
from datetime import time
from pathlib import Path

import pytest

from sensor import __version__
from sensor.commands import main
from sensor.homeassistant import discovery, files
from sensor.mqtt.topics import Topics
from sensor.storage import paths
from sensor.storage.files import Announced

CHAIR = ("--set", "chair.id=desk", "--set", "chair.name=Red chair")


@pytest.fixture(autouse=True)
def _nobody_lives_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own chair, settings and state out of it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "system")
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", tmp_path / "none.toml")


def homeassistant(*arguments: str) -> int:
    """Run the command; return its exit code."""
    return main.main(["homeassistant", *arguments])


def test_blueprint_lists(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name there is a line for each."""
    assert homeassistant("blueprint") == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(files.blueprints())


@pytest.mark.parametrize(
    "name",
    ["daily_summary", "daily-summary", "daily_summary.yaml"],
    ids=["plain", "dashed", "file"],
)
def test_blueprint_prints(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The text goes to standard output, as it is."""
    assert homeassistant("blueprint", name) == 0

    assert capsys.readouterr().out == files.blueprint("daily_summary")


def test_blueprint_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """One line names those that there are."""
    assert homeassistant("blueprint", "nope") == 2

    assert capsys.readouterr().err == (
        "chair-sensor: there is no blueprint 'nope'; "
        "there are break_notification, daily_summary, meeting_do_not_disturb, seat_from_entity, "
        "voice\n"
    )


def test_output_to_a_file_and_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is written as named, a folder gets the file's own name, or all of them."""
    assert homeassistant("blueprint", "daily-summary", "--output", str(tmp_path / "my.yaml")) == 0
    assert homeassistant("blueprint", "daily-summary", "--output", str(tmp_path)) == 0

    assert capsys.readouterr().out == (
        f"wrote {tmp_path}/my.yaml\nwrote {tmp_path}/daily_summary.yaml\n"
    )
    assert (tmp_path / "my.yaml").read_text() == files.blueprint("daily_summary")
    assert homeassistant("blueprint", "--output", str(tmp_path)) == 0
    assert {f"{name}.yaml" for name in files.blueprints()} < {p.name for p in tmp_path.iterdir()}


def test_output_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says where and why."""
    assert homeassistant("dashboard", "--output", str(tmp_path / "no" / "x.yaml")) == 1
    assert "No such file or directory" in capsys.readouterr().err

    assert homeassistant("blueprint", "--output", str(tmp_path / "no")) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_dashboard_is_of_this_chair(capsys: pytest.CaptureFixture[str]) -> None:
    """Name and entity ids are those of the chair; another beginning can be given."""
    assert homeassistant("dashboard", "--set", "chair.name=Red chair") == 0
    text = capsys.readouterr().out
    assert 'title: "Red chair"' in text
    assert "sensor.red_chair_break_due_at" in text
    assert not re.search("@[A-Z]+@", text)

    assert homeassistant("dashboard", "--prefix", "old_name") == 0
    assert "switch.old_name_buzzer" in capsys.readouterr().out


def test_a_renamed_chair_keeps_its_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Home Assistant made them of the name that it heard first."""
    topics = Topics(chair_id="desk")
    first = discovery.payload(topics, chair_name="Desk chair", version="1", day_starts=time(4))
    told = discovery.platforms(first)
    Announced(tmp_path).save({topics.discovery: told})
    renamed = ("--set", "chair.name=Throne", "--set", f"state_dir={tmp_path}")

    assert homeassistant("dashboard", *renamed, "--set", "chair.id=desk") == 0

    text = capsys.readouterr().out
    assert 'title: "Throne"' in text
    assert "sensor.desk_chair_break_due_at" in text
    again = discovery.payload(
        topics, chair_name="Throne", version="1", day_starts=time(4), announced=told
    )
    assert again["cmps"]["break_due"]["default_entity_id"] == "binary_sensor.desk_chair_break_due"
    assert discovery.platforms(again) == told
    assert discovery.parting(again, told) is None


def test_files_in_the_language_of_the_chair(capsys: pytest.CaptureFixture[str]) -> None:
    """German settings, German texts."""
    assert homeassistant("blueprint", "voice", "--set", "language=de") == 0
    assert '"wann muss ich aufstehen"' in capsys.readouterr().out

    assert homeassistant("dashboard", "--plain", "--set", "language=de") == 0
    assert 'heading: "Diese Woche"' in capsys.readouterr().out


def test_dashboard_of_a_name_without_letters(capsys: pytest.CaptureFixture[str]) -> None:
    """The chair's id takes its place, as it does in discovery."""
    name = "chair.name=\N{CJK UNIFIED IDEOGRAPH-6905}"

    assert homeassistant("dashboard", "--set", "chair.id=desk-2", "--set", name) == 0

    assert "sensor.desk_2_break_due_at" in capsys.readouterr().out


def test_discovery_prints_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON can be piped; the topic stands beside it."""
    assert homeassistant("discovery", *CHAIR) == 0

    printed = capsys.readouterr()
    payload = json.loads(printed.out)
    assert payload["dev"]["name"] == "Red chair"
    assert payload["o"]["sw"] == __version__
    assert printed.err == "retained on homeassistant/device/chair-sensor-desk/config:\n"


@pytest.mark.parametrize("where", ["state_dir", "environment", "system", "home"])
def test_the_chair_id_is_found(
    where: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the configured state directory, systemd's, or that of a daemon started by hand."""
    folder = {"system": tmp_path / "system", "home": tmp_path / ".local/state/chair-sensor"}.get(
        where, tmp_path / "elsewhere"
    )
    folder.mkdir(parents=True)
    (folder / "chair_id").write_text("4f3a\n")
    if where == "environment":
        monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    more = ["--set", f"state_dir={folder}"] if where == "state_dir" else []

    assert homeassistant("discovery", *more) == 0

    assert "chair-sensor-4f3a" in capsys.readouterr().err


def test_without_a_chair_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """None is made up: one line says where it was looked for and what to do."""
    assert homeassistant("discovery", "--set", f"state_dir={tmp_path}") == 2

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(tmp_path) in said
    assert "--set chair.id=ID" in said
    assert not (tmp_path / "chair_id").exists()
