"""The plug of the virtual Pi is pulled; what `test_guest.py` has installed comes back by itself."""

import logging
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.system.guest import LINES, STATE, Guest, await_true

log = logging.getLogger(__name__)

CUTS = int(os.environ.get("CHAIR_SENSOR_CUTS", "10"))
AFTER_THE_CUT = r"""
set -e
cd /etc/systemd/system
cat >/root/network-time <<'END'
sleep 5
on=$(sed 's/.*chair.time=\([0-9]*\).*/\1/' /proc/cmdline)
date -s "@$((on + $(cut -d . -f 1 /proc/uptime)))"
mkdir -p /run/systemd/timesync
touch /run/systemd/timesync/synchronized
END
cat >network-time.service <<'END'
[Unit]
After=chair-sensor.service
ConditionKernelCommandLine=chair.time
[Service]
ExecStart=/bin/sh -e /root/network-time
[Install]
WantedBy=multi-user.target
END
cat >still-seated.service <<'END'
[Unit]
Before=chair-sensor.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo pull-down >MAT/pull'
[Install]
WantedBy=multi-user.target
END
systemctl -q enable network-time still-seated
mkdir -p /run/systemd/timesync
touch /run/systemd/timesync/synchronized
""".replace("MAT", f"{LINES}/sim_gpio5")
"""Sets the clock some seconds after the daemon has begun, as a time server would; and who sat when
the power went sits there when it comes back."""


@pytest.mark.parametrize("number", range(CUTS))
def test_power_cut(guest: Guest, number: int) -> None:
    """The plug is pulled, and the clock is hours off after it: the bout is judged rightly.

    With the time back from the network it is the same bout, longer by the downtime; if the time
    stays unknown a new one begins. Every other time the buzzer is sounding when the power goes;
    every third time a slow disk is in the middle of a write.
    The first time no broker is there when it comes back.
    """
    known, no_broker = number % 4 != 3, number == 0
    guest.succeed(f"date -s @{time.time():.0f}; {AFTER_THE_CUT}")
    guest.mat(pressed=False)
    await_true(lambda: guest.state()["occupied"] is False, 60, "vacant")
    before, seated = guest.await_seated(), time.monotonic()
    if number % 2:
        guest.await_buzzer(on=True, seconds=120)
    guest.succeed(f"systemctl {'disable' if no_broker else 'enable'} mosquitto; sync")
    if number % 3 == 1:
        guest.limit_disk(1)
        guest.succeed(f"{guest.command('set/snooze', '7')}; sleep 2")
    guest.power_off()
    off = time.monotonic()

    wrong = datetime.now(UTC) + timedelta(hours=(-7, 5, -31, -2)[number % 4])
    guest.power_on(wrong, network_time=known)
    if no_broker:
        guest.await_line(None, "broker away")
        guest.await_buzzer(on=True, seconds=300)
        guest.succeed("systemctl start mosquitto")
    guest.await_line(None, "connected to broker")
    if known:
        guest.await_buzzer(on=True, seconds=300)
    else:
        guest.await_line(None, "it is not known how long the daemon was away")
    await_true(lambda: guest.state()["sitting_seconds"] > 0, 300, "sitting")
    after = guest.state()

    had, sat = before["sitting_seconds"], after["sitting_seconds"]
    down, sat_until = time.monotonic() - off, had + off - seated
    log.info("cut %d: sat %.0f s, off %.0f s ago, now %d s", number, sat_until, down, sat)
    assert after["problem"] is None
    assert after["estimated"]
    assert same_bout(before, after) is known
    if known:
        assert sat_until - 10 < sat < sat_until + down + 10
    else:
        assert sat < down
    assert guest.succeed(f"ls {STATE} | grep -c unreadable || true") == "0"
    sound = f"""python3 -c '
import sqlite3
print(*sqlite3.connect("{STATE}/chair-sensor.db").execute("PRAGMA integrity_check").fetchone())'"""
    assert guest.succeed(sound) == "ok"


def same_bout(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Say whether both states are of one bout, which began at the same time."""
    began, begun = before["bout_started_at"], after["bout_started_at"]
    if begun is None:
        return False
    return abs(datetime.fromisoformat(begun) - datetime.fromisoformat(began)) < timedelta(
        seconds=20
    )
