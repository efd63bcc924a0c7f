"""Faults that a script can bring about, and what the chair makes of them."""

import errno
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sensor.daemon.ports import Observer
from sensor.errors import HardwareError
from tests.play import Player


def logged(log: list[logging.LogRecord], text: str) -> int:
    """Count the lines of the log with this text."""
    return sum(text in record.getMessage() for record in log)


def test_stuck_closed(play: Player) -> None:
    """On a mat that is stuck closed the bout goes on without the sitter, until it works again."""
    game = play("0:10 sit\n10:00 stuck closed\n20:00 stand\n50:00 unstuck\n60:00 end").run()

    assert game.state(49 * 60)["status"] == "sitting"
    assert game.state(54 * 60)["status"] == "away"
    assert [r["t"] for r in game.records if r["kind"] == "contact"] == [10, 3000]


def test_stuck_open(play: Player) -> None:
    """On a mat that is stuck open nobody is seen; who still sits is seen as soon as it works."""
    game = play("0:10 stuck open\n0:20 sit\n30:00 unstuck\n31:00 end").run()

    assert game.state(29 * 60)["occupied"] is False
    assert game.state(31 * 60)["status"] == "sitting"


def test_slow_broker(play: Player) -> None:
    """Behind a slow broker alert and buzzer are punctual, only their messages are late."""
    game = play("0:10 sit\n50:00 broker slow 7s\n70:00 end").run()

    due = next(t for t, name in game.events() if name == "break_due")
    assert due == 60 * 60 + 10 + 7
    assert game.buzzer()[0] == (60 * 60 + 10, True)


def test_slow_broker_keeps_the_order(play: Player) -> None:
    """When the broker is quick again nothing overtakes what is still on its way."""
    game = play(
        "0:10 sit\n1:00 broker slow 9s\n2:00 stand\n2:13 broker up\n2:15 sit\n9:00 end"
    ).run()

    times = [t for t, _, _ in game.messages()]
    assert times == sorted(times)
    assert game.states()[-1][1]["status"] == "sitting"


def test_refused_password(play: Player) -> None:
    """Refused, the chair rings all the same; let in again, it tells what is true then."""
    game = play("0:10 sit\n50:00 broker refuse\n70:00 broker up\n80:00 end").run()

    silence = [t for t, _, _ in game.messages() if 50 * 60 < t < 70 * 60]
    assert silence == []
    assert game.buzzer()[0] == (60 * 60 + 10, True)
    assert game.state(71 * 60)["level"] == 4


def test_home_assistant_restarts(play: Player) -> None:
    """When Home Assistant is back the chair introduces itself again."""
    game = play("5:00 homeassistant restart 40s\n6:00 end").run()

    assert game.messages("status") == [(300, "status", "offline"), (340, "status", "online")]
    introduced = [t for t, _, _ in game.messages("config")]
    assert [t for t in introduced if 340 < t <= 345]


def test_full_disk(play: Player, log: list[logging.LogRecord]) -> None:
    """A full disk is said once; with room again nothing is lost, and a crash forgets no more."""
    script = "0:10 sit\n10:00 disk full\n20:00 disk free\n30:00 crash 5s\n31:00 end"
    game = play(script).run()

    assert game.state(19 * 60)["problem"] == "storage"
    assert game.state(21 * 60)["problem"] is None
    assert game.state(31 * 60)["sitting_seconds"] == pytest.approx(30 * 60, abs=60)
    assert logged(log, "database or disk is full") == 1
    assert logged(log, "nothing was lost") == 1


