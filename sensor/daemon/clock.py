"""The machine's clock. Everything else is told the time."""

import ctypes
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from sensor.daemon.inbox import Inbox, Message

log = logging.getLogger(__name__)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD = "/run/systemd/timesync/synchronized"
_CLOCK_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_TIME_ERROR = 5
"""What adjtimex(2) returns while the clock is not synchronised."""
_TIMEX_BYTES = 256
"""More than `struct timex` on any Linux; its first field, modes, is 0: only look."""
_AT_ONCE = 0.01
"""Seconds within which the three clocks must be read to be compared."""
_TRIES = 5
"""Readings at most; on a machine that is so busy the last one has to do."""


class MachineClock:
    """`ports.Clock` on Linux's clocks."""

    def __init__(self) -> None:
        self.boot_id = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "unknown"
        self._adjtimex: Callable[[object], int] | None = _adjtimex()  # once: looking it up is slow
        self._timex = ctypes.create_string_buffer(_TIMEX_BYTES)
        self._complained = False

    def now(self) -> float:
        """Seconds since boot, suspend included."""
        return time.clock_gettime(_CLOCK_BOOTTIME)

    def wall(self) -> float:
        """Unix time, seconds."""
        return time.time()

    def read(self) -> tuple[float, float, float]:
        """Seconds since boot, those of them asleep, and those between 1970 and the boot.

        A stall between two of the clocks would look like a suspend, so they are read again.
        """
        for _ in range(_TRIES):
            now = self.now()
            asleep, offset = now - time.monotonic(), time.time() - now
            if self.now() - now < _AT_ONCE:
                break
        return now, asleep, offset

    def synchronised(self) -> bool | None:
        """Ask systemd-timesyncd's mark, else the kernel (chrony and ntpd tell it, too).

        None: neither may be asked.
        """
        if os.path.exists(_TIMESYNCD):  # noqa: PTH110  (asked at each checkpoint: pathlib is slow)
            return True
        if self._adjtimex is None:
            return None
        state = self._adjtimex(self._timex)
        if state == -1:
            self._complain(os.strerror(ctypes.get_errno()))
            return None
        return state != _TIME_ERROR

    def _complain(self, reason: str) -> None:
        if not self._complained:
            log.warning(
                "the kernel does not say whether the clock is set (adjtimex: %s): after a reboot "
                "counting starts afresh; `sudo systemd/install.sh --upgrade` makes a unit that "
                "may ask",
                reason,
            )
        self._complained = True

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Sleep until a message is there or the moment has come."""
        return inbox.get(max(0, until - self.now()))


def _adjtimex() -> Callable[[object], int] | None:
    try:
        return ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
