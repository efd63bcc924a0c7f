"""The daemon loads only the libraries that its settings need."""

from pathlib import Path

import pytest

from tests.endtoend.kit import Chair
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow


def libraries(daemon: Chair) -> str:
    """Return what the kernel has mapped for the process."""
    return Path(f"/proc/{daemon.process.pid}/maps").read_text()


def test_neither_openssl_nor_pydantic(
    mosquitto: MosquittoStarter, chair: type[Chair], tmp_path: Path
) -> None:
    """A plain connection, its end, and a broker that is away: 4 MB stay free on a small Pi."""
    broker = mosquitto()
    with chair(tmp_path, broker.port) as daemon:
        daemon.ready().do("sit")
        daemon.buzzer.wait(lambda edge: edge.on)
        broker.stop()
        daemon.await_log("connection refused")

        loaded = libraries(daemon)
        assert "libcrypto" not in loaded
        assert "pydantic" not in loaded  # it says what is wrong with a value, and none is


def test_openssl_with_tls(mosquitto: MosquittoStarter, chair: type[Chair], tmp_path: Path) -> None:
    """Only TLS needs it, and a broker that has none is told as ever."""
    with chair(tmp_path, mosquitto().port, mqtt__tls="true") as daemon:
        daemon.await_log("does not answer in TLS")

        assert "libcrypto" in libraries(daemon)
