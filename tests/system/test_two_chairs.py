"""A second chair on the virtual Pi, from setup to `--purge`; it needs nothing from other tests."""

import json

import pytest

from tests.system.guest import LINES, PASSWORD, Guest, await_true, readme

SETUP = (
    "chair-sensor setup --yes --skip mat --skip buzzer --broker localhost --username chair "
    "--password-file /run/password"
)
SOFA = "--chair sofa --set pins.mat=6 --set pins.buzzer=12"
QUICK = "--set sit_confirm=1s --set leave_confirm=3s --set sit_limit=1h"
UNITS = ("chair-sensor", "chair-sensor@sofa")
STATE = "/var/lib/private"


def status(guest: Guest, *options: str) -> str:
    """Ask one daemon how its chair is."""
    said = guest.succeed(f"chair-sensor status --json {' '.join(options)}")
    return str(json.loads(said)["state"]["status"])


def mat(guest: Guest, pin: int, *, pressed: bool) -> None:
    """Press a mat or let go."""
    guest.succeed(f"echo {'pull-down' if pressed else 'pull-up'} >{LINES}/sim_gpio{pin}/pull")


@pytest.fixture(scope="module")
def two(guest: Guest) -> Guest:
    """Install the product, and set two chairs up."""
    for pin in (5, 6):
        mat(guest, pin, pressed=False)
    guest.succeed(readme("Install")[0])
    guest.succeed(f"echo {PASSWORD} >/run/password")
    guest.succeed(f"{SETUP} --id desk {QUICK}")
    guest.succeed(f"{SETUP} {SOFA} {QUICK}")
    for options in ((), ("--chair", "sofa")):
        await_true(lambda options=options: status(guest, *options) == "vacant", 120, "vacant")  # type: ignore[misc]
    return guest


class TestTwoChairs:
    """As systemd starts them."""

    def test_each_has_its_own(self, two: Guest) -> None:
        """Users, folders, sockets and secrets; neither user may read what the other has."""
        processes = [two.succeed(f"systemctl show -P MainPID {unit}") for unit in UNITS]
        users = {two.succeed(f"stat -c %u /proc/{process}") for process in processes}

        assert len(users - {"0"}) == len(UNITS)
        for unit in UNITS:
            two.succeed(f"test -S /run/{unit}/status")
            two.succeed(f"test $(stat -c %a /etc/credstore/{unit}.mqtt_password) = 600")
        for process, other in zip(processes, reversed(UNITS), strict=True):
            inside = f"nsenter -t {process} -m setpriv --reuid $(stat -c %u /proc/{process})"
            said = two.run(f"{inside} --clear-groups cat {STATE}/{other}/chair-sensor.db")
            assert said.returncode != 0

    def test_one_sits_and_the_other_does_not(self, two: Guest) -> None:
        """A press on one mat reaches one chair."""
        mat(two, 6, pressed=True)
        await_true(lambda: status(two, "--chair", "sofa") == "sitting", 120, "sitting")

        assert status(two) == "vacant"
        assert two.state()["status"] == "vacant"
        both = two.succeed("chair-sensor status")
        assert "Desk chair (chair-sensor/desk): vacant" in both
        assert "Sofa chair (chair-sensor/sofa): sitting" in both

    def test_doctor_of_each(self, two: Guest) -> None:
        """The check-up finds each service running, and nothing that both have."""
        for option, unit in (("", UNITS[0]), ("--chair sofa", UNITS[1])):
            checks = json.loads(two.run(f"chair-sensor doctor --json {option} 2>/dev/null").stdout)["checks"]
            found = {each["check"]: each for each in checks}
            assert found["chairs"]["verdict"] == "ok"
            assert found["service"]["found"].startswith("running")
            assert found["pins"]["verdict"] == "ok", unit

    def test_killed_with_its_guard(self, two: Guest) -> None:
        """All of it is killed: it is back by itself, and the other one does not notice."""
        other = two.succeed(f"systemctl show -P MainPID {UNITS[0]}")
        killed = two.succeed(f"systemctl show -P MainPID {UNITS[1]}")

        two.succeed(f"systemctl kill -s KILL {UNITS[1]}")

        await_true(
            lambda: two.succeed(f"systemctl show -P MainPID {UNITS[1]}") not in ("0", killed),
            120,
            "back",
        )
        await_true(
            lambda: "sitting" in two.run("chair-sensor status --chair sofa").stdout, 120, "sitting"
        )
        assert two.succeed(f"systemctl show -P MainPID {UNITS[0]}") == other
        said = two.succeed(f"journalctl -u {UNITS[1]} -o cat")
        assert "Traceback" not in said

    def test_a_pin_of_the_other(self, two: Guest) -> None:
        """Settings that take a pin of the other chair are refused."""
        said = two.run("chair-sensor check-config --chair sofa --set pins.mat=5")

        assert said.returncode == 2
        assert "pins.mat of the chair without a name share GPIO5" in said.stdout

    def test_upgrade(self, two: Guest) -> None:
        """Both go on."""
        said = two.succeed("systemd/install.sh --upgrade")

        assert "service: restarted" in said
        assert "service@sofa: restarted" in said

    def test_purge(self, two: Guest) -> None:
        """Both are gone, from the machine and from the broker."""
        two.succeed("systemd/install.sh --purge")

        left = two.succeed(
            "find /etc /var/lib /run /opt /usr/local -xdev -name '*chair-sensor*' -print"
        ).split()
        assert [one for one in left if "install" not in one] == []
        assert two.retained() == ""
