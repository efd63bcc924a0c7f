"""Restore after a restart: join the remembered state to what has been seen since the start.

The memory may be read late: a disk may be slow, and after a reboot the wall clock has to be set
first. The chair is watched meanwhile. `past` is the remembered state, `live` the one since the
start; both count instants from this boot.
"""

from typing import Any, NamedTuple, TypeVar

from sensor.core import days, figures, seating, sitting
from sensor.core.alert import alert_row, end_alert, held
from sensor.core.calendar import look
from sensor.core.changed import changed
from sensor.core.coach import Coaching
from sensor.core.events import GapRow
from sensor.core.figures import Leap, S, Sums
from sensor.core.sitting import Absent, Counts, Idle, Ignored, Resuming, Seated
from sensor.core.state import Due, State, is_blind
from sensor.core.update import Update
from sensor.core.words import OF_THE_SEAT

L = TypeVar("L", bound=Seated | Absent)


class Recall(NamedTuple):
    """The state from before the daemon started, its instants moved to this boot."""

    past: State
    stopped_at: float
    """The instant of the checkpoint; ahead of now if the wall clock has fallen back."""
    certain: bool
    """Whether it is known how long the daemon was away."""
    resumed_at: float
    """When watching began again, in this life or in one in between."""
    clock_known: bool = False
    """Whether the wall clock is known to be right."""


def recall(update: Update, recall: Recall) -> None:
    """Join the remembered state to the live one: gap, settings, figures, then the sitting."""
    past, stopped_at, resumed_at = recall.past, recall.stopped_at, recall.resumed_at
    why: Any = "down" if recall.certain else "down_unknown"
    down = resumed_at - stopped_at
    # The clock was set far ahead meanwhile, or makes the downtime implausibly long.
    leapt = update.state.wall_offset - past.wall_offset > days.BELIEVED_AFTER
    doubtful = not recall.certain or leapt or down > days.PLAUSIBLE
    update.write(GapRow(started_at=min(stopped_at, resumed_at), ended_at=resumed_at, why=why))
    live = update.state
    update.change(serial=max(live.serial, past.serial))
    if live.coaching == Coaching():
        update.change(coaching=past.coaching)
    until = past.dnd_until
    if until is not None and until > update.now and recall.certain and live.dnd_until is None:
        update.change(dnd_until=until)
    is_today = _recall_day(update, past, recall, doubtful=doubtful)
    if isinstance(past.sitting, Seated):
        past = changed(past, sitting=Resuming(past.sitting, stopped_at))
    if recall.certain:
        update.change(doubted_since=update.now if doubtful else past.doubted_since)
        _recall_sitting(update, past, down, live)
    else:
        _give_up(update, past, live)
    if past.told_problem in OF_THE_SEAT or not is_blind(live):
        # What is no more is told as solved. A mat that is unplugged is told again.
        update.change(told_problem=update.state.told_problem or past.told_problem)
    if is_today and not recall.certain:
        recalled = figures.minus(update.state.day, live.day)
        recalled = changed(recalled, carried=Counts())
        update.change(recalled=recalled, own_longest=live.day.longest)


def _recall_day(update: Update, past: State, recall: Recall, *, doubtful: bool) -> bool:
    """Join the figures of day and week; return whether the past day is today.

    `doubtful`: the date of today may be put right later.
    The past day is the same as today: they are added up. It is over: it goes into the week. It lies
    ahead: the wall clock is behind, and the past date is believed unless the clock is known.
    """
    before = figures.uncovered(past.day, recall.stopped_at)
    today, so_far = update.state.day, update.state.week
    update.change(week=past.week, leapt=past.leapt)
    if (recall.certain or recall.clock_known) and days.is_ahead(before.date, today.date):
        update.change(day=before)
        days.redate(update, today.date)
        before = update.state.day
    sat = (past.sitting, recall.stopped_at)
    if before.date < today.date:
        # The seconds sat by then count for the days before, as at any change of day.
        resumed_on = look(recall.resumed_at, update.state.wall_offset, update.rules).date
        shared = so_far.unbroken is True and resumed_on == before.date
        over = figures.with_past_day(past.week, before, *sat, update.rules, kept_later=shared)
        so_far = changed(so_far, streak=so_far.streak - shared)  # judged once, with the past
        carried = figures.so_far(*sat)
        update.change(day=changed(today, carried=carried), week=over)
        if doubtful:
            base = figures.week_of(past.week, before, *sat)
            update.change(leapt=Leap(at=update.now, day=before, week=base))
    else:  # the wall clock may be behind
        update.change(day=figures.joined_days(before, changed(today, date=before.date)))
    day, week, leap = update.state.day, update.state.week, update.state.leapt
    update.change(week=figures.joined_weeks(week, so_far, day, *sat))
    if leap is not None:
        both = figures.plus(leap.day, today, so_far)
        update.change(leapt=changed(leap, day=changed(both, covered=leap.day.covered)))
    return before.date >= today.date


def _recall_sitting(update: Update, past: State, down: float, live: State) -> None:
    """Go on from the past sitting. `down`: seconds of downtime; `live`: the state since then."""
    match past.sitting:
        case Resuming() as resuming:
            _recall_seated(update, past, resuming, live)
        case Absent() as absent:
            _recall_absent(update, past, absent, live)
        case Ignored() if down < update.rules.break_min:
            _recall_ignored(update)
        case Idle() as idle if update.state.sitting == Idle():
            update.change(sitting=idle, told_seated=past.told_seated)
        case _:
            _give_up(update, past, live)


