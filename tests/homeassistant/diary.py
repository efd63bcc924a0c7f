"""Things that are written by other threads, and that a test waits on instead of sleeping."""

from collections.abc import Callable
from threading import Condition, Thread
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 60.0


class Diary:
    """Something that other threads write in, and that can be waited on."""

    def __init__(self, news: Condition | None = None) -> None:
        self.news = news or Condition()

    def wait(self, found: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
        """Return what is found, as soon as it is."""
        with self.news:
            self.news.wait_for(lambda: found() is not None, patience)
            it = found()
        assert it is not None, f"waited {patience:g} s in vain for {what}"
        return it


class Log(Diary):
    """The lines that a process says."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def follow(self, stream: Any) -> Thread:
        """Write down everything that comes, on a thread of its own."""

        def read() -> None:
            with stream:
                for line in stream:
                    with self.news:
                        self.lines.append(line.rstrip("\n"))
                        self.news.notify_all()

        thread = Thread(target=read, daemon=True)
        thread.start()
        return thread

    def await_line(self, text: str, *, since: int = 0, patience: float = PATIENCE) -> str:
        """Wait for a line with this text."""
        try:
            return self.wait(
                lambda: next((line for line in self.lines[since:] if text in line), None),
                repr(text),
                patience,
            )
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *self.lines[-20:]])) from None
