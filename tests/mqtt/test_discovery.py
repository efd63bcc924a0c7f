"""The discovery payload keeps the rules that Home Assistant's sources and a real one taught us.

One test for each rule: Home Assistant drops an entity, or the whole device, with no more than a
line in its own log, and only some of its versions do. So the rules are stricter here.
"""

import json
import re
from datetime import time
from typing import Any

import pytest

from sensor.homeassistant import discovery, entities
from sensor.homeassistant.discovery import Discovery
from sensor.languages import translation
from sensor.mqtt.gateway import DIAGNOSE_EVERY, HEARTBEAT
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config, Pins, Seat

TOPICS = Topics(chair_id="desk-1")
PAYLOAD = discovery.payload(TOPICS, chair_name="Desk chair", version="1.2.3", day_starts=time(4))
COMPONENTS: dict[str, dict[str, Any]] = PAYLOAD["cmps"]

COMMON = {
    *("p", "unique_id", "name", "icon", "qos", "entity_category", "enabled_by_default"),
    *("json_attributes_topic", "json_attributes_template", "default_entity_id", "object_id"),
}
READS = {"state_topic", "value_template"}
KEYS = {
    "binary_sensor": COMMON | READS | {"device_class", "expire_after"},
    "sensor": COMMON
    | READS
    | {"device_class", "state_class", "unit_of_measurement", "options"}
    | {"last_reset_value_template", "suggested_display_precision", "expire_after"},
    "event": COMMON | {"state_topic", "event_types"},
    "switch": COMMON | READS | {"command_topic"},
    "number": COMMON
    | READS
    | {"command_topic", "min", "max", "step", "mode", "device_class", "unit_of_measurement"},
    "select": COMMON | READS | {"command_topic", "command_template", "options"},
    "button": COMMON | {"command_topic", "availability", "availability_mode"},
}
"""Platforms that we use and, of the keys that Home Assistant knows for them, those we need."""


class TestEnvelope:
    """The root of the payload: a mistake here costs the whole device."""

    def test_root_keys(self) -> None:
        """The root has device, origin, components and availability, and no key besides."""
        assert set(PAYLOAD) == {"dev", "o", "cmps", "avty"}

    def test_device(self) -> None:
        """The device has an identifier, a name and a version."""
        assert PAYLOAD["dev"] == {
            "ids": ["chair-sensor_desk-1"],
            "name": "Desk chair",
            "mf": "chair-sensor",
            "mdl": "Pressure mat under a desk chair",
            "sn": "desk-1",
            "sw": "1.2.3",
        }

    def test_area(self) -> None:
        """An area is suggested where one is set."""
        placed = discovery.payload(
            TOPICS, chair_name="Desk chair", version="1", day_starts=time(4), area="Office"
        )

        assert placed["dev"]["sa"] == "Office"

    def test_origin(self) -> None:
        """The origin, which has to have a name, says who sends this."""
        assert PAYLOAD["o"] == {"name": "chair-sensor", "sw": "1.2.3"}

    def test_address(self) -> None:
        """With a public repository its pages are named; without one there is no dead link."""
        found = discovery.payload(
            TOPICS,
            chair_name="Desk chair",
            version="1",
            day_starts=time(4),
            repository="https://code.example/chair-sensor",
        )

        manual = "https://code.example/chair-sensor/blob/main/sensor/homeassistant/README.md"
        assert found["dev"]["cu"] == manual
        assert found["o"]["url"] == "https://code.example/chair-sensor"

    def test_one_availability_topic_for_all(self) -> None:
        """Availability stands at the root as a list of one, so the mode `latest` is right.

        The snooze alone has a second one, and so both of its own: it is unavailable without any
        snooze left.
        """
        words = {"pl_avail": "online", "pl_not_avail": "offline"}
        assert PAYLOAD["avty"] == [{"t": TOPICS.availability, **words}]
        own = {k for k, c in COMPONENTS.items() if any(n.startswith(("avty", "avail")) for n in c)}
        assert own == {"do_snooze"}
        assert COMPONENTS["do_snooze"]["availability_mode"] == "all"
        first, second = COMPONENTS["do_snooze"]["availability"]
        assert first == {"topic": TOPICS.availability}
        assert second["topic"] == TOPICS.state

    def test_is_json(self) -> None:
        """The payload survives JSON unchanged."""
        assert json.loads(json.dumps(PAYLOAD, allow_nan=False)) == PAYLOAD

    def test_removal(self) -> None:
        """An empty retained message on the discovery topic removes the device."""
        message = discovery.removal(TOPICS)

        assert (message.topic, message.payload) == (TOPICS.discovery, "")
        assert message.retain
        assert message.qos == 1


