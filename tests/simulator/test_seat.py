"""The seat as a sensor on the broker, through the whole daemon: what the sitter notices."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sensor.daemon.ports import Publication
from tests.play import MONDAY

ZIGBEE = "zigbee2mqtt/desk chair"
BRIDGE, ONLINE = "zigbee2mqtt/bridge/state", f"{ZIGBEE}/availability"
OWN = "chair-sensor/test/seat/set"
SITS, GONE = '{"contact":true,"battery":97}', '{"contact":false,"battery":97}'
OFFLINE, THERE = '{"state":"offline"}', '{"state":"online"}'

Seat = Callable[..., Any]


@pytest.fixture
def seat(play: Any) -> Seat:
    """Prepare a chair with a Zigbee contact; `said` has moment, topic, payload, and `retain`."""

    def prepare(script: str, *said: tuple[Any, ...], **settings: str) -> Any:
        usual = {"seat__topic": ZIGBEE, "seat__key": "contact", "quiet_hours": "none"}
        game = play(script, **(usual | settings))
        for t, topic, payload, *retain in said:
            message = Publication(topic=topic, payload=payload, retain=any(retain))
            if not t:  # before the daemon connects
                game.world.broker.publish(message)
                continue
            game.at(t, partial(game.world.broker.publish, message))
        return game

    return prepare


def test_sits_and_stands(seat: Seat) -> None:
    """Sitting, alert and leave are as with a mat; its pin is not even opened."""
    game = seat("1:20:00 end", (60, ZIGBEE, GONE), (120, ZIGBEE, SITS), (4000, ZIGBEE, GONE)).run()

    assert game.state(50)["status"] == "starting"
    assert game.state(50)["problem"] is None
    assert game.state(90)["status"] == "vacant"
    assert game.events()[0] == (123, "sat_down")
    assert game.events("break_due") == [(3720, "break_due")]
    assert game.state(3990)["bout_started_at"] == "2026-03-02T08:02:00+00:00"
    assert game.state(3990)["estimated"] is False
    assert game.buzzer()[-1][0] < 4002
    assert game.state(4020)["status"] == "away"
    assert game.events("problem") == []


def test_a_repeat_is_a_sign_of_life_and_no_edge(seat: Seat) -> None:
    """A battery report right after standing up repeats the old contact: then it counts, once."""
    reports = [(t, ZIGBEE, SITS) for t in range(600, 3600, 600)]
    game = seat("1:01:30 end", (1, ZIGBEE, GONE), (60, ZIGBEE, SITS), *reports).run()

    assert [name for _, name in game.events()] == ["sat_down", "break_soon", "break_due"]
    assert game.messages("diagnostics")[-1][2]["edges"] == 1


def test_a_battery_message_right_after_standing_up(seat: Seat) -> None:
    """The sensor repeats its cached contact, and a second later tells the true one."""
    game = seat(
        *("20:00 end", (1, ZIGBEE, GONE), (10, ZIGBEE, SITS)),
        *((600, ZIGBEE, GONE), (600.5, ZIGBEE, SITS), (601.5, ZIGBEE, GONE)),
    ).run()

    assert [name for _, name in game.events()] == ["sat_down", "stood_up", "break_complete"]
    today = game.state(1190)["today"]
    assert (today["bouts"], today["transitions"]) == (1, 1)


def test_a_message_about_something_else_is_no_news(seat: Seat) -> None:
    """A missing key, garbage and an emptied topic change nothing."""
    game = seat(
        *("30:00 end", (1, ZIGBEE, SITS), (600, ZIGBEE, '{"battery":50}')),
        *((700, ZIGBEE, "}{"), (800, ZIGBEE, "")),
    ).run()

    assert game.state(1790)["status"] == "sitting"
    assert [name for _, name in game.events()] == ["sat_down"]


@pytest.mark.parametrize(("age", "estimated"), [(None, True), (400, True), (0, False)])
def test_a_retained_value_has_no_age(seat: Seat, age: float | None, estimated: bool) -> None:
    """The bout begins when it is first heard of, and is estimated unless the change was seen."""
    payload = json.dumps({"seated": True} if age is None else {"seated": True, "age": age})
    retained = seat("10:00 end", (0, OWN, payload, True), seat__topic=OWN, seat__key="seated")
    told = seat("10:00 end", (5, OWN, payload), seat__topic=OWN, seat__key="seated")
    retained.run()
    told.run()

    assert retained.state(500)["estimated"] is True
    assert retained.state(500)["bout_started_at"] == "2026-03-02T08:00:00+00:00"
    assert told.state(500)["estimated"] is estimated


def test_a_retained_value_from_long_ago_is_silence(seat: Seat) -> None:
    """Where the bridge tells when it last heard the sensor, a stale value is not believed."""
    stale = json.dumps({"contact": True, "last_seen": (MONDAY - 27 * 3600) * 1000})
    fresh = json.dumps({"contact": True, "last_seen": "2026-03-02T07:00:00Z"})
    game = seat(
        *("1:00:00 end", (0, ZIGBEE, stale, True)),
        # The bridge starts and repeats what it has; then the sensor is heard.
        *((600, ZIGBEE, stale), (1200, ZIGBEE, fresh)),
    ).run()

    assert game.state(1100)["problem"] == "seat_silent"
    assert game.state(1100)["occupied"] is None
    assert game.state(1210)["status"] == "sitting"


def test_falls_silent(seat: Seat) -> None:
    """Nothing heard for `silent_after`: frozen, silent, and told as a problem of its own."""
    game = seat(
        *("4:00:00 end", (1, ZIGBEE, SITS), (1500, ZIGBEE, SITS), (3000, ZIGBEE, SITS)),
        (9000, ZIGBEE, SITS),
        seat__silent_after="30m",
    ).run()

    assert game.events("break_due") == [(3601, "break_due")]
    assert (4800, "problem") in game.events()
    state = game.state(8000)
    assert (state["status"], state["problem"]) == ("unplugged", "seat_silent")
    assert (state["occupied"], state["contact_closed"]) == (None, None)
    assert not [t for t, on in game.buzzer() if on and 4801 < t < 9000]
    assert (9000, "problem_solved") in game.events()
    assert game.state(9100)["sitting_seconds"] < 200  # so long an absence is a full break


def test_silence_can_be_switched_off(seat: Seat) -> None:
    """Some sensors tell nothing but changes."""
    game = seat("50:00:00 end", (1, ZIGBEE, GONE), seat__silent_after="none").run()

    assert game.events("problem") == []


@pytest.mark.parametrize("topic", [BRIDGE, ONLINE])
def test_bridge_or_sensor_offline(seat: Seat, topic: str) -> None:
    """Sitting time is frozen at once; a short while later the same bout goes on."""
    game = seat(
        *("20:00 end", (0, BRIDGE, THERE, True), (0, ONLINE, THERE, True), (1, ZIGBEE, SITS)),
        *((600, topic, OFFLINE, True), (630, topic, THERE, True), (631, ZIGBEE, SITS)),
        seat__availability=f"{BRIDGE},{ONLINE}",
    ).run()

    state = game.state(601)
    assert (state["status"], state["problem"]) == ("unplugged", "seat_offline")
    assert game.state(635)["status"] == "sitting"
    assert game.state(690)["sitting_seconds"] == pytest.approx(690 - 1 - 31, abs=61)
    assert game.state(690)["today"]["bouts"] == 1
    assert game.events("problem") == [(600, "problem"), (631, "problem_solved")]


def test_offline_during_an_alert_is_silence(seat: Seat) -> None:
    """Never alerts where nothing is known; what is due comes back after the grace."""
    game = seat(
        *("1:20:00 end", (0, BRIDGE, THERE, True), (1, ZIGBEE, SITS)),
        *((4000, BRIDGE, OFFLINE, True), (4015, BRIDGE, THERE, True), (4016, ZIGBEE, SITS)),
        seat__availability=BRIDGE,
    ).run()

    sounds = [t for t, on in game.buzzer() if on]
    assert not [t for t in sounds if 4001 < t < 4076]
    assert [t for t in sounds if 4076 <= t < 4100]


def test_an_availability_that_is_never_told(seat: Seat) -> None:
    """All of them must say that they are online; the wait for what is retained is short."""
    game = seat("05:00 end", (1, ZIGBEE, SITS), seat__availability=ONLINE).run()

    assert game.state(10)["status"] == "starting"
    assert game.state(60)["problem"] == "seat_offline"


@pytest.mark.parametrize("retain", [True, False])
def test_a_short_reconnect_changes_nothing(seat: Seat, retain: bool) -> None:
    """Two seconds without a broker: no event, no sound, and the same bout to the second."""
    calm = seat("1:30:00 end", (1, ZIGBEE, SITS, retain)).run()
    game = seat(
        "1:11:00 broker down\n1:11:02 broker up\n1:30:00 end", (1, ZIGBEE, SITS, retain)
    ).run()

    assert [name for _, name in game.events()] == [name for _, name in calm.events()]
    assert game.buzzer() == calm.buzzer()
    assert game.state(5300)["sitting_seconds"] == pytest.approx(5299, abs=61)


def test_the_broker_is_away(seat: Seat) -> None:
    """After a short grace nothing is known; a retained value is taken again afterwards."""
    script = "1:10:00 broker down\n1:10:50 broker up\n1:30:00 end"
    game = seat(script, (1, ZIGBEE, SITS, True)).run()
    other = seat(script, (1, ZIGBEE, SITS)).run()

    silent_from = 4200 + 20
    sounds = [t for t, on in game.buzzer() if on and t > 4200]
    assert not [t for t in sounds if silent_from + 1 < t < 4250]
    assert game.state(4400)["status"] == "break_due"
    assert game.state(4400)["today"]["bouts"] == 1
    assert other.state(5000)["problem"] == "seat_offline"  # until the sensor tells again


def test_the_broker_is_away_at_the_start(seat: Seat) -> None:
    """Nobody is there to tell: known as a problem after the grace, and solved by a message."""
    game = seat(
        "00:00 broker down\n02:00 broker up\n10:00 end", (300, ZIGBEE, GONE), (301, ZIGBEE, SITS)
    ).run()

    assert game.state(250)["problem"] == "seat_offline"
    assert game.state(400)["status"] == "sitting"
    assert game.state(400)["problem"] is None


@pytest.mark.parametrize("how", ["restart 2s", "crash 5s", "restart 100s"])
def test_the_daemon_restarts_with_a_retained_value(seat: Seat, how: str) -> None:
    """The bout goes on, downtime and all, as with a mat; no problem is told."""
    game = seat(f"30:00 {how}\n40:00 end", (1, ZIGBEE, SITS, True)).run()

    assert game.state(2390)["sitting_seconds"] == pytest.approx(2389, abs=61)
    assert game.state(2390)["estimated"] is True
    assert [name for _, name in game.events()] == ["sat_down"]


def test_the_daemon_restarts_during_an_alert(seat: Seat) -> None:
    """The same alert goes on after the grace."""
    game = seat("1:05:00 restart 5s\n1:20:00 end", (1, ZIGBEE, SITS, True)).run()

    alerts = {
        each["alert_id"]
        for _, _, each in game.messages("event")
        if each["event_type"].startswith("break_due")
    }
    assert len(alerts) == 1
    assert len(game.events("break_due")) == 2


def test_the_daemon_restarts_and_the_sensor_is_not_retained(seat: Seat) -> None:
    """Until its next message nothing is known; within a full break the bout goes on."""
    game = seat("30:00 restart 2s\n40:00 end", (1, ZIGBEE, SITS), (1900, ZIGBEE, SITS)).run()

    assert game.state(1850)["status"] == "starting"
    assert game.state(1850)["reason"] == "Nothing has been heard of the seat yet."
    assert game.state(2390)["today"]["bouts"] == 1
    assert game.events("problem") == []


def test_one_missed_open(seat: Seat) -> None:
    """An alert that getting up cannot end: a press on "not me" ends it, a snooze silences it."""
    script = "1:05:00 press\n1:15:00 publish do/void PRESS\n2:00:00 end"
    game = seat(
        *(script, (1, ZIGBEE, GONE), (60, ZIGBEE, SITS)),
        *((6000, ZIGBEE, SITS), (6300, ZIGBEE, GONE), (6500, ZIGBEE, SITS)),
    ).run()

    sounds = [t for t, on in game.buzzer() if on]
    assert not [t for t in sounds if 3901 < t < 4200]
    assert [t for t in sounds if 4200 <= t < 4500]
    assert not [t for t in sounds if t > 4501]
    assert game.state(6200)["status"] == "ignored"
    assert game.state(6600)["status"] == "sitting"  # the next to sit counts


def test_one_missed_close(seat: Seat) -> None:
    """The sensor's next report tells what was missed; the time until then is not counted."""
    game = seat("2:00:00 end", (1, ZIGBEE, GONE), (3600, ZIGBEE, SITS)).run()

    assert game.state(7100)["sitting_seconds"] == pytest.approx(3500, abs=61)


