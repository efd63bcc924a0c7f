"""Python, the libraries, and the machine's clock."""

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

AT_ZERO = "after a reboot the timer may start at zero"
MAY_NOT_ASK = "bring the unit up to date: sudo systemd/install.sh --upgrade in a clone"
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


def clock(
    clock: Clock, config: Config | None = None, answer: Answer | None = None
) -> Iterator[Finding]:
    """Ask whether the wall clock is known to be right: the daemon, if one runs, else the machine.

    The service may be forbidden what this command may do.
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
        found = f"{now}; the {'machine' if answer is None else 'daemon'} may not ask whether it is"
        yield fail("clock", f"{found} synchronised: {AT_ZERO}", MAY_NOT_ASK)
    elif here:
        found = f"{now}, synchronised, which the daemon does not know yet: {AT_ZERO}"
        yield fail("clock", found, "sudo systemctl restart chair-sensor, if it stays so")
    else:
        yield fail(
            "clock",
            f"{now}, not synchronised: {AT_ZERO}",
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