def _recall_seated(update: Update, past: State, resuming: Resuming, live: State) -> None:
    """Go on from a bout: the sitter sat when the daemon stopped.

    Seat not confirmed yet: `_sit_down` or `_stand_up` will decide. In one bout since: within a full
    break the sitter sat on, and both are one bout. Anything else, such as an empty chair or a
    second bout: how the past bout went on is not known.
    """
    first = _first_bout(live)
    untouched = _is_untouched(live) and live.contact.occupied is not False
    if not untouched and first is None:
        _give_up(update, past, live)
        return
    alert = past.alert
    if isinstance(alert, Due):
        alert = changed(alert, phase=held(alert.phase, seating.grace_after_start(update)))
    update.change(
        sitting=resuming,
        alert=alert,
        long_occupancy=past.long_occupancy or update.state.long_occupancy,
    )
    if first is not None:
        # The sitter was confirmed seated before the memory could be read: decide now.
        seating.sit_after_downtime(update, resuming, first)
        _join(update, live, first)
    else:
        update.change(told_seated=past.told_seated)
        if is_blind(update.state):
            seating.lose_sight(update, update.now)


def _recall_absent(update: Update, past: State, absent: Absent, live: State) -> None:
    """Go on from an absence: the sitter was up, or out of sight, when the daemon stopped.

    Nobody has sat since: the absence goes on over the downtime. In one bout since: the sitter came
    back when that began. In several: the end of the absence is not known.
    """
    first = _first_bout(live)
    if _is_untouched(live):
        update.change(sitting=absent, alert=past.alert, told_seated=past.told_seated)
        if update.state.contact.occupied is False:
            update.change(sitting=changed(absent, lost_at=None))
            _tell_stood_up(update, absent.left_at)
    elif first is not None:
        update.change(sitting=absent, alert=past.alert)
        seating.sit_after_absence(update, absent, first)
        _join(update, live, first)
    else:
        _give_up(update, past, live)


def _begun(live: State) -> int:
    """Return how many bouts began since the start."""
    return live.day.bouts + live.week.bouts + figures.so_far(live.sitting, live.started_at).bouts


def _is_untouched(live: State) -> bool:
    """Whether nobody has sat since the start, as far as is known."""
    return isinstance(live.sitting, Idle) and not _begun(live)


def _first_bout(live: State) -> float | None:
    """Return when the open bout began if it is the only one since the start; None otherwise."""
    bout = sitting.open_bout(live.sitting)
    return bout.started_at if bout is not None and _begun(live) <= 1 else None


def _join(update: Update, live: State, first: float) -> None:
    """Make one bout of the past one, just taken up again, and the live one, begun at `first`."""
    earlier, later = update.state.sitting, live.sitting
    assert isinstance(earlier, Seated)  # noqa: S101  (for mypy: the sitter has just sat down)
    match later:
        case Seated() | Absent():
            later = _joined(earlier, later)
        case Resuming(seated, stopped_at):
            later = Resuming(_joined(earlier, seated), stopped_at)
    sat = sitting.bout_seconds(earlier, first)
    update.change(
        sitting=later,
        day=_carrying(update.state.day, live.day, sat),
        week=_carrying(update.state.week, live.week, sat),
    )
    if isinstance(live.alert, Due):
        alert, began_at = update.state.alert, live.alert.began_at
        if isinstance(alert, Due) and alert.began_at < began_at:  # else it began with the join
            update.write(alert_row(alert, began_at))
        update.change(alert=live.alert)


def _joined(earlier: Seated, later: L) -> L:
    """Return two bouts as one; the later one began when the earlier one was taken up again."""
    before, bout = earlier.bout, later.bout
    assert bout is not None  # noqa: S101  (for mypy: it is open)
    at = bout.started_at
    whole = changed(
        bout,
        started_at=before.started_at,
        seated=bout.seated + sitting.bout_seconds(earlier, at),
        counts=_one_bout(before.counts, bout.counts),
        estimated=before.estimated or bout.estimated,
        excluded=before.excluded or bout.excluded,
    )
    return changed(later, bout=whole, timer=later.timer + earlier.timer + (at - earlier.since))


def _one_bout(earlier: Counts, later: Counts) -> Counts:
    return changed(figures.plus(earlier, later), bouts=earlier.bouts)


def _carrying(sums: S, live: Sums, sat: float) -> S:
    """Return the sums with the carried part of two bouts; `sat`: seconds of the earlier one."""
    carried = figures.carrying(sums, sat).carried
    return changed(sums, carried=_one_bout(carried, live.carried))


def _recall_ignored(update: Update) -> None:
    """Go on from a voided bout: a chair that is not empty still has the bag on it."""
    if update.state.contact.occupied is not False:
        update.change(sitting=Ignored(), told_seated=True)


def _give_up(update: Update, past: State, live: State) -> None:
    """Close past bout and alert where they stopped, and keep the live ones."""
    update.change(sitting=past.sitting, alert=past.alert)
    end_alert(update)
    seating.close_bout(update)
    update.change(
        sitting=live.sitting,
        alert=live.alert,
        day=changed(update.state.day, carried=live.day.carried),
        week=changed(update.state.week, carried=live.week.carried),
    )
    if live.contact.occupied is not True and not _begun(live):
        update.change(told_seated=past.told_seated)
    if isinstance(live.sitting, Idle) and live.sitting.since is not None:
        _tell_stood_up(update, live.sitting.since)


def _tell_stood_up(update: Update, at: float) -> None:
    """Tell that the chair is empty, unless that was the last that was told."""
    if update.state.told_seated:
        update.tell("stood_up", at=at)
        update.change(told_seated=False)
