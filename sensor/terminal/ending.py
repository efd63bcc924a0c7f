"""The end of a command by a signal: open files are closed, and no wait is without end.

Ctrl-C, `kill`, SIGQUIT and a closed terminal end a command. A terminal that takes no more text
(Ctrl-S, a stalled connection) would hold it for ever: after `PATIENCE` the process exits anyway.
"""

import faulthandler
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

ENDS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
)
PATIENCE = 5.0
"""Seconds from the signal until the process exits, whatever it is doing."""
KILLED = 128
"""The exit code of a command that a signal ended, less the signal's number."""


@contextmanager
def by_signal(
    end: Callable[[int], None], *, at_last: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Call `end` with the number of a signal in `ENDS`; call `at_last` if the process then hangs.

    A signal that the caller ignores (`nohup`) stays ignored.
    """
    terminal = _mode()
    nowhere = os.open(os.devnull, os.O_WRONLY)

    def stop(number: int, _frame: FrameType | None) -> None:
        def leave(_number: int, _frame: FrameType | None) -> None:
            at_last()
            _restore(terminal)
            os._exit(KILLED + number)

        # An alarm and no thread: a handler that starts one may wait for a lock of its own thread.
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, leave)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        # The alarm needs a main thread that runs Python; this ends the process without one.
        faulthandler.dump_traceback_later(PATIENCE + 1, exit=True, file=nowhere)
        end(number)

    old = {number: signal.getsignal(number) for number in ENDS}
    heard = [number for number in ENDS if old[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, old[number])


def leaving(number: int) -> None:
    """End the command by an exception, so that all that is open is closed; once is enough."""
    for each in ENDS:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(KILLED + number)


def _mode() -> list[Any] | None:
    """Return the mode of the terminal at standard input, None where there is no terminal."""
    if termios is None:
        return None
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _restore(mode: list[Any] | None) -> None:
    """Give the terminal its mode back; it may be gone."""
    if mode is not None:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, mode)
