"""What Home Assistant shows of a chair fits its platforms, and its templates read our messages.

One test for each rule: Home Assistant drops an entity with no more than a line in its own log, and
only some of its versions do. So the rules are stricter here.
"""

import json
import re
from datetime import time
from typing import Any

import jinja2
import pytest

from sensor.core.messages import SettingsMessage
from sensor.core.rules import PROFILES
from sensor.core.status import STATUSES
from sensor.daemon.commands import Unknown
from sensor.homeassistant import discovery, entities
from sensor.languages import translation
from sensor.mqtt.commands import parse
from sensor.mqtt.topics import Topics
from sensor.settings.overrides import MINUTES, Refusal

TOPICS = Topics(chair_id="desk-1")
PAYLOAD = discovery.payload(
    TOPICS,
    chair_name="Desk chair",
    version="1.2.3",
    day_starts=time(4),
    announced=dict.fromkeys(entities.FOLDED, "sensor"),
)
COMPONENTS: dict[str, dict[str, Any]] = PAYLOAD["cmps"]
GERMAN: dict[str, dict[str, Any]] = discovery.payload(
    TOPICS, chair_name="Desk chair", version="1", day_starts=time(4), translate=translation("de")
)["cmps"]
TEMPLATED = [key for key, c in COMPONENTS.items() if "value_template" in c]

STATE: dict[str, Any] = {
    "status": "sitting",
    "occupied": True,
    "contact_closed": True,
    "break_due": False,
    "level": 0,
    "sitting_seconds": 3599.7,
    "bout_started_at": "2026-03-02T08:00:00+01:00",
    "break_due_at": "2026-03-02T09:00:00+01:00",
    "break_progress": 0.59,
    "vacant_since": None,
    "snoozes_left": 2,
    "snoozed_until": None,
    "buzzer": True,
    "do_not_disturb": False,
    "do_not_disturb_until": None,
    "quiet": False,
    "estimated": False,
    "problem": None,
    "exercise": {
        "text": "Walk, 2 min. Squat, 5 times.",
        "steps": [{"cues": "Stand tall."}, {"cues": "Heels down."}],
        "safety": "Slowly.",
    },
    "reason": "x" * 300,
    "settings": {"sit_limit": 60, "break_min": 7.5, "snooze": 1 / 6, "pre_alert": 0}
    | {"profile": "standard"},
    "today": {
        "date": "2026-03-02",
        "chair_seconds": 899.4,
        "longest_bout_seconds": 1739.9,
        "bouts": 3,
        "transitions": 2,
        "short_breaks": 1,
        "full_breaks": 2,
        "prolonged_share": 0.256,
        "alerts": 1,
        "alerts_heeded": 1,
        "coverage_seconds": 3600,
    },
    "week": {
        "since": "2026-03-02",
        "chair_seconds": 36000,
        "longest_bout_seconds": 1799.9,
        "bouts": 30,
        "short_breaks": 10,
        "full_breaks": 20,
        "prolonged_share": 0.5,
        "prolonged_share_before": None,
        "alerts": 9,
        "alerts_heeded": 8,
    },
    "goal": {"kept_today": True, "days_in_a_row": 3},
}
"""A state with every key of the public interface."""


DIAGNOSTICS: dict[str, Any] = {
    "version": "1.2.3",
    "started_at": "2026-03-02T07:59:00+01:00",
    "edges": 12,
    "healed_edges": 0,
    "reconnects": 1,
    "last_heard_at": "2026-03-02T08:59:00+01:00",
    "memory_bytes": 24 * 2**20,
}
"""All that is told about the daemon itself."""


def of(*platforms: str) -> dict[str, dict[str, Any]]:
    """Give the components of some platforms."""
    return {key: entity for key, entity in COMPONENTS.items() if entity["p"] in platforms}


def read_by(key: str) -> dict[str, Any]:
    """Give the message that a component's templates read."""
    return DIAGNOSTICS if COMPONENTS[key]["state_topic"] == TOPICS.diagnostics else STATE


@pytest.mark.parametrize("key", TEMPLATED)
def test_templates_use_public_keys_only(key: str) -> None:
    """A template names keys that the message has: a missing one warns with every message."""
    templates = (text for name, text in COMPONENTS[key].items() if name.endswith("template"))

    for path in re.findall(r"value_json\.([a-z_.]+)", " ".join(templates)):
        value: Any = read_by(key)
        for step in path.split("."):
            assert step in value
            value = value[step]


