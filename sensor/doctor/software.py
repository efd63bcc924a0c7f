"""Python, the libraries, and the machine's clock."""

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata

from sensor import __version__
from sensor.doctor.finding import Finding, fail, ok
from sensor.ports import Clock

LIBRARIES = ("gpiozero", "paho-mqtt", "pydantic", "pydantic-settings")
"""Of every installation. How old they may be is said where the package declares its needs."""


def software() -> Iterator[Finding]:
    """Compare what is installed with what the package asks for."""
    python = ".".join(map(str, sys.version_info[:3]))
    versions, wrong = [f"Python {python}"], []
    for name, least, always in _needed():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong += [f"{name} is missing"] * always
            continue
        versions.append(f"{name} {found}")
        if _numbers(found) < _numbers(least):
            wrong.append(f"{name} {found} is older than {least}")
    if wrong:
        yield fail("software", "; ".join(wrong), "install chair-sensor anew, as in README.md")
    else:
        yield ok("software", f"chair-sensor {__version__}; {', '.join(versions)}")


def clock(clock: Clock) -> Iterator[Finding]:
    """Ask whether the wall clock is known to be right."""
    now = f"{datetime.fromtimestamp(clock.wall()).astimezone():%Y-%m-%d %H:%M:%S %Z}"
    if clock.synchronised():
        yield ok("clock", f"{now}, synchronised")
    else:
        yield fail(
            "clock",
            f"{now}, not synchronised: after a reboot the timer may start at zero",
            "sudo timedatectl set-ntp true, and a network; `timedatectl` shows how it goes",
        )


def _needed() -> Iterator[tuple[str, str, bool]]:
    """Give the libraries, each with its oldest version, and whether any machine needs it.

    lgpio is of the Pi alone; whether it works is seen when the chip is opened.
    """
    try:
        requirements = metadata.requires("chair-sensor") or []
    except metadata.PackageNotFoundError:  # not installed by pip: a package, or a mere clone
        yield from ((name, "0", True) for name in LIBRARIES)
        return
    for requirement in requirements:
        found = re.fullmatch(r"""([\w.-]+)>=([\d.]+)(; extra == ['"]pi['"])?""", requirement)
        if found:
            yield found[1], found[2], not found[3]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))
