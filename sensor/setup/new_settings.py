"""The settings as they will be: the file, with the answers on top."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sensor.doctor.configuration import CREDSTORE, Configuration
from sensor.errors import SettingsError
from sensor.languages import of_environment
from sensor.settings.config import NO_BROKER, Config
from sensor.settings.editing import Key, Value, changed
from sensor.settings.loading import CREDENTIAL, FILE_CREDENTIALS
from sensor.settings.text_files import read_text
from sensor.settings.unit import ONE, unit_of
from sensor.settings.values import KINDS, TLS_FILES
from sensor.setup.system import System

CA_FILE: Key = ("mqtt", "ca_file")
WAY = [("mqtt", name) for name in ("host", "port", "username", "tls", *TLS_FILES)]
"""Keys that name the broker and how to connect to it."""


class NewSettings:
    """Changes to a settings file: each is checked when it is made, all are written at the end."""

    def __init__(self, file: Path | None) -> None:
        self.file = (file or ONE.settings).absolute()
        self.unit = unit_of(self.file)
        """Whose daemon reads these settings; None: no unit's."""
        self.changes: dict[Key, Value] = {}
        self.password: str | None = None
        """A new password; None: the old one stays."""
        self._kept: str | None = None
        self.config = self._loaded({})
        self.before = self.config
        """The settings before anything was changed."""

    @property
    def language(self) -> str:
        """The language that is set, else that of the locale."""
        return self.config.language if self._has_language else of_environment(os.environ)

    def take(self, values: Mapping[Key, Value]) -> None:
        """Add values that are checked together. Raises SettingsError, with nothing changed."""
        self.config = self._loaded({**self.changes, **values})
        self.changes |= {key: self._meant(key, value) for key, value in values.items()}

    def take_user(self, username: str, password: str) -> None:
        """Set the broker's user and password. Raises SettingsError."""
        self.take({("mqtt", "username"): username})
        self.password = password
        self.config = self._loaded(self.changes)

    def take_no_broker(self) -> None:
        """Drop all answers about the broker, and set none."""
        self.changes = {key: value for key, value in self.changes.items() if key not in WAY}
        self.password = None
        self.take({("mqtt", "host"): NO_BROKER})

    def text(self) -> tuple[str, str]:
        """Return the text of the file, and what it will be."""
        old = self._read()
        changes = dict(self.changes)
        if self.unit:
            changes |= dict.fromkeys(self._stored(), None)
            if changes.get(CA_FILE):
                changes[CA_FILE] = str(self._authority)
        if self.password is not None:
            changes[("mqtt", "password")] = None
            changes[("mqtt", "password_file")] = None if self.unit else self._secret.name
        return old, changed(old, changes)

    def check(self, keys: Iterable[Key]) -> None:
        """Check whether these settings could be written. Raises SettingsError."""
        try:
            changed(self._read(), dict.fromkeys(keys, ""))
        except SettingsError:
            raise SettingsError(
                f"{self.file}: cannot be changed as it is written",
                fix="give each table a head such as [mqtt] and each key a line of its own, or edit "
                "the file by hand",
            ) from None

    def _read(self) -> str:
        try:
            return read_text(self.file)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise SettingsError(f"{self.file}: cannot be read ({error.strerror})") from None

    def keep_password(self, system: System) -> None:
        """Write a new password, if it is not written yet, into a file for its owner alone."""
        if self.password not in (None, self._kept):
            system.write(self._secret, f"{self.password}\n", mode=0o600)
            self._kept = self.password

    def write(self, system: System) -> None:
        """Write the file, and secrets into files of their own. Raises ChairSensorError."""
        old, new = self.text()
        texts = {key: _text(key, Path(str(self.changes[key]))) for key in self._copies()}
        self.keep_password(system)
        for key, (path, mode) in self._copies().items():
            system.write(path, texts[key], mode=mode)
        if new != old:
            system.write(self.file, new)

    @property
    def beside(self) -> list[Path]:
        """Files that would be written besides the settings file."""
        secret = [] if self.password in (None, self._kept) else [self._secret]
        return [*secret, *(place for place, _mode in self._copies().values())]

    @staticmethod
    def _meant(key: Key, value: Value) -> Value:
        """Return a typed answer as a TOML value: an absolute path, a number, a switch, pins."""
        if not isinstance(value, str):
            return value
        match found := KINDS[key].read(value):
            case bool() | int():
                return found
            case (int(), int()):
                return list(found)
            case Path():
                return str(found)
        return value

    def _copies(self) -> dict[Key, tuple[Path, int]]:
        """Return path and mode of the copy of each file that the unit cannot read where it is."""
        if self.unit is None:
            return {}
        stored = self._stored().items()
        copies = {key: (CREDSTORE / self.unit.credential(name), 0o600) for key, name in stored}
        if self.changes.get(CA_FILE):
            copies[CA_FILE] = (self._authority, 0o644)
        return copies

    def _stored(self) -> dict[Key, str]:
        """Return the credentials among the answers: key of the file, name of the credential."""
        return {key: name for name, key in FILE_CREDENTIALS.items() if self.changes.get(key)}

    @property
    def _authority(self) -> Path:
        """The copy of the CA certificate for the unit, which sees no home directory."""
        return self.file.with_name("ca.pem")

    @property
    def _secret(self) -> Path:
        """The password file: systemd's for the unit, beside the settings for another daemon."""
        if self.unit is None:
            return self.file.with_name("mqtt_password")
        return CREDSTORE / self.unit.credential(CREDENTIAL)

    def _loaded(self, changes: Mapping[Key, Value]) -> Config:
        written = [
            f"{'.'.join(key)}={_typed(value)}"
            for key, value in changes.items()
            if value is not None
        ]
        found = Configuration(
            self.file,
            written,
            overrides_from="your answer",
            is_new=not self.file.exists(),
            without=[key for key, value in changes.items() if value is None],
        )
        if found.error is not None or found.config is None:
            raise found.error or SettingsError(f"{self.file}: cannot be read")
        self._has_language = "language" in found.origins
        self.names_pins = any(key.startswith("pins.") for key in found.origins)
        mqtt = found.config.mqtt
        mqtt = replace(mqtt, password=self.password or mqtt.password)
        return replace(found.config, mqtt=mqtt, file=self.file)


def _typed(value: Value) -> str:
    """Return a value as one would type it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(map(str, value))
    return str(value)


def _text(key: Key, path: Path) -> str:
    """Read a certificate or a key. Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not text; PEM is needed"
        raise SettingsError(f"{'.'.join(key)} {path}: {reason}") from None
