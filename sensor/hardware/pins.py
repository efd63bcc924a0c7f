"""The Pi's pins: the GPIO chip, one input, one output, and every failure as advice.

gpiozero's own choice of a library is never used: it falls back in silence until nothing works.
Only the files of this room use gpiozero; mat, button, buzzer and LED are built on this one.
"""

import errno
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from gpiozero import DigitalInputDevice, DigitalOutputDevice, Factory
from gpiozero.exc import GPIOPinInUse, GPIOZeroError, PinFixedPull, PinInvalidPin, PinUnknownPi

from sensor.errors import HardwareError

FactoryMaker = Callable[[int | None], Factory]
"""Opens a GPIO chip by its number; None: that of the 40-pin header."""

DEVICES = Path("/dev")
RULE = 'SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"'
"""What Raspberry Pi OS has among its udev rules, and plain Debian and Ubuntu have not."""
RULES_FILE = "/etc/udev/rules.d/60-gpio.rules"
OPEN = f"echo '{RULE}' | sudo tee {RULES_FILE}, then sudo udevadm trigger"
NEW_GROUP = f"sudo groupadd --system gpio, then {OPEN}"

# linux/gpio.h: struct gpiochip_info is name[32], label[32], u32 lines
_CHIP_INFO = 68
_GPIO_GET_CHIPINFO_IOCTL = 0x8044B401

# The 40-pin header's chip by model: Pi 5, Pi 4, older ones. Its number differs between kernels
# (gpiozero #1166), its label does not.
_HEADER_LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")

_SEE = "(see hardware.md)"
_NOT_A_PI = ("this machine is not a Raspberry Pi", "`chair-sensor simulate` runs anywhere")
_ADVICE: dict[type[Exception], tuple[str, str]] = {
    GPIOPinInUse: ("another wire of chair-sensor has this pin", "give each its own number"),
    PinInvalidPin: ("no such pin on the 40-pin header", "BCM numbers go from 0 to 27"),
    PinFixedPull: ("this pin has a fixed pull-up resistor", "choose another"),
    PinUnknownPi: _NOT_A_PI,
    FileNotFoundError: ("no such chip", "leave `chip` out, or see what `gpioinfo` lists"),
    PermissionError: (
        "permission denied",
        (
            "join the group gpio (`sudo usermod -aG gpio $USER`, then log in again), or in a unit "
            "set SupplementaryGroups=gpio and DeviceAllow=char-gpiochip rw"
        ),
    ),
}
"""What is wrong, and the next step."""
_LGPIO_ADVICE: dict[str, tuple[str, str]] = {
    "GPIO busy": (
        "taken by another program or an overlay (1-Wire has GPIO 4, I2C 2-3, SPI 7-11, UART 14-15)",
        "`gpioinfo` names the owner: stop it or choose another pin",
    ),
    "bad GPIO number": (
        "the chip has no such line",
        "set the chip of the 40-pin header, or no chip",
    ),
}


def gpio_group() -> int | None:
    """Return the id of the group gpio; None: there is no such group."""
    import grp  # noqa: PLC0415 - not on Windows, where the simulator does without chips

    try:
        return grp.getgrnam("gpio").gr_gid
    except KeyError:
        return None


def chip_files() -> dict[int, Path]:
    """List each /dev/gpiochipN by its number; none is opened."""
    names = (re.fullmatch(r"gpiochip(\d+)", path.name) for path in DEVICES.glob("gpiochip*"))
    return {
        number: DEVICES / f"gpiochip{number}"
        for number in sorted(int(name[1]) for name in names if name)
    }


def chips() -> dict[int, str]:
    """Read the label of each /dev/gpiochipN, by its number."""
    return {number: _label(number) for number in chip_files()}


def real_factory(chip: int | None) -> Factory:
    """Open lgpio on chip N or the header's; its FIFO needs a writable working directory."""
    with advised("chip", chip):
        return _lgpio_factory(chosen_chip(chip))


def chosen_chip(chip: int | None) -> int:
    """Return N if /dev/gpiochipN can be opened; without N, the chip of the 40-pin header."""
    with advised("chip", chip):
        if chip is None:
            return _header_chip()
        _label(chip)  # lgpio does not tell a missing chip from a forbidden one; this does
        return chip


