"""Runs `chair-sensor` in forks of one process that has everything imported: a start takes no time.

It reads a line of JSON for each command (`Ask`) and answers with the exit code. The fork has the
streams that were asked for, made as the interpreter makes them at its start, and ends as it does.
"""

import gc
import io
import json
import os
import sys
from typing import TypedDict

import sensor.__main__
import sensor.coaching.exercises
import sensor.commands.main
import sensor.doctor.examination
import sensor.report.data
import sensor.report.terminal
import sensor.settings.loading
import sensor.simulator.simulate
import sensor.status.client
import sensor.storage.exchange
import sensor.storage.identity
import sensor.storage.in_force


class Ask(TypedDict):
    """One command."""

    arguments: list[str]
    environ: dict[str, str]
    folder: str
    streams: tuple[str, str, str]
    """Files for input, output and errors; CLOSED is none, GONE a pipe without a reader."""
    encoding: str


CLOSED, GONE = "closed", "gone"


def main() -> None:
    """Answer until nobody asks any more."""
    gc.freeze()  # a collection in a fork would copy what they share
    for line in sys.stdin:
        child = os.fork()
        if not child:
            begin(json.loads(line))
            sys.exit(sensor.__main__.main())
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def begin(asked: Ask) -> None:
    """Be a process that has just been started."""
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["folder"])
    sys.argv = ["chair-sensor", *asked["arguments"]]
    for number, name in enumerate(asked["streams"]):
        os.close(number)
        if name == GONE:
            reader, writer = os.pipe()
            if writer != number:
                os.dup2(writer, number)
                os.close(writer)
            if reader != number:
                os.close(reader)
        elif name != CLOSED:
            file = os.open(name, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY)
            if file == number:
                os.set_inheritable(file, True)
            else:  # a number below is free: that of a stream that is closed
                os.dup2(file, number)
                os.close(file)
    made: list[io.TextIOWrapper | None] = []
    for number, name in enumerate(asked["streams"]):
        if name == CLOSED:
            made.append(None)
            continue
        stream = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115
        errors = "backslashreplace" if number == 2 else "strict"
        made.append(io.TextIOWrapper(stream, asked["encoding"], errors, line_buffering=number == 2))
    sys.stdin, sys.stdout, sys.stderr = made
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = made  # type: ignore[misc]


if __name__ == "__main__":
    main()
