"""`systemd/install.sh` in a Debian of its own; each test goes on where the last ended."""

import re
from typing import Any

INSTALLER = "systemd/install.sh"
UNIT = "/etc/systemd/system/chair-sensor.service"
ENABLED = "/etc/systemd/system/multi-user.target.wants/chair-sensor.service"
PROGRAM = ("/opt/chair-sensor", "/usr/local/bin/chair-sensor", UNIT)
SETTINGS = "/etc/chair-sensor/config.toml"
PASSWORD = "/etc/credstore/chair-sensor.mqtt_password"  # noqa: S105  (its place)
STATE = "/var/lib/private/chair-sensor"
BROKER = "/etc/mosquitto/conf.d/chair-sensor.conf"


def test_an_unknown_option_is_refused(root: Any) -> None:
    """Nothing is done, and the usage is shown."""
    done = root.run(INSTALLER, "--instal")

    assert done.returncode == 2
    assert "--uninstall" in done.stdout


def test_nothing_to_upgrade(root: Any) -> None:
    """`--upgrade` insists on something to upgrade."""
    done = root.run(INSTALLER, "--upgrade")

    assert done.returncode == 1
    assert "there is nothing to upgrade in /opt/chair-sensor" in done.stdout


def test_a_dry_run_does_nothing(root: Any) -> None:
    """It names what would be done, and leaves no trace."""
    said = root.succeed(INSTALLER, "--dry-run")

    assert "python3 -m venv" in said
    assert "apt-get install" in said
    assert root.there(*PROGRAM, SETTINGS) == set()


def test_another_system_is_refused(root: Any) -> None:
    """On a release that nobody has tried it says which ones will do."""
    release = root.path("/etc/os-release")
    original = release.read_text()
    release.unlink()
    release.write_text(re.sub(r"(?<=VERSION_CODENAME=)\w+", "buster", original))

    done = root.run(INSTALLER)
    release.write_text(original)

    assert done.returncode == 1
    assert "this is buster; Raspberry Pi OS bookworm or trixie is needed" in done.stdout


def test_without_the_group_it_is_refused(root: Any) -> None:
    """The unit needs the group gpio; where it is missing the line says how to make it."""
    groups = root.path("/etc/group")
    original = groups.read_text()
    groups.write_text(original.replace("gpio:", "other:"))

    done = root.run(INSTALLER)
    groups.write_text(original)

    assert done.returncode == 1
    assert "there is no group gpio" in done.stdout


def test_install(root: Any) -> None:
    """From a bare system: the command works for everybody, the defaults are there, not enabled."""
    said = root.succeed("sh", "-c", f"umask 077; {INSTALLER}")

    assert "python3-lgpio" in said
    assert root.there(*PROGRAM, SETTINGS) == {*PROGRAM, SETTINGS}
    assert root.there(ENABLED) == set()
    assert "mqtt.host = localhost" in root.succeed("chair-sensor", "check-config")
    assert root.path(SETTINGS).stat().st_mode & 0o777 == 0o644
    assert root.path("/etc/credstore").stat().st_mode & 0o777 == 0o700
    assert root.succeed("runuser", "-u", "nobody", "--", "chair-sensor", "--version")


def test_the_distributions_packages_are_used(root: Any) -> None:
    """On trixie only the program itself comes from pip; on bookworm at least not the pins."""
    listed = root.succeed("/opt/chair-sensor/bin/pip", "list", "--local", "--format", "freeze")

    names = {line.partition("==")[0].partition(" ")[0] for line in listed.splitlines()}
    assert names.isdisjoint({"gpiozero", "lgpio"})
    if "trixie" in root.path("/etc/os-release").read_text():
        assert names == {"chair-sensor", "pip"}


def test_without_pins_it_is_one_line(root: Any) -> None:
    """The installed program starts, and says what is missing here."""
    done = root.run("chair-sensor", "run", cwd="/tmp")  # noqa: S108

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "this machine is not a Raspberry Pi" in done.stdout


def test_the_buzzer_falls_silent(root: Any) -> None:
    """After the daemon's death the unit finds the file that replays the note, and it works."""
    assert root.replays(UNIT) == ""


def test_install_again(root: Any) -> None:
    """The second time settings and environment stay as they are."""
    with root.path(SETTINGS).open("a") as file:
        file.write("# mine\n")

    said = root.succeed(INSTALLER)

    assert f"settings: {SETTINGS} stays as it is" in said
    assert "environment: /opt/chair-sensor stays" in said
    assert root.path(SETTINGS).read_text().endswith("# mine\n")


def test_upgrade_after_an_upgrade_of_the_system(root: Any) -> None:
    """An environment of another Python is made anew."""
    root.path("/opt/chair-sensor/lib").rename(root.path("/opt/chair-sensor/old"))

    said = root.succeed(INSTALLER, "--upgrade")

    assert "environment: /opt/chair-sensor stays" not in said
    assert root.succeed("chair-sensor", "--version").startswith("chair-sensor 0.")


def test_uninstall(root: Any) -> None:
    """Program and unit go; what the user has made stays, and is named."""
    root.succeed("systemctl", "enable", "chair-sensor")
    assert root.there(ENABLED)
    root.path(STATE).mkdir(parents=True)
    root.path(PASSWORD).write_text("secret\n")
    root.path(BROKER).parent.mkdir(parents=True)
    root.path(BROKER).write_text("# Written by `chair-sensor setup`.\n")

    said = root.succeed(INSTALLER, "--uninstall")

    assert root.there(*PROGRAM, ENABLED) == set()
    assert root.there(SETTINGS, STATE, PASSWORD) == {SETTINGS, STATE, PASSWORD}
    assert f"kept: /etc/chair-sensor {STATE} {PASSWORD} (--purge removes them)" in said
    assert f"kept: the broker mosquitto that setup installed, with {BROKER}" in said


def test_purge(root: Any) -> None:
    """Nothing is left, and doing it twice does no harm."""
    for _ in range(2):
        root.succeed(INSTALLER, "--purge")

    assert root.there(*PROGRAM, "/etc/chair-sensor", STATE, PASSWORD) == set()
