"""Time zones by name, and the machine's own."""

import os
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")
EXAMPLE = "Europe/Berlin"


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
        raise ValueError(f"{name!r} {advice()}") from error


def advice() -> str:
    """Say what to do about a name that is not a time zone here."""
    try:
        ZoneInfo(EXAMPLE)
    except (OSError, ValueError, LookupError):
        return "is not known, as no time zone is installed here; sudo apt install tzdata"
    return (
        f"is no time zone; write an IANA name such as {EXAMPLE} (old names such as US/Pacific are "
        "in Debian's package tzdata-legacy)"
    )


def local_trouble() -> str | None:
    """Say why the machine's own zone cannot be known, and what to do; None: all is well.

    A machine on which no zone is set is on UTC.
    """
    try:
        timezone(os.environ["TZ"].lstrip(":"))
    except (KeyError, ValueError):
        pass
    else:
        return None
    try:
        with LOCALTIME.open("rb") as file:
            ZoneInfo.from_file(file)
    except FileNotFoundError:
        if not LOCALTIME.is_symlink():
            return None
        what = f"{LOCALTIME} leads to {LOCALTIME.readlink()}, which is not there"
    except (OSError, ValueError) as error:
        what = f"{LOCALTIME} cannot be read ({error})"
    else:
        return None
    return (
        f"{what}: UTC is taken for local time; sudo apt install tzdata tzdata-legacy, or set a "
        f"zone: sudo timedatectl set-timezone {EXAMPLE}"
    )


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
