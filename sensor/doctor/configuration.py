"""The check of the settings and their secrets: whether they are valid and safely stored."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from sensor.doctor.finding import Finding, fail, ok, unknown
from sensor.errors import AS_ROOT, SettingsError
from sensor.settings.config import Config, Mqtt
from sensor.settings.loading import CREDENTIAL, load_with_origins
from sensor.settings.unit import ONE, Unit, unit_of
from sensor.settings.values import Key

CREDSTORE = Path("/etc/credstore")
"""Where systemd looks for the credentials of its units."""


class Configuration:
    """The settings that the daemon would get, as far as this user may read them."""

    def __init__(
        self,
        file: Path | None,
        overrides: Sequence[str],
        *,
        overrides_from: str = "--set",
        is_new: bool = False,
        without: Collection[Key] = (),
    ) -> None:
        self.file = (file or ONE.settings).absolute()
        self.unit = unit_of(self.file)
        """Whose daemon reads these settings; None: no unit's, so that no credential is theirs."""
        self.config: Config | None = None
        self.error: SettingsError | None = None
        """What is wrong; None: all is valid."""
        self.origins: Mapping[str, str] = {}
        """Where each setting that is set comes from, by its dotted key."""
        self.files: Mapping[str, Path] = {}
        """The files that the settings file names, by their dotted keys."""
        handed_over = "CREDENTIALS_DIRECTORY" in os.environ
        own = handed_over or self.unit is None
        self.password_hidden = not own and _is_hidden(self.unit or ONE)
        """Whether only root can read the password."""
        try:
            loaded = load_with_origins(
                config_file=Path(os.devnull) if is_new else file and self.file,
                overrides=overrides,
                overrides_from=overrides_from,
                credentials_dir=None if own or self.password_hidden else CREDSTORE,
                unit=self.unit or ONE,
                without=without,
            )
        except SettingsError as error:
            self.error = error
            return
        self.origins = loaded.origins
        self.files = {
            key: path for key, path in loaded.files.items() if loaded.origins[key] == str(self.file)
        }
        self.config = loaded.config
        mqtt = loaded.config.mqtt
        self.password_hidden &= mqtt.username is not None and mqtt.password is None

    def findings(self) -> Iterator[Finding]:
        """Give a finding for each mistake; without mistakes, how the secrets are kept."""
        if self.error is not None:
            yield from (fail("settings", problem) for problem in self.error.problems)
        if self.config is None:
            return
        count = len(self.origins)
        where = str(self.file) if self.file.exists() else f"no {self.file}"
        what = f"{count} set, the others by default" if count else "all by default"
        yield ok("settings", f"valid; {where}, {what}")
        yield self._secrets(self.config.mqtt)

    def _secrets(self, mqtt: Mqtt) -> Finding:
        check, stored = "password", CREDSTORE / (self.unit or ONE).credential(CREDENTIAL)
        origin = self.origins.get("mqtt.password")
        write = (
            f"sudo install -D -m 600 /dev/stdin {stored}, type the password, Enter, Ctrl-D"
            if self.unit
            else f"put it into a file that only you can read, and name that file in {self.file} as "
            "mqtt.password_file"
        )
        if origin == str(self.file) and readable_by_others(self.file):
            return fail(check, f"it is in {self.file}, which every user can read", write)
        if self.unit and readable_by_others(stored):
            return fail(check, f"every user can read {stored}", f"sudo chmod 600 {stored}")
        if self.password_hidden:
            return unknown(check, "only root can look for it", AS_ROOT)
        if mqtt.password is not None:
            return ok(check, f"readable, from {origin or 'a file of its own'}")
        if mqtt.username is not None:
            return fail(check, f"missing for the user {mqtt.username}", write)
        return ok(check, "none needed: no mqtt.username is set")


def _is_hidden(unit: Unit) -> bool:
    """Whether this user cannot read the unit's credentials."""
    if not CREDSTORE.exists():
        return False
    stored = [CREDSTORE, *CREDSTORE.glob(unit.credential("*"))]
    return not all(os.access(path, os.R_OK | os.X_OK * path.is_dir()) for path in stored)


def readable_by_others(path: Path) -> bool:
    """Whether every user can read a file."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