def test_battery(seat: Seat) -> None:
    """A low battery is a problem of its own, told once; a new one solves it."""
    reports = [(60 * n, ZIGBEE, f'{{"contact":true,"battery":{n}}}') for n in (12, 10, 11, 9, 97)]
    reports = [(60 * i, z, p) for i, (_, z, p) in enumerate(reports, start=1)]
    game = seat("10:00 end", *reports).run()

    assert game.events("problem") == [(120, "problem"), (300, "problem_solved")]
    assert game.state(250)["problem"] == "seat_battery"
    assert game.state(250)["status"] == "sitting"


def test_what_is_found_beside_the_key(seat: Seat) -> None:
    """Battery and link quality are diagnostics, and Home Assistant gets an entity of the first."""
    game = seat("20:00 end", (1, ZIGBEE, '{"contact":true,"battery":97,"linkquality":112}')).run()

    told = game.messages("diagnostics")[-1][2]
    assert (told["seat_battery"], told["seat_link_quality"]) == (97, 112)
    assert "seat_battery" in game.messages("config")[-1][2]["cmps"]


def test_home_assistant_does_not_know(seat: Seat) -> None:
    """`null` is neither seated nor empty."""
    game = seat(
        *("10:00 end", (1, OWN, '{"seated":true,"age":9}', True)),
        *((60, OWN, '{"seated":null,"age":0}', True), (300, OWN, '{"seated":true,"age":1}', True)),
        seat__topic=OWN,
        seat__key="seated",
    ).run()

    assert game.state(200)["problem"] == "seat_offline"
    assert game.state(400)["status"] == "sitting"


def test_home_assistant_falls_silent(seat: Seat) -> None:
    """Its messages come every five minutes: three that are missing are silence."""
    beats = [(t, OWN, '{"seated":true,"age":0}', True) for t in range(1, 1500, 300)]
    game = seat("1:30:00 end", *beats, seat__topic=OWN, seat__key="seated").run()

    assert game.events("problem") == [(1201 + 900, "problem")]
    assert game.events("break_due") == []
