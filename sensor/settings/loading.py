"""Reads the settings: `--set` > environment > TOML file > profile > default.

What may be written is in `values.py`, how it is shown in `lines.py`. All mistakes
are told at once, one line each, and no line ever shows a secret. The running daemon never imports
this file: it lives on the plain `Config` that comes out.
"""

import difflib
import io
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from sensor.core import rules as core
from sensor.errors import SettingsError
from sensor.settings.config import Chair, Config, Mqtt, Pins
from sensor.settings.lines import cited, defaults, describe, plain
from sensor.settings.text_files import decoded
from sensor.settings.values import (
    KEYS,
    NEED_TLS,
    PASSWORD,
    PASSWORD_FILE,
    PATHS,
    RULES,
    TABLES,
    TLS_FILES,
    TOP_LEVEL,
    Given,
    Key,
    Layer,
    MqttTable,
    Settings,
    password_text,
)

__all__ = ["DEFAULT_FILE", "KEYS", "Loaded", "describe", "load", "load_with_origins"]

DEFAULT_FILE = Path("/etc/chair-sensor/config.toml")
PREFIX = "CHAIR_SENSOR_"
CREDENTIAL = "mqtt_password"
FILE_CREDENTIALS = {"mqtt_cert": ("mqtt", "cert_file"), "mqtt_key": ("mqtt", "key_file")}
STORED = "chair-sensor.{}"
NO_CREDENTIAL = "\n"
"""What the unit hands over where there is none: systemd would tell a missing one at each start."""
LARGEST_FILE = 64 * 1024
MQTT_FILES = ("password_file", *TLS_FILES)

# Where settings are written: layers of key -> value.


def _command_line(overrides: Sequence[str], problems: list[str]) -> Layer:
    layer = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if equals:
            layer[tuple(name.strip().split("."))] = Given(value, "--set")
        else:  # the text may be a secret gone astray: it is not shown
            problems.append("--set without a value: write key=value, such as --set sit_limit=45m")
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
    path = config_file or DEFAULT_FILE
    try:
        return dict(_flattened(_toml(_content(path, LARGEST_FILE)), path))
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
        raise ValueError(_unreadable(error)) from error
    if len(data) > most:
        raise ValueError(f"is larger than {most} bytes; is it the right file?")
    return "".join(decoded(io.BytesIO(data)))


def _unreadable(error: OSError) -> str:
    return f"cannot be read ({error.strerror}); check the path and who may read it"


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line ([0-9]+)", str(error))
        line = found[1] if found else 1 + text.rstrip("\n").count("\n")
        what = plain(re.sub(r" \(at .*\)$", "", str(error)))
    except RecursionError:
        raise ValueError("is nested too deeply; lists hold plain values here") from None
    except ValueError:
        raise ValueError("holds a number with too many digits; write a shorter one") from None
    raise ValueError(f"line {line}: {what}; texts and durations need quotes")


def _flattened(tree: dict[str, Any], path: Path) -> Iterator[tuple[Key, Given]]:
    """Every key of a file; relative paths in it start where the file is."""
    for name, value in tree.items():
        leaves: dict[Key, Any] = {(name,): value}
        if name in TABLES and isinstance(value, dict):
            leaves = {(name, key): leaf for key, leaf in value.items()}
        for key, leaf in leaves.items():
            relative = key in PATHS and isinstance(leaf, str) and leaf and not leaf.startswith("~")
            found = str(path.absolute().parent / leaf) if relative else leaf
            yield key, Given(found, plain(str(path)))


def _credentials(directory: str | Path | None) -> Layer:
    """Files that systemd hands to the unit and to nobody else; the password is not among them."""
    files = {name: _credential(directory or "", name) for name in FILE_CREDENTIALS}
    return {
        FILE_CREDENTIALS[name]: Given(str(file), f"systemd credential {name}")
        for name, file in files.items()
        if directory and file.exists() and file.stat().st_size > len(NO_CREDENTIAL)
    }


