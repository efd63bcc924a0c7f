"""A virtual Raspberry Pi 4: QEMU on a throwaway copy of the disk that `image.sh` has built.

gpiozero asks the device tree which Pi it is on, so the tree of QEMU's `virt` machine is changed to
say so, and gets the GPIO chip of a Pi 4 (gpio-sim) with the 40-pin header's lines.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
README = (ROOT / "systemd/README.md").read_text("utf-8")

QEMU = "qemu-system-aarch64"
PATIENCE = 900.0
"""Seconds for a boot: this is emulation, and the machine may have other things to do."""
LINES = "/sys/bus/gpio/devices/gpiochip0"
PROCESSES = "/sys/fs/cgroup/system.slice/chair-sensor.service/cgroup.procs"
STATE = "/var/lib/private/chair-sensor"
DIRECTORY = "/root/chair-sensor"
PASSWORD = "pressed"  # noqa: S105  (of a broker inside the guest)


def readme(heading: str) -> list[str]:
    """List the shell blocks under a heading of the README."""
    text = README.split(f"\n### {heading}\n")[1].split("\n### ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def await_true(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for a condition; return how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)
    return time.monotonic() - start


class Guest:
    """The machine; `with` switches it on, and in the end off without a word."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image = image
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]

    def __enter__(self) -> Self:
        backing = ["-F", "qcow2", "-b", str(self._image / "disk.qcow2")]
        disk = self._folder / "disk.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(disk)], check=True)
        self._make_tree()
        self.power_on()
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()

    def _machine(self, *options: str) -> list[str]:
        kind = ("-M", ",".join(["virt", *options]), "-cpu", "cortex-a72", "-smp", "2")
        return [QEMU, *kind, "-m", "1024", "-display", "none", "-monitor", "none"]

    def _make_tree(self) -> None:
        tree = self._folder / "tree.dtb"
        dump = [*self._machine(f"dumpdtb={tree}"), "-net", "none"]
        subprocess.run(dump, check=True, capture_output=True)
        names = [f"GPIO{number}" for number in range(58)]
        chip, expander = "/gpio-sim/header", "/gpio-sim/expander"
        for node in ("/gpio-keys", "/pl061@9030000"):  # QEMU's own button would be gpiochip0
            subprocess.run(["fdtput", "-r", tree, node], check=True)
        for kind, node, key, *values in (
            ("s", "/", "model", "Raspberry Pi 4 Model B Rev 1.4"),
            ("x", "/system", "linux,revision", "0xc03114"),
            ("s", "/gpio-sim", "compatible", "gpio-simulator"),
            # libfdt puts the newer node first, so that the header is gpiochip0.
            ("s", expander, "gpio-sim,label", "raspberrypi-exp-gpio"),
            ("i", expander, "ngpios", "8"),
            ("i", expander, "#gpio-cells", "2"),
            ("s", chip, "gpio-sim,label", "pinctrl-bcm2711"),
            ("s", chip, "gpio-line-names", *names),
            ("i", chip, "ngpios", "58"),
            ("i", chip, "#gpio-cells", "2"),
        ):
            command = ["fdtput", "-p", "-t", kind, str(tree), node, key, *values]
            subprocess.run(command, check=True)
        for node in (chip, expander):
            subprocess.run(["fdtput", tree, node, "gpio-controller"], check=True)

    def power_on(self, clock: datetime | None = None, *, network_time: bool = False) -> None:
        """Boot with the clock at this time; `network_time`: it is set right after a while.

        Returns when ssh answers.
        """
        right = f"chair.time={time.time():.0f}" if network_time else ""
        disk = f"file={self._folder / 'disk.qcow2'},if=none,id=disk,format=qcow2,cache=writeback"
        net = f"user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:{self._port}-:22"
        command = [
            *self._machine(),
            *("-kernel", str(self._image / "kernel"), "-initrd", str(self._image / "initrd")),
            *("-dtb", str(self._folder / "tree.dtb")),
            *("-append", f"console=ttyAMA0 root=/dev/vda rw net.ifnames=0 quiet {right}"),
            *("-drive", disk, "-device", "virtio-blk-pci,drive=disk"),
            *("-netdev", net, "-device", "virtio-net-pci,netdev=net,romfile="),
            *("-serial", f"file:{self._folder / 'console'}"),
            *("-qmp", f"unix:{self._folder / 'qmp'},server=on,wait=off"),
            *(("-rtc", f"base={clock:%Y-%m-%dT%H:%M:%S},clock=vm") if clock else ()),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        await_true(lambda: self.run("true").returncode == 0, PATIENCE, "ssh")

    def power_off(self) -> None:
        """Pull the plug: nothing gets a chance to write anything."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def limit_disk(self, writes: int) -> None:
        """Let the disk do so many writes a second at most, as a worn SD card; 0: no limit."""
        limits = dict.fromkeys(("bps", "bps_rd", "bps_wr", "iops", "iops_rd"), 0)
        arguments = {"device": "disk", "iops_wr": writes, **limits}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._folder / "qmp"))
            with connection.makefile("rw") as stream:
                for command in (
                    {"execute": "qmp_capabilities"},
                    {"execute": "block_set_io_throttle", "arguments": arguments},
                ):
                    stream.write(json.dumps(command))
                    stream.flush()
                    while "return" not in (answer := json.loads(stream.readline())):
                        assert "error" not in answer, answer

    def run(self, script: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """Let the guest's shell run a script as root; both its streams come together."""
        options = ["-F", "none", "-i", str(self._image / "key"), "-p", str(self._port)]
        for option in (
            *("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"),
            *("ConnectTimeout=30", "BatchMode=yes", "IdentitiesOnly=yes"),
            *("ControlMaster=auto", f"ControlPath={self._folder}/ssh", "ControlPersist=60"),
        ):
            options += ["-o", option]
        done = subprocess.run(
            [
                "ssh",
                *options,
                "root@127.0.0.1",
                f"cd {DIRECTORY} 2>/dev/null; {{ {script}\n}} 2>&1",
            ],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return subprocess.CompletedProcess(script, done.returncode, done.stdout.decode())

    def succeed(self, script: str, stdin: bytes = b"") -> str:
        """Run a script that must succeed; return what it says."""
        done = self.run(script, stdin)
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout.strip()

    def put(self, files: list[Path], base: Path) -> None:
        """Copy files to where commands run, by their place below `base`."""
        names = b"\0".join(os.fsencode(file.relative_to(base)) for file in files)
        pack = ["tar", "-C", str(base), "-c", "--null", "-T", "-", "--owner=0", "--group=0"]
        packed = subprocess.run(pack, input=names, stdout=subprocess.PIPE, check=True).stdout
        self.succeed(f"mkdir -p {DIRECTORY} && tar -x -C {DIRECTORY}", packed)

    def mat(self, *, pressed: bool) -> None:
        """Press the mat or let go: its contact pulls GPIO 5 to ground."""
        self.succeed(f"echo {'pull-down' if pressed else 'pull-up'} >{LINES}/sim_gpio5/pull")

    def await_buzzer(self, *, on: bool, seconds: float) -> None:
        """Wait until GPIO 17 is high or low."""
        self._watch(f"wait('{on:d}', {seconds})")

    def kill_while_sounding(self, name: str, *, everyone: bool = False) -> float:
        """Send the daemon a signal while GPIO 17 is high; return how long it stays so.

        `everyone`: its guard, too.
        """
        ask = f"cat {PROCESSES}" if everyone else "systemctl show -P MainPID chair-sensor"
        processes = self.succeed(ask).split()
        said = self._watch(f"""
wait('1', 300)
for process in {processes}:
    os.kill(int(process), signal.SIG{name})
print(wait('0', 300))""")
        return float(said)

    def longest_tone(self, script: str, seconds: float) -> float:
        """Run a shell script; return how long GPIO 17 was high at a stretch in the meantime."""
        said = self._watch(f"""
import subprocess
subprocess.Popen(["sh", "-c", {script!r}])
longest, end = 0.0, time.monotonic() + {seconds}
while time.monotonic() < end:
    wait('1', 60)
    longest = max(longest, wait('0', 60))
print(longest)""")
        return float(said)

    def command(self, topic: str, payload: str) -> str:
        """Return the shell's command that sends the daemon a command."""
        user = f"-u chair -P {PASSWORD}"
        return f"mosquitto_pub {user} -q 1 -t chair-sensor/desk/{topic} -m {payload}"

    def retained(self) -> str:
        """List the topics that the real broker keeps."""
        user = f"-u chair -P {PASSWORD}"
        return self.run(
            f"mosquitto_sub {user} -t '#' --retained-only -F %t -W 15 2>/dev/null"
        ).stdout

    def state(self) -> dict[str, Any]:
        """Ask the real broker for the retained state."""
        said = self.succeed(
            f"mosquitto_sub -u chair -P {PASSWORD} -t chair-sensor/desk/state -C 1 -W 60"
        )
        found: dict[str, Any] = json.loads(said)
        return found

    def mark(self) -> str:
        """Remember how far the journal is."""
        said = self.succeed("journalctl -n 1 --show-cursor -o cat")
        return said.rsplit("-- cursor: ", 1)[1]

    def journal(self, since: str | None = None) -> str:
        """Read what has been said about the service since a cursor of `mark`, or since the boot."""
        begin = f"--after-cursor '{since}'" if since else "--boot"
        return self.succeed(f"journalctl -u chair-sensor -o cat {begin}")

    def await_line(self, since: str | None, text: str) -> None:
        """Wait until the journal has this."""
        await_true(lambda: text in self.journal(since), 300, text)

    def await_seated(self) -> dict[str, Any]:
        """Sit down, wait until the broker knows, and return the state."""
        self.mat(pressed=True)
        await_true(lambda: bool(self.state()["occupied"]), 300, "occupied")
        return self.state()

    def doctor(self) -> str:
        """Return what the check-up has to say if it finds something wrong, in one line."""
        said = self.run("chair-sensor doctor")
        assert said.returncode == 1, said.stdout
        return " ".join(said.stdout.split())

    def _watch(self, script: str) -> str:
        return self.succeed(f"""exec python3 - <<'END'
import os, signal, time
def wait(level, seconds):
    start = time.monotonic()
    while open("{LINES}/sim_gpio17/value").read().strip() != level:
        assert time.monotonic() - start < seconds, f"GPIO 17 is not {{level}} in {{seconds}} s"
        time.sleep(0.005)
    return time.monotonic() - start
{script}
END""")
