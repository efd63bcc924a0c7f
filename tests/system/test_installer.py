"""`systemd/install.sh` in a Debian of its own; each test goes on where the last ended."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.system.kit import Root

INSTALLER = "systemd/install.sh"
UNIT = "/etc/systemd/system/chair-sensor.service"
TEMPLATE = "/etc/systemd/system/chair-sensor@.service"
ENABLED = "/etc/systemd/system/multi-user.target.wants/chair-sensor.service"
HOME = "/opt/chair-sensor"
PROGRAM = ("/opt/chair-sensor", "/usr/local/bin/chair-sensor", UNIT, TEMPLATE)
SETTINGS = "/etc/chair-sensor/config.toml"
SCHEMA = "/etc/chair-sensor/config.schema.json"
PASSWORD = "/etc/credstore/chair-sensor.mqtt_password"  # noqa: S105  (its place)
STATE = "/var/lib/private/chair-sensor"
SOFA = (
    "/etc/chair-sensor@sofa",
    "/var/lib/private/chair-sensor@sofa",
    "/etc/credstore/chair-sensor@sofa.mqtt_password",
)
"""What is left of a chair with a name."""
SOFA_ENABLED = ENABLED.replace("sensor.s", "sensor@sofa.s")
BROKER = "/etc/mosquitto/conf.d/chair-sensor.conf"
NO_LISTS = "mount -t tmpfs none /var/lib/apt/lists"
PLAIN = f"{NO_LISTS}; mount -t tmpfs none /etc/apt/sources.list.d; apt-get -qq update"
KILLER = r"""
set -o functrace
steps=0
trap '[[ $BASH_COMMAND != @(try|run)\ * ]] || (( ++steps != KILL_AT )) || kill -KILL $$' DEBUG
"""
"""For BASH_ENV: the shell kills itself before a step of the installer."""


def test_an_unknown_option_is_refused(root: Root) -> None:
    """Nothing is done, and the usage is shown."""
    done = root.run(INSTALLER, "--instal")

    assert done.returncode == 2
    assert "--uninstall" in done.stdout


def test_nothing_to_upgrade(root: Root) -> None:
    """`--upgrade` insists on something to upgrade."""
    done = root.run(INSTALLER, "--upgrade")

    assert done.returncode == 1
    assert "there is nothing to upgrade in /opt/chair-sensor" in done.stdout


@pytest.mark.parametrize("option", ["--uninstall", "--purge"])
def test_nothing_to_remove(root: Root, option: str) -> None:
    """That is said, and nothing else."""
    assert root.succeed(INSTALLER, option, "--dry-run") == "nothing is installed\n"


def test_a_dry_run_does_nothing(root: Root) -> None:
    """It names what would be done, and leaves no trace."""
    said = root.succeed(INSTALLER, "--dry-run")

    assert "python3 -m venv" in said
    assert "apt-get install" in said
    assert root.there(*PROGRAM, SETTINGS) == set()


def test_another_system_is_refused(root: Root) -> None:
    """On a release that nobody has tried it says which ones will do."""
    release = root.path("/etc/os-release")
    original = release.read_text()
    release.unlink()
    release.write_text(re.sub(r"(?<=VERSION_CODENAME=)\w+", "buster", original))

    done = root.run(INSTALLER)
    release.write_text(original)

    assert done.returncode == 1
    assert "this is buster; Raspberry Pi OS bookworm or trixie is needed" in done.stdout


def test_without_the_group_it_is_refused(root: Root) -> None:
    """The unit needs the group gpio; where it is missing the line says how to make all of it."""
    groups = root.path("/etc/group")
    original = groups.read_text()
    groups.write_text(original.replace("gpio:", "other:"))

    done = root.run(INSTALLER)
    groups.write_text(original)

    assert done.returncode == 1
    assert "there is no group gpio" in done.stdout
    assert "sudo groupadd --system gpio" in done.stdout
    assert """echo 'SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"' | sudo tee""" in done.stdout


def test_without_a_wire_any_debian_will_do(root: Root) -> None:
    """Neither the release, nor the group, nor lgpio hinders a seat without a wire."""
    release, groups = root.path("/etc/os-release"), root.path("/etc/group")
    known, original = release.read_text(), groups.read_text()
    release.unlink()
    release.write_text(re.sub(r"(?<=VERSION_CODENAME=)\w+", "noble", known))
    groups.write_text(original.replace("gpio:", "other:"))

    wired = root.run(INSTALLER, "--dry-run")
    wireless = root.run(INSTALLER, "--wireless", "--dry-run")
    release.write_text(known)
    groups.write_text(original)

    assert "for a seat without a wire: sudo systemd/install.sh --wireless" in wired.stdout
    assert wireless.returncode == 0
    assert "groupadd --system gpio" in wireless.stdout
    assert "lgpio" not in wireless.stdout


@pytest.mark.parametrize(
    ("system", "advice"),
    [(NO_LISTS, "apt has no list of packages: sudo apt update"), (PLAIN, "plain Debian has not")],
)
def test_what_apt_lacks(root: Root, system: str, advice: str) -> None:
    """Without lists it is `apt update`; plain Debian never has lgpio, and the line says so."""
    if "bookworm" in root.path("/etc/os-release").read_text():
        pytest.skip("there pip has a wheel of lgpio")

    done = root.run("sh", "-c", f"{system}; {INSTALLER}")

    assert done.returncode == 1
    assert advice in done.stdout.splitlines()[-1]
    assert root.there(*PROGRAM) == set()


def test_one_at_a_time(root: Root) -> None:
    """A second installation beside a running one is refused."""
    done = root.run("flock", "/run/chair-sensor.install", INSTALLER)

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "another installation is under way" in done.stdout


def test_install(root: Root) -> None:
    """From a bare system: the command works for everybody, the defaults are there, not enabled."""
    said = root.succeed("sh", "-c", f"umask 077; {INSTALLER}")

    assert "python3-lgpio" in said
    assert root.there(*PROGRAM, SETTINGS, SCHEMA) == {*PROGRAM, SETTINGS, SCHEMA}
    assert root.there(ENABLED) == set()
    assert "mqtt.host = localhost" in root.succeed("chair-sensor", "check-config", "--all")
    assert root.path(SETTINGS).stat().st_mode & 0o777 == 0o644
    assert root.path("/etc/credstore").stat().st_mode & 0o777 == 0o700
    assert root.succeed("runuser", "-u", "nobody", "--", "chair-sensor", "--version")


def test_the_distributions_packages_are_used(root: Root) -> None:
    """On trixie only the program itself comes from pip; on bookworm at least not the pins."""
    listed = root.succeed(f"{HOME}/program/bin/pip", "list", "--local", "--format", "freeze")

    names = {line.partition("==")[0].partition(" ")[0] for line in listed.splitlines()}
    assert names.isdisjoint({"gpiozero", "lgpio"})
    if "trixie" in root.path("/etc/os-release").read_text():
        assert names == {"chair-sensor", "pip"}


def test_without_pins_it_is_one_line(root: Root) -> None:
    """The installed program starts, and says what is missing here."""
    done = root.run("chair-sensor", "run", cwd="/tmp")  # noqa: S108

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "this machine is not a Raspberry Pi" in done.stdout


def test_the_buzzer_falls_silent(root: Root) -> None:
    """After the daemon's death the unit finds the file that replays the note, and it works."""
    assert root.replays(UNIT) == ""


