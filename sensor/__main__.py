"""`chair-sensor` and `python -m sensor`: the command line, but for what must not wait for it."""

import sys

from sensor.hardware import silence
from sensor.hardware.guard import posted

INCOMPLETE = 126
"""Exit code of an installation that lacks a package: the unit does not start it again."""


def main() -> int:
    """Run a command; return its exit code."""
    try:
        return _main()
    except ModuleNotFoundError as error:
        if str(error.name).startswith("sensor"):
            raise  # a fault of this program
        print(  # noqa: T201
            f"chair-sensor: the Python package {error.name} is missing; install chair-sensor "
            "anew, as in README.md (in a clone: sudo systemd/install.sh --upgrade)",
            file=sys.stderr,
        )
        return INCOMPLETE


def _main() -> int:
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
