"""What Home Assistant shows of a chair, as tables: component key -> description.

Pure data; `discovery.py` adds topics and ids and speaks the sitter's language, `controls.py` has
what can be touched. To keep when editing:
- Component keys, platforms and unique ids are for ever. One that is dropped here is removed from
  Home Assistant by the daemon; a renamed one loses its history and the name its owner gave it.
- An entity's English name makes its id, in every language: renaming it changes ids of new chairs.
- Enabled is what one looks at every day. The rest is off until somebody switches it on, or an
  attribute. Home Assistant asks this once, when it first hears of an entity.
- Home Assistant sorts by name, first what has no category. So the names are such that what one
  looks at first comes first: is a break due, at what time, breaks, chair time, status.
- Each change of an enabled entity is a row in Home Assistant's recorder. So what ticks is told in
  steps of five minutes, today's total in steps of 15, and the live countdown is a timestamp that
  stands still: `break_due_at`.
- An icon of ours stands still; those that Home Assistant chooses itself follow the state.
"""

from collections.abc import Mapping
from datetime import time
from typing import Any

from sensor.core.status import STATUSES
from sensor.core.words import EVENT_TYPES, PROBLEMS, Text
from sensor.homeassistant.templates import (
    as_json,
    attributes,
    chosen,
    hours,
    minutes,
    on_off,
    options,
    sentences,
    template,
    text,
    value,
)

Component = Mapping[str, Any]
"""Keys of Home Assistant's; a value that can be called makes the value in a language."""

PLAIN: Component = {}
DIAGNOSTIC: Component = {"entity_category": "diagnostic"}
OFF: Component = {"enabled_by_default": False}
"""In Home Assistant's list, but off until switched on there."""
_HIDDEN: Component = {**DIAGNOSTIC, **OFF}
"""For the curious."""
_HOURS: Component = {
    "device_class": "duration",
    "unit_of_measurement": "h",
    "suggested_display_precision": 4,
}
_TIMESTAMP: Component = {"device_class": "timestamp"}
_MEASURED: Component = {"state_class": "measurement"}


def _in(unit: str) -> Component:
    return {"unit_of_measurement": unit, "suggested_display_precision": 0}


def entity(
    name: Text | None,
    icon: str | None,
    reads: object = None,
    shown: Component = PLAIN,
    more: Component = PLAIN,
) -> Component:
    """Describe an entity: how Home Assistant reads it, `shown` before and `more` after that.

    Without a name it bears the chair's; without an icon Home Assistant chooses one.
    """
    return {
        "name": None if name is None else name.said,
        **({"icon": icon} if icon else {}),
        **shown,
        **({"value_template": reads} if reads else {}),
        **more,
    }


def totals(day_starts: time) -> Mapping[str, Component]:
    """Describe what adds up over a day or week, with a reset where the chair's day starts.

    Not `total_increasing`: chair time falls when a bout is voided, which that class would take for
    a new day and count everything before it twice. Each enabled one costs 312 rows of statistics a
    day, sitting or not.
    """
    day, week = _since("today", "date", day_starts), _since("week", "since", day_starts)
    chair, walk = "mdi:chair-rolling", "mdi:walk"
    time_today, time_week = hours("today.chair_seconds", 15), hours("week.chair_seconds", 15)
    return {
        "chair_time": entity(Text("Chair time today"), chair, time_today, _HOURS, day),
        "chair_time_this_week": entity(
            Text("Chair time this week"), chair, time_week, _HOURS, {**week, **_HIDDEN}
        ),
        "breaks": entity(Text("Breaks today"), walk, _breaks("today"), more=day),
        "alerts": entity(
            Text("Alerts today"),
            "mdi:bell-ring-outline",
            value("today.alerts"),
            more={**day, **_HIDDEN},
        ),
    }


def _since(part: str, since: str, day_starts: time) -> Component:
    date = f"value_json.{part}.{since}"
    reset = template(f"({date} ~ 'T{day_starts:%H:%M}') | as_datetime | as_local")
    return {
        "state_class": "total",
        "last_reset_value_template": f"{{% if {date} %}}{reset}{{% endif %}}",
    }


