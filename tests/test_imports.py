"""The import rules that keep the architecture true; they are read, not run."""

import ast
import subprocess
import sys
from collections.abc import Iterator
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
ADAPTERS = (
    *("sensor.hardware", "sensor.mqtt.client", "sensor.mqtt.connection", "sensor.storage"),
    *(
        "sensor.simulator",
        "sensor.app",
        "sensor.daemon.systemd",
        "sensor.settings.loading",
        "sensor.status",
    ),
)


def name(path: Path) -> str:
    """Name a file as it lies in the package: `core/alert.py`."""
    return path.relative_to(PACKAGE).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Give the full name of every module that a file imports, anywhere in it."""
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

    assert {"app.py", "core/chair.py", "daemon.py", "mqtt/connection.py"} <= found


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


def test_the_daemon_imports_no_adapter() -> None:
    """The loop sees the world through its ports."""
    daemon = PACKAGE / "daemon.py"

    seen = {found for found in imports(daemon) if found.startswith(ADAPTERS)}

    assert seen == set()


def test_only_the_connection_knows_paho() -> None:
    """The MQTT library stays behind one door."""
    doors = ("mqtt/connection.py", "mqtt/tls.py", "mqtt/reasons.py")

    assert in_folders(importing("paho"), *doors) == set()
    assert "mqtt/connection.py" in importing("paho")


def test_only_the_hardware_knows_gpiozero() -> None:
    """Pins are opened in hardware/ and simulated in simulator/; app.py passes them on."""
    assert in_folders(importing("gpiozero", "lgpio"), "hardware/", "simulator/", "app.py") == set()


def test_only_the_storage_knows_sqlite() -> None:
    """The database is nobody else's business; the simulator alone fills its disk."""
    assert in_folders(importing("sqlite3"), "storage/", "simulator/faults.py") == set()


def test_only_the_settings_know_pydantic() -> None:
    """Checking settings takes pydantic; nothing that stays in memory does."""
    found = importing("pydantic", "pydantic_settings")

    assert in_folders(found, "settings.py", "setting_") == set()


@pytest.mark.parametrize("module", ["sensor.app", "sensor.resident", "sensor.daemon.loop"])
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
