"""Learning the seat from messages: every system of the tables, and what must be refused."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from sensor.core.words import Text
from sensor.mqtt.seat_message import decode, words
from sensor.settings.config import Seat
from sensor.setup import seat_keys
from sensor.setup.seat_learning import Phase, availability_topics, guess, learn, news
from sensor.setup.zigbee import devices


class System(NamedTuple):
    """What a sensor tells seated and empty; and the settings that it needs."""

    seated: str
    empty: str
    key: str | None = None
    words: list[str] | None = None
    empty_words: list[str] | None = None


def zigbee(key: str, sits: str, gone: str) -> tuple[str, str]:
    """Write two messages of Zigbee2MQTT."""
    beside = '"battery":97,"last_seen":"2026-08-01T10:00:00+02:00","linkquality":112,"voltage":2985'
    return f'{{{beside},"{key}":{sits}}}', f'{{{beside},"{key}":{gone}}}'


SYSTEMS = {
    "door sensor": System(*zigbee("contact", "true", "false"), "contact"),
    "leak sensor": System(*zigbee("water_leak", "true", "false"), "water_leak"),
    "seat pad": System(*zigbee("pressure", "true", "false"), "pressure"),
    "belt": System(*zigbee("occupancy", "true", "false"), "occupancy"),
    "posture": System(
        *zigbee("pressure_state", '"sit"', '"none"'), "pressure_state", ["sit"], ["none"]
    ),
    "inverted pad": System(*zigbee("contact", "false", "true"), "contact", ["false"]),
    "blueprint": System('{"seated": true, "age": 0.2}', '{"seated": false, "age": 3}', "seated"),
    "ESPHome": System("ON", "OFF"),
    "ESPHome, inverted": System("OFF", "ON", None, ["off"]),
    "Tasmota": System(
        '{"Time":"2026-08-01T10:00:00","Switch1":"ON","TempUnit":"C"}',
        '{"Time":"2026-08-01T10:05:00","Switch1":"OFF","TempUnit":"C"}',
        "Switch1",
    ),
    "Tasmota, SetOption114": System(
        '{"Switch1":{"Action":"ON"}}', '{"Switch1":{"Action":"OFF"}}', "Switch1.Action"
    ),
    "Tasmota, Zigbee": System(
        '{"ZbReceived":{"0x4773":{"Device":"0x4773","Contact":0,"Endpoint":1,"LinkQuality":70}}}',
        '{"ZbReceived":{"0x4773":{"Device":"0x4773","Contact":1,"Endpoint":1,"LinkQuality":64}}}',
        "ZbReceived.0x4773.Contact",
        ["0"],
    ),
    "Shelly": System('{"id":0,"state":true}', '{"id":0,"state":false}', "state"),
    "numbers": System('{"access": 23}', '{"access": 22}', "access", ["23"], ["22"]),
    "bare words": System("occupied", "free", None, ["occupied"]),
    "bare numbers": System("0", "1", None, ["0"]),
}


def lived(seated: Sequence[str], empty: Sequence[str], *, rounds: int = 2) -> list[Phase]:
    """Sit down and get up; these messages come each time, a second apart."""
    phases = [Phase(False, 0, 4, [])]
    for number in range(rounds):
        for is_seated, texts in ((True, seated), (False, empty)):
            began = 20.0 * (2 * number + is_seated)
            told = [(began + at, text.encode()) for at, text in enumerate(texts)]
            phases.append(Phase(is_seated, began, began + 10, told))
    return phases


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system(name: str) -> None:
    """Key, words and polarity come out; the daemon reads these messages so."""
    system = SYSTEMS[name]

    learnt = learn(lived([system.seated], [system.empty])).learnt

    assert learnt is not None
    assert learnt.settings == {
        "key": system.key,
        "seated": system.words,
        "empty": system.empty_words,
    }
    seat = Seat(
        topic="x",
        key=system.key,
        seated=tuple(system.words or Seat().seated),
        empty=tuple(system.empty_words) if system.empty_words else None,
    )
    assert decode(system.seated.encode(), seat).contact == "closed"
    assert decode(system.empty.encode(), seat).contact == "open"


def test_more_words() -> None:
    """All words of a sitter count; one that is never seen is no news later."""
    sits, moves, gone = (f'{{"pressure_state": "{word}"}}' for word in ("sit", "sedentary", "none"))

    learnt = learn(lived([sits, moves], [gone])).learnt

    assert learnt is not None
    assert learnt.settings["seated"] == ["sedentary", "sit"]
    assert learnt.settings["empty"] == ["none"]


def test_fidgeting_is_no_clearing() -> None:
    """A release while somebody sits shows in the trace, and the key is still the right one."""
    sits, gone = zigbee("contact", "true", "false")
    phases = lived([sits, gone, gone, sits], [gone])

    learnt = learn(phases).learnt

    assert learnt is not None
    assert learnt.key == "contact"
    longest = [trace.longest(closed=False) for seated, trace in learnt.traces(phases) if seated]
    assert longest == [2, 2]


@pytest.mark.parametrize(
    ("seated", "empty"),
    [
        (["1013.2"], ["1012.9"]),  # weather
        (['{"battery": 1}'], ['{"battery": 0}']),
        (['{"contact": true}'], ['{"contact": true}']),
        (['{"a": null}'], ['{"a": true}']),
        (['{"list": [1]}'], ['{"list": [2]}']),
        ([""], [""]),
        (["\ud800" * 100], ["{"]),
    ],
)
def test_nothing_to_learn(seated: list[str], empty: list[str]) -> None:
    """Measures, batteries, constants and nonsense are not a seat."""
    encoded = [
        Phase(each.seated, each.began, each.ended, list(each.messages))
        for each in lived([text.encode("utf-8", "replace").decode() for text in seated], empty)
    ]

    assert learn(encoded).learnt is None


def test_one_round_is_not_enough() -> None:
    """A value that went along once may have done so by chance."""
    sits, gone = zigbee("contact", "true", "false")

    assert learn(lived([sits], [gone], rounds=1)).learnt is None


def test_a_lost_message_is_forgiven() -> None:
    """Two rounds in a row must agree; what was before them need not."""
    sits, gone = zigbee("contact", "true", "false")
    phases = lived([sits], [gone], rounds=3)
    phases[1] = Phase(True, 0, 10, [(0, gone.encode())])

    assert learn(phases[:5]).learnt is None
    assert learn(phases).learnt is not None


def test_key_that_clears_itself() -> None:
    """What goes back while somebody sits does not do, and it is said why."""
    lesson = learn(lived(['{"seen": true}', '{"seen": false}'], ['{"seen": false}']))

    assert lesson.learnt is None
    assert [each.said() for each in lesson.refused] == [
        "seen went back to false while somebody sat: it clears itself"
    ]


@pytest.mark.parametrize(
    ("key", "known", "why"),
    [
        ("vibration", [], "moves"),
        ("occupancy", ["occupancy_timeout"], "motion sensor"),
        ("occupancy", ["illuminance"], "motion sensor"),
    ],
)
def test_key_that_is_refused_by_its_name(key: str, known: list[str], why: str) -> None:
    """Vibration and motion: refused even if they went along this time."""
    lesson = learn(lived(*([text] for text in zigbee(key, "true", "false"))), known)

    assert lesson.learnt is None
    (reason,) = lesson.refused
    assert isinstance(reason, Text)
    assert why in reason.said()


def test_the_likeliest_of_several() -> None:
    """A contact goes before a key that nobody knows."""
    sits, gone = (f'{{"aa": {word}, "contact": {word}}}' for word in ("true", "false"))

    learnt = learn(lived([sits], [gone])).learnt

    assert learnt is not None
    assert learnt.key == "contact"


def test_news() -> None:
    """A battery report repeats the contact and is no news."""
    known = words(b'{"contact": true, "battery": 97}')

    assert news(known, words(b'{"contact": true, "battery": 96}')) == set()
    assert news(known, words(b'{"contact": false, "battery": 96}')) == {"contact"}
    assert news({}, words(b"ON")) == {None}


@pytest.mark.parametrize(
    ("topic", "place"),
    [
        ("zigbee2mqtt/office/desk chair", "zigbee2mqtt/office/desk chair/availability"),
        ("zigbee2mqtt/office/desk chair", "zigbee2mqtt/bridge/state"),
        ("mat/binary_sensor/seat/state", "mat/status"),
        ("tele/mat/SENSOR", "tele/mat/LWT"),
        ("stat/mat/RESULT", "tele/mat/LWT"),
        ("shelly/status/input:0", "shelly/online"),
    ],
)
def test_where_a_sensor_is_online(topic: str, place: str) -> None:
    """The usual places are looked at."""
    assert place in availability_topics(topic)


def test_guess() -> None:
    """Without a sitter a usual name is taken, else what the bridge lists first."""
    assert guess(words(b'{"battery": 1, "Contact": true}')) == "Contact"
    assert guess(words(b'{"battery": 1}'), ["water_leak"]) == "water_leak"
    assert guess(words(b'{"occupancy": true, "illuminance": 3}')) is None
    assert guess(words(b"ON")) is None


def test_delays() -> None:
    """Settings of the device that hold a change back are named."""
    told = words(b'{"presence_delay": 30, "fading_time": 1, "contact": true, "battery": 97}')

    assert seat_keys.delays(told) == ["presence_delay"]


def binary(name: str, access: int = 1) -> dict[str, object]:
    """Describe a key as Zigbee2MQTT does."""
    return {"type": "binary", "property": name, "name": name, "access": access}


def listed(name: str, *exposes: object, **more: object) -> dict[str, object]:
    """Describe a device as Zigbee2MQTT does."""
    definition = {"vendor": "Aqara", "model": "MCCGQ11LM", "exposes": exposes}
    return {"friendly_name": name, "type": "EndDevice", "definition": definition} | more


def test_devices() -> None:
    """Those that may be a seat are listed, the likeliest first; others say why they are not."""
    numeric = {"type": "numeric", "property": "battery", "name": "battery", "access": 1}
    state = {"type": "enum", "property": "pressure_state", "access": 1, "values": ["sit", "none"]}
    switch = {"type": "switch", "features": [binary("state", 7)]}
    payload = json.dumps(
        [
            {"friendly_name": "Coordinator", "type": "Coordinator", "definition": None},
            listed("office/hall", binary("occupancy"), binary("occupancy_timeout", 2)),
            listed("lamp", switch),
            listed("pad", state, numeric),
            listed("desk chair", binary("contact"), numeric),
            listed("off", binary("contact"), disabled=True),
            listed("shaker", binary("vibration")),
            listed("settings", binary("mode", 2)),
            "nonsense",
        ]
    )

    found = devices(payload.encode(), "zigbee2mqtt")

    assert [(each.topic, *each.keys) for each in found if each.keys] == [
        ("zigbee2mqtt/desk chair", "contact"),
        ("zigbee2mqtt/pad", "pressure_state"),
        ("zigbee2mqtt/lamp", "state"),
    ]
    assert {each.topic for each in found if each.refusal} == {
        "zigbee2mqtt/office/hall",
        "zigbee2mqtt/shaker",
    }
    assert found[0].model == "Aqara MCCGQ11LM"


@pytest.mark.parametrize("payload", [b"", b"{", b"null", b"3", b'[{"definition": 3}]', b"\xff"])
def test_no_devices(payload: bytes) -> None:
    """Nonsense is an empty list."""
    assert devices(payload, "zigbee2mqtt") == []
