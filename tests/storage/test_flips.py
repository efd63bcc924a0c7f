"""Single flipped bits, as an old SD card makes them; `flips.py` tries every byte."""

from pathlib import Path

import pytest

from tests.storage.flips import flips, sound, try_flip

PARTS = 10
STEP = 211


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make the sound database once."""
    return sound(tmp_path_factory.mktemp("sound"))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_flipped_bit(content: bytes, tmp_path: Path, part: int) -> None:
    """Whatever bit it is: no traceback, two lives that work, and an export that can be read."""
    for bit in flips(content, STEP)[part::PARTS]:
        try_flip(tmp_path, content, bit)