def _breaks(part: str) -> str:
    short, full = f"value_json.{part}.short_breaks", f"value_json.{part}.full_breaks"
    return template(f"{short} + {full} if {short} is number and {full} is number else none")


def _prolonged(part: str) -> str:
    share = f"value_json.{part}.prolonged_share"
    return template(f"({share} * 100) | round | int if {share} is number else none")


_EXERCISE = "value_json.exercise.text[:255]"
_CUES = {
    "cues": "value_json.exercise.steps | map(attribute='cues') | list",
    "safety": "value_json.exercise.safety",
}


def _while_suggested(**values: str) -> Component:
    """Make attributes that are there as long as there is an exercise."""
    shown = as_json({**values, **_CUES})
    more = template(f"{shown} if value_json.exercise is mapping else '{{}}'")
    return {"json_attributes_template": more}


BINARY_SENSORS: Mapping[str, Component] = {
    # The main entity: without a name of its own it bears the chair's
    "occupied": entity(None, "mdi:seat", on_off("occupied"), {"device_class": "occupancy"}),
    "break_due": entity(
        Text("Break due"),
        "mdi:human-handsup",
        on_off("break_due"),
        more=_while_suggested(exercise=_EXERCISE),
    ),
    "problem": entity(
        Text("Problem"),
        None,
        template("'OFF' if value_json.problem is none else 'ON'"),
        {"device_class": "problem"},
        {
            "json_attributes_template": sentences(PROBLEMS, "problem", kind="value_json.problem"),
            **DIAGNOSTIC,
        },
    ),
    "quiet": entity(Text("Quiet hours"), "mdi:weather-night", on_off("quiet"), more=_HIDDEN),
    "estimated": entity(
        Text("Estimated"), "mdi:approximately-equal", on_off("estimated"), more=_HIDDEN
    ),
    # Bounces many times a minute
    "contact": entity(
        Text("Contact"), "mdi:electric-switch", on_off("contact_closed"), more=_HIDDEN
    ),
}

