"""The topics are the public interface: each is written out here as a client would type it."""

import re

import pytest

from sensor.mqtt.topics import Topics

TOPICS = Topics(chair_id="desk-1")


def test_topics_of_a_chair() -> None:
    """All topics of a chair begin with the base topic and the chair's id."""
    assert TOPICS.base == "chair-sensor/desk-1"
    assert TOPICS.availability == "chair-sensor/desk-1/availability"
    assert TOPICS.state == "chair-sensor/desk-1/state"
    assert TOPICS.event == "chair-sensor/desk-1/event"
    assert TOPICS.command("set", "sit_limit") == "chair-sensor/desk-1/set/sit_limit"


def test_every_part_is_configurable() -> None:
    """Base topic, discovery prefix and birth topic are taken as configured."""
    topics = Topics(
        chair_id="desk-1", base_topic="office/chairs", discovery_prefix="ha", birth_topic="ha/up"
    )

    assert topics.state == "office/chairs/desk-1/state"
    assert topics.discovery == "ha/device/chair-sensor-desk-1/config"
    assert topics.subscriptions == (
        "office/chairs/desk-1/set/+",
        "office/chairs/desk-1/do/+",
        "ha/up",
        "office/chairs/desk-1/availability",
    )


@pytest.mark.parametrize("chair_id", ["a", "desk-1", "my_chair", "0f3a9c"])
def test_discovery_topic_pleases_home_assistant(chair_id: str) -> None:
    """Whatever the chair's id, the discovery topic has the form that Home Assistant accepts."""
    topic = Topics(chair_id=chair_id).discovery

    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", topic)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("chair-sensor/desk-1/set/sit_limit", ("set", "sit_limit")),
        ("chair-sensor/desk-1/do/snooze", ("do", "snooze")),
        ("chair-sensor/desk-1/set/", ("set", "")),
        ("chair-sensor/desk-1/set", None),
        ("chair-sensor/desk-1/set/a/b", None),
        ("chair-sensor/desk-1/state", None),
        ("chair-sensor/desk-2/set/sit_limit", None),
        ("x/chair-sensor/desk-1/set/sit_limit", None),
        ("homeassistant/status", None),
        ("", None),
    ],
)
def test_incoming_topic_is_split(topic: str, expected: tuple[str, str] | None) -> None:
    """A command topic of this chair gives its kind and name; any other topic gives None."""
    assert TOPICS.command_in(topic) == expected


@pytest.mark.parametrize("kind", ["set", "do"])
def test_command_topics_are_read_as_they_are_written(kind: str) -> None:
    """`command_in` undoes `command`."""
    assert TOPICS.command_in(f"{TOPICS.base}/{kind}/snooze") == (kind, "snooze")
