"""The test of the buzzer: it sounds, and the user says whether it was heard and is silent now."""

from dataclasses import replace
from typing import Any

from sensor.core.instant import NEVER
from sensor.core.signals import BURST, once
from sensor.core.words import Text
from sensor.daemon.inbox import Inbox
from sensor.daemon.ports import Clock
from sensor.hardware.buzzer import Buzzer
from sensor.settings.config import Pins
from sensor.setup.prompts import Prompts

UNHEARD = Text(
    "Not heard: + and - swapped, legs of the transistor swapped, no common ground, or a passive "
    "buzzer, which only clicks (hardware.md)."
)
INVERTED = Text("The buzzer sounds when it should be silent: the setting does not fit the module.")
ODD = Text("Still wrong with buzzer_active_high = {value}: see Troubleshooting in hardware.md.")


def test_buzzer(pins: Pins, factory: Any, clock: Clock, prompts: Prompts) -> bool | None:
    """Return the right `buzzer_active_high`; None: neither is, or nobody is there to listen."""
    if not prompts.present:
        prompts.say(Text("The buzzer was not tested: nobody is there to listen."))
        return None
    right, silent = _heard(pins, factory, clock, prompts)
    if right:
        return pins.buzzer_active_high
    if silent:
        prompts.say(UNHEARD)
        return None
    prompts.say(INVERTED)
    other = not pins.buzzer_active_high
    right, _ = _heard(replace(pins, buzzer_active_high=other), factory, clock, prompts)
    if not right:
        prompts.say(Text(ODD.english, {"value": str(other).lower()}))
    return other if right else None


def _heard(pins: Pins, factory: Any, clock: Clock, prompts: Prompts) -> tuple[bool, bool]:
    """Sound the buzzer once; return whether all is well, and whether it is silent now."""
    with Buzzer(pins, factory) as buzzer:
        start = clock.now()
        while True:
            on, edge = once(BURST, start, clock.now())
            buzzer.set(on)
            if edge == NEVER:
                break
            clock.wait(Inbox(), edge)
        heard = prompts.agree("heard", Text("Did you hear three short tones?"), proposal=True)
        silent = prompts.agree("silent", Text("Is the buzzer silent now?"), proposal=True)
        return heard and silent, silent
