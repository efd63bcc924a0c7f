"""What a process costs, read from /proc: wake-ups, time on the processor, memory, threads.

Wall time is never used here, so that other work on the same machine disturbs little.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process did between two looks, and the memory it had at the second one."""

    wakeups: float
    """Voluntary context switches of all threads, per second."""
    cpu: float
    """Milliseconds on the processor, per second."""
    rss: float
    """MB in memory, shared pages included."""
    pss: float
    """MB in memory, shared pages divided among those who share them."""
    private: float
    """MB in memory that nobody shares."""
    threads: int

    def as_json(self) -> dict[str, float]:
        """Give plain numbers."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def cpu_seconds(pid: int) -> float:
    """Return what a process has had of the processor since it was started."""
    return Watch(pid).cpu_so_far / 1e9


class Watch:
    """Looks at one process, twice."""

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")
        self._began = time.monotonic()
        self._switches = self._all_switches()
        self.cpu_so_far = self._all_cpu()

    def usage(self) -> Usage:
        """Say what has been used since the watch began."""
        seconds = time.monotonic() - self._began
        rollup = _numbers(self._process / "smaps_rollup")
        return Usage(
            wakeups=(self._all_switches() - self._switches) / seconds,
            cpu=(self._all_cpu() - self.cpu_so_far) / 1e6 / seconds,
            rss=rollup["Rss"] / 1024,
            pss=rollup["Pss"] / 1024,
            private=(rollup["Private_Clean"] + rollup["Private_Dirty"]) / 1024,
            threads=len(self._tasks()),
        )

    def _tasks(self) -> list[Path]:
        return list((self._process / "task").iterdir())

    def _all_switches(self) -> int:
        return sum(_numbers(task / "status")["voluntary_ctxt_switches"] for task in self._tasks())

    def _all_cpu(self) -> int:
        """Add up nanoseconds; /proc/PID/stat would count in steps of 10 ms."""
        return sum(int((task / "schedstat").read_text().split()[0]) for task in self._tasks())


def _numbers(file: Path) -> dict[str, int]:
    """Read lines such as `VmRSS:   1234 kB`."""
    found = {}
    for line in file.read_text().splitlines():
        name, _, value = line.partition(":")
        if value.split()[:1] and value.split()[0].isdigit():
            found[name] = int(value.split()[0])
    return found
