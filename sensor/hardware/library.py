"""gpiozero, without what finds its plugins and the fonts of its displays."""

from sensor.deferred import deferred

UNUSED = ("importlib.metadata", "importlib.resources")
"""Modules that gpiozero imports, and that are used only if no pin factory is given to a device."""

with deferred(*UNUSED):
    from gpiozero import DigitalInputDevice, DigitalOutputDevice, Factory
    from gpiozero.exc import (
        GPIOPinInUse,
        GPIOZeroError,
        PinFixedPull,
        PinInvalidPin,
        PinUnknownPi,
    )

__all__ = [
    "DigitalInputDevice",
    "DigitalOutputDevice",
    "Factory",
    "GPIOPinInUse",
    "GPIOZeroError",
    "PinFixedPull",
    "PinInvalidPin",
    "PinUnknownPi",
]
