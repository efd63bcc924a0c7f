"""Settings that are right alone and wrong together."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import combinations

from sensor.core import rules as core
from sensor.settings.bad_value import unreadable
from sensor.settings.config import Config, Mqtt, wires
from sensor.settings.values import (
    NEED_TLS,
    PASSWORD,
    PASSWORD_FILE,
    SETTINGS,
    TLS_FILES,
    Key,
    Layer,
)


def conflicts(config: Config, given: Layer) -> Iterator[tuple[list[Key], str, str]]:
    """Find settings that are right alone and wrong together: their keys, a sentence, the fix."""
    for sentence in core.violated(config.rules()):
        names = re.findall(r"\{(\w+)\}", sentence)
        yield [(name,) for name in names], re.sub(r"\w+(?=\})", "", sentence), "Change one of them."
    for (one, pin), (other, same) in combinations(wires(asdict(config.pins)), 2):
        if pin == same:
            sentence = "{} is one pin twice" if one == other else "{} and {} share a pin"
            yield [("pins", one), ("pins", other)], sentence, "Give each wire its own."
    if PASSWORD in given and PASSWORD_FILE in given:
        yield [PASSWORD, PASSWORD_FILE], "{} and {} are both set", "Keep one."
    yield from _of_tls(config.mqtt)
    yield from _of_seat(config, given)


def _of_seat(config: Config, given: Layer) -> Iterator[tuple[list[Key], str, str]]:
    seat = config.seat
    topic: Key = ("seat", "topic")
    words: list[Key] = [("seat", "seated"), ("seat", "empty")]
    if seat.topic is None:
        if config.pins.mat is None:
            yield (
                [("pins", "mat")],
                "{} leaves nothing that tells who sits",
                "Name a pin, or the topic of a sensor as seat.topic.",
            )
        for key, (value, _) in given.items():
            if key[0] == "seat" and value != SETTINGS[key].default:
                yield [key], "{} needs seat.topic", "Set it, or leave this out."
        return
    if not config.mqtt.wanted:
        yield (
            [topic, ("mqtt", "host")],
            "{} cannot be heard with {}",
            "Name the broker, or a pin as pins.mat.",
        )
    if seat.topic in seat.availability:
        yield [topic, ("seat", "availability")], "{} is also in {}", "Leave it out there."
    if set(seat.seated) & set(seat.empty or ()):
        yield words, "{} and {} share a word", "Each must mean one thing."
    for name in ("topic", "availability"):
        key, topics = ("seat", name), seat.availability if name == "availability" else [seat.topic]
        if any(_is_own(each, config) for each in topics):
            sentence = "{} is where the chair itself speaks or listens, with {}"
            yield [key, ("mqtt", "base_topic")], sentence, "Name the topic of the sensor."


def _is_own(topic: str, config: Config) -> bool:
    """Whether a topic is one of the chair's own; of any chair's, while its id is not known."""
    mqtt, chair_id = config.mqtt, re.escape(config.chair.id or "") or "[^/]+"
    told = "state|event|availability|diagnostics|(set|do)/[^/]+"
    own = rf"{re.escape(mqtt.base_topic)}/{chair_id}/({told})"
    return topic == mqtt.birth_topic or re.fullmatch(own, topic) is not None


def _of_tls(mqtt: Mqtt) -> Iterator[tuple[list[Key], str, str]]:
    needed = [("mqtt", name) for name in NEED_TLS if getattr(mqtt, name)]
    if needed and not mqtt.tls:
        sentence = f"{{}} contradicts {', '.join(['{}'] * len(needed))}"
        yield [("mqtt", "tls"), *needed], sentence, "Set mqtt.tls = true, or leave out the rest."
        return
    if bool(mqtt.cert_file) != bool(mqtt.key_file):
        yield (
            [("mqtt", "cert_file"), ("mqtt", "key_file")],
            "{} and {} belong together",
            "Set both, or neither.",
        )
    for name in TLS_FILES:
        path = getattr(mqtt, name)
        try:
            if path:
                path.open("rb").close()
        except OSError as error:
            fault = unreadable(error)
            yield [("mqtt", name)], f"{{}} {fault.what}", fault.fix
