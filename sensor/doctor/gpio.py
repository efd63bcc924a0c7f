"""The check of the GPIO chip, its permissions and the pins.

A running daemon holds the pins and is asked. Without a daemon they are opened for a moment, the
buzzer's to silence it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import Any

from sensor.core.setting import settings_of
from sensor.core.words import PROBLEMS, Problem
from sensor.daemon.answer import Answer
from sensor.daemon.inbox import ContactRead, Inbox
from sensor.daemon.ports import Clock
from sensor.doctor.finding import Finding, fail, ok, troubled
from sensor.doctor.service import unit_may
from sensor.errors import HardwareError
from sensor.hardware.advice import NEW_GROUP, OPEN, RULE, RULES_FILE, gpio_group
from sensor.hardware.button import Button
from sensor.hardware.buzzer import Buzzer
from sensor.hardware.chips import FactoryMaker, chip_files, chips
from sensor.hardware.led import Led
from sensor.hardware.lines import holder
from sensor.hardware.mat import Mat
from sensor.settings.config import Pins, wires
from sensor.settings.unit import ONE, Unit
from sensor.status import text

__all__ = ["RULE", "RULES_FILE", "gpio"]

WATCH = 3.0
"""Seconds to watch the mat when no daemon runs."""
NO_BUZZER = "none (pins.buzzer = none): only Home Assistant, or another client, tells of alerts"
NOISE = 1000
"""Changes a minute that no sitter causes: a bouncing contact stays far below."""


def gpio(
    pins: Pins,
    answer: Answer | None,
    make_factory: FactoryMaker,
    clock: Clock,
    unit: Unit = ONE,
) -> Iterator[Finding]:
    """Check chip, permissions and pins; `answer` is the running daemon's, None: there is none."""
    held = {} if answer is None else answer["pins"]
    if not any(wires(asdict(pins))) and not any(wires(held)):
        yield ok("pins", "none is wired, so that no GPIO chip is needed; there is no buzzer")
        return
    with ExitStack() as stack:
        try:
            factory = make_factory(pins.chip)
        except HardwareError as error:
            if chip_files():
                yield _permission(pins.chip)
            yield troubled("GPIO chip", error)
            if answer is None:
                return
        else:
            stack.callback(factory.close)
            yield _permission(pins.chip)
            found = ", ".join(f"gpiochip{number} {label}" for number, label in chips().items())
            yield ok("GPIO chip", f"{type(factory).__name__}; {found or 'simulated'}")
        if answer is None:
            yield from _free(pins, factory, clock, unit)
        else:
            yield from _held(pins, answer, unit)


def _permission(chip: int | None) -> Finding:
    """Check by the modes whether the unit may open the chip; root would open anything.

    To find the header's chip, the daemon opens all.
    """
    check = "permission"
    if gpio_group() is None:
        return fail(check, "there is no group gpio: the unit fails with 216/GROUP", NEW_GROUP)
    needed = [
        path for number, path in chip_files().items() if chip in (None, number) and path.exists()
    ]
    closed = [str(path) for path in needed if not unit_may(path, os.R_OK | os.W_OK)]
    if closed:
        return fail(check, f"the service cannot use {', '.join(closed)}", OPEN)
    return ok(check, f"the group gpio exists{' and may use the chip' * bool(needed)}")


def _held(pins: Pins, answer: Answer, unit: Unit) -> Iterator[Finding]:
    wanted = {
        key: list(pin) if isinstance(pin, tuple) else pin for key, pin in asdict(pins).items()
    }
    daemon = f"the running daemon (process {answer['pid']})"
    if answer["pins"] == wanted:
        yield ok("pins", f"{_listed(pins)}: held by {daemon}")
    else:
        found = f"{daemon} holds other pins than the settings name"
        yield fail("pins", found, unit.restart)
    noisy = answer["edges_last_minute"] >= NOISE
    if "seat" not in answer.get("contact", {}):
        yield _mat(text.mat(answer), noisy=noisy, problem=answer["state"]["problem"])
    yield ok("buzzer", text.buzzer(answer))


def _free(pins: Pins, factory: Any, clock: Clock, unit: Unit) -> Iterator[Finding]:
    """Open the pins for a moment, as the daemon would."""
    inbox = Inbox()
    with ExitStack() as stack:
        try:
            mat = None
            if pins.mat is not None:
                mat = stack.enter_context(Mat(pins, factory, inbox, clock.now))
            if pins.buzzer is not None:
                stack.enter_context(Buzzer(pins, factory))
            if pins.led is not None:
                stack.enter_context(Led(pins.led, factory))
            if pins.button is not None:
                stack.enter_context(Button(pins.button, factory, inbox, clock.now))
        except HardwareError as error:
            stack.close()  # so that `_holders` does not name this process
            finding = troubled("pins", error)
            yield replace(finding, found=f"{finding.found}{_holders(pins, factory)}")
            return
        yield ok("pins", f"{_listed(pins)}: free")
        if mat is not None:
            yield _watched(mat, inbox, clock)
        if pins.buzzer is None:
            yield ok("buzzer", NO_BUZZER)
        else:
            sounds = f"`{unit.command('setup')}` sounds it"
            yield ok("buzzer", f"driven silent (GPIO{pins.buzzer}); {sounds}")


def _watched(mat: Mat, inbox: Inbox, clock: Clock) -> Finding:
    """Watch a mat for a moment."""
    edges, until = 0, clock.now() + WATCH
    while clock.now() < until:
        edges += isinstance(clock.wait(inbox, until), ContactRead)
    problem: Problem | None = None if mat.loop_closed() else "unplugged"
    level = "pressed" if mat.contact_closed() else "free"
    found = f"{level} ({mat.name}); {text.changes(edges)} in {WATCH:.0f} s"
    return _mat(found, noisy=edges * 60 >= NOISE * WATCH, problem=problem)


def _holders(pins: Pins, factory: Any) -> str:
    """Name the programs that hold our pins; an empty text where that cannot be known."""
    chip = getattr(factory, "chip", None)
    if chip is None:
        return ""
    try:
        held = [(number, holder(chip, number)) for _, number in _wired(pins)]
    except OSError:
        return ""
    named = ", ".join(f"GPIO{number} is held by {name!r}" for number, name in held if name)
    return f" ({named})" if named else ""


def _mat(found: str, *, noisy: bool, problem: Problem | None) -> Finding:
    if problem in ("unplugged", "long_occupancy"):
        return fail("mat", PROBLEMS[problem].said(), "see Troubleshooting in hardware.md")
    if noisy:
        fix = "the lead floats or picks up mains: 1 k pull-up and 100 nF near the Pi (hardware.md)"
        return fail("mat", found, fix)
    return ok("mat", found)


def _listed(pins: Pins) -> str:
    names = dict.fromkeys(name for name, _ in _wired(pins))
    return ", ".join(f"{name} {getattr(pins, name)}" for name in names)


def _wired(pins: Pins) -> list[tuple[str, int]]:
    """List the wires that are connected; first those that every chair has."""
    settings = settings_of(Pins)
    return sorted(wires(asdict(pins)), key=lambda wire: settings[wire[0]].default is None)
