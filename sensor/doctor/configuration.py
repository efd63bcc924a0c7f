"""The settings and their secrets: whether all is valid and lies where it should."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sensor.config import Config, Mqtt
from sensor.doctor.finding import Finding, fail, ok, unknown
from sensor.errors import SettingsError
from sensor.settings import DEFAULT_FILE, load_with_origins

CREDENTIAL_FILE = Path("/etc/credstore/chair-sensor.mqtt_password")
"""Where systemd finds the unit's credential."""


class Configuration:
    """The settings that the daemon would be given, as far as this user may read them."""

    def __init__(self, file: Path | None, overrides: Sequence[str]) -> None:
        self.file = file or DEFAULT_FILE
        self.config: Config | None = None
        self.problems: list[str] = []
        self.password_hidden = False
        """Whether there is a password that only root may read."""
        try:
            loaded = load_with_origins(config_file=file, overrides=overrides)
        except SettingsError as error:
            self.problems = str(error).splitlines()
            return
        self._origins = loaded.origins
        self.config = replace(loaded.config, mqtt=self._with_credential(loaded.config.mqtt))

    def findings(self) -> Iterator[Finding]:
        """Tell every mistake, then how the secrets are kept."""
        if self.config is None:
            for problem in self.problems:
                text, _, fix = problem.rpartition("; ")
                yield fail("settings", text or fix, fix if text else None)
            return
        count = len(self._origins)
        where = str(self.file) if self.file.exists() else f"no {self.file}"
        yield ok("settings", f"valid; {where}, {count} set, the others as by default")
        yield self._secrets(self.config.mqtt)

    def _secrets(self, mqtt: Mqtt) -> Finding:
        origin = self._origins.get("mqtt.password", "")
        if origin == str(self.file) and _readable_by_others(self.file):
            return fail(
                "password",
                f"it is in {self.file}, which everybody may read",
                f"move it: sudo install -D -m 600 /dev/stdin {CREDENTIAL_FILE}",
            )
        if CREDENTIAL_FILE.exists() and _readable_by_others(CREDENTIAL_FILE):
            return fail(
                "password",
                f"everybody may read {CREDENTIAL_FILE}",
                f"sudo chmod 600 {CREDENTIAL_FILE}",
            )
        if self.password_hidden:
            return unknown("password", "only root may look for it", "run this with sudo")
        if mqtt.password is not None:
            return ok("password", f"readable, {'from ' + origin if origin else 'a credential'}")
        if mqtt.username is not None:
            return fail(
                "password",
                f"there is none for the user {mqtt.username} (mqtt.username)",
                f"sudo install -D -m 600 /dev/stdin {CREDENTIAL_FILE}, type it, Enter, Ctrl-D",
            )
        return ok("password", "none needed: no mqtt.username is set")

    def _with_credential(self, mqtt: Mqtt) -> Mqtt:
        """Read the unit's credential where systemd has not handed it over: at a terminal."""
        if mqtt.username is None or mqtt.password is not None:
            return mqtt
        try:
            text = CREDENTIAL_FILE.read_text(encoding="utf-8").strip("\r\n")
        except FileNotFoundError:
            return mqtt
        except (OSError, UnicodeDecodeError):
            self.password_hidden = True
            return mqtt
        return replace(mqtt, password=text or None)


def _readable_by_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
