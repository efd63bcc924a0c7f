"""What the end-to-end tests share: the daemon in a process of its own, and who listens."""

import pytest

from tests.endtoend.kit import Chair, Recorder


@pytest.fixture(scope="session")
def chair() -> type[Chair]:
    """Start the daemon: a context manager, called with state directory, port and settings."""
    return Chair


@pytest.fixture(scope="session")
def record() -> type[Recorder]:
    """Write down what is on a broker: a context manager, called with its port."""
    return Recorder
