"""Moves a guest's mat on request: each line on standard input is one edge.

The answer is the moment just before it, in nanoseconds of the monotonic clock that all processes
share, and the word `edge`. The edge comes from a thread of its own, as it does from lgpio.
"""

import sys
import time
from collections.abc import Callable
from threading import Thread


def listen(pull: Callable[[bool], None]) -> None:
    """Let `pull(closed)` move the mat whenever the benchmark says 1 (closed) or 0 (open)."""
    Thread(target=_listen, args=(pull,), daemon=True).start()


def tell(moment: int, what: str) -> None:
    """Say when something happened; one write, so that lines of two threads stay whole."""
    sys.stdout.write(f"{moment} {what}\n")
    sys.stdout.flush()


def _listen(pull: Callable[[bool], None]) -> None:
    for line in sys.stdin:
        closed = line.strip() == "1"
        moment = time.monotonic_ns()
        pull(closed)
        tell(moment, "edge")
