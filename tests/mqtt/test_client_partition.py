"""A network that falls apart: the broker is another host, in a network namespace of its own."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from sensor.daemon.inbox import Connected, Disconnected, Received
from sensor.daemon.ports import Publication

HERE, THERE = "198.51.100.1", "198.51.100.2"
"""Addresses for documentation (RFC 5737): no real host has them."""
MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")


def ip(*arguments: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Elsewhere:
    """A host with a broker, at the other end of a cable."""

    def __init__(self) -> None:
        self.name = f"chair-{os.getpid()}"

    def cut(self) -> None:
        """Lose every packet, without a word to anybody."""
        ip("-n", self.name, "address", "delete", f"{THERE}/24", "dev", "there")

    def mend(self) -> None:
        """Let packets through again."""
        ip("-n", self.name, "address", "add", f"{THERE}/24", "dev", "there")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    """Set up the host, its cable and its broker; all of it is gone afterwards."""
    if os.geteuid() != 0 or not shutil.which("ip") or MOSQUITTO is None:
        pytest.skip("needs root, iproute2 and mosquitto: a host of its own is a network namespace")
    host = Elsewhere()
    with ExitStack() as stack:
        try:
            ip("netns", "add", host.name)
            stack.callback(ip, "netns", "delete", host.name)
            cable = ("type", "veth", "peer", "name", "there", "netns", host.name)
            ip("link", "add", host.name[:15], *cable)
            stack.callback(ip, "link", "delete", host.name[:15])
            ip("address", "add", f"{HERE}/24", "dev", host.name[:15])
            ip("link", "set", host.name[:15], "up")
            ip("-n", host.name, "link", "set", "there", "up")
            host.mend()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
        config = tmp_path / "mosquitto.conf"
        config.write_text(f"user root\nlistener 1883 {THERE}\nallow_anonymous true\n")
        command = ["ip", "netns", "exec", host.name, MOSQUITTO, "-c", str(config)]
        process = stack.enter_context(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        running = Event()
        reader = Thread(target=_read, args=(process.stderr, running), daemon=True)
        reader.start()
        stack.callback(reader.join)  # before its pipe is closed
        stack.callback(process.terminate)
        assert running.wait(10), "mosquitto does not start"
        yield host


def _read(lines: Any, running: Event) -> None:
    for line in lines:
        if "running" in line:
            running.set()


def test_partition(elsewhere: Elsewhere, connect: Callable[..., Any]) -> None:
    """It is noticed by silence alone, within two keepalives; healed, the link is back by itself."""
    link = connect(1883, host=THERE, keepalive=1)
    link.await_message(Connected)

    elsewhere.cut()
    link.publish(Publication(topic="chair/state", payload="lost"))
    reason = link.await_message(Disconnected).reason
    elsewhere.mend()
    link.await_message(Connected)
    link.publish(Publication(topic="chair/do/echo", payload="here"))

    assert reason == "no sign of life from the broker for 2 s"
    assert link.await_message(Received).payload == b"here"
