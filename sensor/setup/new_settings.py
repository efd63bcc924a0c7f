"""The settings as they will be: what the file says, and the answers on top of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sensor.doctor.configuration import CREDSTORE, PASSWORD, Configuration
from sensor.errors import SettingsError
from sensor.settings.config import NO_BROKER, Config, Mqtt
from sensor.settings.editing import Key, Value, changed
from sensor.settings.loading import DEFAULT_FILE, FILE_CREDENTIALS, STORED
from sensor.settings.text_files import read_text
from sensor.settings.unit import is_of_unit
from sensor.settings.values import TLS_FILES, Given, Settings
from sensor.setup.system import System

CA_FILE: Key = ("mqtt", "ca_file")
WAY = [("mqtt", name) for name in ("host", "port", "username", "tls", *TLS_FILES)]
"""What says which broker it is, and how it is reached."""


class NewSettings:
    """Collects changes, checked one by one, and writes them at the end."""

    def __init__(self, file: Path | None) -> None:
        self.file = (file or DEFAULT_FILE).absolute()
        self.for_unit = is_of_unit(self.file)
        """Whether these are the settings of the unit's daemon."""
        self.changes: dict[Key, Value] = {}
        self.password: str | None = None
        """A new one; None: what there was stays."""
        self._kept: str | None = None
        self.config = self._loaded({})
        self.before = self.config
        """The settings before anything was changed."""

    def take(self, values: Mapping[Key, Value]) -> None:
        """Add answers that go together. Raises SettingsError, and then nothing has changed."""
        self.config = self._loaded({**self.changes, **values})
        self.changes |= {key: self._meant(key, value) for key, value in values.items()}

    def take_user(self, username: str, password: str) -> None:
        """Add a user of the broker with a password."""
        self.take({("mqtt", "username"): username})
        self.password = password
        self.config = self._loaded(self.changes)

    def take_no_broker(self) -> None:
        """Take back all answers about the broker: there is to be none."""
        self.changes = {key: value for key, value in self.changes.items() if key not in WAY}
        self.password = None
        self.take({("mqtt", "host"): NO_BROKER})

    def text(self) -> tuple[str, str]:
        """Return the file as it is, and as it will be."""
        old = self._read()
        changes = dict(self.changes)
        if self.for_unit:
            changes |= dict.fromkeys(self._stored(), None)
            if changes.get(CA_FILE):
                changes[CA_FILE] = str(self._authority)
        if self.password is not None:
            changes[("mqtt", "password")] = None
            changes[("mqtt", "password_file")] = None if self.for_unit else self._secret.name
        return old, changed(old, changes)

    def check(self, keys: Iterable[Key]) -> None:
        """Find out whether these settings could be written. Raises SettingsError."""
        try:
            changed(self._read(), dict.fromkeys(keys, ""))
        except SettingsError:
            raise SettingsError(
                f"{self.file}: cannot be changed as it is written; give each table a head such as "
                "[mqtt] and each key a line of its own, or edit the file by hand"
            ) from None

    def _read(self) -> str:
        try:
            return read_text(self.file)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise SettingsError(f"{self.file}: cannot be read ({error.strerror})") from None

    def keep_password(self, system: System) -> None:
        """Write a new password that is not written yet; nobody else may know it."""
        if self.password not in (None, self._kept):
            system.write(self._secret, f"{self.password}\n", mode=0o600)
            self._kept = self.password

    def write(self, system: System) -> None:
        """Write the file, and what is secret into files of their own. Raises ChairSensorError."""
        old, new = self.text()
        texts = {key: _text(key, Path(str(self.changes[key]))) for key in self._copies()}
        self.keep_password(system)
        for key, (path, mode) in self._copies().items():
            system.write(path, texts[key], mode=mode)
        if new != old:
            system.write(self.file, new)

    @property
    def beside(self) -> list[Path]:
        """What would be written besides the file."""
        secret = [] if self.password in (None, self._kept) else [self._secret]
        return [*secret, *(place for place, _mode in self._copies().values())]

    @staticmethod
    def _meant(key: Key, value: Value) -> Value:
        """Make a path whole, and of a typed number, switch or pins what they are in TOML."""
        if not isinstance(value, str):
            return value
        found: Any = Settings.model_validate({"layers": [{key: Given(value, "")}]})
        for name in key:
            found = getattr(found, name)
        match found:
            case bool() | int():
                return found
            case (int(), int()):
                return list(found)
            case Path():
                return str(found)
        return value

    def _copies(self) -> dict[Key, tuple[Path, int]]:
        """Give place and mode for a copy of each file that the unit could not read where it is."""
        if not self.for_unit:
            return {}
        copies = {
            key: (CREDSTORE / STORED.format(name), 0o600) for key, name in self._stored().items()
        }
        if self.changes.get(CA_FILE):
            copies[CA_FILE] = (self._authority, 0o644)
        return copies

    def _stored(self) -> dict[Key, str]:
        """Give the files that the unit's user could not read where they are: key and name."""
        return {key: name for name, key in FILE_CREDENTIALS.items() if self.changes.get(key)}

    @property
    def _authority(self) -> Path:
        """The unit sees no home directory and is not root: the authority lies open beside."""
        return self.file.with_name("ca.pem")

    @property
    def _secret(self) -> Path:
        """The unit has its password from systemd; another daemon from beside its settings."""
        return CREDSTORE / PASSWORD if self.for_unit else self.file.with_name("mqtt_password")

    def _loaded(self, changes: Mapping[Key, Value]) -> Config:
        written = [
            f"{'.'.join(key)}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in changes.items()
            if value is not None
        ]
        found = Configuration(self.file, written, is_new=not self.file.exists())
        if found.error is not None or found.config is None:
            raise found.error or SettingsError(f"{self.file}: cannot be read")
        mqtt = found.config.mqtt
        for (*_, name), value in changes.items():
            if value is None:  # only what is about the broker is ever taken out
                mqtt = replace(mqtt, **{name: getattr(Mqtt(), name)})
        mqtt = replace(mqtt, password=self.password or mqtt.password)
        return replace(found.config, mqtt=mqtt, file=self.file)


def _text(key: Key, path: Path) -> str:
    """Read a certificate or a key. Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text; PEM is needed"
        raise SettingsError(f"{'.'.join(key)} {path}: {reason}") from None
