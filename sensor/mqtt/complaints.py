"""Complaints about incoming messages, one line a second at most: a flood must not fill the log."""

import logging

from sensor.core.instant import NEVER

PAUSE = 1.0
"""Seconds between two lines."""

log = logging.getLogger(__name__)


class Complaints:
    """Says the first one at once, and of those that follow too soon the last, with their number."""

    def __init__(self) -> None:
        self._waiting = 0
        self._last = ""
        self._quiet_until = -NEVER

    @property
    def due_at(self) -> float:
        """When there is something left to say; NEVER: there is nothing."""
        return self._quiet_until if self._waiting else NEVER

    def add(self, line: str, at: float) -> None:
        """Say it now or later."""
        self._waiting += 1
        self._last = line
        self.settle(at)

    def settle(self, now: float) -> None:
        """Say what is due."""
        if self._waiting and now >= self._quiet_until:
            more = f" (and {self._waiting - 1:,} more)" if self._waiting > 1 else ""
            log.warning("%s%s", self._last, more)
            self._waiting, self._quiet_until = 0, now + PAUSE
