"""Keys of a sensor's messages, by their names: likely ones, useless ones, self-clearing ones."""

import re
from collections.abc import Collection

from sensor.core.words import Text

LIKELY = ("contact", "water_leak", "pressure_state", "pressure", "seated", "occupancy", "presence")
"""Names that seats and sensors with a mat have, the likeliest first."""
ASIDE = re.compile(
    r"(.*_)?(battery.*|voltage|power_outage_count|link_?quality|lqi|rssi|snr|last_?seen|time|"
    r"timestamp|age|uptime|temperature|humidity|illuminance.*|lux|update.*|counter|.*_count|tamper|"
    r"id|endpoint|.*address|device|no_occupancy_since|trigger_?time)",
    re.IGNORECASE,
)
"""Names of what a message tells besides: of battery, radio, weather, of the message itself."""
MOVEMENT = re.compile(r"(.*_)?(vibration|motion|movement|moving|shake|tilt|drop)", re.IGNORECASE)
"""Names of what is there only while something moves."""
PIR = {
    *("occupancy_timeout", "no_occupancy_since", "motion_sensitivity", "motion_timeout"),
    *("keep_time", "illuminance", "illuminance_lux"),
}
"""Neighbours by which an `occupancy` is that of a motion sensor, and not of a belt or pad."""
BODY = re.compile(r"(.*_)?(occupancy|presence|detected)", re.IGNORECASE)
"""Names that a motion sensor may have, too: only sitting still tells."""
DELAY = re.compile(
    r".*(delay|timeout|fading_time|hold_time|keep_time|detection_interval|debounce)", re.IGNORECASE
)
"""Names of settings in a device that hold a change back."""
SHORT = 2
"""Seconds that a change may be held back in a device."""

MOVES = Text(
    "{key} is there only while something moves, and clears itself: it says nothing of somebody "
    "who sits still"
)
CLEARS = Text(
    "{key} is that of a motion sensor: it clears itself after a timeout, and says nothing of "
    "somebody who sits still"
)


def rank(key: str) -> int:
    """Tell how likely a key is that of the seat; 0 is the likeliest."""
    name = key.rpartition(".")[2].lower()
    return LIKELY.index(name) if name in LIKELY else len(LIKELY)


def is_aside(key: str | None) -> bool:
    """Whether a key never tells who sits."""
    return key is not None and any(map(ASIDE.fullmatch, key.split(".")))


def refusal(key: str | None, neighbours: Collection[str]) -> Text | None:
    """Tell why a key that changes does not do, by its name and those beside it; None: it may."""
    if key is None:
        return None
    name = key.rpartition(".")[2].lower()
    if MOVEMENT.fullmatch(name):
        return Text(MOVES.english, {"key": key})
    if name == "occupancy" and not PIR.isdisjoint(neighbours):
        return Text(CLEARS.english, {"key": key})
    return None


def may_clear(key: str | None) -> bool:
    """Whether a motion sensor might have this key, too."""
    return key is not None and BODY.fullmatch(key.rpartition(".")[2]) is not None


def delays(words: dict[str | None, str]) -> list[str]:
    """List the settings in a message of the device that hold changes back for more than 2 s."""
    return [
        key
        for key, word in words.items()
        if key is not None
        and DELAY.fullmatch(key)
        and re.fullmatch(r"\d+(\.\d+)?", word)
        and float(word) > SHORT
    ]
