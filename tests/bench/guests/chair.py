"""chair-sensor's `run`, on simulated pins, with somebody on the chair.

It is the whole command, from the command line to the end; only the chip is replaced. A guard is
posted; it is scheduled, and its redo log kept, as the unit wants it from systemd.
One argument, JSON:
`port`, `state_dir`, and if wanted `explicit` (rules that no user can set), `driven` (edges from
standard input), `buzzer` (tells when the buzzer sounds and falls silent).
"""

import json
import os
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sensor import __main__, app
from sensor.daemon.systemd import FIRST, NAME
from sensor.settings.config import Config
from sensor.simulator.wires import SimulatedFactory, Wires
from tests.bench.guests.driver import listen, tell

MAT = 5
BUZZER = 17
NO_CHIP = -1
"""A chip is what the guard is posted for; this machine has none of that number to be driven."""


def main() -> int:
    """Be the command until SIGTERM."""
    given: dict[str, Any] = json.loads(sys.argv[1])

    def changed(number: int, high: bool | None) -> None:
        if given.get("buzzer") and number == BUZZER:
            tell(time.monotonic_ns(), "sounds" if high else "silent")

    wires = Wires(changed)
    wires.pull(MAT, not given.get("seated", True))
    if given.get("driven"):
        listen(lambda closed: wires.pull(MAT, not closed))
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDNAMES"] = ":" * (os.memfd_create("kept") - FIRST) + NAME
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    really_run = app.run

    def run(config: Config, *, record: Path | None) -> None:
        ruled = replace(config, explicit=given.get("explicit", {}))
        really_run(ruled, partial(_factory, wires), record=record)

    app.run = run  # type: ignore[assignment]  # of all arguments, the ones that are given
    settings = {
        "chair.id": Path(given["state_dir"]).name,
        "mqtt.host": "127.0.0.1",
        "mqtt.port": given["port"],
        "state_dir": given["state_dir"],
        "log_level": "warning",
    }
    sys.argv = ["chair-sensor", "run", *(f"--set={key}={value}" for key, value in settings.items())]
    code = __main__.main()
    assert "pydantic" not in sys.modules
    return code


def _factory(wires: Wires, _chip: int | None) -> SimulatedFactory:
    factory = SimulatedFactory(wires)
    factory.chip = NO_CHIP
    return factory


if __name__ == "__main__":
    sys.exit(main())
