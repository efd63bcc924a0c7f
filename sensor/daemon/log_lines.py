"""The lines of the log about the chair: one for each change, what and why."""

import logging
from collections.abc import Iterable, Sequence

from sensor.core.events import Tell
from sensor.core.report import looks_the_same
from sensor.core.rules import Rules
from sensor.core.state import State
from sensor.core.status import in_words
from sensor.core.words import Translate
from sensor.daemon.ports import Observer

log = logging.getLogger(__name__)


class LogLines:
    """Writes what is news, and passes each new status on to the observers."""

    def __init__(self, observers: Sequence[Observer], translate: Translate) -> None:
        self._observers = observers
        self._translate = translate
        self._seen: State | None = None
        self._said = ("", "")

    def write(self, state: State, rules: Rules, tells: Iterable[Tell], *, sounds: bool) -> None:
        """Say what has happened, and how things are if that has changed."""
        news = [tell for tell in tells if tell.event_type not in ("sat_down", "stood_up")]
        for tell in news:
            level = f" (level {tell.level}{', buzzer sounds' if sounds else ''})"
            message = tell.message.said(self._translate)
            log.info("%s: %s%s", tell.event_type, message, level if tell.level else "")
            if tell.event_type == "break_due" and tell.exercise:
                names = (each.name.said(self._translate) for each in tell.exercise)
                log.info("exercise: %s", ", ".join(names))
        if self._seen and looks_the_same(self._seen, state, flicker_is_news=False):
            return
        self._seen = state
        said = in_words(state, rules, self._translate)
        if said != self._said:
            self._said = said
            for each in self._observers:
                each.status(f"{said[0]}: {said[1]}")
            if all(tell.event_type.startswith("problem") for tell in news):
                log.info("%s: %s", *said)
