"""What is read out of a message of the seat's sensor: the shapes that the usual systems send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.mqtt.seat_message import SeatMessage, decode, is_online, words
from sensor.settings.config import Seat

DOOR = Seat(topic="zigbee2mqtt/desk chair", key="contact")
HOME_ASSISTANT = Seat(topic="chair-sensor/desk/seat/set", key="seated")
SWITCH = Seat(topic="tele/mat/SENSOR", key="Switch1")
ACTION = Seat(topic="stat/mat/RESULT", key="Switch1.Action")
BRIDGED = Seat(topic="tele/bridge/SENSOR", key="ZbReceived.0x4773.Contact", seated=("0",))
SHELLY = Seat(topic="shelly/status/input:0", key="state")
PLAIN = Seat(topic="mat/binary_sensor/seat/state")
LEAK = Seat(topic="z", key="water_leak")
PRESSURE = Seat(topic="z", key="pressure")
BELT = Seat(topic="z", key="occupancy")
POSTURE = Seat(topic="z", key="pressure_state", seated=("sit", "sedentary"))
PAD = Seat(topic="z", key="contact", seated=("false",))
STRICT = Seat(topic="z", key="s", seated=("1",), empty=("0",))


@pytest.mark.parametrize(
    ("seat", "closed", "open_"),
    [
        (
            DOOR,
            '{"battery":97,"contact":true,"linkquality":120,"voltage":2985}',
            '{"battery":97,"contact":false,"linkquality":120,"voltage":2985}',
        ),
        (HOME_ASSISTANT, '{"seated": true, "age": 3}', '{"seated": false, "age": 3}'),
        (PLAIN, "ON", "OFF"),
        (
            SWITCH,
            '{"Time":"2026-08-01T10:00:00","Switch1":"ON"}',
            '{"Time":"2026-08-01T10:00:00","Switch1":"OFF"}',
        ),
        (ACTION, '{"Switch1":{"Action":"ON"}}', '{"Switch1":{"Action":"OFF"}}'),
        (
            BRIDGED,
            '{"ZbReceived":{"0x4773":{"Device":"0x4773","Contact":0,"LinkQuality":70}}}',
            '{"ZbReceived":{"0x4773":{"Device":"0x4773","Contact":1,"LinkQuality":70}}}',
        ),
        (SHELLY, '{"id":0,"state":true}', '{"id":0,"state":false}'),
        (LEAK, '{"water_leak":true}', '{"water_leak":false}'),
        (PRESSURE, '{"pressure":true}', '{"pressure":false}'),
        (BELT, '{"occupancy":true,"presence_delay":0}', '{"occupancy":false}'),
        (POSTURE, '{"pressure_state":"sedentary"}', '{"pressure_state":"leave"}'),
        (POSTURE, '{"pressure_state":"sit"}', '{"pressure_state":"none"}'),
        (PAD, '{"contact":false}', '{"contact":true}'),
        (STRICT, '{"s":1}', '{"s":0}'),
        (STRICT, '{"s":1.0}', '{"s":"0"}'),
        (PLAIN, '"on"', " off \n"),
        (PLAIN, "1", "0"),
    ],
)
def test_seated_and_empty(seat: Seat, closed: str, open_: str) -> None:
    """Both values of each system, as it sends them."""
    assert decode(closed.encode(), seat).contact == "closed"
    assert decode(open_.encode(), seat).contact == "open"


@pytest.mark.parametrize(
    ("seat", "payload"),
    [
        (HOME_ASSISTANT, '{"seated": null, "age": 0}'),
        (DOOR, '{"contact": "unavailable"}'),
        (PLAIN, "unknown"),
        (PLAIN, "None"),
        (PLAIN, "null"),
    ],
)
def test_the_sensor_does_not_know(seat: Seat, payload: str) -> None:
    """That is neither seated nor empty."""
    assert decode(payload.encode(), seat).contact == "unknown"


@pytest.mark.parametrize(
    ("seat", "payload", "fault"),
    [
        (DOOR, b'{"battery":97}', "has no contact"),
        (BRIDGED, b'{"ZbReceived":{"0x1":{"Contact":0}}}', f"has no {BRIDGED.key}"),
        (BRIDGED, b'{"ZbReceived":[1]}', f"has no {BRIDGED.key}"),
        (DOOR, b"ON", "is no JSON object, so that it has no contact"),
        (DOOR, b'{"contact":', "is no JSON object, so that it has no contact"),
        (DOOR, b"[" * 20_000, "is no JSON object, so that it has no contact"),
        (DOOR, b'{"contact":{"x":1}}', "has no single value as contact"),
        (PLAIN, b'{"contact":true}', "is JSON: set seat.key"),
        (PLAIN, b"\xff", "is no text"),
        (STRICT, b'{"s":2}', ""),
    ],
)
def test_no_news(seat: Seat, payload: bytes, fault: str) -> None:
    """Whatever arrives is read; what tells nothing of the contact says why."""
    told = decode(payload, seat)

    assert (told.contact, told.fault) == ("no news", fault)


def test_beside_the_key() -> None:
    """Battery, link and age are found beside the key, in the spelling of either bridge."""
    zigbee = {"contact": True, "battery": 9, "linkquality": 51, "last_seen": 1_772_438_400_000}
    tasmota = {"Contact": 1, "BatteryPercentage": 50, "LinkQuality": 70}

    assert decode(json.dumps(zigbee).encode(), DOOR) == SeatMessage(
        contact="closed", battery=9, battery_low=True, link_quality=51, last_seen=1_772_438_400
    )
    told = decode(json.dumps({"ZbReceived": {"0x4773": tasmota}}).encode(), BRIDGED)
    assert (told.battery, told.battery_low, told.link_quality) == (50, False, 70)


@pytest.mark.parametrize(
    ("last_seen", "expected"),
    [
        ("2026-03-02T09:00:00+01:00", 1_772_438_400),
        ("2026-03-02T08:00:00.000Z", 1_772_438_400),
        (1_772_438_400, 1_772_438_400),
        ("2026-03-02T08:00:00", None),  # of which zone?
        ("yesterday", None),
        (True, None),
        (-1, None),
        (1e300, None),
    ],
)
def test_last_seen(last_seen: object, expected: float | None) -> None:
    """The moment is read as each setting of Zigbee2MQTT writes it; else there is none."""
    payload = json.dumps({"contact": True, "last_seen": last_seen}).encode()

    assert decode(payload, DOOR).last_seen == expected


@pytest.mark.parametrize("number", ["1" * 400, "-" + "1" * 400, "1e400", "NaN", "-1"])
def test_senseless_numbers(number: str) -> None:
    """A number beyond all sense tells nothing; retained, it would end each life of the daemon."""
    beside = f'"age":{number},"battery":{number},"linkquality":{number},"last_seen":{number}'

    assert decode(f'{{"contact":true,{beside}}}'.encode(), DOOR) == SeatMessage(contact="closed")


def test_what_the_sensor_says_of_its_battery_counts() -> None:
    """A sensor that has a word for it is believed, whatever the percentage."""
    assert decode(b'{"contact":true,"battery":40,"battery_low":true}', DOOR).battery_low is True
    assert decode(b'{"contact":true,"battery":"full"}', DOOR).battery is None


@pytest.mark.parametrize(
    ("payload", "online"),
    [
        ('{"state":"online"}', True),
        ('{"state":"offline"}', False),
        ("online", True),
        ("offline", False),
        ("Online", True),
        ("Offline", False),
        ("true", True),
        ("false", False),
        ("{}", False),
        ("[]", False),
        ("", False),
    ],
)
def test_availability(payload: str, online: bool) -> None:
    """Each way to say it is understood; one that was taken back is of a sensor that is gone."""
    assert is_online(payload.encode()) is online


NAMES = st.sampled_from(
    ("contact", "s", "state", "age", "battery", "battery_low", "last_seen", "linkquality", "x")
)
ODD = st.sampled_from((10**400, -(10**400), float("nan"), float("inf"), 1e308, "9999-12-31T23Z"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | ODD,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(VALUES.map(json.dumps).map(str.encode) | st.binary(), st.sampled_from((DOOR, STRICT, PLAIN)))
def test_nothing_raises(payload: bytes, seat: Seat) -> None:
    """Whatever arrives is read: an exception would end the daemon, and a retained message again."""
    decode(payload, seat)
    is_online(payload)
    words(payload)
