"""silence.py on a chip that is a pipe: whatever the kernel is asked for is written there.

It takes the folder of the chip, how many times a line is busy at first, and what silence.py takes.
"""

import errno
import fcntl
import os
import sys

from sensor.hardware import silence


def main() -> int:
    """Do what silence.py does; return its exit code."""
    silence.DEVICES, busy = sys.argv[1:3]
    refusals = iter(range(int(busy)))
    del sys.argv[1:3]

    def ioctl(chip: int, _request: int, asked: bytes) -> bytes:
        if next(refusals, None) is not None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        os.write(chip, asked)
        return asked[:588] + os.open(os.devnull, os.O_RDONLY).to_bytes(4, sys.byteorder)

    fcntl.ioctl = ioctl  # type: ignore[assignment]
    return not silence.main()


if __name__ == "__main__":
    sys.exit(main())
