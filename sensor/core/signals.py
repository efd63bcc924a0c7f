"""Patterns of buzzer and status LED: what is on at a moment, and when that changes next.

No pattern is ever "played": a late question is answered by what is due now, so that missed bursts
are not made up for. Edges are compared with the very expressions that announced them; otherwise
float noise could put the next edge before `now`, and the loop would spin.

A two-colour LED tells by colour and stays steady; a single-colour one tells by rhythm. A problem is
a double flash on both.
"""

import math
from itertools import accumulate
from typing import Literal

from sensor.core.instant import NEVER
from sensor.core.rules import Rules
from sensor.core.state import Due, Ringing, State
from sensor.core.status import Status, status

Wave = tuple[bool, float]
"""Whether it is on now, and the next moment at which that may change; inf: never."""

SILENCE: Wave = (False, NEVER)


def pattern(*durations: float) -> tuple[float, ...]:
    """Turn on, off, on ... durations into the offsets of their ends, seconds."""
    return tuple(round(offset, 3) for offset in accumulate(durations))


CHIRP = pattern(0.1, 0.1)
TWO_CHIRPS = pattern(0.1, 0.1, 0.1, 0.1)
BURST = pattern(0.2, 0.2, 0.2, 0.2, 0.2, 0.2)
SOFT_CHIRPS = pattern(0.05, 0.15, 0.05, 0.15)
PULSE = pattern(0.5, 0.5)
_SLOW = pattern(1, 1)
_FAST = pattern(0.25, 0.25)
_DOUBLE_FLASH = pattern(0.1, 0.2, 0.1, 1.6)

FATIGUE_EVERY = 300
"""Seconds between chirps after `fatigue_after` at level 4; neighbours hear them, too."""

Colour = Literal["off", "green", "amber", "red"]

_COLOURS: dict[Status, Colour] = {
    "sitting": "green",
    "break_soon": "amber",
    "snoozed": "red",
    "break_due": "red",
}


def once(shape: tuple[float, ...], start: float, now: float) -> Wave:
    """Return the wave of `shape` sounded one time, beginning at `start`."""
    if now < start:
        return False, start
    for index, offset in enumerate(shape):
        if now < start + offset:
            return index % 2 == 0, start + offset
    return SILENCE


def every(
    shape: tuple[float, ...],
    period: float | None,
    start: float,
    now: float,
    *,
    until: float = NEVER,
) -> Wave:
    """Return the wave of `shape` at `start` and every `period` seconds after it (None: once).

    No repetition begins at `until` or later.
    """
    if start >= until:
        return SILENCE
    if period is None or now < start:
        return once(shape, start, now)
    turn = math.floor((now - start) / period)
    if start + (turn + 1) * period <= now:
        turn += 1
    following = start + (turn + 1) * period
    begun = start + turn * period
    on, edge = once(shape, begun, now) if begun < until else SILENCE
    return on, min(edge, following if following < until else NEVER)


def either(first: Wave, second: Wave) -> Wave:
    """Return the wave of two waves at the same time."""
    return first[0] or second[0], min(first[1], second[1])


def sound(state: State, now: float, rules: Rules) -> Wave:
    """Return whether the buzzer is on, and when time alone may change that."""
    wave = _alert_sound(state, now, rules)
    if state.rested_at is not None and rules.break_chirp:
        wave = either(wave, _break_sound(state, state.rested_at, now, rules))
    if state.tested_at is not None and state.buzzer:
        wave = either(wave, once(TWO_CHIRPS, state.tested_at, now))
    return wave


def _break_sound(state: State, rested_at: float, now: float, rules: Rules) -> Wave:
    """Return the soft chirps that end a break, if nobody sits and they may sound."""
    if (
        rules.buzzer_style == "off"
        or not state.buzzer
        or state.calendar.quiet
        or state.contact.closed
    ):
        return SILENCE
    return once(SOFT_CHIRPS, rested_at, now)


def _alert_sound(state: State, now: float, rules: Rules) -> Wave:
    if not (
        isinstance(state.alert, Due)
        and isinstance(state.alert.phase, Ringing)
        and state.buzzer
        and not state.calendar.quiet
    ):
        return SILENCE
    if state.contact.closed:
        return _ladder_sound(state.alert.phase, now, rules)
    opened_at = state.contact.changed_at
    on, edge = _ladder_sound(state.alert.phase, now, rules, until=opened_at)
    silent_from = opened_at + rules.buzzer_release
    return SILENCE if now >= silent_from else (on, min(edge, silent_from))


def _ladder_sound(ringing: Ringing, now: float, rules: Rules, *, until: float = NEVER) -> Wave:
    """Return the sound of a ladder, before quiet hours and the switch are asked.

    No sound begins at `until` or later; one that has begun by then goes on.
    """
    if rules.buzzer_style == "off" or ringing.level == 0:
        return SILENCE
    started = ringing.origin + rules.level_after[ringing.level - 1]
    if ringing.level == 4:
        tired = started + rules.fatigue_after
        if now >= tired:
            return every(CHIRP, FATIGUE_EVERY, tired, now, until=until)
    if rules.buzzer_style == "steady":
        start = ringing.origin + rules.level_after[0]
        wave = every(PULSE, 1.0, start, now) if start < until else SILENCE
    else:
        shape = TWO_CHIRPS if ringing.level == 1 else BURST
        period = rules.level_every[ringing.level - 1]
        wave = every(shape, period, started, now, until=until)
    if ringing.level == 4:
        return wave[0], min(wave[1], tired)
    return wave


def lamp(state: State, now: float, *, two_colours: bool) -> tuple[Colour, float]:
    """Return the colour to show now ("off" between flashes) and the next moment it may change."""
    if state.told_problem not in (None, "seat_battery"):
        return _lit("red", every(_DOUBLE_FLASH, 2, state.started_at, now))
    word = status(state)
    colour = _COLOURS.get(word, "off")
    if two_colours or colour in ("off", "green"):
        return colour, NEVER
    shape, period = (_SLOW, 2.0) if word == "break_soon" else (_FAST, 0.5)
    return _lit(colour, every(shape, period, state.started_at, now))


def _lit(colour: Colour, wave: Wave) -> tuple[Colour, float]:
    on, edge = wave
    return (colour if on else "off"), edge
