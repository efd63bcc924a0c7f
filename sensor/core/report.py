"""The messages of core/README.md, section 10, as plain data: state and event."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from sensor.core import coach, figures, sitting
from sensor.core.cache import identity_cache
from sensor.core.coach import Exercise
from sensor.core.events import Tell
from sensor.core.figures import Day, Week
from sensor.core.messages import (
    EventMessage,
    ExerciseMessage,
    GoalMessage,
    SettingsMessage,
    StateMessage,
    StepMessage,
    TodayMessage,
    WeekMessage,
)
from sensor.core.rules import Rules
from sensor.core.sitting import Seated
from sensor.core.state import Due, State
from sensor.core.status import Status, WallLabels, in_words, level, running_hold, vacant_since
from sensor.core.words import Translate

_TICKING = {
    "sitting_seconds",
    "chair_seconds",
    "coverage_seconds",
    "prolonged_share",
    "break_progress",
}
"""Keys whose numbers change with time alone: such a change is not news."""
_MOVING: Any = None
"""In place of what `report` fills in."""
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
"""Fields of the state that are in no message."""


def is_news(report: Mapping[str, object], last: Mapping[str, object]) -> bool:
    """Whether a report differs from the last one in more than the ticking keys."""
    for key, value in report.items():
        before = last.get(key, _NOTHING)
        if value == before or key in _TICKING:
            continue
        if not (isinstance(value, dict) and isinstance(before, dict)) or is_news(value, before):
            return True
    return False


def report(
    state: State, now: float, rules: Rules, *, profile: str, translate: Translate = str
) -> StateMessage:
    """Return the state message. Every key is always present; None where unknown."""
    still = _still(state, rules, profile, translate)
    progress = sitting.break_progress(state.sitting, now, rules)
    today, week, share_before = figures.moving(state.week, state.day, state.sitting, now)
    return {
        **still,
        "sitting_seconds": round(sitting.sitting_time(state.sitting, now, rules)),
        "break_progress": None if progress is None else round(progress, 2),
        "today": {
            **still["today"],
            "chair_seconds": round(today[0]),
            "prolonged_share": _rounded(figures.prolonged_share(*today)),
            "coverage_seconds": round(figures.coverage(state.day, now)),
        },
        "week": {
            **still["week"],
            "chair_seconds": round(week[0]),
            "prolonged_share": _rounded(figures.prolonged_share(*week)),
            "prolonged_share_before": _rounded(share_before),
        },
    }


@identity_cache
def _still(state: State, rules: Rules, profile: str, translate: Translate) -> StateMessage:
    """Return the message without what changes with time alone; those keys only have their place."""
    labels = WallLabels(state, rules)
    word, why = in_words(state, rules, translate)
    seen = word not in ("starting", "unplugged")
    seated = state.sitting if isinstance(state.sitting, Seated) else None
    bout = sitting.open_bout(state.sitting)
    hold = running_hold(state)
    snoozed_until = hold.until if hold is not None and hold.why == "snooze" else None
    today, week = figures.up_to_now(state.week, state.day, state.sitting, state.started_at)
    return {
        "status": word,
        "occupied": state.contact.occupied if seen or word == "ignored" else None,
        "contact_closed": None if state.unplugged_at is not None else state.contact.closed,
        "break_due": isinstance(state.alert, Due),
        "level": level(state),
        "sitting_seconds": _MOVING,
        "bout_started_at": labels.iso(bout.started_at if seated and bout else None),
        "break_due_at": labels.iso(sitting.due_at(seated, rules) if seated else None),
        "break_progress": _MOVING,
        "vacant_since": labels.iso(vacant_since(state)),
        "snoozes_left": max(0, rules.max_snoozes - (bout.snoozes if bout else 0)),
        "snoozed_until": labels.iso(snoozed_until),
        "buzzer": state.buzzer and rules.buzzer_style != "off",
        "do_not_disturb": state.dnd_until is not None,
        "do_not_disturb_until": labels.iso(state.dnd_until),
        "quiet": state.calendar.quiet,
        "estimated": bout.estimated if bout else False,
        "problem": state.told_problem,
        "exercise": _exercise(_suggested(state, word, rules), translate),
        "reason": why,
        "settings": _settings(rules, profile),
        "today": _today(today),
        "week": _week(week),
        "goal": _goal(state, rules),
    }


def event(tell: Tell, state: State, rules: Rules, *, translate: Translate = str) -> EventMessage:
    """Return the event message for an event that was told."""
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
    """Whether no message can tell two states apart; the raw contact may be left out."""
    return old is new or (
        old.contact.occupied is new.contact.occupied
        and (old.contact.closed is new.contact.closed or not flicker_is_news)
        and _visible(old) == _visible(new)
    )


_visible = attrgetter(
    *(field.name for field in fields(State) if field.name not in {"contact", *_UNSEEN})
)


@identity_cache
def _settings(rules: Rules, profile: str) -> SettingsMessage:
    names = (name for name in SettingsMessage.__annotations__ if name != "profile")
    minutes = {name: _minutes(getattr(rules, name)) for name in names}
    return cast("SettingsMessage", {**minutes, "profile": profile})


def _minutes(seconds: float) -> float:
    minutes = round(seconds / 60, 3)
    return int(minutes) if minutes == int(minutes) else minutes


def _today(today: Day) -> TodayMessage:
    return {
        "date": today.date,
        "chair_seconds": _MOVING,
        "longest_bout_seconds": round(today.longest),
        "bouts": today.bouts,
        "transitions": today.transitions,
        "short_breaks": today.short_breaks,
        "full_breaks": today.full_breaks,
        "prolonged_share": _MOVING,
        "alerts": today.alerts,
        "alerts_heeded": today.alerts_heeded,
        "coverage_seconds": _MOVING,
    }


def _week(this: Week) -> WeekMessage:
    return {
        "since": this.since,
        "chair_seconds": _MOVING,
        "longest_bout_seconds": round(this.longest),
        "bouts": this.bouts,
        "short_breaks": this.short_breaks,
        "full_breaks": this.full_breaks,
        "prolonged_share": _MOVING,
        "prolonged_share_before": _MOVING,
        "alerts": this.alerts,
        "alerts_heeded": this.alerts_heeded,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def _goal(state: State, rules: Rules) -> GoalMessage | None:
    if not rules.goals:
        return None
    return {"kept_today": state.goal_kept, "days_in_a_row": state.week.streak}


def _suggested(state: State, word: Status, rules: Rules) -> tuple[Exercise, ...]:
    """Return the exercises for the break that is due, or under way after an alert."""
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
