"""What can go wrong at the pins, each failure in one line with the next step."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sensor.errors import HardwareError
from sensor.hardware.library import (
    GPIOPinInUse,
    GPIOZeroError,
    PinFixedPull,
    PinInvalidPin,
    PinUnknownPi,
)

RULE = 'SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"'
"""What Raspberry Pi OS has among its udev rules, and plain Debian and Ubuntu have not."""
RULES_FILE = "/etc/udev/rules.d/60-gpio.rules"
OPEN = f"echo '{RULE}' | sudo tee {RULES_FILE}, then sudo udevadm trigger"
NEW_GROUP = f"sudo groupadd --system gpio, then {OPEN}"

SEE = "(see hardware.md)"
NOT_A_PI = (
    "this machine is not a Raspberry Pi",
    "`chair-sensor simulate` runs anywhere, as a seat without a wire does (`chair-sensor setup`)",
)
_ADVICE: dict[type[Exception], tuple[str, str]] = {
    GPIOPinInUse: ("another wire of chair-sensor has this pin", "give each its own number"),
    PinInvalidPin: ("no such pin on the 40-pin header", "BCM numbers go from 0 to 27"),
    PinFixedPull: ("this pin has a fixed pull-up resistor", "choose another"),
    PinUnknownPi: NOT_A_PI,
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


@contextmanager
def advised(key: str, number: int | None = None) -> Iterator[None]:
    """Turn whatever gpiozero, lgpio or the kernel raises into one line about `[pins] key`."""
    try:
        yield
    except (GPIOZeroError, OSError, *_lgpio_errors()) as error:
        name = f"[pins] {key}" if number is None else f"[pins] {key} = {number}"
        what, fix = _advice(error)
        if fix is None:
            raise HardwareError(f"{name}: {what} {SEE}") from error
        raise HardwareError(f"{name}: {what}", fix=f"{fix} {SEE}") from error


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
