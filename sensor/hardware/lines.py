"""The holder of a GPIO line, whose name the kernel knows; lgpio says only "GPIO busy"."""

import os
import struct

from sensor.hardware.pins import DEVICES

# linux/gpio.h: struct gpio_v2_line_info is name[32], consumer[32], u32 offset, u32 num_attrs,
# u64 flags, attrs[10] of 16 bytes, u32 padding[4]
_LINE_INFO = 256
_GPIO_V2_GET_LINEINFO_IOCTL = 0xC100B405
_OFFSET = 64
_FLAGS = 72
_USED = 1


def holder(chip: int, line: int) -> str | None:
    """Return the name of the holder of a line of /dev/gpiochipN; None: free. Raises OSError."""
    import fcntl  # noqa: PLC0415  (not on Windows, where the simulator does without chips)

    info = bytearray(_LINE_INFO)
    struct.pack_into("=I", info, _OFFSET, line)
    descriptor = os.open(DEVICES / f"gpiochip{chip}", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _GPIO_V2_GET_LINEINFO_IOCTL, info)
    finally:
        os.close(descriptor)
    (flags,) = struct.unpack_from("=Q", info, _FLAGS)
    if not flags & _USED:
        return None
    return info[32:64].split(b"\0")[0].decode(errors="replace") or "somebody without a name"