@pytest.mark.parametrize("key", COMPONENTS)
class TestEveryComponent:
    """What holds for each entity, whatever its platform."""

    def test_key(self, key: str) -> None:
        """Home Assistant splits discovery ids on spaces: a component key is a plain word."""
        assert re.fullmatch(r"[a-z0-9_]+", key)

    def test_known_keys_only(self, key: str) -> None:
        """An unknown key is dropped in silence, so a typing error would never be seen."""
        assert COMPONENTS[key].keys() <= KEYS[COMPONENTS[key]["p"]]

    def test_unique_id(self, key: str) -> None:
        """The unique id is made of the chair's id and the component's key."""
        assert COMPONENTS[key]["unique_id"] == f"chair-sensor_desk-1_{key}"

    def test_qos(self, key: str) -> None:
        """QoS 1 stands in each component: older versions do not inherit it from the root."""
        assert COMPONENTS[key]["qos"] == 1

    def test_name(self, key: str) -> None:
        """Names are literal; only the main entity has none of its own, it bears the chair's."""
        if key == "occupied":
            assert COMPONENTS[key]["name"] is None
        else:
            assert COMPONENTS[key]["name"]

    def test_entity_id(self, key: str) -> None:
        """The entity id is what Home Assistant would make of both names, in its own domain."""
        name = COMPONENTS[key]["name"]
        expected = f"desk_chair_{name.lower().replace(' ', '_')}" if name else "desk_chair"

        assert COMPONENTS[key]["default_entity_id"] == f"{COMPONENTS[key]['p']}.{expected}"
        assert COMPONENTS[key]["object_id"] == expected

    def test_icon(self, key: str) -> None:
        """An entity has an icon of its own, or one of Home Assistant's that follows the state."""
        if key == "problem" or COMPONENTS[key]["p"] == "switch":
            assert "icon" not in COMPONENTS[key]
        else:
            assert re.fullmatch(r"mdi:[a-z0-9-]+", COMPONENTS[key]["icon"])

    def test_category(self, key: str) -> None:
        """`config` is for what can be set: a sensor with it is refused altogether."""
        category = COMPONENTS[key].get("entity_category")

        assert category in {None, "diagnostic", "config"}
        if category == "config":
            assert COMPONENTS[key]["p"] in {"number", "switch", "select", "button"}

    def test_topics(self, key: str) -> None:
        """Topics are whole (`~` and the root's are not relied on) and belong to this chair."""
        component = COMPONENTS[key]
        read = [component.get("state_topic"), component.get("json_attributes_topic")]

        assert set(read) <= {TOPICS.state, TOPICS.event, TOPICS.diagnostics, None}
        if component["p"] != "button":
            assert component["state_topic"]

    def test_what_is_shown_ages(self, key: str) -> None:
        """A sensor that hears nothing for three heartbeats is unavailable; a control cannot age."""
        component = COMPONENTS[key]
        beat = {TOPICS.state: HEARTBEAT, TOPICS.diagnostics: DIAGNOSE_EVERY}

        if component["p"] in {"sensor", "binary_sensor"}:
            assert component["expire_after"] == 3 * beat[component["state_topic"]]
            assert "force_update" not in component  # else each heartbeat were a row
        else:
            assert "expire_after" not in component


class TestIdentity:
    """A chair stays the same one to Home Assistant, and no other."""

    def described(
        self, chair_id: str = "desk-1", name: str = "Desk chair", **more: Any
    ) -> dict[str, Any]:
        """Give the payload of a chair."""
        topics = Topics(chair_id=chair_id)
        return discovery.payload(topics, chair_name=name, version="1", day_starts=time(4), **more)

    def test_another_language_is_the_same_chair(self) -> None:
        """Names, options and the model are German then; ids of any kind stay as they are."""
        plain = self.described()
        german = self.described(translate=translation("de"))

        assert self.ids(plain) == self.ids(german)
        ids = {"p", "unique_id", "default_entity_id", "object_id"}
        for key, component in plain["cmps"].items():
            other = german["cmps"][key]
            assert {k: other[k] for k in ids} == {k: component[k] for k in ids}
            if component["name"] not in (None, "Version", "Problem"):
                assert other["name"] != component["name"]
        assert german["dev"]["mdl"] == "Druckmatte unter einem Schreibtischstuhl"

    def ids(self, payload: dict[str, Any]) -> set[str]:
        """Give all by which Home Assistant knows the device and its entities again."""
        return {*payload["dev"]["ids"], *(c["unique_id"] for c in payload["cmps"].values())}

    def test_a_new_name_is_no_new_chair(self) -> None:
        """Renaming the chair changes no identifier and no component."""
        before = self.described()
        after = self.described(name="Throne", announced=discovery.platforms(before))

        assert self.ids(before) == self.ids(after)
        assert discovery.platforms(before) == discovery.platforms(after)
        assert after["dev"]["name"] == "Throne"

    @pytest.mark.parametrize("other", ["desk-2", "desk", "desk_do", "desk-1_set", "desk-1_break"])
    def test_two_chairs_never_mix(self, other: str) -> None:
        """Two chairs share neither an identifier nor a topic, whatever their ids begin with."""
        one, two = self.described(), self.described(other)

        assert not self.ids(one) & self.ids(two)
        topics = [
            {
                value
                for component in payload["cmps"].values()
                for key, value in component.items()
                if key.endswith("_topic")
            }
            for payload in (one, two)
        ]
        assert not topics[0] & topics[1]
        assert Topics(chair_id="desk-1").discovery != Topics(chair_id=other).discovery

    def test_no_key_is_the_end_of_another(self) -> None:
        """Else chair `a` with key `b_c` would be chair `a_b` with key `c`."""
        assert not [(a, b) for a in COMPONENTS for b in COMPONENTS if a.endswith(f"_{b}")]

    @pytest.mark.parametrize(
        ("name", "prefix"),
        [
            ("Desk chair", "desk_chair"),
            ("  Bürostuhl (Süd) ", "burostuhl_sud"),
            ("Straße", "strasse"),
            ("\N{CJK UNIFIED IDEOGRAPH-6905}", "desk_1"),
        ],
    )
    def test_entity_ids_begin_with_the_name(self, name: str, prefix: str) -> None:
        """As far as it has Latin letters; else with the chair's id."""
        payload = self.described(name=name)

        assert payload["cmps"]["occupied"]["default_entity_id"] == f"binary_sensor.{prefix}"


