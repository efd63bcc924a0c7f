"""The test of the mat: shown live while the user sits down and gets up; tells what is wrong."""

from typing import Any

from sensor.core.rules import Rules, spoken
from sensor.daemon.inbox import ContactRead, Inbox
from sensor.daemon.ports import Clock
from sensor.hardware.mat import Mat
from sensor.settings.config import Pins
from sensor.setup import contact_trace
from sensor.setup.contact_trace import Trace
from sensor.setup.prompts import Prompts

EMPTY, SEATED = 3.0, 10.0
"""Seconds to watch the empty chair, and the occupied one."""
PATIENCE = 30.0
"""Seconds that the user may take to sit down or get up."""
STEADY = 1.0
"""Seconds that a level must hold to count."""

NOISY = (
    "The contact changes all the time: the pin floats, or the lead picks up mains. Fit the 1 k "
    "pull-up and the 100 nF near the Pi, twist the pair (hardware.md)."
)
INVERTED = (
    "Wrong polarity: the contact is closed on an empty chair and opens under you. On a mat with "
    "four wires you have the tamper pair: take the other two. A mat that opens when pressed does "
    "not fit."
)
STUCK_OPEN = (
    "GPIO{pin} did not close when you sat down: wrong pin (BCM {pin} is not physical pin {pin}), "
    "wrong pair of wires, a thick cushion, or a broken lead. `pinctrl poll {pin}` shows the pin."
)
STUCK_CLOSED = (
    "GPIO{pin} is closed whether you sit or not. Unplug the mat: still closed means the lead or "
    "the board is shorted; open means that the mat is squashed, folded, or something lies on it."
)
UNPLUGGED = "The tamper loop is open: plug the mat in, or leave `tamper` out of the settings."

Times = dict[str, float]
"""Filter settings to change, by name, seconds."""


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
            while isinstance(fault, str):
                self._prompts.say(fault)
                if not self._prompts.present:
                    return None
                if not self._prompts.agree("retry", "Try the mat again?", proposal=True):
                    return None
                fault = self._fault(rules)
            return fault

    def _fault(self, rules: Rules) -> str | Times:
        """Go once through sitting and getting up; return the fault, or the settings to change."""
        prompts, pin = self._prompts, self._pins.mat
        if not self._mat.loop_closed():
            return UNPLUGGED
        if prompts.present:
            prompts.ready("Get off the chair, and take everything from it.")
        empty = self._watch("empty", EMPTY)
        if empty.is_noise:
            return NOISY
        if not prompts.present:
            level = "pressed" if self._mat.contact_closed() else "free"
            prompts.say(f"The mat is {level}; the test with a sitter was left out.")
            return {}
        before = self._mat.contact_closed()
        prompts.say("Now sit down.")
        if not self._reaches(not before):
            return (STUCK_CLOSED if before else STUCK_OPEN).format(pin=pin)
        if before:
            return INVERTED
        prompts.say("The mat detects you. Sit as you always do: lean, shift, cross your legs.")
        seated = self._watch("seated", SEATED)
        if seated.is_noise:
            return NOISY
        prompts.say("Now get up.")
        if not self._reaches(closed=False):
            return STUCK_CLOSED.format(pin=pin)
        return self._times(empty, seated, self._watch("empty again", EMPTY), rules)

    def _times(self, empty: Trace, seated: Trace, again: Trace, rules: Rules) -> Times:
        open_for = seated.longest(closed=False)
        closed_for = max(empty.longest(closed=True), again.longest(closed=True))
        self._prompts.say(
            f"The mat works. Longest release while seated: {open_for:.1f} s "
            f"({len(seated.edges)} changes); longest contact while empty: {closed_for:.1f} s "
            f"({len(empty.edges) + len(again.edges)} changes)."
        )
        sit = max(contact_trace.sit_confirm(trace, rules.sit_confirm) for trace in (empty, again))
        leave = contact_trace.leave_confirm(seated, rules.leave_confirm)
        proposed = {"sit_confirm": sit, "leave_confirm": leave}
        return {
            name: seconds
            for name, seconds in proposed.items()
            if seconds != getattr(rules, name)
            and self._prompts.agree(
                name,
                f"Set {name} to {spoken(seconds)} (now {spoken(getattr(rules, name))}), "
                "to ignore that?",
                proposal=True,
            )
        }

    def _watch(self, what: str, seconds: float) -> Trace:
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
            self._show("waiting", until - now)
            self._clock.wait(self._inbox, min(until, now + STEADY, (since or until) + STEADY))
        return False

    def _show(self, what: str, left: float, changes: int = 0) -> None:
        level = "PRESSED" if self._mat.contact_closed() else "free"
        counted = f", {changes} changes" * bool(changes)
        self._prompts.show(f"  mat: {level:<7}", f"  ({what}, {left:.0f} s more{counted})")
