"""The GPIO chips: which one has the 40-pin header, and a gpiozero factory on it.

gpiozero's own choice of a library is never used: it falls back in silence until nothing works.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sensor.errors import HardwareError
from sensor.hardware.advice import NOT_A_PI, SEE, advised
from sensor.hardware.library import Factory

FactoryMaker = Callable[[int | None], Factory]
"""Opens a GPIO chip by its number; None: that of the 40-pin header."""

DEVICES = Path("/dev")

# linux/gpio.h: struct gpiochip_info is name[32], label[32], u32 lines
_CHIP_INFO = 68
_GPIO_GET_CHIPINFO_IOCTL = 0x8044B401

# The 40-pin header's chip by model: Pi 5, Pi 4, older ones. Its number differs between kernels
# (gpiozero #1166), its label does not.
_HEADER_LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")


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


def _header_chip() -> int:
    found = chips()
    for number, label in found.items():
        if label in _HEADER_LABELS:
            return number
    listed = ", ".join(f"gpiochip{number} ({label})" for number, label in found.items())
    if not found:
        what, fix = NOT_A_PI
        raise HardwareError(f"[pins] chip: no {DEVICES}/gpiochip* here: {what}", fix=fix)
    raise HardwareError(
        f"[pins] chip: none of {listed} is known as the 40-pin header",
        fix=f"if one of them is, set its number, else see what `dmesg | grep pinctrl` says {SEE}",
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
            f"WorkingDirectory= {SEE}",
        ) from error
    except (ImportError, AttributeError) as error:
        raise HardwareError(
            "the lgpio library is missing or an empty shell",
            fix="`sudo apt install python3-lgpio`, and make the virtual environment with "
            f"--system-site-packages {SEE}",
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