class TestFolded:
    """Sensors that became attributes of another one stay with chairs that have them."""

    def test_a_new_chair_has_none(self) -> None:
        """It has the attributes alone."""
        assert not entities.FOLDED.keys() & COMPONENTS.keys()

    def test_an_old_chair_keeps_all(self) -> None:
        """What it was announced with is announced again."""
        announced = {**discovery.platforms(PAYLOAD), "memory": "sensor"}

        again = discovery.payload(
            TOPICS,
            chair_name="Desk chair",
            version="1.2.3",
            day_starts=time(4),
            announced=announced,
        )

        assert again["cmps"].keys() - COMPONENTS.keys() == {"memory"}
        assert discovery.parting(again, announced) is None


class TestLacking:
    """What a chair does not have is not announced."""

    @pytest.mark.parametrize(
        ("config", "keys"),
        [
            (Config(), set()),
            (Config(pins=Pins(buzzer=None)), {"set_buzzer", "do_test_buzzer"}),
            (Config(seat=Seat(topic="zigbee2mqtt/pad")), set()),
            # Home Assistant's blueprint tells of no battery
            (Config(seat=Seat(topic="chair-sensor/desk-1/seat/set")), {"seat_battery"}),
        ],
        ids=["all", "silent", "a sensor", "the blueprint"],
    )
    def test_of_a_chair(self, config: Config, keys: set[str]) -> None:
        """A silent one has no switch for its buzzer; a battery is that of a sensor."""
        topics = Topics(chair_id="desk-1", sensors=config.seat.topics)
        with_all = discovery.payload(topics, chair_name="x", version="1", day_starts=time(4))

        told = Discovery(topics, config, str).payload(time(4), {})

        assert with_all["cmps"].keys() - told["cmps"].keys() == keys

    def test_model(self) -> None:
        """A seat on the broker is not called a mat."""
        topics = Topics(chair_id="desk-1", sensors=("zigbee2mqtt/pad",))

        told = discovery.payload(topics, chair_name="x", version="1", day_starts=time(4))

        assert told["dev"]["mdl"] == "Seat sensor of a desk chair"


class TestParting:
    """What an upgrade drops is removed by name: leaving it out would leave it dead."""

    def test_nothing_to_remove(self) -> None:
        """As long as all that was announced is still there, new ones or not."""
        announced = discovery.platforms(PAYLOAD)
        del announced["breaks"]

        assert discovery.parting(PAYLOAD, announced) is None
        assert discovery.parting(PAYLOAD, {}) is None

    def test_a_dropped_one_is_nothing_but_its_platform(self) -> None:
        """All others are described as ever."""
        announced = {**discovery.platforms(PAYLOAD), "mood": "sensor"}

        parting = discovery.parting(PAYLOAD, announced)

        assert parting == PAYLOAD | {"cmps": COMPONENTS | {"mood": {"p": "sensor"}}}

    def test_one_that_changed_its_platform_goes_first(self) -> None:
        """It comes back with the payload that follows."""
        announced = {**discovery.platforms(PAYLOAD), "set_buzzer": "select"}

        parting = discovery.parting(PAYLOAD, announced)

        assert parting is not None
        assert parting["cmps"]["set_buzzer"] == {"p": "select"}
