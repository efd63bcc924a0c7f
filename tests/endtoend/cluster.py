"""Two nodes of a clustered broker on this machine, as Debian ships it: RabbitMQ or ejabberd.

Every file lies in one folder, every process is a child, and every port is on loopback: the nodes
serve MQTT at the same port of 127.0.0.1 and 127.0.0.2. A name with both addresses is what a DNS
entry for a cluster looks like to a chair.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

HOSTS = ("127.0.0.1", "127.0.0.2")
USERS = ("chair", "observer")
PATIENCE = 180.0
"""Seconds that an Erlang node may take to start on a busy machine."""

GREETING = b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03who"
"""CONNECT of MQTT 3.1.1, from a client that nobody knows."""
CONNACK = b"\x20"

RABBITMQ = Path("/usr/lib/rabbitmq/bin")
EJABBERD = next(Path("/usr/lib").glob("*/ejabberd-*"), None)


def free_port() -> int:
    """Find a port that is free on all addresses of this machine."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
    return port


class Cluster:
    """Two nodes; `with` starts both and in the end kills what is left of them."""

    package = ""
    password: str | None = None
    """Of every user; None: anybody may come in."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._epmd_port = free_port()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._environment = dict(os.environ) | {
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
        }
        cookie = folder / ".erlang.cookie"
        cookie.write_text("CHAIRS")
        cookie.chmod(0o400)

    @classmethod
    def installed(cls) -> bool:
        """Say whether Debian's package is there."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._epmd = self._spawn("epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1")
        for node in (0, 1):
            self.start(node)
        self._found()
        return self

    def __exit__(self, *_: object) -> None:
        for node in list(self._processes):
            self.kill(node)
        self._epmd.kill()
        self._epmd.wait()

    def start(self, node: int) -> None:
        """Run a node; returns when it answers in MQTT."""
        process = self._processes[node] = self._serve(node)
        until = time.monotonic() + PATIENCE
        while not self._answers(node):
            assert process.poll() is None, f"{self.package}: node {node} ended; see {self._folder}"
            assert time.monotonic() < until, f"{self.package}: node {node} does not start"
            time.sleep(0.2)  # an Erlang node says nowhere that it is there

    def bring_back(self) -> None:
        """Start what does not run."""
        for node in (0, 1):
            if node not in self._processes:
                self.start(node)

    def kill(self, node: int) -> None:
        """End a node as a power cut would."""
        self.signal(node, signal.SIGKILL)
        self._processes.pop(node).wait()

    def signal(self, node: int, number: int) -> None:
        """Send a signal to all of a node: SIGSTOP lets it hang, SIGCONT go on."""
        os.killpg(self._processes[node].pid, number)

    def _answers(self, node: int) -> bool:
        try:
            with socket.create_connection((HOSTS[node], self.port), timeout=5) as probe:
                probe.sendall(GREETING)
                return probe.recv(1)[:1] == CONNACK
        except OSError:
            return False

    def _spawn(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{Path(command[0]).name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=self._environment | more,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _call(self, *command: str, **more: str) -> None:
        assert self._spawn(*command, **more).wait(PATIENCE) == 0, f"{command}; see {self._folder}"

    def _serve(self, node: int) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _found(self) -> None:
        """Make a cluster of the two nodes, and users on it."""
        raise NotImplementedError


class RabbitMQ(Cluster):
    """RabbitMQ with its MQTT plugin."""

    package = "rabbitmq-server"

    @classmethod
    def installed(cls) -> bool:
        """Say whether Debian's package is there."""
        return RABBITMQ.exists()

    def _serve(self, node: int) -> subprocess.Popen[bytes]:
        home = self._folder / f"rabbit{node}"
        home.mkdir(exist_ok=True)
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {HOSTS[node]}:{free_port()}\n"
            f"mqtt.listeners.tcp.1 = {HOSTS[node]}:{self.port}\n"
            "mqtt.allow_anonymous = true\n"
        )
        (home / "plugins").write_text("[rabbitmq_mqtt].\n")
        return self._spawn(
            str(RABBITMQ / "rabbitmq-server"),
            RABBITMQ_NODENAME=f"rabbit{node}@localhost",
            RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_CONFIG_FILE=str(home / "rabbitmq.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(home / "plugins"),
            RABBITMQ_MNESIA_BASE=str(home / "mnesia"),
            RABBITMQ_LOG_BASE=str(home / "log"),
            RABBITMQ_PID_FILE=str(home / "pid"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}",
        )

    def _found(self) -> None:
        control = (str(RABBITMQ / "rabbitmqctl"), "-n", "rabbit1@localhost")
        quiet = {"RABBITMQ_CONF_ENV_FILE": "/dev/null"}
        self._call(*control, "stop_app", **quiet)
        self._call(*control, "join_cluster", "rabbit0@localhost", **quiet)
        self._call(*control, "start_app", **quiet)


class Ejabberd(Cluster):
    """ejabberd with its module mod_mqtt."""

    package = "ejabberd"
    password = "secret"  # noqa: S105 - of a broker that lives for minutes

    @classmethod
    def installed(cls) -> bool:
        """Say whether Debian's package is there."""
        return EJABBERD is not None

    def _serve(self, node: int) -> subprocess.Popen[bytes]:
        home = self._folder / f"ejabberd{node}"
        home.mkdir(exist_ok=True)
        (home / "ejabberd.yml").write_text(
            "hosts: [localhost]\n"
            "loglevel: info\n"
            "auth_method: [internal]\n"
            f"listen: [{{port: {self.port}, ip: {HOSTS[node]}, module: mod_mqtt}}]\n"
            "modules: {mod_mqtt: {}, mod_admin_extra: {}}\n"
            'api_permissions: {"console": {from: [ejabberd_ctl], who: all, what: "*"}}\n'
        )
        return self._erl(
            f"ejabberd{node}@localhost",
            *("-mnesia", "dir", f'"{home / "mnesia"}"', "-s", "ejabberd"),
            EJABBERD_CONFIG_PATH=str(home / "ejabberd.yml"),
            EJABBERD_LOG_PATH=str(home / "ejabberd.log"),
        )

    def _found(self) -> None:
        self._control(1, "join_cluster", "ejabberd0@localhost")
        for user in USERS:
            assert self.password is not None
            self._control(0, "register", user, "localhost", self.password)

    def _control(self, node: int, *words: str) -> None:
        asked = ("-hidden", "-s", "ejabberd_ctl", "-extra", f"ejabberd{node}@localhost", *words)
        assert self._erl("control@localhost", *asked).wait(PATIENCE) == 0, words

    def _erl(self, name: str, *words: str, **more: str) -> subprocess.Popen[bytes]:
        erl = shutil.which("erl")
        assert erl is not None
        assert EJABBERD is not None
        loopback = ("-kernel", "inet_dist_use_interface", "{127,0,0,1}")
        return self._spawn(
            erl,
            "-noinput",
            "-sname",
            name,
            *loopback,
            *words,
            ERL_LIBS=str(EJABBERD.parent),
            **more,
        )
