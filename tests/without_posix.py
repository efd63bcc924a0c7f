"""Runs `chair-sensor` with what only POSIX systems have taken away: as on Windows, about.

What Python's own library and other people's packages need of it on this machine is loaded before,
once: each line on standard input is a command to be run in a fork, the answer is its exit code.
"""

# ruff: noqa: F401, E402
import asyncio
import concurrent.futures
import gc
import importlib.util
import json
import logging.handlers
import multiprocessing
import os
import select
import selectors
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import webbrowser

import amqtt.broker  # type: ignore[import-untyped]
import gpiozero.pins.mock
import jinja2
import matplotlib.figure
import paho.mqtt.client
import pydantic_settings
import textual.app
import textual.widgets

MODULES = ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
NAMES = {
    os: "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_PATH EFD_CLOEXEC WNOHANG fchmod fork "
    "getegid geteuid getgid getgroups getuid killpg memfd_create openpty pidfd_open posix_spawn "
    "register_at_fork sched_getaffinity setsid statvfs sysconf ttyname uname",
    select: "epoll poll",
    signal: "ITIMER_REAL SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGTSTP SIGUSR1 "
    "SIGUSR2 SIGWINCH SIG_BLOCK SIG_SETMASK alarm pause pthread_kill pthread_sigmask setitimer",
    socket: "AF_UNIX SO_PEERCRED",
    time: "CLOCK_BOOTTIME CLOCK_MONOTONIC clock_gettime clock_settime tzset",
}

LONGEST = 60
"""Seconds that a command may take."""


def begin(arguments: list[str], folder: str, streams: list[str]) -> None:
    """Be the command's process: in its folder, with files for its standard streams."""
    signal.alarm(LONGEST)
    os.chdir(folder)
    os.environ["HOME"] = folder
    for descriptor, path in enumerate(streams):
        mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if descriptor else os.O_RDONLY
        os.dup2(os.open(path, mode, 0o600), descriptor)
    sys.argv = ["chair-sensor", *arguments]


gc.freeze()  # a collection in a fork would copy what they share
for line in sys.stdin:
    if not (child := os.fork()):
        begin(**json.loads(line))
        break
    print(  # noqa: T201  (the answer)
        os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True
    )
else:
    sys.exit()

pair, family = socket.socketpair, socket.AF_UNIX
selectors.DefaultSelector = selectors.SelectSelector  # type: ignore[misc, assignment]
socket.socketpair = lambda *_: pair(family)
sys.modules.update(dict.fromkeys(MODULES))  # type: ignore[arg-type]
for module, names in NAMES.items():
    for name in names.split():
        delattr(module, name)

from sensor.__main__ import main
from sensor.simulator.screen import app

sys.exit(main())
