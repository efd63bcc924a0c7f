"""One flipped bit after the other in a small database: each must leave a chair that works.

    python -m tests.storage.flips [STEP]

flips one bit in every byte, or in every STEPth, and takes ten minutes. After each flip the doctor,
a report, an export and its import elsewhere look at what is left, a daemon starts on it twice, and
they look again. `test_flips.py` tries some of them.
"""

import io
import logging
import sqlite3
import sys
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, date
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor.core.calendar import day_of
from sensor.errors import StorageError
from sensor.report import sentences
from sensor.report.data import as_csv, as_json
from sensor.report.days import Almanac, read_period
from sensor.report.report import compiled
from sensor.settings.loading import load
from sensor.simulator.script import read as read_script
from sensor.simulator.simulation import World
from sensor.storage.checkup import checkup
from sensor.storage.exchange import Export, imported, read_file
from sensor.storage.history import read, reading

MONDAY = 1_772_438_400.0
"""2026-03-02T08:00:00Z."""
LIFE = """
0:00:00 sit
1:03:00 press
1:10:00 stand
1:20:00 sit
1:21:00 unplug
1:22:00 plug
1:40:00 stand
1:42:00 sit
2:50:00 crash
2:50:10 end
"""
CHECKED = "INSERT INTO self_check VALUES (1772438400.5, 0, 1, 0, 1)"
PAGE = 512
"""Bytes; the smallest page that SQLite has, so that there is little that is empty."""
CONFIG = load(overrides=["chair.id=test", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26"])


def live(folder: Path, script: str, start: float = MONDAY) -> None:
    """Let the real daemon live through a script."""
    World(
        config=CONFIG,
        steps=read_script(script, "flips"),
        wall_start=start,
        state_dir=folder,
        records_to=io.StringIO(),
    ).run()


def sound(folder: Path) -> bytes:
    """Return a database with a row in every table and an alert that lasts."""
    path = folder / "chair-sensor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("VACUUM")
    live(folder, LIFE)
    with closing(sqlite3.connect(path)) as connection:
        with connection:
            connection.execute(CHECKED)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def flips(content: bytes, step: int = 1) -> list[int]:
    """List one bit of each byte, each time another one."""
    return [8 * byte + byte % 8 for byte in range(0, len(content), step)]


def try_flip(folder: Path, content: bytes, bit: int) -> str:
    """Flip a bit and use what is left in every way; return what became of it."""
    for old in folder.iterdir():
        old.unlink()
    path = folder / "chair-sensor.db"
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    path.write_bytes(flipped)
    with suppress(StorageError):
        checkup(path)
    found = "unharmed"
    try:
        damaged = look(path)
    except StorageError:
        found = "refused in one line"
    else:
        if damaged:
            found = "rows left out"
    for life in (1, 2):
        live(folder, "0:00:00 sit\n0:02:00 end\n", MONDAY + life * 20_000)
    look(path)
    return "set aside" if list(folder.glob("*.unreadable-*")) else found


def look(path: Path) -> int:
    """Report, export and import elsewhere; return how many rows were left out."""
    almanac = Almanac(CONFIG.rules().day_starts, UTC)
    today = day_of(MONDAY, almanac.day_starts, UTC)
    period = read_period("2026-03", today, date(2026, 3, 1))
    history = read(path, zone=UTC)
    report = compiled(
        history,
        period,
        almanac,
        CONFIG.rules(),
        now=MONDAY + 50_000,
        chair_name="",
        with_self_checks=True,
    )
    for told in (sentences.summary, sentences.rhythm, sentences.coverage):
        told(report)
    as_json(report)
    as_csv(report)
    file = path.with_name("export.json")
    with reading(path) as connection:
        export = Export(connection, float("-inf"), float("inf"), anonymise=False)
        file.write_text("".join(export.json()))
    elsewhere = path.with_name("elsewhere.db")
    elsewhere.unlink(missing_ok=True)
    added, given = imported(elsewhere, read_file(file))
    assert added == given == export.written
    assert imported(elsewhere, read_file(file)) == (0, given)
    return history.damaged + export.left_out.damaged + export.left_out.overlapping


def main(step: int = 1) -> None:
    """Try every byte, or every so many-th, and say how often came what."""
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory(prefix="flips-") as name:
        folder = Path(name)
        content = sound(folder)
        tried = flips(content, step)
        outcomes: Counter[str] = Counter()
        for bit in tried:
            try:
                outcomes[try_flip(folder, content, bit)] += 1
            except Exception as error:  # noqa: BLE001  (whatever it is, the next bit is tried)
                outcomes[f"bit {bit}: {type(error).__name__}: {error}"] += 1
    print(f"{len(tried)} flips in {len(content)} bytes")  # noqa: T201
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:6} {outcome}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
