"""Settings are changed in the file, and nothing else in it is."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.errors import SettingsError
from sensor.settings.editing import NEW, Key, Value, changed

EXAMPLE = (Path(__file__).parents[2] / "systemd" / "config.toml").read_text(encoding="utf-8")


def lines(old: str, new: str) -> tuple[set[str], set[str]]:
    """Give the lines that went and those that came."""
    return {*old.splitlines()} - {*new.splitlines()}, {*new.splitlines()} - {*old.splitlines()}


def test_new_file() -> None:
    """From nothing: what is set, under a title."""
    new = changed("", {("mqtt", "host"): "broker.lan", ("leave_confirm",): "15s"})

    assert new.startswith("# chair-sensor")
    assert tomllib.loads(new) == {"leave_confirm": "15s", "mqtt": {"host": "broker.lan"}}


def test_the_example_keeps_its_comments() -> None:
    """A commented example becomes the setting, in its place, with its explanation."""
    new = changed(
        EXAMPLE, {("leave_confirm",): "15s", ("mqtt", "port"): 1884, ("mqtt", "host"): "a"}
    )

    went, came = lines(EXAMPLE, new)
    assert {line.split("=")[0].strip("# ") for line in went} == {"leave_confirm", "port", "host"}
    (port,) = (line for line in came if line.startswith("port = 1884 "))
    assert port.split("#")[1].startswith(" default: 1883")
    assert len(new.splitlines()) == len(EXAMPLE.splitlines())


def test_a_setting_is_taken_out() -> None:
    """What is no longer wanted becomes a comment."""
    new = changed('[mqtt]\nport = 8883\nhost = "a"\n', {("mqtt", "port"): None})

    assert new == '[mqtt]\n#port = 8883\nhost = "a"\n'


@pytest.mark.parametrize(
    ("old", "key", "new"),
    [
        ("[mqtt]\nport = 1\n", ("mqtt", "port"), "[mqtt]\nport = 2\n"),
        (
            '[mqtt]\nhost = "a"\n\n[pins]\nmat = 5\n',
            ("mqtt", "port"),
            '[mqtt]\nhost = "a"\nport = 2\n\n[pins]\nmat = 5\n',
        ),
        ("[mqtt]\n# a\n", ("mqtt", "port"), "[mqtt]\nport = 2\n# a\n"),
        ("# a\n\n[mqtt]\n", ("max_snoozes",), "# a\nmax_snoozes = 2\n\n[mqtt]\n"),
        ("", ("mqtt", "port"), f"{NEW}\n[mqtt]\nport = 2\n"),
    ],
    ids=["there", "last of its table", "first of its table", "below the title", "new table"],
)
def test_place(old: str, key: Key, new: str) -> None:
    """A setting stands where a reader looks for it, without a blank too many."""
    assert changed(old, {key: 2}) == new


def test_a_hash_in_a_text() -> None:
    """A # inside quotes begins no comment."""
    new = changed('[chair]\nname = "no. #1" # mine\n', {("chair", "name"): "two"})

    assert new.splitlines()[1].split() == ["name", "=", '"two"', "#", "mine"]


def test_same_name_in_another_table() -> None:
    """Each table has its own keys."""
    text = '[chair]\nid = "a"\n[mqtt]\n'

    assert tomllib.loads(changed(text, {("mqtt", "id"): "b"})) == {
        "chair": {"id": "a"},
        "mqtt": {"id": "b"},
    }


@pytest.mark.parametrize(
    "text",
    ['mqtt = { host = "a" }\n', 'mqtt.host = "a"\n', '[mqtt]\nhost = """\na"""\n'],
    ids=["inline", "dotted", "many lines"],
)
def test_special_shapes(text: str) -> None:
    """A shape that cannot be changed with care is left alone, and what to write is told."""
    with pytest.raises(SettingsError, match=r'write by hand: mqtt\.host = "b", sit_limit = "1h"$'):
        changed(text, {("mqtt", "host"): "b", ("sit_limit",): "1h"})


KEYS: list[Key] = [("sit_limit",), ("snooze",), ("mqtt", "host"), ("mqtt", "tls"), ("pins", "mat")]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(0, 99999), st.text("aé#\"'\\=[] ", max_size=9)
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES), max_size=4))
def test_says_what_was_meant(steps: list[dict[Key, Value]]) -> None:
    """After any changes, the file says just what was set last, and still has its comments."""
    text = EXAMPLE
    meant = tomllib.loads(EXAMPLE)
    for step in steps:
        text = changed(text, step)
        for key, value in step.items():
            table = meant if len(key) == 1 else meant[key[0]]
            if value is None:
                table.pop(key[-1], None)
            else:
                table[key[-1]] = value

    assert tomllib.loads(text) == meant
    assert "# the chip" not in text or "default: the chip" in text
    assert text.count("\n# --") == EXAMPLE.count("\n# --")
