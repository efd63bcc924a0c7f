"""Reads a message of the seat's sensor: payload and settings -> what it tells. Pure, never raises.

A key and a few words are enough for what Zigbee2MQTT, Home Assistant, ESPHome, Tasmota and Shelly
send; `README.md` has the table. Beside the key a message may tell of battery, link and age.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sensor.settings.config import Seat

Contact = Literal["closed", "open", "unknown", "no news"]
"""`unknown`: the sensor says that it does not know. `no news`: the message tells other things."""

NOT_KNOWN = {"", "null", "unknown", "unavailable"}
"""Words for a value that is not known, unless the settings give them a meaning.

A `None` that is the whole payload is one of Home Assistant's templates; beside a key `none` is the
word of a seat pad for an empty chair.
"""
ONLINE = {"online", "true", "on", "1"}
LOW = 10
"""Percent at which a battery is low, where the sensor does not say so itself."""
MILLISECONDS = 1e11
"""A larger moment is not in seconds: they reach it in the year 5138."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatMessage:
    """What one message tells; None: nothing of that."""

    contact: Contact = "no news"
    fault: str = ""
    """Why there is no news of the contact; empty: nothing is wrong."""
    battery: float | None = None
    """Percent."""
    battery_low: bool | None = None
    link_quality: float | None = None
    """As the bridge tells it; for Zigbee 0-255."""
    last_seen: float | None = None
    """When the bridge last heard the sensor, Unix time in seconds."""
    age: float | None = None
    """Seconds since the contact changed."""


def decode(payload: bytes, seat: Seat) -> SeatMessage:
    """Read a message on `seat.topic`."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return SeatMessage(fault="is no text")
    value = _json(text)
    if seat.key is None:
        beside: Mapping[str, Any] = {}
        if isinstance(value, dict):
            return SeatMessage(fault="is JSON: set seat.key")
    elif not isinstance(value, dict):
        return SeatMessage(fault=f"is no JSON object, so that it has no {seat.key}")
    else:
        *parents, name = seat.key.split(".")
        for parent in parents:
            value = value.get(parent) if isinstance(value, dict) else None
        if not isinstance(value, dict) or name not in value:
            found = value if isinstance(value, dict) else {}
            return SeatMessage(fault=f"has no {seat.key}", **_beside(found))
        beside, value = value, value[name]
    if isinstance(value, dict | list):
        return SeatMessage(fault=f"has no single value as {seat.key}", **_beside(beside))
    word = _word(value)
    if seat.key is None and word == "none":
        word = "null"
    return SeatMessage(contact=_contact(word, seat), **_beside(beside))


def words(payload: bytes) -> dict[str | None, str]:
    """Give each single value of a message, as a word, by its dotted key; None: the whole payload.

    A name with a dot in it has no such key.
    """
    try:
        value = _json(payload.decode())
    except UnicodeDecodeError:
        return {}
    if not isinstance(value, dict | list):
        return {None: _word(value)}
    return {".".join(key): word for key, word in _leaves(value)}


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    waiting: deque[tuple[tuple[str, ...], Any]] = deque([((), value)])
    while waiting:
        key, each = waiting.popleft()
        if isinstance(each, dict):
            waiting += [((*key, name), part) for name, part in each.items() if "." not in name]
        elif not isinstance(each, list):
            yield key, _word(each)


def is_online(payload: bytes) -> bool:
    """Read a message about availability, text or JSON with `state`; one taken back means no."""
    value = _json(payload.decode("utf-8", "replace").strip())
    if isinstance(value, dict):
        value = value.get("state")
    return _word(value) in ONLINE


def _json(text: str) -> Any:
    """Return the value of a JSON text; another text is its own value."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _word(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(_whole(value))).strip().lower()


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _contact(word: str, seat: Seat) -> Contact:
    if word in seat.seated:
        return "closed"
    if word in (seat.empty or ()):
        return "open"
    if word in NOT_KNOWN:
        return "unknown"
    return "open" if seat.empty is None else "no news"


def _beside(values: Mapping[str, Any]) -> dict[str, Any]:
    """Find battery, link and age among the neighbours of the key, whoever has written them."""
    known = {name.lower().replace("_", ""): value for name, value in values.items()}
    battery = _first(known, "battery", "batterypercentage", "batterylevel")
    low = known.get("batterylow")
    if not isinstance(low, bool):
        low = None if battery is None else battery <= LOW
    return {
        "battery": battery,
        "battery_low": low,
        "link_quality": _first(known, "linkquality", "lqi"),
        "last_seen": _moment(known.get("lastseen")),
        "age": _first(known, "age"),
    }


def _first(known: Mapping[str, Any], *names: str) -> float | None:
    return next((found for name in names if (found := _number(known.get(name))) is not None), None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < 1e15 else None  # compared, for no float holds the largest integers


def _moment(value: Any) -> float | None:
    """Read ISO 8601 with an offset, or Unix time in seconds or milliseconds."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            return moment.timestamp() if moment.tzinfo else None
        except (ValueError, OverflowError):
            return None
    number = _number(value)
    return number if number is None or number < MILLISECONDS else number / 1000
