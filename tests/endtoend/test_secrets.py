"""The broker's password stays where it was put."""

import os
import signal
from pathlib import Path

import pytest

from tests.endtoend.kit import Chair
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

PASSWORD = "hunter2-and-more"  # noqa: S105


def test_password_is_nowhere(
    mosquitto: MosquittoStarter, chair: type[Chair], tmp_path: Path
) -> None:
    """Refused or not, it is in no log line, no command line, no environment, no file of ours."""
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n")
    state_dir = tmp_path / "state"
    port = mosquitto("allow_anonymous false").port
    settings = {"mqtt.username": "chair", "mqtt.password_file": str(secret)}
    with chair(state_dir, port, **settings) as daemon:
        daemon.ready()
        daemon.await_log("wrong user or password")
        process = Path(f"/proc/{daemon.process.pid}")
        seen = [(process / name).read_bytes() for name in ("cmdline", "environ")]

        assert daemon.end(signal.SIGTERM) == 0
        kept = [file.read_bytes() for file in state_dir.rglob("*") if file.is_file()]
        said = "\n".join(daemon.log.entries)

    assert kept
    assert PASSWORD not in said
    assert not any(os.fsencode(PASSWORD) in text for text in (*seen, *kept))
