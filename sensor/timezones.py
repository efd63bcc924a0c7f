"""Time zones by name, and the machine's own."""

import os
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")


@cache
def timezone(name: str | None) -> tzinfo:
    """The zone called `name`, or the machine's own for None. Raises ValueError for no zone."""
    if name is None:
        return _local()
    if name.upper() == "UTC":
        return UTC  # needs no zone database
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(
            f"unknown time zone {name!r}; write an IANA name such as Europe/Berlin"
        ) from error


def local_name() -> str | None:
    """Name the machine's own zone; None: it has none that others would know."""
    for place in (os.environ.get("TZ", "").lstrip(":"), str(LOCALTIME.resolve())):
        name = place.rpartition("zoneinfo/")[2]
        if name:
            try:
                timezone(name)
            except ValueError:
                continue  # a POSIX rule, or a file of its own
            return name
    return None


def _local() -> tzinfo:
    name = os.environ.get("TZ", "").lstrip(":")
    if name:
        try:
            return timezone(name)
        except ValueError:
            pass  # a POSIX rule such as CET-1CEST: fall back to the file
    try:
        with LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file, key=str(LOCALTIME))
    except (OSError, ValueError):
        return UTC