class TestPlatforms:
    """What holds for the entities of one platform."""

    def test_names_differ(self) -> None:
        """No two entities bear the same name."""
        names = [c["name"] for c in COMPONENTS.values() if "name" in c]

        assert len(names) == len(set(names))

    @pytest.mark.parametrize("key", of("sensor"))
    def test_sensor_classes(self, key: str) -> None:
        """Units, options, precision and state classes go with the device class."""
        sensor = of("sensor")[key]
        unit, state_class = sensor.get("unit_of_measurement"), sensor.get("state_class")

        match sensor.get("device_class"):
            case "duration":
                assert unit == "h"
            case "data_size":
                assert unit == "MiB"
            case "enum":
                assert (unit, state_class) == (None, None)
                assert sensor["options"]
            case "timestamp":
                assert (unit, state_class) == (None, None)
            case other:
                assert other is None
                assert unit in {None, "min", "%", "d"}
        assert state_class in {None, "measurement", "total"}
        assert ("suggested_display_precision" in sensor) == (unit is not None)
        assert ("options" in sensor) == (sensor.get("device_class") == "enum")
        assert ("last_reset_value_template" in sensor) == (state_class == "total")

    def test_units_are_of_no_language(self) -> None:
        """A unit is one that Home Assistant knows; what is counted has none."""
        units = {
            c["unit_of_measurement"] for c in COMPONENTS.values() if "unit_of_measurement" in c
        }

        assert units == {"min", "h", "d", "%", "MiB"}

    @pytest.mark.parametrize("key", of("binary_sensor"))
    def test_binary_sensor_classes(self, key: str) -> None:
        """Only occupancy and `problem`, which reads as OK or Problem, have a device class."""
        expected = {"occupied": "occupancy", "problem": "problem"}

        assert of("binary_sensor")[key].get("device_class") == expected.get(key)

    def test_event(self) -> None:
        """The one event entity knows every event type, and has no class: none would fit."""
        (event,) = of("event").values()

        assert event["state_topic"] == TOPICS.event
        assert " ".join(event["event_types"]) == (
            "sat_down stood_up break_soon break_due break_overdue break_complete "
            "snoozed voided problem problem_solved refused"
        )

    def test_status(self) -> None:
        """The status sensor knows every status."""
        assert " ".join(COMPONENTS["status"]["options"]) == (
            "vacant sitting break_soon break_due snoozed away ignored starting unplugged"
        )

    def test_each_setting_is_told(self) -> None:
        """What may be changed over MQTT is part of the state, and nothing else is."""
        assert SettingsMessage.__annotations__.keys() == {*MINUTES, "profile"}

    @pytest.mark.parametrize("setting", MINUTES)
    def test_number(self, setting: str) -> None:
        """A number offers exactly the range that the daemon accepts, in whole minutes."""
        number = COMPONENTS[f"set_{setting}"]

        assert number["p"] == "number"
        assert (number["min"], number["max"]) == MINUTES[setting]
        assert (number["step"], number["mode"], number["unit_of_measurement"]) == (1, "box", "min")
        assert number["entity_category"] == "config"

    def test_profile(self) -> None:
        """The select offers all profiles."""
        assert COMPONENTS["set_profile"]["options"] == list(PROFILES)

    @pytest.mark.parametrize("key", of("switch", "number", "select", "button"))
    def test_commands_are_understood(self, key: str) -> None:
        """What Home Assistant sends for a control is a command that the daemon takes."""
        component = COMPONENTS[key]
        command = TOPICS.command_in(component["command_topic"])
        sent = {
            "switch": ["ON", "OFF"],
            "number": [str(component.get("min")), str(component.get("max"))],
            "select": component.get("options", []),
            "button": ["PRESS"],
        }

        assert command
        for payload in sent[component["p"]]:
            answer = parse(*command, payload.encode())
            assert not isinstance(answer, Refusal | Unknown)

    def test_few_are_on_at_first(self) -> None:
        """What one looks at every day is enabled; all else waits until somebody wants it."""
        enabled = {key for key, c in COMPONENTS.items() if c.get("enabled_by_default", True)}

        assert enabled == {
            *("occupied", "break_due", "break_due_at", "sitting_time", "chair_time", "breaks"),
            *("status", "event", "set_do_not_disturb", "do_snooze"),
            *("set_sit_limit", "set_buzzer", "set_profile", "problem"),
        }

    def test_diagnostics_are_attributes(self) -> None:
        """One sensor of the daemon itself has all of its message as attributes."""
        template = jinja2.Template(COMPONENTS["started_at"]["json_attributes_template"])

        assert json.loads(template.render(value_json=DIAGNOSTICS)) == DIAGNOSTICS

    def test_what_one_looks_at_first_comes_first(self) -> None:
        """Home Assistant sorts by name what has no category; the chair itself is before all."""
        shown = of("binary_sensor", "sensor").values()
        names = sorted(
            c["name"]
            for c in shown
            if c["name"] and "entity_category" not in c and c.get("enabled_by_default", True)
        )

        assert names == [
            *("Break due", "Break due at", "Breaks today", "Chair time today", "Current status"),
            "Sitting time",
        ]

    def test_statistics_are_few(self) -> None:
        """A state class costs 312 rows a day: of the enabled ones two are worth it."""
        costly = {k for k, c in COMPONENTS.items() if "state_class" in c}

        assert {k for k in costly if COMPONENTS[k].get("enabled_by_default", True)} == {
            *("chair_time", "breaks")
        }

    def test_a_slip_of_the_finger_costs_no_bout(self) -> None:
        """Of the controls only two come without a category, so that dashboards show no others."""
        plain = {k for k, c in of("switch", "button").items() if "entity_category" not in c}

        assert plain == {"do_snooze", "set_do_not_disturb"}

    def test_chair_time_starts_over_with_the_chairs_day(self) -> None:
        """The total is reset at `day_starts`, so a voided bout is no new day to Home Assistant."""
        late = discovery.payload(TOPICS, chair_name="x", version="1", day_starts=time(5, 30))

        assert "'T05:30'" in late["cmps"]["chair_time"]["last_reset_value_template"]


