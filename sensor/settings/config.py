"""The configuration as plain frozen data: what `loading.py` hands over and the daemon lives on.

Nothing here imports pydantic, so that the resident daemon need not carry it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sensor.core.rules import DEFAULT_PROFILE, PROFILES, Rules, layered, yielding
from sensor.core.setting import setting, settings_of
from sensor.settings.address import written
from sensor.settings.timezones import timezone

NO_BROKER = "none"
"""The host of a chair that is to stay alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chair:
    """Which chair this is."""

    id: str | None = setting(
        None,
        "part of every topic; default: made once of the board's serial number, or of the machine "
        "id, and kept",
        kind="id",
        example="desk",
    )
    name: str = setting("Desk chair", "the device's name in Home Assistant")
    area: str | None = setting(
        None, "the area that Home Assistant suggests for it; default: none", example="Office"
    )
    timezone: str | None = setting(
        None, "default: the system's", kind="zone", example="Europe/Berlin"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """BCM numbers of the wires (hardware.md); None where nothing is connected."""

    mat: int | None = setting(
        5, "the mat's contact, to ground; not used with `seat.topic`", kind="input", none=True
    )
    tamper: int | None = setting(None, "the mat's tamper loop", kind="input", none=True, example=6)
    buzzer: int | None = setting(17, "the buzzer's transistor", kind="output", none=True)
    buzzer_active_high: bool = setting(True, "`false` for modules that sound at low level")
    led: int | tuple[int, int] | None = setting(
        None, "one LED; or `[27, 22]` for green and red", kind="led", none=True, example=27
    )
    button: int | None = setting(None, "the snooze button", kind="input", none=True, example=26)
    chip: int | None = setting(
        None,
        "the number in `/dev/gpiochipN`; default: the chip of the 40-pin header",
        0,
        255,
        example=0,
    )


OF_THE_MAT = frozenset({"mat", "tamper"})
"""Wires that are not used where the seat is a sensor on the broker."""


def wires(pins: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Give each wire that is connected: its key in `[pins]` and its BCM number; two of an LED.

    `pins` are those of the settings or of a daemon's answer.
    """
    for name, one in settings_of(Pins).items():
        if one.kind in ("input", "output", "led"):
            value = pins.get(name)
            for number in value if isinstance(value, list | tuple) else (value,):
                if number is not None:
                    yield name, number


HOUR = 3600.0
OWN_SILENT_AFTER = 900.0
"""Seconds; the default of `silent_after` on `seat/set`, which is told every five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A sensor on the broker that stands for the mat (`mqtt/seat.py`)."""

    topic: str | None = setting(
        None,
        "where it tells whether it is occupied; Home Assistant: the chair's own topics and "
        "`seat/set`",
        kind="topic",
        example="zigbee2mqtt/desk chair",
    )
    key: str | None = setting(
        None,
        "the key in its JSON, dotted if nested; default: the whole payload, on `seat/set`: "
        "`seated`",
        example="contact",
    )
    seated: tuple[str, ...] = setting(("true", "on", "1"), "what it says of a sitter", kind="words")
    empty: tuple[str, ...] | None = setting(
        None,
        "what it says of an empty chair; default: all else",
        kind="words",
        example=("false",),
    )
    availability: tuple[str, ...] = setting(
        (),
        "topics of sensor and bridge; unless all say `online`, the seat is not known",
        kind="topics",
    )
    silent_after: float | None = setting(
        26 * HOUR,
        "silence this long means a dead sensor; default on `seat/set`: `15m`",
        1,
        720 * HOUR,
        none=True,
    )

    @property
    def topics(self) -> tuple[str, ...]:
        """All that is listened to; none without a sensor on the broker."""
        return () if self.topic is None else (self.topic, *self.availability)


SEAT_SET = "/seat/set"
"""Below a chair's own topics: where Home Assistant's blueprint tells who sits."""


def is_seat_set(topic: str, mqtt: "Mqtt") -> bool:
    """Whether a topic is the `seat/set` of a chair with this base topic."""
    base, _, chair_id = topic.removesuffix(SEAT_SET).rpartition("/")
    return topic.endswith(SEAT_SET) and base == mqtt.base_topic and bool(chair_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """The broker and how to greet it."""

    host: str = setting(
        "localhost", "the broker, name or address; `none`: no broker, alerts stay here", kind="host"
    )
    port: int | None = setting(None, "default: 1883, or 8883 with TLS", 1, 65535, example=1883)
    username: str | None = setting(None, "the user at the broker", kind="user", example="chair")
    password: str | None = setting(
        None, "not in a file that others may read, and never on the command line", kind="secret"
    )
    password_file: Path | None = setting(None, "a file that holds nothing but the password")
    client_id: str | None = setting(
        None, "default: `chair-sensor-` and the chair's id", example="chair-sensor-desk"
    )
    protocol: Literal["3.1.1", "5"] = setting("3.1.1", "the version of MQTT")
    keepalive: int = setting(
        30, "seconds of silence until the broker is asked", 10, 600, kind="seconds"
    )
    tls: bool = setting(False, "`true`: encrypted; also switched on by any of the next four")
    ca_file: Path | None = setting(
        None,
        "the broker's authority, readable by all; default: the system's",
        example="/etc/chair-sensor/ca.pem",
    )
    cert_file: Path | None = setting(
        None,
        "the daemon's certificate, if it is asked for",
        example="/etc/chair-sensor/client.pem",
    )
    key_file: Path | None = setting(
        None, "the key of that certificate", example="/etc/chair-sensor/client.key"
    )
    tls_insecure: bool = setting(False, "`true`: the broker's certificate is not checked at all")
    base_topic: str = setting("chair-sensor", "all topics begin with it", kind="topic")
    discovery: bool = setting(
        True, "`false`: Home Assistant is not told; and what it was told before is taken back"
    )
    discovery_prefix: str = setting("homeassistant", "as set in Home Assistant", kind="topic")
    birth_topic: str = setting(
        "homeassistant/status", "where Home Assistant says that it has started", kind="topic"
    )

    @property
    def wanted(self) -> bool:
        """Whether there is to be a broker at all."""
        return self.host != NO_BROKER

    @property
    def effective_port(self) -> int:
        """The port that is connected to: the one that is set, else MQTT's own."""
        return self.port or (8883 if self.tls else 1883)

    @property
    def address(self) -> str:
        """The broker as a person would name it, `broker.lan:1883` or `[::1]:1883`."""
        return written(self.host, self.effective_port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a daemon is built from."""

    chair: Chair = Chair()
    pins: Pins = Pins()
    seat: Seat = Seat()
    mqtt: Mqtt = Mqtt()
    profile: str = setting(DEFAULT_PROFILE, "sets several others", kind="profile")
    language: str = setting(
        "en",
        "language of alerts, `status`, reports and Home Assistant, such as `de`",
        kind="language",
    )
    explicit: Mapping[str, Any] = field(default_factory=dict)
    """Rule values written in file, environment or command line; they beat the profile."""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """Rule values, and the profile, changed from Home Assistant: for commands, which have them
    from `storage/in_force.py`. The daemon keeps its own."""
    state_dir: Path | None = setting(
        None,
        "where state and history are kept; default: `/var/lib/chair-sensor` for the unit, "
        "`~/.local/state/chair-sensor` by hand",
        example="/var/lib/chair-sensor",
    )
    keep_days: int | None = setting(
        None,
        "days after which history is deleted; default: it is kept for ever",
        7,
        36_500,
        none=True,
        example=365,
    )
    self_check: bool = setting(False, "`true`: a self-check once a month, if you like")
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "how much is logged")
    file: Path | None = field(default=None, compare=False)
    """The settings file that was named; None: none was, and the unit's is meant."""

    def rules(self, changed: Mapping[str, Any] | None = None) -> Rules:
        """Lay default < profile < what the user wrote < what was changed from Home Assistant.

        `changed` holds rule values and, under "profile", the name of a profile; it stands for the
        changes that are part of the configuration. What nobody has set gives way to the rest.
        """
        changes = dict(self.changed if changed is None else changed)
        profile = PROFILES[changes.pop("profile", self.profile)]
        zone = timezone(self.chair.timezone)
        rules = layered(profile, self.explicit, changes, timezone=zone)
        return replace(rules, **yielding(rules, {*self.explicit, *changes}))

    @property
    def profile_in_force(self) -> str:
        """The profile chosen in Home Assistant, else the one that was written."""
        return str(self.changed.get("profile", self.profile))
