"""A seat that is a sensor on the broker: a script sits on it, and what can go wrong does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .records import Attempt, Simulate

BRIDGE = "zigbee2mqtt/bridge/state"
DOOR = {
    "seat.topic": "zigbee2mqtt/desk chair",
    "seat.key": "contact",
    "seat.availability": BRIDGE,
    "quiet_hours": "none",
}
SYSTEMS = {
    "door sensor": {"seat.topic": "zigbee2mqtt/desk chair", "seat.key": "contact"},
    "inverted": {"seat.topic": "zigbee2mqtt/pad", "seat.key": "contact", "seat.seated": "false"},
    "words": {
        "seat.topic": "zigbee2mqtt/pad",
        "seat.key": "pressure_state",
        "seat.seated": "sit,sedentary",
        "seat.empty": "none",
    },
    "a plain word": {"seat.topic": "mat/binary_sensor/seat/state"},
    "nested": {"seat.topic": "stat/mat/RESULT", "seat.key": "Switch1.Action"},
    "Home Assistant": {"seat.topic": "chair-sensor/simulated/seat/set"},
}
DAY = """\
0:10    sit
30:00   chatter 1m 70%
40:00   stand
42:00   sit
1:50:00 stand
2:00:00 end
"""


@pytest.mark.parametrize("name", SYSTEMS)
def test_counts_as_a_mat_does(simulate: Simulate, name: str) -> None:
    """Whatever words the sensor has, events and sounds are those of a mat on a pin."""
    mat = simulate(DAY, settings={"quiet_hours": "none"})
    seat = simulate(DAY, settings={"quiet_hours": "none", **SYSTEMS[name]})

    def told(run: object) -> list[tuple[float, str]]:
        return [(seen.t, seen.payload["event_type"]) for seen in run.events()]  # type: ignore[attr-defined]

    assert told(seat) == told(mat)
    assert seat.sounds() == mat.sounds()
    assert seat.state(7190)["estimated"] == mat.state(7190)["estimated"]


def test_one_missed_open(simulate: Simulate) -> None:
    """Getting up does not end the alert: a press silences it, "not me" ends it."""
    run = simulate(
        """
        1:00    sit
        1:02:00 seat miss
        1:03:00 stand
        1:06:00 press
        1:20:00 publish do/void PRESS
        1:30:00 sit
        1:31:00 stand
        1:40:00 sit
        1:50:00 end
        """,
        settings=DOOR,
    )

    assert run.state(3900)["status"] == "break_due"
    assert run.sounds(after=3961, before=4260) == []
    assert run.sounds(after=4260, before=4800)
    assert run.sounds(after=4801) == []
    assert run.state(5350)["status"] == "ignored"
    assert run.state(6590)["status"] == "sitting"


def test_one_missed_close(simulate: Simulate) -> None:
    """What was sat is not counted until the sensor tells the next change."""
    run = simulate(
        """
        1:00    seat miss
        1:01    sit
        20:00   stand
        21:00   sit
        50:00   end
        """,
        settings=DOOR,
    )

    assert run.times("sat_down") == [1263.0]
    assert run.sitting(2990) == pytest.approx(2990 - 1260, abs=1)


def test_a_change_that_is_late(simulate: Simulate) -> None:
    """An alert ends when the sensor tells, and the absence begins then."""
    run = simulate(
        """
        1:00    sit
        1:02:00 seat late 2m
        1:02:00 stand
        1:20:00 end
        """,
        settings=DOOR,
    )

    assert run.sounds(after=3721, before=3840)
    assert run.sounds(after=3842) == []
    assert run.times("stood_up") == [3850.0]
    assert run.t_of(run.events("stood_up")[0].payload["at"]) == 3840


def test_a_battery_report_right_after_standing_up(simulate: Simulate) -> None:
    """The bridge repeats the old contact before the sensor tells the new one: still one bout."""
    run = simulate(
        """
        1:00    sit
        10:00   seat late 1s
        10:00   stand
        10:00.5 seat repeat
        20:00   seat repeat
        20:00   seat repeat
        30:00   end
        """,
        settings=DOOR,
    )

    assert [seen.payload["event_type"] for seen in run.events()] == [
        *("sat_down", "stood_up", "break_complete")
    ]
    assert run.state(1790)["today"]["bouts"] == 1


def test_a_stale_retained_value(simulate: Simulate) -> None:
    """A daemon that starts does not believe a value whose sensor was heard of long ago."""
    run = simulate(
        """
        1:00    sit
        10:00   seat stale 27h
        15:00   restart
        20:00   stand
        21:00   sit
        30:00   end
        """,
        settings=DOOR,
    )

    assert run.state(890)["status"] == "sitting"  # it has heard the sensor itself
    state = run.state(1150)
    assert (state["occupied"], state["problem"]) == (None, "seat_silent")
    assert run.state(1790)["status"] == "sitting"
    assert run.state(1790)["problem"] is None


@pytest.mark.parametrize("retained", [True, False])
def test_the_machine_sleeps(simulate: Simulate, *, retained: bool) -> None:
    """Who sat before is not taken to sit after it, unless the broker says so."""
    run = simulate(
        f"""
        {"" if retained else "0:01 seat unretained"}
        1:00    sit
        10:00   suspend 1h
        80:00   seat repeat
        90:00   end
        """,
        settings=DOOR,
    )

    state = run.state(75 * 60)
    assert state["problem"] == (None if retained else "seat_offline")
    assert state["occupied"] == (True if retained else None)
    assert run.state(85 * 60)["status"] == "sitting"


def test_a_sensor_that_falls_silent(simulate: Simulate) -> None:
    """Nothing alerts until it is heard again."""
    run = simulate(
        """
        1:00    sit
        30:00   unplug
        1:30:00 plug
        2:00:00 end
        """,
        settings=DOOR | {"seat.silent_after": "30m"},
    )

    assert run.times("problem") == [3000.0]  # half an hour after its last report
    assert run.state(5390)["problem"] == "seat_silent"
    assert run.times("problem_solved") == [5400.0]
    assert run.sounds(before=5400) == []


def test_a_battery_that_is_low(simulate: Simulate) -> None:
    """It is a problem of its own, and counts on."""
    run = simulate(
        "1:00 sit\n10:00 seat battery 5%\n20:00 seat battery 100%\n30:00 end\n", settings=DOOR
    )

    assert (run.times("problem"), run.times("problem_solved")) == ([600.0], [1200.0])
    assert run.state(700)["problem"] == "seat_battery"
    assert run.sitting(1790) == pytest.approx(1730, abs=1)


def test_the_bridge_is_away(simulate: Simulate) -> None:
    """Frozen at once; what the sensor tells meanwhile is lost, and its old value comes back."""
    run = simulate(
        """
        1:00    sit
        10:00   bridge down
        10:30   stand
        11:00   bridge up
        12:00   sit
        13:00   stand
        20:00   end
        """,
        settings=DOOR,
    )

    assert run.times("problem") == [600.0]
    assert run.state(650)["occupied"] is None
    assert run.state(700)["status"] == "sitting"
    assert run.times("stood_up") == [790.0]


@pytest.mark.parametrize("retained", [True, False], ids=["retained", "not retained"])
@pytest.mark.parametrize("apart", [5, 15], ids=["overlapping", "one after the other"])
@pytest.mark.parametrize("order", [*itertools.permutations(("bridge", "broker", "daemon"))])
def test_restarts_in_every_order(
    simulate: Simulate, order: tuple[str, ...], apart: int, retained: bool
) -> None:
    """Each is away for ten seconds: the same bout goes on, and its alert comes once."""
    steps = [(10.0, "sit"), *([] if retained else [(1.0, "seat unretained")])]
    for number, what in enumerate(order):
        down = 1800.0 + apart * number
        steps += (
            [(down, "restart 10s")]
            if what == "daemon"
            else [(down, f"{what} down"), (down + 10, f"{what} up")]
        )
    steps += [(1850.0, "seat repeat"), (3900.0, "end")]
    lines = [f"{t // 60:.0f}:{t % 60:04.1f} {action}" for t, action in sorted(steps)]
    run = simulate("\n".join(lines), settings=DOOR)

    state = run.state(3500)
    assert state["today"]["bouts"] == 1
    assert state["bout_started_at"] == "2026-03-02T08:00:10+00:00"
    [due] = run.times("break_due")
    assert 3610 <= due <= 3610 + 50


def test_an_action_that_needs_a_sensor(attempt: Attempt, tmp_path: Path) -> None:
    """Without one, or in a message that has no room for it, it is refused in one line."""
    script = tmp_path / "monday.txt"
    script.write_text("0:10 sit\n1:00 seat battery 5%\n", encoding="utf-8")

    without = attempt("--script", str(script))
    plain = attempt("--script", str(script), "--set", "seat.topic=mat/state")
    given = [word for pair in DOOR.items() for word in ("--set", "=".join(pair))]
    yours = attempt("--script", str(script), "--broker", "127.0.0.1:1", *given)

    assert (without.code, plain.code, yours.code) == (2, 2, 2)
    assert "without --broker" in yours.stderr
    assert "line 2" in without.stderr
    assert "--set seat.topic=TOPIC" in without.stderr
    assert "--set seat.key=KEY" in plain.stderr
    assert without.jsonl + plain.jsonl == b""
