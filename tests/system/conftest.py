"""Machines to install on: a folder with a Debian in it (`root.sh`), and a virtual Pi (`run`)."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.guest import PASSWORD, ROOT, Guest

BROKER = "listener 1883 127.0.0.1\\npassword_file /etc/mosquitto/passwd\\n"
ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


class Root:
    """A Debian trixie in a folder: no systemd runs in it, no GPIO chip is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(
        self, *command: str, cwd: str = "/root/chair-sensor"
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as root in there; what it says on both streams comes together."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CHAIR_SENSOR_")}
        environment["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        enter = [
            "unshare",
            "--mount",
            "sh",
            "-c",
            ENTER,
            str(self._folder),
            "env",
            f"--chdir={cwd}",
        ]
        return subprocess.run(
            [*enter, *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *command: str) -> str:
        """Run a command that must succeed; return what it says."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def replays(self, unit: str) -> str:
        """Do what the unit does after the daemon's death; return what that says.

        The note is empty, for there is no chip. Python would say that it finds no file.
        """
        text = self.path(unit).read_text()
        (after,) = re.findall(r"^ExecStopPost=-/bin/sh -c '(.*)'$", text, re.MULTILINE)
        self.path("/tmp/note").mkdir(exist_ok=True)  # noqa: S108  (that of the other system)
        self.path("/tmp/note/resting-pins").touch()  # noqa: S108
        return self.succeed("env", "RUNTIME_DIRECTORY=/tmp/note", "sh", "-c", after)

    def path(self, absolute: str) -> Path:
        """Say where a file of this system is, seen from outside."""
        return self._folder / absolute.lstrip("/")

    def there(self, *absolute: str) -> set[str]:
        """Say which of these exist, be it as a dangling link."""
        return {one for one in absolute if os.path.lexists(self.path(one))}


@pytest.fixture(scope="session")
def root() -> Root:
    """Give the folder that `.ci/run installation` has made, the checkout in /root/chair-sensor."""
    folder = os.environ.get("CHAIR_SENSOR_ROOT")
    if not folder:
        pytest.skip("needs a Debian in a folder: .ci/run installation makes one")
    return Root(Path(folder))


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """Switch a machine on that has this checkout and a broker, and nothing of the product."""
    image = os.environ.get("CHAIR_SENSOR_GUEST")
    if not image:
        pytest.skip("NOT RUN: needs a virtual Pi, by hand: tests/system/run")
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.split(b"\0")
    with Guest(Path(image), tmp_path_factory.mktemp("guest")) as guest:
        guest.put([ROOT / os.fsdecode(file) for file in files if file], ROOT)
        guest.succeed(f"""
            printf '{BROKER}' >/etc/mosquitto/conf.d/test.conf
            cd /etc/mosquitto && touch passwd && mosquitto_passwd -b passwd chair {PASSWORD}
            chown mosquitto passwd && chmod 600 passwd && systemctl restart mosquitto""")
        guest.mat(pressed=False)
        yield guest
