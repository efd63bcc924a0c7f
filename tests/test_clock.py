"""The machine's clock: what Linux says, in the product's words."""

import ctypes
import errno
import time
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from sensor.daemon import clock as module
from sensor.daemon.clock import MachineClock
from sensor.daemon.inbox import Disconnected, Inbox


def test_now_counts_from_boot() -> None:
    """`now` is the time since the boot, never goes back, and includes every suspend."""
    clock = MachineClock()

    uptime = float(Path("/proc/uptime").read_text().split()[0])
    moments = [clock.now() for _ in range(1000)]

    assert moments[0] == pytest.approx(uptime, abs=2)
    assert moments == sorted(moments)


def test_read() -> None:
    """One look gives `now`, the time asleep, and what the wall clock is ahead."""
    clock = MachineClock()

    now, asleep, offset = clock.read()

    assert clock.now() - 1 < now <= clock.now()
    assert asleep > -0.001
    assert now + offset == pytest.approx(time.time(), abs=1)


def test_wall() -> None:
    """`wall` is Unix time."""
    assert MachineClock().wall() == pytest.approx(time.time(), abs=1)


def test_boot_id() -> None:
    """All clocks of one boot have the same id, and it is that of the kernel."""
    kernel = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    assert MachineClock().boot_id == MachineClock().boot_id == kernel


def test_no_boot_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the kernel gives none, there is still a word."""
    monkeypatch.setattr(module, "_BOOT_ID", tmp_path / "none")

    assert MachineClock().boot_id == "unknown"


def test_wait_ends_in_time() -> None:
    """Without a message `wait` returns at its moment: not before, and hardly after."""
    clock, inbox = MachineClock(), Inbox()
    until = clock.now() + 0.05

    assert clock.wait(inbox, until) is None

    assert until - 0.001 <= clock.now() < until + 1


def test_wait_for_the_past() -> None:
    """A moment that is over needs no waiting; a message that is there is given all the same."""
    clock, inbox = MachineClock(), Inbox()
    message = Disconnected("", 0)

    assert clock.wait(inbox, clock.now() - 10) is None
    inbox.put(message)
    assert clock.wait(inbox, clock.now() - 10) is message


def test_wait_is_ended_by_a_message() -> None:
    """However far the moment is, the next message ends the wait."""
    clock, inbox = MachineClock(), Inbox()
    message = Disconnected("", 0)
    sender = Timer(0.02, inbox.put, [message])
    sender.start()

    assert clock.wait(inbox, clock.now() + 1e6) is message
    sender.join()


class Libc:
    """A C library whose adjtimex(2) answers so."""

    def __init__(self, answer: int) -> None:
        self.adjtimex = lambda _buffer: answer


@pytest.mark.parametrize(
    ("answer", "synchronised"), [(0, True), (1, True), (4, True), (5, False), (-1, None)]
)
def test_kernel_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: int, synchronised: bool | None
) -> None:
    """Without systemd-timesyncd the kernel tells: 5 is TIME_ERROR, not synchronised."""
    monkeypatch.setattr(module, "_TIMESYNCD", tmp_path / "none")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name, **_: Libc(answer))

    assert MachineClock().synchronised() is synchronised


def test_forbidden_to_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A sandbox that refuses the call makes the clock's state unknown, which is said once."""

    def refused(_buffer: object) -> int:
        ctypes.set_errno(errno.EPERM)
        return -1

    monkeypatch.setattr(module, "_TIMESYNCD", tmp_path / "none")
    clock = MachineClock()
    clock._adjtimex = refused

    assert [clock.synchronised() for _ in range(3)] == [None] * 3
    [line] = caplog.messages
    assert "adjtimex: Operation not permitted" in line


def test_a_stall_between_the_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stalls in the midst of reading three clocks has not been asleep."""
    pauses = iter([3600.0])
    stalled = 0.0

    def slow(real: Any) -> Any:
        def read(*arguments: Any) -> Any:
            nonlocal stalled
            moment = real(*arguments) + stalled
            stalled += next(pauses, 0.0)
            return moment

        return read

    clock = MachineClock()
    before = clock.read()
    for name in ("clock_gettime", "monotonic", "time"):
        monkeypatch.setattr(time, name, slow(getattr(time, name)))

    after = clock.read()

    assert after[1:] == pytest.approx(before[1:], abs=0.1)
    assert after[0] > before[0] + 3599


def test_timesyncd_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its mark counts, whatever the kernel says."""
    (tmp_path / "synchronized").touch()
    monkeypatch.setattr(module, "_TIMESYNCD", tmp_path / "synchronized")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name, **_: Libc(5))

    assert MachineClock().synchronised() is True


@pytest.mark.parametrize("error", [OSError, AttributeError])
def test_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[Exception]
) -> None:
    """Where nobody can be asked, the clock is not trusted."""

    def missing(_name: Any, **_: Any) -> None:
        raise error

    monkeypatch.setattr(module, "_TIMESYNCD", tmp_path / "none")
    monkeypatch.setattr(ctypes, "CDLL", missing)

    assert MachineClock().synchronised() is None


def test_really_asks_the_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real adjtimex(2) gives an answer, without privileges and without a crash."""
    monkeypatch.setattr(module, "_TIMESYNCD", tmp_path / "none")

    assert MachineClock().synchronised() in (True, False)
