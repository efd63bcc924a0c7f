"""The notifier, heard on real Unix datagram sockets."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sensor.core.instant import NEVER
from sensor.daemon.systemd import FIRST, KeptFile, Notifier


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    """Listen as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(5)
        yield listener


class TestMessages:
    """What systemd hears."""

    def test_what_finds_no_room_goes_with_the_next_call(
        self, systemd: socket.socket, tmp_path: Path
    ) -> None:
        """A systemd that is slow holds nobody, and hears of the start all the same."""
        systemd.bind(str(tmp_path / "notify"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        filled = 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            with suppress(BlockingIOError):
                while other.sendto(b"x", str(tmp_path / "notify")):
                    filled += 1

        notifier.ready()
        notifier.status("sitting")
        assert {systemd.recv(100) for _ in range(filled)} == {b"x"}
        notifier.alive()

        assert systemd.recv(100) == b"READY=1\nSTATUS=sitting\nWATCHDOG=1"

    def test_each_call_is_one_datagram(self, systemd: socket.socket, tmp_path: Path) -> None:
        """Ready, status, watchdog and stopping are sent as sd_notify(3) spells them."""
        systemd.bind(str(tmp_path / "notify"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})

        notifier.ready()
        notifier.status("sitting for 12 min")
        notifier.alive()
        notifier.stopping()

        assert [systemd.recv(100) for _ in range(4)] == [
            b"READY=1",
            b"STATUS=sitting for 12 min",
            b"WATCHDOG=1",
            b"STOPPING=1",
        ]

    def test_an_abstract_socket(self, systemd: socket.socket) -> None:
        """A name that begins with @ is an abstract socket."""
        name = f"chair-sensor-test-{os.getpid()}"
        systemd.bind(f"\0{name}")

        Notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()

        assert systemd.recv(100) == b"READY=1"

    def test_a_status_is_one_line(self, systemd: socket.socket, tmp_path: Path) -> None:
        """A line break in a status cannot smuggle in another message, and odd text is sent."""
        systemd.bind(str(tmp_path / "notify"))

        Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}).status("a\nWATCHDOG=1 \udcff")

        assert systemd.recv(100) == b"STATUS=a WATCHDOG=1 ?"


class TestSilence:
    """When nobody listens."""

    @pytest.mark.parametrize("name", [None, "", "vsock:2:1234"])
    def test_outside_of_systemd_nothing_happens(self, name: str | None) -> None:
        """Without an address, or with one of a kind we do not speak, calls do nothing."""
        notifier = Notifier({} if name is None else {"NOTIFY_SOCKET": name})

        notifier.ready()
        notifier.alive()

    @pytest.mark.parametrize("name", ["gone", "x" * 200])
    def test_a_broken_address_never_raises(self, name: str, tmp_path: Path) -> None:
        """A socket that is gone, or a name too long for one, does not stop the daemon."""
        Notifier({"NOTIFY_SOCKET": str(tmp_path / name)}).alive()


class TestWatchdogInterval:
    """How often systemd wants to hear from us."""

    def test_half_of_what_systemd_waits(self) -> None:
        """With WatchdogSec=120 for this process, once a minute."""
        environ = {"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid())}

        assert Notifier(environ).longest_silence == 60

    def test_without_a_pid_it_is_meant_for_us(self) -> None:
        """WATCHDOG_PID is optional, as for sd_watchdog_enabled(3)."""
        assert Notifier({"WATCHDOG_USEC": "3000000"}).longest_silence == 1.5

    @pytest.mark.parametrize(
        "environ",
        [
            {},
            {"WATCHDOG_PID": "1"},
            {"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"},
            {"WATCHDOG_USEC": "soon"},
            {"WATCHDOG_USEC": "0"},
        ],
    )
    def test_none_where_nobody_waits(self, environ: dict[str, str]) -> None:
        """No watchdog, another process's, or nonsense: there is nothing to feed."""
        assert Notifier(environ).longest_silence == NEVER


def handed_over(file: int, process: int | None = None) -> KeptFile:
    """Be a life that gets this file, or another process that inherits the words about it."""
    names = ":" * (file - FIRST) + "redo"
    return KeptFile({"LISTEN_PID": str(process or os.getpid()), "LISTEN_FDNAMES": names})


class TestKeptFile:
    """What systemd keeps over a restart."""

    def test_the_next_life_reads_it(self, systemd: socket.socket, tmp_path: Path) -> None:
        """The last line is what is read, also behind a longer one and in another process."""
        systemd.bind(str(tmp_path / "notify"))

        first = KeptFile({"NOTIFY_SOCKET": str(tmp_path / "notify"), "FDSTORE": "1"})
        said, (file,), _, _ = socket.recv_fds(systemd, 100, 1)
        assert first.read() == ""
        assert first.write("a long line to begin with")
        assert first.write("short")

        assert said == b"FDSTORE=1\nFDNAME=redo"
        assert first.read() == handed_over(file).read() == "short"
        assert not handed_over(file, os.getppid()).write("another")
        os.close(file)

    @pytest.mark.parametrize(
        ("address", "more"),
        [("", {}), ("", {"FDSTORE": "1"}), ("/gone", {"FDSTORE": "1"}), ("/there", {})],
    )
    def test_none_where_nobody_keeps_it(
        self, systemd: socket.socket, tmp_path: Path, address: str, more: dict[str, str]
    ) -> None:
        """Outside of systemd, with one that is gone, or does not say that it keeps any."""
        systemd.bind(str(tmp_path / "there"))
        kept = KeptFile({"NOTIFY_SOCKET": f"{tmp_path}{address}" if address else "", **more})

        assert not kept.write("line")
        assert kept.read() == ""

    def test_no_memory_is_left(self) -> None:
        """A line that could not be written is not told of as noted."""
        with open("/dev/full", "wb") as full:  # noqa: PTH123
            assert not handed_over(full.fileno()).write("line")
