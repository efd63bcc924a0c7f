"""The Debian package in a Debian trixie of its own; each test goes on where the last ended."""

import re

import pytest

from tests.system.kit import Root

UNIT = "/usr/lib/systemd/system/chair-sensor.service"
TEMPLATE = "/usr/lib/systemd/system/chair-sensor@.service"
SETTINGS = "/etc/chair-sensor/config.toml"
SCHEMA = "/etc/chair-sensor/config.schema.json"
MODULES = "/usr/share/chair-sensor"
STATE = "/var/lib/private/chair-sensor"
PASSWORD = "/etc/credstore/chair-sensor.mqtt_password"  # noqa: S105  (its place)
SOFA = (
    "/etc/chair-sensor@sofa",
    "/var/lib/private/chair-sensor@sofa",
    "/etc/systemd/system/multi-user.target.wants/chair-sensor@sofa.service",
)
"""What is left of a chair with a name."""

MOST_EXPOSED = 1.9


@pytest.fixture(scope="module")
def package(root: Root) -> str:
    """Build the package with the one command; return where it is."""
    said = root.succeed("systemd/build-deb.sh", "/root")
    (path,) = re.findall(r"^(/root/chair-sensor_\S+_all\.deb): ", said, flags=re.MULTILINE)
    return str(path)


def test_lintian_finds_no_error(root: Root, package: str) -> None:
    """Debian's checker has no error to tell."""
    said = root.succeed("lintian", "--fail-on", "error", package)

    assert "E: " not in said


def test_a_broken_installation_can_be_repaired(root: Root, package: str) -> None:
    """Half of a package keeps the installer off, and apt goes on where it failed."""
    compiler = root.path("/usr/bin/py3compile")
    original = compiler.read_text()
    compiler.write_text("#!/bin/sh\nexit 1\n")
    failed = root.run("apt-get", "install", "-y", "-q", "--no-install-recommends", package)
    keeps_off = root.run("systemd/install.sh")

    compiler.write_text(original)
    root.succeed("dpkg", "--configure", "-a")
    root.succeed("apt-get", "purge", "-y", "-q", "chair-sensor")

    assert failed.returncode != 0
    assert keeps_off.returncode == 1
    assert "the Debian package chair-sensor is here" in keeps_off.stdout


def test_install(root: Root, package: str) -> None:
    """Apt installs it with the distribution's Python packages; it is not enabled by itself."""
    said = root.succeed("apt-get", "install", "-y", "-q", "--no-install-recommends", package)

    assert "next, sudo chair-sensor setup" in said
    assert "mqtt.host = localhost" in root.succeed("chair-sensor", "check-config", "--all")
    assert root.there(UNIT, SETTINGS, SCHEMA, MODULES) == {UNIT, SETTINGS, SCHEMA, MODULES}
    assert root.run("systemctl", "is-enabled", "chair-sensor").stdout.endswith("disabled\n")
    assert SETTINGS in root.succeed("dpkg-query", "-W", "-f", "${Conffiles}", "chair-sensor")


def test_the_modules_are_private(root: Root) -> None:
    """No other Python program sees them."""
    done = root.run("python3", "-c", "import sensor", cwd="/")

    assert "No module named 'sensor'" in done.stdout


def test_the_resident_daemon_starts(root: Root) -> None:
    """`run` finds its private modules, and says what is missing."""
    done = root.run("chair-sensor", "run", cwd="/tmp")  # noqa: S108

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "this machine is not a Raspberry Pi" in done.stdout


@pytest.mark.parametrize("unit", [UNIT, TEMPLATE])
def test_the_unit(root: Root, unit: str) -> None:
    """Systemd has nothing to say against it, and its exposure is as low as the other unit's."""
    said = root.succeed("systemd-analyze", "verify", "--man=no", unit)
    rated = root.succeed("systemd-analyze", "security", "--offline=true", "--no-pager", unit)

    assert [line for line in said.splitlines() if "chair-sensor" in line] == []
    (exposure,) = re.findall(r"exposure level for \S+ (\d+\.\d)", rated)
    assert float(exposure) <= MOST_EXPOSED


