"""`chair-sensor` and `python -m sensor`: the command line, but for what must not wait for it."""

import signal
import sys

TYPE_CHECKING = False  # as type checkers take it; `silence` must not wait for typing itself
if TYPE_CHECKING:
    from collections.abc import Callable

INCOMPLETE = 126
"""Exit code of an installation that lacks a package: the unit does not start it again."""
LINUX = {"fcntl", "grp", "pwd", "resource", "termios", "tty"}
"""Modules of Python that other systems lack."""


def started(program: "Callable[[], int]") -> int:
    """Run a program that imports as it goes; return its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C ends a program that is still being loaded without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return program()
    except ModuleNotFoundError as error:
        if str(error.name).startswith("sensor"):
            raise  # a fault of this program
        if error.name in LINUX:
            sys.stderr.write("chair-sensor: this command needs Linux; `simulate` runs anywhere\n")
            return 1
        print(  # noqa: T201
            f"chair-sensor: the Python package {error.name} is missing; install chair-sensor "
            "anew, as in README.md (in a clone: sudo systemd/install.sh --upgrade)",
            file=sys.stderr,
        )
        return INCOMPLETE


def main() -> int:
    """Run a command; return its exit code."""
    return started(_command)


def _command() -> int:
    if sys.argv[1:2] == ["silence"]:
        from sensor.hardware import silence  # noqa: PLC0415

        if silence.replayed():
            return 0
    from sensor.terminal import ending, streams  # noqa: PLC0415  (a buzzer may be sounding)

    streams.fill()
    streams.prepare()
    with ending.by_signal(ending.leaving):
        from sensor.commands.main import main as run  # noqa: PLC0415

        return run()


if __name__ == "__main__":
    sys.exit(main())
