"""The holder of a GPIO line, whose name the kernel knows; lgpio says only "GPIO busy"."""

import struct

from sensor.hardware.chips import asked

# linux/gpio.h: struct gpio_v2_line_info is name[32], consumer[32], u32 offset, u32 num_attrs,
# u64 flags, attrs[10] of 16 bytes, u32 padding[4]
_LINE_INFO = struct.Struct("=64xI188x")
_GPIO_V2_GET_LINEINFO_IOCTL = 0xC100B405
_FLAGS = 72
_USED = 1


def holder(chip: int, line: int) -> str | None:
    """Return the name of the holder of a line of /dev/gpiochipN; None: free. Raises OSError."""
    info = asked(chip, _GPIO_V2_GET_LINEINFO_IOCTL, _LINE_INFO.pack(line))
    (flags,) = struct.unpack_from("=Q", info, _FLAGS)
    if not flags & _USED:
        return None
    return info[32:64].split(b"\0")[0].decode(errors="replace") or "somebody without a name"
