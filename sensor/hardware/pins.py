"""One input pin, one output pin, several as a group; mat, button, buzzer and LED build on them.

Only the files of this room use gpiozero.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Self

from sensor.errors import HardwareError
from sensor.hardware.advice import advised
from sensor.hardware.library import DigitalInputDevice, DigitalOutputDevice, Factory


class PinHolder(ABC):
    """Holds pins between open() and close(), both repeatable; `with` does both."""

    @abstractmethod
    def open(self) -> None:
        """Take the pins: all of them, or none and an error."""

    @abstractmethod
    def close(self) -> None:
        """Give the pins back."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class PinGroup(PinHolder):
    """Several pins that are opened and closed together."""

    def __init__(self, *members: PinHolder) -> None:
        self._members = members
        self._opened = ExitStack()

    def open(self) -> None:
        """Open each pin; if one fails, those before it are closed again."""
        with ExitStack() as stack:
            for member in self._members:
                stack.enter_context(member)
            self._opened = stack.pop_all()

    def close(self) -> None:
        """Close each pin, even if one of them fails."""
        self._opened.close()


class _Pin(PinHolder):
    """One pin: its key in `[pins]`, its BCM number, and gpiozero's device while it is open."""

    def __init__(self, key: str, number: int, factory: Factory) -> None:
        self._key = key
        self._number = number
        self._factory = factory
        self._device: Any = None  # gpiozero has no types
        self._pin: Any = None  # that of the device, which takes a call to give it


class InputPin(_Pin):
    """A contact between a pin and ground; the pull-up makes it read high while it is open."""

    def __init__(
        self, key: str, number: int, factory: Factory, changed: Callable[[bool], None]
    ) -> None:
        super().__init__(key, number, factory)
        self._changed = changed

    def open(self) -> None:
        """Claim the pin and listen: each edge calls `changed(closed)`, on a thread of lgpio."""
        if self._device is not None:
            return
        with advised(self._key, self._number):
            # No bounce_time: it means something else in each library; the core filters.
            device = DigitalInputDevice(self._number, pull_up=True, pin_factory=self._factory)
        device.when_activated = self._closes
        device.when_deactivated = self._opens
        self._device, self._pin = device, device.pin

    def close(self) -> None:
        """Stop listening and release the pin."""
        device, self._device = self._device, None
        if device is not None:
            with advised(self._key, self._number):
                device.close()

    def is_closed(self) -> bool:
        """Read the level now; right even if an edge was lost."""
        if self._device is None:
            raise HardwareError(f"[pins] {self._key} = {self._number}: read while not open")
        try:  # the pin itself, and not `with advised`: both ways round take longer than the look
            return not self._pin.state
        except Exception as error:
            with advised(self._key, self._number):
                raise error from None

    # An exception in these two would end lgpio's only thread: no edge would ever be seen again.

    def _closes(self) -> None:
        with suppress(Exception):
            self._changed(True)

    def _opens(self) -> None:
        with suppress(Exception):
            self._changed(False)


class OutputPin(_Pin):
    """An output that is on or off. Off from the first moment, after close, and after an error."""

    def __init__(
        self, key: str, number: int, factory: Factory, *, active_high: bool = True
    ) -> None:
        super().__init__(key, number, factory)
        self._active_high = active_high
        self._on: bool | None = False

    def open(self) -> None:
        """Claim the pin, off."""
        if self._device is not None:
            return
        with advised(self._key, self._number):
            self._device = DigitalOutputDevice(
                self._number,
                active_high=self._active_high,
                initial_value=False,
                pin_factory=self._factory,
            )
        self._pin = self._device.pin

    def close(self) -> None:
        """Turn it off and release the pin, which then floats: off on the wiring of hardware.md."""
        device, self._device = self._device, None
        self._on = False
        if device is not None:
            with advised(self._key, self._number):
                try:
                    device.off()
                finally:
                    device.close()

    def set(self, on: bool) -> None:
        """Write the level if it is not known to be there already."""
        if on is self._on:
            return
        if self._device is None:
            raise HardwareError(f"[pins] {self._key} = {self._number}: switched on while not open")
        self._on = None  # unknown until the write has succeeded: the next call writes again
        try:  # as in `InputPin.is_closed`
            self._pin.state = on is self._active_high
        except Exception as error:
            with advised(self._key, self._number):
                raise error from None
        self._on = on
