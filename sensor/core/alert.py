"""The alert ladder: break soon, then due on levels 1 to 4, until the sitter is up.

| phase   | means                                                     | ends                     |
|---------|-----------------------------------------------------------|--------------------------|
| Ringing | the ladder runs; level n begins at origin + level_after   | seat vacant, muted, held |
| Hold    | grace after a return, or a snooze: silent until `until`   | level 1 again            |
| Muted   | do not disturb, outside working hours, a suspicious bout  | level 1 at once          |
| Gone    | up, but still due: nothing sounds, credit is running      | Hold on return, or over  |

The ladder says what is due; whether it may be heard is the output policy's (`sound` below).
"""

from dataclasses import dataclass, replace
from typing import Literal

from sensor.core import signals
from sensor.core.instant import NEVER, Instant
from sensor.core.rules import Rules
from sensor.core.signals import SILENCE, Wave

FATIGUE_EVERY = 300
"""Seconds between chirps once the ladder is tired; the neighbours have a life too."""


@dataclass(frozen=True, slots=True)
class Calm:
    """No break is near."""


@dataclass(frozen=True, slots=True)
class Soon:
    """`break_soon` has begun."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """The ladder runs."""

    origin: Instant
    """The moment that `level_after` counts from."""
    level: int
    told_level: int
    """The level of the last event; behind `level` while the contact is open."""
    told_at: Instant
    """When the last event of this alert went out."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Silent until `until`, then level 1."""

    until: Instant
    why: Literal["grace", "snooze"]


@dataclass(frozen=True, slots=True)
class Muted:
    """Due, but nothing may alert now."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Due, and the sitter is up."""

    snoozed_until: Instant | None = None
    """The end of a snooze that was running."""


Phase = Ringing | Hold | Muted | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Sitting time has reached the limit; one alert, however often level 1 begins."""

    alert_id: str
    began_at: Instant
    phase: Phase
    rang_at: Instant | None = None
    """When level 1 first began."""
    left_at: Instant | None = None
    """When the sitter first got up after that."""
    max_level: int = 0
    snoozes: int = 0


Alert = Calm | Soon | Due


def gone(phase: Phase) -> Gone:
    """Wait for the sitter to come back; a snooze goes on meanwhile."""
    match phase:
        case Gone():
            return phase
        case Hold(until, "snooze"):
            return Gone(until)
        case _:
            return Gone()


def held(phase: Phase, grace_until: float) -> Hold:
    """Be silent for the grace after a return, or for what is left of a longer snooze."""
    match gone(phase).snoozed_until:
        case float() | int() as until if until > grace_until:
            return Hold(until, "snooze")
        case _:
            return Hold(grace_until, "grace")


def climbed(ringing: Ringing, now: float, rules: Rules) -> Ringing:
    """Bring the level up to what it is at `now`."""
    level = ringing.level
    while level < 4 and now >= ringing.origin + rules.level_after[level]:
        level += 1
    return ringing if level == ringing.level else replace(ringing, level=level)


def next_step(ringing: Ringing, contact_closed: bool, rules: Rules) -> float:
    """Return when the ladder has something new to say."""
    moments = [NEVER]
    if ringing.level < 4 and (ringing.level > 0 or contact_closed):
        moments.append(ringing.origin + rules.level_after[ringing.level])
    if contact_closed and ringing.level > 0:
        moments.append(ringing.told_at + rules.realert_every)
    return min(moments)


def sound(ringing: Ringing, now: float, rules: Rules, *, until: float = NEVER) -> Wave:
    """Return what the buzzer would do on this ladder, were it allowed to.

    No sound begins at `until` or later; what has begun by then goes on.
    """
    if rules.buzzer_style == "off" or ringing.level == 0:
        return SILENCE
    started = ringing.origin + rules.level_after[ringing.level - 1]
    if ringing.level == 4:
        tired = started + rules.fatigue_after
        if now >= tired:
            return signals.every(signals.CHIRP, FATIGUE_EVERY, tired, now, until=until)
    if rules.buzzer_style == "steady":
        start = ringing.origin + rules.level_after[0]
        wave = signals.every(signals.PULSE, 1.0, start, now) if start < until else SILENCE
    else:
        shape = signals.TWO_CHIRPS if ringing.level == 1 else signals.BURST
        period = rules.level_every[ringing.level - 1]
        wave = signals.every(shape, period, started, now, until=until)
    if ringing.level == 4:
        return wave[0], min(wave[1], tired)
    return wave
