"""What the world may see: the state as the plain facts of core/README.md, section 10."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from functools import lru_cache
from operator import attrgetter
from typing import assert_never, cast

from sensor.core import coach, day, sitting, week, words
from sensor.core.alert import Due, Hold, Ringing, Soon
from sensor.core.coach import Exercise
from sensor.core.events import Tell
from sensor.core.messages import (
    EventMessage,
    ExerciseMessage,
    GoalMessage,
    SettingsMessage,
    StateMessage,
    Status,
    StepMessage,
    TodayMessage,
    WeekMessage,
)
from sensor.core.rules import Rules
from sensor.core.sitting import Absent, Idle, Ignored, Seated
from sensor.core.state import State
from sensor.core.text import Text, Translate

_TICKING = {
    "sitting_seconds",
    "chair_seconds",
    "coverage_seconds",
    "prolonged_share",
    "break_progress",
}
"""Keys whose numbers move with time alone: a change of them is no news."""
_NOTHING = object()
_UNSEEN = {
    "snoozed_at",
    "tested_at",
    "rested_at",
    "told_seated",
    "serial",
    "life",
    "doubted_since",
    "own_longest",
}
"""What of the state is in no message."""


def is_news(report: Mapping[str, object], last: Mapping[str, object]) -> bool:
    """Whether a report differs from the last one in something that is worth a message."""
    for key, value in report.items():
        before = last.get(key, _NOTHING)
        if value == before or key in _TICKING:
            continue
        if not (isinstance(value, dict) and isinstance(before, dict)) or is_news(value, before):
            return True
    return False


def status(state: State) -> Status:
    """Return the one word for how things are."""
    if state.unplugged_at is not None:
        return "unavailable"
    if isinstance(state.sitting, Ignored):
        return "ignored"
    if state.contact.occupied is None:
        return "unknown"
    match state.sitting:
        case Seated():
            return _seated_status(state)
        case Absent():
            return "away"
        case _:
            return "vacant"


def _seated_status(state: State) -> Status:
    match state.alert:
        case Due(phase=Hold(why="snooze")):
            return "snoozed"
        case Due():
            return "break_due"
        case Soon():
            return "break_soon"
        case _:
            return "sitting"


def level(state: State) -> int:
    """Return how insistent the alert is now, 0-4; 0 while it is silent for a reason."""
    if isinstance(state.alert, Due) and isinstance(state.alert.phase, Ringing):
        return state.alert.phase.level
    return 0


@dataclass(frozen=True, slots=True)
class _Labels:
    """Wall time for the core's instants."""

    state: State
    rules: Rules

    def iso(self, at: float | None) -> str | None:
        if at is None:
            return None
        return _iso(round(at + self.state.wall_offset), self.rules.timezone)

    def clock(self, at: float) -> str:
        return _clock(round(at + self.state.wall_offset), self.rules.timezone)


# The same few moments are told again each minute.


