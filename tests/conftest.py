"""Brokers, an independent client and a stage with a simulated chair, for whoever needs them."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.kit import MosquittoStarter, Observe, Observer, Stage, mosquittos

MEMORY = Path("/dev/shm")  # noqa: S108  (pytest makes a private folder there)
ROOM = 1 << 30
"""Bytes; a run of all tests leaves less, and what has passed is removed."""

# As an installation has it: else each of the processes that tests start compiles the product.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# The product syncs what it writes; on a disk, the tests would mostly wait for that.
if (
    "TMPDIR" not in os.environ
    and os.access(MEMORY, os.W_OK)
    and shutil.disk_usage(MEMORY).free > ROOM
):
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # it may have been asked for already

settings.register_profile("unhurried", deadline=None)  # how fast it goes is for the benchmarks
settings.register_profile("few", max_examples=20, deadline=None)
# A mutant is dead with the first example that fails; to make that one small takes minutes.
settings.register_profile(
    "mutants",
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.differing_executors],  # mutmut runs tests again and again
)


def pytest_xdist_auto_num_workers() -> int:
    """Use half as many workers again as there are cores: a third of their time tests wait."""
    return len(os.sched_getaffinity(0)) * 3 // 2 if sys.platform == "linux" else os.cpu_count() or 1


def pytest_configure(config: pytest.Config) -> None:
    """Let the quick run try few examples; all of them are tried with `-m 'slow or hypothesis'`."""
    if not config.getoption("--hypothesis-profile"):
        quick = config.getoption("-m") == "not slow"
        settings.load_profile("few" if quick else "unhurried")


@pytest.fixture(autouse=True)
def _signals_end() -> Iterator[None]:
    """Undo what `nohup pytest` and `pytest &` hand down to each command: signals it ignores."""
    ends = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    ignored = [number for number in ends if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoStarter]:
    """Start a mosquitto with these options; needed where the embedded broker cannot do it."""
    with mosquittos(tmp_path) as start:
        yield start


@pytest.fixture(scope="session")
def lasting_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MosquittoStarter]:
    """Start a mosquitto that many tests share."""
    with mosquittos(tmp_path_factory.mktemp("mosquitto")) as start:
        yield start


@pytest.fixture
def observe() -> Iterator[Observe]:
    """Let an independent client watch the broker at a port."""
    observers: list[Observer] = []

    def start(port: int) -> Observer:
        observers.append(Observer(port))
        return observers[-1]

    yield start
    for observer in observers:
        observer.close()


@pytest.fixture
def stage() -> Stage:
    """Set up a chair with nobody on it, at second 0."""
    return Stage()
