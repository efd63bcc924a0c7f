"""What was changed from Home Assistant stays changed, whatever happens, until it is reset."""

from pathlib import Path

import pytest

from tests.play import Player

CHANGED = """
0:10 publish set/sit_limit 45
0:11 publish set/break_min 7
0:12 publish set/snooze 2
0:13 publish set/pre_alert 3
0:14 publish set/buzzer OFF
"""


@pytest.mark.parametrize("how", ["restart", "crash", "reboot", "reboot 90s unsynced"])
def test_survive(play: Player, how: str) -> None:
    """Settings made over MQTT are there again after every way to go down."""
    game = play(f"{CHANGED}1:00 {how}\n4:00 end").run()

    state = game.state(239)
    assert state["settings"] == {
        "sit_limit": 45,
        "break_min": 7,
        "snooze": 2,
        "pre_alert": 3,
        "profile": "standard",
    }
    assert state["buzzer"] is False


def test_survive_a_change_right_before_the_crash(play: Player) -> None:
    """What was acknowledged by a new state is already kept."""
    game = play("1:00 publish set/sit_limit 45\n1:00 crash\n2:00 end").run()

    assert game.state(119)["settings"]["sit_limit"] == 45


def test_win_over_the_file(play: Player) -> None:
    """They beat what the configuration says, also after a restart."""
    game = play("0:10 publish set/sit_limit 45\n1:00 restart\n2:00 end", sit_limit="30m").run()

    assert game.state(5)["settings"]["sit_limit"] == 30
    assert game.state(119)["settings"]["sit_limit"] == 45


def test_reset(play: Player, tmp_path: Path) -> None:
    """`reset_settings` brings the configuration back, and that lasts, too."""
    script = f"{CHANGED}0:30 publish do/reset_settings PRESS\n1:00 restart\n2:00 end"
    game = play(script, sit_limit="30m").run()

    for t in (31, 119):
        assert game.state(t)["settings"]["sit_limit"] == 30
        assert game.state(t)["buzzer"] is True
    assert (tmp_path / "changed-settings.json").read_text().strip() == "{}"


def test_act_after_the_restart(play: Player) -> None:
    """They do not only show: the alert comes when the changed limit says."""
    game = play("0:10 publish set/sit_limit 10\n0:20 restart\n1:00 sit\n12:00 end").run()

    assert game.events("break_due") == [(660.0, "break_due")]


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"sit_limit": -5, "nonsense": 1}', b'{"sit_limit": []}'],
)
def test_garbage_in_the_file(play: Player, tmp_path: Path, garbage: bytes) -> None:
    """A damaged file costs the changes, never the chair; new changes are kept again."""
    (tmp_path / "changed-settings.json").write_bytes(garbage)

    game = play("0:30 publish set/sit_limit 45\n1:00 restart\n2:00 end").run()

    assert game.state(20)["settings"]["sit_limit"] == 60
    assert game.state(119)["settings"]["sit_limit"] == 45


def test_contradiction_is_refused(play: Player) -> None:
    """A value that contradicts another setting changes nothing; nothing is told, then the truth."""
    game = play("0:10 publish set/pre_alert 5\n0:30 publish set/sit_limit 5\n1:00 end").run()

    assert game.state(59)["settings"] == game.state(20)["settings"]
    told = [state["settings"]["sit_limit"] for t, state in game.states() if t >= 30]
    assert told == [None, 60]
