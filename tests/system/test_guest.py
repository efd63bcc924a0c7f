"""The product on a virtual Pi, from a bare system on; each test goes on where the last ended.

`tests/system/run` runs them. Limits are short and the buzzer is on every other half second from
the first alert on; that is in the settings alone. Emulation is some twenty times slower than the
slowest Pi, so what takes a start of Python is measured and printed, with more time than a Pi gets.
"""

import logging
import shlex

import pytest

from tests.system.guest import (
    LINES,
    PASSWORD,
    STATE,
    Guest,
    await_true,
    readme,
)

log = logging.getLogger(__name__)

SETTINGS = """\
sit_limit = "20s"
pre_alert = "5s"
break_min = "60m"
short_absence = "10m"
return_grace = "5s"
sit_confirm = "1s"
leave_confirm = "3s"
quiet_hours = "none"
buzzer_style = "steady"

[chair]
id = "desk"

[mqtt]
host = "localhost"
username = "chair"
"""
ASK_THE_CLOCK = """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
for name, modes in (("read", 0), ("set", 2)):  # 2: ADJ_FREQUENCY
    ctypes.set_errno(0)
    c.adjtimex(ctypes.create_string_buffer(modes.to_bytes(4, "little"), 512))
    print(f"{name}: {os.strerror(ctypes.get_errno())}")
"""
SECRET = "/etc/credstore/chair-sensor.mqtt_password"  # noqa: S105  (its place)


class TestInstallation:
    """From a bare system to a running service."""

    def test_by_the_readme(self, guest: Guest) -> None:
        """What stands under Install, word for word; the editor and the last look are left out."""
        install, _setup, settings, password, _by_hand, start = readme("Install")
        edit, check = settings.splitlines()

        guest.succeed(install)
        guest.succeed(f"cat >{edit.split()[-1]}", SETTINGS.encode())
        guest.succeed(check)
        guest.succeed(password, f"{PASSWORD}\n".encode())
        guest.succeed(start.splitlines()[0])

        assert guest.succeed("systemctl is-active chair-sensor") == "active"
        assert guest.succeed("systemctl is-enabled chair-sensor") == "enabled"

    def test_somebody_sits_down_and_gets_up(self, guest: Guest) -> None:
        """Occupied on the broker, the buzzer at the due time, silent within 1 s of getting up."""
        guest.await_seated()
        guest.await_buzzer(on=True, seconds=60)
        assert guest.state()["break_due"]

        guest.await_buzzer(on=True, seconds=10)
        guest.succeed(f"echo pull-up >{LINES}/sim_gpio5/pull; sleep 1")
        for _ in range(3):
            guest.await_buzzer(on=False, seconds=0.01)
        await_true(lambda: guest.state()["status"] == "away", 120, "away")

    @pytest.mark.parametrize(
        ("user", "code", "said"),
        [("root", 0, "sitting time"), ("pi", 0, "sitting time"), ("nobody", 1, "gpio")],
    )
    def test_who_is_told(self, guest: Guest, user: str, code: int, said: str) -> None:
        """Root and the members of the group gpio see the status; others learn what to do."""
        done = guest.run(f"cd /tmp; runuser -u {user} -- chair-sensor status")

        assert done.returncode == code, done.stdout
        assert said in done.stdout
        assert "Traceback" not in done.stdout

    def test_the_journal_is_calm(self, guest: Guest) -> None:
        """No word about certificates that nobody has asked for."""
        said = guest.succeed("journalctl -u chair-sensor -o cat")

        assert "credential" not in said


class TestSandbox:
    """What the unit lets the daemon do."""

    def test_the_clocks_state(self, guest: Guest) -> None:
        """It may read whether a time server has set the clock, and may not set it."""
        said = guest.succeed(f"""
            printf '%s' {shlex.quote(ASK_THE_CLOCK)} >/run/ask.py
            sed -e 's|^ExecStart=.*|ExecStart=/usr/bin/python3 /run/ask.py|' \
              -e 's/^Type=.*/Type=oneshot/' -e '/^Restart=/d' -e '/^WatchdogSec=/d' \
              -e 's/=chair-sensor$/=ask-the-clock/' -e 's|%t/chair-sensor|%t/ask-the-clock|' \
              -e '/^ExecStopPost=/d' /etc/systemd/system/chair-sensor.service \
              >/run/systemd/system/ask-the-clock.service
            systemctl daemon-reload
            systemctl start ask-the-clock
            journalctl -u ask-the-clock -o cat""")

        assert "read: Success" in said
        assert "set: Operation not permitted" in said


