"""The check of the database: whether it is sound, and whether its disk has room."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sensor.doctor.finding import Finding, fail, ok, unknown
from sensor.errors import AS_ROOT, StorageError
from sensor.settings.unit import ONE, Unit
from sensor.storage.checkup import checkup

ROOM = 20_000_000
"""Bytes that should be free; a year of history takes a few million."""


def database(path: Path, unit: Unit = ONE, *, daemon_says_failed: bool) -> Iterator[Finding]:
    """Check the database, and the disk it is on."""
    try:
        free = shutil.disk_usage(path.parent).free
        if free < ROOM:  # first: it explains any other fault
            yield fail(
                "database", f"only {free / 1e6:.0f} MB are free on its disk", "free some space"
            )
            return
        if daemon_says_failed:
            # For the service a disk that was read-only at its start stays so until its restart.
            fix = f"is its disk read-only or broken? Repair it, then {unit.restart}"
            yield fail("database", f"the daemon cannot use {path}", fix)
            return
        health = checkup(path)
    except FileNotFoundError:
        yield ok("database", f"none yet; the daemon creates {path}")
        return
    except PermissionError:
        yield unknown("database", f"you may not read {path}", AS_ROOT)
        return
    except StorageError as error:
        anew = f"{unit.restart} sets it aside and begins a fresh one"
        yield fail("database", error.what, "; ".join(filter(None, (error.fix, anew))))
        return
    if health is None:
        yield ok("database", f"none yet; the daemon creates {path}")
    else:
        aside = f"; {health.set_aside} damaged ones set aside" * bool(health.set_aside)
        damaged = f"; {health.damaged} damaged rows are left out of reports" * bool(health.damaged)
        saved = "never" if health.saved_at is None else _label(health.saved_at)
        found = (
            f"sound, {health.bouts} bouts, saved {saved}; {free / 1e6:.0f} MB free{damaged}{aside}"
        )
        yield ok("database", found)


def _label(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M}"
