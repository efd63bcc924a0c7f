"""The page of `chair-sensor status`: what README.md shows, and what it says of trouble."""

import re
from pathlib import Path
from typing import Any

import pytest

from sensor.status import text

README = (Path(__file__).parents[2] / "sensor/setup/README.md").read_text(encoding="utf-8")
WELL: dict[str, Any] = {
    "name": "Desk chair",
    "pid": 512,
    "broker": "homeassistant.local:1883",
    "pins": {"mat": 5, "buzzer": 17},
    "buzzer_sounds": False,
    "contact": {"name": "GPIO5"},
    "edges_last_minute": 1,
    "diagnostics": {"version": "0.1.0", "started_at": "2026-03-02T06:40:00+01:00"},
    "mqtt": {
        "base_topic": "chair-sensor/desk",
        "connected": True,
        "trouble": None,
        "home_assistant": "online",
        "refused": {},
    },
}
STATE: dict[str, Any] = {
    "status": "sitting",
    "reason": "Sitting; break due at 10:31.",
    "problem": None,
    "sitting_seconds": 2520,
    "settings": {"sit_limit": 60, "profile": "standard"},
    "bout_started_at": "2026-03-02T09:49:00+01:00",
    "estimated": False,
    "level": 0,
    "snoozes_left": 2,
    "contact_closed": True,
    "buzzer": True,
    "quiet": False,
    "do_not_disturb": False,
    "today": {
        "chair_seconds": 11100,
        "bouts": 4,
        "short_breaks": 2,
        "full_breaks": 1,
        "alerts": 2,
    },
}


def shown(*, state: dict[str, Any] | None = None, **changed: Any) -> str:
    """Show an answer that differs in this from a good one."""
    return "\n".join(text.lines(WELL | changed | {"state": STATE | (state or {})}))


def test_as_in_the_readme() -> None:
    """The page in README.md is this program's."""
    there = re.search(r"^```\n(Desk chair \(.*?)\n```", README, re.MULTILINE | re.DOTALL)

    assert there
    assert shown() == there[1]


def test_a_narrow_terminal() -> None:
    """A line that is too long goes on below its text, and no word is broken."""
    whole, narrow = shown(), "\n".join(text.lines(WELL | {"state": STATE}, 40))

    assert max(map(len, narrow.splitlines())) <= 40
    assert "\nprogram         0.1.0, process 512,\n                since 2026" in narrow
    assert narrow.split() == whole.split()


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({"problem": "storage"}, "PROBLEM: The database cannot be used"),
        ({"estimated": True}, "sitting since   09:49, estimated"),
        ({"level": 3}, "alert           level 3 of 4, 2 snoozes left"),
        ({"contact_closed": None}, "mat             unplugged (GPIO5)"),
        ({"buzzer": False, "quiet": True}, "silent now, switched off, quiet hours (GPIO17)"),
    ],
)
def test_states(state: dict[str, Any], line: str) -> None:
    """Whatever is not as usual is said."""
    assert line in shown(state=state)


def test_many_edges() -> None:
    """More changes than are remembered are no exact number."""
    assert "at least 1000 changes in the last minute" in shown(edges_last_minute=1000)


def test_daemon_from_before_an_upgrade() -> None:
    """A daemon that does not name its contact yet reads the pin of its settings."""
    answer = {key: value for key, value in WELL.items() if key != "contact"}

    assert "pressed (GPIO5); 1 change" in "\n".join(text.lines(answer | {"state": STATE}))


def test_a_snooze() -> None:
    """The answer to `snooze` says until when, and how many are left."""
    snoozed = {
        "status": "snoozed",
        "reason": "Break due, snoozed until 10:41.",
        "snoozed_until": "2026-03-02T10:41:00+01:00",
        "snoozes_left": 1,
    }

    assert text.brief(WELL | {"state": STATE | snoozed})[-2:] == [
        "Break due, snoozed until 10:41.",
        "snoozes left: 1",
    ]


def test_german() -> None:
    """The daemon's language is that of the whole page."""
    page = shown(language="de", state={"level": 3, "reason": "Im Sitzen; Pause fällig um 10:31."})

    assert page.startswith("Desk chair (chair-sensor/desk): im Sitzen\nIm Sitzen; Pause")
    assert "Erinnerung      Stufe 3 von 4, 2-mal Aufschieben übrig" in page
    assert "Matte           gedrückt (GPIO5); 1 Wechsel in der letzten Minute" in page
    assert "Summer          still (GPIO17)" in page


def test_sounds() -> None:
    """A buzzer that sounds is told of as such."""
    assert "buzzer          sounds now (GPIO17)" in shown(buzzer_sounds=True)


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        ("timeout: no answer from x:1", "broker          away: timeout: no answer from x:1"),
        (None, "broker          connecting to homeassistant.local:1883"),
    ],
)
def test_broker(trouble: str | None, line: str) -> None:
    """Why the broker is away, as far as it is known."""
    mqtt = WELL["mqtt"] | {"connected": False, "trouble": trouble}

    assert line in shown(mqtt=mqtt)


def test_refused() -> None:
    """What the broker does not take stands beside the connection."""
    mqtt = WELL["mqtt"] | {"refused": {"chair-sensor/desk/event": "no answer"}}

    assert "connected to homeassistant.local:1883, but chair-sensor/desk/event: no answer" in shown(
        mqtt=mqtt
    )


@pytest.mark.parametrize(("told", "row"), [(True, False), (False, True), (None, True)])
def test_clock(told: bool | None, row: bool) -> None:
    """A clock that may be wrong has a line of its own."""
    assert ("clock           not set" in shown(clock={"synchronised": told})) is row