@contextmanager
def advised(key: str, number: int | None = None) -> Iterator[None]:
    """Turn whatever gpiozero, lgpio or the kernel raises into one line about `[pins] key`."""
    try:
        yield
    except (GPIOZeroError, OSError, *_lgpio_errors()) as error:
        name = f"[pins] {key}" if number is None else f"[pins] {key} = {number}"
        what, fix = _advice(error)
        if fix is None:
            raise HardwareError(f"{name}: {what} {_SEE}") from error
        raise HardwareError(f"{name}: {what}", fix=f"{fix} {_SEE}") from error


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
        self._device = device

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
            return not self._device.pin.state
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
            self._device.pin.state = on is self._active_high
        except Exception as error:
            with advised(self._key, self._number):
                raise error from None
        self._on = on


def _header_chip() -> int:
    found = chips()
    for number, label in found.items():
        if label in _HEADER_LABELS:
            return number
    listed = ", ".join(f"gpiochip{number} ({label})" for number, label in found.items())
    if not found:
        what, fix = _NOT_A_PI
        raise HardwareError(f"[pins] chip: no {DEVICES}/gpiochip* here: {what}", fix=fix)
    raise HardwareError(
        f"[pins] chip: none of {listed} is known as the 40-pin header",
        fix=f"if one of them is, set its number, else see what `dmesg | grep pinctrl` says {_SEE}",
    )


def _label(chip: int) -> str:
    info = asked(chip, _GPIO_GET_CHIPINFO_IOCTL, bytes(_CHIP_INFO))
    return info[32:64].split(b"\0")[0].decode(errors="replace")


def asked(chip: int, question: int, form: bytes) -> bytes:
    """Return the form that the kernel has filled in about /dev/gpiochipN. Raises OSError."""
    import fcntl  # noqa: PLC0415 - not on Windows, where the simulator does without chips

    descriptor = os.open(DEVICES / f"gpiochip{chip}", os.O_RDWR | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(descriptor, question, form)
    finally:
        os.close(descriptor)


def _lgpio_factory(chip: int) -> Factory:
    try:
        import lgpio  # noqa: PLC0415 - it has side effects, and only a Pi has it

        _remove_fifos()
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin  # noqa: PLC0415
    except OSError as error:
        raise HardwareError(
            f"lgpio cannot make its FIFO in {Path('/proc/self/cwd').readlink()}",
            fix="start in a directory of your own, a unit with RuntimeDirectory= and "
            f"WorkingDirectory= {_SEE}",
        ) from error
    except (ImportError, AttributeError) as error:
        raise HardwareError(
            "the lgpio library is missing or an empty shell",
            fix="`sudo apt install python3-lgpio`, and make the virtual environment with "
            f"--system-site-packages {_SEE}",
        ) from error

    class ChipPin(LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
        """LGPIOPin that is closed even if lgpio's own thread is still looking at the line.

        To lgpio that is "GPIO busy". Closing the chip, which comes next, frees the line.
        """

        def close(self) -> None:
            with suppress(lgpio.error):
                super().close()

    class ChipFactory(LGPIOFactory):  # type: ignore[misc]  # gpiozero has no types
        """LGPIOFactory on the chip it is told: gpiozero 2.0 and 2.0.1 take `chip` and ignore it."""

        def __init__(self) -> None:
            super(LGPIOFactory, self).__init__()
            self._handle = lgpio.gpiochip_open(chip)
            self._chip = chip
            self.pin_class = ChipPin

    return ChipFactory()


def _remove_fifos() -> None:
    """Remove the names of lgpio's FIFOs: both ends are open, and it would leave them behind."""
    for path in Path().glob(".lgd-nfy*"):
        with suppress(OSError):
            path.unlink()


def _lgpio_errors() -> tuple[type[Exception], ...]:
    """Find lgpio's error class, without importing lgpio where it is not loaded yet."""
    error = getattr(sys.modules.get("lgpio"), "error", None)
    return () if error is None else (error,)


def _advice(error: Exception) -> tuple[str, str | None]:
    file = getattr(error, "filename", None)
    for kind, (what, fix) in _ADVICE.items():
        if isinstance(error, kind):
            lacking = kind is PermissionError and gpio_group() is None
            more = f"; there is no such group yet: first {NEW_GROUP}" * lacking
            return f"{file}: {what}" if file else what, f"{fix}{more}"
    busy = isinstance(error, OSError) and error.errno == errno.EBUSY
    text = "GPIO busy" if busy else str(error).strip("'")  # lgpio puts its texts in quotes
    return _LGPIO_ADVICE.get(text, (text, None))
