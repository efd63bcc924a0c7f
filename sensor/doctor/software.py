"""The check of Python, the libraries and the machine's clock."""

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata

from sensor import __version__
from sensor.daemon.answer import Answer
from sensor.daemon.ports import Clock
from sensor.doctor.finding import Finding, fail, ok, troubled
from sensor.settings.config import Config
from sensor.settings.timezones import local_trouble
from sensor.settings.unit import ONE, Unit

AT_ZERO = "after a reboot the timer may start at zero"
MAY_NOT_ASK = "bring the unit up to date: sudo systemd/install.sh --upgrade in a clone"
LIBRARIES = ("gpiozero", "paho-mqtt", "pydantic", "pydantic-settings")
"""Libraries of every installation. The package metadata has their oldest versions."""


def software() -> Iterator[Finding]:
    """Compare the installed versions with those that the package requires."""
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
        yield fail("software", "; ".join(wrong), "reinstall chair-sensor, as in README.md")
    else:
        yield ok("software", f"chair-sensor {__version__}; {', '.join(versions)}")


def clock(
    clock: Clock, config: Config | None = None, answer: Answer | None = None, unit: Unit = ONE
) -> Iterator[Finding]:
    """Check whether the wall clock is synchronised: by the daemon's answer, else by the machine's.

    The service may lack a permission that this command has.
    """
    moment = datetime.fromtimestamp(clock.wall()).astimezone()
    now = f"{moment:%Y-%m-%d %H:%M:%S %Z}"
    here = clock.synchronised()
    told = here if answer is None else answer.get("clock", {}).get("synchronised", here)
    zone = local_trouble() if config is None or config.chair.timezone is None else None
    if zone is not None:
        yield troubled("clock", zone)
    elif told:
        yield ok("clock", f"{now}, synchronised")
    elif told is None:
        found = f"{now}; the {'machine' if answer is None else 'daemon'} cannot tell whether it is"
        yield fail("clock", f"{found} synchronised: {AT_ZERO}", MAY_NOT_ASK)
    elif here:
        found = f"{now}, synchronised, which the daemon does not know yet: {AT_ZERO}"
        yield fail("clock", found, f"{unit.restart}, if it stays so")
    else:
        yield fail(
            "clock",
            f"{now}, not synchronised: {AT_ZERO}",
            "sudo timedatectl set-ntp true, with a network; `timedatectl` shows the result",
        )


def _needed() -> Iterator[tuple[str, str, bool]]:
    """Give the libraries, each with its oldest version, and whether every machine needs it.

    Only a Pi needs lgpio; whether it works shows when the chip is opened.
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
