"""`chair-sensor` and `python -m sensor`: the command line, but for what must not wait for it."""

import sys

from sensor.hardware import silence
from sensor.hardware.guard import posted


def main() -> int:
    """Run a command; return its exit code."""
    if sys.argv[1:2] == ["silence"] and silence.replayed():
        return 0
    if sys.argv[1:-1] == ["resident"]:
        return _resident()
    from sensor.cli import main as run  # noqa: PLC0415  (a buzzer may be sounding meanwhile)

    return run()


def _resident() -> int:
    """Go on with what `chair-sensor run` has begun."""
    guard = posted()  # a copy of this process: the daemon is imported after it
    from sensor.resident import main as run  # noqa: PLC0415

    return run(guard)


if __name__ == "__main__":
    sys.exit(main())
