"""The test of the mat: shown live while the user sits down and gets up; tells what is wrong."""

from typing import Any

from sensor.core.rules import Rules
from sensor.core.words import Text
from sensor.daemon.inbox import ContactRead, Inbox
from sensor.daemon.ports import Clock
from sensor.hardware.mat import Mat
from sensor.settings.config import Pins
from sensor.setup import filter_times
from sensor.setup.contact_trace import Trace
from sensor.setup.filter_times import Times
from sensor.setup.prompts import Prompts

EMPTY, SEATED = 3.0, 10.0
"""Seconds to watch the empty chair, and the occupied one."""
PATIENCE = 30.0
"""Seconds that the user may take to sit down or get up."""
STEADY = 1.0
"""Seconds that a level must hold to count."""

NOISY = Text(
    "The contact changes all the time: the pin floats, or the lead picks up mains. Fit the 1 k "
    "pull-up and the 100 nF near the Pi, twist the pair (hardware.md)."
)
INVERTED = Text(
    "Wrong polarity: the contact is closed on an empty chair and opens under you. On a mat with "
    "four wires you have the tamper pair: take the other two. A mat that opens when pressed does "
    "not fit."
)
STUCK_OPEN = Text(
    "GPIO{pin} did not close when you sat down: wrong pin (BCM {pin} is not physical pin {pin}), "
    "wrong pair of wires, a thick cushion, or a broken lead. `pinctrl poll {pin}` shows the pin."
)
STUCK_CLOSED = Text(
    "GPIO{pin} is closed whether you sit or not. Unplug the mat: still closed means the lead or "
    "the board is shorted; open means that the mat is squashed, folded, or something lies on it."
)
UNPLUGGED = Text("The tamper loop is open: plug the mat in, or leave `tamper` out of the settings.")

WORKS = Text(
    "The mat works. Longest release while seated: {open_for} s ({seated} changes); "
    "longest contact while empty: {closed_for} s ({empty} changes)."
)


class MatTest:
    """The test of one mat."""

    def __init__(self, pins: Pins, factory: Any, clock: Clock, prompts: Prompts) -> None:
        self._pins = pins
        self._inbox = Inbox()
        self._clock = clock
        self._prompts = prompts
        self._mat = Mat(pins, factory, self._inbox, clock.now)

    def run(self, rules: Rules) -> Times | None:
        """Test the mat; return the settings to change, None: the mat is not fit for use."""
        with self._mat:
            fault = self._fault(rules)
            while isinstance(fault, Text):
                self._prompts.say(fault)
                if not self._prompts.present:
                    return None
                if not self._prompts.agree("retry", Text("Try the mat again?"), proposal=True):
                    return None
                fault = self._fault(rules)
            return fault

    def _fault(self, rules: Rules) -> Text | Times:
        """Go once through sitting and getting up; return the fault, or the settings to change."""
        prompts, pin = self._prompts, {"pin": str(self._pins.mat)}
        if not self._mat.loop_closed():
            return UNPLUGGED
        if prompts.present:
            prompts.ready(Text("Get off the chair, and take everything from it."))
        empty = self._watch(Text("empty"), EMPTY)
        if empty.is_noise:
            return NOISY
        if not prompts.present:
            pressed = Text("The mat is pressed; the test with a sitter was left out.")
            free = Text("The mat is free; the test with a sitter was left out.")
            prompts.say(pressed if self._mat.contact_closed() else free)
            return {}
        before = self._mat.contact_closed()
        prompts.say(Text("Now sit down."))
        if not self._reaches(not before):
            return Text((STUCK_CLOSED if before else STUCK_OPEN).english, pin)
        if before:
            return INVERTED
        prompts.say(
            Text("The mat detects you. Sit as you always do: lean, shift, cross your legs.")
        )
        seated = self._watch(Text("seated"), SEATED)
        if seated.is_noise:
            return NOISY
        prompts.say(Text("Now get up."))
        if not self._reaches(closed=False):
            return Text(STUCK_CLOSED.english, pin)
        again = self._watch(Text("empty again"), EMPTY)
        return filter_times.proposed(WORKS, [seated], [empty, again], rules, prompts)

    def _watch(self, what: Text, seconds: float) -> Trace:
        began, closed = self._clock.now(), self._mat.contact_closed()
        edges: list[tuple[float, bool]] = []
        until = began + seconds
        while (now := self._clock.now()) < until:
            self._show(what, until - now, len(edges))
            message = self._clock.wait(self._inbox, min(until, now + STEADY))
            if isinstance(message, ContactRead):
                edges.append((message.at, message.closed))
        self._show(what, 0, len(edges))
        return Trace(began, until, closed, edges)

    def _reaches(self, closed: bool) -> bool:
        """Wait until the contact holds a level; False: it did not within PATIENCE."""
        until, since = self._clock.now() + PATIENCE, None
        while (now := self._clock.now()) < until:
            if self._mat.contact_closed() is not closed:
                since = None
            elif since is None:
                since = now
            elif now - since >= STEADY:
                return True
            self._show(Text("waiting"), until - now)
            self._clock.wait(self._inbox, min(until, now + STEADY, (since or until) + STEADY))
        return False

    def _show(self, what: Text, left: float, changes: int = 0) -> None:
        translate = self._prompts.translate
        level = Text("PRESSED") if self._mat.contact_closed() else Text("free")
        gaps = {"what": what.said(translate), "left": f"{left:.0f}", "changes": str(changes)}
        still = Text("  ({what}, {left} s more)", gaps)
        moving = Text("  ({what}, {left} s more, {changes} changes)", gaps)
        self._prompts.show(
            Text("  mat: {level}", {"level": level.said(translate).ljust(7)}).said(translate),
            (moving if changes else still).said(translate),
        )
