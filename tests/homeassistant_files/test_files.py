"""The blueprints and the dashboard that ship: they parse, and name nothing that is not there.

That Home Assistant takes and runs them is for a real one to say.
"""

import re
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from sensor.core.status import STATUSES
from sensor.core.words import EVENT_TYPES
from sensor.errors import SettingsError
from sensor.homeassistant import discovery, files
from sensor.languages import translation
from sensor.mqtt.topics import Topics

yaml = pytest.importorskip("yaml")

ENTITIES = {
    component["default_entity_id"]: component
    for component in discovery.payload(
        Topics(chair_id="desk"), chair_name="Desk chair", version="1", day_starts=time(4)
    )["cmps"].values()
}
GERMAN = translation("de")
SAME = {"Problem"}
BLUEPRINTS = list(files.blueprints())
BUILT_IN = {
    *("heading", "markdown", "tile", "entities", "gauge", "history-graph", "statistics-graph"),
    "entity",  # a badge
}
FEATURES = {"numeric-input", "select-options", "toggle"}
FILTERS = ("as_datetime", "as_local", "expand", "slugify", "to_json")
"""Those of Home Assistant that our templates use."""


class Input(str):
    """What `!input` names."""

    __slots__ = ()


class Loader(yaml.SafeLoader):  # type: ignore[name-defined]
    """Reads blueprints: YAML with inputs, and every key once."""


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"written twice: {keys}"
    return dict(loader.construct_pairs(node, deep=True))


Loader.add_constructor("!input", lambda loader, node: Input(loader.construct_scalar(node)))
Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(name: str) -> dict[str, Any]:
    """Read a blueprint."""
    parsed: dict[str, Any] = yaml.load(files.blueprint(name), Loader)
    return parsed


def inputs(name: str) -> dict[str, dict[str, Any]]:
    """Give the inputs of a blueprint, those in sections too."""
    found = {}
    for key, value in read(name)["blueprint"]["input"].items():
        found.update(value.get("input", {key: value}))
    return found


def leaves(tree: Any) -> Iterator[Any]:
    """Give all values of a parsed file, one by one."""
    match tree:
        case dict():
            for value in tree.values():
                yield from leaves(value)
        case list():
            for value in tree:
                yield from leaves(value)
        case _:
            yield tree


def dashboard(name: str = "Desk chair", prefix: str = "desk_chair", **more: Any) -> dict[str, Any]:
    """Read the dashboard of a chair."""
    parsed: dict[str, Any] = yaml.load(files.dashboard(name, prefix, **more), Loader)
    return parsed


