"""What a simulation writes down: one JSON object a line (behaviour.md, section 11)."""

import json
import math
from collections.abc import Callable
from typing import NoReturn, TextIO

from sensor.ports import Publication


class Records:
    """Writes records to a file, or to nowhere."""

    def __init__(self, out: TextIO | None, now: Callable[[], float]) -> None:
        self._out = out
        self._now = now

    def contact(self, closed: bool) -> None:
        """The mat's contact changed."""
        self._add(f'"contact", "closed": {json.dumps(closed)}')

    def buzzer(self, on: bool) -> None:
        """The buzzer's pin changed."""
        self._add(f'"buzzer", "on": {json.dumps(on)}')

    def mqtt(self, publication: Publication) -> None:
        """A message reached the broker."""
        if self._out is None:
            return
        text = publication.payload
        try:
            payload = _DECODER.decode(text)
        except (ValueError, RecursionError):
            text = json.dumps(text)
        else:
            if not (text.isascii() and text.isprintable()):  # else it fits on the line as it is
                text = json.dumps(payload)
        self._add(
            f'"mqtt", "topic": {json.dumps(publication.topic)}, "payload": {text}, '
            f'"retain": {json.dumps(publication.retain)}, "qos": {publication.qos}'
        )

    def daemon(self, what: str) -> None:
        """The daemon started, stopped or crashed."""
        self._add(f'"daemon", "what": {json.dumps(what)}')

    def _add(self, rest: str) -> None:
        if self._out is not None:
            self._out.write(f'{{"t": {round(self._now(), 3)}, "kind": {rest}}}\n')


def _refuse(constant: str) -> NoReturn:
    """NaN and infinity are no JSON: such a payload stays a string."""
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
