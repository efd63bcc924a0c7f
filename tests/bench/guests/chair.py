"""chair-sensor's resident daemon, on simulated pins, with somebody on the chair.

As the resident does it: the plain settings are there, pydantic is not, a guard is posted, and
systemd keeps the redo log.
One argument, JSON:
`port`, `state_dir`, and if wanted `explicit` (rules), `pydantic` (the settings machinery stays in
memory), `driven` (edges from standard input), `buzzer` (tells when the buzzer sounds and falls
silent), `whole` (it first checks the settings and then replaces itself, as `run` does).
"""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from sensor.settings.config import Chair, Config, Mqtt
from tests.bench.guests.driver import listen, tell

MAT = 5
BUZZER = 17
NO_CHIP = -1
"""A chip is what the guard is posted for; this machine has none of that number to be driven."""


def main() -> None:
    """Be the daemon until SIGTERM."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    if given.pop("whole", False):
        _checked_config(given)
        os.execv(sys.executable, [sys.executable, "-m", __spec__.name, json.dumps(given)])  # noqa: S606
    config = _config(given) if not given.get("pydantic") else _checked_config(given)
    # Here, as what checks the settings does without them.
    from sensor.app import run  # noqa: PLC0415
    from sensor.daemon.log_writer import start_logging  # noqa: PLC0415
    from sensor.daemon.systemd import FIRST, NAME  # noqa: PLC0415
    from sensor.simulator.wires import SimulatedFactory, Wires  # noqa: PLC0415

    def changed(number: int, high: bool | None) -> None:
        if given.get("buzzer") and number == BUZZER:
            tell(time.monotonic_ns(), "sounds" if high else "silent")

    wires = Wires(changed)
    wires.pull(MAT, not given.get("seated", True))
    if given.get("driven"):
        listen(lambda closed: wires.pull(MAT, not closed))
    start_logging("warning")
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDNAMES"] = ":" * (os.memfd_create("kept") - FIRST) + NAME
    if not given.get("pydantic"):
        assert "pydantic" not in sys.modules
    run(config, make_factory=partial(_factory, SimulatedFactory, wires))


def _config(given: dict[str, Any]) -> Config:
    state_dir = Path(given["state_dir"])
    return Config(
        chair=Chair(id=state_dir.name),
        mqtt=Mqtt(host="127.0.0.1", port=given["port"]),
        explicit=given.get("explicit", {}),
        state_dir=state_dir,
    )


def _checked_config(given: dict[str, Any]) -> Config:
    from sensor.settings.loading import load  # noqa: PLC0415  (the point of this choice)

    state_dir = Path(given["state_dir"])
    return load(
        config_file=None,
        overrides=[
            f"chair.id={state_dir.name}",
            "mqtt.host=127.0.0.1",
            f"mqtt.port={given['port']}",
            f"state_dir={state_dir}",
        ],
    )


def _factory(kind: Any, wires: Any, _chip: int | None) -> Any:
    factory = kind(wires)
    factory.chip = NO_CHIP
    return factory


if __name__ == "__main__":
    main()
