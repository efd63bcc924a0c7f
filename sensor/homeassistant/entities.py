"""What Home Assistant shows of a chair, as tables: component key -> description.

Pure data; `discovery.py` adds topics and ids, `controls.py` has what can be touched. To keep when
editing:
- Component keys, platforms and unique ids are for ever. One that is dropped here is removed from
  Home Assistant by the daemon; a renamed one loses its history and the name its owner gave it.
- Home Assistant sorts by name, first what has no category. So the names are such that what one
  looks at first comes first: is a break due, at what time, breaks, chair time, status.
- Each change of an enabled entity is a row in Home Assistant's recorder. So what ticks is told in
  steps of five minutes, and the live countdown is a timestamp that stands still: `break_due_at`.
"""

from collections.abc import Mapping
from datetime import time
from typing import Any

from sensor.core.status import STATUSES
from sensor.core.words import EVENT_TYPES
from sensor.homeassistant.templates import minutes, on_off, template, text, value

Component = Mapping[str, Any]


def totals(day_starts: time) -> Mapping[str, Component]:
    """Describe the chair time of today and of the week, with a reset where the chair's day starts.

    Not `total_increasing`: chair time falls when a bout is voided, which that class would take for
    a new day and count everything before it twice. It is the only one among the enabled entities
    that has a state class: each costs 312 rows of statistics a day, sitting or not.
    """
    return {
        "chair_time": _total("Chair time today", "today", "date", day_starts),
        "chair_time_this_week": {
            **_total("Chair time this week", "week", "since", day_starts),
            **_HIDDEN,
        },
    }


def _total(name: str, part: str, since: str, day_starts: time) -> Component:
    date = f"value_json.{part}.{since}"
    reset = template(f"({date} ~ 'T{day_starts:%H:%M}') | as_datetime | as_local")
    return {
        "name": name,
        "icon": "mdi:chair-rolling",
        "device_class": "duration",
        "unit_of_measurement": "min",
        "suggested_display_precision": 0,
        "state_class": "total",
        "value_template": minutes(f"{part}.chair_seconds", step=5),
        "last_reset_value_template": f"{{% if {date} %}}{reset}{{% endif %}}",
    }


_DIAGNOSTIC: Component = {"entity_category": "diagnostic"}
_HIDDEN: Component = {**_DIAGNOSTIC, "enabled_by_default": False}
"""For the curious: in Home Assistant's list, but off until switched on there."""

BINARY_SENSORS: Mapping[str, Component] = {
    # The main entity: without a name of its own it bears the chair's
    "occupied": {
        "name": None,
        "icon": "mdi:seat",
        "device_class": "occupancy",
        "value_template": on_off("occupied"),
    },
    "break_due": {
        "name": "Break due",
        "icon": "mdi:human-handsup",
        "value_template": on_off("break_due"),
    },
    "problem": {
        "name": "Problem",
        "device_class": "problem",
        "value_template": template("'OFF' if value_json.problem is none else 'ON'"),
        "json_attributes_template": template("{'kind': value_json.problem} | tojson"),
        **_DIAGNOSTIC,
    },
    "quiet": {
        "name": "Quiet hours",
        "icon": "mdi:weather-night",
        "value_template": on_off("quiet"),
        **_DIAGNOSTIC,
    },
    "estimated": {
        "name": "Estimated",
        "icon": "mdi:approximately-equal",
        "value_template": on_off("estimated"),
        **_HIDDEN,
    },
    # Bounces many times a minute
    "contact": {
        "name": "Contact",
        "icon": "mdi:electric-switch",
        "value_template": on_off("contact_closed"),
        **_HIDDEN,
    },
}

