"""The status LED: one colour, or green and red that mix to amber."""

from sensor.core.signals import Colour
from sensor.hardware.library import Factory
from sensor.hardware.pins import OutputPin, PinGroup


class Led(PinGroup):
    """Shows how the sitting stands, as well as one or two pins can.

    Connect the long leg (anode) through 330 ohm to `[pins] led` (GPIO27), the short leg to
    ground. A two-colour LED with a common cathode takes two pins, (green, red), each with its
    own resistor.
    """

    def __init__(self, led: int | tuple[int, int], factory: Factory) -> None:
        self._lines = [OutputPin("led", number, factory) for number in numbers(led)]
        super().__init__(*self._lines)

    @property
    def two_colours(self) -> bool:
        """Whether it has two pins, and so mixes amber."""
        return len(self._lines) > 1

    def set(self, colour: Colour) -> None:
        """Show a colour; with a single pin every colour but off is on."""
        if not self.two_colours:
            self._lines[0].set(colour != "off")
            return
        green, red = self._lines
        green.set(colour in ("green", "amber"))
        red.set(colour in ("red", "amber"))


def numbers(led: int | tuple[int, int] | None) -> tuple[int, ...]:
    """List the pins of `[pins] led`: none, one, or green and red."""
    if led is None:
        return ()
    return (led,) if isinstance(led, int) else led
