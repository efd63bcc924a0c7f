"""The buzzer, and the last word on it: silence after the daemon is gone.

Which pattern sounds when is decided in `core/beeps.py`; here it is only on or off.
"""

from gpiozero import Factory

from sensor.config import Pins
from sensor.hardware.led import numbers
from sensor.hardware.pins import Line, rest
from sensor.ports import Output


class Buzzer(Line, Output):
    """An active buzzer behind a transistor.

    Connect `[pins] buzzer` (GPIO17) through 1 k to the base of an NPN transistor, with 10 k from
    the base to ground: those keep it silent while the Pi boots or the pin floats. Modules that
    sound at low level need `buzzer_active_high = false`, and may scream at boot all the same.
    """

    def __init__(self, pins: Pins, factory: Factory) -> None:
        super().__init__("buzzer", pins.buzzer, factory, active_high=pins.buzzer_active_high)


def silence(pins: Pins, factory: Factory) -> None:
    """Turn buzzer and LED off for good: what systemd runs when the daemon has died (SIGKILL).

    The caller exits without closing the factory, which would let the pins float.
    """
    rest("buzzer", pins.buzzer, factory, high=not pins.buzzer_active_high)
    for number in numbers(pins.led):
        rest("led", number, factory, high=False)
