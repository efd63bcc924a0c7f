"""The settings as they will be: what the file says, and the answers on top of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sensor.config import Config
from sensor.doctor.configuration import CREDSTORE, PASSWORD, Configuration
from sensor.errors import SettingsError
from sensor.settings import DEFAULT_FILE, FILE_CREDENTIALS, STORED
from sensor.setup.config_file import Key, Value, changed
from sensor.setup.hands import Hands


class Draft:
    """Collects changes, checked one by one, and writes them at the end."""

    def __init__(self, file: Path | None) -> None:
        self.file = (file or DEFAULT_FILE).absolute()
        self.changes: dict[Key, Value] = {}
        self.password: str | None = None
        """A new one; None: what there was stays."""
        self.config = self._loaded({})

    def take(self, values: Mapping[Key, Value]) -> None:
        """Add answers that go together. Raises SettingsError, and then nothing has changed."""
        self.config = self._loaded({**self.changes, **values})
        self.changes |= values

    def take_user(self, username: str, password: str) -> None:
        """Add a user of the broker with a password."""
        self.take({("mqtt", "username"): username})
        self.password = password
        self.config = self._loaded(self.changes)

    def forget_broker(self) -> None:
        """Take back all answers about the broker."""
        self.changes = {key: value for key, value in self.changes.items() if key[0] != "mqtt"}
        self.password = None
        self.config = self._loaded(self.changes)

    def text(self) -> tuple[str, str]:
        """Return the file as it is, and as it will be."""
        old = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        changes = dict(self.changes)
        if self._for_unit:
            changes |= dict.fromkeys(self._stored(), None)
        if self.password is not None:
            changes[("mqtt", "password")] = None
            changes[("mqtt", "password_file")] = None if self._for_unit else self._secret.name
        return old, changed(old, changes)

    def write(self, hands: Hands) -> None:
        """Write the file, and what is secret into files of their own. Raises ChairSensorError."""
        old, new = self.text()
        if self.password is not None:
            hands.write(self._secret, f"{self.password}\n", mode=0o600)
        if self._for_unit:
            for key, name in self._stored().items():
                text = Path(str(self.changes[key])).read_text(encoding="utf-8")
                hands.write(CREDSTORE / STORED.format(name), text, mode=0o600)
        if new != old:
            hands.write(self.file, new)

    def _stored(self) -> dict[Key, str]:
        """Give the files that the unit's user could not read where they are: key and name."""
        return {key: name for name, key in FILE_CREDENTIALS.items() if self.changes.get(key)}

    @property
    def _for_unit(self) -> bool:
        return self.file == DEFAULT_FILE

    @property
    def _secret(self) -> Path:
        """The unit has its password from systemd; another daemon from beside its settings."""
        return CREDSTORE / PASSWORD if self._for_unit else self.file.with_name("mqtt_password")

    def _loaded(self, changes: Mapping[Key, Value]) -> Config:
        file = self.file if self.file.exists() else None
        written = [
            f"{'.'.join(key)}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in changes.items()
            if value is not None
        ]
        found = Configuration(file, written)
        if found.config is None:
            raise SettingsError("\n".join(found.problems))
        if self.password is None:
            return found.config
        return replace(found.config, mqtt=replace(found.config.mqtt, password=self.password))
