"""The status, one word for the state, and the reason for it (core/README.md, section 10)."""

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple, assert_never

from sensor.core import sitting, words
from sensor.core.cache import identity_cache
from sensor.core.rules import Rules
from sensor.core.sitting import Absent, Idle, Ignored, Seated
from sensor.core.state import Due, Hold, Ringing, Soon, State, is_blind
from sensor.core.words import Text, Translate

Status = Literal[
    "vacant",  # nobody there, the break is complete
    "sitting",  # seated, all is well
    "break_soon",  # seated, a break will be due soon
    "break_due",  # seated, a break is due
    "snoozed",  # seated, due, snoozed
    "away",  # up, the break is not complete yet
    "ignored",  # occupied, but marked as *not me*
    "starting",  # just started; the mat has not settled yet
    "unplugged",  # the mat is unplugged, or the seat's sensor cannot be heard
]
STATUSES: tuple[Status, ...] = Status.__args__  # type: ignore[attr-defined]


def status(state: State) -> Status:
    """Return the status of the chair."""
    if state.unplugged_at is not None:
        return "unplugged" if is_blind(state) else "starting"
    if isinstance(state.sitting, Ignored):
        return "ignored"
    if state.contact.occupied is None:
        return "starting"
    match state.sitting, state.alert:
        case Seated(), Due(phase=Hold(why="snooze")):
            return "snoozed"
        case Seated(), Due():
            return "break_due"
        case Seated(), Soon():
            return "break_soon"
        case Seated(), _:
            return "sitting"
        case Absent(), _:
            return "away"
        case _:
            return "vacant"


def level(state: State) -> int:
    """Return the level of the alert, 1-4; 0 without one, or while it is held back."""
    if isinstance(state.alert, Due) and isinstance(state.alert.phase, Ringing):
        return state.alert.phase.level
    return 0


class WallLabels(NamedTuple):
    """The core's instants as local wall time."""

    state: State
    rules: Rules

    def iso(self, at: float | None) -> str | None:
        """Return an instant as ISO 8601 with offset, to the second; None for None."""
        return None if at is None else self._told(at)

    def clock(self, at: float) -> str:
        """Return an instant as a clock shows it: `14:05`."""
        return self._told(at)[11:16]

    def _told(self, at: float) -> str:
        return _local(round(at + self.state.wall_offset), self.rules.timezone)


@lru_cache(maxsize=16)  # the same few moments are told again each minute
def _local(moment: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(moment, zone).isoformat()


@identity_cache
def in_words(state: State, rules: Rules, translate: Translate) -> tuple[Status, str]:
    """Return the status and the reason for it, as in the state message."""
    word = status(state)
    return word, reason(state, word, rules, WallLabels(state, rules)).said(translate)


def running_hold(state: State) -> Hold | None:
    """Return the grace or snooze that keeps a due alert silent; None without one."""
    if isinstance(state.alert, Due) and isinstance(state.alert.phase, Hold):
        return state.alert.phase
    return None


def vacant_since(state: State) -> float | None:
    """Return the instant of the last leave; None while the seat is taken, or if none was seen."""
    match state.sitting:
        case Idle(since):
            return since
        case Absent(left_at=left_at):
            return left_at
        case _:
            return None


def reason(state: State, word: Status, rules: Rules, labels: WallLabels) -> Text:
    """Return why; names no number that changes with time, for each change is a message."""
    clock = labels.clock
    match word:
        case "unplugged":
            return words.PROBLEMS[state.blind_for or "unplugged"]
        case "starting" if state.unplugged_at is not None:
            return Text("Nothing has been heard of the seat yet.")
        case "starting":
            return Text("Just started watching; waiting for the contact to settle.")
        case "ignored":
            return Text("Marked as not the sitter; not counted until the chair has been empty.")
        case "vacant":
            since = vacant_since(state)
            if since is None:
                return Text("Nobody on the chair.")
            return Text("Nobody on the chair since {since}.", {"since": clock(since)})
        case "away":
            left = vacant_since(state) or 0
            return Text(
                "Up since {since}; full break complete at {until}.",
                {"since": clock(left), "until": clock(left + rules.break_min)},
            )
        case "snoozed":
            hold = running_hold(state)
            until = clock(hold.until if hold else 0)
            return Text("Break due, snoozed until {until}.", {"until": until})
        case "break_due":
            return _insistence(state, clock(_due_at(state, rules)), labels)
        case "break_soon" | "sitting":
            due = clock(_due_at(state, rules))
            return Text("Sitting; break due at {due}.", {"due": due})
        case _:  # pragma: no cover
            assert_never(word)


def _due_at(state: State, rules: Rules) -> float:
    return sitting.due_at(state.sitting, rules) if isinstance(state.sitting, Seated) else 0


def _insistence(state: State, since: str, labels: WallLabels) -> Text:
    """Return the reason of a break that is due: its level, or why it is silent."""
    hold = running_hold(state)
    gaps = {"since": since}
    if state.long_occupancy:
        return Text("Break due since {since}; silent, because nobody sits that long.", gaps)
    if state.dnd_until is not None:
        gaps["until"] = labels.clock(state.dnd_until)
        return Text("Break due since {since}; silent, do not disturb until {until}.", gaps)
    if not state.calendar.working:
        return Text("Break due since {since}; silent outside working hours.", gaps)
    if hold is not None:
        gaps["at"] = labels.clock(hold.until)
        return Text("Break due since {since}; next reminder at {at}.", gaps)
    gaps["level"] = str(level(state))
    if state.calendar.quiet:
        return Text("Break due since {since}; level {level} of 4, no sound in quiet hours.", gaps)
    return Text("Break due since {since}; level {level} of 4.", gaps)
