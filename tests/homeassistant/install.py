"""Installs a real Home Assistant for the tests beside this file, once; later runs find it there.

    python tests/homeassistant/install.py            the newest release that a Python here can run
    python tests/homeassistant/install.py 2024.11.3  this one

Prints the environment's folder, for `HOMEASSISTANT=... pytest tests/homeassistant`; or, where no
Python fits, one line `NOT RUN: ...` on standard error and exit code 3. About 90 s and 800 MB; the
folder is $XDG_CACHE_HOME/chair-sensor-tests/homeassistant-RELEASE and may be thrown away.
"""

import ast
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RELEASES = {
    # release: its Python, and the oldest patch of it that will do
    "2026.11.0": ((3, 14), 2),
    "2025.12.5": ((3, 13), 2),
    "2025.4.4": ((3, 13), 0),
    "2024.11.3": ((3, 12), 0),
}
"""Newest first; device-based discovery begins with 2024.11."""

PINS = {"2024.11.3": ["josepy<2"], "2025.4.4": ["josepy<2"]}
"""What the release itself left open, and what has moved on since (acme wants josepy 1)."""

USED = (
    *("assist_pipeline", "config", "conversation", "history", "local_calendar", "mobile_app"),
    *("mqtt", "recorder"),
)
"""The integrations that the tests set up or import, beyond those that are always set up."""

NO_PYTHON = 3
TRIES = 3
PATIENCE = 240
"""Seconds that one step may take: a download that stands still would never end by itself."""


class CannotInstallError(Exception):
    """No Home Assistant, and why."""


def interpreters() -> Iterator[tuple[str, tuple[int, int, int]]]:
    """List the Pythons of this machine with their versions: on the PATH and under pyenv."""
    minors = sorted({minor for (_, minor), _ in RELEASES.values()}, reverse=True)
    names = [sys.executable, *(f"python3.{minor}" for minor in minors)]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        versions = Path(root.stdout.strip(), "versions")
        names += [str(path) for path in sorted(versions.glob("3.*/bin/python3"), reverse=True)]
    for name in names:
        if path := shutil.which(name):
            asked = [path, "-c", "import sys; print(*sys.version_info[:3])"]
            answer = subprocess.run(asked, capture_output=True, text=True, check=False)
            if answer.returncode == 0:  # a shim of pyenv may lead nowhere
                major, minor, patch = map(int, answer.stdout.split())
                yield path, (major, minor, patch)


def chosen(wanted: str | None) -> tuple[str, str]:
    """Choose release and Python. Raises CannotInstallError."""
    found = list(interpreters())
    for release, (series, patch) in RELEASES.items():
        if wanted in (None, release):
            for path, version in found:
                if version[:2] == series and version[2] >= patch:
                    return release, path
    needs = " or ".join(
        f"{major}.{minor}.{patch} ({release})"
        for release, ((major, minor), patch) in RELEASES.items()
        if wanted in (None, release)
    )
    here = ", ".join(sorted({".".join(map(str, version)) for _, version in found}))
    raise CannotInstallError(
        f"no Python here can run Home Assistant {wanted or ''}: needs {needs or 'a known release'};"
        f" there is {here}"
    )


def cache() -> Path:
    """Return where installed releases are kept."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "chair-sensor-tests"


def install(wanted: str | None = None) -> Path:
    """Return the environment with Home Assistant in it, made if need be."""
    release, python = chosen(wanted)
    folder = cache() / f"homeassistant-{release}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        recipe = json.dumps([release, PINS.get(release, []), USED])
        ready = folder / "ready"
        if not ready.exists() or ready.read_text() != recipe:
            ready.unlink(missing_ok=True)
            _run(python, "-m", "venv", folder)
            _fill(folder, release)
            ready.write_text(recipe)
    return folder


def _fill(folder: Path, release: str) -> None:
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join([*PINS.get(release, []), ""]))
    _pip(folder, f"homeassistant=={release}")
    package = next(folder.glob("lib/python3.*/site-packages/homeassistant"))
    own = (package / "package_constraints.txt").read_text()
    constraints.write_text("\n".join([*PINS.get(release, []), own]))
    _pip(folder, *sorted(_requirements(package)))


def _pip(folder: Path, *requirements: str) -> None:
    """Install; what has come before the network broke down is in pip's cache and comes fast.

    Not compiled: of Home Assistant's eight thousand files a few hundred are ever read here.
    """
    pip = (folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
    options = ("--no-compile", "--timeout", "30", "-c", folder / "constraints.txt")
    command = (*pip, *options, *requirements)
    for attempt in range(1, TRIES + 1):
        try:
            _run(*command)
        except CannotInstallError:
            if attempt == TRIES:
                raise
        else:
            return


def _requirements(package: Path) -> set[str]:
    """Read, from the installed release itself, what the integrations we use ask for."""
    asked: set[str] = set()
    seen: set[str] = set()
    todo = {*USED, *_always_set_up(package)}
    for domain in USED:  # these import what they are to be set up after
        todo |= set(_manifest(package, domain).get("after_dependencies", []))
    while todo:
        domain = todo.pop()
        seen.add(domain)
        manifest = _manifest(package, domain)
        asked |= set(manifest.get("requirements", []))
        todo |= set(manifest.get("dependencies", [])) - seen
    return asked


def _manifest(package: Path, domain: str) -> dict[str, Any]:
    path = package / "components" / domain / "manifest.json"
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def _always_set_up(package: Path) -> set[str]:
    """Read which integrations are set up unasked; since 2026 the platforms are among them."""
    for node in ast.parse((package / "bootstrap.py").read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="DEFAULT_INTEGRATIONS")], value=ast.Set(elts)):
                named = {str(each.value) for each in elts if isinstance(each, ast.Constant)}
                starred = any(isinstance(each, ast.Starred) for each in elts)
                return named | (_platforms(package) if starred else set())
    raise CannotInstallError(f"{package}: bootstrap.py has no DEFAULT_INTEGRATIONS")


def _platforms(package: Path) -> set[str]:
    domains = (path.parent.name for path in package.glob("components/*/manifest.json"))
    return {
        each for each in domains if _manifest(package, each).get("integration_type") == "entity"
    }


def _run(*command: object) -> None:
    words = list(map(str, command))
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise CannotInstallError(f"{words[0]} was not done after {PATIENCE} s") from None
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
        raise CannotInstallError("\n".join([f"{command[0]} failed:", *told[-15:]]))


def main() -> int:
    """Install, and say where."""
    try:
        print(install(*sys.argv[1:2]))  # noqa: T201
    except CannotInstallError as reason:
        print(f"NOT RUN: {reason}", file=sys.stderr)  # noqa: T201
        return NO_PYTHON if "no Python here" in str(reason) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
