"""What a program costs, read from /proc: wake-ups, time on the processor, memory, threads.

That is a process with its children, of which chair-sensor has one: the guard of its buzzer.

Wall time is never used here, so that other work on the same machine disturbs little.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

MEMORY = ("Rss", "Pss", "Private_Clean", "Private_Dirty")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program did between two looks, and the memory it had at the second one."""

    wakeups: float
    """Voluntary context switches of all threads, per second."""
    cpu: float
    """Milliseconds on the processor, per second."""
    rss: float
    """MB in memory, shared pages included, counted in each process that has them."""
    pss: float
    """MB in memory, shared pages divided among those who share them."""
    private: float
    """MB in memory that nobody shares."""
    threads: int

    def as_json(self) -> dict[str, float]:
        """Give plain numbers."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def cpu_seconds(pid: int) -> float:
    """Return what a program has had of the processor since it was started."""
    return Watch(pid).cpu_so_far / 1e9


class Watch:
    """Looks at one program, twice."""

    def __init__(self, pid: int) -> None:
        self._processes = [Path(f"/proc/{pid}"), *_children(pid)]
        self._began = time.monotonic()
        self._switches = self._all_switches()
        self.cpu_so_far = self._all_cpu()

    def usage(self) -> Usage:
        """Say what has been used since the watch began."""
        seconds = time.monotonic() - self._began
        rollups = [_numbers(process / "smaps_rollup") for process in self._processes]
        memory = {name: sum(rollup[name] for rollup in rollups) / 1024 for name in MEMORY}
        return Usage(
            wakeups=(self._all_switches() - self._switches) / seconds,
            cpu=(self._all_cpu() - self.cpu_so_far) / 1e6 / seconds,
            rss=memory["Rss"],
            pss=memory["Pss"],
            private=memory["Private_Clean"] + memory["Private_Dirty"],
            threads=len(self._tasks()),
        )

    def _tasks(self) -> list[Path]:
        return [task for process in self._processes for task in (process / "task").iterdir()]

    def _all_switches(self) -> int:
        return sum(_numbers(task / "status")["voluntary_ctxt_switches"] for task in self._tasks())

    def _all_cpu(self) -> int:
        """Add up nanoseconds; /proc/PID/stat would count in steps of 10 ms."""
        return sum(int((task / "schedstat").read_text().split()[0]) for task in self._tasks())


def _children(pid: int) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if _numbers(process / "status")["PPid"] == pid:
                yield process


def _numbers(file: Path) -> dict[str, int]:
    """Read lines such as `VmRSS:   1234 kB`."""
    found = {}
    for line in file.read_text().splitlines():
        name, _, value = line.partition(":")
        if value.split()[:1] and value.split()[0].isdigit():
            found[name] = int(value.split()[0])
    return found
