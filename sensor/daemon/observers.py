"""Several observers as one: what the daemon lives through goes to each of them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sensor.core.instant import NEVER
from sensor.daemon.ports import Observer


class Observers(Observer):
    """Passes every call on to those observers that have the method, in their order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.longest_silence = min((each.longest_silence for each in observers), default=NEVER)
        for name in [name for name, what in vars(Observer).items() if callable(what)]:
            base = getattr(Observer, name)
            calls = [getattr(each, name) for each in observers if getattr(type(each), name) != base]
            if not name.startswith("_"):
                setattr(self, name, partial(_call, calls))


def _call(calls: Sequence[Callable[..., None]], *values: Any, **named: Any) -> None:
    for call in calls:
        call(*values, **named)
