"""What a simulation writes down: one JSON object a line (behaviour.md, section 11)."""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

from sensor.ports import Publication


class Records:
    """Writes records to a file, or to nowhere."""

    def __init__(self, out: TextIO | None, now: Callable[[], float]) -> None:
        self._out = out
        self._now = now

    def contact(self, closed: bool) -> None:
        """The mat's contact changed."""
        self._write("contact", closed=closed)

    def buzzer(self, on: bool) -> None:
        """The buzzer's pin changed."""
        self._write("buzzer", on=on)

    def mqtt(self, publication: Publication) -> None:
        """A message reached the broker."""
        if self._out is None:
            return
        try:
            payload = _DECODER.decode(publication.payload)
        except (ValueError, RecursionError):
            payload = publication.payload
        self._write(
            "mqtt",
            topic=publication.topic,
            payload=payload,
            retain=publication.retain,
            qos=publication.qos,
        )

    def daemon(self, what: str) -> None:
        """The daemon started, stopped or crashed."""
        self._write("daemon", what=what)

    def _write(self, kind: str, **values: Any) -> None:
        if self._out is not None:
            moment = round(self._now(), 3)
            record = {"t": moment, "kind": kind, **values}
            self._out.write(json.dumps(record) + "\n")


def _refuse(constant: str) -> NoReturn:
    """NaN and infinity are no JSON: such a payload stays a string."""
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
