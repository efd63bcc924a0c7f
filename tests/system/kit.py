"""A folder with a Debian in it, to install in."""

import os
import re
import subprocess
from pathlib import Path

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
