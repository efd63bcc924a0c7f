"""The slow chair from beside this file: import mode `importlib` knows no siblings."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

settings.register_profile("many", max_examples=20_000)


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """Give the module `reference.py`."""
    spec = importlib.util.spec_from_file_location(
        "reference", Path(__file__).with_name("reference.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
