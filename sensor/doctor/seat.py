"""The check of a seat that is a sensor on the broker; the daemon, which listens to it, is asked."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from sensor.core.words import PROBLEMS, Problem, span
from sensor.daemon.answer import Answer
from sensor.daemon.ports import Clock
from sensor.doctor.finding import Finding, fail, ok, unknown
from sensor.errors import StorageError
from sensor.settings.config import Seat
from sensor.settings.unit import ONE, Unit
from sensor.status import text
from sensor.storage.history import read
from sensor.storage.paths import DATABASE

DAY = 86_400
OCCUPIED = 16 * 3600
"""Seconds in the last 24 hours that nobody sits."""
FIXES: dict[Problem, str] = {
    "seat_offline": "is the bridge there? Its own page lists the sensor; get up and sit down to "
    "make it tell",
    "seat_silent": "change its battery, get up and sit down to make it tell; "
    "seat.silent_after is how long it may be silent",
    "seat_battery": "change its battery",
}


def seat(
    settings: Seat, answer: Answer | None, clock: Clock, unit: Unit = ONE
) -> Iterator[Finding]:
    """Check whether the sensor is heard, and whether what it tells can be true."""
    if answer is None:
        found = f"{settings.topic}: only the daemon listens to it, and it does not run"
        yield unknown("seat", found)
        return
    contact = answer.get("contact", {"name": ""})
    about = contact.get("seat")
    if about is None or contact["name"] != settings.topic:
        yield fail("seat", f"the running daemon does not listen to {settings.topic}", unit.restart)
        return
    found, problem = text.seat(answer), answer["state"]["problem"]
    refused = answer["mqtt"]["refused"].get(str(settings.topic))
    if refused:
        yield fail("seat", f"{found}; {refused}", "let the chair read that topic: see the ACL")
    elif about["fault"]:
        yield fail("seat", found, "set seat.topic and seat.key to what the sensor sends")
    elif problem in FIXES:
        yield fail("seat", f"{PROBLEMS[problem].said()} {found}", FIXES[problem])
    elif about["heard_ago"] is None:
        make = "get up and sit down to make it tell; have its messages retained, so that its "
        yield unknown("seat", found, f"{make}state is known right after a start")
    elif answer["state"]["break_due"]:
        fix = 'sitting? Get up. Not sitting: a message was lost; press "Not me", or snooze'
        yield unknown("seat", f"{found}; a break is due", f"{fix}, and sit down once")
    else:
        yield ok("seat", found)
    occupied = _occupied(Path(answer["state_dir"], DATABASE), clock.wall())
    if occupied > OCCUPIED:
        found = f"occupied for {span(occupied)} of the last 24 hours"
        yield fail("seat", found, "seated and empty may be swapped: see seat.seated")


def _occupied(database: Path, now: float) -> float:
    """Return the seconds of bouts in the last 24 hours, those left out included; 0: not known."""
    try:
        history = read(database, since=now - DAY, until=now, zone=UTC)
    except (StorageError, OSError):
        return 0
    bouts = [*history.bouts, *([history.open_bout] if history.open_bout else [])]
    spans = [(max(bout.started_at, now - DAY), min(bout.ended_at, now)) for bout in bouts]
    return sum(max(0.0, end - start) for start, end in spans)
