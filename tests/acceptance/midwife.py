"""Starts `chair-sensor` often: imported once, then forked for each run (30 ms instead of 800).

A run that ends well leaves without taking its interpreter down, which would copy all that it
shares with the others. Each line on standard input is a request: the command's arguments, and the
files that stand for its standard streams. The answer is its exit code, on a line. conftest.py
talks to it.
"""

import gc
import json
import os
import signal
import sys

import sensor.commands.main
import sensor.settings.loading
import sensor.simulator.simulate  # noqa: F401  (imported here so that no fork has to)
from sensor.__main__ import main

LONGEST = 180
"""Seconds that a run may take; a simulated day takes about one."""


def become(arguments: list[str], streams: list[str]) -> int:
    """Be the command, in a process of its own."""
    signal.alarm(LONGEST)
    modes = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_TRUNC] * 2)
    for descriptor, (path, mode) in enumerate(zip(streams, modes, strict=True)):
        os.dup2(os.open(path, mode, 0o600), descriptor)
    sys.argv = ["chair-sensor", *arguments]
    return main()


gc.freeze()  # a collection in a fork would copy what they share
while request := sys.stdin.readline():
    if (child := os.fork()) == 0:
        code = become(**json.loads(request))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(  # noqa: T201  (the answer)
        os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True
    )