def test_install_again(root: Root) -> None:
    """The second time settings and environment stay as they are."""
    with root.path(SETTINGS).open("a") as file:
        file.write("# mine\n")

    said = root.succeed(INSTALLER)

    assert f"settings: {SETTINGS} stays as it is" in said
    assert root.path(SETTINGS).read_text().endswith("# mine\n")


def environment(root: Root) -> Path:
    """Say which environment is in use."""
    return Path(root.path(f"{HOME}/{root.path(f'{HOME}/program').readlink()}"))


def works(root: Root) -> bool:
    """Whether the installed command does."""
    return bool(root.run("chair-sensor", "--version").returncode == 0)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (f"unshare --net {INSTALLER} --upgrade", "not upgraded: pip: "),
        (f"mount --bind /opt /opt; mount -o remount,ro,bind /opt; {INSTALLER}", "Read-only file"),
        (
            f"cp -a {HOME} /run/old; mount -t tmpfs -o size=12m none {HOME}; {INSTALLER}",
            "No space left on device",
        ),
        (f"PIP_NO_INDEX=1 PIP_FIND_LINKS= {INSTALLER}", "there is no ready-made Python package"),
        (f"echo 'sit_limt = 1' >>{SETTINGS}; {INSTALLER}", "refuses /etc/chair-sensor/config.toml"),
        (f"echo 'raise ValueError' >>sensor/__init__.py; {INSTALLER}", "program does not start"),
    ],
    ids=["no network", "read-only", "full", "no wheel", "settings", "new program broken"],
)
def test_a_failed_upgrade_changes_nothing(root: Root, trouble: str, why: str) -> None:
    """One line of the installer's own says why; the old program is there, and nothing else."""
    before, settings = environment(root), root.path(SETTINGS).read_text()
    own = root.path("/root/chair-sensor/sensor/__init__.py").read_text()

    done = root.run("sh", "-c", trouble)
    root.path(SETTINGS).write_text(settings)
    root.path("/root/chair-sensor/sensor/__init__.py").write_text(own)

    assert done.returncode == 1
    assert why in done.stdout.splitlines()[-1]
    assert "the program as it was stays" in done.stdout
    assert "Traceback" not in done.stdout
    assert environment(root) == before
    assert {path.name for path in before.parent.iterdir()} == {"bin", "program", before.name}
    assert works(root)


