"""Time zones by name, and the machine's own."""

import os
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sensor.errors import SettingsError
from sensor.settings.bad_value import BadValueError

LOCALTIME = Path("/etc/localtime")
EXAMPLE = "Europe/Berlin"


def timezone(name: str | None) -> tzinfo:
    """Return the zone called `name`, or the machine's own now. Raises BadValueError."""
    if name is not None:
        return _named(name)
    try:
        found = LOCALTIME.stat()
    except OSError:
        return _local(os.environ.get("TZ", ""), None)
    return _local(os.environ.get("TZ", ""), (found.st_ino, found.st_mtime))


class SystemZone(tzinfo):
    """The machine's own zone, whichever it is when it is asked."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return what the clock on the wall is ahead of UTC."""
        return timezone(None).utcoffset(moment)

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Return what of that is summer time."""
        return timezone(None).dst(moment)

    def tzname(self, moment: datetime | None) -> str | None:
        """Return what that time is called."""
        return timezone(None).tzname(moment)

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time for one in UTC."""
        zone = timezone(None)
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=self)


@cache
def _named(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC  # needs no zone database
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise _no_zone() from error


def _no_zone() -> BadValueError:
    """Tell what to do about a name that is not a time zone here."""
    try:
        ZoneInfo(EXAMPLE)
    except (OSError, ValueError, LookupError):
        return BadValueError(
            "is not known: no time zone is installed here", "sudo apt install tzdata"
        )
    return BadValueError(
        "is not a time zone",
        f"Write an IANA name such as {EXAMPLE}. Old names such as US/Pacific are in Debian's "
        "package tzdata-legacy.",
    )


def local_trouble() -> SettingsError | None:
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
    fix = (
        "sudo apt install tzdata tzdata-legacy, or set a zone: sudo timedatectl set-timezone "
        f"{EXAMPLE}"
    )
    return SettingsError(f"{what}: UTC is taken for local time", fix=fix)


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


@lru_cache(maxsize=1)
def _local(setting: str, _file: tuple[int, float] | None) -> tzinfo:
    """Return the machine's own zone; another setting or another file may be another one."""
    name = setting.lstrip(":")
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
