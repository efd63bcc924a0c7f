"""What the tests of the simulation share: plays, and what is logged in them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.play import Play, Player


class _Keeper(logging.Handler):
    """Keeps log records; much quicker than pytest's caplog, which also writes each down."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def log() -> Iterator[list[logging.LogRecord]]:
    """Give what the product logs, as it comes."""
    logger, keeper = logging.getLogger("sensor"), _Keeper()
    level = logger.level
    logger.addHandler(keeper)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield keeper.records
    logger.removeHandler(keeper)
    logger.propagate = True
    logger.setLevel(level)


@pytest.fixture
def play(tmp_path: Path) -> Player:
    """Prepare a play; all of one test share a state directory."""

    def prepare(script: str, **settings: str) -> Play:
        return Play(tmp_path, script, **settings)

    return prepare