class TestDeath:
    """Whatever kills it, the buzzer falls silent and the bout goes on."""

    @pytest.mark.parametrize("everyone", [False, True])
    def test_kill(self, guest: Guest, everyone: bool) -> None:
        """Killed while the buzzer sounds: silent, back by itself, the same bout.

        The guard takes a start of Python. If it was killed as well, systemd silences the buzzer.
        """
        before = guest.await_seated()
        guest.await_buzzer(on=True, seconds=120)

        since = guest.mark()
        seconds = guest.kill_while_sounding("KILL", everyone=everyone)

        log.info("silent %.2f s after kill -9", seconds)
        assert seconds < (30 if everyone else 2)
        guest.await_line(since, "connected to broker")
        after = guest.await_seated()
        assert after["bout_started_at"] == before["bout_started_at"]
        assert after["estimated"]
        guest.await_buzzer(on=True, seconds=120)

    def test_what_systemd_keeps(self, guest: Guest) -> None:
        """The redo log is handed to the life after a kill, and gone after a stop."""
        kept = "systemctl show -P NFileDescriptorStore chair-sensor"
        since = guest.mark()
        guest.succeed("systemctl kill -s KILL chair-sensor")
        guest.await_line(since, "connected to broker")

        process = guest.succeed("systemctl show -P MainPID chair-sensor")
        assert "LISTEN_FDNAMES=redo" in guest.succeed(f"tr '\\0' '\\n' </proc/{process}/environ")
        restart = f"{kept}; systemctl stop chair-sensor; {kept}; systemctl start chair-sensor"
        assert guest.succeed(restart).split() == ["1", "0"]

    def test_frozen(self, guest: Guest) -> None:
        """Stopped by a signal it is killed by the watchdog, silent and back; the same bout."""
        before = guest.await_seated()
        since = guest.mark()

        seconds = guest.kill_while_sounding("STOP")

        log.info("silent %.0f s after it froze", seconds)
        assert "Watchdog timeout" in guest.journal(since)
        guest.await_line(since, "connected to broker")
        after = guest.await_seated()
        assert after["bout_started_at"] == before["bout_started_at"]
        assert "watchdog" in guest.run("chair-sensor doctor").stdout


class TestSlowDisk:
    """An SD card that takes seconds for a write."""

    def test_the_buzzer_does_not_wait(self, guest: Guest) -> None:
        """No tone is held, getting up is noticed, nothing is killed, and it is all written."""
        guest.await_seated()
        guest.await_buzzer(on=True, seconds=120)
        process = guest.succeed("systemctl show -P MainPID chair-sensor")
        since = guest.mark()
        changes = "; ".join(guest.command("set/snooze", str(6 + number % 2)) for number in range(9))
        write = "echo >/root/slow; sync -f /root"
        guest.limit_disk(1)
        try:
            took = await_true(lambda: bool(guest.succeed(f"{write}; echo ok")), 120, "sync")
            longest = guest.longest_tone(changes, 30)
            guest.succeed(f"echo pull-up >{LINES}/sim_gpio5/pull; sleep 1")
            for _ in range(3):
                guest.await_buzzer(on=False, seconds=0.01)
            await_true(lambda: guest.state()["status"] == "away", 120, "away")
        finally:
            guest.limit_disk(0)

        log.info("a sync took %.1f s, the longest tone %.2f s", took, longest)
        assert took > 2
        assert longest < 1
        await_true(lambda: guest.state()["problem"] is None, 120, "no problem")
        assert guest.succeed("systemctl show -P MainPID chair-sensor") == process
        guest.succeed("systemctl restart chair-sensor")
        guest.await_line(since, "connected to broker")
        await_true(lambda: guest.state()["status"] == "away", 120, "away")
        assert guest.state()["settings"]["snooze"] == 6


