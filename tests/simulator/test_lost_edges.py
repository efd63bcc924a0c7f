"""An edge that gpiozero slept through: the pins are looked at, and what was missed is healed."""

import logging

import pytest

from tests.play import Player

MAT, LOOP = 5, 6


def healed(caplog: pytest.LogCaptureFixture) -> list[str]:
    """List what the log says of lost edges."""
    return [r.getMessage() for r in caplog.records if "no edge told so" in r.getMessage()]


def test_sitting_down_unnoticed(play: Player, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever sits down without an edge is noticed within half a minute."""
    game = play("10:00 end")
    game.at(100, lambda: game.lose_edge(MAT, high=False))

    game.run()

    [sat_down] = [t for t, name in game.events() if name == "sat_down"]
    assert 100 < sat_down <= 100 + 30 + 3
    assert healed(caplog) == ["the mat is closed, but no edge told so (1 so far)"]


def test_standing_up_unnoticed(play: Player) -> None:
    """Whoever gets up without an edge has left within half a minute and the confirmation."""
    game = play("0:10 sit\n20:00 end")
    game.at(600, lambda: game.lose_edge(MAT, high=True))

    game.run()

    [stood_up] = [t for t, name in game.events() if name == "stood_up"]
    assert 610 <= stood_up <= 600 + 30 + 10


@pytest.mark.parametrize("before", [0.1, 5, 29, 31])
def test_no_alert_on_an_empty_chair(play: Player, before: float) -> None:
    """The pin is read again before an alert starts: an edge lost just before it is healed."""
    game = play("0:10 sit\n70:00 end")
    game.at(3610 - before, lambda: game.lose_edge(MAT, high=True))

    game.run()

    assert game.events("break_due") == []
    assert game.buzzer() == []
    assert game.state(3700)["status"] == "away"


def test_silence_within_half_a_minute(play: Player) -> None:
    """An edge lost during an alert keeps the buzzer going for half a minute at most."""
    game = play("0:10 sit\n80:00 end", buzzer_style="steady")
    game.at(3700, lambda: game.lose_edge(MAT, high=True))

    game.run()

    assert game.buzzer()[-1][0] <= 3700 + 30 + 1


def test_tamper_loop(play: Player, caplog: pytest.LogCaptureFixture) -> None:
    """A mat unplugged without an edge is noticed, too."""
    game = play("0:10 sit\n10:00 end")
    game.at(200, lambda: game.lose_edge(LOOP, high=True))

    game.run()

    [problem] = [t for t, name in game.events() if name == "problem"]
    assert 200 < problem <= 230
    assert game.state(599)["status"] == "unplugged"
    assert healed(caplog) == ["the tamper loop is open, but no edge told so (1 so far)"]


@pytest.mark.slow
def test_nothing_to_heal(play: Player, caplog: pytest.LogCaptureFixture) -> None:
    """An ordinary day of quick edges heals nothing: the look never overtakes an edge."""
    game = play("0:10 sit\n1:00 chatter 30m 70%\n32:00 stand\n40:00 sit\n60:00 end").run()

    assert healed(caplog) == []
    assert game.records[-1]["what"] == "stop"
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