def test_settings_changed_while_the_disk_is_full(
    play: Player, log: list[logging.LogRecord]
) -> None:
    """A setting made while the disk is full acts, and is kept as soon as there is room."""
    script = (
        "1:00 disk full\n2:00 publish set/sit_limit 45\n2:05 publish set/break_min 4\n"
        "5:00 disk free\n5:11 crash\n7:00 end"
    )
    game = play(script).run()

    assert game.state(5 * 60)["settings"]["sit_limit"] == 45
    kept = game.state(7 * 60)["settings"]
    assert (kept["sit_limit"], kept["break_min"]) == (45, 4)
    assert logged(log, "a restart before it can be loses") == 1
    assert logged(log, "no changed setting was lost") == 1


def test_disk_full_until_the_restart(play: Player) -> None:
    """A setting is gone after a restart only if there was no room in between."""
    script = "1:00 disk full\n2:00 publish set/sit_limit 45\n5:00 restart\n6:00 end"

    assert play(script).run().state(6 * 60)["settings"]["sit_limit"] == 60


@pytest.mark.slow
def test_disk_full_from_the_start(play: Player, log: list[logging.LogRecord]) -> None:
    """With no room for an empty database the chair counts and rings."""
    game = play("0:00 disk full\n0:00 crash\n0:10 sit\n61:00 end").run()

    assert game.state(61 * 60)["break_due"] is True
    assert not logged(log, "set aside")


class Watchdog(Observer):
    """systemd, as far as it counts the signs of life."""

    longest_silence = 20.0

    def __init__(self) -> None:
        self.fed = 0

    def alive(self) -> None:
        """Take one down."""
        self.fed += 1


def test_dead_network_thread(play: Player) -> None:
    """Without its network thread the chair rings, but feeds no watchdog: systemd restarts it."""
    game = play("0:10 sit\n50:00 end", sit_limit="45m")
    game.world.observers.append(watchdog := Watchdog())
    fed: list[int] = []

    def die() -> None:
        assert game.world.memory.link is not None
        game.world.memory.link.alive = lambda: False  # type: ignore[method-assign]
        fed.append(watchdog.fed)

    game.at(600, die)
    game.run()

    assert fed[0] >= 30
    assert watchdog.fed == fed[0]
    assert game.buzzer()[0] == (45 * 60 + 10, True)


def test_stalled(play: Player) -> None:
    """Without a turn for twenty seconds the alert is late, and all that follows is on time."""
    punctual = play("0:10 sit\n1:20:00 stand\n1:30:00 end").run()
    late = play("0:10 sit\n60:00 stall 20s\n1:20:00 stand\n1:30:00 end").run()

    events = punctual.events()
    due = events.index((3610, "break_due"))
    assert late.events() == [*events[:due], (3620, "break_due"), *events[due + 1 :]]
    assert [t for t, _ in late.buzzer() if t < 3700] == []


def test_clock_behind_after_a_reboot(play: Player, tmp_path: Path) -> None:
    """A clock that fell back by more than the bout leaves the bout in the history as it was sat."""
    play(
        "0:10 sit\n20:10 reboot 1m unsynced\n20:20 clock -50m\n20:25 reboot 1m unsynced\n25:00 end"
    ).run()

    with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
        bouts = database.execute("SELECT ended_at - started_at, seated_seconds FROM bout")
        assert bouts.fetchall()[0] == (1200, 1200)


def test_pin_that_fails_while_stopping(play: Player, tmp_path: Path) -> None:
    """It costs neither the last checkpoint nor the farewell, and is told in the end."""
    game = play("0:01 sit\n5:00 end", profile="demo", buzzer_style="steady", quiet_hours="none")
    world = game.world

    def fail(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def stop() -> None:
        assert world.chair.sounds
        wires = world.chair.wires
        game.process.stack.callback(setattr, wires, "drive", wires.drive)
        wires.drive = fail  # type: ignore[assignment,method-assign]
        world.stop("a test")

    game.at(70.25, stop)
    with pytest.raises(HardwareError, match="buzzer"):
        game.run()

    assert game.messages("availability")[-1][2] == "offline"
    with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
        assert database.execute("SELECT at FROM checkpoint").fetchone() == (70.25,)
