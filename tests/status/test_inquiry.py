"""Two chairs on one machine: only the daemon that was named answers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sensor.commands import main
from sensor.doctor import configuration
from sensor.doctor.configuration import Configuration
from sensor.doctor.examination import examine
from sensor.setup.new_settings import NewSettings
from sensor.setup.system import System
from sensor.setup.wizard import Wizard
from sensor.status import client
from sensor.status.client import NobodyAnswersError, ask
from sensor.storage import paths
from tests.kit import Stage
from tests.setup.kit import Volunteer
from tests.status.conftest import Starter


@pytest.fixture(autouse=True)
def run_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep this machine out of it; returns where the unit's daemon answers."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run/chair-sensor")
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "var/chair-sensor")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path / "no-systemd")
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", tmp_path / "etc.toml")
    return tmp_path / "run/chair-sensor"


def test_unit_of_another_chair(daemon: Starter, run_directory: Path, tmp_path: Path) -> None:
    """The unit's daemon does not answer for another state directory, and is told of."""
    daemon(run_directory, state_dir=str(tmp_path / "var/chair-sensor"))

    with pytest.raises(NobodyAnswersError, match=r"is another: Sofa \(chair-sensor/sofa\); start"):
        ask(tmp_path / "trial")


def test_unit_of_this_chair(daemon: Starter, run_directory: Path, tmp_path: Path) -> None:
    """The unit's daemon answers for its own state directory, by whatever path that is named."""
    (tmp_path / "private").mkdir()
    (tmp_path / "link").symlink_to("private")
    daemon(run_directory, state_dir=str(tmp_path / "link"))

    assert ask(tmp_path / "private")["name"] == "Sofa"


def test_second_unit(daemon: Starter, run_directory: Path, tmp_path: Path) -> None:
    """A second unit answers in a runtime directory that is called as its state directory is."""
    daemon(run_directory, state_dir=str(tmp_path / "var/chair-sensor"))
    second = tmp_path / "var/chair-two"
    daemon(run_directory.with_name("chair-two"), name="Two", state_dir=str(second))

    assert ask(second)["name"] == "Two"


def test_relative_directory(
    daemon: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """`--state-dir` may be relative."""
    daemon(tmp_path / "trial", state_dir=str(tmp_path / "trial"))
    monkeypatch.chdir(tmp_path)

    assert main.main(["status", "--json", "--state-dir", "trial"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "Sofa"


def test_one_directory(capsys: pytest.CaptureFixture[str]) -> None:
    """Two ways to name it, of which only one would count, do not go together."""
    with pytest.raises(SystemExit) as ended:
        main.main(["status", "--set", "state_dir=/a", "--state-dir", "/b"])

    assert ended.value.code == 2
    assert "--state-dir: not allowed with argument --set" in capsys.readouterr().err


def test_doctor_of_another_file(
    daemon: Starter, run_directory: Path, tmp_path: Path, stage: Stage
) -> None:
    """The check-up of other settings neither asks the unit's daemon nor looks at the unit."""
    daemon(run_directory, state_dir=str(tmp_path / "var/chair-sensor"))
    file = tmp_path / "mine.toml"
    file.write_text('[mqtt]\nhost = "none"\n')

    found = {each.check: each for each in examine(Configuration(file, []), stage.factory, stage)}

    assert found["daemon"].found == (
        f"not running; the one at {run_directory}/status is another: Sofa (chair-sensor/sofa)"
    )
    assert found["daemon"].fix == f"chair-sensor run --config {file}"
    assert found["unit"].found == f"not checked: the unit does not read {file}"
    assert "service" not in found


def test_password_of_another_chair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit's password is not used for other settings."""
    store = tmp_path / "credstore"
    store.mkdir()
    (store / "chair-sensor.mqtt_password").write_text("hunter2\n")
    monkeypatch.setattr(configuration, "CREDSTORE", store)
    file = tmp_path / "mine.toml"
    file.write_text('[mqtt]\nusername = "chair"\n')

    config = Configuration(file, []).config

    assert config is not None
    assert config.mqtt.password is None


@pytest.mark.parametrize("mat", [5, 13])
def test_setup_beside_another_chair(
    daemon: Starter, run_directory: Path, tmp_path: Path, stage: Stage, mat: int
) -> None:
    """Pins that another chair's daemon has are left to it; others are tried."""
    daemon(run_directory, state_dir=str(tmp_path / "var/chair-sensor"))
    file = tmp_path / "mine.toml"
    file.write_text(f"[pins]\nmat = {mat}\nbuzzer = 12\n")
    person = Volunteer(present=False)

    Wizard(NewSettings(file), person, System(person.say, dry=False), stage, stage.factory).run(
        ("mat", "service")
    )

    assert ("A daemon holds the pins (process 512, Sofa)" in person.told) is (mat == 5)
    assert f"chair-sensor run --config {file}" in person.said[-1]


def test_purge_beside_the_daemon(
    daemon: Starter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A daemon that runs here is asked before the broker, which a visit could push it off."""
    daemon(tmp_path, state_dir=str(tmp_path))
    settings = ("mqtt.port=9", "chair.id=sofa", f"state_dir={tmp_path}")

    code = main.main(["homeassistant", "purge", "--yes", *(f"--set={each}" for each in settings)])

    assert code == 1
    assert "the daemon of chair sofa is online" in capsys.readouterr().err


POWERLESS = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
COMMAND = """
import sys
from pathlib import Path
from sensor.commands import main as cli
from sensor.storage import paths

paths.SYSTEM_STATE = Path(sys.argv[1])
sys.exit(cli.main(["homeassistant", *sys.argv[2:]]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["discovery"], 0, "you may not read the chair id in {state}; this is the chair of"),
        (["purge", "--yes"], 2, "no chair id to be read in {state} or"),
    ],
)
def test_hidden_state(tmp_path: Path, command: list[str], code: int, said: str) -> None:
    """A trial in the home directory is not silently taken for the chair of the unit."""
    state = tmp_path / "private/chair-sensor"
    trial = tmp_path / ".local/state/chair-sensor"
    for folder, chair_id in ((state, "desk"), (trial, "trial")):
        folder.mkdir(parents=True)
        (folder / "chair_id").write_text(f"{chair_id}\n")
    state.parent.chmod(0o000)

    done = subprocess.run(
        [
            *(POWERLESS if os.geteuid() == 0 else []),
            *(sys.executable, "-c", COMMAND, str(state), *command, "--set=mqtt.port=9"),
        ],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    state.parent.chmod(0o700)

    assert done.returncode == code, done.stderr
    assert said.format(state=state) in done.stderr
