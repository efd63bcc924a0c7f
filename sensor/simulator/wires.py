"""The wires between a simulated chair and simulated pins.

`SimulatedFactory` is gpiozero's MockFactory, one for each life of the daemon, as a process has
one. The wires outlive it: a closed mat stays closed while the daemon is down, and an output stays
as it was when the daemon died, as it does on a Raspberry Pi.
"""

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import Any

from sensor.hardware.library import lightly

with lightly():
    from gpiozero.pins.mock import MockFactory, MockPin


class Wires:
    """The level of each pin's wire (True: 3.3 V).

    `changed` gets every new level of an output; None: it floats.
    """

    def __init__(self, changed: Callable[[int, bool | None], None]) -> None:
        self.inputs: dict[int, bool] = {}
        self.outputs: dict[int, bool] = {}
        self.asleep = False
        """Whether the machine sleeps: edges are not seen until `wake`."""
        self.changed = changed
        self._factory: SimulatedFactory | None = None

    def attach(self, factory: "SimulatedFactory | None") -> None:
        """Connect the pins of a new life of the daemon; None: disconnect them."""
        self._factory = factory

    def pull(self, number: int, high: bool) -> None:
        """Put a level on an input wire."""
        self.inputs[number] = high
        if self._factory is not None and not self.asleep:
            self._factory.see(number, high)

    def lose_edge(self, number: int, high: bool) -> None:
        """Put a level on an input wire whose edge gpiozero misses."""
        self.inputs[number] = high
        if self._factory is not None:
            self._factory.miss(number, high)

    def wake(self) -> None:
        """End the sleep, and show the levels that changed in it."""
        self.asleep = False
        if self._factory is not None:
            for number, high in self.inputs.items():
                self._factory.see(number, high)

    def drive(self, factory: "SimulatedFactory | None", number: int, high: bool) -> None:
        """Note the level of an output; a factory of an earlier life drives nothing.

        None as factory: another program drives it, while no factory is attached.
        """
        if factory is self._factory and self.outputs.get(number) is not high:
            self.outputs[number] = high
            self.changed(number, high)

    def release(self) -> None:
        """Let all outputs float: the power is off."""
        for number in self.outputs:
            self.changed(number, None)
        self.outputs.clear()


class SimulatedPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A mock pin on a wire; the chair's contacts beat the internal resistor."""

    # In gpiozero to read a pin is two calls, and a simulated year has a million looks at two pins.
    state = property(attrgetter("_state"), lambda self, high: self._set_state(high))

    def _set_pull(self, value: str) -> None:
        self._pull = value
        wired = self.factory.wires.inputs.get(self.number)
        self._state = wired if wired is not None else value == "up"

    def _change_state(self, value: Any) -> bool:
        # Unlike the base class it keeps no list of states: a simulated year would fill memory.
        value = bool(value)
        if value == self._state:
            return False
        self._state = value
        return True

    def _set_state(self, value: Any) -> None:
        super()._set_state(value)
        factory = self.factory
        factory.wires.drive(factory, self.number, self._state)

    def miss(self, high: bool) -> None:
        """Take a level without an edge."""
        self._state = high

    @cached_property
    def number(self) -> int:
        """Return the BCM number."""
        return int(self.info.name[4:])


class SimulatedFactory(MockFactory):  # type: ignore[misc]
    """A factory of pins that are connected to wires."""

    def __init__(self, wires: Wires) -> None:
        self.wires = wires
        self._by_number: dict[int, SimulatedPin] = {}
        super().__init__(pin_class=SimulatedPin)
        wires.attach(self)

    def pin(self, name: Any, **options: Any) -> SimulatedPin:
        """Return the pin called `name`, the same for each number."""
        pin: SimulatedPin = super().pin(name, **options)
        self._by_number[pin.number] = pin
        return pin

    def see(self, number: int, high: bool) -> None:
        """Let an input pin, if the daemon has opened it, see a level."""
        pin = self._by_number.get(number)
        if pin is not None:
            (pin.drive_high if high else pin.drive_low)()

    def miss(self, number: int, high: bool) -> None:
        """Let an input pin take on a level without seeing the edge."""
        self._by_number[number].miss(high)
