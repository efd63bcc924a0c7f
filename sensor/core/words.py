"""Texts for people: the events, the sentence that goes with each, and how a text is translated.

The core writes English with gaps for the numbers; an adapter translates a `Text` before they are
filled in. Every `Text("...")` has its place in each catalogue of `sensor/languages/`;
`tests/languages.py` names the folders in which such texts are.
Modest by intent (core/README.md, section 13).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from sensor.core.rules import Rules

EventType = Literal[
    "sat_down",  # sitting is confirmed
    "stood_up",  # the chair is confirmed empty
    "break_soon",  # `pre_alert` before due
    "break_due",  # level 1 begins; again after a grace, a snooze, do not disturb
    "break_overdue",  # each further level, and every `realert_every`
    "break_complete",  # away for `break_min`; sent while you are still up
    "snoozed",  # a snooze began
    "voided",  # the bout was marked as *not me*
    "problem",  # something is wrong; `message` says what
    "problem_solved",  # no longer
    "refused",  # a setting was not changed; `message` says why
]
EVENT_TYPES: tuple[EventType, ...] = EventType.__args__  # type: ignore[attr-defined]

Problem = Literal[
    "unplugged",  # the mat's tamper loop is open
    "seat_offline",  # the seat's sensor, its bridge or the broker is away
    "seat_silent",  # nothing was heard of it for `seat.silent_after`
    "long_occupancy",
    "storage",
    "seat_battery",  # of the seat's sensor, low
]
"""Of several problems the first in this order counts."""
OF_THE_SEAT: Collection[Problem] = ("seat_offline", "seat_silent", "seat_battery")
"""Problems that only the seat's sensor can solve."""

Translate = Callable[[str], str]
"""Translates English to the sitter's language; `str` leaves a text as it is."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in English with named gaps, and the values that fill them in any language."""

    english: str
    gaps: "Mapping[str, str | Text]" = field(default_factory=dict, hash=False)

    def said(self, translate: Translate = str) -> str:
        """Return the whole text, translated, with the texts that are in it."""
        gaps = {
            name: gap.said(translate) if isinstance(gap, Text) else gap
            for name, gap in self.gaps.items()
        }
        return translate(self.english).format(**gaps)


PROBLEMS: dict[Problem, Text] = {
    "unplugged": Text("The mat is unplugged: its tamper loop is open."),
    "seat_offline": Text(
        "The seat is not known: its sensor, its bridge or the broker is away, or has told nothing "
        "since it came back."
    ),
    "seat_silent": Text(
        "The seat is not known: its sensor has been silent for too long. Is its battery empty?"
    ),
    "long_occupancy": Text(
        "Occupied for very long without a break: is it a bag or a cat? "
        "Silent until the chair has been empty."
    ),
    "storage": Text("The database cannot be used: counting goes on from memory; see the log."),
    "seat_battery": Text("The battery of the seat's sensor is low."),
}


def span(seconds: float) -> str:
    """Return seconds as a duration, the same in any language: `45 s`, `5 min`, `1 h 30 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(int(seconds / 60 + 0.001), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def message(event: EventType, sitting: float, rules: Rules, problem: Problem | None) -> Text:
    """Return the sentence that goes with an event after `sitting` seconds of sitting time."""
    match event:
        case "sat_down":
            return Text("Somebody sat down.")
        case "stood_up":
            return Text("The chair is empty.")
        case "break_soon":
            left = span(max(1, rules.sit_limit - sitting))
            return Text("Time for a break in {span}.", {"span": left})
        case "break_due":
            return Text(
                "{span} of sitting: get up and move, best for about {goal}.",
                {"span": span(sitting), "goal": span(rules.break_goal)},
            )
        case "break_overdue":
            return Text(
                "Still sitting, {span} now: get up and move your hips and legs.",
                {"span": span(sitting)},
            )
        case "break_complete":
            gaps = {"span": span(rules.break_min)}
            if rules.break_goal <= rules.break_min:
                return Text("Full break of {span} complete: the timer is back at zero.", gaps)
            gaps["left"] = span(rules.break_goal - rules.break_min)
            return Text(
                "Full break of {span} complete: the timer is back at zero. "
                "{left} more is the goal.",
                gaps,
            )
        case "snoozed":
            return Text("Snoozed for {span}.", {"span": span(rules.snooze)})
        case "voided":
            return Text(
                "This sitting does not count; counting begins again when the chair was empty."
            )
        case "problem":
            assert problem is not None  # noqa: S101  (for mypy)
            return PROBLEMS[problem]
        case "problem_solved":
            return Text("All is well again.")
        case "refused":  # pragma: no cover  (the gateway says why)
            raise ValueError(event)
        case _:  # pragma: no cover
            assert_never(event)
