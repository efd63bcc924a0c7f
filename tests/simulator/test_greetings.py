"""What is said to a broker, and to Home Assistant when it has started."""

from itertools import pairwise

import pytest

from tests.play import Player


def test_birth(play: Player) -> None:
    """After its birth message Home Assistant is told all it needs, in order, after 1 to 5 s."""
    game = play("0:10 sit\n10:00 end")
    game.at(200.5, lambda: game.receive("homeassistant/status", b"online"))

    game.run()

    said = [each for each in game.messages() if 200.5 <= each[0] < 210]
    assert [name for _, name, _ in said[:3]] == ["config", "availability", "state"]
    assert {t for t, _, _ in said[:3]} == {said[0][0]}
    assert 201.5 <= said[0][0] <= 205.5
    assert said[1][2] == "online"
    assert said[2][2]["sitting_seconds"] == round(said[2][0] - 10)


def test_births_in_a_row(play: Player) -> None:
    """Home Assistant restarting twice within a second is greeted once."""
    game = play("10:00 end")
    for t in (300, 300.5):
        game.at(t, lambda: game.receive("homeassistant/status", b"online"))

    game.run()

    assert len([t for t, _, _ in game.messages("config") if t >= 300]) == 1


@pytest.mark.parametrize(
    ("payload", "retained"), [(b"offline", False), (b"online", True), (b"ONLINE", False), (b"", 0)]
)
def test_no_birth(play: Player, payload: bytes, retained: bool) -> None:
    """Its last will, an old birth and anything else are passed over."""
    game = play("5:00 end")
    game.at(200, lambda: game.receive("homeassistant/status", payload, retained=bool(retained)))

    game.run()

    assert [t for t, _, _ in game.messages("config", "availability") if 200 <= t < 300] == []


def test_birth_before_an_outage(play: Player) -> None:
    """A broker that goes before the greeting gets one greeting when it is back, not two."""
    game = play("5:01 broker down\n6:00 broker up\n10:00 end")
    game.at(300.5, lambda: game.receive("homeassistant/status", b"online"))

    game.run()

    assert len([t for t, _, _ in game.messages("config") if t >= 300]) == 1


def test_no_discovery(play: Player) -> None:
    """Without discovery nothing is ever said on its topic."""
    game = play("0:10 sit\n5:00 end", mqtt__discovery="false")
    game.at(60, lambda: game.receive("homeassistant/status", b"online"))

    game.run()

    assert game.messages("config") == []


def test_order_on_connect(play: Player) -> None:
    """Whenever the broker is back: availability, discovery, the present state."""
    game = play("0:10 sit\n10:00 broker down\n20:00 stand\n30:00 broker up\n40:00 end").run()

    back = [each for each in game.messages() if each[0] >= 1800]
    assert [name for _, name, _ in back[:3]] == ["availability", "config", "state"]
    assert back[0][0] <= 1830
    assert back[2][2]["status"] == "vacant"
    assert [t for t, _, _ in game.messages() if 600 < t < 1800] == []


def test_flicker_is_coalesced(play: Player) -> None:
    """A fidgeting mat makes no traffic: states that differ in the contact alone are 5 s apart."""
    game = play("0:10 sit\n2:00 chatter 3m 90%\n6:00 end", leave_confirm="60s").run()

    edges = [r for r in game.records if r["kind"] == "contact" and 120 <= r["t"] <= 300]
    states = [t for t, _ in game.states() if 121 <= t <= 299]
    times = [t for t in states if t % 60]  # once a minute there is one in any case
    assert len(edges) > 100
    assert len(states) <= 40
    assert min(later - t for t, later in pairwise(times)) >= 4.99
    assert game.state(310)["contact_closed"] is True


def test_flicker_ends_with_the_truth(play: Player) -> None:
    """The last word about the contact is right within 5 s, without anything else happening."""
    game = play("0:10 sit\n2:00 stand\n2:00.3 sit\n2:00.6 stand\n2:01 sit\n2:10 end").run()

    assert game.state(126.1)["contact_closed"] is True