SENSORS: Mapping[str, Component] = {
    "status": {
        "name": "Current status",
        "icon": "mdi:seat-recline-normal",
        "device_class": "enum",
        "options": list(STATUSES),
        "value_template": value("status"),
    },
    "sitting_time": {
        "name": "Sitting time",
        "icon": "mdi:timer-outline",
        "device_class": "duration",
        "unit_of_measurement": "min",
        "suggested_display_precision": 0,
        "value_template": minutes("sitting_seconds", step=5),
    },
    "sitting_since": {
        "name": "Sitting since",
        "icon": "mdi:clock-start",
        "device_class": "timestamp",
        "value_template": value("bout_started_at"),
    },
    "break_due_at": {
        "name": "Break due at",
        "icon": "mdi:clock-alert-outline",
        "device_class": "timestamp",
        "value_template": value("break_due_at"),
    },
    "break_progress": {
        "name": "Progress of the break",
        "icon": "mdi:progress-clock",
        "unit_of_measurement": "%",
        "suggested_display_precision": 0,
        "value_template": template(
            "(value_json.break_progress * 5) | int * 20"
            " if value_json.break_progress is number else none"
        ),
    },
    "exercise": {
        "name": "Exercise",
        "icon": "mdi:human-greeting",
        "value_template": template(
            "value_json.exercise.text[:255] if value_json.exercise is mapping else none"
        ),
        "json_attributes_template": template(
            "{'cues': value_json.exercise.steps | map(attribute='cues') | list,"
            " 'safety': value_json.exercise.safety} | tojson"
            " if value_json.exercise is mapping else '{}'"
        ),
    },
    "longest_bout": {
        "name": "Longest bout today",
        "icon": "mdi:chart-timeline",
        "device_class": "duration",
        "unit_of_measurement": "min",
        "suggested_display_precision": 0,
        "value_template": minutes("today.longest_bout_seconds", step=1),
    },
    "breaks": {
        "name": "Breaks today",
        "icon": "mdi:walk",
        "unit_of_measurement": "breaks",
        "suggested_display_precision": 0,
        "value_template": template(
            "value_json.today.short_breaks + value_json.today.full_breaks"
            " if value_json.today.short_breaks is number"
            " and value_json.today.full_breaks is number else none"
        ),
    },
    "reason": {
        "name": "Reason",
        "icon": "mdi:comment-question-outline",
        "value_template": text("reason"),
        **_DIAGNOSTIC,
    },
    "snoozed_until": {
        "name": "Snoozed until",
        "icon": "mdi:alarm-snooze",
        "device_class": "timestamp",
        "value_template": value("snoozed_until"),
        **_DIAGNOSTIC,
    },
    "do_not_disturb_until": {
        "name": "Do not disturb until",
        "icon": "mdi:bell-off-outline",
        "device_class": "timestamp",
        "value_template": value("do_not_disturb_until"),
        **_DIAGNOSTIC,
    },
    "alerts": {
        "name": "Alerts today",
        "icon": "mdi:bell-ring-outline",
        "unit_of_measurement": "alerts",
        "suggested_display_precision": 0,
        "value_template": value("today.alerts"),
        **_DIAGNOSTIC,
    },
    "alerts_heeded": {
        "name": "Alerts heeded today",
        "icon": "mdi:bell-check-outline",
        "unit_of_measurement": "alerts",
        "suggested_display_precision": 0,
        "value_template": value("today.alerts_heeded"),
        **_DIAGNOSTIC,
    },
    "level": {
        "name": "Level",
        "icon": "mdi:stairs-up",
        "unit_of_measurement": "of 4",
        "suggested_display_precision": 0,
        "value_template": value("level"),
        **_HIDDEN,
    },
    "vacant_since": {
        "name": "Vacant since",
        "icon": "mdi:clock-end",
        "device_class": "timestamp",
        "value_template": value("vacant_since"),
        **_HIDDEN,
    },
    "snoozes_left": {
        "name": "Snoozes left",
        "icon": "mdi:alarm-multiple",
        "unit_of_measurement": "snoozes",
        "suggested_display_precision": 0,
        "value_template": value("snoozes_left"),
        **_HIDDEN,
    },
    "transitions": {
        "name": "Transitions today",
        "icon": "mdi:swap-vertical",
        "unit_of_measurement": "transitions",
        "suggested_display_precision": 0,
        "value_template": value("today.transitions"),
        **_HIDDEN,
    },
    "prolonged_share": {
        "name": "Share of prolonged bouts today",
        "icon": "mdi:chart-pie",
        "unit_of_measurement": "%",
        "suggested_display_precision": 0,
        "value_template": template(
            "(value_json.today.prolonged_share * 100) | round | int"
            " if value_json.today.prolonged_share is number else none"
        ),
        **_HIDDEN,
    },
    "breaks_this_week": {
        "name": "Breaks this week",
        "icon": "mdi:walk",
        "unit_of_measurement": "breaks",
        "suggested_display_precision": 0,
        "state_class": "measurement",
        "value_template": template(
            "value_json.week.short_breaks + value_json.week.full_breaks"
            " if value_json.week.short_breaks is number"
            " and value_json.week.full_breaks is number else none"
        ),
        **_HIDDEN,
    },
    "prolonged_share_this_week": {
        "name": "Share of prolonged bouts this week",
        "icon": "mdi:chart-pie",
        "unit_of_measurement": "%",
        "suggested_display_precision": 0,
        "state_class": "measurement",
        "value_template": template(
            "(value_json.week.prolonged_share * 100) | round | int"
            " if value_json.week.prolonged_share is number else none"
        ),
        **_HIDDEN,
    },
    "days_in_a_row": {
        "name": "Days in a row within the limit",
        "icon": "mdi:calendar-check",
        "unit_of_measurement": "days",
        "suggested_display_precision": 0,
        "state_class": "measurement",
        "value_template": template(
            "value_json.goal.days_in_a_row if value_json.goal is mapping else none"
        ),
        **_HIDDEN,
    },
    "coverage": {
        "name": "Coverage today",
        "icon": "mdi:chart-donut",
        "device_class": "duration",
        "unit_of_measurement": "min",
        "suggested_display_precision": 0,
        "value_template": minutes("today.coverage_seconds", step=5),
        **_HIDDEN,
    },
}

