"""The outputs, driven as `core/signals.py` wants: the buzzer, with its limit, and the lamp.

Neither waits for disk or broker.
"""

from sensor.core.instant import NEVER
from sensor.core.rules import Rules
from sensor.core.signals import lamp, sound
from sensor.core.state import State
from sensor.daemon.ports import Lamp, Output

LONGEST_ON = 2
"""Seconds that the buzzer may be on without a pause."""


class Outputs:
    """Drives buzzer and lamp as the core wants them now."""

    def __init__(self, buzzer: Output | None, lamp: Lamp | None) -> None:
        self.next_at = NEVER
        """When a level will change without anything happening."""
        self.sounds = False
        """Whether the buzzer is on."""
        self._buzzer = buzzer
        self._lamp = lamp
        self._on_since = NEVER
        self._driven: State | None = None

    def drive(self, state: State, now: float, rules: Rules) -> None:
        """Set both to what they are to be now."""
        if state is self._driven and now < self.next_at:
            return
        wanted, sound_edge = sound(state, now, rules) if self._buzzer else (False, NEVER)
        self._on_since = min(self._on_since, now) if wanted else NEVER
        # Whatever patterns come together, the buzzer is never on for longer than that.
        self.sounds = wanted and now < self._on_since + LONGEST_ON
        if self._buzzer is not None:
            self._buzzer.set(self.sounds)
        lamp_edge = NEVER
        if self._lamp is not None:
            light, lamp_edge = lamp(state, now, two_colours=self._lamp.two_colours)
            self._lamp.set(light)
        too_long = self._on_since + LONGEST_ON if self.sounds else NEVER
        self.next_at = min(sound_edge, lamp_edge, too_long)
        self._driven = state

    def silence(self) -> None:
        """Switch the buzzer off, if there is one."""
        if self._buzzer is not None:
            self._buzzer.set(False)

    def darken(self) -> None:
        """Switch the lamp off, if there is one."""
        if self._lamp is not None:
            self._lamp.set("off")
