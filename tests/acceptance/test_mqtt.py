"""Section 10, the MQTT interface: topics, flags, order, and when the state is told."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .records import Simulate

STATE_KEYS = {
    *("status", "occupied", "contact_closed", "break_due", "level", "sitting_seconds"),
    *(
        "bout_started_at",
        "break_due_at",
        "break_progress",
        "vacant_since",
        "snoozes_left",
        "snoozed_until",
    ),
    *("buzzer", "do_not_disturb", "do_not_disturb_until", "quiet", "estimated", "problem"),
    *("exercise", "reason", "settings", "today", "week", "goal"),
}
SETTINGS_KEYS = {"sit_limit", "break_min", "snooze", "pre_alert", "profile"}
TODAY_KEYS = {
    *("date", "chair_seconds", "longest_bout_seconds", "bouts", "transitions", "short_breaks"),
    *("full_breaks", "prolonged_share", "alerts", "alerts_heeded", "coverage_seconds"),
}

DAY = """
    1:00 sit
    62:30 stand
    70:00 sit
    80:00 restart 10s
    81:00 broker down
    82:00 broker up
    90:00 end
"""


def sort_of(record: dict[str, Any]) -> str:
    """Name a topic by what it is for."""
    topic = record["topic"]
    return "discovery" if topic.startswith("homeassistant/") else topic.rsplit("/", 1)[1]


def test_every_state_has_every_key(simulate: Simulate) -> None:
    """All keys of the state are always there, at every level, and no others."""
    run = simulate(DAY)

    assert {frozenset(seen.payload) for seen in run.states()} == {frozenset(STATE_KEYS)}
    settings = {frozenset(seen.payload["settings"]) for seen in run.states()}
    assert settings == {frozenset(SETTINGS_KEYS)}
    assert {frozenset(seen.payload["today"]) for seen in run.states()} == {frozenset(TODAY_KEYS)}


def test_the_reason_is_one_short_sentence(simulate: Simulate) -> None:
    """The state always says why it is as it is."""
    run = simulate(DAY)

    for seen in run.states():
        assert isinstance(seen.payload["reason"], str)
        assert 0 < len(seen.payload["reason"]) <= 255
        assert "\n" not in seen.payload["reason"]


@pytest.mark.parametrize(
    ("sort", "retain"),
    [("availability", True), ("discovery", True), ("state", True), ("event", False)],
)
def test_topics_are_flagged_as_promised(simulate: Simulate, sort: str, retain: bool) -> None:
    """Everything is sent with QoS 1, and all but events is retained."""
    run = simulate(DAY)

    flags = {(r["retain"], r["qos"]) for r in run.kind("mqtt") if sort_of(r) == sort}
    assert flags == {(retain, 1)}


def test_availability_says_only_online_and_offline(simulate: Simulate) -> None:
    """A clean stop says offline, and each start says online."""
    run = simulate(DAY)

    said = run.messages("/availability")
    assert {seen.payload for seen in said} == {"online", "offline"}
    assert {seen.payload for seen in said if seen.t < 4800} == {"online"}
    assert "offline" in [seen.payload for seen in said if 4800 <= seen.t < 4810]
    assert "online" in [seen.payload for seen in said if 4810 <= seen.t < 4815]


@pytest.mark.parametrize("since", [0.0, 4810.0, 4920.0])
def test_a_connection_begins_with_who_what_and_how(simulate: Simulate, since: float) -> None:
    """At start, after a restart and after an outage: availability, discovery, state."""
    run = simulate(DAY)

    said = [
        seen.record
        for seen in run.messages()
        if seen.t >= since and seen.payload != "offline" and sort_of(seen.record) != "event"
    ]
    assert [sort_of(record) for record in said[:3]] == ["availability", "discovery", "state"]
    assert said[0]["t"] <= since + 31


def test_all_topics_share_one_base(simulate: Simulate) -> None:
    """The base is `chair-sensor/<chair_id>`, and the id is made of simple letters."""
    run = simulate(DAY)

    topics = {r["topic"] for r in run.kind("mqtt") if sort_of(r) in {"state", "availability"}}
    bases = {topic.rsplit("/", 1)[0] for topic in topics}
    assert len(bases) == 1
    assert re.fullmatch(r"chair-sensor/[a-z0-9_-]+", bases.pop())


def test_the_chair_has_the_name_it_is_given(simulate: Simulate) -> None:
    """`chair.id` is the second part of every topic."""
    run = simulate("1:00 end", settings={"chair.id": "desk_2"})

    topics = {r["topic"] for r in run.kind("mqtt") if sort_of(r) != "discovery"}
    assert topics >= {"chair-sensor/desk_2/state", "chair-sensor/desk_2/availability"}
    assert [topic for topic in topics if not topic.startswith("chair-sensor/desk_2/")] == []


def test_discovery_is_one_device_message(simulate: Simulate) -> None:
    """Home Assistant gets one device payload with origin, device and components."""
    run = simulate("1:00 end", settings={"chair.id": "desk"})

    said = [r for r in run.kind("mqtt") if sort_of(r) == "discovery"]
    payload = said[0]["payload"]
    assert {r["topic"].split("/")[1] for r in said} == {"device"}
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", said[0]["topic"])
    assert payload.keys() & {"dev", "device"}
    assert payload.keys() & {"o", "origin"}
    assert payload.keys() & {"cmps", "components"}


def test_the_state_is_told_once_a_minute_while_seated(simulate: Simulate) -> None:
    """Between sitting down and standing up there is a state at least every minute."""
    run = simulate("""
        1:00 sit
        50:00 stand
        51:00 end
    """)

    told = [63.0, *[seen.t for seen in run.states(after=63, before=3000)], 3000.0]
    assert max(later - earlier for earlier, later in itertools.pairwise(told)) <= 60.5


def test_the_state_is_not_chattered(simulate: Simulate) -> None:
    """In 50 quiet minutes of sitting there are about 50 states, not hundreds."""
    run = simulate("""
        1:00 sit
        50:00 stand
        51:00 end
    """)

    assert len(run.states(after=63, before=3000)) <= 60


def test_a_contact_is_told_before_it_is_believed(simulate: Simulate) -> None:
    """The raw contact is in the state at once, the seat after its confirmation."""
    run = simulate("""
        1:00 sit
        2:00 end
    """)

    raw, seat = run.state(60), run.state(63)
    assert raw["contact_closed"] in (True, "ON")
    assert (raw["status"], raw["occupied"] in (True, "ON")) == ("vacant", False)
    assert (seat["status"], seat["occupied"] in (True, "ON")) == ("sitting", True)


def test_no_state_is_sent_from_a_backlog(simulate: Simulate) -> None:
    """Sitting, standing and sitting again behind a dead broker: afterwards only the truth."""
    run = simulate("""
        1:00 sit
        10:00 broker down
        11:00 stand
        20:00 sit
        30:00 broker up
        35:00 end
    """)

    assert run.states(after=600.5, before=1800) == []
    for seen in run.states(after=1800):
        assert seen.payload["status"] == "sitting"
        assert seen.payload["sitting_seconds"] == pytest.approx(seen.t - 1200, abs=1)


def test_a_chair_without_any_broker_works(simulate: Simulate) -> None:
    """Never connected: the buzzer sounds as ever, and later the state is found."""
    run = simulate("""
        0:00 broker down
        1:00 sit
        62:00 broker up
        64:00 end
    """)

    assert run.sounds(before=3700) == [(3660.0, "2 chirps")]
    assert run.state(3755)["break_due"] is True


def test_commands_act_after_a_reconnect(simulate: Simulate) -> None:
    """After an outage the chair listens again."""
    run = simulate("""
        1:00 broker down
        5:00 broker up
        6:00 publish set/sit_limit 30
        7:00 end
    """)

    assert run.state(360)["settings"]["sit_limit"] == 30
