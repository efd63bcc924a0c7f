"""What Home Assistant has to show for what a chair says: component key -> from the message.

Written down a second time, independently of the templates in `sensor/mqtt`, and as documentation.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.homeassistant.chairs import Ear
    from tests.homeassistant.house import House

Reader = Callable[[Mapping[str, Any]], str]


def _plain(key: str, inside: str | None = None) -> Reader:
    def read(message: Mapping[str, Any]) -> str:
        value = (message[inside] if inside else message)[key]
        return "unknown" if value is None else str(value)

    return read


def _switch(key: str) -> Reader:
    def read(message: Mapping[str, Any]) -> str:
        return {True: "on", False: "off", None: "unknown"}[message[key]]

    return read


def _moment(key: str) -> Reader:
    def read(message: Mapping[str, Any]) -> str:
        value = message[key]
        return "unknown" if value is None else str(datetime.fromisoformat(value).astimezone(UTC))

    return read


def _minutes(key: str, step: int) -> Reader:
    def read(message: Mapping[str, Any]) -> str:
        return str(message[key] // (60 * step) * step)

    return read


def _hours(key: str, step: int, inside: str) -> Reader:
    def read(message: Mapping[str, Any]) -> str:
        return str(math.ceil(message[inside][key] // (60 * step) * step / 60 * 10_000) / 10_000)

    return read


def _breaks(message: Mapping[str, Any]) -> str:
    return str(message["today"]["short_breaks"] + message["today"]["full_breaks"])


def _share(message: Mapping[str, Any]) -> str:
    share = message["today"]["prolonged_share"]
    return "unknown" if share is None else str(round(share * 100))


def _offered(key: str, low: int, high: int) -> Reader:
    """Read a number; the file may say what Home Assistant may not, and then it shows nothing."""

    def read(message: Mapping[str, Any]) -> str:
        value = message["settings"][key]
        return str(value) if low <= value <= high else "unknown"

    return read


def _progress(message: Mapping[str, Any]) -> str:
    progress = message["break_progress"]
    return "unknown" if progress is None else str(int(progress * 5) * 20)


def _exercise(message: Mapping[str, Any]) -> str:
    exercise = message["exercise"]
    return "unknown" if exercise is None else str(exercise["text"])


STATE: Mapping[str, Reader] = {
    "occupied": _switch("occupied"),
    "break_due": _switch("break_due"),
    "break_due_at": _moment("break_due_at"),
    "breaks": _breaks,
    "chair_time_this_week": _hours("chair_seconds", 15, "week"),
    "breaks_this_week": lambda message: _breaks({"today": message["week"]}),
    "prolonged_share_this_week": lambda message: _share({"today": message["week"]}),
    "days_in_a_row": lambda message: str((message["goal"] or {}).get("days_in_a_row", "unknown")),
    "chair_time": _hours("chair_seconds", 15, "today"),
    "status": _plain("status"),
    "exercise": _exercise,
    "break_progress": _progress,
    "longest_bout": _hours("longest_bout_seconds", 1, "today"),
    "sitting_since": _moment("bout_started_at"),
    "sitting_time": _minutes("sitting_seconds", 5),
    "set_do_not_disturb": _switch("do_not_disturb"),
    "set_buzzer": _switch("buzzer"),
    "set_sit_limit": _offered("sit_limit", 1, 240),
    "set_break_min": _offered("break_min", 1, 60),
    "set_snooze": _offered("snooze", 1, 60),
    "set_pre_alert": _offered("pre_alert", 0, 60),
    "set_profile": _plain("profile", "settings"),
    "problem": lambda message: "off" if message["problem"] is None else "on",
    "reason": _plain("reason"),
    "quiet": _switch("quiet"),
    "alerts": _plain("alerts", "today"),
    "alerts_heeded": _plain("alerts_heeded", "today"),
    "snoozed_until": _moment("snoozed_until"),
    "do_not_disturb_until": _moment("do_not_disturb_until"),
    "estimated": _switch("estimated"),
    "contact": _switch("contact_closed"),
    "level": _plain("level"),
    "vacant_since": _moment("vacant_since"),
    "snoozes_left": _plain("snoozes_left"),
    "transitions": _plain("transitions", "today"),
    "prolonged_share": _share,
    "coverage": _hours("coverage_seconds", 5, "today"),
}
"""Read from the retained `state`."""

DIAGNOSTICS: Mapping[str, Reader] = {"started_at": _moment("started_at")}
"""Read from the retained `diagnostics`."""

MOMENTARY = {"event", "do_snooze", "do_void", "do_reset", "do_test_buzzer", "do_reset_settings"}
"""These have no state, or only the time when they last happened."""


def same(shown: str, wanted: str) -> bool:
    """Whether two states are the same to the eye: `60` is `60.0`, 10:00Z is 11:00+01:00."""
    return _canonical(shown) == _canonical(wanted)


def _canonical(text: str) -> object:
    for read in (float, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def collapsed(states: list[str]) -> list[object]:
    """Leave out repetitions."""
    kept: list[object] = []
    for state in map(_canonical, states):
        if not kept or kept[-1] != state:
            kept.append(state)
    return kept


def wrong(
    house: "House", ear: "Ear", chair_id: str, entities: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """List what Home Assistant shows, and should show as the chair's retained messages are.

    An entity that should be there and is not counts too.
    """
    mistakes = {}
    for subtopic, readers in (("state", STATE), ("diagnostics", DIAGNOSTICS)):
        said = ear.on(chair_id, subtopic)
        for key in entities.keys() & readers.keys() if said else ():
            wanted = readers[key](said[-1].payload)
            shown = house.shown(entities[key])
            if not same(shown, wanted):
                mistakes[key] = (shown, wanted)
    said = ear.on(chair_id, "state")
    spent = {"do_snooze"} if said and not said[-1].payload["snoozes_left"] else set()
    for key in (entities.keys() & MOMENTARY) - spent:
        if house.shown(entities[key]) in ("unavailable", "missing"):
            mistakes[key] = (house.shown(entities[key]), "anything else")
    return mistakes
