"""The disk: every job that may block on it, one after the other, beside the main thread.

An SD card may take many seconds for one write. The main thread drives the buzzer, so it hands such
a job over and is told of the result through the inbox. A simulation has one thread and does each
job at once, so that the same script gives the same records.
"""

from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

from sensor.daemon.inbox import Done, Inbox
from sensor.daemon.ports import DiskJobs

T = TypeVar("T")


def forget(_result: object) -> None:
    """Do nothing with a result."""


class InlineDisk(DiskJobs):
    """Does each job on the thread that asks for it."""

    def do(self, job: Callable[[], T], then: Callable[[T], None] = forget) -> None:
        """Do the job, and pass its result to `then`."""
        then(job())


class DiskThread(DiskJobs):
    """Does the jobs on a thread of its own; their results arrive in the inbox."""

    def __init__(self, inbox: Inbox, now: Callable[[], float]) -> None:
        self._inbox = inbox
        self._now = now
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        # A daemon thread: a job that hangs must not keep the process from its end.
        self._thread = Thread(target=self._run, name="disk", daemon=True)
        self._thread.start()

    def do(self, job: Callable[[], T], then: Callable[[T], None] = forget) -> None:
        """Queue the job and return at once; `then` gets its result, on the daemon's thread."""
        self._jobs.put(partial(self._do, job, then))

    def close(self, patience: float) -> bool:
        """Wait for the jobs that are left, `patience` seconds at most; False: not all are done."""
        self._jobs.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _do(self, job: Callable[[], T], then: Callable[[T], None]) -> None:
        try:
            finished = partial(then, job())
        except Exception as error:  # noqa: BLE001  (a bug: it ends the daemon, not this thread)
            finished = partial(_raise, error)
        self._inbox.put(Done(finished, self._now()))


def _raise(error: Exception) -> None:
    raise error
