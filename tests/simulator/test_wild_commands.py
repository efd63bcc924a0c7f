"""Ten thousand and more messages from a network that means no good."""

import logging
import re
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.play import Player

SETTINGS = ["sit_limit", "break_min", "snooze", "pre_alert", "buzzer", "do_not_disturb", "profile"]
ACTIONS = ["snooze", "void", "reset", "test_buzzer", "reset_settings"]
GOOD = [
    *(("set/" + name, str(value).encode()) for name in SETTINGS[:4] for value in (1, 7.5, 45, 60)),
    *((f"set/{name}", word) for name in SETTINGS[4:6] for word in (b"ON", b"OFF")),
    *(("set/profile", name) for name in (b"standard", b"hourly", b"metabolic", b"gentle")),
    *((f"do/{name}", b"PRESS") for name in ACTIONS),
]
NUMBERS = [b"0", b"-1", b"241", b"1e3", b"NaN", b"inf", b"1" * 400, b"0x10", b" 45", b"45 ", b"4,5"]
WORDS = [b"", b"on", b"off", b"press", b"null", b"true", b"{}", b"[]", b'"ON"', b"PRESS\n", b"\0"]


def bad_payload(random: Random) -> bytes:
    """Make something that is neither a number in range nor a word of the protocol."""
    match random.randrange(5):
        case 0:
            return random.choice(NUMBERS[:-4])
        case 1:
            return random.choice(WORDS)
        case 2:
            return b"x" + random.randbytes(random.randrange(200))
        case 3:
            return random.choice(NUMBERS[2:]) + b"\xff"
        case _:
            return b"[" * random.randrange(1, 2000)


def bad_message(random: Random) -> tuple[str, bytes]:
    """Make a message that must change nothing; zero is a good `pre_alert`."""
    kind = random.choice(["set", "do"])
    names = SETTINGS if kind == "set" else ACTIONS
    payload = bad_payload(random)
    if random.random() < 0.2:
        names = ["", "sit_limitt", "SIT_LIMIT", "state", "\N{SNOWMAN}", "x" * 5000, "sit limit"]
    name = random.choice(names)
    return f"{kind}/{name}", b"61" if (name, payload) == ("pre_alert", b"0") else payload


def told(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a state what the clock alone changes."""
    return {
        key: value
        for key, value in state.items()
        if key not in ("sitting_seconds", "today", "week", "bout_started_at")
    }


def check_log(log: list[logging.LogRecord]) -> None:
    """No traceback, no line break that a stranger sent, no line without end."""
    for record in log:
        assert record.exc_info is None
        assert record.levelno < logging.ERROR
        assert "\n" not in record.getMessage()
        assert len(record.getMessage()) < 300


@pytest.mark.slow
def test_bad_messages_change_nothing(play: Player, log: list[logging.LogRecord]) -> None:
    """Ten thousand bad ones: all are refused, one line a second, and the truth is told again."""
    random = Random(20260302)  # noqa: S311  (it must be repeatable)
    game = play("0:10 sit\n10:00 end")
    for second in range(100, 500, 2):
        for _ in range(50):
            topic, payload = bad_message(random)
            game.at(second, partial(game.receive, topic, payload))

    game.run()

    assert told(game.state(99)) == told(game.state(550))
    assert game.events("break") == []
    assert game.state(550)["sitting_seconds"] > 450
    assert len([t for t, _ in game.states() if 100 <= t < 500]) >= 195
    refused = [r.getMessage() for r in log if r.levelno == logging.WARNING]
    assert len(refused) == 2 * 200
    more = [re.search(r"\(and ([\d,]+) more\)$", line) for line in refused]
    assert len(refused) + sum(int(m[1].replace(",", "")) for m in more if m) == 10_000
    check_log(log)


@pytest.mark.slow
def test_any_messages_never_crash(play: Player, log: list[logging.LogRecord]) -> None:
    """Thousands of good, bad, retained and foreign ones, and the daemon is as well as before."""
    random = Random(11)  # noqa: S311
    game = play("0:10 sit\n30:00 stand\n40:00 sit\n65:00 end")
    for number in range(4_000):
        topic, payload = random.choice(GOOD) if random.random() < 0.1 else bad_message(random)
        retained = random.random() < 0.2
        game.at(
            60 + number // 20 * 17,
            partial(game.receive, topic, payload, retained=retained),
        )
    game.at(3700, lambda: game.receive("do/reset_settings", b"PRESS"))
    game.at(3701, lambda: game.receive("set/do_not_disturb", b"OFF"))

    game.run()

    last = game.state(3720)
    assert last["settings"] == game.state(0)["settings"]
    assert (last["buzzer"], last["do_not_disturb"]) == (True, False)
    assert game.records[-1]["what"] == "stop"
    check_log(log)


@pytest.mark.parametrize("size", [1_000_000, 20_000_000])
def test_huge_message(play: Player, log: list[logging.LogRecord], size: int) -> None:
    """Megabytes on a command topic are one refusal like any other."""
    game = play("1:00 end")
    game.at(20, lambda: game.receive("set/sit_limit", b"4" * size))

    game.run()

    assert game.state(30)["settings"]["sit_limit"] == 60
    check_log(log)


@pytest.mark.parametrize(("topic", "payload"), GOOD)
def test_retained_commands_are_ignored(play: Player, topic: str, payload: bytes) -> None:
    """A command that a broker has kept is from another time: nothing happens, nothing is said."""
    game = play("0:10 sit\n3:00 end")
    game.at(60.5, lambda: game.receive(topic, payload, retained=True))

    game.run()

    assert told(game.state(61)) == told(game.state(60))
    assert [t for t, _ in game.states() if 60.2 < t < 63] == []
    assert game.buzzer() == []


@pytest.mark.slow
def test_flood_keeps_the_beat(play: Player) -> None:
    """A thousand messages at the moment when a burst begins do not lose or lengthen a beep."""
    script = "0:10 sit\n65:00 end"
    quiet = play(script, buzzer_style="steady").run()
    flooded = play(script, buzzer_style="steady")
    for _ in range(1000):
        flooded.at(3613, lambda: flooded.receive("set/sit_limit", b"garbage"))

    flooded.run()

    assert flooded.buzzer() == quiet.buzzer()


def test_flood_keeps_the_order(play: Player) -> None:
    """Of more messages than one turn takes, the last one is the last to be obeyed."""
    game = play("2:00 end")

    def flood() -> None:
        for minutes in range(20, 170):
            game.receive("set/sit_limit", b"%d" % minutes)

    game.at(60, flood)
    game.run()

    assert game.states()[-1][1]["settings"]["sit_limit"] == 169
