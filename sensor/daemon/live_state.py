"""The chair's state as the daemon holds it: the core moves it on, its effects are passed on."""

from collections.abc import Callable, Iterable

from sensor.core import chair
from sensor.core.events import Effect, Input, RulesAre
from sensor.core.restore import Recall
from sensor.core.rules import Rules
from sensor.core.state import State
from sensor.daemon.redo import RedoLog


class LiveState:
    """The present state and the rules in force; moments are seconds of the daemon's clock."""

    state: State
    """Known when the daemon has started."""
    deadline: float
    """When time alone will change the state: asked for several times in each turn."""

    take: Callable[[Effect], None]
    """Takes in each effect: the publisher."""

    def __init__(self, rules: Rules, redo: RedoLog) -> None:
        self.rules = rules
        self._redo = redo
        self.fed = 0.0
        """The moment up to which the core has been fed the passing of time."""

    def begin(self, state: State, now: float) -> None:
        """Begin with this state."""
        self.fed = now
        self._become(state, ())

    def apply(self, happening: Input | Recall, at: float) -> None:
        """Feed the core the time until `at`, then what happened."""
        self._redo.took(happening, at)
        step = chair.step if self.deadline <= at else chair.take
        self._become(*step(self.state, happening, at, self.rules))
        self.fed = max(self.fed, at)

    def advance(self, now: float) -> None:
        """Feed the core the time until now."""
        if self.deadline <= now:
            self._become(*chair.advance(self.state, now, self.rules))
        self.fed = now

    def change_rules(self, rules: Rules, at: float) -> None:
        """Let other rules be in force from `at` on."""
        if rules != self.rules:
            self.apply(RulesAre(rules), at)
            self.rules = rules
            self.deadline = chair.deadline(self.state, rules)

    def _become(self, state: State, effects: Iterable[Effect]) -> None:
        self.state = state
        self.deadline = chair.deadline(state, self.rules)
        for effect in effects:
            self.take(effect)