def test_the_installer_keeps_off(root: Root) -> None:
    """Two installations would be in each other's way."""
    done = root.run("systemd/install.sh")

    assert done.returncode == 1
    assert "the Debian package chair-sensor is here" in done.stdout


def test_the_installers_unit_can_go(root: Root) -> None:
    """An older installation hides the package's unit: it can be removed, and the package stays."""
    hides = root.path("/etc/systemd/system/chair-sensor.service")
    hides.write_text("[Unit]\n")

    said = root.succeed("systemd/install.sh", "--uninstall")
    again = root.run("systemd/install.sh", "--uninstall")

    assert "sudo systemctl enable --now chair-sensor" in said
    assert not hides.exists()
    assert root.there(UNIT, MODULES) == {UNIT, MODULES}
    assert again.returncode == 1
    assert "sudo apt remove chair-sensor" in again.stdout


def test_edited_settings_survive_an_upgrade(root: Root, package: str) -> None:
    """The settings are a conffile."""
    with root.path(SETTINGS).open("a") as file:
        file.write("# mine\n")

    root.succeed("apt-get", "install", "-y", "-q", "--reinstall", package)

    assert root.path(SETTINGS).read_text().endswith("# mine\n")


def test_refused_settings_are_told(root: Root, package: str) -> None:
    """A newer version may refuse a setting: apt goes through, and the line says what to do."""
    settings = root.path(SETTINGS)
    original = settings.read_text()
    settings.write_text(f"sit_limt = 1\n{original}")

    said = root.succeed("apt-get", "install", "-y", "-q", "--reinstall", package)
    settings.write_text(original)

    assert "sit_limt" in said
    assert "mend the settings above, then sudo systemctl restart chair-sensor" in said


def test_remove_keeps_what_is_the_users(root: Root) -> None:
    """Removed, it leaves settings, secrets and history."""
    root.path(STATE).mkdir(parents=True)
    root.path(PASSWORD).parent.mkdir(exist_ok=True)
    root.path(PASSWORD).write_text("secret\n")
    for folder in SOFA[:2]:
        root.path(folder).mkdir()
    root.succeed("systemctl", "enable", "chair-sensor@sofa")

    root.succeed("apt-get", "remove", "-y", "-q", "chair-sensor")

    assert root.there(UNIT, TEMPLATE, MODULES) == set()
    assert root.there(SETTINGS, STATE, PASSWORD, *SOFA) == {SETTINGS, STATE, PASSWORD, *SOFA}


def test_purge_leaves_nothing(root: Root) -> None:
    """Purged, all of it is gone, and it is said."""
    said = root.succeed("apt-get", "purge", "-y", "-q", "chair-sensor")

    assert root.there("/etc/chair-sensor", STATE, PASSWORD, *SOFA) == set()
    assert "settings, secrets and history are gone" in said


def test_the_installer_after_the_package(root: Root, package: str) -> None:
    """Purged after that, the package leaves alone what the installer's program needs."""
    root.succeed("apt-get", "install", "-y", "-q", "--no-install-recommends", package)
    root.succeed("apt-get", "remove", "-y", "-q", "chair-sensor")
    root.path(STATE).mkdir(parents=True)
    root.path(PASSWORD).write_text("secret\n")

    installed = root.succeed("systemd/install.sh")
    purged = root.succeed("apt-get", "purge", "-y", "-q", "chair-sensor")
    again = root.succeed("systemd/install.sh")
    kept = root.there(SETTINGS, STATE, PASSWORD)
    root.succeed("systemd/install.sh", "--purge")

    assert "sudo apt purge chair-sensor would delete them" in installed
    assert "history and secrets stay" in purged
    assert "would delete them" not in again
    assert kept == {SETTINGS, STATE, PASSWORD}
