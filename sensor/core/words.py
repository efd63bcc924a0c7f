"""What the product says with an event, in one short sentence.

Modest by intent: we interrupt sitting, we do not diagnose or cure (domain.md, section 0).
"""

from typing import assert_never

from sensor.core.events import EventType, Problem
from sensor.core.rules import Rules

PROBLEMS: dict[Problem, str] = {
    "unplugged": "The mat is unplugged: its tamper loop is open.",
    "long_occupancy": "Occupied for very long without a break: is it a bag or a cat? "
    "Silent until the chair has been empty.",
    "storage": "The database cannot be used: counting goes on from memory; see the log.",
}


def span(seconds: float) -> str:
    """A duration for a sentence: `45 s`, `5 min`, `1 h 30 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(int(seconds / 60 + 0.001), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def message(event: EventType, sitting: float, rules: Rules, problem: Problem | None) -> str:
    """Return the sentence that goes with an event after `sitting` seconds of sitting time."""
    match event:
        case "sat_down":
            return "Somebody sat down."
        case "stood_up":
            return "The chair is empty."
        case "break_soon":
            return f"Time for a break in {span(max(1, rules.sit_limit - sitting))}."
        case "break_due":
            return (
                f"{span(sitting)} of sitting: get up and move, "
                f"best for about {span(rules.break_goal)}."
            )
        case "break_overdue":
            return f"Still sitting, {span(sitting)} now: get up and move your hips and legs."
        case "break_complete":
            return f"Full break of {span(rules.break_min)} complete: the timer is back at zero."
        case "snoozed":
            return f"Snoozed for {span(rules.snooze)}."
        case "voided":
            return "This sitting does not count; counting begins again when the chair was empty."
        case "problem":
            return PROBLEMS[problem] if problem else ""
        case "problem_solved":
            return "All is well again."
        case _:  # pragma: no cover
            assert_never(event)
