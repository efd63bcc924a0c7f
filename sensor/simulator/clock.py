"""The simulated machine's clocks: how long it has been up, asleep or not, and what time it says."""

import math
from collections.abc import Callable

from sensor.daemon.inbox import Inbox, Message


class Machine:
    """`ports.Clock` on virtual time, through reboots, suspends and clocks that are wrong."""

    def __init__(self, seconds: Callable[[], float], wall_start: float) -> None:
        self.boot_id = "boot-1"
        self._seconds = seconds  # since the script began
        self.wall_at_start = wall_start
        """Unix time when the script began, as the machine believes now."""
        self._synchronised = True
        self.booted_at = 0.0
        """Seconds since the script began."""
        self._slept = 0.0

    def now(self) -> float:
        """Seconds since the simulated boot, suspend included."""
        return self._seconds() - self.booted_at

    def wall(self) -> float:
        """Unix time, as the simulated machine believes."""
        return self.wall_at_start + self._seconds()

    def read(self) -> tuple[float, float, float]:
        """Seconds since the simulated boot, those of them asleep, and what `wall` is ahead."""
        seconds = self._seconds()
        now = seconds - self.booted_at
        return now, now - (now - self._slept), self.wall_at_start + seconds - now

    def synchronised(self) -> bool:
        """Whether the simulated wall clock has been set right."""
        return self._synchronised

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Not used: the world turns the daemon, not the other way round."""
        raise NotImplementedError

    def when(self, at: float) -> float:
        """Return the first moment of the script at which `now` shows `at`, rounding and all."""
        t = at + self.booted_at
        while t - self.booted_at < at:
            t = math.nextafter(t, math.inf)
        return t

    # --- what happens to it -----------------------------------------------------------------------

    def boot(self, synchronised: bool, down: float) -> None:
        """Start again after so many seconds without power."""
        self.booted_at = self._seconds()
        self._slept = 0.0
        self.boot_id = f"boot-{int(self.boot_id[5:]) + 1}"
        self._synchronised = synchronised
        if not synchronised:
            self.wall_at_start -= down  # a clock without battery goes on where it was

    def sleep(self, duration: float) -> None:
        """Have been asleep for so many seconds."""
        self._slept += duration

    def set_clock(self, by: float) -> None:
        """Set the wall clock, which is right from then on."""
        self.wall_at_start += by
        self._synchronised = True

    def trust_clock(self, right: bool) -> None:
        """Let the wall clock be known to be right, or not."""
        self._synchronised = right
