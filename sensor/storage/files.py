"""Small files beside the database, each written atomically: changed settings, announcement.

They are apart from the database so that a damaged one does not cost the settings made in Home
Assistant.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sensor.daemon.ports import Announcement
from sensor.storage import private
from sensor.storage.paths import ANNOUNCED, CHANGED_SETTINGS

log = logging.getLogger(__name__)

_RETAINED = re.compile(
    r"[^+#\0]+/(device/chair-sensor-[a-z0-9_-]+/config|state|diagnostics|availability)"
)
"""Topics that a chair retains. A damaged file may name others; the daemon must not empty those."""

Replace = Callable[[Path, Iterable[str]], None]
"""How a file is written; the simulator does it on a disk that can be full."""


class ChangedSettings:
    """Settings changed from Home Assistant, as a small JSON object; they win over the file."""

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
    """Retained topics of this chair, so that upgrades and other settings leave none behind."""

    def __init__(self, directory: Path, replace: Replace = private.replace) -> None:
        self._path = directory / ANNOUNCED
        self._replace = replace

    def load(self) -> Announcement:
        """Return retained topics with component keys and platforms; unreadable ones left out."""
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
        """Keep them; False where that fails, and then a dead topic may stay on the broker."""
        return _write(self._path, json.dumps(announced, indent=2) + "\n", self._replace)


def _write(path: Path, text: str, replace: Replace) -> bool:
    """Replace a file whole; False where that is not possible."""
    try:
        replace(path, [text])
    except OSError:
        return False
    return True
