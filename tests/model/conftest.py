"""The slow chair as a fixture."""

from types import ModuleType

import pytest
from hypothesis import settings

from tests.model import reference as slow_chair

settings.register_profile("many", max_examples=20_000)


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """Give the module `reference.py`."""
    return slow_chair
