"""The configuration as plain frozen data: what `loading.py` hands over and the daemon lives on.

Nothing here imports pydantic, so that the resident daemon need not carry it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sensor.core.rules import DEFAULT_PROFILE, PROFILES, Rules, layered, yielding
from sensor.settings.address import written
from sensor.settings.timezones import timezone

NO_BROKER = "none"
"""The host of a chair that is to stay alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chair:
    """Which chair this is."""

    id: str | None = None
    """`[a-z0-9_-]`, part of every topic; None: made once and kept in the state directory."""
    name: str = "Desk chair"
    timezone: str | None = None
    """An IANA name such as Europe/Berlin; None: the system's own zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """BCM numbers of the wires (hardware.md); None where nothing is connected."""

    mat: int = 5
    tamper: int | None = None
    buzzer: int = 17
    buzzer_active_high: bool = True
    led: int | tuple[int, int] | None = None
    """One pin for a single-colour LED, or (green, red) for a two-colour one."""
    button: int | None = None
    chip: int | None = None
    """Number N of /dev/gpiochipN; None: the chip of the 40-pin header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """The broker and how to greet it."""

    host: str = "localhost"
    port: int | None = None
    """None: 1883, or 8883 with TLS."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str | None = None
    """None: chair-sensor-<chair id>."""
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    keepalive: int = 30
    """Seconds, 10-600."""
    tls: bool = False
    ca_file: Path | None = None
    """None: the system's certificate authorities."""
    cert_file: Path | None = None
    key_file: Path | None = None
    tls_insecure: bool = False
    """True: the broker's certificate is not checked at all."""
    base_topic: str = "chair-sensor"
    discovery: bool = True
    discovery_prefix: str = "homeassistant"
    birth_topic: str = "homeassistant/status"

    @property
    def wanted(self) -> bool:
        """Whether there is to be a broker at all."""
        return self.host != NO_BROKER

    @property
    def address(self) -> str:
        """The broker as a person would name it, `broker.lan:1883` or `[::1]:1883`."""
        return written(self.host, self.port or (8883 if self.tls else 1883))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a daemon is built from."""

    chair: Chair = Chair()
    pins: Pins = Pins()
    mqtt: Mqtt = Mqtt()
    profile: str = DEFAULT_PROFILE
    language: str = "en"
    """What messages, reasons and reports are told in, one of `languages.LANGUAGES`."""
    explicit: Mapping[str, Any] = field(default_factory=dict)
    """Rule values written in file, environment or command line; they beat the profile."""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """Rule values, and the profile, changed from Home Assistant: for commands, which have them
    from `storage/in_force.py`. The daemon keeps its own."""
    state_dir: Path | None = None
    """None: systemd's $STATE_DIRECTORY, else ~/.local/state/chair-sensor."""
    keep_days: int | None = None
    """Days after which history is deleted, 7-36500; None: it is kept."""
    self_check: bool = False
    """Whether the monthly self-check is wanted."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    file: Path | None = field(default=None, compare=False)
    """The settings file that was named; None: none was, and the unit's is meant."""

    def rules(self, changed: Mapping[str, Any] | None = None) -> Rules:
        """Lay default < profile < what the user wrote < what was changed from Home Assistant.

        `changed` holds rule values and, under "profile", the name of a profile; it stands for the
        changes that are part of the configuration. What nobody has set gives way to the rest. But
        a warning that Home Assistant shows does not move under the hands that move the limit.
        """
        changes = dict(self.changed if changed is None else changed)
        profile = PROFILES[changes.pop("profile", self.profile)]
        zone = timezone(self.chair.timezone)
        own = yielding(layered(PROFILES[self.profile], self.explicit), self.explicit)
        warning = {name: value for name, value in own.items() if name == "pre_alert"}
        rules = layered(profile, warning, self.explicit, changes, timezone=zone)
        return replace(rules, **yielding(rules, {"pre_alert", *self.explicit, *changes}))

    @property
    def profile_in_force(self) -> str:
        """The profile chosen in Home Assistant, else the one that was written."""
        return str(self.changed.get("profile", self.profile))
