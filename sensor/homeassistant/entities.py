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


PLAIN: Component = {}
DIAGNOSTIC: Component = {"entity_category": "diagnostic"}
_HIDDEN: Component = {**DIAGNOSTIC, "enabled_by_default": False}
"""For the curious: in Home Assistant's list, but off until switched on there."""
_DURATION: Component = {
    "device_class": "duration",
    "unit_of_measurement": "min",
    "suggested_display_precision": 0,
}
_TIMESTAMP: Component = {"device_class": "timestamp"}
_MEASURED: Component = {"state_class": "measurement"}


def _in(unit: str) -> Component:
    return {"unit_of_measurement": unit, "suggested_display_precision": 0}


def entity(
    name: str | None, icon: str, reads: str, shown: Component = PLAIN, more: Component = PLAIN
) -> Component:
    """Describe an entity: how Home Assistant reads it, `shown` before and `more` after that."""
    return {"name": name, "icon": icon, **shown, "value_template": reads, **more}


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
    return entity(
        name,
        "mdi:chair-rolling",
        minutes(f"{part}.chair_seconds", step=5),
        {**_DURATION, "state_class": "total"},
        {"last_reset_value_template": f"{{% if {date} %}}{reset}{{% endif %}}"},
    )


def _breaks(part: str) -> str:
    short, full = f"value_json.{part}.short_breaks", f"value_json.{part}.full_breaks"
    return template(f"{short} + {full} if {short} is number and {full} is number else none")


def _prolonged(part: str) -> str:
    share = f"value_json.{part}.prolonged_share"
    return template(f"({share} * 100) | round | int if {share} is number else none")


BINARY_SENSORS: Mapping[str, Component] = {
    # The main entity: without a name of its own it bears the chair's
    "occupied": entity(None, "mdi:seat", on_off("occupied"), {"device_class": "occupancy"}),
    "break_due": entity("Break due", "mdi:human-handsup", on_off("break_due")),
    "problem": {
        "name": "Problem",
        "device_class": "problem",
        "value_template": template("'OFF' if value_json.problem is none else 'ON'"),
        "json_attributes_template": template("{'kind': value_json.problem} | tojson"),
        **DIAGNOSTIC,
    },
    "quiet": entity("Quiet hours", "mdi:weather-night", on_off("quiet"), more=DIAGNOSTIC),
    "estimated": entity("Estimated", "mdi:approximately-equal", on_off("estimated"), more=_HIDDEN),
    # Bounces many times a minute
    "contact": entity("Contact", "mdi:electric-switch", on_off("contact_closed"), more=_HIDDEN),
}

