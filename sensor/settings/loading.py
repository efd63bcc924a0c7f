"""Reads the settings: `--set` > environment > TOML file > profile > default.

What may be written is in `values.py`, how it is checked in `model.py`, how it is shown in
`lines.py`. All mistakes are told at once, one line each, and no line ever shows a secret. The
running daemon lives on the plain `Config` that comes out.
"""

import io
import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, Unpack

from sensor.core import rules as core
from sensor.core.setting import settings_of
from sensor.errors import SettingsError, nearest
from sensor.settings.bad_value import BadValueError, unreadable
from sensor.settings.config import (
    OF_THE_MAT,
    OWN_SILENT_AFTER,
    Chair,
    Config,
    Mqtt,
    Pins,
    Seat,
    is_seat_set,
)
from sensor.settings.conflicts import conflicts
from sensor.settings.editing import line_of
from sensor.settings.kinds import password_text
from sensor.settings.lines import cited, describe, plain, wrong
from sensor.settings.text_files import decoded
from sensor.settings.unit import ONE, Unit
from sensor.settings.values import (
    NEED_TLS,
    PASSWORD,
    PASSWORD_FILE,
    PATHS,
    SETTINGS,
    TABLES,
    TLS_FILES,
    Given,
    Key,
    Layer,
    strongest,
)

__all__ = ["Loaded", "describe", "load", "load_with_origins"]

PREFIX = "CHAIR_SENSOR_"
CREDENTIAL = "mqtt_password"
FILE_CREDENTIALS = {"mqtt_cert": ("mqtt", "cert_file"), "mqtt_key": ("mqtt", "key_file")}
NO_CREDENTIAL = "\n"
"""What the unit hands over where there is none: systemd would tell a missing one at each start."""
HOST: Key = ("mqtt", "host")
LARGEST_FILE = 64 * 1024
MQTT_FILES = ("password_file", *TLS_FILES)

# Where settings are written: layers of key -> value.


def _command_line(overrides: Sequence[str], where: str, problems: list[str]) -> Layer:
    layer = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if equals:
            layer[tuple(name.strip().split("."))] = Given(value, where)
        else:  # the text may be a secret gone astray: it is not shown
            problems.append("--set needs key=value. For example --set sit_limit=45m.")
    return layer


def _environment(environ: Mapping[str, str]) -> Layer:
    return {
        tuple(name[len(PREFIX) :].lower().split("__")): Given(
            value, f"environment variable {plain(name)}"
        )
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }


def _file(config_file: Path | None, problems: list[str]) -> Layer:
    path = config_file or ONE.settings
    try:
        return dict(_flattened(_content(path, LARGEST_FILE), path))
    except ValueError as error:
        if config_file or not isinstance(error.__cause__, FileNotFoundError):
            problems.append(f"{plain(str(path))}: {error}")
    return {}


