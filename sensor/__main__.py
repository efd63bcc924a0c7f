"""`chair-sensor` and `python -m sensor`: the command line, but for what must not wait for it."""

import sys

from sensor.hardware import silence


def main() -> int:
    """Run a command; return its exit code."""
    if sys.argv[1:2] == ["silence"] and silence.replayed():
        return 0
    from sensor.cli import main as run  # noqa: PLC0415  (a buzzer may be sounding meanwhile)

    return run()


if __name__ == "__main__":
    sys.exit(main())