def _credential(directory: str | Path, name: str) -> Path:
    """Name a credential as systemd hands it over, or as it lies in systemd's store, for root."""
    file = Path(directory, name)
    return file if file.exists() else file.with_name(STORED.format(name))


# From layers to a Config: unknown keys, one password, values, contradictions.


class Loaded(NamedTuple):
    """A configuration, for each dotted key that was written: where, and the files of `[mqtt]`."""

    config: Config
    origins: Mapping[str, str]
    files: Mapping[str, Path]
    """By the dotted key that names them."""


def load(
    *,
    config_file: Path | None = None,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    credentials_dir: Path | None = None,
) -> Config:
    """Read the settings from all their places.

    Without `config_file` the file in /etc is read if there is one. `overrides` are the texts
    after `--set`; `environ` stands for os.environ, `credentials_dir` for its
    CREDENTIALS_DIRECTORY. Raises SettingsError with one line for each mistake.
    """
    return load_with_origins(
        config_file=config_file,
        overrides=overrides,
        environ=environ,
        credentials_dir=credentials_dir,
    ).config


def load_with_origins(
    *,
    config_file: Path | None = None,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    credentials_dir: Path | None = None,
) -> Loaded:
    """Like `load`, and tell where each setting was written. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    credentials = credentials_dir or environ.get("CREDENTIALS_DIRECTORY")
    problems: list[str] = []
    written = [
        _command_line(overrides, problems),
        _environment(environ),
        _file(config_file, problems),
        _credentials(credentials),
    ]
    layers = _one_password([_known(layer, problems) for layer in written])
    given = {key: value for layer in reversed(layers) for key, value in layer.items()}
    settings, wrong = _validated(layers)
    problems += [f"{cited(key, given[key])}: {text}" for key, text in wrong.items()]
    password = _found_password(settings.mqtt, given, credentials, problems)
    config = _config(settings, password)
    conflicts = [found for found in _conflicts(config, given) if wrong.keys().isdisjoint(found[0])]
    sources = {**defaults(config), **given} if conflicts else {}
    for keys, text in conflicts:
        problems.append(f"{', '.join(cited(key, sources[key]) for key in keys)}: {text}")
    if problems:
        raise SettingsError("\n".join(problems))
    named = _written(settings.mqtt)
    return Loaded(
        replace(config, file=config_file and config_file.absolute()),
        origins={".".join(key): value.where for key, value in given.items()},
        files={f"mqtt.{name}": named[name] for name in MQTT_FILES if named.get(name)},
    )


def _known(layer: Layer, problems: list[str]) -> Layer:
    for key, given in layer.items():
        if key not in KEYS:  # its value is not shown: it may be a mistyped password
            problems.append(f"{plain('.'.join(key)[:80])} ({given.where}): {_advice(key, given)}")
    return {key: given for key, given in layer.items() if key in KEYS}


def _advice(key: Key, given: Given) -> str:
    if key[0] in TABLES and len(key) == 1:
        example = next(iter(TABLES[key[0]].model_fields))
        return f"is a table; write {key[0]}.{example} and so on"
    namesakes = [".".join(known) for known in KEYS if known[-1] == key[-1]]
    names = [".".join(known) for known in KEYS] + list(TABLES)
    close = namesakes or difflib.get_close_matches(".".join(key)[:80].lower(), names, n=1)
    if not close:
        return "is no setting; remove it (`chair-sensor check-config --all` lists them)"
    name = close[0]
    if PREFIX in given.where:
        name = PREFIX + name.replace(".", "__").upper()
    return f"is no setting; did you mean {name}?"


def _one_password(layers: list[Layer]) -> list[Layer]:
    """Forget passwords, and files of passwords, that a stronger layer replaces by either."""
    both = {PASSWORD, PASSWORD_FILE}
    kept: list[Layer] = []
    decided = False
    for layer in layers:
        kept.append({key: value for key, value in layer.items() if not (decided and key in both)})
        decided = decided or not both.isdisjoint(layer)
    return kept


def _validated(layers: list[Layer]) -> tuple[Settings, dict[Key, str]]:
    """Check all values; return the right ones, and what is wrong with the others."""
    try:
        return Settings.model_validate({"layers": layers}), {}
    except ValidationError as error:
        wrong = {tuple(map(str, one["loc"])): str(one["ctx"]["error"]) for one in error.errors()}
    right = [{key: value for key, value in layer.items() if key not in wrong} for layer in layers]
    return Settings.model_validate({"layers": right}), wrong


def _found_password(
    mqtt: MqttTable, given: Layer, credentials: str | Path | None, problems: list[str]
) -> str | None:
    """Take the password itself, else what its file holds, else systemd's credential."""
    if mqtt.password or not (mqtt.password_file or credentials):
        return mqtt.password
    try:
        if mqtt.password_file:
            source = cited(PASSWORD_FILE, given[PASSWORD_FILE])
            return password_text(_content(mqtt.password_file, LARGEST_FILE))
        source = f"systemd credential {CREDENTIAL}"
        content = _content(_credential(credentials or "", CREDENTIAL), LARGEST_FILE)
        return password_text(content) if content.strip("\r\n") else None
    except ValueError as error:
        if mqtt.password_file or not isinstance(error.__cause__, FileNotFoundError):
            problems.append(f"{source}: {error}")
    return None


