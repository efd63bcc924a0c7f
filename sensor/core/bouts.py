"""Bouts begin and end; a bout turns out to be too long for a person."""

from dataclasses import replace

from sensor.core import sitting, tally
from sensor.core.events import BoutRow
from sensor.core.sitting import Absent, Resuming, Seated
from sensor.core.state import Calm, Soon
from sensor.core.transition import Turn

EXCLUDED_AFTER = 12 * 3600
"""Seconds after which a suspicious bout is left out of the statistics."""


def begin_bout(turn: Turn, seated: Seated) -> None:
    """Let a new bout begin, and count it."""
    tally.begun(turn, seated)
    if isinstance(turn.state.alert, Soon):
        turn.change(alert=Calm())


def close_bout(turn: Turn, *, voided: bool = False) -> None:
    """Close the open bout, if there is one, where it was last sat."""
    now_sitting = turn.state.sitting
    bout = sitting.open_bout(now_sitting)
    if bout is None:
        return
    ended_at = turn.now
    if isinstance(now_sitting, Absent):
        ended_at = now_sitting.left_at
    elif isinstance(now_sitting, Resuming):
        ended_at = now_sitting.stopped_at
    bout = replace(bout, seated=sitting.bout_seconds(now_sitting, ended_at))
    if voided and not bout.excluded:
        tally.left_out(turn, bout)
        bout = replace(bout, excluded=True)
    tally.closed(turn, bout, ended_at)
    turn.write(
        BoutRow(
            started_at=bout.started_at,
            ended_at=ended_at,
            seated_seconds=bout.seated,
            estimated=bout.estimated,
            mark="voided" if voided else "long_occupancy" if bout.excluded else None,
        )
    )


def lose_sight(turn: Turn, at: float) -> None:
    """From `at` on nobody knows who sits; it may become an absence."""
    match turn.state.sitting:
        case Seated() as seated:
            turn.change(sitting=sitting.left(seated, at, lost=True))
        case Absent(lost_at=None) as absent:
            turn.change(sitting=replace(absent, lost_at=at))
        case Resuming(seated, stopped_at):
            turn.change(sitting=sitting.left(seated, stopped_at, lost=True))
        case _:
            pass


def suspect(turn: Turn) -> None:
    """Notice a bout that is too long for a person, and one that no longer is."""
    now_sitting, after = turn.state.sitting, turn.rules.suspicious_after
    if isinstance(now_sitting, Resuming) and turn.state.long_occupancy:
        return  # still the same bout, as far as anybody knows
    if not isinstance(now_sitting, Seated) or after is None:
        suspicious = False
    else:
        suspicious = turn.now >= sitting.sat_for(now_sitting, after)
        bout = now_sitting.bout
        limit = max(after, EXCLUDED_AFTER)
        if not bout.excluded and turn.now >= sitting.sat_for(now_sitting, limit):
            turn.change(sitting=replace(now_sitting, bout=replace(bout, excluded=True)))
            tally.left_out(turn, bout)
    if suspicious != turn.state.long_occupancy:
        turn.change(long_occupancy=suspicious)
