"""The records of a simulation: one JSON object a line (core/README.md, section 11)."""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import compress, count
from operator import is_not
from typing import Any, NoReturn, TextIO

from sensor.daemon.ports import Publication


class Records:
    """Writes records to a file; None: nowhere."""

    def __init__(self, out: TextIO | None, now: Callable[[], float]) -> None:
        self._out = out
        self._now = now
        self._payloads = _Members()

    def contact(self, closed: bool) -> None:
        """Record a change of the mat's contact."""
        self._write("contact", f'"closed": {_JSON[closed]}')

    def buzzer(self, on: bool) -> None:
        """Record a change of the buzzer's pin."""
        self._write("buzzer", f'"on": {_JSON[on]}')

    def mqtt(self, publication: Publication) -> None:
        """Record a message that reached the broker."""
        if self._out is None:
            return
        topic, payload, qos, retain, _ = publication
        if isinstance(payload, str):
            payload = _meaning(payload)
        said = f'"topic": {_topic(topic)}, "payload": {self._payloads.value(topic, payload)}'
        self._write("mqtt", f'{said}, "retain": {_JSON[retain]}, "qos": {qos}')

    def daemon(self, what: str) -> None:
        """Record that the daemon started, stopped or crashed."""
        self._write("daemon", f'"what": {_as_json(what)}')

    def _write(self, kind: str, values: str) -> None:
        """Write one record; `values` is the inside of a JSON object."""
        if self._out is not None:
            self._out.write(f'{{"t": {round(self._now(), 3)}, "kind": "{kind}", {values}}}\n')


class _Members:
    """Writes values by their names, of which most are the same objects again each minute.

    Those keep their text: encoding all of it is most of what a record takes.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._heads: list[str] = []
        self._values: list[Any] = []
        self._texts: list[str] = []
        self._inner: defaultdict[str, _Members] = defaultdict(_Members)

    def value(self, name: str, value: Any) -> str:
        """Return the JSON of a value with this name."""
        return self._inner[name].object(value) if type(value) is dict else _as_json(value)

    def object(self, members: Mapping[str, Any]) -> str:
        """Return the JSON of an object with these members."""
        names, values = list(members), list(members.values())
        if names != self._names:
            self._names, self._heads = names, [f"{_as_json(name)}: " for name in names]
            self._values, self._texts = [self] * len(names), [""] * len(names)
        for n in compress(count(), map(is_not, values, self._values)):
            value = values[n]
            if type(value) not in _NUMBERS:
                value = self.value(names[n], value)
            self._texts[n] = f"{self._heads[n]}{value}"
        self._values = values
        return f"{{{', '.join(self._texts)}}}"


@lru_cache(maxsize=1)  # mostly it is `online`
def _meaning(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    """Raise ValueError for NaN and infinity, which JSON lacks: such a payload stays a string."""
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


_JSON = {False: "false", True: "true"}
_NUMBERS = (int, float)
"""JSON is what Python writes of these: none in a message is infinite or NaN."""
_as_json = json.JSONEncoder(check_circular=False).encode  # made once
_topic = lru_cache(maxsize=16)(_as_json)  # mostly one of a few
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
