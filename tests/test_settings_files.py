"""The template of the settings file and the schema for editors are what the declarations say."""

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sensor.settings.config import Config
from sensor.settings.loading import load
from sensor.settings.values import PASSWORD, PASSWORD_FILE, SETTINGS

ROOT = Path(__file__).parents[1]
FILES = runpy.run_path(str(ROOT / "tests/settings_files.py"))
TEMPLATE: str = FILES["TEMPLATE"].read_text(encoding="utf-8")
SCHEMA = json.loads(FILES["SCHEMA"].read_text(encoding="utf-8"))
EVERYTHING = re.sub(r"^#(?=\w+ = )", "", TEMPLATE, flags=re.MULTILINE)
EXAMPLES = [
    text
    for page in ("sensor/settings/README.md", "hardware.md", "README.md", "systemd/README.md")
    for text in re.findall(
        r"^```toml\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
]


def plain(value: object) -> Any:
    """Give what JSON can hold: a TOML time is a text there."""
    return json.loads(json.dumps(value, default=str))


def test_they_are_up_to_date() -> None:
    """If not: `python tests/settings_files.py`."""
    assert FILES["template"]() == TEMPLATE
    assert FILES["schema_text"]() == FILES["SCHEMA"].read_text(encoding="utf-8")


def test_little_is_set() -> None:
    """As it stands the template sets the profile and the broker, nothing else."""
    assert tomllib.loads(TEMPLATE) == {
        "profile": "standard",
        "chair": {},
        "pins": {},
        "seat": {},
        "mqtt": {"host": "localhost"},
    }


def test_everything_is_shown() -> None:
    """With every # taken away it names each setting but the password."""
    everything = tomllib.loads(EVERYTHING)

    shown: set[tuple[str, ...]] = {
        (key,) for key in everything if not isinstance(everything[key], dict)
    }
    shown |= {
        (table, key) for table in ("chair", "pins", "seat", "mqtt") for key in everything[table]
    }
    assert shown == SETTINGS.keys() - {PASSWORD, PASSWORD_FILE}


def test_what_is_shown_are_the_defaults(tmp_path: Path) -> None:
    """What has a default is shown with it, and so changes nothing."""
    file = tmp_path / "config.toml"
    optional = {key[-1] for key, one in SETTINGS.items() if one.default is None}
    lines = [line for line in EVERYTHING.splitlines() if line.split(" = ")[0] not in optional]
    file.write_text("\n".join(lines), encoding="utf-8")

    config = load(config_file=file, environ={})

    assert config.rules() == Config().rules()
    assert (config.chair, config.pins, config.seat, config.mqtt) == (
        Config().chair,
        Config().pins,
        Config().seat,
        Config().mqtt,
    )


def test_the_schema_is_a_schema() -> None:
    """Editors are given a valid one, and each setting in it has its sentence."""
    jsonschema.validators.validator_for(SCHEMA).check_schema(SCHEMA)

    tables = [SCHEMA, *SCHEMA["$defs"].values()]
    parts = [
        part for table in tables for part in table["properties"].values() if "$ref" not in part
    ]
    assert len(parts) == len(SETTINGS)
    assert all(part["description"] for part in parts)


@pytest.mark.parametrize("text", [TEMPLATE, EVERYTHING, *EXAMPLES])
def test_examples_pass(text: str) -> None:
    """The template and the examples of the pages are right for an editor."""
    jsonschema.validate(plain(tomllib.loads(text)), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "sit_limt = '1h'",
        "sit_limit = 50",
        "sit_limit = 'soon'",
        "sit_confirm = 61",
        "max_snoozes = 11",
        "buzzer_style = 'loud'",
        "break_chirp = 'soft'",
        "quiet_hours = 'at night'",
        "working_hours = ['Mon-Fri']",
        "level_after = ['0s', '1m']",
        "pins.mat = 2",
        "pins.led = [2, 3, 4]",
        "mqtt.port = '1883'",
        "mqtt.base_topic = 'a/#'",
        "chair.id = 'My Desk'",
    ],
)
def test_mistakes_do_not(text: str) -> None:
    """An editor shows a mistake while it is typed."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(tomllib.loads(text)), SCHEMA)