@pytest.mark.parametrize("name", BLUEPRINTS)
class TestBlueprints:
    """What holds for each of them."""

    def test_head(self, name: str) -> None:
        """It says what it is for, and which Home Assistant it needs."""
        head = read(name)["blueprint"]

        assert head["domain"] == "automation"
        assert head["name"] == files.blueprints()[name]
        assert len(head["description"]) > 80
        assert head["homeassistant"] == {"min_version": "2024.11.0"}

    def test_inputs_explain_themselves(self, name: str) -> None:
        """Each has a name, a sentence and a selector."""
        for key, given in inputs(name).items():
            assert given["name"], key
            assert given["description"].endswith("."), key
            assert len(given["selector"]) == 1, key

    def test_inputs_are_used_and_known(self, name: str) -> None:
        """None is asked for in vain, and none is missing."""
        used = {value for value in leaves(read(name)) if isinstance(value, Input)}

        assert used == set(inputs(name))

    def test_variables_are_used(self, name: str) -> None:
        """A variable that nobody reads is a typing error somewhere else."""
        text = files.blueprint(name).split("\nvariables:")[1]

        for variable in read(name)["variables"]:
            assert len(re.findall(rf"\b{variable}\b", text)) > 1, variable

    def test_modern_words(self, name: str) -> None:
        """`triggers`, `conditions` and `actions`, as Home Assistant says since 2024.10."""
        keys = read(name).keys()

        assert keys >= {"triggers", "conditions", "actions", "mode"}
        assert not re.search(r"^ *- (platform|service):", files.blueprint(name), re.MULTILINE)

    def test_templates_close(self, name: str) -> None:
        """Jinja can read each template."""
        jinja2 = pytest.importorskip("jinja2")
        environment = jinja2.Environment(autoescape=True)
        for value in leaves(read(name)):
            if isinstance(value, str) and "{" in value:
                for filter_ in FILTERS:
                    environment.filters.setdefault(filter_, str)
                environment.from_string(value)

    def test_inline_conditions_have_an_else(self, name: str) -> None:
        """Without one Home Assistant warns of an undefined value in its log."""
        expressions = re.findall(r"\{\{(.*?)\}\}", files.blueprint(name), re.DOTALL)

        assert [e for e in expressions if " if " in e and " else " not in e] == []

    def test_another_language(self, name: str) -> None:
        """Its texts are exchanged, all else stays, and what is no text is none."""
        english = files.blueprint(name)
        texts = set(files.texts(english))

        said = yaml.load(files.translated(english, lambda text: f'"{text}"\n: #'), Loader)

        assert len(texts) > 10
        for one, other in zip(leaves(read(name)), leaves(said), strict=True):
            assert other == (f'"{one}"\n: #' if str(one) in texts else one)

    def test_the_topic_of_this_chair(self, name: str) -> None:
        """Who has another base topic need not type it."""
        parsed = yaml.load(files.blueprint(name, base_topic='my "house"/chairs'), Loader)

        wiring = parsed["blueprint"]["input"]["wiring"]["input"]
        assert wiring["base_topic"]["default"] == 'my "house"/chairs'

    def test_where_a_newer_one_is(self, name: str) -> None:
        """Home Assistant imports it anew from there; in another language that would be lost."""
        repository = "https://code.example/chair-sensor"

        head = yaml.load(files.blueprint(name, repository=repository), Loader)["blueprint"]
        german = yaml.load(files.blueprint(name, GERMAN, repository=repository), Loader)

        folder = f"{repository}/blob/main/sensor/homeassistant/blueprints"
        assert head["source_url"] == f"{folder}/{name}.yaml"
        assert "source_url" not in german["blueprint"]


def test_the_notification_knows_our_events() -> None:
    """Every event and status it waits for is one that the chair sends."""
    text = files.blueprint("break_notification")
    waited = set(re.findall(r"'((?:sat|stood|break|voided|problem)[a-z_]*)'", text))

    assert waited == {"break_soon", "break_due", "break_overdue"}
    assert waited <= {*EVENT_TYPES}
    assert waited - {"break_overdue"} <= {*STATUSES}


