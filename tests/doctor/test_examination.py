"""The check-up by a user without rights: root gives them up, in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCTOR = """
import sys
from pathlib import Path
from sensor.commands import main as cli
from sensor.storage import paths
from sensor.status import client

paths.SYSTEM_STATE = Path(sys.argv[1])
client.UNIT_DIRECTORY = Path.home() / "run"
sys.exit(cli.main(["doctor", "--json", "--set=mqtt.host=127.0.0.1", "--set=mqtt.port=9"]))
"""
POWERLESS = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
"""Makes root obey the modes of files, as everybody else does."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Lay the unit's state out as systemd does: a symlink into a folder that one may not enter."""
    private = tmp_path / "private"
    (private / "chair-sensor").mkdir(parents=True)
    link = tmp_path / "chair-sensor"
    link.symlink_to(private / "chair-sensor")
    private.chmod(0o000)
    yield link
    private.chmod(0o700)


@pytest.mark.slow
def test_state_that_is_hidden(state: Path, tmp_path: Path) -> None:
    """No daemon answers and the state is root's alone: that is told, and how to see it."""
    done = subprocess.run(
        [*(POWERLESS if os.geteuid() == 0 else []), sys.executable, "-c", DOCTOR, state],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in done.stderr
    found = {each.pop("check"): each for each in json.loads(done.stdout)["checks"]}
    assert found["daemon"]["found"] == "not running"
    assert found["database"] == {
        "verdict": "unknown",
        "found": f"you may not read {state}/chair-sensor.db",
        "fix": "run this with sudo",
    }
