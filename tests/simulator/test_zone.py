"""The system's own time zone is changed while the daemon runs."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest

from tests.play import Player


def test_quiet_hours_follow(play: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet hours are those of the new zone within half a minute, without a restart."""
    zone = UTC
    monkeypatch.setattr("sensor.settings.config.timezone", lambda _name: zone)
    game = play("0:10 sit\n10:00 end", quiet_hours="18:00-19:00")
    game.world.config = replace(game.config, chair=replace(game.config.chair, timezone=None))

    def move() -> None:
        nonlocal zone
        zone = timezone(timedelta(hours=10))

    game.at(300, move)
    game.run()

    assert not game.state(299)["quiet"]
    assert game.state(335)["quiet"]
