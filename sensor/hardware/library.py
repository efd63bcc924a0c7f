"""gpiozero, without what finds its plugins and the fonts of its displays."""

from contextlib import AbstractContextManager

from sensor.deferred import deferred


def lightly() -> AbstractContextManager[None]:
    """Import gpiozero without what it uses only if no pin factory is given to a device."""
    return deferred(
        "gpiozero",
        *("importlib.metadata", "importlib.resources"),
        without=["importlib_metadata", "importlib_resources"],  # which it prefers
    )


with lightly():
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
    "lightly",
]
