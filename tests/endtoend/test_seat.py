"""The seat on a real broker, as each system tells it; no pin at all, and no GPIO chip."""

import signal
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import pytest

from sensor.daemon.clock import MachineClock
from sensor.doctor.finding import Finding
from sensor.doctor.gpio import gpio
from sensor.doctor.seat import seat
from sensor.errors import HardwareError
from sensor.settings.config import Pins
from sensor.settings.config import Seat as SeatSettings
from sensor.status import text
from sensor.status.client import ask
from tests.endtoend.kit import BASE, Chair, Recorder
from tests.kit import Mosquitto, MosquittoStarter

pytestmark = pytest.mark.slow

NO_PINS = {"pins.mat": "none", "pins.buzzer": "none", "pins.button": "none"}
ZIGBEE = "zigbee2mqtt/desk chair"
SITS = '{"battery":97,"contact":true,"linkquality":112,"voltage":2985}'
GONE = '{"battery":97,"contact":false,"linkquality":112,"voltage":2985}'
DOOR = {"seat.topic": ZIGBEE, "seat.key": "contact"}


class System(NamedTuple):
    """A row of the table: its settings, and its messages as they were recorded."""

    settings: Mapping[str, str]
    seated: str
    empty: str
    retained: bool = False
    availability: tuple[str, str, str] | None = None
    """Topic, and what is told there of a sensor that is there, and of one that is not."""


def zigbee(key: str, sits: str, gone: str, **settings: str) -> System:
    """Make a row of Zigbee2MQTT: nothing retained, availability in JSON."""
    return System(
        {"seat.topic": ZIGBEE, "seat.key": key, **{f"seat.{n}": v for n, v in settings.items()}},
        f'{{"battery":97,"{key}":{sits},"linkquality":112}}',
        f'{{"battery":97,"{key}":{gone},"linkquality":112}}',
        availability=(f"{ZIGBEE}/availability", '{"state":"online"}', '{"state":"offline"}'),
    )