class TestTrouble:
    """One plain line in the journal, the same from `doctor`, and well when the cause has gone."""

    @pytest.fixture(autouse=True)
    def seated(self, guest: Guest) -> None:
        """Somebody is overdue, so that the buzzer sounds as soon as it may."""
        guest.mat(pressed=True)

    def test_no_broker(self, guest: Guest) -> None:
        """Without a broker it starts all the same, and the buzzer sounds."""
        guest.succeed("systemctl stop chair-sensor mosquitto")
        since = guest.mark()
        guest.succeed("systemctl start chair-sensor")
        guest.await_buzzer(on=True, seconds=120)
        assert guest.journal(since).count("broker away") == 1
        assert "connection refused by localhost:1883" in guest.doctor()

        guest.succeed("systemctl start mosquitto")

        guest.await_line(since, "connected to broker")

    def test_wrong_password(self, guest: Guest) -> None:
        """A refused password is told in words."""
        guest.succeed(f"echo wrong >{SECRET}")
        since = guest.mark()
        guest.succeed("systemctl restart chair-sensor")
        guest.await_line(since, "broker away: wrong user or password")
        guest.await_buzzer(on=True, seconds=120)
        assert "wrong user or password" in guest.doctor()

        guest.succeed(f"echo {PASSWORD} >{SECRET}; systemctl restart chair-sensor")

        guest.await_line(since, "connected to broker")

    def test_no_such_host(self, guest: Guest) -> None:
        """A name that nobody knows is told, and found when somebody does."""
        file = "/etc/chair-sensor/config.toml"
        guest.succeed(f"sed -i 's/^host = .*/host = \"broker.invalid\"/' {file}")
        since = guest.mark()
        guest.succeed("systemctl restart chair-sensor")
        guest.await_line(since, "broker away: unknown host 'broker.invalid'")
        guest.await_buzzer(on=True, seconds=120)
        assert "unknown host 'broker.invalid'" in guest.doctor()

        guest.succeed("echo 127.0.0.1 broker.invalid >>/etc/hosts")

        guest.await_line(since, "connected to broker")
        guest.succeed(f"sed -i 's/^host = .*/host = \"localhost\"/' {file}")

    @pytest.mark.parametrize(
        ("cause", "advice", "cure"),
        [
            ("head -c 99M /dev/zero >$D/filler || true", "free some space", "rm $D/filler"),
            (
                "mount -o remount,ro $D",
                "Mend it, then sudo systemctl restart chair-sensor",
                "mount -o remount,rw $D; systemctl restart chair-sensor",
            ),
        ],
        ids=["full", "read-only"],
    )
    def test_state_directory(self, guest: Guest, cause: str, advice: str, cure: str) -> None:
        """A disk that takes nothing is told once; the chair works on from memory until it does."""
        place = f"D={STATE};"
        guest.succeed(f"""{place} systemctl stop chair-sensor; cp -a $D /run/kept
            mount -t tmpfs -o size=64m,mode=700,$(stat -c uid=%u,gid=%g $D) none $D
            cp -a /run/kept/. $D; rm -r /run/kept; {cause}""")
        since = guest.mark()
        guest.succeed("systemctl start chair-sensor")
        guest.await_buzzer(on=True, seconds=120)
        await_true(lambda: guest.state()["problem"] == "storage", 120, "problem storage")
        assert guest.journal(since).count("chair-sensor.db: ") == 1
        assert advice in guest.doctor()

        guest.succeed(f"{place} {cure}")

        await_true(lambda: guest.state()["problem"] is None, 300, "no problem")
        assert "Traceback" not in guest.journal(since)
        guest.succeed(
            f"{place} systemctl stop chair-sensor; umount $D; systemctl start chair-sensor"
        )

    def test_a_pin_is_busy(self, guest: Guest) -> None:
        """Another program has the buzzer's pin: one line each try, well when it lets go."""
        guest.succeed("""systemctl stop chair-sensor
            systemd-run --unit thief --property WorkingDirectory=/run python3 -c '
import lgpio, time
lgpio.gpio_claim_output(lgpio.gpiochip_open(0), 17)
time.sleep(99999)'""")
        told = "[pins] buzzer = 17: taken by another program"
        since = guest.mark()
        guest.run("systemctl start chair-sensor")
        guest.await_line(since, told)
        assert told in guest.doctor()

        guest.succeed("systemctl stop thief")

        guest.await_line(since, "connected to broker")

    def test_no_chip(self, guest: Guest) -> None:
        """Without the header's GPIO chip it says so, and is well when there is one."""
        guest.succeed("systemctl stop chair-sensor; mv /dev/gpiochip0 /dev/gone")
        told = "none of gpiochip1 (raspberrypi-exp-gpio) is known as the 40-pin header"
        since = guest.mark()
        guest.run("systemctl start chair-sensor")
        guest.await_line(since, told)
        assert told in guest.doctor()

        guest.succeed("mv /dev/gone /dev/gpiochip0")

        guest.await_line(since, "connected to broker")
        assert "Traceback" not in guest.journal(since)
