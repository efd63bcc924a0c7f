"""What Home Assistant lets one change on a chair, as tables: name on the wire -> description.

Pure data; `discovery.py` adds topics and ids. `ON`, `OFF` and `PRESS` are Home Assistant's own
defaults. What a command does is in `mqtt/commands.py`.
"""

from collections.abc import Mapping

from sensor.core.rules import PROFILES
from sensor.daemon.commands import Action
from sensor.homeassistant.entities import DIAGNOSTIC, Component, entity
from sensor.homeassistant.templates import on_off, template, value
from sensor.settings.overrides import MINUTES

_CONFIG: Component = {"entity_category": "config"}
_NUMBERS = {
    "sit_limit": ("Sit limit", "mdi:timer-sand"),
    "break_min": ("Break length", "mdi:walk"),
    "snooze": ("Snooze length", "mdi:alarm-snooze"),
    "pre_alert": ("Warning before", "mdi:bell-sleep-outline"),
}
"""Names and icons; a setting that is not here is called as in the file."""


def _number(setting: str, low: int, high: int) -> Component:
    """Describe a setting in minutes.

    The file may set a duration that is shorter than Home Assistant may ask for (profile `demo`);
    it is shown as unknown there, for a number outside its range is an error in the log.
    """
    default = setting.replace("_", " ").capitalize(), "mdi:timer-cog-outline"
    name, icon = _NUMBERS.get(setting, default)
    set_to = f"value_json.settings.{setting}"
    return entity(
        name,
        icon,
        template(f"{set_to} if {set_to} is number and {low} <= {set_to} <= {high} else none"),
        {
            **_CONFIG,
            "device_class": "duration",
            "unit_of_measurement": "min",
            "min": low,
            "max": high,
            "step": 1,
            "mode": "box",
        },
    )


SETTINGS: Mapping[str, Mapping[str, Component]] = {
    "switch": {
        "buzzer": entity("Buzzer", "mdi:volume-high", on_off("buzzer"), _CONFIG),
        # Something to reach for every day, not a setting: no category
        "do_not_disturb": entity("Do not disturb", "mdi:bell-off", on_off("do_not_disturb")),
    },
    "number": {
        name: _number(name, *MINUTES[name]) for name in dict.fromkeys([*_NUMBERS, *MINUTES])
    },
    "select": {
        "profile": entity(
            "Profile",
            "mdi:tune-variant",
            value("settings.profile"),
            {**_CONFIG, "options": list(PROFILES)},
        ),
    },
}

BUTTONS: Mapping[Action, Component] = {
    "snooze": {"name": "Snooze", "icon": "mdi:alarm-snooze"},
    # Rarely wanted, and a slip of the finger would cost a bout: not among the controls
    "void": {"name": "Not me", "icon": "mdi:account-off-outline", **_CONFIG},
    "reset": {"name": "Reset timer", "icon": "mdi:restart", **_CONFIG},
    "test_buzzer": {"name": "Test buzzer", "icon": "mdi:bullhorn-outline", **DIAGNOSTIC},
    "reset_settings": {"name": "Reset settings", "icon": "mdi:cog-refresh-outline", **_CONFIG},
}