SENSORS: Mapping[str, Component] = {
    "status": entity(
        "Current status",
        "mdi:seat-recline-normal",
        value("status"),
        {"device_class": "enum", "options": list(STATUSES)},
    ),
    "sitting_time": entity(
        "Sitting time", "mdi:timer-outline", minutes("sitting_seconds", step=5), _DURATION
    ),
    "sitting_since": entity(
        "Sitting since", "mdi:clock-start", value("bout_started_at"), _TIMESTAMP
    ),
    "break_due_at": entity(
        "Break due at", "mdi:clock-alert-outline", value("break_due_at"), _TIMESTAMP
    ),
    "break_progress": entity(
        "Progress of the break",
        "mdi:progress-clock",
        template(
            "(value_json.break_progress * 5) | int * 20"
            " if value_json.break_progress is number else none"
        ),
        _in("%"),
    ),
    "exercise": entity(
        "Exercise",
        "mdi:human-greeting",
        template("value_json.exercise.text[:255] if value_json.exercise is mapping else none"),
        more={
            "json_attributes_template": template(
                "{'cues': value_json.exercise.steps | map(attribute='cues') | list,"
                " 'safety': value_json.exercise.safety} | tojson"
                " if value_json.exercise is mapping else '{}'"
            )
        },
    ),
    "longest_bout": entity(
        "Longest bout today",
        "mdi:chart-timeline",
        minutes("today.longest_bout_seconds", step=1),
        _DURATION,
    ),
    "breaks": entity("Breaks today", "mdi:walk", _breaks("today"), _in("breaks")),
    "reason": entity("Reason", "mdi:comment-question-outline", text("reason"), more=DIAGNOSTIC),
    "snoozed_until": entity(
        "Snoozed until", "mdi:alarm-snooze", value("snoozed_until"), _TIMESTAMP, DIAGNOSTIC
    ),
    "do_not_disturb_until": entity(
        "Do not disturb until",
        "mdi:bell-off-outline",
        value("do_not_disturb_until"),
        _TIMESTAMP,
        DIAGNOSTIC,
    ),
    "alerts": entity(
        "Alerts today", "mdi:bell-ring-outline", value("today.alerts"), _in("alerts"), DIAGNOSTIC
    ),
    "alerts_heeded": entity(
        "Alerts heeded today",
        "mdi:bell-check-outline",
        value("today.alerts_heeded"),
        _in("alerts"),
        DIAGNOSTIC,
    ),
    "level": entity("Level", "mdi:stairs-up", value("level"), _in("of 4"), _HIDDEN),
    "vacant_since": entity(
        "Vacant since", "mdi:clock-end", value("vacant_since"), _TIMESTAMP, _HIDDEN
    ),
    "snoozes_left": entity(
        "Snoozes left", "mdi:alarm-multiple", value("snoozes_left"), _in("snoozes"), _HIDDEN
    ),
    "transitions": entity(
        "Transitions today",
        "mdi:swap-vertical",
        value("today.transitions"),
        _in("transitions"),
        _HIDDEN,
    ),
    "prolonged_share": entity(
        "Share of prolonged bouts today", "mdi:chart-pie", _prolonged("today"), _in("%"), _HIDDEN
    ),
    "breaks_this_week": entity(
        "Breaks this week",
        "mdi:walk",
        _breaks("week"),
        {**_in("breaks"), **_MEASURED},
        _HIDDEN,
    ),
    "prolonged_share_this_week": entity(
        "Share of prolonged bouts this week",
        "mdi:chart-pie",
        _prolonged("week"),
        {**_in("%"), **_MEASURED},
        _HIDDEN,
    ),
    "days_in_a_row": entity(
        "Days in a row within the limit",
        "mdi:calendar-check",
        template("value_json.goal.days_in_a_row if value_json.goal is mapping else none"),
        {**_in("days"), **_MEASURED},
        _HIDDEN,
    ),
    "coverage": entity(
        "Coverage today",
        "mdi:chart-donut",
        minutes("today.coverage_seconds", step=5),
        _DURATION,
        _HIDDEN,
    ),
}

DIAGNOSTICS: Mapping[str, Component] = {
    "edges": entity("Edges", "mdi:square-wave", value("edges"), _in("edges"), _HIDDEN),
    "healed": entity("Edges healed", "mdi:bandage", value("healed_edges"), _in("edges"), _HIDDEN),
    "memory": entity(
        "Memory",
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
    "reconnects": entity(
        "Reconnects", "mdi:lan-connect", value("reconnects"), _in("reconnects"), _HIDDEN
    ),
    "last_heard": entity(
        "Last broker answer",
        "mdi:message-arrow-left-outline",
        value("last_heard_at"),
        _TIMESTAMP,
        _HIDDEN,
    ),
    "started_at": entity("Started at", "mdi:power", value("started_at"), _TIMESTAMP, _HIDDEN),
    "version": entity("Version", "mdi:tag-outline", value("version"), more=_HIDDEN),
}
"""Read from the `diagnostics` topic."""

EVENT: Component = {
    "name": "Event",
    "icon": "mdi:bell-outline",
    "event_types": list(EVENT_TYPES),
}
