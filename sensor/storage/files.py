"""Small files beside the database, each written atomically: id, changed settings, announcement.

They are apart from the database so that a damaged one costs neither the chair's identity in Home
Assistant nor the settings made there.
"""

import json
import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensor.storage import private

log = logging.getLogger(__name__)

_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-"


def chair_id(directory: Path) -> str:
    """Return the id kept in the state directory, making one up the first time.

    In a directory that cannot be written the id lasts for this run; that is said in the log.
    """
    path = directory / "chair_id"
    kept = existing_chair_id(directory)
    if kept is not None:
        return kept
    made = secrets.token_hex(4)
    if not _write(path, made + "\n"):
        log.warning("%s: cannot be written; set chair.id to keep one identity", path)
    return made


class ChangedSettings:
    """What was changed from Home Assistant, as a small JSON object; it wins over the file."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "changed-settings.json"

    def load(self) -> object:
        """Return the JSON as it stands; None when there is none or it cannot be read."""
        try:
            return json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.warning(
                "%s: %s; the settings changed from Home Assistant are lost", self._path, error
            )
            return None

    def save(self, values: Mapping[str, Any]) -> bool:
        """Keep the values; False if that is not possible now (they still act until a restart)."""
        kept = _write(self._path, json.dumps(dict(values), indent=2) + "\n")
        if not kept:
            log.warning(
                "%s: cannot be written; this change is lost at the next restart", self._path
            )
        return kept


class Announced:
    """What Home Assistant was told to show, so that an upgrade can remove what is no more."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "announced-entities.json"

    def load(self, topic: str) -> dict[str, str]:
        """Return component keys and platforms announced on a topic; what is unreadable is gone."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        entities = kept.get(topic) if isinstance(kept, dict) else None
        if not isinstance(entities, dict):
            return {}
        return {key: value for key, value in entities.items() if isinstance(value, str)}

    def save(self, topic: str, entities: Mapping[str, str]) -> None:
        """Keep them. Where that is impossible an upgrade leaves a dead entity behind, no more."""
        if self.load(topic) != entities:
            _write(self._path, json.dumps({topic: dict(entities)}, indent=2) + "\n")


def existing_chair_id(directory: Path) -> str | None:
    """Return the id kept in the state directory; None if there is none yet."""
    try:
        kept = (directory / "chair_id").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return kept if kept and set(kept) <= set(_ID_LETTERS) else None


def _write(path: Path, text: str) -> bool:
    """Replace a file whole; False where that is not possible."""
    try:
        private.replace(path, [text])
    except OSError:
        return False
    return True
