"""The machine's clock. Everything else is told the time."""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path

from sensor.inbox import Inbox, Message

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_CLOCK_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_TIME_ERROR = 5
"""What adjtimex(2) returns while the clock is not synchronised."""
_TIMEX_BYTES = 256
"""More than `struct timex` on any Linux; its first field, modes, is 0: only look."""


class MachineClock:
    """`ports.Clock` on Linux's clocks."""

    def __init__(self) -> None:
        self.boot_id = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "unknown"
        self._adjtimex: Callable[[object], int] | None = _adjtimex()  # once: looking it up is slow

    def now(self) -> float:
        """Seconds since boot, suspend included."""
        return time.clock_gettime(_CLOCK_BOOTTIME)

    def wall(self) -> float:
        """Unix time, seconds."""
        return time.time()

    def read(self) -> tuple[float, float, float]:
        """Seconds since boot, those of them asleep, and those between 1970 and the boot."""
        now = self.now()
        return now, now - time.monotonic(), time.time() - now

    def synchronised(self) -> bool:
        """Ask systemd-timesyncd's mark, else the kernel (chrony and ntpd tell it, too)."""
        if _TIMESYNCD.exists():
            return True
        if self._adjtimex is None:
            return False
        state = self._adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        return state not in (-1, _TIME_ERROR)

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Sleep until a message is there or the moment has come."""
        return inbox.get(max(0, until - self.now()))


def _adjtimex() -> Callable[[object], int] | None:
    try:
        return ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