class TestTemplates:
    """Templates rendered as Home Assistant does it (needs jinja2)."""

    def render(self, key: str, state: dict[str, Any]) -> str:
        """Render the value template of a component."""
        template = COMPONENTS[key]["value_template"]
        return str(
            jinja2.Template(template, undefined=jinja2.StrictUndefined).render(value_json=state)
        )

    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            ("occupied", "ON"),
            ("break_due", "OFF"),
            ("problem", "OFF"),
            ("status", "sitting"),
            ("sitting_time", "60"),
            ("break_due_at", "2026-03-02T09:00:00+01:00"),
            ("snoozed_until", "None"),
            ("reason", "x" * 255),
            ("chair_time", "0.0"),
            ("break_progress", "40"),
            ("chair_time_this_week", "10.0"),
            ("breaks_this_week", "30"),
            ("prolonged_share_this_week", "50"),
            ("days_in_a_row", "3"),
            ("exercise", "Walk, 2 min. Squat, 5 times."),
            ("longest_bout", "0.4834"),
            ("breaks", "3"),
            ("prolonged_share", "26"),
            ("set_sit_limit", "60"),
            ("set_break_min", "7.5"),
            ("set_pre_alert", "0"),
            ("set_profile", "standard"),
            ("edges", "12"),
            ("memory", "24.0"),
            ("last_heard", "2026-03-02T08:59:00+01:00"),
        ],
    )
    def test_values(self, key: str, expected: str) -> None:
        """Seconds become minutes rounded down, booleans ON and OFF, long texts are cut."""
        assert self.render(key, read_by(key)) == expected

    def attributes(self, key: str, state: dict[str, Any], told: Any = COMPONENTS) -> Any:
        """Render the attributes of a component."""
        template = jinja2.Template(told[key]["json_attributes_template"])
        return json.loads(template.render(value_json=state))

    @pytest.mark.parametrize("minutes", range(0, 600, 15))
    def test_hours_are_shown_to_the_minute(self, minutes: int) -> None:
        """Home Assistant cuts the minutes off that it makes of hours; none gets lost by that."""
        state = STATE | {"today": STATE["today"] | {"chair_seconds": minutes * 60}}
        shown = float(self.render("chair_time", state))

        assert 60 * int(shown) + int(60 * (shown - int(shown))) == minutes
        assert int(shown * 3600) == minutes * 60  # as older versions do it, to the second

    @pytest.mark.parametrize("more", ["exercise", "break_due"])
    def test_an_exercise_has_its_cues(self, more: str) -> None:
        """How it is done well is in the attributes; without one there are none."""
        said = {"exercise": "Walk, 2 min. Squat, 5 times."} if more == "break_due" else {}
        cues = {"cues": ["Stand tall.", "Heels down."], "safety": "Slowly."}

        assert self.attributes(more, STATE) == said | cues
        assert self.attributes(more, STATE | {"exercise": None}) == {}

    def test_what_became_an_attribute(self) -> None:
        """Reason, ends of do not disturb and of a snooze, and a problem in words."""
        unplugged = STATE | {"problem": "unplugged", "do_not_disturb_until": "later"}

        assert self.attributes("status", STATE) == {"word": "sitting", "reason": "x" * 300}
        assert self.attributes("set_do_not_disturb", unplugged) == {"until": "later"}
        assert self.attributes("do_snooze", STATE) == {"until": None, "left": 2}
        assert self.attributes("problem", STATE) == {"kind": None, "message": None}
        assert self.attributes("problem", unplugged) == {
            "kind": "unplugged",
            "message": "The mat is unplugged: its tamper loop is open.",
        }
        assert self.attributes("problem", unplugged, GERMAN)["message"].startswith("Die Matte")

    @pytest.mark.parametrize(("left", "available"), [(2, "online"), (0, "offline")])
    def test_no_snooze_is_left(self, left: int, available: str) -> None:
        """The button is unavailable then."""
        told = COMPONENTS["do_snooze"]["availability"][1]["value_template"]

        assert jinja2.Template(told).render(value_json=STATE | {"snoozes_left": left}) == available

    @pytest.mark.parametrize("language", [COMPONENTS, GERMAN])
    @pytest.mark.parametrize(("key", "words"), [("status", STATUSES), ("set_profile", PROFILES)])
    def test_words_are_those_that_are_offered(
        self, language: dict[str, Any], key: str, words: Any
    ) -> None:
        """Each word has an option of its own; what is chosen comes back as the word on the wire."""
        component = language[key]
        shown = []
        for word in words:
            state = STATE | {"status": word, "settings": STATE["settings"] | {"profile": word}}
            template = jinja2.Template(component["value_template"])
            shown.append(template.render(value_json=state))
            back = jinja2.Template(component.get("command_template", "{{ value }}"))
            if key == "set_profile":
                assert back.render(value=shown[-1]) == word

        assert shown == component["options"]
        assert len(set(shown)) == len(shown)
        if language is COMPONENTS:
            assert shown == list(words)

    def test_a_number_shorter_than_offered_is_unknown(self) -> None:
        """The ten seconds of profile `demo` are no error in Home Assistant's log."""
        assert self.render("set_snooze", STATE) == "None"

    @pytest.mark.parametrize("key", TEMPLATED)
    def test_null_is_unknown(self, key: str) -> None:
        """Null becomes None, which Home Assistant shows as unknown; no problem is OK."""
        nothing = dict.fromkeys(STATE | DIAGNOSTICS) | {
            "settings": dict.fromkeys(STATE["settings"]),
            "today": dict.fromkeys(STATE["today"]),
            "week": dict.fromkeys(STATE["week"]),
        }

        assert self.render(key, nothing) == ("OFF" if key == "problem" else "None")

    @pytest.mark.slow
    def test_ticking_values_are_coarse(self) -> None:
        """An hour of sitting, told each minute, gives each enabled value a dozen states at most."""
        for key, component in COMPONENTS.items():
            if key in TEMPLATED and component.get("enabled_by_default", True):
                hour = {self.render(key, seated_for(seconds)) for seconds in range(0, 3600, 60)}
                assert len(hour) <= 12


def seated_for(seconds: int) -> dict[str, Any]:
    """Give the state after some seconds of sitting, with all that ticks."""
    today = STATE["today"] | {"chair_seconds": seconds, "coverage_seconds": seconds}
    return STATE | {"sitting_seconds": seconds, "today": today}
