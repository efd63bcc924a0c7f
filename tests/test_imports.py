"""The import rules that keep the architecture true; they are read, not run."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import sensor

PACKAGE = Path(sensor.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
UNTOUCHABLE = {
    *("asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "random"),
    *("select", "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile"),
    *("threading", "time", "urllib"),
}
"""What the core has no business with: clocks, threads, input, output, chance."""
LOWER: dict[str, str] = {
    "core": "",
    "settings": "core languages",
    "languages": "core",
    "daemon": "core settings",
    "terminal": "settings",
    "hardware": "core settings daemon",
    "mqtt": "core settings daemon",
    "storage": "core settings daemon",
    "status": "core settings languages daemon storage",
    "homeassistant": "core settings daemon mqtt storage status",
    "report": "core settings languages storage",
    "coaching": "core settings languages",
    "app": "core settings languages daemon hardware mqtt storage homeassistant status",
    "doctor": "core settings languages daemon hardware mqtt storage homeassistant status app",
    "setup": (
        "core settings languages daemon terminal hardware mqtt storage homeassistant status app"
        " doctor"
    ),
    "simulator": (
        "core settings languages daemon terminal hardware mqtt storage status homeassistant report "
        "app"
    ),
    "commands": "*",
    "__main__": "*",
    "errors": "",
    "deferred": "",
}
"""What each room may import besides itself, `errors` and `deferred`; every other edge fails."""


def name(path: Path) -> str:
    """Name a file as it lies in the package: `core/alert.py`."""
    return path.relative_to(PACKAGE).as_posix()


@cache
def imports(path: Path) -> frozenset[str]:
    """Give the full name of every module that a file imports, anywhere in it."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    package = ["sensor", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def importing(*modules: str) -> set[str]:
    """Name the files that import one of the modules, or something in them."""
    return {
        name(path)
        for path in MODULES
        if any(
            found == module or found.startswith(f"{module}.")
            for found in imports(path)
            for module in modules
        )
    }


def in_folders(found: set[str], *allowed: str) -> set[str]:
    """Leave out what lies in the folders, or is a file, that may do this."""
    return {file for file in found if not file.startswith(allowed)}


def test_the_files_are_found() -> None:
    """The tests below read the package that they mean to read."""
    found = {name(path) for path in MODULES}

    assert {"app.py", "core/chair.py", "daemon/loop.py", "mqtt/connection.py"} <= found


def test_the_core_imports_only_itself() -> None:
    """The core knows nothing of the shell around it."""
    core = [path for path in MODULES if name(path).startswith("core/")]

    outside = {
        (name(path), found)
        for path in core
        for found in imports(path)
        if found.startswith("sensor.") and not f"{found}.".startswith("sensor.core.")
    }

    assert outside == set()


def test_the_core_touches_nothing() -> None:
    """The core has no clock, no thread, no input or output, and no other people's packages."""
    core = [path for path in MODULES if name(path).startswith("core/")]

    roots = {(name(path), found.split(".")[0]) for path in core for found in imports(path)}

    touched = {
        (file, root)
        for file, root in roots
        if root in UNTOUCHABLE or root not in {*sys.stdlib_module_names, "sensor"}
    }
    assert touched == set()


def room(path: Path) -> str:
    """Name the room of a file: its folder, or the file itself; what starts a program has none."""
    inside = path.relative_to(PACKAGE)
    return "__main__" if path.stem == "__main__" else inside.parts[0].removesuffix(".py")


def test_data_goes_down_to_the_core_and_up_to_the_adapters() -> None:
    """No room imports one that the table does not name."""
    edges = {
        (room(path), found.split(".")[1])
        for path in MODULES
        for found in imports(path)
        if found.startswith("sensor.")
    }

    wrong = {
        (above, below)
        for above, below in edges
        if below in LOWER.keys() - {"errors", "deferred", above}
        and LOWER.get(above, "") != "*"
        and below not in LOWER.get(above, "").split()
    }

    assert wrong == set()
    assert {above for above, _ in edges} - {"__init__"} <= LOWER.keys()


def test_few_modules_are_without_a_room() -> None:
    """A loose file beside the rooms has to be one that truly has none."""
    loose = {path.stem for path in MODULES if path.parent == PACKAGE}

    assert loose == {"__init__", "__main__", "app", "deferred", "errors"}


def test_only_the_connection_knows_paho() -> None:
    """The MQTT library stays behind one door."""
    doors = tuple(f"mqtt/{name}.py" for name in ("connection", "paho_client", "tls", "failures"))

    assert in_folders(importing("paho"), *doors) == set()
    assert "mqtt/connection.py" in importing("paho")


def test_only_the_hardware_knows_gpiozero() -> None:
    """It is imported by one file, which keeps out what is not used; chip and mock pins aside."""
    doors = ("hardware/library.py", "hardware/chips.py", "simulator/wires.py")

    assert in_folders(importing("gpiozero", "lgpio"), *doors) == set()


def test_only_the_storage_knows_sqlite() -> None:
    """The database is nobody else's business; the simulator alone fills its disk."""
    assert in_folders(importing("sqlite3"), "storage/", "simulator/faults.py") == set()


def test_only_the_settings_know_pydantic() -> None:
    """Checking settings takes pydantic; nothing that stays in memory does."""
    found = importing("pydantic", "pydantic_settings")

    assert in_folders(found, "settings/") == set()


@pytest.mark.parametrize("module", ["sensor.app", "sensor.daemon.loop"])
def test_the_resident_daemon_is_light(module: str) -> None:
    """What stays in memory has loaded neither pydantic nor the simulator."""
    ask = f"import sys, {module}; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = (
        *(
            "pydantic",
            "sensor.settings.loading",
            "sensor.simulator",
            "sensor.doctor",
            "sensor.setup",
        ),
        *("amqtt", "asyncio"),
    )
    assert module in loaded
    assert [found for found in loaded if found.startswith(heavy)] == []


def test_every_module_is_named_after_a_thing() -> None:
    """A drawer for odds and ends is no noun from the field."""
    drawers = {"common", "constants", "helpers", "helper", "manager", "misc", "util", "utils"}

    found = {name(path) for path in MODULES if drawers & {path.stem, *path.stem.split("_")}}

    assert found == set()


def test_every_module_says_what_it_is_for() -> None:
    """Each file opens with a sentence."""
    silent = {
        name(path)
        for path in MODULES
        if not ast.get_docstring(ast.parse(path.read_text("utf-8"))) and path.read_text("utf-8")
    }

    assert silent == set()
