"""The check of the systemd unit: installed, starts at boot, runs, and how it ended last."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sensor.doctor.finding import Finding, fail, ok, unknown
from sensor.hardware.advice import NEW_GROUP, gpio_group
from sensor.settings import unit as units
from sensor.settings.unit import ONE, Unit

PROCESS_EXIT = "98e322203f7a4ed290d09fe03c09fe15"
"""SD_MESSAGE_UNIT_PROCESS_EXIT, systemd's mark on such entries of the journal."""
_RESULTS = {
    "exit-code": "it ended with exit code {status}",
    "signal": "it was killed by signal {status}",
    "core-dump": "it crashed with signal {status}",
    "watchdog": "the watchdog killed it: it hung",
    "oom-kill": "it was killed: out of memory",
    "timeout": "it did not start or stop in time",
}
RESTART = ONE.restart
EXIT_CODES = {
    "2": ("its settings are wrong", f"correct the settings, then {RESTART}"),
    "126": ("its program or Python is missing", "sudo systemd/install.sh --upgrade in a clone"),
    "203": ("its program or Python is missing", "sudo systemd/install.sh --upgrade in a clone"),
    "216": ("there is no group gpio", f"{NEW_GROUP}, then {RESTART}"),
    "238": (
        "systemd could not create /var/lib/chair-sensor, which holds its state",
        f"is the disk full or read-only? `findmnt -T /var/lib` shows it; repair it, then {RESTART}",
    ),
    "243": (
        "systemd could not read a credential in /etc/credstore",
        f"sudo ls -l /etc/credstore; correct or remove it, then {RESTART}",
    ),
}
"""Meaning and fix of exit codes, the program's own and those of systemd; ONE is named."""


def unit_may(path: Path, rights: int) -> bool:
    """Whether the unit's user, a dynamic one in no group but gpio, has these rights.

    `rights` are os.R_OK, os.W_OK, os.X_OK or several. Raises OSError.
    """
    found = path.stat()
    granted = found.st_mode >> 3 if found.st_gid == gpio_group() else found.st_mode
    return granted & rights == rights


def service(unit: Unit = ONE) -> Iterator[Finding]:
    """Check the unit, its state and its last exit."""
    if not units.BOOTED.exists():
        yield unknown("unit", "this machine does not run systemd; nothing starts the daemon")
        return
    shown = unit.properties()
    if shown.get("LoadState") != "loaded":
        yield fail("unit", "not installed", "sudo systemd/install.sh in a clone (README)")
        return
    yield _enabled(unit, shown)
    yield _running(unit, shown)
    yield _last_exit(unit)


def _enabled(unit: Unit, shown: Mapping[str, str]) -> Finding:
    state = shown["UnitFileState"]
    if state != "enabled":
        fix = f"sudo systemctl enable {unit.name}"
        return fail("unit", f"installed, but {state}: it does not start at boot", fix)
    watchdog = shown["WatchdogUSec"]
    if watchdog in ("0", "infinity"):
        fix = f"remove the WatchdogSec= that `systemctl edit {unit.name}` shows"
        return fail("unit", "installed and enabled, but without a watchdog", fix)
    return ok("unit", f"installed, enabled, watchdog {watchdog}")


def _running(unit: Unit, shown: Mapping[str, str]) -> Finding:
    state, restarts = shown["ActiveState"], shown["NRestarts"]
    if state == "active":
        return ok("service", f"running; automatic restarts: {restarts}")
    how = _RESULTS.get(shown["Result"], "").format(status=shown["ExecMainStatus"])
    if shown["Result"] == "exit-code" and shown["ExecMainStatus"] in EXIT_CODES:
        words, fix = (
            text.replace(ONE.name, unit.name) for text in EXIT_CODES[shown["ExecMainStatus"]]
        )
        how = f"{how}: {words}"
    elif state == "inactive":
        fix = f"sudo systemctl start {unit.name}"
    else:
        fix = f"journalctl -u {unit.name} -e shows why"
    return fail("service", f"{state} ({shown['SubState']}){': ' * bool(how)}{how}", fix)


def _last_exit(unit: Unit) -> Finding:
    line = units.output(
        *("journalctl", "--quiet", "--output=json", "--lines=1"),
        *(f"UNIT={unit.service}", f"MESSAGE_ID={PROCESS_EXIT}"),
    )
    if not line:
        return ok("last exit", "no failure in the journal, as far as you can read it")
    entry = json.loads(line)
    at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6).astimezone()
    return ok(
        "last exit", f"{at:%Y-%m-%d %H:%M}: {entry['MESSAGE'].removeprefix(f'{unit.service}: ')}"
    )
