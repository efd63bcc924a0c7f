"""Bout accounting: the kinds of sitting, their bouts, and the sitting time.

`seating.py` decides when a state follows another (`transitions.py` has the table); this file is
the arithmetic. All moments are an `Instant`, all durations seconds.
"""

import math
from dataclasses import dataclass
from typing import assert_never

from sensor.core.changed import changed
from sensor.core.instant import NEVER, Instant
from sensor.core.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a bout, or a part of it, adds to the figures of a day."""

    chair: float = 0
    """Seated seconds; an open bout keeps them elsewhere (`bout_seconds`)."""
    bouts: int = 0
    """Bouts begun."""
    transitions: int = 0
    """Times that the sitter got up."""
    alerts: int = 0
    """Alerts whose level 1 began."""
    alerts_heeded: int = 0


@dataclass(frozen=True, kw_only=True)
class Bout:
    """One sedentary bout (SBRN 2017); absences up to short_absence are merged into it."""

    started_at: Instant
    seated: float = 0
    """Seconds sat before the stretch that is running now."""
    snoozes: int = 0
    snoozed_until: Instant | None = None
    """The end of the last snooze; it outlives an alert that ends because the mat is unplugged."""
    counts: Counts = Counts()
    """All that it adds but its seconds; no figure has them before the bout is closed."""
    estimated: bool = False
    """Part of it was not seen: the daemon was down, or started with the seat occupied."""
    excluded: bool = False
    """Too long to be a person: left out of the statistics."""


@dataclass(frozen=True)
class Idle:
    """No sitting to count: the chair is empty after a full break, or nothing is known yet."""

    since: Instant | None = None
    """When the sitter left; None if no leave was seen."""
    after_break: bool = False
    """A full break is complete and goes on."""
    after_reset: bool = False
    """The timer was reset during an absence; its length decides later which break it was."""


@dataclass(frozen=True)
class Seated:
    """The sitter sits, and it counts."""

    bout: Bout
    since: Instant
    """When this stretch began (back-dated)."""
    timer: float
    """Sitting time at `since`, seconds."""


@dataclass(frozen=True)
class Absent:
    """The sitter left, or the sensor was lost; sitting time is frozen, less the credit."""

    bout: Bout | None
    """The bout that goes on if the sitter returns in time; None once it is closed."""
    left_at: Instant
    timer: float
    """Sitting time at `left_at`, seconds."""
    counted: bool = True
    """Whether the leave and the break count; not after a bout that is left out."""
    lost_at: Instant | None = None
    """When the sensor was lost or the machine fell asleep; sitting time stands still from then on.
    None: the absence is confirmed."""


@dataclass(frozen=True)
class Resuming:
    """The daemon was down during a bout; whether the sitter stayed is not known yet."""

    seated: Seated
    stopped_at: Instant


@dataclass(frozen=True)
class Ignored:
    """The bout was voided ("not me"); nothing counts until the seat has been vacant."""


Sitting = Idle | Seated | Absent | Resuming | Ignored


def new_bout(at: float, *, timer: float = 0, estimated: bool = False) -> Seated:
    """Return a bout that begins at `at` with `timer` seconds of sitting time."""
    return Seated(Bout(started_at=at, estimated=estimated), at, timer)


def left(seated: Seated, at: float, *, lost: bool = False) -> Absent:
    """Return the absence that begins at `at`, the back-dated leave or the loss of the sensor."""
    at = max(at, seated.since)
    return Absent(
        changed(seated.bout, seated=bout_seconds(seated, at)),
        at,
        seated.timer + (at - seated.since),
        counted=not seated.bout.excluded,
        lost_at=at if lost else None,
    )


def returned(absent: Absent, at: float, rules: Rules) -> Seated:
    """Return the sitting after a return: the same bout, or a new one less the credit."""
    at = max(at, absent.left_at)
    if absent.bout is not None and at - absent.left_at <= rules.short_absence:
        return Seated(absent.bout, at, absent.timer)
    return new_bout(at, timer=melted(absent, at, rules))


def was_seen(absent: Absent) -> bool:
    """Whether the leave was seen, even if the sensor was lost afterwards."""
    return absent.lost_at is None or absent.lost_at > absent.left_at


def melted(absent: Absent, now: float, rules: Rules) -> float:
    """Return the sitting time (s) that an absence until `now` leaves: timer x (1 - f)."""
    return absent.timer * (1 - credit(now - absent.left_at, rules))


def credit(away: float, rules: Rules) -> float:
    """Return f, the share of sitting time forgiven after `away` seconds off the chair (0-1)."""
    if away >= rules.break_min:
        return 1
    if rules.break_credit == "none" or away <= rules.short_absence:
        return 0
    return (away - rules.short_absence) / (rules.break_min - rules.short_absence)


def sitting_time(sitting: Sitting, now: float, rules: Rules) -> float:
    """Return the seconds that alerts run on, as of `now`."""
    match sitting:
        case Seated():
            return sitting.timer + (now - sitting.since)
        case Absent():
            return melted(sitting, now if sitting.lost_at is None else sitting.lost_at, rules)
        case Resuming():
            return sitting_time(sitting.seated, sitting.stopped_at, rules)
        case Idle() | Ignored():
            return 0
        case _:  # pragma: no cover
            assert_never(sitting)


def due_at(seated: Seated, rules: Rules) -> float:
    """Return the moment at which sitting time reaches, or has reached, the limit."""
    return seated.since + (rules.sit_limit - seated.timer)


def sat_for(seated: Seated, seconds: float) -> float:
    """Return the moment at which the bout has `seconds` seated seconds."""
    return seated.since + (seconds - seated.bout.seated)


def closes_at(absent: Absent, rules: Rules) -> float:
    """Return the first moment at which the absence is too long for its bout; inf without one."""
    if absent.bout is None:
        return NEVER
    return math.nextafter(absent.left_at + rules.short_absence, NEVER)


def below_limit_at(absent: Absent, rules: Rules) -> float:
    """Return the moment at which credit brings the sitting time down to the limit."""
    if absent.timer < rules.sit_limit:
        return absent.left_at  # the limit was raised meanwhile
    if absent.timer == rules.sit_limit:  # at the end of a short absence it is still the limit
        return math.nextafter(absent.left_at + rules.short_absence, NEVER)
    share = 1.0 if rules.break_credit == "none" else 1 - rules.sit_limit / absent.timer
    away = rules.short_absence + (rules.break_min - rules.short_absence) * share
    return absent.left_at + away


def break_progress(sitting: Sitting, now: float, rules: Rules) -> float | None:
    """Return the share (0-1) of the goal for a break that has passed; None without a break."""
    match sitting:
        case Absent(left_at=since, lost_at=None) | Idle(since, after_break=True):
            return None if since is None else min(1, (now - since) / rules.break_goal)
        case _:
            return None


def open_bout(sitting: Sitting) -> Bout | None:
    """Return the bout that is not closed yet; None without one."""
    match sitting:
        case Seated() | Absent():
            return sitting.bout
        case Resuming():
            return sitting.seated.bout
        case _:
            return None


def bout_seconds(sitting: Sitting, now: float) -> float:
    """Return the seated seconds of the open bout, less its merged absences; 0 without a bout."""
    match sitting:
        case Seated():
            return sitting.bout.seated + (now - sitting.since)
        case Absent() if sitting.bout is not None:
            return sitting.bout.seated
        case Resuming():
            return bout_seconds(sitting.seated, sitting.stopped_at)
        case _:
            return 0


def with_bout(sitting: Sitting, bout: Bout) -> Sitting:
    """Return the sitting with its open bout replaced."""
    match sitting:
        case Seated() | Absent():
            return changed(sitting, bout=bout)
        case Resuming():
            return changed(sitting, seated=changed(sitting.seated, bout=bout))
        case _:
            return sitting
