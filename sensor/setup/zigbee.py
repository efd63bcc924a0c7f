"""Reads what Zigbee2MQTT tells of its devices on `<base>/bridge/devices`. Pure, never raises."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sensor.core.words import Text
from sensor.setup import seat_keys

DEVICES = "bridge/devices"
PUBLISHED = 1
"""The bit of `access` of what comes in messages by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One that tells something."""

    topic: str
    model: str
    keys: Sequence[str]
    """Those that could tell who sits, the likeliest first; dotted if nested."""
    refusal: Text | None
    """Why another key does not do; None: there is no such key."""
    names: frozenset[str]
    """All that it tells or takes."""


def devices(payload: bytes, base: str) -> list[Device]:
    """List the devices, those first that are likely to be a seat; `base`: the bridge's topic."""
    try:
        listed = json.loads(payload)
    except (ValueError, RecursionError):
        return []
    found = [_device(each, base) for each in _objects(listed)]
    return sorted(
        (each for each in found if each is not None),
        key=lambda each: (seat_keys.rank((*each.keys, "")[0]), each.topic),
    )


def _device(told: Mapping[str, Any], base: str) -> Device | None:
    name, definition = told.get("friendly_name"), told.get("definition")
    if not isinstance(name, str) or not isinstance(definition, dict):
        return None
    if told.get("disabled") or told.get("type") == "Coordinator":
        return None
    exposed = list(_leaves(_objects(definition.get("exposes"))))
    names = frozenset(
        [key.rpartition(".")[2] for key, _ in exposed]
        + [str(each.get("name")) for each in _objects(definition.get("options"))]
    )
    levels = {key for key, one in exposed if _is_level(one)}
    refused = {key: seat_keys.refusal(key, names) for key in sorted(levels, key=seat_keys.rank)}
    model = " ".join(str(definition[part]) for part in ("vendor", "model") if definition.get(part))
    return Device(
        topic=f"{base}/{name}",
        model=model,
        keys=[key for key, why in refused.items() if why is None],
        refusal=next(filter(None, refused.values()), None),
        names=names,
    )


def _leaves(
    exposes: Iterable[Mapping[str, Any]], parent: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each single thing that is exposed, by its dotted key; a composite one has a key, too."""
    for one in exposes:
        key = ".".join(filter(None, [parent, str(one.get("property") or "")]))
        if isinstance(one.get("features"), list):
            yield from _leaves(_objects(one["features"]), key)
        elif one.get("property"):
            yield key, one


def _is_level(one: Mapping[str, Any]) -> bool:
    """Whether it comes in messages, and has two or a few values."""
    access = one.get("access")
    comes = isinstance(access, int) and bool(access & PUBLISHED)
    set_by_user = one.get("category") == "config"
    return comes and not set_by_user and one.get("type") in ("binary", "enum")


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
