"""The daemon as a process of its own, on simulated pins: what the end-to-end tests start.

Everything but the pins is the real thing: clocks, network, database, signals, the program's
own `main`. Standard input takes one word a line: `sit`, `stand`, `unplug`, `plug`, `press`.
Every new level of the buzzer's pin is a line on standard output, `on 1234.567` or `off ...`, in
seconds of CLOCK_MONOTONIC, which all processes of the machine share; so is every new level of the
mat's contact, `closed ...` or `open ...`. With `--dev` the pins belong
to a chip, `gpiochip0` in that folder, where whatever the kernel is asked for is written down.
"""

import argparse
import os
import signal
import sys
import time
from functools import partial
from threading import Thread

from sensor import app
from sensor.errors import SettingsError
from sensor.hardware import guard
from sensor.mqtt import client
from sensor.mqtt.backoff import delays
from sensor.settings.config import Config
from sensor.settings.loading import load
from sensor.simulator.wires import SimulatedFactory, Wires
from tests import kernel


def main() -> int:
    """Put the daemon on simulated pins and let it run; return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seated", action="store_true", help="somebody sits there already")
    parser.add_argument("--hasty", action="store_true", help="reconnect sooner, however often")
    parser.add_argument("--dev", metavar="DIR", help="the pins are those of a chip")
    options = parser.parse_args()
    if options.hasty:  # twenty outages in a row are no rival with our client id
        client.STEADY = 0
        client.delays = lambda random: (wait / 3 for wait in delays(random))  # type: ignore[attr-defined]
    try:
        config = load(overrides=options.set)
    except SettingsError as error:
        sys.exit(str(error))
    wires = Wires(Ear(config.pins.buzzer))
    _pull(wires, config.pins.mat, closed=options.seated)
    _pull(wires, config.pins.tamper, closed=True)
    _pull(wires, config.pins.button, closed=False)

    def make_factory(_chip: int | None) -> SimulatedFactory:
        Thread(target=_obey, args=(wires, config), daemon=True).start()
        factory = SimulatedFactory(wires)
        if options.dev:
            factory.chip = 0
        return factory

    if options.dev:
        guard.PROGRAM[:] = [sys.executable, kernel.__file__, options.dev, "0"]
    app.run = partial(app.run, make_factory=make_factory)
    return app.resident(config, record=None)


class Ear:
    """Writes down when the buzzer begins and stops to sound."""

    def __init__(self, buzzer: int | None) -> None:
        self._buzzer = buzzer
        self._sounds = False

    def __call__(self, number: int, high: bool | None) -> None:
        """Hear a new level of any output."""
        if number == self._buzzer and bool(high) is not self._sounds:
            self._sounds = bool(high)
            tell("on" if high else "off")


def tell(word: str) -> None:
    """Write down what a wire has done just now."""
    os.write(1, f"{word} {time.monotonic():.4f}\n".encode())


def _pull(wires: Wires, number: int | None, *, closed: bool) -> None:
    if number is not None:
        wires.pull(number, not closed)


def _obey(wires: Wires, config: Config) -> None:
    """Be the sitter's hands, on a thread of their own, as lgpio's edges are."""
    pins = config.pins
    for line in sys.stdin:
        match line.strip():
            case "sit" | "stand" as word:
                tell("closed" if word == "sit" else "open")
                _pull(wires, pins.mat, closed=word == "sit")
            case "plug" | "unplug" as word:
                _pull(wires, pins.tamper, closed=word == "plug")
            case "press":
                _pull(wires, pins.button, closed=True)
                _pull(wires, pins.button, closed=False)
    os.kill(os.getpid(), signal.SIGTERM)  # the test has gone


if __name__ == "__main__":
    sys.exit(main())