def _content(path: Path, most: int) -> str:
    """Read a whole text file. Raises ValueError."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise unreadable(error) from error
    if len(data) > most:
        raise BadValueError(f"is larger than {most} bytes", "Is it the right file?")
    return "".join(decoded(io.BytesIO(data)))


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line ([0-9]+)", str(error))
        line = found[1] if found else 1 + text.rstrip("\n").count("\n")
        what = plain(re.sub(r" \(at .*\)$", "", str(error)))
    except RecursionError:
        raise BadValueError("is nested too deeply", "Lists hold plain values here.") from None
    except ValueError:
        raise BadValueError("has a number with too many digits", "Write a shorter one.") from None
    raise BadValueError(f"line {line}: {what}", "Texts and durations need quotes.")


def _flattened(text: str, path: Path) -> Iterator[tuple[Key, Given]]:
    """Every key of a file; relative paths in it start where the file is."""
    for name, value in _toml(text).items():
        leaves: dict[Key, Any] = {(name,): value}
        if name in TABLES and isinstance(value, dict):
            leaves = {(name, key): leaf for key, leaf in value.items()}
        for key, leaf in leaves.items():
            relative = key in PATHS and isinstance(leaf, str) and leaf and not leaf.startswith("~")
            found = str(path.absolute().parent / leaf) if relative else leaf
            line = None if key in SETTINGS else line_of(text, key)
            yield key, Given(found, plain(str(path)) + (f", line {line}" if line else ""))


def _credentials(directory: str | Path | None, unit: Unit) -> Layer:
    """Files that systemd hands to the unit and to nobody else; the password is not among them."""
    files = {name: _credential(directory or "", unit, name) for name in FILE_CREDENTIALS}
    return {
        FILE_CREDENTIALS[name]: Given(str(file), f"systemd credential {name}")
        for name, file in files.items()
        if directory and file.exists() and file.stat().st_size > len(NO_CREDENTIAL)
    }


def _credential(directory: str | Path, unit: Unit, name: str) -> Path:
    """Name a credential as systemd hands it over, or as it lies in systemd's store, for root."""
    file = Path(directory, name)
    return file if file.exists() else file.with_name(unit.credential(name))


# From layers to a Config: unknown keys, one password, values, contradictions.


class Loaded(NamedTuple):
    """A configuration, for each dotted key that was written: where, and the files of `[mqtt]`."""

    config: Config
    origins: Mapping[str, str]
    files: Mapping[str, Path]
    """By the dotted key that names them."""


class Places(TypedDict, total=False):
    """Where settings are written; what is left out is looked for where it usually is."""

    config_file: Path | None
    """None: the file in /etc, if there is one."""
    overrides: Sequence[str]
    """The texts after `--set`."""
    overrides_from: str
    """What errors call the place of these texts."""
    environ: Mapping[str, str] | None
    """Stands for os.environ."""
    credentials_dir: Path | None
    """Stands for CREDENTIALS_DIRECTORY in the environment."""
    unit: Unit
    """Whose credentials are taken from there."""
    without: Collection[Key]
    """Settings that the file loses."""
    own_broker: bool
    """Whether there is a broker whatever mqtt.host says, as in a simulation."""


def load(**places: Unpack[Places]) -> Config:
    """Read the settings. Raises SettingsError with one line for each mistake."""
    return load_with_origins(**places).config