@pytest.mark.parametrize("plain", [False, True], ids=["new", "plain"])
class TestDashboard:
    """One view of built-in cards."""

    def cards(self, *, plain: bool) -> Iterator[dict[str, Any]]:
        """Give all cards and badges."""
        (view,) = dashboard(plain=plain)["views"]
        yield from view.get("badges", [])
        for section in view["sections"]:
            yield from section["cards"]

    def test_only_built_in_cards(self, *, plain: bool) -> None:
        """Nothing has to be installed for it."""
        cards = list(self.cards(plain=plain))
        assert {card["type"] for card in cards} <= BUILT_IN
        assert {each["type"] for card in cards for each in card.get("features", [])} <= FEATURES

    def test_its_entities_exist(self, *, plain: bool) -> None:
        """Each entity it shows, also in templates, is announced, and enabled from the start."""
        domains = "|".join({entity.split(".")[0] for entity in ENTITIES})
        ids = {
            found
            for value in leaves(dashboard(plain=plain))
            for found in re.findall(rf"\b(?:{domains})\.desk_chair\w*", str(value))
        }

        assert ids <= ENTITIES.keys()
        assert len(ids) > 11
        assert all(ENTITIES[entity].get("enabled_by_default", True) for entity in ids)

    def test_statistics_have_a_state_class(self, *, plain: bool) -> None:
        """A graph of statistics shows only what Home Assistant keeps statistics of."""
        graphs = [card for card in self.cards(plain=plain) if card["type"] == "statistics-graph"]

        assert graphs
        for graph in graphs:
            for row in graph["entities"]:
                assert ENTITIES[row["entity"]]["state_class"] == "total"

    def test_every_control_is_there(self, *, plain: bool) -> None:
        """All that is set every now and then can be set here; the rest is off at first."""
        shown = set(leaves(dashboard(plain=plain)))

        controls = ("number.", "select.", "switch.")
        wanted = {
            id_
            for id_, one in ENTITIES.items()
            if id_.startswith(controls) and one.get("enabled_by_default", True)
        }
        assert wanted <= shown

    def test_without_a_buzzer(self, *, plain: bool) -> None:
        """There is no card for a switch that is not there, and all others."""
        text = files.dashboard("Desk chair", "desk_chair", plain=plain, buzzer=False)

        (view,) = yaml.load(text, Loader)["views"]
        (whole,) = dashboard(plain=plain)["views"]
        cards = [card for section in view["sections"] for card in section["cards"]]
        gone = [c for s in whole["sections"] for c in s["cards"] if c not in cards]
        assert [card["entity"] for card in gone] == ["switch.desk_chair_buzzer"]

    def test_a_break_under_way_is_not_pressed_for(self, *, plain: bool) -> None:
        """It stays due until it is complete; who is up for it sees neither alarm nor snooze."""
        due, seated = (
            {"condition": "state", "entity": f"binary_sensor.desk_chair{which}", "state": "on"}
            for which in ("_break_due", "")
        )
        shown = [card.get("visibility", []) for card in self.cards(plain=plain)]
        pressing = [conditions for conditions in shown if due in conditions]

        assert pressing
        assert all(seated in conditions for conditions in pressing)

    def test_any_name_fits(self, *, plain: bool) -> None:
        """Quotes and backslashes in the chair's name do no harm."""
        name = 'My "best" \\ Bürostuhl: # 1'

        assert dashboard(name, plain=plain)["views"][0]["title"] == name

    def test_another_language(self, *, plain: bool) -> None:
        """Its texts are exchanged, and the template says what it has to say."""
        german = files.dashboard("Desk chair", "desk_chair", plain=plain, translate=GERMAN)

        assert yaml.load(german, Loader)["views"][0]["sections"]
        words = set(files.texts(files.dashboard("@", "desk_chair", plain=plain)))
        assert not [word for word in words if word == GERMAN(word) and word not in SAME]

    def test_a_second_chair_of_that_name(self, *, plain: bool) -> None:
        """Home Assistant has numbered its ids."""
        ids = set(
            re.findall(
                r"\w+\.desk_chair\w*",
                files.dashboard("Desk chair", "desk_chair", suffix="2", plain=plain),
            )
        )

        assert "binary_sensor.desk_chair_2" in ids
        assert "sensor.desk_chair_break_due_at_2" in ids
        assert all(each.endswith("_2") for each in ids)


def test_the_gauge_has_the_colours_of_the_limit() -> None:
    """Yellow from the warning on, red from the limit on."""
    gauge = next(
        card
        for section in dashboard(limit=45, soon=10)["views"][0]["sections"]
        for card in section["cards"]
        if card["type"] == "gauge"
    )

    assert [each["from"] for each in gauge["segments"]] == [0, 35, 45]
    assert gauge["max"] == 67.5


@pytest.mark.parametrize("prefix", ["", "Desk", "a b", "a.b", "_a", "a__b"])
def test_a_prefix_is_checked(prefix: str) -> None:
    """What can begin no entity id is refused."""
    with pytest.raises(SettingsError, match="--prefix"):
        files.dashboard("Desk chair", prefix)


def test_a_suffix_is_checked() -> None:
    """It is a number."""
    with pytest.raises(SettingsError, match="--suffix"):
        files.dashboard("Desk chair", "desk_chair", suffix="_2")
