"""What Home Assistant lets one change on a chair, as tables: name on the wire -> description.

Pure data; `discovery.py` adds topics and ids. `ON`, `OFF` and `PRESS` are Home Assistant's own
defaults. What a command does is in `mqtt/commands.py`.
"""

from collections.abc import Mapping

from sensor.core.rules import PROFILES
from sensor.core.words import Text
from sensor.daemon.commands import Action
from sensor.homeassistant.entities import DIAGNOSTIC, OFF, Component, entity
from sensor.homeassistant.templates import (
    attributes,
    choice,
    chosen,
    on_off,
    options,
    template,
)
from sensor.settings.overrides import MINUTES, SPOKEN

_CONFIG: Component = {"entity_category": "config"}
_SELDOM: Component = {**_CONFIG, **OFF}
_ICONS = {
    "sit_limit": "mdi:timer-sand",
    "break_min": "mdi:walk",
    "snooze": "mdi:alarm-snooze",
    "pre_alert": "mdi:bell-sleep-outline",
}


def _number(setting: str, low: int, high: int) -> Component:
    """Describe a setting in minutes.

    The file may set a duration that is shorter than Home Assistant may ask for (profile `demo`);
    it is shown as unknown there, for a number outside its range is an error in the log.
    """
    set_to = f"value_json.settings.{setting}"
    return entity(
        SPOKEN.get(setting) or Text(setting.replace("_", " ").capitalize()),
        _ICONS.get(setting, "mdi:timer-cog-outline"),
        template(f"{set_to} if {set_to} is number and {low} <= {set_to} <= {high} else none"),
        _CONFIG if setting == "sit_limit" else _SELDOM,
        {
            "device_class": "duration",
            "unit_of_measurement": "min",
            "min": low,
            "max": high,
            "step": 1,
            "mode": "box",
        },
    )


# Switches have no icon of ours: Home Assistant's own one shows whether they are on
SETTINGS: Mapping[str, Mapping[str, Component]] = {
    "switch": {
        "buzzer": entity(SPOKEN["buzzer"], None, on_off("buzzer"), _CONFIG),
        # Something to reach for every day, not a setting: no category
        "do_not_disturb": entity(
            Text("Do not disturb"),
            None,
            on_off("do_not_disturb"),
            more={"json_attributes_template": attributes(until="value_json.do_not_disturb_until")},
        ),
    },
    "number": {name: _number(name, *MINUTES[name]) for name in dict.fromkeys([*_ICONS, *MINUTES])},
    "select": {
        "profile": entity(
            SPOKEN["profile"],
            "mdi:tune-variant",
            chosen("settings.profile", [*PROFILES]),
            _CONFIG,
            {"options": options([*PROFILES]), "command_template": choice([*PROFILES])},
        ),
    },
}

BUTTONS: Mapping[Action, Component] = {
    "snooze": entity(
        Text("Snooze"),
        "mdi:alarm-snooze",
        more={
            "json_attributes_template": attributes(
                until="value_json.snoozed_until", left="value_json.snoozes_left"
            )
        },
    ),
    # Rarely wanted, and a slip of the finger would cost a bout: not among the controls
    "void": entity(Text("Not me"), "mdi:account-off-outline", more=_SELDOM),
    "reset": entity(Text("Reset timer"), "mdi:restart", more=_SELDOM),
    "test_buzzer": entity(Text("Test buzzer"), "mdi:bullhorn-outline", more={**DIAGNOSTIC, **OFF}),
    "reset_settings": entity(Text("Reset settings"), "mdi:cog-refresh-outline", more=_SELDOM),
}
OF_THE_BUZZER = frozenset({"set_buzzer", "do_test_buzzer"})
"""Keys of the components that a chair without a buzzer does not have."""
SENSELESS: Mapping[Action, str] = {"snooze": "value_json.snoozes_left"}
"""When a button can do nothing: an expression that is 0 then; it is unavailable."""
