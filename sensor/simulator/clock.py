"""The clocks of the simulated machine: time since boot, time asleep, and the wall clock."""

import math
from collections.abc import Callable

from sensor.daemon.inbox import Inbox, Message


class Machine:
    """`ports.Clock` on virtual time, through reboots, suspends and clocks that are wrong."""

    def __init__(self, seconds: Callable[[], float], wall_start: float) -> None:
        self.boot_id = "boot-1"
        self._seconds = seconds  # since the script began
        self.wall_at_start = wall_start
        """Unix time at the start of the script, by the machine's present wall clock."""
        self._synchronised = True
        self.booted_at = 0.0
        """Seconds since the script began."""
        self._slept = 0.0

    def now(self) -> float:
        """Return the seconds since the simulated boot, suspend included."""
        return self._seconds() - self.booted_at

    def wall(self) -> float:
        """Return the Unix time that the simulated machine shows."""
        return self.wall_at_start + self._seconds()

    def read(self) -> tuple[float, float, float]:
        """Return the seconds since boot, the seconds asleep of those, and `wall` less the first."""
        seconds = self._seconds()
        now = seconds - self.booted_at
        return now, now - (now - self._slept), self.wall_at_start + seconds - now

    def synchronised(self) -> bool:
        """Whether the simulated wall clock has been set right."""
        return self._synchronised

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Raise NotImplementedError: the simulation turns the daemon, which never waits itself."""
        raise NotImplementedError

    def when(self, at: float) -> float:
        """Return the first moment of the script at which `now` shows `at`, rounding and all."""
        t = at + self.booted_at
        while t - self.booted_at < at:
            t = math.nextafter(t, math.inf)
        return t

    # --- what happens to it -----------------------------------------------------------------------

    def boot(self, synchronised: bool, down: float) -> None:
        """Start again after `down` seconds without power."""
        self.booted_at = self._seconds()
        self._slept = 0.0
        self.boot_id = f"boot-{int(self.boot_id[5:]) + 1}"
        self._synchronised = synchronised
        if not synchronised:
            self.wall_at_start -= down  # a clock without battery goes on where it was

    def sleep(self, duration: float) -> None:
        """Count `duration` seconds as asleep."""
        self._slept += duration

    def set_clock(self, by: float) -> None:
        """Set the wall clock, which is right from then on."""
        self.wall_at_start += by
        self._synchronised = True

    def trust_clock(self, right: bool) -> None:
        """Say whether the wall clock has been set right."""
        self._synchronised = right
