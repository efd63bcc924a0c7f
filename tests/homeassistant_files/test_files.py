"""The blueprints and the dashboard that ship: they parse, and name nothing that is not there.

That Home Assistant takes and runs them is for a real one to say.
"""

import re
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from sensor.core.words import EVENT_TYPES
from sensor.errors import SettingsError
from sensor.homeassistant import discovery, files
from sensor.mqtt.topics import Topics

yaml = pytest.importorskip("yaml")

ENTITIES = {
    component["default_entity_id"]: component
    for component in discovery.payload(
        Topics(chair_id="desk"), chair_name="Desk chair", version="1", day_starts=time(4)
    )["cmps"].values()
}
BLUEPRINTS = list(files.blueprints())
BUILT_IN = {"heading", "markdown", "tile", "entities", "history-graph", "statistics-graph"}


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


def dashboard(name: str = "Desk chair", prefix: str = "desk_chair") -> dict[str, Any]:
    """Read the dashboard of a chair."""
    parsed: dict[str, Any] = yaml.load(files.dashboard(name, prefix), Loader)
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
                for filter_ in ("slugify", "has_value"):
                    environment.filters.setdefault(filter_, str)
                environment.from_string(value)

    def test_inline_conditions_have_an_else(self, name: str) -> None:
        """Without one Home Assistant warns of an undefined value in its log."""
        expressions = re.findall(r"\{\{(.*?)\}\}", files.blueprint(name), re.DOTALL)

        assert [e for e in expressions if " if " in e and " else " not in e] == []


def test_the_notification_knows_our_events() -> None:
    """Every event it waits for is one that the chair sends."""
    text = files.blueprint("break_notification")
    waited = set(re.findall(r"'((?:sat|stood|break|snoozed|voided|problem)[a-z_]*)'", text))

    assert waited == {*EVENT_TYPES} - {"sat_down", "problem_solved", "refused"}


class TestDashboard:
    """One view of built-in cards."""

    def cards(self) -> Iterator[dict[str, Any]]:
        """Give all cards."""
        (view,) = dashboard()["views"]
        for section in view["sections"]:
            yield from section["cards"]

    def test_only_built_in_cards(self) -> None:
        """Nothing has to be installed for it."""
        assert {card["type"] for card in self.cards()} == BUILT_IN

    def test_its_entities_exist(self) -> None:
        """Each entity it shows, also in templates, is announced, and enabled from the start."""
        domains = "|".join({entity.split(".")[0] for entity in ENTITIES})
        ids = {
            found
            for value in leaves(dashboard())
            for found in re.findall(rf"\b(?:{domains})\.desk_chair\w*", str(value))
        }

        assert ids <= ENTITIES.keys()
        assert len(ids) > 11
        assert all(ENTITIES[entity].get("enabled_by_default", True) for entity in ids)

    def test_statistics_have_a_state_class(self) -> None:
        """A graph of statistics shows only what Home Assistant keeps statistics of."""
        graphs = [card for card in self.cards() if card["type"] == "statistics-graph"]

        assert graphs
        for graph in graphs:
            for row in graph["entities"]:
                assert ENTITIES[row["entity"]]["state_class"] == "total"

    def test_every_control_is_there(self) -> None:
        """All that is set every now and then can be set here; the rest is off at first."""
        shown = set(leaves(dashboard()))

        controls = ("number.", "select.", "switch.")
        wanted = {
            id_
            for id_, one in ENTITIES.items()
            if id_.startswith(controls) and one.get("enabled_by_default", True)
        }
        assert wanted <= shown

    def test_any_name_fits(self) -> None:
        """Quotes and backslashes in the chair's name do no harm."""
        name = 'My "best" \\ Bürostuhl: # 1'

        assert dashboard(name)["views"][0]["title"] == name

    @pytest.mark.parametrize("prefix", ["", "Desk", "a b", "a.b", "_a", "a__b"])
    def test_a_prefix_is_checked(self, prefix: str) -> None:
        """What can begin no entity id is refused."""
        with pytest.raises(SettingsError, match="--prefix"):
            files.dashboard("Desk chair", prefix)
