"""Tells how steady a contact was, and offers the filter settings that fit it."""

from collections.abc import Sequence

from sensor.core.rules import Rules, spoken
from sensor.core.words import Text
from sensor.setup import contact_trace
from sensor.setup.contact_trace import Trace
from sensor.setup.prompts import Prompts

Times = dict[str, float]
"""Filter settings to change, by name, seconds."""


def proposed(
    works: Text, seated: Sequence[Trace], empty: Sequence[Trace], rules: Rules, prompts: Prompts
) -> Times:
    """Say in the words of `works` how steady it was; return the settings that the user wants."""
    point = Text(".").said(prompts.translate)
    open_for = max(trace.longest(closed=False) for trace in seated)
    closed_for = max(trace.longest(closed=True) for trace in empty)
    gaps = {
        "open_for": f"{open_for:.1f}".replace(".", point),
        "seated": str(sum(len(trace.edges) for trace in seated)),
        "closed_for": f"{closed_for:.1f}".replace(".", point),
        "empty": str(sum(len(trace.edges) for trace in empty)),
    }
    prompts.say(Text(works.english, gaps))
    times = {
        "sit_confirm": max(contact_trace.sit_confirm(each, rules.sit_confirm) for each in empty),
        "leave_confirm": max(
            contact_trace.leave_confirm(each, rules.leave_confirm) for each in seated
        ),
    }
    return {
        name: seconds
        for name, seconds in times.items()
        if seconds != getattr(rules, name)
        and prompts.agree(
            name,
            Text(
                "Set {name} to {proposed} (now {now}), to ignore such changes?",
                {"name": name, "proposed": spoken(seconds), "now": spoken(getattr(rules, name))},
            ),
            proposal=True,
        )
    }
