"""The checkpoint in its table: one row, the state as JSON and what dates it."""

import json
import sqlite3
from dataclasses import replace
from typing import Any

from sensor.daemon import codec
from sensor.daemon.memory import Memory


def read(connection: sqlite3.Connection) -> tuple[Memory, int] | None:
    """Return the memory and the lives that died of it; None: none. Raises ValueError if damaged."""
    row = connection.execute(
        "SELECT state, at, wall, boot_id, synchronised, before, died FROM checkpoint"
    ).fetchone()
    if row is None:
        return None
    *values, before, died = row
    try:
        memory = _memory(*values)
        if before is not None:
            *values, resumed_at = json.loads(before)
            memory = replace(memory, before=_memory(*values), resumed_at=_moment(resumed_at))
        return memory, max(0, int(died))
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"holds a checkpoint that makes no sense: {error}") from None


def row(memory: Memory, state: str, died: int) -> dict[str, Any]:
    """Return the row to write; `state` is the encoded one, `died` how many lives died of it."""
    earlier, before = memory.before, None
    if earlier is not None:
        text = codec.encode(earlier.state)
        values = [text, earlier.at, earlier.wall, earlier.boot_id, earlier.synchronised]
        before = json.dumps([*values, memory.resumed_at])
    return {
        "only": 1,
        "state": state,
        "at": memory.at,
        "wall": memory.wall,
        "boot_id": memory.boot_id,
        "synchronised": memory.synchronised,
        "before": before,
        "died": died,
    }


def _memory(state: str, at: float, wall: float, boot_id: str, synchronised: int) -> Memory:
    return Memory(
        state=codec.decode(state),
        at=_moment(at),
        wall=_moment(wall),
        boot_id=str(boot_id),
        synchronised=bool(synchronised),
    )


def _moment(value: Any) -> float:
    if not codec.is_plausible(float(value)):
        raise ValueError(f"remembers an impossible moment: {value}")
    return float(value)
