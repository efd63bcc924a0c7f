"""The snooze button: a press is a message, nothing more. Double presses are the core's business."""

from collections.abc import Callable

from sensor.daemon.inbox import ButtonPressed, Inbox
from sensor.hardware.library import Factory
from sensor.hardware.pins import InputPin


class Button(InputPin):
    """Puts each press into the inbox; wired from `[pins] button` (GPIO26) to ground."""

    def __init__(
        self, number: int, factory: Factory, inbox: Inbox, now: Callable[[], float]
    ) -> None:
        super().__init__("button", number, factory, self._pressed)
        self._inbox = inbox
        self._now = now

    def _pressed(self, closed: bool) -> None:
        if closed:
            self._inbox.put(ButtonPressed(self._now()))
