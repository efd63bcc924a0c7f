"""What may be written as a setting: the models, and above them how each value is checked.

Defaults live in `config.py` and `core/rules.py`; times are read in `durations.py`. A check returns
what the core wants or raises ValueError with a text that never repeats the value.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast, get_args

from pydantic import BaseModel, Field, PlainValidator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sensor.core import rules as core
from sensor.languages import LANGUAGES
from sensor.settings import address
from sensor.settings import durations as d
from sensor.settings.config import NO_BROKER
from sensor.settings.timezones import advice, timezone

LARGEST_SECRET = 16 * 1024  # bytes; tokens are long
MINUTE, HOUR = 60, 3600
UNSET: Any = None
"""Stands for every default in the models: only what was written is read out of them."""

Key = tuple[str, ...]
PASSWORD: Key = ("mqtt", "password")
PASSWORD_FILE: Key = ("mqtt", "password_file")
TLS_FILES = ("ca_file", "cert_file", "key_file")
NEED_TLS = (*TLS_FILES, "tls_insecure")
"""Keys of [mqtt] that switch TLS on."""
PATHS: set[Key] = {("state_dir",), PASSWORD_FILE, *(("mqtt", name) for name in TLS_FILES)}

# How values are checked: each function returns what the core wants, or raises ValueError.


def _text(value: object, *, most: int = 200) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text; write it in quotes")  # noqa: TRY004 - pydantic wants it so
    if not 1 <= len(value.encode(errors="replace")) <= most:
        raise ValueError(f"must have 1 to {most} bytes; leave the key out to have it unset")
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in value):
        raise ValueError("has a control character or is not UTF-8; write plain text")
    return value


def password_text(value: object) -> str:
    """Check a password; the newline at its end goes. Raises ValueError."""
    return _text(value.rstrip("\r\n") if isinstance(value, str) else value, most=LARGEST_SECRET)


def _one_of(value: object, *, words: Sequence[str]) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in words:
        raise ValueError(f"is not possible; write one of {', '.join(words)} (quoted in a file)")
    return word


def _switch(value: object) -> bool:
    word = str(value).strip().lower() if isinstance(value, bool | str) else ""
    if word not in {"true", "on", "yes", "1", "false", "off", "no", "0"}:
        raise ValueError("is no switch; write true or false")
    return word in {"true", "on", "yes", "1"}


def _whole(value: object, *, least: int, most: int) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"is not possible; write a whole number from {least} to {most}")
    return value


def _whole_seconds(value: object, *, least: int, most: int) -> int:
    found = d.within(value, least=least, most=most)
    if not found.is_integer():
        raise ValueError(f"must be whole seconds; write {round(found)}s")
    return int(found)


def _chair_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_-]{1,64}", value):
        raise ValueError("is no id; write 1 to 64 of a-z, 0-9, _ and -, such as desk-1")
    return value


def _zone(value: object) -> str:
    try:
        timezone(_text(value))
    except ValueError:
        raise ValueError(advice()) from None
    return str(value)


def _host(value: object) -> str:
    return NO_BROKER if d.is_none(value) else address.host(_text(value).strip())


def _topic(value: object) -> str:
    topic = _text(value)
    if re.search(r"[+#]|^\$", topic):
        raise ValueError("is no topic to publish to; leave out + and #, and $ at the start")
    if "" in topic.split("/"):
        raise ValueError("has an empty level; leave out / at both ends and //")
    return topic


def _path(value: object) -> Path:
    try:
        return Path(_text(value, most=4096)).expanduser().absolute()
    except (OSError, RuntimeError):
        raise ValueError("leads nowhere from here; write the whole path from /") from None


def _pin(value: object, *, reads: bool = False) -> int:
    pin = _whole(value, least=0, most=27)
    if pin in {0, 1}:
        raise ValueError("belongs to the EEPROM of HATs (GPIO0, GPIO1); choose another pin")
    if reads and pin in {2, 3}:
        raise ValueError(
            "has a fixed pull-up (GPIO2, GPIO3), and GPIO3 held low wakes a halted Pi; "
            "choose another pin, such as 5, 6 or 26"
        )
    return pin


def _led(value: object) -> int | tuple[int, int]:
    match [_pin(item) for item in d.items(value)]:
        case [pin]:
            return pin
        case [green, red]:
            return green, red
    raise ValueError("takes one pin, or two: [green, red]")


def _optional(value: object, *, check: Callable[[object], Any]) -> Any:
    return None if d.is_none(value) else check(value)


def _by(function: Callable[..., Any], **limits: Any) -> PlainValidator:
    return PlainValidator(partial(function, **limits))


# What may be written: the tables and keys of the file. Their defaults are in Config and Rules.

_Text = Annotated[str, _by(_text)]
_Topic = Annotated[str, _by(_topic)]
_Path = Annotated[Path, _by(_path)]
_Switch = Annotated[bool, _by(_switch)]
_OptionalInput = Annotated[int | None, _by(_optional, check=partial(_pin, reads=True))]


class ChairTable(BaseModel):
    """The table [chair]."""

    id: Annotated[str, _by(_chair_id)] = UNSET
    name: _Text = UNSET
    timezone: Annotated[str, _by(_zone)] = UNSET


class PinsTable(BaseModel):
    """The table [pins]."""

    mat: Annotated[int, _by(_pin, reads=True)] = UNSET
    tamper: _OptionalInput = UNSET
    buzzer: Annotated[int, _by(_pin)] = UNSET
    buzzer_active_high: _Switch = UNSET
    led: Annotated[int | tuple[int, int] | None, _by(_optional, check=_led)] = UNSET
    button: _OptionalInput = UNSET
    chip: Annotated[int, _by(_whole, least=0, most=255)] = UNSET


class MqttTable(BaseModel):
    """The table [mqtt]."""

    host: Annotated[str, _by(_host)] = UNSET
    port: Annotated[int, _by(_whole, least=1, most=65535)] = UNSET
    username: Annotated[str, _by(_text, most=LARGEST_SECRET)] = UNSET
    password: Annotated[str, _by(password_text)] = Field(default=UNSET, repr=False)
    password_file: _Path = UNSET
    client_id: _Text = UNSET
    protocol: Annotated[Literal["3.1.1", "5"], _by(_one_of, words=("3.1.1", "5"))] = UNSET
    keepalive: Annotated[int, _by(_whole_seconds, least=10, most=600)] = UNSET
    tls: _Switch = UNSET
    ca_file: _Path = UNSET
    cert_file: _Path = UNSET
    key_file: _Path = UNSET
    tls_insecure: _Switch = UNSET
    base_topic: _Topic = UNSET
    discovery: _Switch = UNSET
    discovery_prefix: _Topic = UNSET
    birth_topic: _Topic = UNSET


def _seconds(least: float, most: float, *, zero: bool = False) -> PlainValidator:
    return _by(d.within, least=least, most=most, zero=zero)


def _minutes(least: float, most: float) -> PlainValidator:
    """Check a duration that people think of in minutes; the limits are seconds all the same."""
    return _by(d.within, least=least, most=most, bare=False)


class Settings(BaseSettings):
    """Everything that may be written. Home Assistant offers narrower ranges than a file takes."""

    model_config = SettingsConfigDict(validate_default=False, hide_input_in_errors=True)

    sit_confirm: Annotated[float, _seconds(0.1, MINUTE, zero=True)] = UNSET
    leave_confirm: Annotated[float, _seconds(0.1, 5 * MINUTE, zero=True)] = UNSET
    buzzer_release: Annotated[float, _seconds(0, 10)] = UNSET
    short_absence: Annotated[float, _seconds(0, 10 * MINUTE)] = UNSET
    break_min: Annotated[float, _minutes(1, HOUR)] = UNSET
    break_credit: Annotated[str, _by(_one_of, words=get_args(core.BreakCredit))] = UNSET
    break_goal: Annotated[float, _minutes(1, HOUR)] = UNSET
    break_chirp: _Switch = UNSET
    exercises: Annotated[str, _by(_one_of, words=(*get_args(core.Place), "none"))] = UNSET
    sit_limit: Annotated[float, _minutes(1, 4 * HOUR)] = UNSET
    pre_alert: Annotated[float, _minutes(0, HOUR)] = UNSET
    realert_every: Annotated[float, _minutes(1, HOUR)] = UNSET
    level_after: Annotated[tuple[float, ...], _by(d.level_starts)] = UNSET
    level_every: Annotated[tuple[float | None, ...], _by(d.level_cadences)] = UNSET
    return_grace: Annotated[float, _seconds(0, 10 * MINUTE)] = UNSET
    snooze: Annotated[float, _minutes(1, HOUR)] = UNSET
    max_snoozes: Annotated[int, _by(_whole, least=0, most=10)] = UNSET
    dnd_expires: Annotated[float, _minutes(1, 12 * HOUR)] = UNSET
    goals: _Switch = UNSET
    quiet_hours: Annotated[core.ClockRange | None, _by(d.quiet_hours)] = UNSET
    working_hours: Annotated[tuple[core.WorkingHours, ...], _by(d.working_week)] = UNSET
    day_starts: Annotated[time, _by(d.time_of_day)] = UNSET
    suspicious_after: Annotated[
        float | None, _by(d.within_or_none, least=1, most=24 * HOUR, bare=False)
    ] = UNSET
    fatigue_after: Annotated[float, _minutes(1, 4 * HOUR)] = UNSET
    buzzer_style: Annotated[str, _by(_one_of, words=get_args(core.BuzzerStyle))] = UNSET
    profile: Annotated[str, _by(_one_of, words=tuple(core.PROFILES))] = UNSET
    language: Annotated[str, _by(_one_of, words=LANGUAGES)] = UNSET
    state_dir: _Path = UNSET
    keep_days: Annotated[
        int | None, _by(_optional, check=partial(_whole, least=7, most=36_500))
    ] = UNSET
    self_check: _Switch = UNSET
    log_level: Annotated[str, _by(_one_of, words=("debug", "info", "warning", "error"))] = UNSET
    chair: ChairTable = ChairTable()
    pins: PinsTable = PinsTable()
    mqtt: MqttTable = MqttTable()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Lay the layers that were handed over, the strongest first, and read nothing besides."""
        layers = cast("InitSettingsSource", init_settings).init_kwargs["layers"]
        return tuple(_Source(settings_cls, layer) for layer in layers)


RULES = [rule.name for rule in fields(core.Rules) if rule.name != "timezone"]
TOP_LEVEL = ("profile", "language", "state_dir", "keep_days", "self_check", "log_level")
TABLES: dict[str, type[BaseModel]] = {"chair": ChairTable, "pins": PinsTable, "mqtt": MqttTable}
KEYS: list[Key] = [
    *((name,) for name in Settings.model_fields if name not in TABLES),
    *((table, name) for table, model in TABLES.items() for name in model.model_fields),
]


class Given(NamedTuple):
    """A value as it was written, and where."""

    value: Any
    where: str


Layer = dict[Key, Given]


class _Source(PydanticBaseSettingsSource):
    """One layer, in the shape pydantic-settings lays over the others."""

    def __init__(self, settings_cls: type[BaseSettings], layer: Layer) -> None:
        super().__init__(settings_cls)
        self._layer = layer

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked: the whole layer is handed over at once."""
        raise NotImplementedError

    def __call__(self) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for (*table, name), given in self._layer.items():
            (tree.setdefault(table[0], {}) if table else tree)[name] = given.value
        return tree
