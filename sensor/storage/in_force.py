"""The settings in force, for commands: as written, with Home Assistant's changes on top."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from sensor.errors import ChairSensorError, HiddenError
from sensor.settings.config import Config
from sensor.settings.overrides import BUZZER, reconciled, restored, rule_changes
from sensor.storage import private
from sensor.storage.paths import CHANGED_SETTINGS, DATABASE, state_directories

ORIGIN = "changed from Home Assistant"


class InForce(NamedTuple):
    """The settings that the daemon runs on, as far as it can be told from outside."""

    config: Config
    """Its `rules()` and `profile_in_force` are those of the daemon."""
    origins: Mapping[str, str]
    """Where each setting comes from, by its dotted key; `describe` shows both."""
    buzzer: bool
    """The switch *Buzzer*."""
    problems: tuple[ChairSensorError, ...]
    """One for each thing that could not be read, or that the daemon drops."""


def in_force(
    config: Config, origins: Mapping[str, str] | None = None, *, state_dir: Path | None = None
) -> InForce:
    """Lay what was changed from Home Assistant over the settings as written.

    `origins` are those of `load_with_origins`. `state_dir` is where the daemon keeps its state;
    without it, the place is looked for. It never raises: without the changes, the settings as
    written are returned, and `problems` says what is missing.
    """
    problems: list[ChairSensorError] = []
    stored = _stored([state_dir] if state_dir else state_directories(config), problems)
    overrides, dropped = restored(stored)
    overrides, clashes = reconciled(config, overrides)
    changed = rule_changes(overrides)
    return InForce(
        replace(config, changed=changed),
        {**(origins or {}), **dict.fromkeys(changed, ORIGIN)},
        overrides.get(BUZZER, True),
        (*problems, *map(ChairSensorError, (*dropped, *clashes))),
    )


def _stored(places: list[Path], problems: list[ChairSensorError]) -> Any:
    """Read the changes from the first place where a daemon keeps its state; None: no changes."""
    for place in places:
        file = place / CHANGED_SETTINGS
        try:
            return json.loads(private.text(file))
        except FileNotFoundError:
            if (place / DATABASE).exists():
                return None
        except PermissionError:
            what = f"{file}: you may not read it, so what was {ORIGIN} is missing here"
            problems.append(HiddenError(what, fix="say `sudo chair-sensor ...`"))
            return None
        except (OSError, ValueError, RecursionError) as error:
            problems.append(ChairSensorError(f"{file}: {error}", fix=f"what was {ORIGIN} is lost"))
            return None
    return None