def test_settings_of_a_chair_with_a_name_are_checked(root: Root) -> None:
    """The new program must accept the settings of every chair."""
    before = environment(root)
    root.path(SOFA[0]).mkdir()
    settings = root.path(f"{SOFA[0]}/config.toml")
    settings.write_text("sit_limt = 1\n")

    done = root.run(INSTALLER)
    shutil.rmtree(root.path(SOFA[0]))

    assert done.returncode == 1
    assert f"refuses {SOFA[0]}/config.toml" in done.stdout.splitlines()[-1]
    assert environment(root) == before


@pytest.mark.parametrize("after", ["an upgrade of the system", "half an installation"])
def test_repair(root: Root, after: str) -> None:
    """What does not work any more says so in a line and is made anew, if not the first time."""
    used = environment(root)
    if after == "half an installation":
        root.path(f"{HOME}/program").unlink()
    else:
        (python,) = used.glob("lib/python3.*")
        python.rename(python.with_name("python3.1"))
    broken = root.run("chair-sensor", "doctor")
    offline = root.run("unshare", "--net", INSTALLER, "--upgrade")

    root.succeed(INSTALLER, "--upgrade")

    assert broken.returncode == 126
    assert broken.stdout.count("\n") == 1
    assert "sudo systemd/install.sh --upgrade" in broken.stdout
    assert offline.returncode == 1
    assert works(root)
    assert not used.exists()


def test_the_buzzer_falls_silent_after_an_upgrade_of_the_system(root: Root) -> None:
    """The file that replays the note needs no environment, and any Python will do."""
    (python,) = environment(root).glob("lib/python3.*")
    python.rename(python.with_name("python3.1"))

    said = root.replays(UNIT)
    python.with_name("python3.1").rename(python)

    assert said == ""


def test_from_anywhere_for_everybody(root: Root) -> None:
    """A clone that only its owner can read, in a folder with blanks; a pip.conf of the caller's."""
    clone = root.path("/root/my chair; clone")
    shutil.copytree(root.path("/root/chair-sensor"), clone, symlinks=True)
    subprocess.run(["chmod", "-R", "go-rwx", clone], check=True)
    root.path("/home/pi/.config/pip").mkdir(parents=True)
    root.path("/home/pi/.config/pip/pip.conf").write_text("[install]\nuser = true\n")
    before = environment(root)

    call = f"cd '/root/my chair; clone' && umask 077 && HOME=/home/pi PYTHONHOME=/x {INSTALLER}"
    root.succeed("sh", "-c", call)
    shutil.rmtree(clone)

    assert environment(root) != before
    assert root.succeed("runuser", "-u", "nobody", "--", "chair-sensor", "check-config")


