"""`simulate --keep DIR`: what a simulation leaves can be looked at like the history of a chair."""

import json
import re
import threading
from pathlib import Path

import pytest

from sensor.commands.main import main
from sensor.daemon.answer import Answer
from sensor.settings.config import Chair, Config, Pins
from sensor.simulator.keeping import answering
from sensor.simulator.script import read
from sensor.simulator.simulation import World
from sensor.status.client import ask

DAY = "0:10 sit\n1:10:00 stand\n1:20:00 end\n"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Play a morning and keep it."""
    script = tmp_path / "morning.txt"
    script.write_text(DAY)
    assert main(["simulate", "--script", str(script), "--keep", str(tmp_path / "kept")]) == 0
    return tmp_path / "kept"


@pytest.mark.slow
def test_every_command_works_on_it(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Report, export, import into another folder, forget."""
    at, export = ("--set", f"state_dir={kept}"), kept.parent / "export.json"
    capsys.readouterr()

    assert main(["report", "2026-03-02", *at]) == 0
    assert re.search("Chair time +1 h 9 min", capsys.readouterr().out)
    assert main(["export", "--output", str(export), *at]) == 0
    assert len(json.loads(export.read_text())["bouts"]) == 1
    assert main(["forget", "all", "--yes", *at]) == 0
    assert kept.stat().st_mode & 0o777 == 0o700
    assert (kept / "chair-sensor.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_only_an_empty_folder(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A history that is there is not mixed with a simulated one."""
    capsys.readouterr()

    assert main(["simulate", "--script", "workday", "--keep", str(kept)]) == 2
    assert "there is a history already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        ("--set state_dir=x", "--keep DIR"),
        ("--set state_dir=x --broker 127.0.0.1", "--keep DIR"),
        ("--set mqtt.host=broker.lan", "--broker HOST"),
        ("--set mqtt.host=broker.lan --broker 127.0.0.1", "--broker HOST"),
        ("--set mqtt.port=1884", "--broker HOST"),
        ("--set mqtt.password_file=x", "--broker HOST"),
        ("--set mqtt.ca_file=x", "--broker HOST"),
        ("--set mqtt.tls_insecure=true", "--broker HOST"),
        ("--set chair.timezone=UTC --timezone Europe/Berlin", "--timezone alone"),
        ("--plain", "leave out --plain"),
        ("--plain --speed max", "leave out --plain"),
        ("--plain --speed 60 --jsonl -", "leave out --plain"),
    ],
)
def test_nothing_is_ignored(
    arguments: str, instead: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that a simulation does not follow is refused with what does it."""
    assert main(["simulate", "--script", "workday", *arguments.split()]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert instead in line


def test_a_broker_that_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A settings file may name a broker; that a simulation has its own is said in one line."""
    file, script = tmp_path / "config.toml", tmp_path / "short.txt"
    file.write_text("mqtt.host = 'broker.lan'\nmqtt.base_topic = 'here'\nsit_limit = '45m'\n")
    script.write_text("0:01 end\n")

    assert main(["simulate", "--script", str(script), "--config", str(file)]) == 0
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"without --broker these change nothing: mqtt.host ({file})"


def test_a_real_chairs_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names its broker rightly, and nothing is said of that; what was named by hand is said."""
    file, script = tmp_path / "etc/config.toml", tmp_path / "short.txt"
    file.parent.mkdir()
    file.write_text("mqtt.host = 'broker.lan'\n")
    script.write_text("0:01 end\n")
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", file)
    monkeypatch.setenv("CHAIR_SENSOR_MQTT__PORT", "1884")

    assert main(["simulate", "--script", str(script)]) == 0
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("nothing: mqtt.port (environment variable CHAIR_SENSOR_MQTT__PORT)")


def test_a_seat_beside_no_broker(tmp_path: Path) -> None:
    """A chair without a broker can be simulated with a seat: the simulation has a broker."""
    file, script = tmp_path / "config.toml", tmp_path / "short.txt"
    file.write_text("mqtt.host = 'none'\n")
    script.write_text("0:01 sit\n0:10 end\n")
    seat = ("--config", str(file), "--set", "seat.topic=a/seat")

    assert main(["simulate", "--script", str(script), *seat]) == 0
    assert main(["simulate", "--script", str(script), *seat, "--set", "pins.mat=6"]) == 0
    assert main(["check-config", *seat]) == 2


def test_status_while_it_runs(tmp_path: Path) -> None:
    """`status` and `not-me` reach the simulated chair as they reach a real one."""
    chair = Chair(id="simulated", name="Simulated chair", timezone="UTC")
    world = World(
        config=Config(chair=chair, pins=Pins(tamper=6, button=26)),
        steps=read("0:00 sit\n", "the script of this test"),
        wall_start=1_772_438_400.0,
        state_dir=tmp_path,
    )
    world.endless = True
    world.start()
    while world.next_at() <= 120.0:
        world.advance()
    answers: list[Answer] = []

    def ask_twice() -> None:
        answers.append(ask(tmp_path))
        answers.append(ask(tmp_path, command="do/void PRESS"))

    with answering(world, tmp_path):
        asker = threading.Thread(target=ask_twice)
        asker.start()
        while asker.is_alive():
            if world.next_at() <= world.t:
                world.advance()
            asker.join(0.001)
    world.stop("the test is over")

    answer, after = answers
    assert answer["name"] == "Simulated chair"
    assert answer["broker"] == "a broker in memory"
    assert answer["state"]["status"] == "sitting"
    assert after["state"]["status"] == "ignored"
    assert after["mqtt"].get("refusal", "") is None