def load_with_origins(  # noqa: PLR0913  (all by name)
    *,
    config_file: Path | None = None,
    overrides: Sequence[str] = (),
    overrides_from: str = "--set",
    environ: Mapping[str, str] | None = None,
    credentials_dir: Path | None = None,
    unit: Unit = ONE,
    without: Collection[Key] = (),
    own_broker: bool = False,
) -> Loaded:
    """Like `load`, and tell where each setting was written. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    credentials = credentials_dir or environ.get("CREDENTIALS_DIRECTORY")
    problems: list[str] = []
    written = [
        _command_line(overrides, overrides_from, problems),
        _environment(environ),
        {key: one for key, one in _file(config_file, problems).items() if key not in without},
        _credentials(credentials, unit),
    ]
    given, faults = _checked(_one_password([_known(layer, problems) for layer in written]))
    problems += [wrong(key, *what) for key, what in faults.items()]
    config = _config(given)
    stored = _credential(credentials, unit, CREDENTIAL) if credentials else None
    config = replace(
        config, mqtt=replace(config.mqtt, password=_password(config, given, stored, problems))
    )
    for keys, sentence, fix in conflicts(config, given):
        if faults.keys().isdisjoint(keys) and not (own_broker and HOST in keys):
            problems.append(f"{sentence.format(*cited(keys, config, given))}. {fix}")
    if problems:
        raise SettingsError(*problems)
    named = {f"mqtt.{name}": getattr(config.mqtt, name) for name in MQTT_FILES}
    return Loaded(
        replace(config, file=config_file and config_file.absolute()),
        origins={".".join(key): value.where for key, value in given.items()},
        files={key: path for key, path in named.items() if path},
    )


def _checked(layers: Sequence[Layer]) -> tuple[Layer, dict[Key, tuple[Given, BadValueError]]]:
    """Return the right values, and the wrong ones."""
    try:
        return strongest(layers), {}
    except BadValueError:
        from sensor.settings.model import checked  # noqa: PLC0415  (pydantic: half of a start)

        return checked(layers)


def _known(layer: Layer, problems: list[str]) -> Layer:
    for key, given in layer.items():
        if key not in SETTINGS:  # its value is not shown: it may be a mistyped password
            problems.append(
                _unknown(key, given.where).about(plain(".".join(key)[:80]), given.where)
            )
    return {key: given for key, given in layer.items() if key in SETTINGS}


def _unknown(key: Key, where: str) -> BadValueError:
    if key[0] in TABLES and len(key) == 1:
        example = next(known[1] for known in SETTINGS if known[:-1] == key)
        return BadValueError("is a table", f"Write {key[0]}.{example} and so on.")
    if key[0] in TABLES and key[1:] in SETTINGS and ", line " in where:
        return BadValueError(
            "is not a setting",
            f"{key[1]} stands under [{key[0]}]: move it above the first [section].",
        )
    namesakes = [".".join(known) for known in SETTINGS if known[-1] == key[-1]]
    names = [".".join(known) for known in SETTINGS] + list(TABLES)
    name = namesakes[0] if namesakes else nearest(".".join(key)[:80].lower(), names)
    if name is None:
        return BadValueError(
            "is not a setting", "Remove it; `chair-sensor check-config --all` lists all settings."
        )
    if PREFIX in where:
        name = PREFIX + name.replace(".", "__").upper()
    return BadValueError("is not a setting", f"Did you mean {name}?")


def _one_password(layers: list[Layer]) -> list[Layer]:
    """Forget passwords, and files of passwords, that a stronger layer replaces by either."""
    both = {PASSWORD, PASSWORD_FILE}
    kept: list[Layer] = []
    decided = False
    for layer in layers:
        kept.append({key: value for key, value in layer.items() if not (decided and key in both)})
        decided = decided or not both.isdisjoint(layer)
    return kept


def _password(
    config: Config, given: Layer, credential: Path | None, problems: list[str]
) -> str | None:
    """Take the password itself, else what its file holds, else systemd's credential."""
    file = config.mqtt.password_file
    place = file or credential
    if config.mqtt.password or place is None:
        return config.mqtt.password
    source = f"systemd credential {CREDENTIAL}"
    if file:
        (source,) = cited([PASSWORD_FILE], config, given)
    try:
        content = _content(place, LARGEST_FILE)
        return password_text(content) if file or content.strip("\r\n") else None
    except ValueError as error:
        if file or not isinstance(error.__cause__, FileNotFoundError):
            problems.append(f"{source}: {error}")
    return None


def _config(given: Layer) -> Config:
    def own(cls: type, *table: str) -> dict[str, Any]:
        keys = {name: (*table, name) for name in settings_of(cls)}
        return {name: given[key].value for name, key in keys.items() if key in given}

    mqtt = own(Mqtt, "mqtt")
    mqtt.setdefault("tls", any(mqtt.get(name) for name in NEED_TLS))
    link, seat, pins = Mqtt(**mqtt), own(Seat, "seat"), own(Pins, "pins")
    if topic := seat.get("topic"):
        pins |= dict.fromkeys(OF_THE_MAT)
        if is_seat_set(topic, link):
            seat = {"key": "seated", "silent_after": OWN_SILENT_AFTER} | seat
    return Config(
        chair=Chair(**own(Chair, "chair")),
        pins=Pins(**pins),
        seat=Seat(**seat),
        mqtt=link,
        explicit=own(core.Rules),
        **own(Config),
    )
