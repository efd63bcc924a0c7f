"""All settings that there are, by their keys, and what is given for them.

The declarations are the fields of `Rules`, of `Config` and of its tables; none stands here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from sensor.core.rules import Rules
from sensor.core.setting import Setting, settings_of
from sensor.settings.config import Chair, Config, Mqtt, Pins, Seat
from sensor.settings.kinds import ValueKind, kind_of

Key = tuple[str, ...]
PASSWORD: Key = ("mqtt", "password")
PASSWORD_FILE: Key = ("mqtt", "password_file")
TLS_FILES = ("ca_file", "cert_file", "key_file")
NEED_TLS = (*TLS_FILES, "tls_insecure")
"""Keys of [mqtt] that switch TLS on."""
TABLES: dict[str, type] = {
    "chair": Chair,
    "pins": Pins,
    "seat": Seat,
    "mqtt": Mqtt,
}
RULES = settings_of(Rules)
SETTINGS: dict[Key, Setting] = {}
KINDS: dict[Key, ValueKind] = {}
PATHS: set[Key] = set()
for _table, _cls in (((), Config), ((), Rules), *(((name,), cls) for name, cls in TABLES.items())):
    _types = get_type_hints(_cls)
    for _name, _one in settings_of(_cls).items():
        SETTINGS[*_table, _name] = _one
        KINDS[*_table, _name] = kind_of(_one, _types[_name])
        if _types[_name] == Path | None:
            PATHS.add((*_table, _name))


class Given(NamedTuple):
    """A value as it was written, or as it was read; and where it was written."""

    value: Any
    where: str


Layer = dict[Key, Given]


def strongest(layers: Sequence[Layer]) -> Layer:
    """Return each value of the first layer that has it, read. Raises BadValueError.

    The way of settings without a mistake; `model.py` goes the same one, and finds all mistakes.
    """
    given = {key: one for layer in reversed(layers) for key, one in layer.items()}
    return {key: Given(KINDS[key].read(one.value), one.where) for key, one in given.items()}