SENSORS: Mapping[str, Component] = {
    "status": entity(
        Text("Current status"),
        "mdi:seat-recline-normal",
        chosen("status", STATUSES),
        {"device_class": "enum", "options": options(STATUSES)},
        # `word` is the same in every language, for automations
        {
            "json_attributes_template": attributes(
                word="value_json.status", reason="value_json.reason"
            )
        },
    ),
    # Beside the limit, which is in minutes; the class `duration` would show "75m"
    "sitting_time": entity(
        Text("Sitting time"), "mdi:timer-outline", minutes("sitting_seconds", 5), _in("min")
    ),
    "sitting_since": entity(
        Text("Sitting since"), "mdi:clock-start", value("bout_started_at"), _TIMESTAMP, OFF
    ),
    "break_due_at": entity(
        Text("Break due at"), "mdi:clock-alert-outline", value("break_due_at"), _TIMESTAMP
    ),
    "break_progress": entity(
        Text("Progress of the break"),
        "mdi:progress-clock",
        template(
            "(value_json.break_progress * 5) | int * 20"
            " if value_json.break_progress is number else none"
        ),
        _in("%"),
        OFF,
    ),
    "exercise": entity(
        Text("Exercise"),
        "mdi:human-greeting",
        template(f"{_EXERCISE} if value_json.exercise is mapping else none"),
        more={**_while_suggested(), **OFF},
    ),
    "longest_bout": entity(
        Text("Longest bout today"),
        "mdi:chart-timeline",
        hours("today.longest_bout_seconds", 1),
        _HOURS,
        OFF,
    ),
    "reason": entity(Text("Reason"), "mdi:comment-question-outline", text("reason"), more=_HIDDEN),
    "snoozed_until": entity(
        Text("Snoozed until"), "mdi:alarm-snooze", value("snoozed_until"), _TIMESTAMP, _HIDDEN
    ),
    "do_not_disturb_until": entity(
        Text("Do not disturb until"),
        "mdi:bell-off-outline",
        value("do_not_disturb_until"),
        _TIMESTAMP,
        _HIDDEN,
    ),
    "alerts_heeded": entity(
        Text("Alerts heeded today"),
        "mdi:bell-check-outline",
        value("today.alerts_heeded"),
        more=_HIDDEN,
    ),
    "level": entity(Text("Level"), "mdi:stairs-up", value("level"), more=_HIDDEN),
    "vacant_since": entity(
        Text("Vacant since"), "mdi:clock-end", value("vacant_since"), _TIMESTAMP, _HIDDEN
    ),
    "snoozes_left": entity(
        Text("Snoozes left"), "mdi:alarm-multiple", value("snoozes_left"), more=_HIDDEN
    ),
    "transitions": entity(
        Text("Transitions today"), "mdi:swap-vertical", value("today.transitions"), more=_HIDDEN
    ),
    "prolonged_share": entity(
        Text("Share of prolonged bouts today"),
        "mdi:chart-pie",
        _prolonged("today"),
        _in("%"),
        _HIDDEN,
    ),
    "breaks_this_week": entity(
        Text("Breaks this week"), "mdi:walk", _breaks("week"), _MEASURED, _HIDDEN
    ),
    "prolonged_share_this_week": entity(
        Text("Share of prolonged bouts this week"),
        "mdi:chart-pie",
        _prolonged("week"),
        {**_in("%"), **_MEASURED},
        _HIDDEN,
    ),
    "days_in_a_row": entity(
        Text("Days in a row within the limit"),
        "mdi:calendar-check",
        template("value_json.goal.days_in_a_row if value_json.goal is mapping else none"),
        {**_in("d"), **_MEASURED},
        _HIDDEN,
    ),
    "coverage": entity(
        Text("Coverage today"),
        "mdi:chart-donut",
        hours("today.coverage_seconds", 5),
        _HOURS,
        _HIDDEN,
    ),
}

DIAGNOSTICS: Mapping[str, Component] = {
    "started_at": entity(
        Text("Started at"),
        "mdi:power",
        value("started_at"),
        _TIMESTAMP,
        {"json_attributes_template": template("value_json | tojson"), **_HIDDEN},
    ),
}
"""Read from the `diagnostics` topic, which is all there as attributes."""

SEAT: Mapping[str, Component] = {
    "seat_battery": entity(
        Text("Seat battery"),
        None,
        value("seat_battery"),
        {"device_class": "battery", "unit_of_measurement": "%", **_MEASURED},
        DIAGNOSTIC,
    ),
}
"""Of the same topic; only a chair whose seat is a sensor on the broker has them."""

FOLDED: Mapping[str, Component] = {
    "edges": entity(Text("Edges"), "mdi:square-wave", value("edges"), more=_HIDDEN),
    "healed": entity(Text("Missed edges"), "mdi:bandage", value("healed_edges"), more=_HIDDEN),
    "memory": entity(
        Text("Memory"),
        "mdi:memory",
        template(
            "(value_json.memory_bytes / 1048576) | round(1)"
            " if value_json.memory_bytes is number else none"
        ),
        {
            "device_class": "data_size",
            "unit_of_measurement": "MiB",
            "state_class": "measurement",
            "suggested_display_precision": 1,
        },
        _HIDDEN,
    ),
    "reconnects": entity(Text("Reconnects"), "mdi:lan-connect", value("reconnects"), more=_HIDDEN),
    "last_heard": entity(
        Text("Last broker answer"),
        "mdi:message-arrow-left-outline",
        value("last_heard_at"),
        _TIMESTAMP,
        _HIDDEN,
    ),
    "version": entity(Text("Version"), "mdi:tag-outline", value("version"), more=_HIDDEN),
}
"""Of the same topic; only chairs have them that were announced with them."""

EVENT: Component = {
    "name": Text("Event").said,
    "icon": "mdi:bell-outline",
    "event_types": list(EVENT_TYPES),
}