SYSTEMS = {
    "door sensor": zigbee("contact", "true", "false"),
    "leak sensor": zigbee("water_leak", "true", "false"),
    "seat pad": zigbee("pressure", "true", "false"),
    "belt": zigbee("occupancy", "true", "false"),
    "posture": zigbee("pressure_state", '"sedentary"', '"none"', seated="sit,sedentary"),
    "inverted pad": zigbee("contact", "false", "true", seated="false"),
    "old bridge": System(
        DOOR, SITS, GONE, availability=("zigbee2mqtt/bridge/state", "online", "offline")
    ),
    "Home Assistant": System(
        {"seat.topic": f"{BASE}/seat/set"},
        '{"seated": true, "age": 0.2}',
        '{"seated": false, "age": 0.2}',
        retained=True,
    ),
    "ESPHome": System(
        {"seat.topic": "mat/binary_sensor/seat/state"},
        "ON",
        "OFF",
        retained=True,
        availability=("mat/status", "online", "offline"),
    ),
    "Tasmota": System(
        {"seat.topic": "tele/mat/SENSOR", "seat.key": "Switch1"},
        '{"Time":"2026-08-01T10:00:00","Switch1":"ON"}',
        '{"Time":"2026-08-01T10:00:00","Switch1":"OFF"}',
        availability=("tele/mat/LWT", "Online", "Offline"),
    ),
    "Tasmota, SetOption114": System(
        {"seat.topic": "stat/mat/RESULT", "seat.key": "Switch1.Action"},
        '{"Switch1":{"Action":"ON"}}',
        '{"Switch1":{"Action":"OFF"}}',
    ),
    "Tasmota, Zigbee": System(
        {
            "seat.topic": "tele/bridge/SENSOR",
            "seat.key": "ZbReceived.0x4773.Contact",
            "seat.seated": "0",
        },
        '{"ZbReceived":{"0x4773":{"Device":"0x4773","Contact":0,"Endpoint":1,"LinkQuality":70}}}',
        '{"ZbReceived":{"0x4773":{"Device":"0x4773","Contact":1,"Endpoint":1,"LinkQuality":70}}}',
    ),
    "Shelly": System(
        {"seat.topic": "shelly/status/input:0", "seat.key": "state"},
        '{"id":0,"state":true}',
        '{"id":0,"state":false}',
        availability=("shelly/online", "true", "false"),
    ),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_sits_alerts_falls_silent_and_stands(
    name: str,
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
) -> None:
    """Each system through a real broker and the real daemon."""
    system, settings = SYSTEMS[name], {**NO_PINS, **SYSTEMS[name].settings}
    topic = settings["seat.topic"]
    if system.availability:
        settings["seat.availability"] = system.availability[0]
    broker = mosquitto()
    with record(broker.port) as seen, chair(tmp_path, broker.port, **settings) as daemon:
        daemon.await_log("watching the seat")
        seen.await_availability("online")
        if system.availability:
            seen.say(system.availability[0], system.availability[1], retain=True)
        seen.say(topic, system.empty, retain=system.retained)
        seen.await_state(status="vacant")
        seen.say(topic, system.seated, retain=system.retained)
        assert seen.await_event("sat_down")
        assert seen.await_event("break_due")
        if system.availability:
            where, there, gone = system.availability
            seen.say(where, gone, retain=True)
            state = seen.await_state(problem="seat_offline")
            assert (state.payload["occupied"], state.payload["level"]) == (None, 0)
            seen.say(where, there, retain=True)
            seen.say(topic, system.seated, retain=system.retained)
            since = len(seen.entries)
            seen.await_state(status="break_due", since=since - 1)
        seen.say(topic, system.empty, retain=system.retained)
        assert seen.await_event("stood_up")
        assert "no pins" in daemon.await_log("watching the seat")


def test_falls_silent(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Nothing heard for `silent_after`: nothing is known, and nothing alerts."""
    broker = mosquitto()
    settings = {**NO_PINS, **DOOR, "seat.silent_after": "2s", "sit_limit": "1h"}
    with record(broker.port) as seen, chair(tmp_path, broker.port, **settings):
        seen.await_availability("online")
        seen.say(ZIGBEE, SITS)
        seen.await_event("sat_down")
        state = seen.await_state(problem="seat_silent")
        assert state.payload["occupied"] is None
        seen.say(ZIGBEE, SITS)
        assert seen.await_event("problem_solved")


class Bridge:
    """A bridge with one sensor, on which somebody sits, as Zigbee2MQTT is after each start."""

    def __init__(self, seen: Recorder) -> None:
        self._seen = seen

    def starts(self) -> None:
        """Tell that it is there, and what it has of the sensor."""
        self._seen.say("zigbee2mqtt/bridge/state", '{"state":"online"}', retain=True)
        self._seen.say(ZIGBEE, SITS)

    def stops(self) -> None:
        """Go away in order."""
        self._seen.say("zigbee2mqtt/bridge/state", '{"state":"offline"}', retain=True)


@pytest.mark.parametrize("order", [*permutations(("bridge", "broker", "daemon"))])
def test_restarts_in_every_order(
    order: tuple[str, ...],
    mosquitto: MosquittoStarter,
    chair: type[Chair],
    record: type[Recorder],
    tmp_path: Path,
) -> None:
    """Bridge, broker and daemon restarted one after the other: the same bout goes on."""
    broker: Mosquitto = mosquitto()
    settings = {
        **NO_PINS,
        **DOOR,
        "seat.availability": "zigbee2mqtt/bridge/state",
        "sit_limit": "1h",
        "short_absence": "25s",
    }
    with record(broker.port) as seen:
        bridge = Bridge(seen)
        daemon = chair(tmp_path, broker.port, **settings)
        with daemon:
            seen.await_availability("online")
            bridge.starts()
            began = seen.await_state(status="sitting").payload["bout_started_at"]
            for what in order:
                since = len(seen.entries)
                if what == "bridge":
                    bridge.stops()
                    bridge.starts()
                elif what == "broker":
                    broker.stop()
                    seen.await_loss()
                    broker.start()
                    seen.await_availability("online", since=since)
                    bridge.starts()
                else:
                    daemon.end(signal.SIGTERM)
                    daemon = chair(tmp_path, broker.port, **settings)
                    daemon.__enter__()
                    seen.await_availability("online", since=since)
                    bridge.starts()  # the sensor checks in
                state = seen.await_state(status="sitting", since=since)
            assert state.payload["bout_started_at"] == began
            assert state.payload["problem"] is None
            assert seen.events("break_") == []
            daemon.end(signal.SIGTERM)


def test_status_and_doctor(
    mosquitto: MosquittoStarter, chair: type[Chair], record: type[Recorder], tmp_path: Path
) -> None:
    """Both name the topic, when it was heard, battery and availability; and what is wrong."""
    broker = mosquitto()
    settings = {**NO_PINS, **DOOR, "seat.availability": "zigbee2mqtt/bridge/state"}

    def found() -> Finding:
        (one,) = seat(SeatSettings(topic=ZIGBEE), ask(tmp_path), MachineClock())
        return one

    with record(broker.port) as seen, chair(tmp_path, broker.port, **settings) as daemon:
        daemon.await_log("watching the seat")
        seen.await_availability("online")
        first = found()
        assert first.verdict == "unknown"
        assert "nothing heard yet; zigbee2mqtt/bridge/state has told nothing" in first.found
        seen.say("zigbee2mqtt/bridge/state", '{"state":"online"}', retain=True)
        seen.say(ZIGBEE, '{"battery":97}')
        daemon.await_log("has no contact")
        assert (found().verdict, "has no contact" in found().found) == ("fail", True)
        seen.say(ZIGBEE, SITS)
        seen.await_event("break_due")
        due = found()
        assert "a message was lost" in str(due.fix)
        assert "heard 0 s ago" in due.found or "heard 1 s ago" in due.found
        assert f"pressed ({ZIGBEE})" in due.found
        page = text.lines(ask(tmp_path))
        assert any(line.startswith("seat ") and "battery 97 %" in line for line in page)
        assert any("none (pins.buzzer = none)" in line for line in page)
        seen.say("zigbee2mqtt/bridge/state", '{"state":"offline"}', retain=True)
        seen.await_state(problem="seat_offline")
        assert "zigbee2mqtt/bridge/state is not online" in found().found


def test_no_chip_is_needed() -> None:
    """A machine without any GPIO chip: the doctor says so, and looks for none."""

    def none(_chip: int | None) -> object:
        raise HardwareError("looked for a chip")

    (one,) = gpio(Pins(mat=None, buzzer=None), None, none, MachineClock())

    assert one.verdict == "ok"
    assert "no GPIO chip is needed" in one.found
