"""The log of the daemon: written by a thread of its own, so that nothing waits for it.

A terminal stopped with Ctrl-S, a full pipe or a stalled journal takes no byte for as long as it
likes. Lines then wait in a bounded queue; what is beyond is dropped and counted.
"""

import logging
import os
import select
import threading
from queue import SimpleQueue
from threading import Event, Thread

log = logging.getLogger(__name__)

STDERR = 2
LEVEL_PREFIXES = {"ERROR": "<3>", "WARNING": "<4>", "INFO": "<6>", "DEBUG": "<7>"}
"""Syslog levels as the journal reads them at the start of a line."""
MOST_LINES = 500
"""Lines that may wait; with one more they are dropped."""
PATIENCE = 1.0
"""Seconds at most that the end of the process waits for the last lines."""


class LogWriter(logging.Handler):
    """Writes to a file descriptor: a stream of Python's would block at the end of the process."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._queue: SimpleQueue[str | Event] = SimpleQueue()
        self._dropped = 0
        Thread(target=self._run, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one record."""
        self.say(self.format(record))

    def say(self, line: str) -> None:
        """Queue a line as it stands; never blocks."""
        if self._queue.qsize() < MOST_LINES:
            self._queue.put(line)
        else:
            self._dropped += 1

    def flush(self) -> None:
        """Wait, `PATIENCE` seconds at most, until all lines are written."""
        written = Event()
        self._queue.put(written)
        written.wait(PATIENCE)

    def _run(self) -> None:
        told = 0
        while True:
            item = self._queue.get()
            if isinstance(item, str):
                self._write(item)
            more = self._dropped - told
            if more and self._queue.empty():
                told += more
                self._write(self.format(_record(f"and {more} more lines")))
            if isinstance(item, Event):
                item.set()

    def _write(self, line: str) -> None:
        data = f"{line}\n".encode(errors="backslashreplace")
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # another process has made the descriptor non-blocking
                select.select([], [self._descriptor], [])
            except OSError:
                return  # the reader is gone


def start_logging(level: str) -> LogWriter:
    """Log to standard error, without ever waiting for it; the journal adds its own time."""
    handler = LogWriter(STDERR)
    if os.environ.get("JOURNAL_STREAM"):
        for name, prefix in LEVEL_PREFIXES.items():
            logging.addLevelName(logging.getLevelNamesMapping()[name], prefix)
        handler.setFormatter(logging.Formatter("%(levelname)s%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.captureWarnings(True)
    threading.excepthook = _log_thread
    return handler


def _log_thread(failure: threading.ExceptHookArgs) -> None:
    """Log what has ended a thread; Python itself would write it to standard error, and wait."""
    error = failure.exc_value
    if error is not None:
        log.error("a thread has ended: %s", failure.thread and failure.thread.name, exc_info=error)


def _record(text: str) -> logging.LogRecord:
    level = logging.WARNING
    return logging.LogRecord(__name__, level, __file__, 0, text, None, None)