DIAGNOSTICS: Mapping[str, Component] = {
    "edges": {
        "name": "Edges",
        "icon": "mdi:square-wave",
        "unit_of_measurement": "edges",
        "suggested_display_precision": 0,
        "value_template": value("edges"),
        **_HIDDEN,
    },
    "healed": {
        "name": "Edges healed",
        "icon": "mdi:bandage",
        "unit_of_measurement": "edges",
        "suggested_display_precision": 0,
        "value_template": value("healed_edges"),
        **_HIDDEN,
    },
    "memory": {
        "name": "Memory",
        "icon": "mdi:memory",
        "device_class": "data_size",
        "unit_of_measurement": "MiB",
        "state_class": "measurement",
        "suggested_display_precision": 1,
        "value_template": template(
            "(value_json.memory_bytes / 1048576) | round(1)"
            " if value_json.memory_bytes is number else none"
        ),
        **_HIDDEN,
    },
    "reconnects": {
        "name": "Reconnects",
        "icon": "mdi:lan-connect",
        "unit_of_measurement": "reconnects",
        "suggested_display_precision": 0,
        "value_template": value("reconnects"),
        **_HIDDEN,
    },
    "last_heard": {
        "name": "Last broker answer",
        "icon": "mdi:message-arrow-left-outline",
        "device_class": "timestamp",
        "value_template": value("last_heard_at"),
        **_HIDDEN,
    },
    "started_at": {
        "name": "Started at",
        "icon": "mdi:power",
        "device_class": "timestamp",
        "value_template": value("started_at"),
        **_HIDDEN,
    },
    "version": {
        "name": "Version",
        "icon": "mdi:tag-outline",
        "value_template": value("version"),
        **_HIDDEN,
    },
}
"""Read from the `diagnostics` topic."""

EVENT: Component = {
    "name": "Event",
    "icon": "mdi:bell-outline",
    "event_types": list(EVENT_TYPES),
}
