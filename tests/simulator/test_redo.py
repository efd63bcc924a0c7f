"""Events wait for no disk, and a kill before it has them tells none twice; in virtual time."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from sensor.simulator import steps
from sensor.simulator.steps import Step
from tests.play import MONDAY, Play, Player
from tests.simulator.test_slow_disk import SlowDisk, noted, told

SETTINGS = {"profile": "demo", "quiet_hours": "none", "mqtt__discovery": "false"}
DAY = """\
0:10 sit
0:30 press
1:20 stand
2:00 end
"""


def on_a_slow_disk(play: Player, script: str = DAY, **settings: str) -> Play:
    """Prepare a day on a disk that takes 5 s for each job."""
    day = play(script, **SETTINGS | settings)
    disks: list[SlowDisk] = []
    day.world.disk_jobs = lambda: SlowDisk(day.world, disks)
    return day


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a write take its time."""
    monkeypatch.setattr(SlowDisk, "delay", 5.0)


def kill(day: Play, t: float, *, down: float = 2.0) -> None:
    """Let the daemon be killed at this moment, and be back after so many seconds."""
    day.at(t, partial(day.world.do, Step(t, steps.DownStep("crash", down), 0)))


def test_events_wait_for_no_disk(play: Player) -> None:
    """They are told when they happen, with the state, as on a disk that takes no time."""
    plain = play(DAY, **SETTINGS).run()
    slow = on_a_slow_disk(play)
    kill(slow, 119.0, down=10.0)  # a stop would wait for the disk
    slow.run()

    def moments(day: Play) -> list[tuple[float, str]]:
        return [(t, each["event_type"]) for t, _, each in day.messages("event")]

    assert len(moments(plain)) >= 4
    assert moments(slow) == moments(plain)
    assert slow.state(85)["occupied"] is False


@pytest.mark.parametrize(
    "line",
    [
        "",
        "rubbish",
        "[]",
        "[1, 2, 3, 4]",
        '["boot-1", {at}, [[{at}, "NoSuchInput"]], {at}]',
        '["boot-1", {at}, [[{at}, "ContactIs"]], {at}]',
        '["boot-1", {at}, [[{at}, "ContactIs", true, 7]], {at}]',
        '["boot-1", {at}, [["soon", "ContactIs", true]], {at}]',
        '["boot-1", {at}, 5, {at}]',
        '["boot-1", {at}, [], null]',
        '["boot-7", {at}, [[{at}, "ContactIs", false]], {at}]',
        '["boot-1", 12.5, [[{at}, "ContactIs", false]], {at}]',
    ],
)
def test_what_another_program_has_left(play: Player, tmp_path: Path, line: str) -> None:
    """A note that is none, of another version, boot or checkpoint changes nothing."""
    day = play("0:10 sit\n0:40 crash 2s\n0:47 end\n", **SETTINGS)

    def scribble() -> None:
        with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
            ((at,),) = database.execute("SELECT at FROM checkpoint")
        day.world.scratch.line = line.replace("{at}", repr(at))

    day.at(40.0, scribble)
    day.run()

    assert [kind for _, kind in told(day)] == ["sat_down"]
    assert noted(tmp_path) == told(day)
    assert day.state(46)["occupied"]


def test_what_a_killed_life_has_noted(play: Player, tmp_path: Path) -> None:
    """Snooze and getting up are told while the disk is at work; the next life writes them down."""
    day = on_a_slow_disk(play)
    kill(day, 82.5)
    kill(day, 119.0, down=10.0)
    day.run()

    heard = told(day)
    assert len(set(heard)) == len(heard)
    assert [kind for _, kind in heard if kind in ("sat_down", "stood_up")] == [
        "sat_down",
        "stood_up",
    ]
    assert heard[-1][1] in ("stood_up", "break_complete")
    assert set(heard) <= set(noted(tmp_path))


def test_a_note_of_an_earlier_boot(play: Player, tmp_path: Path) -> None:
    """Its moments mean nothing on this one: what it tells of would be at a wrong time."""
    day = play(
        "0:10 sit\n0:30 disk full\n0:50 stand\n1:00 reboot 20s\n1:30 disk free\n2:00 end\n",
        **SETTINGS,
    ).run()

    with closing(sqlite3.connect(tmp_path / "chair-sensor.db")) as database:
        moments = [at for (at,) in database.execute("SELECT at FROM event ORDER BY rowid")]
        moments += [end for (end,) in database.execute("SELECT ended_at FROM bout")]
    assert all(MONDAY <= at <= MONDAY + 120 for at in moments)
    assert moments[:-1] == sorted(moments[:-1])
    assert day.state(119)["occupied"] is False


def test_a_mat_that_fidgets_for_long_while_the_disk_hangs(
    play: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than can be noted is told all the same, once the disk counts as failing."""
    monkeypatch.setattr(SlowDisk, "delay", 600.0)
    flicker = "".join(
        f"0:{20 + n // 10}.{n % 10} {'stand' if n % 2 else 'sit'}\n" for n in range(300)
    )
    day = on_a_slow_disk(play, f"0:10 sit\n{flicker}1:30 stand\n2:00 end\n")
    kill(day, 119.0, down=10.0)
    day.run()

    assert [name for _, name in day.events("stood")] == ["stood_up"]
    assert day.state(95)["occupied"] is False
