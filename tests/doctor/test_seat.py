"""The check of a seat on the broker: what it makes of a daemon's answer, and of the history."""

from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from sensor.daemon.answer import Answer
from sensor.daemon.ports import Publication
from sensor.doctor.finding import Finding
from sensor.doctor.seat import seat
from sensor.settings.config import Seat
from tests.kit import Stage
from tests.play import MONDAY, Play

TOPIC = "zigbee2mqtt/desk chair"
ABOUT: dict[str, Any] = {
    "known": True,
    "heard_ago": 60.0,
    "changed_ago": 600.0,
    "fault": None,
    "availability": {},
    "battery": 97,
    "link_quality": None,
}


def found(folder: Path, *, wall: float = MONDAY, **changed: Any) -> list[Finding]:
    """Check an answer that differs in this from a good one."""
    answer = {
        "contact": {"name": TOPIC, "seat": {**ABOUT, **changed.pop("about", {})}},
        "state": {"contact_closed": True, "problem": None, "break_due": False},
        "mqtt": {"refused": {}},
        "state_dir": str(folder),
        **changed,
    }
    stage = Stage()
    stage.wall = lambda: wall  # type: ignore[method-assign]
    return list(seat(Seat(topic=TOPIC), cast("Answer", answer), stage))


def test_well(tmp_path: Path) -> None:
    """Topic, when it was heard and changed, and the battery are told."""
    (one,) = found(tmp_path)

    assert one.verdict == "ok"
    assert one.found == (f"pressed ({TOPIC}); heard 1 min ago; changed 10 min ago; battery 97 %")


@pytest.mark.parametrize(
    ("changed", "fix"),
    [
        ({"mqtt": {"refused": {TOPIC: "not allowed"}}}, "ACL"),
        ({"about": {"fault": "has no contact"}}, "seat.key"),
        (
            {"state": {"contact_closed": None, "problem": "seat_silent", "break_due": False}},
            "battery",
        ),
        ({"contact": {"name": "GPIO5"}}, "restart"),
    ],
)
def test_what_is_wrong(tmp_path: Path, changed: dict[str, Any], fix: str) -> None:
    """Each trouble is a failure with its next step."""
    (one,) = found(tmp_path, **changed)

    assert one.verdict == "fail"
    assert fix in str(one.fix)


def test_without_a_daemon() -> None:
    """Nobody else listens to the sensor."""
    (one,) = seat(Seat(topic=TOPIC), None, Stage())

    assert one.verdict == "unknown"


def test_occupied_all_day_long(tmp_path: Path) -> None:
    """Values that are swapped show in the history: nobody sits for so long."""
    settings = {"seat__topic": TOPIC, "seat__key": "contact", "seat__silent_after": "none"}
    game = Play(tmp_path, "24:00:00 end", **settings)
    for t, closed in ((1, "true"), (9 * 3600, "false"), (10 * 3600, "true")):
        said = Publication(topic=TOPIC, payload=f'{{"contact":{closed}}}')
        game.at(t, partial(game.world.broker.publish, said))
    game.run()

    _, one = found(tmp_path, wall=MONDAY + 86_400)

    assert (one.verdict, one.found) == ("fail", "occupied for 22 h 59 min of the last 24 hours")
    assert "seat.seated" in str(one.fix)
