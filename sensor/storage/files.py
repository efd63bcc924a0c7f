"""Small files beside the database, each written atomically: id, changed settings, announcement.

They are apart from the database so that a damaged one costs neither the chair's identity in Home
Assistant nor the settings made there.
"""

import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sensor.daemon.ports import Announcement
from sensor.storage import private

log = logging.getLogger(__name__)

MACHINE = (Path("/proc/device-tree/serial-number"), Path("/etc/machine-id"))
"""Files that tell machines apart, whatever is written or forgotten beside them."""

SALT = b"chair-sensor chair id 1 "

_RETAINED = re.compile(
    r"[^+#\0]+/(device/chair-sensor-[a-z0-9_-]+/config|state|diagnostics|availability)"
)
"""Topics that a chair retains. What a damaged file names besides is not ours to empty."""

CHANGED_SETTINGS = "changed-settings.json"
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-"

Replace = Callable[[Path, Iterable[str]], None]
"""How a file is written; the simulator does it on a disk that can be full."""


def chair_id(directory: Path) -> str:
    """Return the id kept in the state directory, making one up the first time.

    It is made of what outlives a reboot. So a directory that cannot be written, or is forgotten at
    each boot, does not bring a new device to Home Assistant with each start.
    """
    path = directory / "chair_id"
    kept = existing_chair_id(directory)
    if kept is not None:
        return kept
    made = _derived(directory) or secrets.token_hex(4)
    if not _write(path, made + "\n"):
        log.warning("%s: cannot be written; set chair.id = %s to keep this identity", path, made)
    return made


def _derived(directory: Path) -> str | None:
    """Hash what is this machine's own, and the directory: each of its chairs has its own.

    The serial number of the board comes first: an image that was copied brings its machine id.
    Neither can be told from the hash (as in sd_id128_get_machine_app_specific of systemd).
    """
    for path in MACHINE:
        try:
            own = path.read_bytes().strip(b"\0\n ")
        except OSError:
            continue
        if own.strip(b"0") and own != b"uninitialized":
            return hmac.new(own, SALT + os.fsencode(directory.absolute()), "sha256").hexdigest()[:8]
    return None


class ChangedSettings:
    """What was changed from Home Assistant, as a small JSON object; it wins over the file."""

    def __init__(self, directory: Path, replace: Replace = private.replace) -> None:
        self._path = directory / CHANGED_SETTINGS
        self._replace = replace
        self._refused = False  # the last time, which has been said

    def load(self) -> object:
        """Return the JSON as it stands; None when there is none or it cannot be read."""
        try:
            return json.loads(private.text(self._path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.warning(
                "%s: %s; the settings changed from Home Assistant are lost", self._path, error
            )
            return None

    def save(self, values: Mapping[str, Any]) -> bool:
        """Keep the values; False if that is not possible now. Both are logged once in a row."""
        kept = _write(self._path, json.dumps(dict(values), indent=2) + "\n", self._replace)
        if not kept and not self._refused:
            log.warning(
                "%s: cannot be written; a restart before it can be loses the settings changed "
                "from Home Assistant",
                self._path,
            )
        elif kept and self._refused:
            log.info("%s: could be written now; no changed setting was lost", self._path)
        self._refused = not kept
        return kept


class Announced:
    """What the broker was told to retain, so that upgrades and other settings leave nothing."""

    def __init__(self, directory: Path, replace: Replace = private.replace) -> None:
        self._path = directory / "announced-entities.json"
        self._replace = replace

    def load(self) -> Announcement:
        """Return retained topics with component keys and platforms; what is unreadable is gone."""
        try:
            kept = json.loads(private.text(self._path))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(kept, dict):
            return {}
        return {
            topic: {key: value for key, value in entities.items() if isinstance(value, str)}
            for topic, entities in kept.items()
            if isinstance(entities, dict) and _RETAINED.fullmatch(topic)
        }

    def save(self, announced: Announcement) -> bool:
        """Keep them. Where that is impossible something dead may stay on the broker, no more."""
        return _write(self._path, json.dumps(announced, indent=2) + "\n", self._replace)


def existing_chair_id(directory: Path) -> str | None:
    """Return the id kept in the state directory; None if there is none yet."""
    try:
        kept = private.text(directory / "chair_id").strip()
    except (OSError, ValueError):
        return None
    return kept if kept and set(kept) <= set(_ID_LETTERS) else None


def _write(path: Path, text: str, replace: Replace = private.replace) -> bool:
    """Replace a file whole; False where that is not possible."""
    try:
        replace(path, [text])
    except OSError:
        return False
    return True
