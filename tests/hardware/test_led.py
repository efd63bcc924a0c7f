"""The status LED on one pin or two."""

from contextlib import suppress

import pytest
from gpiozero.pins.mock import MockFactory

from sensor.core.signals import Colour
from sensor.errors import HardwareError
from sensor.hardware.led import Led


@pytest.mark.parametrize(
    ("colour", "lit"), [("off", False), ("green", True), ("amber", True), ("red", True)]
)
def test_one_pin_is_on_for_every_colour(colour: Colour, lit: bool) -> None:
    """A single-colour LED is lit unless the colour is off."""
    factory = MockFactory()

    with Led(27, factory) as led:
        led.set(colour)

        assert factory.pin(27).state is lit


@pytest.mark.parametrize(
    ("colour", "green", "red"),
    [
        ("off", False, False),
        ("green", True, False),
        ("amber", True, True),
        ("red", False, True),
    ],
)
def test_two_pins_mix_amber(colour: Colour, green: bool, red: bool) -> None:
    """A two-colour LED lights green, red, or both for amber, whatever it showed before."""
    factory = MockFactory()

    with Led((27, 22), factory) as led:
        led.set("red")
        led.set(colour)

        assert (factory.pin(27).state, factory.pin(22).state) == (green, red)


def test_off_after_close() -> None:
    """Closing turns both colours off, and closing twice is harmless."""
    factory = MockFactory()
    led = Led((27, 22), factory)
    led.open()
    led.set("amber")

    led.close()
    led.close()

    assert (factory.pin(27).state, factory.pin(22).state) == (False, False)


def test_off_after_an_error() -> None:
    """An exception in the block leaves no light on."""
    factory = MockFactory()

    with suppress(ZeroDivisionError), Led(27, factory) as led:
        led.set("red")
        raise ZeroDivisionError

    assert not factory.pin(27).state


def test_the_same_pin_twice_is_refused() -> None:
    """Two colours on one pin are a mistake told in one line; no pin stays taken."""
    factory = MockFactory()

    with pytest.raises(HardwareError) as caught:
        Led((27, 27), factory).open()

    assert str(caught.value) == (
        "[pins] led = 27: another wire of chair-sensor has this pin; give each its own number "
        "(see hardware.md)"
    )
    with Led(27, factory):
        assert factory.pin(27).function == "output"
