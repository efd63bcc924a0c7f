"""The buzzer, on or off (`core/signals.py` decides), and how outputs rest without a daemon."""

from collections.abc import Iterator

from sensor.daemon.ports import Output
from sensor.hardware.led import numbers
from sensor.hardware.library import Factory
from sensor.hardware.pins import OutputPin
from sensor.settings.config import Pins


class Buzzer(OutputPin, Output):
    """An active buzzer behind a transistor.

    Connect `[pins] buzzer` (GPIO17) through 1 k to the base of an NPN transistor, with 10 k from
    the base to ground: those keep it silent while the Pi boots or the pin floats. Modules that
    sound at low level need `buzzer_active_high = false`, and may scream at boot all the same.
    """

    def __init__(self, pins: Pins, factory: Factory) -> None:
        assert pins.buzzer is not None  # noqa: S101  (for mypy: without one there is none to make)
        super().__init__("buzzer", pins.buzzer, factory, active_high=pins.buzzer_active_high)


def resting(pins: Pins) -> Iterator[tuple[str, int, bool]]:
    """Give each output: its key in `[pins]`, its number, and whether it is high at rest."""
    if pins.buzzer is not None:
        yield "buzzer", pins.buzzer, not pins.buzzer_active_high
    for number in numbers(pins.led):
        yield "led", number, False