def test_killed_at_any_step(root: Root) -> None:
    """Killed, and started again only to be killed further on: the old program always works.

    The steps: the environment is made, the program is in it, before the switch, after it, at the
    unit. A half-made environment is never looked at, so that more of them would show no more.
    """
    root.path("/root/killer").write_text(KILLER)
    for step in (3, 5, 8, 9, 12):
        settings = f"BASH_ENV=/root/killer KILL_AT={step}"
        done = root.run("bash", "-c", f"{settings} {INSTALLER} --upgrade")
        assert done.returncode == -signal.SIGKILL, done.stdout
        assert works(root), f"killed at step {step}"

    root.succeed(INSTALLER)

    used = environment(root)
    assert {path.name for path in used.parent.iterdir()} == {"bin", "program", used.name}


def test_apt_was_killed(root: Root) -> None:
    """What dpkg has left undone is done first."""
    root.succeed("dpkg", "--purge", "--force-depends", "python3-lgpio")
    root.path("/var/lib/dpkg/updates/0000").touch()

    root.succeed(INSTALLER)

    assert "ok installed" in root.succeed("dpkg-query", "-W", "-f", "${Status}", "python3-lgpio")


def test_over_an_installation_by_hand(root: Root) -> None:
    """What the README says works, and the installer takes it over."""
    root.succeed(INSTALLER, "--uninstall")
    readme = root.path("/root/chair-sensor/systemd/README.md").read_text()
    (block,) = re.findall(r"\n### By hand\n.*?```sh\n(.*?)```", readme, re.DOTALL)
    lines = [line for line in block.splitlines() if "apt" not in line and "systemctl" not in line]

    root.succeed("sh", "-ec", "\n".join(lines).replace("sudo ", ""))
    assert works(root)
    assert root.replays(UNIT) == ""
    root.succeed(INSTALLER, "--upgrade")

    assert works(root)
    used = environment(root)
    assert {path.name for path in used.parent.iterdir()} == {"bin", "program", used.name}


def test_uninstall(root: Root) -> None:
    """Program and unit go; what the user has made stays, and is named."""
    for folder in SOFA[:2]:
        root.path(folder).mkdir()
    root.path(f"{SOFA[0]}/config.toml").write_text("[pins]\nmat = 6\nbuzzer = 12\n")
    root.path(SOFA[2]).write_text("secret\n")
    root.succeed("systemctl", "enable", "chair-sensor", "chair-sensor@sofa")
    assert root.there(ENABLED, SOFA_ENABLED) == {ENABLED, SOFA_ENABLED}
    root.path(STATE).mkdir(parents=True)
    root.path(PASSWORD).write_text("secret\n")
    root.path(BROKER).parent.mkdir(parents=True)
    root.path(BROKER).write_text("# Written by `chair-sensor setup`.\n")

    said = root.succeed(INSTALLER, "--uninstall")

    assert root.there(*PROGRAM, ENABLED, SOFA_ENABLED) == set()
    assert root.there(SETTINGS, STATE, PASSWORD, *SOFA) == {SETTINGS, STATE, PASSWORD, *SOFA}
    kept = f"/etc/chair-sensor {SOFA[0]} {STATE} {SOFA[1]} {PASSWORD} {SOFA[2]}"
    assert f"kept: {kept} (--purge removes them)" in said
    assert "kept: the chair in Home Assistant" in said
    assert f"kept: the broker mosquitto that setup installed, with {BROKER}" in said


def test_half_of_it_can_be_removed(root: Root) -> None:
    """A program that does not work is no hindrance, nor is a unit without one."""
    root.path(HOME).mkdir()
    root.path(PROGRAM[1]).symlink_to(f"{HOME}/bin/chair-sensor")
    root.path(UNIT).touch()
    root.path(ENABLED).symlink_to(UNIT)

    root.succeed(INSTALLER, "--uninstall")

    assert root.there(*PROGRAM, ENABLED) == set()


def test_purge(root: Root) -> None:
    """Nothing is left, and doing it twice does no harm."""
    for _ in range(2):
        root.succeed(INSTALLER, "--purge")

    assert root.there(*PROGRAM, "/etc/chair-sensor", STATE, PASSWORD, *SOFA) == set()
