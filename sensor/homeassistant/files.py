"""The files that ship for Home Assistant: automation blueprints and a dashboard.

Pure text, no YAML library: the files are valid as they stand, and the dashboard has two words to
fill in. `@PREFIX@` is what the chair's entity ids begin with, `@NAME@` is the chair's name.
"""

import json
import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from sensor.errors import ChairSensorError, SettingsError

FILES = resources.files("sensor.homeassistant")
BLUEPRINTS = FILES / "blueprints"


def blueprints() -> dict[str, str]:
    """Return names and titles of the blueprints, sorted."""
    files = sorted(BLUEPRINTS.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): _title(file) for file in files}


def blueprint(name: str) -> str:
    """Return the text of a blueprint. Raises SettingsError where there is none of that name."""
    known = blueprints()
    plain = name.removesuffix(".yaml").replace("-", "_")
    if plain not in known:
        raise SettingsError(f"there is no blueprint {name!r}; there are {', '.join(known)}")
    return (BLUEPRINTS / f"{plain}.yaml").read_text(encoding="utf-8")


def dashboard(chair_name: str, prefix: str) -> str:
    """Return the dashboard of a chair whose entity ids begin with `prefix`."""
    if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", prefix):
        raise SettingsError(
            f"--prefix {prefix!r} is nothing that entity ids begin with; write it like desk_chair"
        )
    text = (FILES / "dashboard.yaml").read_text(encoding="utf-8")
    name = json.dumps(chair_name, ensure_ascii=False)[1:-1]
    return text.replace("@PREFIX@", prefix).replace("@NAME@", name)


def write(text: str, output: Path, name: str) -> Path:
    """Write to a file, or under `name` into a folder; return where. Raises ChairSensorError."""
    path = output / name if output.is_dir() else output
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ChairSensorError(
            f"{path}: {error.strerror}; name a file in a folder you may write, or the folder"
        ) from None
    return path


def _title(file: Traversable) -> str:
    found = re.search(r'^  name: "(.*)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""
