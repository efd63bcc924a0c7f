"""The mat: shows it live, asks to sit and to get up, and says what is wrong with it."""

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
"""Seconds that the chair is watched with nobody on it, and with somebody."""
PATIENCE = 30.0
"""Seconds to sit down or to get up in."""
STEADY = 1.0
"""Seconds that a level must hold to be one."""

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
    "No sign of you on GPIO{pin}. Wrong pin (BCM {pin} is not physical pin {pin}), wrong pair of "
    "wires, a thick cushion, or a broken lead. `pinctrl poll {pin}` shows the pin."
)
STUCK_CLOSED = (
    "GPIO{pin} is closed whether you sit or not. Unplug the mat: still closed means the lead or "
    "the board is shorted; open means that the mat is squashed, folded, or something lies on it."
)
UNPLUGGED = "The tamper loop is open: plug the mat in, or leave `tamper` out of the settings."

Times = dict[str, float]
"""The filter's settings that should be changed."""


class MatTest:
    """Watches the mat on behalf of a prompts."""

    def __init__(self, pins: Pins, factory: Any, clock: Clock, prompts: Prompts) -> None:
        self._pins = pins
        self._inbox = Inbox()
        self._clock = clock
        self._prompts = prompts
        self._mat = Mat(pins, factory, self._inbox, clock.now)

    def run(self, rules: Rules) -> Times | None:
        """Test it; return what to change in the settings, None if it is not fit for use."""
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
        """Go once through sitting and getting up; return what is wrong, or the times."""
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
            prompts.say(f"The mat is {level}; nobody was asked to sit.")
            return {}
        before = self._mat.contact_closed()
        prompts.say("Now sit down.")
        if not self._reaches(not before):
            return (STUCK_CLOSED if before else STUCK_OPEN).format(pin=pin)
        if before:
            return INVERTED
        prompts.say("It feels you. Sit as you always do: lean, shift, cross your legs.")
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
            f"The mat works. Seated, it let go for {open_for:.1f} s at most; empty, it closed for "
            f"{closed_for:.1f} s at most; changes: {len(seated.edges)} and "
            f"{len(empty.edges) + len(again.edges)}."
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
                "so that this does not count?",
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
        """Wait until the contact holds a level."""
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
