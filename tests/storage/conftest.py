"""Memories to write, and a disk that can be filled up or locked."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sensor.core import chair
from sensor.core.rules import Rules
from sensor.daemon.memory import Memory

MONDAY = 1_772_438_400.0
"""2026-03-02T08:00:00Z."""


@pytest.fixture
def memory() -> Memory:
    """What a daemon remembers ten seconds after its start; somebody has just sat down."""
    state = chair.start(
        contact_closed=True, loop_closed=True, now=100.0, wall_offset=MONDAY, rules=Rules()
    )
    state, _ = chair.advance(state, 110.0, Rules())
    return Memory(state=state, at=110.0, wall=MONDAY + 110, boot_id="boot-1", synchronised=True)


@pytest.fixture
def later(memory: Memory) -> Memory:
    """What it remembers a minute later."""
    state, _ = chair.advance(memory.state, 170.0, Rules())
    return replace(memory, state=state, at=170.0, wall=MONDAY + 170)


class Disk:
    """A folder on a small file system of its own; needs root."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def clear(self) -> None:
        """Make room again."""
        self._filler.unlink()

    def lock(self) -> None:
        """Let nobody write."""
        subprocess.run(["mount", "-o", "remount,ro", self.path], check=True)

    def unlock(self) -> None:
        """Let everybody write again."""
        subprocess.run(["mount", "-o", "remount,rw", self.path], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Mount a small disk."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(path)]
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root may mount a disk of its own")
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield Disk(path)
    subprocess.run(["umount", path], check=True)
