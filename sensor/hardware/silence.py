"""Silence: buzzer and LED put to rest after the daemon is gone, however it went.

Raspberry Pi kernels leave an output as it was when its process ends, so a killed daemon may leave
the buzzer sounding. The daemon notes in systemd's runtime directory which lines rest at which
level; the unit's ExecStopPost= replays the note, and so does `chair-sensor silence`. The guard
(guard.py) is told the same in an argument. The buzzer beeps all the while, so both run this file by
its path with `python3 -I -S`, which takes half the time of the command. Nothing but the standard
library may come in here.
"""

import errno
import os
import struct
import sys
import time

DEVICES = "/dev"
TRIES = 100
PAUSE = 0.01
"""Seconds between two tries: the kernel may not yet have taken the lines from the dead."""

# linux/gpio.h: struct gpio_v2_line_request is offsets[64], consumer, config (flags, num_attrs,
# padding, ten attributes of which the first has id, padding, values, mask), num_lines,
# event_buffer_size, padding, fd.
_REQUEST = struct.Struct("=256s32sQI20xI4xQQ216xI24xi")
_GET_LINE_IOCTL = 0xC250B407
_OUTPUT, _PULL_UP, _PULL_DOWN = 1 << 3, 1 << 8, 1 << 9
_VALUES = 2

Lines = list[tuple[int, int, bool]]
"""What is to be done once the daemon is gone: chip, line, whether it rests high."""


def written(lines: Lines) -> bytes:
    """Write down what `at_rest` is to do."""
    return b"".join(b"%d %d %d\n" % line for line in lines)


def at_rest(text: bytes) -> bool:
    """Drive each line; False: one is another program's. Raises OSError, ValueError for damage."""
    free = True
    for line in text.splitlines():
        chip, number, high = map(int, line.split())
        try:
            drive(chip, number, high=bool(high))
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            free = False
    return free


def note(lines: Lines) -> None:
    """Leave a note for the program that runs after this process has ended.

    Outside of systemd it does nothing. Raises OSError if the runtime directory refuses.
    """
    if path := _path():
        with open(path, "wb") as file:  # noqa: PTH123  (pathlib takes its time)
            file.write(written(lines))


def replayed() -> bool:
    """Do what was noted; False if that was not possible, and the settings must tell."""
    try:
        with open(_path() or "", "rb") as file:  # noqa: PTH123
            # If another program has a pin, the daemon ended for that very reason, and has said so.
            at_rest(file.read())
    except FileNotFoundError:
        # A daemon that ended by itself before it noted anything has never touched a pin.
        return os.environ.get("EXIT_CODE") == "exited"
    except (OSError, ValueError):
        return False
    return True


def insisted(text: bytes) -> bool:
    """Drive each line, again until all were free; False: one never was. Raises as `at_rest`."""
    for _ in range(TRIES):
        if at_rest(text):
            return True
        time.sleep(PAUSE)
    return False


def drive(chip: int, number: int, *, high: bool) -> None:
    """Drive a line of /dev/gpiochipN to a level and leave it so. Raises OSError.

    A kernel that turns the line into an input when this process ends finds a pull to that level.
    """
    import fcntl  # noqa: PLC0415  (not on Windows, where the simulator does without chips)

    flags = _OUTPUT | (_PULL_UP if high else _PULL_DOWN)
    offset = number.to_bytes(4, "little")
    request = _REQUEST.pack(offset, b"chair-sensor", flags, 1, _VALUES, high, 1, 1, 0)
    descriptor = os.open(f"{DEVICES}/gpiochip{chip}", os.O_RDWR | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(descriptor, _GET_LINE_IOCTL, request)
        os.close(_REQUEST.unpack(answer)[-1])
    finally:
        os.close(descriptor)


def _path() -> str | None:
    """Where the note is: a file of the unit's runtime directory, which is the daemon's alone."""
    directory = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return f"{directory}/resting-pins" if directory else None


def main() -> bool:
    """Do what the argument tells, or else the note; False if that was not possible."""
    return insisted(os.fsencode(sys.argv[1])) if sys.argv[1:] else replayed()


if __name__ == "__main__":
    sys.exit(not main())  # then the settings must tell: `chair-sensor silence`
