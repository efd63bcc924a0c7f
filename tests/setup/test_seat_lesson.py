"""The lesson of a seat on the broker: somebody sits down and gets up, and the sensor tells it."""

from typing import Any

import pytest

from sensor.core.words import Text
from sensor.daemon.inbox import Disconnected, Inbox, Message, Received
from sensor.languages import translation
from sensor.mqtt.failures import LinkError
from sensor.setup.seat_learning import Learnt
from sensor.setup.seat_lesson import PATIENCE, STILL, SeatLesson
from tests.kit import Stage
from tests.setup.kit import Volunteer
from tests.setup.test_seat_learning import SYSTEMS

TOPIC = "zigbee2mqtt/desk chair"
SITS, GONE = '{"battery":97,"contact":true}', '{"battery":97,"contact":false}'


class Air(Stage):
    """A clock on which the sensor tells things."""

    def __init__(self) -> None:
        super().__init__()
        self._coming: list[Message] = []

    def tell(self, payload: str, *, after: float = 2, topic: str = TOPIC) -> None:
        """Let the sensor tell this, so many seconds from now."""
        self._coming.append(Received(topic, payload.encode(), False, self.now() + after))
        self._coming.sort(key=lambda each: each.at)

    def lose(self) -> None:
        """Break the connection."""
        self._coming.append(Disconnected("the broker went away", self.now()))

    def wait(self, inbox: Inbox, until: float) -> Message | None:
        """Let time pass until a message is there or the moment has come."""
        if self._coming and self._coming[0].at <= until:
            message = self._coming.pop(0)
            self._now = max(self._now, message.at)
            return message
        return super().wait(inbox, until)


def taught(air: Air, person: Any, *, retained: str = "") -> Text | Learnt:
    """Go through the lesson once; give what was learnt, or what is wrong."""
    lesson = SeatLesson(TOPIC, Inbox(), air, person, None)
    found = lesson.run(retained.encode())
    return found if isinstance(found, Text) else found[1]


def sitter(air: Air, person: Any, seated: str = SITS, empty: str = GONE) -> Any:
    """Let the person sit down and get up as asked, on a sensor that tells it."""
    person.deeds |= {
        "Now sit down.": lambda: air.tell(seated),
        "Sit down once more.": lambda: air.tell(seated),
        "Now get up.": lambda: air.tell(empty),
    }
    return person


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system(name: str, volunteer: type[Volunteer]) -> None:
    """Twice down and up, and each system is understood; what is heard is shown."""
    system, air = SYSTEMS[name], Air()
    person = sitter(air, volunteer(), system.seated, system.empty)

    learnt = taught(air, person)

    assert isinstance(learnt, Learnt)
    assert learnt.key == system.key
    assert person.told.count("Sit down once more.") == 1
    assert any(learnt.seated[0] in line for line in person.shown)


def test_other_messages_meanwhile(volunteer: type[Volunteer]) -> None:
    """Reports of the battery repeat the old contact, and end no waiting; nor do other topics."""
    air = Air()
    person = sitter(air, volunteer())

    def rise() -> None:
        air.tell(SITS.replace("97", "96"), after=1)
        air.tell(GONE, after=2, topic="zigbee2mqtt/door")
        air.tell(GONE, after=60)

    person.deeds["Now get up."] = rise

    assert isinstance(taught(air, person, retained=GONE), Learnt)


def test_sensor_that_sleeps(volunteer: type[Volunteer]) -> None:
    """Nothing at all within the time: what it may be."""
    air = Air()

    fault = taught(air, volunteer())

    assert isinstance(fault, Text)
    assert f"Nothing came on {TOPIC} within 90 s" in fault.said()
    assert air.now() == pytest.approx(4 + PATIENCE)


def test_message_that_got_lost(volunteer: type[Volunteer]) -> None:
    """A missed open is named, with what was told; the lesson can be begun again."""
    air = Air()
    person = sitter(air, volunteer())
    del person.deeds["Now get up."]

    fault = taught(air, person)

    assert isinstance(fault, Text)
    assert "did not tell the change within 90 s; it has told: battery, contact" in fault.said()


def test_third_round(volunteer: type[Volunteer]) -> None:
    """One that tells nonsense once needs a third round; one that always does is given up."""
    air = Air()
    person = sitter(air, volunteer())
    person.deeds["Now sit down."] = lambda: air.tell('{"contact":"odd"}')

    assert isinstance(taught(air, person), Learnt)
    assert person.told.count("Sit down once more.") == 2

    words = iter("abcdefghijkl")
    for cue in person.deeds:
        person.deeds[cue] = lambda: air.tell(f'{{"contact":"{next(words)}"}}')
    fault = taught(air, person)
    assert isinstance(fault, Text)
    assert "these changed: contact" in fault.said()


def test_vibration(volunteer: type[Volunteer]) -> None:
    """A key that says nothing of a still sitter is refused at once, with the reason."""
    air = Air()
    person = sitter(air, volunteer(), '{"vibration":true}', '{"vibration":false}')

    fault = taught(air, person)

    assert isinstance(fault, Text)
    assert "vibration is there only while something moves" in fault.said()
    assert "Now get up." not in person.told


@pytest.mark.parametrize("clears", [True, False])
def test_motion_sensor_and_belt(volunteer: type[Volunteer], *, clears: bool) -> None:
    """An `occupancy` has to hold while somebody sits still for longer than a motion sensor does."""
    air = Air()
    person = sitter(air, volunteer(), '{"occupancy":true}', '{"occupancy":false}')
    if clears:
        person.deeds["Now sit quite still"] = lambda: air.tell('{"occupancy":false}', after=90)

    found = taught(air, person)

    assert air.now() > STILL
    assert isinstance(found, Text) is clears
    if isinstance(found, Text):
        assert "occupancy went back to false while somebody sat" in found.said()


def test_connection_breaks(volunteer: type[Volunteer]) -> None:
    """The lesson ends with the broker's."""
    air = Air()
    person = volunteer()
    person.deeds["Now sit down."] = air.lose

    with pytest.raises(LinkError, match="the broker went away"):
        taught(air, person)


def test_german(volunteer: type[Volunteer]) -> None:
    """It is told in the user's language."""
    air, german = Air(), translation("de")
    person = volunteer(translate=german)
    person.deeds |= {
        "Jetzt hinsetzen.": lambda: air.tell("OFF"),
        "Noch einmal hinsetzen.": lambda: air.tell("OFF"),
        "Jetzt aufstehen.": lambda: air.tell("ON"),
    }

    assert isinstance(taught(air, person), Learnt)
    assert "Nachricht: off im Sitzen, on bei leerem Stuhl." in person.said
    assert "  Sitz: off  (besetzt, noch 10 s)" in person.shown
