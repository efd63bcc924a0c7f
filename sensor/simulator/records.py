"""The records of a simulation: one JSON object a line (core/README.md, section 11)."""

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn, TextIO

from sensor.daemon.ports import Publication


class Records:
    """Writes records to a file; None: nowhere."""

    def __init__(self, out: TextIO | None, now: Callable[[], float]) -> None:
        self._out = out
        self._now = now

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
        said = f'"topic": {_as_json(topic)}, "payload": {_as_json(payload)}'
        self._write("mqtt", f'{said}, "retain": {_JSON[retain]}, "qos": {qos}')

    def daemon(self, what: str) -> None:
        """Record that the daemon started, stopped or crashed."""
        self._write("daemon", f'"what": {_as_json(what)}')

    def _write(self, kind: str, values: str) -> None:
        """Write one record; `values` is the inside of a JSON object."""
        if self._out is not None:
            self._out.write(f'{{"t": {round(self._now(), 3)}, "kind": "{kind}", {values}}}\n')


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
_as_json = json.JSONEncoder(check_circular=False).encode  # made once
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