@lru_cache(maxsize=16)
def _iso(moment: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(moment, zone).isoformat()


@lru_cache(maxsize=16)
def _clock(moment: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(moment, zone):%H:%M}"


def in_words(state: State, rules: Rules, *, translate: Translate = str) -> tuple[Status, str]:
    """Return the status and the reason for it, as in the state message."""
    word = status(state)
    return word, _reason(state, word, rules, _Labels(state, rules)).said(translate)


def report(
    state: State, now: float, rules: Rules, *, profile: str, translate: Translate = str
) -> StateMessage:
    """Return the state message: every key, always; null where unknown."""
    labels = _Labels(state, rules)
    word = status(state)
    seen = word not in ("unknown", "unavailable")
    seated = state.sitting if isinstance(state.sitting, Seated) else None
    bout = sitting.open_bout(state.sitting)
    progress = sitting.break_progress(state.sitting, now, rules)
    hold = _hold(state)
    snoozed_until = hold.until if hold is not None and hold.why == "snooze" else None
    return {
        "status": word,
        "occupied": state.contact.occupied if seen or word == "ignored" else None,
        "contact_closed": None if word == "unavailable" else state.contact.closed,
        "break_due": isinstance(state.alert, Due),
        "level": level(state),
        "sitting_seconds": round(sitting.sitting_time(state.sitting, now, rules)),
        "bout_started_at": labels.iso(bout.started_at if seated and bout else None),
        "break_due_at": labels.iso(sitting.due_at(seated, rules) if seated else None),
        "break_progress": None if progress is None else round(progress, 2),
        "vacant_since": labels.iso(_vacant_since(state)),
        "snoozes_left": max(0, rules.max_snoozes - (bout.snoozes if bout else 0)),
        "snoozed_until": labels.iso(snoozed_until),
        "buzzer": state.buzzer,
        "do_not_disturb": state.dnd_until is not None,
        "do_not_disturb_until": labels.iso(state.dnd_until),
        "quiet": state.calendar.quiet,
        "estimated": bout.estimated if bout else False,
        "problem": state.told_problem,
        "exercise": _exercise(_suggested(state, word, rules), translate),
        "reason": _reason(state, word, rules, labels).said(translate),
        "settings": cast("SettingsMessage", _settings(rules, profile)),
        "today": _today(state, now),
        "week": _week(state, now),
        "goal": _goal(state, rules),
    }


def event(tell: Tell, state: State, rules: Rules, *, translate: Translate = str) -> EventMessage:
    """Return the event message for something that happened."""
    at = datetime.fromtimestamp(round(tell.at + state.wall_offset, 3), rules.timezone)
    return {
        "event_type": tell.event_type,
        "id": tell.id,
        "alert_id": tell.alert_id,
        "at": at.isoformat(timespec="milliseconds"),
        "level": tell.level,
        "sitting_seconds": round(tell.sitting_seconds),
        "quiet": tell.quiet,
        "message": tell.message.said(translate),
        "exercise": _exercise(tell.exercise, translate),
    }


def looks_the_same(old: State, new: State, *, flicker_is_news: bool = True) -> bool:
    """Whether two states differ in nothing that one can see; the raw contact may be left out."""
    return old is new or (
        old.contact.occupied is new.contact.occupied
        and (old.contact.closed is new.contact.closed or not flicker_is_news)
        and _visible(old) == _visible(new)
    )


_visible = attrgetter(
    *(field.name for field in fields(State) if field.name not in {"contact", *_UNSEEN})
)


def _hold(state: State) -> Hold | None:
    if isinstance(state.alert, Due) and isinstance(state.alert.phase, Hold):
        return state.alert.phase
    return None


def _vacant_since(state: State) -> float | None:
    match state.sitting:
        case Idle(since):
            return since
        case Absent(left_at=left_at):
            return left_at
        case _:
            return None


def _settings(rules: Rules, profile: str) -> dict[str, float | str]:
    names = (name for name in SettingsMessage.__annotations__ if name != "profile")
    return {**{name: _minutes(getattr(rules, name)) for name in names}, "profile": profile}


def _minutes(seconds: float) -> float:
    minutes = round(seconds / 60, 3)
    return int(minutes) if minutes == int(minutes) else minutes


def _today(state: State, now: float) -> TodayMessage:
    today = state.day
    share = day.prolonged_share(today, state.sitting, now)
    return {
        "date": today.date,
        "chair_seconds": round(day.chair_seconds(today, state.sitting, now)),
        "longest_bout_seconds": round(today.longest),
        "bouts": today.bouts,
        "transitions": today.transitions,
        "short_breaks": today.short_breaks,
        "full_breaks": today.full_breaks,
        "prolonged_share": None if share is None else round(share, 3),
        "alerts": today.alerts,
        "alerts_heeded": today.alerts_heeded,
        "coverage_seconds": round(day.coverage(today, now)),
    }


def _week(state: State, now: float) -> WeekMessage:
    this = week.with_day(state.week, state.day, state.sitting, now)
    share = week.share(this)
    return {
        "since": this.since,
        "chair_seconds": round(this.chair),
        "longest_bout_seconds": round(this.longest),
        "bouts": this.bouts,
        "short_breaks": this.short_breaks,
        "full_breaks": this.full_breaks,
        "prolonged_share": None if share is None else round(share, 3),
        "prolonged_share_before": None
        if this.share_before is None
        else round(this.share_before, 3),
        "alerts": this.alerts,
        "alerts_heeded": this.alerts_heeded,
    }


def _goal(state: State, rules: Rules) -> GoalMessage | None:
    if not rules.goals:
        return None
    return {"kept_today": state.goal_kept, "days_in_a_row": state.week.streak}


def _suggested(state: State, word: Status, rules: Rules) -> tuple[Exercise, ...]:
    """Return what to do in the break that is due, or under way after an alert."""
    if word in ("break_due", "snoozed") or (word == "away" and state.coaching.offered):
        return coach.mix(state.coaching, state.day, rules)
    return ()


def _exercise(mix: tuple[Exercise, ...], translate: Translate) -> ExerciseMessage | None:
    if not mix:
        return None
    steps: list[StepMessage] = [
        {
            "id": each.id,
            "name": each.name.said(translate),
            "kind": each.kind,
            "dose": each.dose.said(translate),
            "seconds": each.seconds,
            "sides": each.sides,
            "cues": each.cues.said(translate),
        }
        for each in mix
    ]
    return {
        "text": " ".join(f"{item['name']}, {item['dose']}." for item in steps),
        "steps": steps,
        "safety": coach.SAFETY.said(translate),
    }


def _reason(state: State, word: Status, rules: Rules, labels: _Labels) -> Text:
    """Say why the status is what it is. No number that ticks: each change of it is a message."""
    clock = labels.clock
    match word:
        case "unavailable":
            return words.PROBLEMS["unplugged"]
        case "unknown":
            return Text("Just started watching; waiting for the mat to settle.")
        case "ignored":
            return Text("Marked as not the sitter; not counted until the chair has been empty.")
        case "vacant":
            since = _vacant_since(state)
            if since is None:
                return Text("Nobody on the chair.")
            return Text("Nobody on the chair since {since}.", {"since": clock(since)})
        case "away":
            left = _vacant_since(state) or 0
            return Text(
                "Up since {since}; full break complete at {until}.",
                {"since": clock(left), "until": clock(left + rules.break_min)},
            )
        case "snoozed":
            hold = _hold(state)
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


def _insistence(state: State, since: str, labels: _Labels) -> Text:
    """Say what comes of a break that is due."""
    hold = _hold(state)
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