def _config(settings: Settings, password: str | None) -> Config:
    own = _written(settings)
    mqtt = _written(settings.mqtt)
    mqtt.pop("password_file", None)
    mqtt["password"] = password
    mqtt.setdefault("tls", any(mqtt.get(name) for name in NEED_TLS))
    return Config(
        chair=Chair(**_written(settings.chair)),
        pins=Pins(**_written(settings.pins)),
        mqtt=Mqtt(**mqtt),
        explicit={name: own[name] for name in RULES if name in own},
        **{name: own[name] for name in TOP_LEVEL if name in own},
    )


def _written(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.model_fields_set}


def _conflicts(config: Config, given: Layer) -> Iterator[tuple[list[Key], str]]:
    """Find settings that are right alone and wrong together."""
    for text in core.contradictions(config.rules()):
        yield [(name,) for name in RULES if f"{name} (" in text], f"{text}; change one of them"
    pins = _wires(config.pins)
    for (one, pin), (other, same) in combinations(pins, 2):
        if pin == same:
            yield [one, other], "share one pin; give each wire its own"
    if PASSWORD in given and PASSWORD_FILE in given:
        yield [PASSWORD, PASSWORD_FILE], "are both given; keep one"
    yield from _tls_conflicts(config.mqtt)


def _wires(pins: Pins) -> list[tuple[Key, int]]:
    led = pins.led if isinstance(pins.led, tuple) else (pins.led,)
    wires = [("mat", pins.mat), ("tamper", pins.tamper), ("buzzer", pins.buzzer)]
    wires += [*(("led", pin) for pin in led), ("button", pins.button)]
    return [(("pins", name), pin) for name, pin in wires if pin is not None]


def _tls_conflicts(mqtt: Mqtt) -> Iterator[tuple[list[Key], str]]:
    needed = [("mqtt", name) for name in NEED_TLS if getattr(mqtt, name)]
    if needed and not mqtt.tls:
        yield [("mqtt", "tls"), *needed], "contradict; set mqtt.tls = true or leave out the rest"
        return
    if bool(mqtt.cert_file) != bool(mqtt.key_file):
        yield (
            [("mqtt", "cert_file"), ("mqtt", "key_file")],
            "belong together; give both, or neither",
        )
    for name in TLS_FILES:
        path = getattr(mqtt, name)
        try:
            if path:
                path.open("rb").close()
        except OSError as error:
            yield [("mqtt", name)], _unreadable(error)
