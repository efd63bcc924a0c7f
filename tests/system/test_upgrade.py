"""A newer version on the virtual Pi, and none: after `test_guest.py` and `test_power_cuts.py`."""

import re

import pytest

from tests.system.guest import Guest, readme


class TestUpgrade:
    """Newer, and gone."""

    def test_over_a_running_bout(self, guest: Guest) -> None:
        """The bout goes on."""
        before = guest.await_seated()["bout_started_at"]
        since = guest.mark()

        said = guest.succeed(readme("Update and remove")[0].splitlines()[-1])

        assert "restarted" in said
        guest.await_line(since, "connected to broker")
        assert guest.await_seated()["bout_started_at"] == before

    def test_over_an_upgrade_of_the_system(self, guest: Guest) -> None:
        """The program's Python is gone: one line, no restarts; the README's command mends both."""
        upgrade = readme("Update and remove")[0].splitlines()[-1]
        since = guest.mark()
        guest.succeed("""systemctl stop chair-sensor
            cd /opt/chair-sensor/program/lib && mv python3.* python3.1
            systemctl start chair-sensor || sleep 10""")
        broken = guest.journal(since)
        failed = guest.succeed("systemctl show -P ActiveState -P NRestarts chair-sensor").split()

        guest.succeed(upgrade)

        assert {*failed} == {"failed", "0"}
        assert broken.count("sudo systemd/install.sh --upgrade") == 1
        guest.await_line(since, "connected to broker")

    @pytest.mark.parametrize("purge", [False, True])
    def test_uninstall(self, guest: Guest, purge: bool) -> None:
        """Nothing is left but what is told; `--purge` takes the chair off the broker, too."""
        remove = readme("Update and remove")[1].strip()
        if purge:  # what was kept is enough to come back with
            since = guest.mark()
            guest.succeed(readme("Install")[0].splitlines()[-1])
            guest.succeed("systemctl start chair-sensor")
            guest.await_line(since, "connected to broker")
            assert guest.state()

        said = guest.succeed(remove.replace("--uninstall", "--purge") if purge else remove)

        kept = re.findall(r"^kept: (/.*) \(--purge", said, re.MULTILINE)
        left = guest.succeed(
            "find / -xdev -path /proc -prune -o -path /root -prune -o -path /var/log -prune"
            " -o -name '*chair*sensor*' -print"
        ).split()
        told = tuple(" ".join(kept).split())
        assert [one for one in left if not one.startswith(told or "/none")] == []
        assert bool(kept) is not purge
        assert (guest.retained() == "") is purge
